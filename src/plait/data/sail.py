"""Sail, the embedded data engine: Spark Connect without a JVM, in a guarded child process."""

from __future__ import annotations

import atexit
import contextlib
import json
import os
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING

from plait.config import Settings, parse_size
from plait.data.guard import ServerProcess, ServerStartError
from plait.errors import EngineError, PlaitError

if TYPE_CHECKING:
    from pyspark.sql.connect.session import SparkSession

_START_SECONDS = 30.0
_INTERRUPT_SECONDS = 3.0
_VIEWS_ASKED = 50


class SailEngine:
    """One Sail server and one session in it; see `DataEngine` for what the methods promise.

    run_folder: takes the server's log and what a query spills to disk.
    """

    def __init__(self, settings: Settings, run_folder: Path) -> None:
        self._settings = settings
        self._folder = run_folder
        self._lock = threading.RLock()
        self._server: ServerProcess | None = None
        self._session: SparkSession | None = None
        self._stopped = False
        self._interrupted = False

    @property
    def name(self) -> str:
        """'sail'."""
        return "sail"

    @property
    def started(self) -> bool:
        """Whether the server process runs."""
        return self._server is not None and self._server.alive

    @property
    def pid(self) -> int | None:
        """The server's process id, once it was started."""
        return None if self._server is None else self._server.pid

    def start(self) -> None:
        """Start the server process without waiting for it. Raises SetupError."""
        with self._lock:
            if self._server is not None or self._stopped:
                return
            from plait.data.installed import require_sail

            require_sail()
            spill = self._folder / "sail-spill"
            spill.mkdir(parents=True, exist_ok=True)
            self._server = ServerProcess(
                [sys.executable, "-P", str(Path(__file__).with_name("sail_server.py"))],
                environment=server_environment(self._settings, spill),
                log=self._folder / "sail.log",
            )

    def session(self) -> SparkSession:
        """The session; starts the server on first use. Raises SetupError, EngineError."""
        with self._lock:
            if self._session is None:
                if self._stopped:
                    raise EngineError("the data engine was stopped", engine=self.name)
                self.start()
                atexit.register(self.stop)
                self._session = self._open()
            return self._session

    def _open(self) -> SparkSession:
        from plait.data.connect import open_session
        from plait.data.repairs import repairs

        assert self._server is not None
        try:
            return open_session(
                self._server,
                self._server.port(_START_SECONDS),
                conf={"spark.sql.session.timeZone": self._settings.time_zone},
                interceptors=[repairs()],
            )
        except ServerStartError as problem:
            log = self._server.tail()
            self._server.stop(grace=0)
            raise EngineError(f"Sail {problem}", engine=self.name, cause=log) from None
        except PlaitError:
            raise
        except Exception as error:
            raise self.translate(error) from error

    def interrupt(self) -> None:
        """Stop what is computed for this session; the whole server when it does not listen."""
        from plait.data.connect import interrupted

        session = self._session
        if session is None or not self.started:
            return
        if not interrupted(session, _INTERRUPT_SECONDS):
            self._interrupted = True
            self._kill()

    def _kill(self) -> None:
        if self._server is not None:
            self._server.stop(grace=0)

    def translate(self, error: BaseException) -> PlaitError:
        """Any exception of the client library as an error of plait."""
        from plait.data.translate import translate

        return translate(
            error,
            engine=self.name,
            server=self._server,
            interrupted=self._interrupted,
            columns=self._known_columns,
        )

    def _known_columns(self) -> list[str]:
        """The columns of the session's views; Sail itself proposes none for a misspelt one."""
        session = self._session
        names: list[str] = []
        if session is None or not self.started:
            return names
        with contextlib.suppress(Exception):
            for table in session.catalog.listTables()[:_VIEWS_ASKED]:
                names.extend(session.table(table.name).columns)
        return names

    def stop(self) -> None:
        """End the session and the server process; safe to call twice."""
        from plait.data.connect import close_session

        with self._lock:
            self._stopped = True
            session, self._session = self._session, None
            self._kill()
            if session is not None:
                close_session(session)
        atexit.unregister(self.stop)


def server_environment(settings: Settings, spill: Path) -> dict[str, str]:
    """The environment of Sail's process: ours, and Sail's settings."""
    return {
        **os.environ,
        "RUST_LOG": os.environ.get("RUST_LOG", "warn"),
        "SAIL_MODE": "local",
        "SAIL_RUNTIME__MEMORY_POOL__TYPE": "fair",
        "SAIL_RUNTIME__MEMORY_POOL__FAIR__MAX_SIZE": str(memory_pool(settings)),
        "SAIL_RUNTIME__TEMPORARY_FILES__PATHS": json.dumps([str(spill)]),
        "SAIL_EXECUTION__BATCH_SIZE": str(settings.sail.batch_size),
    }


def memory_pool(settings: Settings) -> int:
    """Bytes that Sail's operators may hold: the setting, or half of the machine's memory."""
    if settings.sail.memory is not None:
        return parse_size(settings.sail.memory)
    import psutil

    return int(psutil.virtual_memory().total) // 2

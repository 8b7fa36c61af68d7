"""What the engines have in common: one session, and often a server process for it."""

from __future__ import annotations

import atexit
import threading
from abc import ABC, abstractmethod
from pathlib import Path
from typing import TYPE_CHECKING

from plait.data.unread import NOTHING_UNREAD, Unread
from plait.engines.base import EngineName
from plait.engines.process import ServerProcess, ServerStartError
from plait.errors import EngineError, PlaitError
from plait.settings import Settings

if TYPE_CHECKING:
    from pyspark.sql.connect.session import SparkSession

    from plait.engines.errors import ErrorRules


class OneSession(ABC):
    """The part of a `DataEngine` that keeps its one session; methods are documented there."""

    streams_results = False
    analyses_types = True
    ascii_names = True
    python_setting: str | None = None
    unread: Unread = NOTHING_UNREAD

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._lock = threading.RLock()
        self._session: SparkSession | None = None
        self._stopped = False
        self._interrupted = False

    @property
    @abstractmethod
    def name(self) -> EngineName:
        """Which engine this is."""

    @abstractmethod
    def start(self) -> None:
        """See `DataEngine`."""

    @abstractmethod
    def stop(self) -> None:
        """See `DataEngine`."""

    @abstractmethod
    def _error_rules(self) -> ErrorRules:
        """What is the engine's own in its errors."""

    @abstractmethod
    def _open(self) -> SparkSession:
        """A new session of the engine, which was started. Raises PlaitError."""

    def session(self) -> SparkSession:
        """The session, opened on first use. Raises SetupError, UsageError, EngineError."""
        with self._lock:
            if self._session is None:
                if self._stopped:
                    raise EngineError("the data engine was stopped", engine=self.name)
                self.start()
                atexit.register(self.stop)
                self._session = self._open()
            return self._session


class ServedEngine(OneSession):
    """A `DataEngine` with a server process of its own.

    A subclass launches the server and opens a session on it. run_folder: takes its files.
    """

    # How long to wait for a start, for an answer to an interrupt, and before a stop is forced.
    _start_seconds = 30.0
    _interrupt_seconds = 3.0
    _stop_seconds = 3.0

    def __init__(self, settings: Settings, run_folder: Path) -> None:
        super().__init__(settings)
        self._folder = run_folder
        self._server: ServerProcess | None = None

    @abstractmethod
    def _launch(self) -> ServerProcess:
        """Start the server without waiting for it. Raises SetupError."""

    @abstractmethod
    def _connect(self, server: ServerProcess) -> SparkSession:
        """Wait for the server and open a session. Raises ServerStartError, or the client's."""

    def _known_columns(self) -> list[str]:
        """Columns that a misspelt one may have meant, for an engine that proposes none itself."""
        return []

    @property
    def started(self) -> bool:
        """Whether the server process runs."""
        return self._server is not None and self._server.alive

    @property
    def lost(self) -> bool:
        """Whether the process that had the session has ended, so that another is needed."""
        return self._server is not None and not self._server.alive

    @property
    def pid(self) -> int | None:
        """The process id of the server or of its supervisor, once it was started."""
        return None if self._server is None else self._server.pid

    def start(self) -> None:
        """Start the server process without waiting for it. Raises SetupError, UsageError."""
        with self._lock:
            if self._server is None and not self._stopped:
                self._server = self._launch()

    def _open(self) -> SparkSession:
        assert self._server is not None
        try:
            return self._connect(self._server)
        except ServerStartError as problem:
            log = self._server.tail()
            self._server.stop(grace_seconds=0)
            shown = self.name.capitalize()
            raise EngineError(f"{shown} {problem}", engine=self.name, cause=log) from None
        except PlaitError:
            raise
        except Exception as error:
            raise self.translate(error) from error

    def interrupt(self, tag: str, *, shared: bool = False) -> None:
        """Stop what is computed under a tag, or the whole server if there is no answer."""
        from plait.engines.connect import interrupted

        session = self._session
        if session is None or not self.started:
            return
        if not interrupted(session, tag, self._interrupt_seconds) and not shared:
            self._interrupted = True
            self._kill()

    def _kill(self) -> None:
        if self._server is not None:
            self._server.stop(grace_seconds=self._stop_seconds)

    def translate(self, error: BaseException) -> PlaitError:
        """Any exception of the client library as an error of plait."""
        from plait.engines.errors import translate

        return translate(
            error,
            self._error_rules(),
            server=self._server,
            interrupted=self._interrupted,
            columns=self._known_columns,
        )

    def stop(self) -> None:
        """End the session and the server process; safe to call twice."""
        from plait.engines.connect import close_session

        with self._lock:
            self._stopped = True
            session, self._session = self._session, None
            self._kill()
            if session is not None:
                close_session(session)
        atexit.unregister(self.stop)

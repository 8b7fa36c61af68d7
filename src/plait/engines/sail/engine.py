"""Sail, the embedded data engine: Spark Connect without a JVM, in a child process."""

from __future__ import annotations

import contextlib
import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from plait.data.unread import Unread
from plait.engines.base import EngineName
from plait.engines.managed import ServedEngine
from plait.engines.packages import require_sail
from plait.engines.process import ServerProcess
from plait.engines.sail.differences import UNREAD
from plait.settings import Settings, parse_size
from plait.storage.credentials import Storage

if TYPE_CHECKING:
    from pyspark.sql.connect.session import SparkSession

    from plait.engines.errors import ErrorRules

_VIEWS_ASKED = 50


class SailEngine(ServedEngine):
    """One Sail server and one session in it.

    run_folder: takes the server's log and what a query spills to disk.
    """

    streams_results = True
    analyses_types = False
    ascii_names = False
    unread = Unread("sail", frozenset(UNREAD))
    # Sail keeps nothing that a kill could harm.
    _stop_seconds = 0.0

    @property
    def name(self) -> EngineName:
        """'sail'."""
        return "sail"

    def _error_rules(self) -> ErrorRules:
        from plait.engines.sail.errors import SAIL

        return SAIL

    def _launch(self) -> ServerProcess:
        require_sail()
        spill = self._folder / "sail-spill"
        spill.mkdir(parents=True, exist_ok=True)
        return ServerProcess(
            [sys.executable, "-P", str(Path(__file__).with_name("server.py"))],
            environment=server_environment(self._settings, spill),
            log=self._folder / "sail.log",
        )

    def _connect(self, server: ServerProcess) -> SparkSession:
        from plait.engines.connect import open_session
        from plait.engines.sail.rewrites import request_rewriter

        rewriter = request_rewriter()
        session = open_session(
            server,
            server.port(self._start_seconds),
            conf={"spark.sql.session.timeZone": self._settings.time_zone},
            interceptors=[rewriter],
        )
        rewriter.session = session
        return session

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


def server_environment(settings: Settings, spill: Path) -> dict[str, str]:
    """The environment of Sail's process: that of this process, with Sail's settings."""
    return {
        **os.environ,
        "RUST_LOG": os.environ.get("RUST_LOG", "warn"),
        **Storage.of(settings.storage).aws_environ(),
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

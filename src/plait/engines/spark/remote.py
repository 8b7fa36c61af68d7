"""Apache Spark behind a Connect server that plait has not started and does not end."""

from __future__ import annotations

import atexit
import contextlib
import os
import re
from typing import TYPE_CHECKING

from plait.engines.base import EngineName
from plait.engines.managed import OneSession
from plait.engines.spark.master import Address, require_one
from plait.engines.spark.older_servers import accommodate
from plait.errors import EngineError, ExecutorPythonError, PlaitError, UsageError
from plait.settings import Settings
from plait.storage.credentials import Storage

if TYPE_CHECKING:
    from pyspark.sql.connect.session import SparkSession

    from plait.engines.errors import ErrorRules

_INTERRUPT_SECONDS = 5.0
_RELEASE_SECONDS = 5.0
_OLDEST = (3, 5)
_PORT = 15002
_TOKEN = "SPARK_CONNECT_AUTHENTICATE_TOKEN"


class RemoteSpark(OneSession):
    """One session on an existing server; `stop` ends the session and leaves the server."""

    python_setting = "PYSPARK_PYTHON (where the Spark Connect server is started)"

    @property
    def name(self) -> EngineName:
        """'spark'."""
        return "spark"

    @property
    def started(self) -> bool:
        """Whether there is a session; the server runs already."""
        return self._session is not None

    @property
    def lost(self) -> bool:
        """Whether the session was left, as the server did not answer an interrupt."""
        return self._interrupted

    def start(self) -> None:
        """Start nothing, as the server runs already. Raises SetupError without a client for it."""
        from plait.engines.packages import require_client

        require_client()

    def _error_rules(self) -> ErrorRules:
        from plait.engines.spark.errors import SPARK

        return SPARK

    def _open(self) -> SparkSession:
        from plait.engines.connect import close_session, open_remote

        url = str(self._settings.spark.remote)
        require_one((_address(url),), "the Spark Connect server", "spark.remote")
        token = self._settings.spark.token
        session = open_remote(
            url, token.reveal() if token is not None else None, lambda: not self._stopped
        )
        try:
            accommodate(session, require_version(session.version))
            self._configure(session)
        except PlaitError:
            close_session(session)
            raise
        except Exception as error:
            close_session(session)
            raise self.translate(error) from error
        return session

    def _configure(self, session: SparkSession) -> None:
        """Set what a session may set; the rest was decided when the server started.

        Raises UsageError for a setting that only the server's start can make.
        """
        from plait.engines.spark.engine import QUIET

        session.conf.set("spark.sql.session.timeZone", self._settings.time_zone)
        for key, value in QUIET.items():
            # An older server may have it fixed, or not know it.
            with contextlib.suppress(Exception):
                session.conf.set(key, value)
        prefix = "spark.hadoop."
        conf = {**Storage.of(self._settings.storage).spark_conf(), **self._settings.spark.conf}
        for key, value in conf.items():
            try:
                session.conf.set(key.removeprefix(prefix), value)
            except Exception as error:
                if "CANNOT_MODIFY" not in str(error):
                    raise
                raise UsageError(
                    f"a session cannot change '{key}' on an existing Spark Connect server",
                    hint=f"leave spark.conf.{key} out, and set it where that server is started",
                ) from None
        if self._settings.spark.metastore is not None:
            _require_hive(session)

    def interrupt(self, tag: str, *, shared: bool = False) -> None:
        """Stop what is computed under a tag, or leave the session if there is no answer."""
        from plait.engines.connect import close_session, interrupted

        session = self._session
        if session is None or interrupted(session, tag, _INTERRUPT_SECONDS):
            return
        if not shared:
            self._interrupted = True
            close_session(session)

    def translate(self, error: BaseException) -> PlaitError:
        """Any exception of the client library as an error of plait."""
        from plait.engines.errors import translate

        translated = translate(error, self._error_rules(), interrupted=self._interrupted)
        if isinstance(translated, ExecutorPythonError) and translated.hint is not None:
            # A server that runs already does not take this setting from plait.
            translated.hint = translated.hint.replace("spark.python", self.python_setting)
        return translated

    def stop(self) -> None:
        """End the session on the server, which goes on; safe to call twice."""
        from plait.engines.connect import release_session

        with self._lock:
            self._stopped = True
            session, self._session = self._session, None
            if session is not None:
                release_session(session, _RELEASE_SECONDS)
        atexit.unregister(self.stop)


def remote_environment(settings: Settings) -> dict[str, str]:
    """All environment variables of a child process whose `SparkSession.builder` connects to the
    server of the settings.

    Raises SetupError without a client, UsageError for a wrong address, EngineError when the
    server does not answer.
    """
    from plait.engines.connect import plain_url
    from plait.engines.packages import require_client

    require_client()
    url = str(settings.spark.remote)
    require_one((_address(url),), "the Spark Connect server", "spark.remote")
    token = settings.spark.token
    foreign = ("SPARK_HOME", "SPARK_API_MODE", "SPARK_CONNECT_MODE_ENABLED", "MASTER", _TOKEN)
    return {
        **{name: value for name, value in os.environ.items() if name not in foreign},
        "SPARK_REMOTE": plain_url(url, token.reveal() if token is not None else None),
    }


def _address(url: str) -> Address:
    found = re.match(r"sc://(\[[^]]+\]|[^:/;\s]+)(?::(\d+))?(?:/|;|$)", url)
    if found is None:
        raise UsageError(
            "spark.remote is no address of a Spark Connect server", hint="sc://host:port"
        )
    return Address(found[1].strip("[]"), int(found[2] or _PORT))


def require_version(text: str) -> tuple[int, ...]:
    """The major and the minor version of a server. Raises EngineError for one that is too old."""
    numbers = tuple(int(number) for number in re.findall(r"\d+", text)[:2])
    if numbers < _OLDEST:
        raise EngineError(
            f"the Spark Connect server is Spark {text}", engine="spark",
            hint="plait speaks with Spark 3.5 and later",
        )  # fmt: skip
    return numbers


def _require_hive(session: SparkSession) -> None:
    if session.conf.get("spark.sql.catalogImplementation", "in-memory") != "hive":
        raise UsageError(
            "spark.metastore is set, and the Spark Connect server has no Hive catalog",
            hint="start that server with spark.sql.catalogImplementation=hive, "
            "or leave spark.metastore out",
        )

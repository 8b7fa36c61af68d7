"""Apache Spark on this machine, behind its own Spark Connect server in a guarded process."""

from __future__ import annotations

import os
import secrets
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from plait.config import Settings
from plait.data import java
from plait.data.guard import ServerProcess, guarded
from plait.data.served import ServedEngine
from plait.data.spark_start import prepared_options, spark_jars
from plait.errors import UsageError

if TYPE_CHECKING:
    from pyspark.sql.connect.session import SparkSession

_MAIN_CLASS = "org.apache.spark.sql.connect.service.SparkConnectServer"
# What would make a child process pick another Spark, another mode or another server.
_FOREIGN = ("SPARK_REMOTE", "SPARK_API_MODE", "SPARK_CONNECT_MODE_ENABLED", "SPARK_HOME")
# The stack of the server is in its log; a message does not need it again.
_QUIET = {
    "spark.sql.pyspark.jvmStacktrace.enabled": "false",
    "spark.sql.connect.serverStacktrace.enabled": "false",
}
_LOGGING = """\
rootLogger.level = warn
rootLogger.appenderRef.console.ref = console
appender.console.type = Console
appender.console.name = console
appender.console.target = SYSTEM_ERR
appender.console.layout.type = PatternLayout
appender.console.layout.pattern = %d{HH:mm:ss} %p %c{1}: %m%n%ex
logger.server.name = org.apache.spark.sql.connect.service.SparkConnectServer
logger.server.level = info
logger.native.name = org.apache.hadoop.util.NativeCodeLoader
logger.native.level = error
"""


class SparkEngine(ServedEngine):
    """One Spark Connect server and one session in it.

    run_folder: takes the server's log, warehouse and temporary files.
    java_options: further options of the JVM; by default those of a prepared start.
    """

    _start_seconds = 120.0
    _interrupt_seconds = 4.0

    def __init__(
        self,
        settings: Settings,
        run_folder: Path,
        java_options: tuple[str, ...] | None = None,
    ) -> None:
        super().__init__(settings, run_folder)
        self._java_options = java_options
        self._token = secrets.token_urlsafe(24)

    @property
    def name(self) -> str:
        """'spark'."""
        return "spark"

    def _launch(self) -> ServerProcess:
        from plait.data.installed import require_spark

        require_spark()
        home = java.require_java()
        arguments = self._folder / "spark" / "java-arguments"
        _make_folders(self._folder)
        options = self._java_options
        if options is None:
            options = prepared_options(self._settings, home)
        java.argument_file(
            arguments, [*options, *_server_arguments(self._settings, self._folder, home)]
        )
        return ServerProcess(
            guarded([str(home / "bin" / "java"), f"@{arguments}"]),
            environment={**_environment(), "SPARK_CONNECT_AUTHENTICATE_TOKEN": self._token},
            log=self._folder / "spark.log",
        )

    def _connect(self, server: ServerProcess) -> SparkSession:
        from plait.data.connect import open_session

        port = server.port(self._start_seconds)
        return open_session(server, port, conf=_QUIET, token=self._token)


def classic_environment(settings: Settings, run_folder: Path) -> dict[str, str]:
    """All environment variables of a child process whose Python script uses Spark directly.

    In it `SparkSession.builder.getOrCreate()` gives a classic local session: Java is found,
    everything listens on 127.0.0.1 only, and files go under `run_folder`. The result is
    complete: what would lead to another Spark has been left out of it.
    Raises SetupError when Spark or a Java is missing.
    """
    from plait.data.installed import require_spark

    require_spark()
    home = java.require_java()
    _make_folders(run_folder)
    folder = run_folder / "spark"
    options = [*java.FAST_START, *java.trust_store_options(home), *_java_folders(run_folder)]
    conf = _spark_conf(settings, run_folder)
    extra = conf.get("spark.driver.extraJavaOptions", "")
    conf["spark.driver.extraJavaOptions"] = " ".join([*options, extra]).strip()
    conf["spark.driver.memory"] = settings.spark.driver_memory
    _private_file(folder / "conf" / "spark-defaults.conf", _properties(conf))
    return {
        **_environment(),
        "JAVA_HOME": str(java.wrapped_java_home(home, settings.cache_path)),
        "SPARK_CONF_DIR": str(folder / "conf"),
    }


def _make_folders(run_folder: Path) -> None:
    for name in ("conf", "tmp", "warehouse", "derby"):
        (run_folder / "spark" / name).mkdir(parents=True, exist_ok=True)
    logging = run_folder / "spark" / "conf" / "log4j2.properties"
    logging.write_text(_LOGGING, encoding="utf-8")


def _environment() -> dict[str, str]:
    return {
        **{name: value for name, value in os.environ.items() if name not in _FOREIGN},
        "PYSPARK_PYTHON": sys.executable,
        "PYSPARK_DRIVER_PYTHON": sys.executable,
        "SPARK_LOCAL_IP": "127.0.0.1",
        "SPARK_LOCAL_HOSTNAME": "127.0.0.1",
    }


def _spark_conf(settings: Settings, run_folder: Path) -> dict[str, str]:
    """Spark's settings for this machine; those of the user come last and win."""
    master = settings.spark.master
    if not master.startswith("local"):
        raise UsageError(
            f"spark.master '{master}' is not local",
            hint="this release runs Spark on this machine only: local, local[4] or local[*]",
        )
    folder = run_folder / "spark"
    return {
        "spark.master": master,
        "spark.app.name": "plait",
        "spark.ui.enabled": "false",
        "spark.driver.host": "127.0.0.1",
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.local.dir": str(folder / "tmp"),
        "spark.sql.warehouse.dir": str(folder / "warehouse"),
        "spark.sql.catalogImplementation": "in-memory",
        "spark.sql.session.timeZone": settings.time_zone,
        # Spark's own 200 are for a cluster; on one machine they are only waiting time.
        "spark.sql.shuffle.partitions": str(max(8, 2 * (os.cpu_count() or 4))),
        **settings.spark.conf,
    }


def _java_folders(run_folder: Path) -> list[str]:
    folder = run_folder / "spark"
    return [
        f"-Djava.io.tmpdir={folder / 'tmp'}",
        f"-Dderby.system.home={folder / 'derby'}",
        f"-Dlog4j2.configurationFile={folder / 'conf' / 'log4j2.properties'}",
    ]


def _server_arguments(settings: Settings, run_folder: Path, home: Path) -> list[str]:
    """The command line of the JVM, which holds no secret but is kept in a private file."""
    import shlex

    conf = {
        **_spark_conf(settings, run_folder),
        "spark.connect.grpc.binding.address": "127.0.0.1",
        "spark.connect.grpc.binding.port": "0",
    }
    return [
        f"-Xmx{settings.spark.driver_memory}",
        *java.MODULE_OPTIONS,
        *java.FAST_START,
        *java.trust_store_options(home),
        *_java_folders(run_folder),
        *(f"-D{key}={value}" for key, value in conf.items()),
        *shlex.split(conf.get("spark.driver.extraJavaOptions", "")),
        "-cp",
        os.pathsep.join(spark_jars()),
        _MAIN_CLASS,
    ]


def _properties(conf: dict[str, str]) -> str:
    return "".join(f"{key} {value}\n" for key, value in conf.items())


def _private_file(path: Path, text: str) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as out:
        out.write(text)

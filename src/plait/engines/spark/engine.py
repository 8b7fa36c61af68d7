"""Apache Spark with a driver of plait's own: its Connect server, in a supervised process here.

The driver runs on this machine whatever the master is; executors run in it (`local`), on a
standalone cluster, in YARN's containers or in Kubernetes' pods.
"""

from __future__ import annotations

import os
import secrets
import shlex
import sys
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from plait.engines.base import EngineName
from plait.engines.managed import ServedEngine
from plait.engines.packages import require_spark
from plait.engines.process import ServerProcess
from plait.engines.spark import java
from plait.engines.spark.conf import (
    Driver,
    driver_for,
    executors_python,
    java_folders,
    make_folders,
    write_properties,
)
from plait.engines.spark.install import aot_cache_options, spark_jars
from plait.engines.spark.master import metastore_addresses, require_one
from plait.engines.supervisor import supervised
from plait.errors import EngineError
from plait.settings import Settings

if TYPE_CHECKING:
    from pyspark.sql.connect.session import SparkSession

    from plait.engines.errors import ErrorRules

_MAIN_CLASS = "org.apache.spark.sql.connect.service.SparkConnectServer"
_SUBMIT_CLASS = "org.apache.spark.deploy.SparkSubmit"
# Spark walks a query's expressions by recursion: with the usual 1 MiB, 2,000 conditions fail.
# Only what a thread uses takes memory.
_DEEP_STACK = "-Xss128m"
# Settings of each session. The server's log has its stack traces; messages leave them out.
QUIET = {
    # Spark's own INT96 has no unit and no zone; other readers take it for nanoseconds.
    "spark.sql.parquet.outputTimestampType": "TIMESTAMP_MICROS",
    "spark.sql.pyspark.jvmStacktrace.enabled": "false",
    "spark.sql.connect.serverStacktrace.enabled": "false",
}


class SparkEngine(ServedEngine):
    """One Spark Connect server and one session in it.

    run_folder: takes the server's log, warehouse and temporary files.
    java_options: further options of the JVM; by default those of a prepared start.
    """

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
        self._start_seconds = settings.spark.start_timeout
        self._launched = 0.0
        if settings.spark_elsewhere or executors_python(settings) != sys.executable:
            self.python_setting = "spark.python"

    @property
    def name(self) -> EngineName:
        """'spark'."""
        return "spark"

    def _error_rules(self) -> ErrorRules:
        from plait.engines.spark.errors import SPARK

        return SPARK

    def _launch(self) -> ServerProcess:
        require_spark()
        home = java.require_java()
        driver = driver_for(self._settings, self._folder)
        driver.master.require()
        require_metastore(self._settings)
        make_folders(self._folder)
        options = self._java_options
        if options is None:
            # A prepared start fits a class path of Spark's own jars alone.
            options = () if driver.class_path else aot_cache_options(self._settings, home)
        arguments = self._folder / "spark" / "java-arguments"
        server = _server_arguments(driver, self._settings, self._folder, home)
        java.argument_file(arguments, [*options, *server])
        self._launched = time.monotonic()
        variables = {
            **driver.environment(self._settings),
            "SPARK_CONNECT_AUTHENTICATE_TOKEN": self._token,
        }
        return ServerProcess(
            supervised([str(home / "bin" / "java"), f"@{arguments}"]),
            environment=variables,
            log=self._folder / "spark.log",
        )

    def _connect(self, server: ServerProcess) -> SparkSession:
        from plait.engines.connect import close_session, open_session

        port = server.port(self._start_seconds)
        session = open_session(server, port, conf=QUIET, token=self._token)
        if self._settings.spark_elsewhere:
            try:
                self._wait_for_executor(session, server)
            except BaseException:
                close_session(session)
                raise
        return session

    def _wait_for_executor(self, session: SparkSession, server: ServerProcess) -> None:
        """Compute something on the cluster, which shows that it gives this session executors.

        A master accepts an application that it has no room for and leaves it waiting. Raises
        EngineError when the time is over.
        """
        done = threading.Event()
        failed: list[BaseException] = []

        def compute() -> None:
            try:
                session.range(1).toArrow()
            except BaseException as error:
                failed.append(error)
            done.set()

        threading.Thread(target=compute, name="plait-executor", daemon=True).start()
        left = self._start_seconds - (time.monotonic() - self._launched)
        if not done.wait(max(10.0, left)):
            log = server.tail()
            self._kill()
            raise EngineError(
                f"the cluster gave no executor within {self._start_seconds:g} seconds",
                engine="spark",
                cause=log or None,
                hint="it has less room than was asked for: lower "
                "spark.conf.spark.executor.memory or .cores, or wait longer (spark.start_timeout)",
            )
        if failed:
            raise failed[0]


def require_metastore(settings: Settings) -> None:
    """Raise EngineError within seconds when the metastore of the settings does not answer."""
    text = settings.spark.metastore
    if text is not None:
        require_one(metastore_addresses(text), f"the Hive metastore ({text})", "spark.metastore")


def classic_environment(
    settings: Settings, run_folder: Path, executor_variables: Mapping[str, str] | None = None
) -> dict[str, str]:
    """All environment variables of a child process whose Python script uses Spark directly.

    In it `SparkSession.builder.getOrCreate()` gives a classic session with its driver in that
    process, on the same master as a `SparkEngine` would have, with its files under `run_folder`.
    Variables of this process that would select another Spark are left out.

    executor_variables: further variables of the executors' processes.
    Raises SetupError when Spark or a Java is missing, UsageError for settings that contradict
    each other, EngineError when no master answers.
    """
    require_spark()
    home = java.require_java()
    driver = driver_for(settings, run_folder)
    driver.master.require()
    require_metastore(settings)
    make_folders(run_folder)
    folder = run_folder / "spark"
    options = [*java.COLLECTOR, *java.trust_store_options(home), *java_folders(run_folder)]
    conf = dict(driver.conf)
    extra = conf.get("spark.driver.extraJavaOptions", "")
    conf["spark.driver.extraJavaOptions"] = " ".join([*options, extra]).strip()
    before = [*driver.class_path, *filter(None, [conf.get("spark.driver.extraClassPath")])]
    if before:
        conf["spark.driver.extraClassPath"] = os.pathsep.join(before)
    for name, value in (executor_variables or {}).items():
        conf[f"spark.executorEnv.{name}"] = value
    write_properties(folder / "conf" / "spark-defaults.conf", conf)
    return {
        **driver.environment(settings),
        "JAVA_HOME": str(java.wrapped_java_home(home, settings.cache_path)),
        "SPARK_CONF_DIR": str(folder / "conf"),
    }


def _server_arguments(
    driver: Driver, settings: Settings, run_folder: Path, home: Path
) -> list[str]:
    """The JVM's arguments. They hold secrets and go into a file that only its owner reads."""
    conf = {
        **driver.conf,
        "spark.connect.grpc.binding.address": "127.0.0.1",
        "spark.connect.grpc.binding.port": "0",
    }
    if driver.submitted:
        file = run_folder / "spark" / "conf" / "submitted.conf"
        write_properties(file, conf)
        main = [_SUBMIT_CLASS, "--properties-file", str(file)]
        main += ["--class", _MAIN_CLASS, "spark-internal"]
        properties = []
    else:
        main, properties = [_MAIN_CLASS], [f"-D{key}={value}" for key, value in conf.items()]
    return [
        f"-Xmx{settings.spark.driver_memory}",
        _DEEP_STACK,
        *java.MODULE_OPTIONS,
        *java.COLLECTOR,
        *java.trust_store_options(home),
        *java_folders(run_folder),
        *properties,
        *shlex.split(conf.get("spark.driver.extraJavaOptions", "")),
        "-cp",
        os.pathsep.join([*driver.class_path, *spark_jars()]),
        *main,
    ]

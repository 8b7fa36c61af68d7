"""How plait configures the Spark driver that it starts: settings, environment, class path.

A setting of Spark comes from three sources, each stronger than the one before: plait's own
defaults, the `spark-defaults.conf` in SPARK_CONF_DIR, and plait's settings (`spark.conf.*`).
"""

from __future__ import annotations

import getpass
import os
import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from plait.engines.spark.install import spark_home
from plait.engines.spark.master import (
    Master,
    can_listen_on,
    hadoop_folders,
    hadoop_properties,
    is_loopback,
)
from plait.errors import UsageError
from plait.settings import Settings
from plait.storage.credentials import Storage

# What would make a child process pick another Spark, another mode or another server.
_FOREIGN = ("SPARK_REMOTE", "SPARK_API_MODE", "SPARK_CONNECT_MODE_ENABLED", "SPARK_HOME")
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


@dataclass(frozen=True, slots=True)
class Driver:
    """One driver that is to be started.

    host: by which executors reach it. address: on which it listens. conf: all of its settings;
    they hold secrets. class_path: what comes before Spark's own jars.
    """

    master: Master
    host: str
    address: str
    conf: Mapping[str, str]
    class_path: tuple[str, ...]

    @property
    def submitted(self) -> bool:
        """Whether it is started by Spark's own submission, which finds jars and clusters."""
        asked = ("spark.jars", "spark.jars.packages", "spark.kerberos.principal")
        return self.master.kind != "local" or any(self.conf.get(key) for key in asked)

    def environment(self, settings: Settings) -> dict[str, str]:
        """All variables of the driver's process."""
        user = Storage.of(settings.storage).access.get("hdfs_user")
        return {
            **{name: value for name, value in os.environ.items() if name not in _FOREIGN},
            "SPARK_HOME": str(spark_home()),
            "PYSPARK_PYTHON": executors_python(settings),
            "PYSPARK_DRIVER_PYTHON": sys.executable,
            "SPARK_LOCAL_IP": self.address,
            "SPARK_LOCAL_HOSTNAME": self.host,
            **({"HADOOP_USER_NAME": user} if user else {}),
        }


def driver_for(settings: Settings, run_folder: Path) -> Driver:
    """The driver that the settings ask for. run_folder: takes its temporary files.

    Raises UsageError for settings that contradict each other, EngineError when the master's
    host cannot be reached.
    """
    given = settings.spark.conf
    if given.get("spark.master", settings.spark.master) != settings.spark.master:
        raise UsageError(
            "spark.conf.spark.master and spark.master name different masters",
            hint="set spark.master alone",
        )
    defaults = _defaults_file(os.environ)
    master = Master.of(settings.spark.master, {**defaults, **given}, os.environ)
    host, address = _driver_address(settings, master)
    folder = run_folder / "spark"
    conf = {
        **_own_defaults(settings, master, address, folder),
        **defaults,
        "spark.master": master.url,
        "spark.submit.deployMode": "client",
        "spark.driver.host": host,
        "spark.driver.bindAddress": address,
        "spark.driver.memory": settings.spark.driver_memory,
        "spark.local.dir": str(folder / "tmp"),
        "spark.sql.session.timeZone": settings.time_zone,
        **Storage.of(settings.storage).spark_conf(),
        **_metastore(settings),
        **given,
    }
    folders = [*hadoop_folders(os.environ), *_conf_folder(os.environ)]
    return Driver(master, host, address, conf, tuple(map(str, folders)))


def executors_python(settings: Settings) -> str:
    """The Python that runs on executors."""
    asked = settings.spark.python
    if asked is None and settings.spark_elsewhere:
        asked = os.environ.get("PYSPARK_PYTHON")
    return asked or sys.executable


def make_folders(run_folder: Path) -> None:
    """Make the folders that a driver writes to, and its logging configuration."""
    for name in ("conf", "tmp", "warehouse", "derby"):
        (run_folder / "spark" / name).mkdir(parents=True, exist_ok=True)
    logging = run_folder / "spark" / "conf" / "log4j2.properties"
    logging.write_text(_LOGGING, encoding="utf-8")


def java_folders(run_folder: Path) -> list[str]:
    """The JVM's options that keep its files in the run's folder."""
    folder = run_folder / "spark"
    return [
        f"-Djava.io.tmpdir={folder / 'tmp'}",
        f"-Dderby.system.home={folder / 'derby'}",
        f"-Dlog4j2.configurationFile={folder / 'conf' / 'log4j2.properties'}",
    ]


def write_properties(path: Path, conf: Mapping[str, str]) -> None:
    """Write a file of Spark's settings that its owner alone can read. Raises OSError."""
    lines = "".join(f"{key} {_escaped(value)}\n" for key, value in conf.items())
    path.unlink(missing_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as out:
        out.write(lines)


def _escaped(value: str) -> str:
    return value.replace("\\", "\\\\").replace("\n", "\\n")


def _driver_address(settings: Settings, master: Master) -> tuple[str, str]:
    """(the host by which executors reach the driver, the address on which it listens)."""
    host = settings.spark.driver_host
    if host is None:
        address = master.driver_address()
        return address, address
    if is_loopback(host) or can_listen_on(host):
        return host, host
    # The name or address of a gateway: it is known to the executors and not to this machine.
    return host, master.driver_address()


def _own_defaults(
    settings: Settings, master: Master, address: str, folder: Path
) -> dict[str, str]:
    """plait's own defaults for a master."""
    conf = {
        "spark.app.name": "plait",
        "spark.ui.enabled": "false",
        "spark.sql.catalogImplementation": "in-memory",
        "spark.sql.warehouse.dir": str(folder / "warehouse"),
        # A path without a scheme is one of this machine, on every engine and every master.
        "spark.hadoop.fs.defaultFS": "file:///",
    }
    match master.kind:
        case "local":
            # Spark's default of 200 is for a cluster; on one machine most of them would be empty.
            conf["spark.sql.shuffle.partitions"] = str(max(8, 2 * (os.cpu_count() or 4)))
        case "yarn":
            conf |= _yarn_defaults(settings, master)
        case "spark" | "k8s":
            pass
    if master.kind != "local" and is_loopback(address):
        for name in ("SPARK_LOCAL_IP", "SPARK_LOCAL_HOSTNAME"):
            conf[f"spark.executorEnv.{name}"] = address
            conf[f"spark.yarn.appMasterEnv.{name}"] = address
    return conf


def _yarn_defaults(settings: Settings, master: Master) -> dict[str, str]:
    # With `isPython` the executors get the archives of this PySpark, whatever Python they have.
    conf = {
        "spark.yarn.isPython": "true",
        "spark.hadoop.yarn.resourcemanager.connect.max-wait.ms": "30000",
    }
    store = hadoop_properties(os.environ, "core-site.xml").get("fs.defaultFS")
    if store:
        user = Storage.of(settings.storage).access.get("hdfs_user") or getpass.getuser()
        conf["spark.yarn.stagingDir"] = f"{store.rstrip('/')}/user/{user}"
    if master.here:
        # The nodes are this machine: nothing has to be sent to them.
        conf["spark.yarn.jars"] = f"local:{spark_home() / 'jars'}/*"
    return conf


def _metastore(settings: Settings) -> dict[str, str]:
    if settings.spark.metastore is None:
        return {}
    return {
        "spark.sql.catalogImplementation": "hive",
        "spark.hadoop.hive.metastore.uris": settings.spark.metastore,
        # With Hive's default of 600 seconds a run would hang on a metastore that has ended.
        "spark.hadoop.hive.metastore.client.socket.timeout": "30s",
        "spark.hadoop.hive.metastore.connect.retries": "1",
        "spark.hadoop.hive.metastore.failure.retries": "1",
        "spark.hadoop.hive.exec.dynamic.partition.mode": "nonstrict",
    }


def _conf_folder(environ: Mapping[str, str]) -> list[Path]:
    folder = environ.get("SPARK_CONF_DIR")
    return [Path(folder)] if folder and Path(folder).is_dir() else []


def _defaults_file(environ: Mapping[str, str]) -> dict[str, str]:
    """The settings in SPARK_CONF_DIR's spark-defaults.conf. Raises UsageError."""
    found: dict[str, str] = {}
    for folder in _conf_folder(environ):
        file = folder / "spark-defaults.conf"
        try:
            lines = file.read_text(encoding="utf-8").splitlines() if file.is_file() else []
        except (OSError, UnicodeDecodeError) as problem:
            raise UsageError(f"{file} cannot be read: {problem}") from None
        for line in lines:
            entry = re.fullmatch(r"\s*(spark\.[^\s=:]+)(?:\s*[=:]\s*|\s+)(.*?)\s*", line)
            if entry is not None:
                found[entry[1]] = entry[2]
    return found

"""YARN and HDFS: the real daemons in one JVM, from Hadoop's own published classes.

with yarn() as service:
    os.environ["HADOOP_CONF_DIR"] = str(service.conf)
    connect(lake=f"{service.hdfs}/lake", **service.settings)
"""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

from tests.services.gateway import Gateway
from tests.services.hive import write_site
from tests.services.jars import jars
from tests.services.jvm import START_SECONDS, Jvm, by_hand, folder_of, free_port

_JARS = (
    "org.apache.hadoop:hadoop-client-minicluster:3.5.0",
    "org.bouncycastle:bcpkix-jdk18on:1.82",
    "org.bouncycastle:bcprov-jdk18on:1.82",
    "org.bouncycastle:bcutil-jdk18on:1.82",
)
_HDFS = "org.apache.hadoop.hdfs.server"
_YARN = "org.apache.hadoop.yarn.server"
_WEB_FOLDERS = ("hdfs", "datanode", "cluster", "node")
_OPEN_FOLDERS = ("/user", "/tmp", "/warehouse", "/app-logs", "/lake")


@dataclass(frozen=True)
class Yarn:
    """conf: what HADOOP_CONF_DIR has to name; hdfs: `hdfs://127.0.0.1:PORT`; webhdfs: its
    HTTP address; server: the process of all daemons; folder: theirs.
    """

    conf: Path
    hdfs: str
    webhdfs: str
    server: Jvm
    folder: Path

    @property
    def settings(self) -> Mapping[str, str]:
        return {
            "spark.master": "yarn",
            "spark.driver_memory": "512m",
            "spark.conf.spark.executor.instances": "1",
            "spark.conf.spark.executor.memory": "512m",
            "spark.conf.spark.yarn.am.memory": "256m",
            "spark.conf.spark.yarn.am.memoryOverhead": "256m",
            "spark.conf.spark.sql.shuffle.partitions": "4",
        }

    @property
    def environ(self) -> Mapping[str, str]:
        """The ecosystem's own variables, which say where it is."""
        return {"HADOOP_CONF_DIR": str(self.conf), "HADOOP_USER_NAME": "root"}

    def containers(self) -> list[psutil.Process]:
        """The processes that YARN started and that still run."""
        found = []
        for file in (self.folder / "local").rglob("*.pid"):
            with suppress(OSError, ValueError, psutil.Error):
                found.append(psutil.Process(int(file.read_text())))
        return found


@contextmanager
def yarn(folder: Path | None = None) -> Iterator[Yarn]:
    """A name node, a data node, a resource manager and a node manager, ready to work."""
    with folder_of(folder, "yarn") as home:
        conf = home / "conf"
        for name in _WEB_FOLDERS:
            (conf / "webapps" / name).mkdir(parents=True, exist_ok=True)
        ports = _write_conf(conf, home)
        gateway = Gateway(
            folder=home,
            name="hadoop",
            heap="512m",
            classpath=[conf, *jars(_JARS)],
            options=[f"-Dhadoop.log.dir={home}", "-Djava.net.preferIPv4Stack=true"],
            environ={"HADOOP_CONF_DIR": str(conf), "HADOOP_USER_NAME": "root"},
        )
        service = Yarn(
            conf,
            f"hdfs://127.0.0.1:{ports['hdfs']}",
            f"http://127.0.0.1:{ports['webhdfs']}",
            gateway.process,
            home,
        )
        try:
            _start(gateway)
            yield service
        finally:
            left = service.containers()
            gateway.stop()
            for process in left:
                # A container has a session of its own, and outlives its node manager.
                with suppress(ProcessLookupError, PermissionError):
                    os.killpg(process.pid, signal.SIGKILL)


def _start(gateway: Gateway) -> None:
    jvm = gateway.jvm
    jvm.org.apache.hadoop.metrics2.lib.DefaultMetricsSystem.setMiniClusterMode(True)
    hdfs = jvm.org.apache.hadoop.hdfs.HdfsConfiguration()
    conf = jvm.org.apache.hadoop.yarn.conf.YarnConfiguration(hdfs)
    none = gateway.strings([])
    name_node = gateway.named(f"{_HDFS}.namenode.NameNode")
    name_node.format(conf)
    name_node = name_node.createNameNode(none, conf)
    data_node = gateway.named(f"{_HDFS}.datanode.DataNode").createDataNode(none, conf)
    _wait(lambda: data_node.isDatanodeFullyStarted() and not name_node.isInSafeMode())
    files = jvm.org.apache.hadoop.fs.FileSystem.get(conf)
    everybody = jvm.org.apache.hadoop.fs.permission.FsPermission("1777")
    for name in _OPEN_FOLDERS:
        path = jvm.org.apache.hadoop.fs.Path(name)
        files.mkdirs(path)
        files.setPermission(path, everybody)
    manager = gateway.named(f"{_YARN}.resourcemanager.ResourceManager")()
    manager.init(conf)
    manager.start()
    node = gateway.named(f"{_YARN}.nodemanager.NodeManager")()
    node.init(jvm.org.apache.hadoop.yarn.conf.YarnConfiguration(conf))
    node.start()
    _wait(lambda: manager.getResourceScheduler().getNumClusterNodes() == 1)


def _wait(ready: Any) -> None:
    end = time.monotonic() + START_SECONDS
    while not ready():
        if time.monotonic() > end:
            raise RuntimeError("Hadoop's daemons did not become ready")
        time.sleep(0.2)


def _write_conf(conf: Path, home: Path) -> dict[str, int]:
    """The four files; the ports of HDFS and of its HTTP service."""
    ports = {"hdfs": free_port(), "webhdfs": free_port()}
    write_site(
        conf / "core-site.xml",
        {
            "fs.defaultFS": f"hdfs://127.0.0.1:{ports['hdfs']}",
            "hadoop.tmp.dir": str(home / "hadoop"),
            "hadoop.http.staticuser.user": "root",
        },
    )
    write_site(
        conf / "hdfs-site.xml",
        {
            "dfs.replication": "1",
            "dfs.namenode.rpc-address": f"127.0.0.1:{ports['hdfs']}",
            "dfs.namenode.http-address": f"127.0.0.1:{ports['webhdfs']}",
            "dfs.namenode.safemode.threshold-pct": "0",
            "dfs.namenode.safemode.extension": "0",
            "dfs.datanode.address": "127.0.0.1:0",
            "dfs.datanode.ipc.address": "127.0.0.1:0",
            "dfs.datanode.http.address": "127.0.0.1:0",
            "dfs.datanode.hostname": "127.0.0.1",
            "dfs.namenode.datanode.registration.ip-hostname-check": "false",
            "dfs.webhdfs.enabled": "true",
        },
    )
    write_site(conf / "yarn-site.xml", _yarn_site(home))
    queues = "yarn.scheduler.capacity"
    write_site(
        conf / "capacity-scheduler.xml",
        {
            f"{queues}.root.queues": "default",
            f"{queues}.root.default.capacity": "100",
            f"{queues}.maximum-am-resource-percent": "1.0",
            f"{queues}.resource-calculator": (
                "org.apache.hadoop.yarn.util.resource.DominantResourceCalculator"
            ),
        },
    )
    return ports


def _yarn_site(home: Path) -> dict[str, str]:
    manager, node = "yarn.resourcemanager", "yarn.nodemanager"
    services = ("address", "scheduler.address", "resource-tracker.address", "admin.address")
    site = {f"{manager}.{service}": f"127.0.0.1:{free_port()}" for service in services}
    return {
        **site,
        f"{manager}.hostname": "127.0.0.1",
        f"{manager}.webapp.address": "127.0.0.1:0",
        f"{manager}.am.max-attempts": "1",
        f"{node}.hostname": "127.0.0.1",
        f"{node}.address": "127.0.0.1:0",
        f"{node}.localizer.address": f"127.0.0.1:{free_port()}",
        f"{node}.webapp.address": "127.0.0.1:0",
        f"{node}.local-dirs": str(home / "local"),
        f"{node}.log-dirs": str(home / "logs"),
        f"{node}.resource.memory-mb": "6144",
        f"{node}.resource.cpu-vcores": "6",
        f"{node}.vmem-check-enabled": "false",
        f"{node}.resource.memory.enforced": "false",
        f"{node}.env-whitelist": "JAVA_HOME,PATH,LANG,TZ",
        f"{node}.disk-health-checker.max-disk-utilization-per-disk-percentage": "99.5",
        "yarn.scheduler.minimum-allocation-mb": "128",
        "yarn.application.classpath": "",
    }


if __name__ == "__main__":
    by_hand(yarn())

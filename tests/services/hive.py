"""A Hive metastore (thrift, over Derby) from PySpark's own jars.

with hive() as service:
    connect(**{"spark.metastore": service.metastore})
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from xml.sax.saxutils import escape

from tests.services.gateway import Gateway
from tests.services.jvm import Jvm, by_hand, folder_of, free_port

_PACKAGE = "org.apache.hadoop.hive.metastore"


@dataclass(frozen=True)
class Hive:
    """metastore: `thrift://127.0.0.1:PORT`; warehouse: the folder of the tables' files."""

    metastore: str
    warehouse: str
    server: Jvm

    @property
    def settings(self) -> Mapping[str, str]:
        return {"spark.metastore": self.metastore}


@contextmanager
def hive(
    folder: Path | None = None,
    *,
    warehouse: str | None = None,
    classpath: tuple[Path, ...] = (),
    environ: Mapping[str, str] | None = None,
) -> Iterator[Hive]:
    """A running metastore with an empty database `default`.

    warehouse: a folder or URL for managed tables. classpath: folders of Hadoop's settings.
    """
    with folder_of(folder, "hive") as home:
        files = warehouse or str(home / "warehouse")
        port = free_port()
        conf = home / "conf"
        write_site(conf / "hive-site.xml", _site(home, files))
        gateway = Gateway(
            folder=home,
            name="metastore",
            heap="256m",
            classpath=[conf, *classpath],
            options=[f"-Dderby.stream.error.file={home / 'derby.log'}"],
            environ=environ,
        )
        try:
            _serve(gateway, port)
            yield Hive(f"thrift://127.0.0.1:{port}", files, gateway.process)
        finally:
            gateway.stop()


def write_site(path: Path, properties: Mapping[str, str]) -> None:
    """A file of Hadoop's kind."""
    path.parent.mkdir(parents=True, exist_ok=True)
    entries = "".join(
        f"<property><name>{escape(k)}</name><value>{escape(v)}</value></property>\n"
        for k, v in properties.items()
    )
    path.write_text(f"<configuration>\n{entries}</configuration>\n", encoding="utf-8")


def _site(home: Path, warehouse: str) -> dict[str, str]:
    return {
        "javax.jdo.option.ConnectionURL": f"jdbc:derby:;databaseName={home / 'db'};create=true",
        "javax.jdo.option.ConnectionDriverName": "org.apache.derby.jdbc.EmbeddedDriver",
        "datanucleus.schema.autoCreateAll": "true",
        "datanucleus.autoStartMechanismMode": "ignored",
        "datanucleus.connectionPoolingType": "hikaricp",  # the pool among PySpark's jars
        "hive.metastore.schema.verification": "false",
        "hive.metastore.warehouse.dir": warehouse,
        "hive.async.log.enabled": "false",
        "hive.stats.autogather": "false",
    }


def _serve(gateway: Gateway, port: int) -> None:
    """The metastore's own service behind a socket on 127.0.0.1; its main class binds all."""
    jvm = gateway.jvm
    conf = jvm.org.apache.hadoop.hive.conf.HiveConf()
    handler = gateway.named(f"{_PACKAGE}.HiveMetaStore$HMSHandler")("plait", conf, False)
    handler = jvm.org.apache.hadoop.hive.metastore.RetryingHMSHandler.getProxy(conf, handler, True)
    processor = jvm.org.apache.hadoop.hive.metastore.TSetIpAddressProcessor(handler)
    address = jvm.java.net.InetSocketAddress("127.0.0.1", port)
    socket = jvm.org.apache.thrift.transport.TServerSocket(address)
    thrift = "org.apache.thrift"
    arguments = gateway.named(f"{thrift}.server.TThreadPoolServer$Args")(socket)
    arguments.processor(processor)
    arguments.transportFactory(jvm.org.apache.thrift.transport.TTransportFactory())
    arguments.protocolFactory(gateway.named(f"{thrift}.protocol.TBinaryProtocol$Factory")())
    server = jvm.org.apache.thrift.server.TThreadPoolServer(arguments)
    gateway.in_background(server, "serve")


if __name__ == "__main__":
    by_hand(hive())

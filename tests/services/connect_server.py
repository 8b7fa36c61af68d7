"""A Spark Connect server that somebody runs for many: with a token, local or on a cluster.

with connect_server() as service:
    connect(**service.settings)
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.services.jvm import Jvm, by_hand, folder_of

_SUBMIT = "org.apache.spark.deploy.SparkSubmit"
_SERVER = "org.apache.spark.sql.connect.service.SparkConnectServer"


@dataclass(frozen=True)
class ConnectServer:
    """url: `sc://127.0.0.1:PORT`; token: what it asks for; server: its process."""

    url: str
    token: str
    server: Jvm

    @property
    def settings(self) -> Mapping[str, str]:
        return {"spark.remote": self.url, "spark.token": self.token}


@contextmanager
def connect_server(
    folder: Path | None = None,
    *,
    master: str = "local[2]",
    heap: str = "512m",
    conf: Mapping[str, str] | None = None,
    environ: Mapping[str, str] | None = None,
) -> Iterator[ConnectServer]:
    """A running server on any master, with further settings and variables."""
    with folder_of(folder, "connect") as home:
        token = secrets.token_urlsafe(24)
        settings = {
            "spark.master": master,
            "spark.ui.enabled": "false",
            "spark.driver.host": "127.0.0.1",
            "spark.driver.bindAddress": "127.0.0.1",
            "spark.local.dir": str(home / "tmp"),
            "spark.sql.warehouse.dir": str(home / "warehouse"),
            "spark.sql.shuffle.partitions": "4",
            "spark.connect.grpc.binding.address": "127.0.0.1",
            "spark.connect.grpc.binding.port": "0",
            **(conf or {}),
        }
        options = [word for k, v in settings.items() for word in ("--conf", f"{k}={v}")]
        server = Jvm(
            _SUBMIT,
            [*options, "--class", _SERVER, "spark-internal"],
            folder=home,
            name="connect",
            heap=heap,
            environ={"SPARK_CONNECT_AUTHENTICATE_TOKEN": token, **(environ or {})},
        )
        try:
            port = server.wait_for(r"Spark Connect server started at: *\S*?:(\d+)")[1]
            yield ConnectServer(f"sc://127.0.0.1:{port}", token, server)
        finally:
            server.stop()


if __name__ == "__main__":
    by_hand(connect_server())

"""What all services that are Java servers use: how one is started, watched and ended."""

from __future__ import annotations

import os
import re
import signal
import socket
import sys
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Protocol

from plait.engines.process import ServerProcess
from plait.engines.spark import java
from plait.engines.spark.install import spark_jars
from plait.engines.supervisor import supervised

START_SECONDS = 180.0
LOGGING = """\
rootLogger.level = info
rootLogger.appenderRef.console.ref = console
appender.console.type = Console
appender.console.name = console
appender.console.target = SYSTEM_ERR
appender.console.layout.type = PatternLayout
appender.console.layout.pattern = %d{HH:mm:ss} %p %c{1}: %m%n%ex
"""


class Service(Protocol):
    """settings: the `--set` values with which plait uses the service."""

    @property
    def settings(self) -> Mapping[str, str]: ...


class Jvm:
    """One Java server under a supervisor: it ends with `stop`, or when this process ends.

    `pid` is the server's own, not its supervisor's.
    """

    def __init__(
        self,
        main: str,
        arguments: Sequence[str] = (),
        *,
        folder: Path,
        name: str,
        heap: str = "192m",
        classpath: Sequence[str | Path] = (),
        options: Sequence[str] = (),
        environ: Mapping[str, str] | None = None,
    ) -> None:
        home = java.require_java()
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "tmp").mkdir(exist_ok=True)
        (folder / "log4j2.properties").write_text(LOGGING, encoding="utf-8")
        file = folder / f"{name}.arguments"
        java.argument_file(
            file,
            [
                f"-Xmx{heap}",
                *java.MODULE_OPTIONS,
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                f"-Djava.io.tmpdir={folder / 'tmp'}",
                f"-Dlog4j2.configurationFile={folder / 'log4j2.properties'}",
                *options,
                "-cp",
                os.pathsep.join([*map(str, classpath), *spark_jars()]),
                main,
                *arguments,
            ],
        )
        self.name = name
        self._process = ServerProcess(
            supervised([str(home / "bin" / "java"), f"@{file}"]),
            environment={**environment(folder), **(environ or {})},
            log=folder / f"{name}.log",
        )

    @property
    def pid(self) -> int:
        import psutil

        server: psutil.Process
        for _ in range(100):
            for server in psutil.Process(self._process.pid).children():
                return server.pid
            time.sleep(0.05)
        raise RuntimeError(f"{self.name} does not run")

    @property
    def alive(self) -> bool:
        return self._process.alive

    @property
    def log(self) -> str:
        """All that it has printed."""
        return self._process.log.read_text(encoding="utf-8", errors="replace")

    def wait_for(self, pattern: str, seconds: float = START_SECONDS) -> re.Match[str]:
        """Wait until a line of the log matches. Raises RuntimeError with the log's end."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if found := re.search(pattern, self.log):
                return found
            if not self.alive:
                break
            time.sleep(0.1)
        raise RuntimeError(f"{self.name} did not print '{pattern}':\n{self._process.tail(60)}")

    def kill(self) -> None:
        """End it as the machine's failure would."""
        os.kill(self.pid, signal.SIGKILL)
        self._process.wait(10)

    def stop(self) -> None:
        self._process.stop(grace_seconds=3)


def environment(folder: Path) -> dict[str, str]:
    """The environment of a Spark server here: its own Java and Python, on 127.0.0.1."""
    import pyspark

    foreign = ("SPARK_", "HADOOP_", "YARN_", "PLAIT_", "RAY_", "PYSPARK_", "AWS_")
    return {
        **{name: text for name, text in os.environ.items() if not name.startswith(foreign)},
        "JAVA_HOME": str(java.wrapped_java_home(java.require_java(), folder / "cache")),
        "SPARK_HOME": str(Path(pyspark.__file__).parent),
        "SPARK_SCALA_VERSION": "2.13",
        "SPARK_LOCAL_IP": "127.0.0.1",
        "SPARK_LOCAL_HOSTNAME": "127.0.0.1",
        "SPARK_PUBLIC_DNS": "127.0.0.1",
        "PYSPARK_PYTHON": sys.executable,
    }


def free_port() -> int:
    """A port of 127.0.0.1 that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def folder_of(folder: Path | None, name: str) -> Iterator[Path]:
    """`folder`, or one of its own that is removed at the end."""
    if folder is not None:
        folder.mkdir(parents=True, exist_ok=True)
        yield folder
        return
    with TemporaryDirectory(prefix=f"{name}-", ignore_cleanup_errors=True) as made:
        yield Path(made)


def by_hand(service: AbstractContextManager[Service]) -> None:
    """Start a service, print the settings for it, and wait for Ctrl-C, TERM or the terminal."""
    over = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: over.set())
    with service as running:
        for name, value in getattr(running, "environ", {}).items():
            print(f"export {name}={value}", flush=True)
        for key, value in running.settings.items():
            print(f"--set {key}={value}", flush=True)
        print("READY", flush=True)
        over.wait()

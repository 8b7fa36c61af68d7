"""A standalone Spark cluster: a master and workers of one core and 512 MB each.

with standalone() as service:
    connect(**{"spark.master": service.master})
"""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil

from tests.services.jvm import Jvm, by_hand, folder_of

EXECUTOR_MEMORY = "512m"


@dataclass(frozen=True)
class Standalone:
    """master: `spark://127.0.0.1:PORT`. A worker's `pid`, `kill()` and `alive` are its own."""

    master: str
    server: Jvm
    workers: tuple[Jvm, ...]

    @property
    def settings(self) -> Mapping[str, str]:
        return {
            "spark.master": self.master,
            "spark.driver_memory": "512m",
            "spark.conf.spark.executor.memory": EXECUTOR_MEMORY,
            "spark.conf.spark.sql.shuffle.partitions": "4",
        }

    def executors(self) -> list[psutil.Process]:
        """The executors that run now, on all workers, oldest first."""
        found = []
        for worker in self.workers:
            if worker.alive:
                children = psutil.Process(worker.pid).children()
                found += [each for each in children if _is_executor(each)]
        return sorted(found, key=psutil.Process.create_time)

    def kill_executor(self) -> int:
        """Kill one executor as a failing machine would; its pid."""
        executor = self.executors()[0]
        os.kill(executor.pid, signal.SIGKILL)
        return executor.pid


def _is_executor(process: psutil.Process) -> bool:
    try:
        return any("ExecutorBackend" in word for word in process.cmdline())
    except psutil.Error:
        return False


@contextmanager
def standalone(
    folder: Path | None = None,
    *,
    workers: int = 2,
    cores: int = 1,
    memory: str = EXECUTOR_MEMORY,
    environ: Mapping[str, str] | None = None,
) -> Iterator[Standalone]:
    """A running cluster; cores and memory are those of each worker.

    environ: further variables of the workers and their executors.
    """
    with folder_of(folder, "standalone") as home, ExitStack() as stack:
        master = _start_master(home, stack)
        url = master.wait_for(r"Starting Spark master at (spark://\S+)")[1]
        started = [
            _start_worker(home, number, url, cores, memory, environ or {}, stack)
            for number in range(workers)
        ]
        for worker in started:
            worker.wait_for(r"Successfully registered with master")
        yield Standalone(url, master, tuple(started))


def _start_master(home: Path, stack: ExitStack) -> Jvm:
    jvm = Jvm(
        "org.apache.spark.deploy.master.Master",
        ["--host", "127.0.0.1", "--port", "0", "--webui-port", "0"],
        folder=home,
        name="master",
        options=["-Dspark.master.rest.enabled=false"],
    )
    stack.callback(jvm.stop)
    return jvm


def _start_worker(
    home: Path,
    number: int,
    master: str,
    cores: int,
    memory: str,
    environ: Mapping[str, str],
    stack: ExitStack,
) -> Jvm:
    address = ["--host", "127.0.0.1", "--port", "0", "--webui-port", "0"]
    size = ["--cores", str(cores), "--memory", memory]
    jvm = Jvm(
        "org.apache.spark.deploy.worker.Worker",
        [*address, *size, "--work-dir", str(home / f"work-{number}"), master],
        folder=home,
        name=f"worker-{number}",
        heap="128m",
        environ=environ,
    )
    stack.callback(jvm.stop)
    return jvm


if __name__ == "__main__":
    by_hand(standalone())

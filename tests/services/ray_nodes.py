"""A Ray cluster of several nodes on this machine: a head and workers, on loopback, with a token.

By hand: `python -m tests.services.ray_nodes [WORKERS] [--jobs]` prints how to reach it and lives
until Ctrl-C. The head's standard input is its life: it ends with whoever started it.
"""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

import psutil

from plait.compute import watchdog

_START_SECONDS = 180.0
_STORE = 100 * 2**20
# Ray's sockets need a short folder.
_BASE = Path("/tmp")
_SETTINGS = {
    "RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER": "0",  # which is what lets 127.0.0.1 be a node's address
    "RAY_ENABLE_UV_RUN_RUNTIME_ENV": "0",
    "RAY_USAGE_STATS_ENABLED": "0",
    "RAY_enable_metrics_collection": "0",
    "RAY_AUTH_MODE": "token",
    "RAY_DEDUP_LOGS": "0",
    "RAY_health_check_initial_delay_ms": "2000",
    "RAY_health_check_period_ms": "1000",
    "RAY_health_check_timeout_ms": "2000",
    "RAY_health_check_failure_threshold": "3",
}


@dataclass(frozen=True, slots=True)
class Node:
    """One node: its id as Ray writes it, its raylet's process, the CPUs it counts."""

    id: str
    raylet: int
    cpus: float


@dataclass(slots=True)
class RayNodes:
    """A running cluster.

    address: of the head (host:port). jobs: its Jobs endpoint, or None. environ: what a
    client needs in its environment, the token's file above all. nodes: the head first.
    """

    address: str
    jobs: str | None
    environ: dict[str, str]
    nodes: list[Node]
    _host: subprocess.Popen[str]
    _told: IO[str]
    _killed: set[int] = field(default_factory=set)

    @property
    def token(self) -> str:
        """The token itself."""
        return Path(self.environ["RAY_AUTH_TOKEN_PATH"]).read_text(encoding="ascii")

    def kill_node(self, index: int) -> None:
        """End a node as a machine ends that loses its power; not the head."""
        assert index > 0, "the head holds the cluster"
        below: list[psutil.Process] = []
        with suppress(psutil.Error):
            below = psutil.Process(self.nodes[index].raylet).children(recursive=True)
        os.kill(self.nodes[index].raylet, signal.SIGKILL)
        for process in below:
            with suppress(psutil.Error):
                process.kill()
        self._killed.add(index)

    def add_node(self, cpus: float = 1) -> Node:
        """One more node; returns when the head knows it."""
        assert self._host.stdin is not None
        self._host.stdin.write(json.dumps({"cpus": cpus}) + "\n")
        self._host.stdin.flush()
        self.nodes.append(Node(**json.loads(_line(self._told, self._host))))
        return self.nodes[-1]


@contextmanager
def ray_nodes(
    workers: int = 1,
    *,
    cpus: float = 1,
    head_cpus: float = 1,
    jobs: bool = False,
    store: int = _STORE,
    environ: dict[str, str] | None = None,
) -> Iterator[RayNodes]:
    """A head and `workers` further nodes, from start to stop.

    jobs: with the Jobs endpoint. store: bytes of each node's object store. environ: more
    variables for the nodes and for what runs on them.
    """
    wanted = {"workers": workers, "cpus": cpus, "head_cpus": head_cpus, "jobs": jobs,
              "store": store}  # fmt: skip
    for more in (2, 1, 0):
        with ExitStack() as stack:
            try:
                service = _started(stack, wanted, environ or {})
            except RuntimeError:
                if not more:  # on a busy machine Ray's thirty seconds for a node are short
                    raise
                continue
            yield service
            return


def _started(stack: ExitStack, wanted: dict[str, Any], environ: dict[str, str]) -> RayNodes:
    """Start the nodes; `stack` ends them. Raises RuntimeError when they do not start."""
    home = Path(tempfile.mkdtemp(prefix="raybed-", dir=_BASE))
    token = home / "token"
    token.touch(mode=0o600)
    token.write_text(secrets.token_hex(32), encoding="ascii")
    auth = {"RAY_AUTH_MODE": "token", "RAY_AUTH_TOKEN_PATH": str(token)}
    inherited = {k: v for k, v in os.environ.items() if not k.startswith(("RAY_", "PLAIT_"))}
    cleaner = subprocess.Popen(
        [sys.executable, "-I", "-S", watchdog.__file__, str(home)],
        stdin=subprocess.PIPE, cwd="/", start_new_session=True,
    )  # fmt: skip
    stack.callback(cleaner.communicate, b"done", timeout=10)
    log = home / "host.log"
    with log.open("w") as output:
        host = subprocess.Popen(
            [sys.executable, "-m", "tests.services.ray_nodes", "--host",
             json.dumps({"home": str(home), **wanted})],
            cwd=Path(__file__).parents[2], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=output, text=True, start_new_session=True,
            env={**inherited, **_SETTINGS, **auth, **environ},
        )  # fmt: skip
    stack.callback(_end, host, home)
    assert host.stdout is not None
    found = json.loads(_line(host.stdout, host, log))
    nodes = [Node(**node) for node in found["nodes"]]
    client = {**auth, "RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER": "0"}
    return RayNodes(found["address"], found["jobs"], client, nodes, host, host.stdout)


def _line(stream: IO[str], host: subprocess.Popen[str], log: Path | None = None) -> str:
    """The next line of JSON that the host prints."""
    import threading

    timer = threading.Timer(_START_SECONDS, host.kill)
    timer.start()
    try:
        for line in stream:
            if line.startswith("{"):
                return line
    finally:
        timer.cancel()
    output = log.read_text(errors="replace")[-4000:] if log else ""
    raise RuntimeError(f"the Ray nodes did not start\n{output}")


def _end(host: subprocess.Popen[str], home: Path) -> None:
    below: list[psutil.Process] = []
    with suppress(psutil.Error):
        below = psutil.Process(host.pid).children(recursive=True)
    assert host.stdin is not None
    with suppress(OSError):
        host.stdin.close()
    try:
        host.wait(20)
    except subprocess.TimeoutExpired:
        host.kill()
        host.wait(10)
    for process in psutil.wait_procs(below, timeout=3)[1]:
        with suppress(psutil.Error):
            process.kill()
    for pid in watchdog._processes_in(str(home)):
        with suppress(OSError):
            os.kill(pid, signal.SIGKILL)
    shutil.rmtree(home, ignore_errors=True)


# --- the process that starts the nodes --------------------------------------------------------


def _host(wanted: dict[str, Any]) -> None:
    """Start the nodes and print them as JSON; then add one for each line of standard input."""
    from ray.cluster_utils import Cluster

    home = wanted["home"]
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    head_only: dict[str, Any] = {
        "include_dashboard": wanted["jobs"],
        "dashboard_host": "127.0.0.1",
        "dashboard_port": _free_port(),
        "dashboard_agent_listen_port": _free_port(),
        "gcs_server_port": _free_port(),
        "temp_dir": home,
    }
    with _written_address(home):
        cluster = Cluster(initialize_head=True, head_node_args={
            "num_cpus": wanted["head_cpus"], "object_store_memory": wanted["store"],
            "node_ip_address": "127.0.0.1", **head_only,
        })  # fmt: skip
    nodes = [_described(cluster.head_node, wanted["head_cpus"])]

    def add(cpus: float) -> dict[str, Any]:
        # A folder of its own, as on a machine of its own: Ray unpacks a job's files into it,
        # over those of another node that uses the same one.
        node = cluster.add_node(
            num_cpus=cpus, object_store_memory=wanted["store"], node_ip_address="127.0.0.1",
            temp_dir=f"{home}/n{len(nodes)}", include_log_monitor=True,
        )  # fmt: skip
        nodes.append(_described(node, cpus))
        return nodes[-1]

    for _ in range(wanted["workers"]):
        add(wanted["cpus"])
    jobs = f"http://{cluster.webui_url}" if wanted["jobs"] else None
    print(json.dumps({"address": cluster.address, "jobs": jobs, "nodes": nodes}),
          file=answers, flush=True)  # fmt: skip
    for line in sys.stdin:
        print(json.dumps(add(json.loads(line)["cpus"])), file=answers, flush=True)
    with contextlib.suppress(Exception):
        cluster.shutdown()


@contextmanager
def _written_address(home: str) -> Iterator[None]:
    """Ray notes a cluster's address for `auto`: in its own folder, not in that of all."""
    import ray._private.utils as utils  # noqa: TID251 - no option of `ray start` says where

    write = utils.write_ray_address
    utils.write_ray_address = lambda address, *_: write(address, home)
    try:
        yield
    finally:
        utils.write_ray_address = write


def _described(node: Any, cpus: float) -> dict[str, Any]:
    raylet = node.all_processes["raylet"][0].process.pid
    return {"id": node.node_id, "raylet": raylet, "cpus": cpus}


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def main(arguments: list[str]) -> None:
    if arguments[:1] == ["--host"]:
        return _host(json.loads(arguments[1]))
    count = next((int(word) for word in arguments if word.isdigit()), 1)
    with ray_nodes(count, jobs="--jobs" in arguments) as service:
        for name, value in service.environ.items():
            print(f"export {name}={value}")
        print(f'ray.address = "{service.address}"')
        if service.jobs:
            print(f'ray.jobs = "{service.jobs}"')
        print(f"# nodes: {', '.join(f'{n.id[:8]} ({n.cpus:g} CPU)' for n in service.nodes)}",
              flush=True)  # fmt: skip
        with suppress(KeyboardInterrupt):
            while True:
                time.sleep(3600)
    return None


if __name__ == "__main__":
    main(sys.argv[1:])

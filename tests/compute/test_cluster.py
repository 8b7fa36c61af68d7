"""Each test has a Ray of its own, in a process of its own that may die."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from plait.compute.join import join
from plait.errors import UsageError

PARENT = """
import json, os, sys, threading, time
from pathlib import Path
from plait.compute.cluster import Cluster
from plait.compute.requests import TaskRequest
from plait.compute.tasks import run_tasks
from plait.settings import RaySettings
from plait.errors import Span
from plait.plan.training import Resources

before = dict(os.environ)
cluster = Cluster(RaySettings(num_cpus=1, object_store_memory="80MiB"), Path(sys.argv[1]), str)
starter = threading.Thread(target=cluster.start)
starter.start()
starter.join()  # Ray outlives the thread that asked for it
assert dict(os.environ) == before, "nothing is left in the environment"

def waits(payload):
    import time
    print("running")
    time.sleep(300)

def on_log(source, text, stream):
    if text == "running":
        print(json.dumps({"home": str(cluster._ray._home), "raylet":
            cluster._ray._core["raylet"].pid, "environ": cluster.environ()}), flush=True)

request = TaskRequest("t", waits, {}, Resources(), None, Span("f", 1, 1))
outcome, = run_tasks(cluster, [request], on_log=on_log, on_message=print, on_done=str,
                     cancel=threading.Event(), retries=2)
print(str(outcome.error), flush=True)
cluster.stop()
"""

JOINS = """
import ray
ray.init()
print(ray.get(ray.remote(lambda: 42).options(num_cpus=0).remote()))
"""


class Parent:
    """A process with a running Ray and a task in it."""

    def __init__(self, folder: Path) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-c", PARENT, str(folder)],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        started = json.loads(self.line("{"))
        self.home, self.raylet = Path(started["home"]), int(started["raylet"])
        self.environ: dict[str, str] = started["environ"]
        self.children = psutil.Process(self.process.pid).children(recursive=True)
        assert len(self.children) >= 6

    def line(self, start: str = "") -> str:
        assert self.process.stdout is not None
        printed = []
        for line in self.process.stdout:
            if line.startswith(start):
                return line
            printed.append(line)
        raise AssertionError("".join(printed))

    def wait_for_children(self, seconds: float) -> list[psutil.Process]:
        _, alive = psutil.wait_procs(self.children, timeout=seconds)
        return alive

    def close(self) -> None:
        self.process.kill()
        self.process.wait()
        for process in self.wait_for_children(10):
            process.kill()


STAYS_CONNECTED = """
import sys, ray
from pathlib import Path
from plait.compute.cluster import Cluster
from plait.settings import RaySettings
ray.init(log_to_driver=False)
address = ray.get_runtime_context().gcs_address
cluster = Cluster(RaySettings(address=address), Path(sys.argv[1]), str)
cluster.start()
cluster.stop()
assert not cluster.started
print(ray.get(ray.remote(lambda: 42).options(num_cpus=0).remote()))
"""


def test_another_process_joins_and_kill_leaves_nothing(tmp_path: Path) -> None:
    parent = Parent(tmp_path)
    try:
        joined = subprocess.run(
            [sys.executable, "-c", JOINS],
            env={**os.environ, **parent.environ},
            capture_output=True,
            text=True,
            timeout=60,
        )
        assert joined.stdout.strip() == "42", joined.stderr
        stayed = subprocess.run(
            [sys.executable, "-c", STAYS_CONNECTED, str(tmp_path)],
            env={**os.environ, **parent.environ},
            capture_output=True,
            text=True,
            timeout=60,
        )
        assert stayed.stdout.strip() == "42", stayed.stderr  # the script's own connection stays
        for connection in psutil.Process(parent.raylet).net_connections("inet"):
            if connection.status == psutil.CONN_LISTEN:
                assert connection.laddr.ip.endswith("127.0.0.1")
        parent.process.send_signal(signal.SIGKILL)
        assert parent.wait_for_children(10) == []
        while parent.home.exists():
            time.sleep(0.1)  # the test's own time limit ends this
    finally:
        parent.close()


def test_a_dead_raylet_is_an_error_and_not_a_wait(tmp_path: Path) -> None:
    parent = Parent(tmp_path)
    try:
        psutil.Process(parent.raylet).kill()
        started = time.monotonic()
        assert "t was lost: Ray's raylet process ended" in parent.line("cluster error")
        assert time.monotonic() - started < 20
        assert parent.process.wait(60) == 0
        assert parent.wait_for_children(5) == []
        assert not parent.home.exists()
    finally:
        parent.close()


def test_an_address_of_ray_client() -> None:
    with pytest.raises(UsageError, match="Ray Client"):
        join("ray://127.0.0.1:1", lambda _text: None)


def test_a_stopped_cluster_leaves_no_files(tmp_path: Path) -> None:
    folder, home = tmp_path / "run", tmp_path / "home"
    home.mkdir()
    script = f"""
import glob, os, sys, tempfile
from pathlib import Path
from plait.compute.cluster import Cluster
from plait.settings import RaySettings
for _ in range(2):
    cluster = Cluster(RaySettings(num_cpus=1, object_store_memory="80MiB"),
                      Path({str(folder)!r}), lambda text: None)
    cluster.start()
    cluster.start()
    home = cluster._ray._home
    assert home.exists() and len(str(home)) < 43
    cluster.stop()
    cluster.stop()
    assert not home.exists() and not list(Path({str(folder)!r}).iterdir())
print("clean")
"""
    ran = subprocess.run(
        [sys.executable, "-c", script],
        env={**os.environ, "RAY_TMPDIR": str(home), "HOME": str(home)},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert (ran.stdout, ran.stderr) == ("clean\n", "")
    assert not list(home.iterdir()), "nor in the places that are Ray's own"


FAILS_FIRST = """
import sys
from pathlib import Path
from plait.compute.cluster import Cluster
from plait.settings import RaySettings
from plait.errors import ClusterError

folder = Path(sys.argv[1]) / "run"
folder.write_text("in the way")
cluster = Cluster(RaySettings(num_cpus=1, object_store_memory="80MiB"), folder, str)
try:
    cluster.start()
    sys.exit("it started")
except ClusterError as error:
    assert error.message == "Ray does not start", error
assert cluster._ray is None, "what it had begun is removed before the error is raised"
folder.unlink()
cluster.start()
assert cluster.failure() is None and any(folder.iterdir())
cluster.stop()
"""


def test_a_start_that_failed_is_over_before_the_next(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", FAILS_FIRST, str(tmp_path)],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr

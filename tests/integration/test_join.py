"""A Ray cluster that was there before, joined by its address and its token."""

from __future__ import annotations

import os
import secrets
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from tests.conftest import all_gone, descendants, wait_until

SCRIPT = """
set py = '''
from plait import task
class Triple:
    def predict(self, frame):
        return frame["k"] * 3
task.log("hello from the cluster")
task.save_model(Triple(), features=["k"])
''';
load script.`py` as py;
select id as k from range(1000) as t;
train t as PythonAlg.`model` where scripts="py" as r;
predict t as PythonAlg.`model` as p;
select sum(prediction) as s from p as q;
"""


def _listens(address: tuple[str, int]) -> bool:
    try:
        socket.create_connection(address, timeout=1).close()
    except OSError:
        return False
    return True


@pytest.fixture(scope="module")
def head() -> Iterator[dict[str, str]]:
    """A head node of its own; its address and token as environment variables."""
    with socket.socket() as free, tempfile.TemporaryDirectory(prefix="prj") as home:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
        free.close()
        token = Path(home, "token")
        token.write_text(secrets.token_hex(32))
        token.chmod(0o600)
        auth = {"RAY_AUTH_MODE": "token", "RAY_AUTH_TOKEN_PATH": str(token)}
        ray = Path(sys.executable).with_name("ray")
        started = subprocess.Popen(
            [str(ray), "start", "--head", "--block", f"--port={port}", "--num-cpus=1",
             "--include-dashboard=false", "--disable-usage-stats", f"--temp-dir={home}"],
            env={**os.environ, **auth}, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        try:
            assert wait_until(lambda: _listens(("127.0.0.1", port)), 60)
            yield {"address": f"127.0.0.1:{port}", **auth}
        finally:
            below = descendants(started.pid) if psutil.pid_exists(started.pid) else []
            started.terminate()
            started.wait(30)
            if not all_gone(below, 10):
                for process in psutil.wait_procs(below, timeout=1)[1]:
                    process.kill()


def test_a_run_joins_the_cluster(plait, head: dict[str, str]) -> None:
    auth = {"RAY_AUTH_TOKEN_PATH": head["RAY_AUTH_TOKEN_PATH"]}
    done = plait("run", plait.script(SCRIPT), "--ray", head["address"], **auth)
    assert done.returncode == 0, done.stderr + done.stdout
    assert "hello from the cluster" in done.stdout
    assert "1498500" in done.stdout
    assert _listens(("127.0.0.1", int(head["address"].split(":")[1]))), "it is not ours to stop"


def test_nobody_there(plait) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    done = plait("run", plait.script(SCRIPT), "--ray", f"127.0.0.1:{port}")
    assert done.returncode == 1
    assert f"no Ray at '127.0.0.1:{port}'" in done.stderr
    assert "script.mlsql:12:1" in done.stderr
    assert "Traceback" not in done.stderr

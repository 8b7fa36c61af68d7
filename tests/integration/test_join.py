"""A running Ray cluster, joined by its address and its token."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import Plait, wait_until
from tests.services.ray_nodes import RayNodes

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

# Two groups that wait for each other, so that each has a node of its own.
APART = """
set env = '''six==1.17.0''';
set py = '''
import os, time, ray, six, plait
from plait import task
from pathlib import Path
folder = Path(task.system_params["folder"])
(folder / f"group-{task.group}").write_text(ray.get_runtime_context().get_node_id())
end = time.monotonic() + 120
while len(list(folder.glob("group-*"))) < 2 and time.monotonic() < end:
    time.sleep(0.1)
while (folder / "hold").exists() and time.monotonic() < end:
    time.sleep(0.1)
task.log(f"six {six.__version__}, plait from {plait.__file__}")
task.log_metric("m", task.group)
''';
load script.`env` as env;
load script.`py` as py;
select id as k from range(100) as t;
train t as PythonAlg.`model` where scripts="py" and entryPoint="py"
and condaFile="env" and `systemParam.folder`="${folder}"
and `fitParam.0.a`="1" and `fitParam.1.a`="2"
and metric="m" and mode="max" as r;
select algIndex, status from r as s;
"""


def test_a_run_joins_the_cluster(plait: Plait, ray_service: RayNodes) -> None:
    done = plait("run", plait.script(SCRIPT), "--ray", ray_service.address, **ray_service.environ)
    assert done.returncode == 0, done.stderr + done.stdout
    assert "hello from the cluster" in done.stdout
    assert "1498500" in done.stdout
    socket.create_connection(("127.0.0.1", int(ray_service.address.split(":")[1]))).close()


def test_nobody_there(plait: Plait) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    done = plait("run", plait.script(SCRIPT), "--ray", f"127.0.0.1:{port}")
    assert done.returncode == 1
    assert f"no Ray at '127.0.0.1:{port}'" in done.stderr
    assert "script.mlsql:12:1" in done.stderr
    assert "Traceback" not in done.stderr


def test_environments_are_made_on_the_nodes_and_a_node_may_die(
    plait: Plait, ray_service: RayNodes, cache: Path
) -> None:
    """Nothing of the client's disk is used: plait and the environments go to the nodes."""
    extra = len(ray_service.nodes)
    ray_service.add_node()
    hold = plait.folder / "hold"
    hold.touch()
    process = plait.start(
        "run", plait.script(APART), "--ray", ray_service.address, "--json",
        "--var", f"folder={plait.folder}", PLAIT_CACHE="~/.cache/plait",
        HOME=str(plait.folder / "home"), UV_CACHE_DIR=str(cache / "uv"), **ray_service.environ,
    )  # fmt: skip
    meeting = [plait.folder / f"group-{number}" for number in (0, 1)]
    met = wait_until(lambda: all(each.exists() for each in meeting), 200)
    if not met:
        process.kill()
    else:
        at = {each.read_text() for each in meeting} - {ray_service.nodes[0].id}
        killed = next(i for i, n in enumerate(ray_service.nodes) if n.id in at)
        ray_service.kill_node(killed)
    hold.unlink()
    out, err = process.communicate(timeout=200)
    assert process.returncode == 0, out + err
    events = [json.loads(line) for line in out.splitlines()]
    logs = [event["text"] for event in events if event["event"] == "StepLog"]
    assert [text for text in logs if "it is started again (try 2 of 3)" in text]
    lines = [text for text in logs if text.startswith("six 1.17.0, plait from ")]
    assert len(lines) == 2 and all("py_modules_files" in text for text in lines), lines
    notices = [event["text"] for event in events if event["event"] == "Notice"]
    assert [text for text in notices if text.startswith("environment env was built on node")]
    shown = [event for event in events if event["event"] == "TableShown"][-1]
    assert sorted(shown["rows"]) == [["0", "success"], ["1", "success"]]
    assert not list((plait.folder / "home").rglob("venv")), "the client made none"
    assert extra == killed or ray_service.nodes[extra].id


@pytest.mark.parametrize(
    ("token", "words"),
    [({"RAY_AUTH_TOKEN": "0" * 64, "RAY_AUTH_MODE": "token"}, "does not accept this token"),
     ({}, "asks for a token, and none is set")],
    ids=["wrong", "none"],
)  # fmt: skip
def test_a_wrong_token_is_reported(
    plait: Plait, ray_service: RayNodes, token: dict[str, str], words: str
) -> None:
    done = plait(
        "run",
        plait.script(SCRIPT),
        "--ray",
        ray_service.address,
        **{"HOME": str(plait.folder), **token},
    )
    assert done.returncode == 1, done.stdout
    assert words in done.stderr and "RAY_AUTH_TOKEN_PATH" in done.stderr
    assert "Traceback" not in done.stderr


def test_what_no_node_has_is_refused_with_what_there_is(
    plait: Plait, ray_service: RayNodes
) -> None:
    """Two CPUs in all, but no node with both."""
    script = SCRIPT.replace('scripts="py"', 'scripts="py" and num_cpus="2"')
    done = plait(
        "check", plait.script(script), "--ray", ray_service.address, **ray_service.environ
    )
    assert done.returncode == 2, done.stderr
    assert "asks for 2 CPU, which no node of the cluster can ever give" in done.stderr
    assert "1 CPU, 0 GPU, " in done.stderr and "nodes" in done.stderr


_AS_IF = """
import json, sys
from ray._raylet import GcsClient
from ray._common.usage.usage_constants import CLUSTER_METADATA_KEY as key
space = b"cluster"
client = GcsClient(address=sys.argv[1])
before = json.loads(client.internal_kv_get(key, space))
now = {**before, **json.loads(sys.argv[2])}
client.internal_kv_put(key, json.dumps(now).encode(), True, space)
print(before["python_version"])
"""


def _pretend(service: RayNodes, python: str) -> str:
    """Make the cluster report another Python version than its own; returns its own."""
    done = subprocess.run(
        [sys.executable, "-c", _AS_IF, service.address, json.dumps({"python_version": python})],
        env={**os.environ, **service.environ}, capture_output=True, text=True, check=True,
    )  # fmt: skip
    return done.stdout.strip()


def test_another_python_is_reported_at_once(plait: Plait, ray_service: RayNodes) -> None:
    own = _pretend(ray_service, "3.8.1")
    try:
        done = plait(
            "run", plait.script(SCRIPT), "--ray", ray_service.address, **ray_service.environ
        )
    finally:
        _pretend(ray_service, own)
    assert done.returncode == 1
    assert "has another version of Ray or Python" in done.stderr
    assert "run plait with the cluster's versions" in done.stderr and "3.8.1" in done.stderr
    assert "Traceback" not in done.stderr

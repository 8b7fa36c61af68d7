"""Runs that are sent to a remote cluster by its Jobs endpoint, and found again."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import time
from pathlib import Path

import pytest
import requests

from tests.conftest import Plait, wait_until
from tests.services.ray_nodes import RayNodes

TRAINS = """
set py = '''
from plait import task
from pathlib import Path
class Triple:
    def predict(self, frame):
        return frame["k"] * 3
with (Path(task.system_params["dir"]) / "ran").open("a") as ran:
    ran.write("once")
task.log("hello from the job")
task.save_model(Triple(), features=["k"])
''';
load script.`py` as py;
select id as k from range(1000) as t;
train t as PythonAlg.`${dir}/model` where scripts="py" and `systemParam.dir`="${dir}" as r;
predict t as PythonAlg.`${dir}/model` as p;
select sum(prediction) as s from p as q;
"""
WAITS = """
set py = '''
import time
from pathlib import Path
from plait import task
folder = Path(task.system_params["dir"])
task.log("it has begun")
(folder / "begun").touch()
end = time.monotonic() + 120
while not (folder / "go").exists() and time.monotonic() < end:
    time.sleep(0.1)
task.log("it goes on")
''';
load script.`py` as py;
select 1 as k as t;
train t as PythonAlg.`${dir}/model` where scripts="py" and `systemParam.dir`="${dir}" as r;
select status from r as s;
"""


class Remote:
    """plait with a profile that sends runs to the cluster."""

    def __init__(self, plait: Plait, service: RayNodes) -> None:
        self.plait, self.service = plait, service
        self.jobs = str(service.jobs)
        self.secret = f"not-to-be-seen-{os.urandom(4).hex()}"
        (plait.folder / "plait.toml").write_text(
            f'[profiles.prod]\nlake = "{plait.folder / "lake"}"\nengine = "sail"\n'
            f'[profiles.prod.ray]\njobs = "{service.jobs}"\n'
            '[profiles.prod.storage]\nsecret_key = "${env:THE_SECRET}"\n'
        )
        self.environ = {**service.environ, "THE_SECRET": self.secret}

    def run(self, text: str, *more: str, name: str = "script.mlsql", **environ: str):
        return self.plait("run", *self._words(text, name, more), **{**self.environ, **environ})

    def start(self, text: str, *more: str):
        return self.plait.start("run", *self._words(text, "script.mlsql", more), **self.environ)

    def _words(self, text: str, name: str, more: tuple[str, ...]) -> list[str]:
        script = self.plait.script(text, name)
        given = ["--var", f"dir={self.plait.folder}"] if "${dir}" in text else []
        return ["--profile", "prod", *given, script, *more]

    def runs(self, *words: str):
        return self.plait("runs", *words, "--profile", "prod", **self.environ)

    def status(self, run: str) -> str:
        return str(json.loads(self.runs("show", run, "--json").stdout)["status"])


@pytest.fixture
def remote(plait: Plait, ray_service: RayNodes) -> Remote:
    return Remote(plait, ray_service)


def _begun(remote: Remote, process: subprocess.Popen[str]) -> bool:
    """Whether the script of a run has begun; it may fail before."""
    begun = remote.plait.folder / "begun"
    wait_until(lambda: begun.exists() or process.poll() is not None, 150)
    return begun.exists()


def _name() -> str:
    return f"test-{os.urandom(4).hex()}"


def test_a_run_is_sent_once_and_followed_to_its_end(remote: Remote) -> None:
    name, ran = _name(), remote.plait.folder / "ran"
    done = remote.run(TRAINS, "--run-id", name)
    assert done.returncode == 0, done.stderr + done.stdout
    assert f"run {name} was sent to {remote.jobs}" in done.stdout
    assert "hello from the job" in done.stdout and "1498500" in done.stdout
    assert ran.read_text() == "once"

    again = remote.run(TRAINS, "--run-id", name)
    assert again.returncode == 0 and "is not run again" in again.stdout
    assert "1498500" in again.stdout, "a run that is over is shown from its start"
    assert ran.read_text() == "once"

    other = remote.run(TRAINS.replace("* 3", "* 4"), "--run-id", name)
    assert other.returncode == 2 and f"there is another run '{name}'" in other.stderr

    listed = remote.runs("list").stdout
    assert name in listed and "succeeded" in listed and "script.mlsql" in listed
    header = {"Authorization": f"Bearer {remote.service.token}"}
    answers = requests.get(f"{remote.jobs}/api/jobs/", headers=header, timeout=10).text
    log = f"{remote.jobs}/api/jobs/plait-{name}/logs"
    answers += requests.get(log, headers=header, timeout=10).text
    assert name in answers and "hello" in answers
    assert remote.secret not in answers and remote.service.token not in answers
    assert remote.secret not in done.stdout + done.stderr + listed


def test_a_run_goes_on_without_its_client(remote: Remote) -> None:
    name = _name()
    process = remote.start(WAITS, "--run-id", name)
    begun = _begun(remote, process)
    process.send_signal(signal.SIGKILL)
    assert begun, "\n".join(process.communicate())
    process.communicate()
    assert remote.status(name) == "running"
    (remote.plait.folder / "go").touch()
    done = remote.runs("follow", name, "--json")
    assert done.returncode == 0, done.stderr
    events = [json.loads(line) for line in done.stdout.splitlines()]
    assert (events[0]["event"], events[-1]["event"]) == ("RunStarted", "RunFinished")
    logs = [event["text"] for event in events if event["event"] == "StepLog"]
    assert [text for text in logs if "it" in text] == ["it has begun", "it goes on"]
    assert remote.status(name) == "succeeded"


def test_ctrl_c_ends_the_following_and_cancel_the_run(remote: Remote) -> None:
    name = _name()
    process = remote.start(WAITS, "--run-id", name)
    assert _begun(remote, process), process.communicate()
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=30)
    assert process.returncode == 130
    assert f"plait runs cancel {name}" in err
    assert remote.status(name) == "running"
    done = remote.runs("cancel", name)
    assert done.returncode == 0 and "stopped" in done.stdout
    followed = remote.runs("follow", name)
    assert followed.returncode == 130 and "was cancelled" in followed.stderr
    assert "it has begun" in followed.stdout and "it goes on" not in followed.stdout


def test_a_failure_reads_as_here(remote: Remote) -> None:
    script = TRAINS.replace('task.log("hello from the job")', "1 / 0")
    there = remote.run(script)
    folder = f"dir={remote.plait.folder}"
    here = remote.plait(
        "run",
        "--var",
        folder,
        "script.mlsql",
        "--ray",
        remote.service.address,
        **remote.service.environ,
    )
    assert there.returncode == here.returncode == 1
    assert "ZeroDivisionError" in here.stderr and "^^^^" in here.stderr
    shown = here.stderr[here.stderr.index("task error") :]
    assert there.stderr == shown


def test_a_wrong_script_is_not_sent(remote: Remote) -> None:
    before = remote.runs("list", "--json").stdout
    wrong = remote.run("selec 1 as a as t;")
    assert wrong.returncode == 2 and "did you mean 'select'?" in wrong.stderr
    lost = remote.run("select 1 as a as t;\nsave overwrite t as parquet.`out`;")
    assert lost.returncode == 2 and "script.mlsql:2:" in lost.stderr
    assert "'out' is a path of this machine" in lost.stderr
    assert len(json.loads(remote.runs("list", "--json").stdout)) == len(json.loads(before))


def test_a_python_script_with_the_modules_beside_it(remote: Remote) -> None:
    (remote.plait.folder / "beside.py").write_text("WORD = 'from beside'\n")
    text = "import sys, beside\nprint(beside.WORD, sys.argv[1:])\nprint('oh', file=sys.stderr)\n"
    done = remote.run(text, "--", "a", "--b", name="script.py")
    assert done.returncode == 0, done.stderr
    assert done.stdout == "from beside ['a', '--b']\n"
    assert "oh\n" in done.stderr
    failed = remote.run("raise ValueError('no')", name="script.py")
    assert failed.returncode == 1 and "script.py:1:1" in failed.stderr


def test_wrong_token_and_nobody_there(remote: Remote) -> None:
    began = time.monotonic()
    wrong = remote.run(WAITS, RAY_AUTH_TOKEN="0" * 64)
    assert wrong.returncode == 1
    assert "does not accept this token" in wrong.stderr and "RAY_AUTH_TOKEN" in wrong.stderr
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        nobody = f"http://127.0.0.1:{free.getsockname()[1]}"
    for words in (["run", "script.mlsql"], ["runs", "list"]):
        done = remote.plait(
            *words, "--profile", "prod", "--set", f"ray.jobs={nobody}",
            *(["--var", f"dir={Path.cwd()}"] if "run" in words else []), **remote.environ,
        )  # fmt: skip
        assert done.returncode == 1
        assert f"no Jobs endpoint answers at '{nobody}'" in done.stderr
        assert "refused" in done.stderr and "Traceback" not in done.stderr
    assert time.monotonic() - began < 60


def test_a_run_that_is_not_there(remote: Remote) -> None:
    done = remote.runs("show", "no-such-run")
    assert done.returncode == 2 and "there is no run 'no-such-run'" in done.stderr

"""Failures on the real engines: each ends in an error with line and cause, and a clean machine."""

from __future__ import annotations

import os
import signal
import threading
from dataclasses import replace
from pathlib import Path

import psutil
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from plait.errors import (
    AnalysisError,
    DataError,
    EngineLostError,
    EnvironmentBuildError,
    ResourceError,
    TaskError,
)
from plait.events import Envelope, ModelPublished, Notice, RunFinished, StepStarted
from plait.models.store import ModelStore
from plait.session import connect
from tests.conftest import Runner, all_gone, descendants, wait_until

DATA = "select id as x, id * 2.0 as y from range(100) as t;\n"


def code(text: str, name: str = "py") -> str:
    return f"set {name}='''\n{text}\n''';\nload script.`{name}` as {name};\n"


def train(options: str = "") -> str:
    return (
        DATA + 'train t as PythonAlg.`${dir}/model` where scripts="py"' + options + " as result;"
    )


SAVING = """
from plait import task
class Mean:
    def predict(self, frame):
        return [0.5] * len(frame)
task.save_model(Mean())
"""


def test_an_unknown_column_at_the_end_fails_before_the_training(run) -> None:
    script = code(SAVING) + train() + "\nselect nothing_like_it from t as last;"
    with pytest.raises(AnalysisError) as caught:
        run(script)
    assert caught.value.span.line == script.count("\n") + 1
    assert not run.of(StepStarted), "nothing has run"


def test_a_missing_path_names_the_path(run) -> None:
    with pytest.raises(DataError, match="missing") as caught:
        run("load parquet.`${dir}/missing.parquet` as t;")
    assert caught.value.span.column == 6 or caught.value.span.line == 1


def test_one_group_raises_and_the_other_wins(run) -> None:
    script = code(
        "from plait import task\n"
        "if task.params['bad']:\n"
        "    raise ValueError('this group is bad')\n"
        "task.log_metric('score', 1.0)" + SAVING
    ) + train(
        ' and fitParam.0.bad="true" and fitParam.1.bad="false" and metric="score" and mode="max"'
    )
    result = run(script)
    rows = sorted(result.last.to_arrow().to_pylist(), key=lambda row: row["algIndex"])
    assert [row["status"] for row in rows] == ["failed", "success"]
    assert "this group is bad" in rows[0]["message"]
    assert rows[0]["modelPath"] is None
    assert ModelStore(run.folder / "model").latest().number == 1


def test_all_groups_raise(run) -> None:
    script = code("a = 1\nb = a / 0") + train()
    with pytest.raises(TaskError) as caught:
        run(script)
    error = caught.value
    assert error.span.line == 7
    assert "ZeroDivisionError" in str(error)
    assert "line 3" in error.cause, "the line of the file in which the code stands"
    assert "b = a / 0" in error.cause
    assert not run.of(ModelPublished)
    assert ModelStore(run.folder / "model").versions() == ()


def test_a_script_that_ends_its_process(run) -> None:
    with pytest.raises(TaskError) as caught:
        run(code("import os\nos._exit(7)") + train())
    assert caught.value.span is not None
    assert ModelStore(run.folder / "model").versions() == ()


def test_a_script_out_of_memory(run) -> None:
    hungry = "kept = []\nfor _ in range(4000):\n    kept.append(bytearray(2**20))"
    with pytest.raises(TaskError, match=r"(?i)memory"):
        run(code(hungry) + train(' and memory="400MiB"'))


def test_a_task_in_the_script_that_no_node_can_run_is_named(run) -> None:
    script = (
        code(
            "import ray\nray.init()\n@ray.remote(num_gpus=3)\ndef wants_gpus(x):\n    return x\n"
            "print(ray.get([wants_gpus.remote(i) for i in range(2)]))"
        )
        + train()
    )
    with pytest.raises(ResourceError, match="wants_gpus") as caught:
        run(script)
    assert "GPU" in str(caught.value)


def test_a_statement_that_asks_too_much_is_refused_at_once(run) -> None:
    with pytest.raises(ResourceError, match="GPU") as caught:
        run(code("print(1)") + train(' and num_gpus="5"'))
    assert not run.of(StepStarted)
    assert caught.value.span is not None


def test_an_environment_that_cannot_be_resolved_fails_before_data_is_read(run) -> None:
    script = (
        code("print(1)")
        + code("plait-no-such-package-anywhere==99.1", "env")
        + train(' and condaFile="env"')
    )
    with pytest.raises(EnvironmentBuildError) as caught:
        run(script)
    assert "plait-no-such-package-anywhere" in caught.value.cause
    assert not run.of(StepStarted)


def test_a_killed_worker_is_started_again_and_published_once(run) -> None:
    mark = run.folder / "first"
    script = (
        code(
            f"import os, pathlib, signal\nmark = pathlib.Path({str(mark)!r})\n"
            "if not mark.exists():\n    mark.touch()\n    os.kill(os.getpid(), signal.SIGKILL)\n"
            + SAVING
        )
        + train()
    )
    run(script)
    assert mark.exists()
    assert [version.number for version in ModelStore(run.folder / "model").versions()] == [1]


def test_a_path_that_is_not_a_folder_cannot_be_written(run) -> None:
    (run.folder / "file").write_text("here")
    with pytest.raises(DataError):
        run(DATA + "save overwrite t as parquet.`${dir}/file/below`;")
    assert (run.folder / "file").read_text() == "here"


def test_a_model_path_that_cannot_be_written(run) -> None:
    (run.folder / "model").write_text("not a folder")
    with pytest.raises(Exception) as caught:
        run(code(SAVING) + train())
    assert type(caught.value).__module__ == "plait.errors"
    assert (run.folder / "model").read_text() == "not a folder"


def sails(others: list[psutil.Process]) -> list[psutil.Process]:
    """The servers of Sail that this process has started and that are none of `others`."""
    own = [p for p in descendants(os.getpid()) if p not in others]
    return [p for p in own if "sail" in " ".join(p.cmdline())]


SLOW = (
    "select count(*) c from range(100000) a cross join range(2000000) b "
    "where hash(a.id, b.id) % 7 = 3 as slow;"
)


def test_a_session_goes_on_after_sail_was_killed_in_mid_query(tmp_path: Path) -> None:
    others = descendants(os.getpid())  # the Sail of other tests is not this one's to kill
    pq.write_table(pa.table({"k": [1, 2]}), tmp_path / "k.parquet")
    load = f"load parquet.`{tmp_path}/k.parquet` as loaded;\n"
    with connect(tmp_path / "lake", engine="sail") as session:
        run = Runner(session, tmp_path)
        conf = 'set spark.sql.shuffle.partitions = "3" where type="conf";\n'
        text = "select x from t join loaded on x = k as both;"
        both = run(conf + DATA + load + text).tables["both"]
        server = sails(others)
        assert server
        threading.Timer(1.5, lambda: [p.kill() for p in server]).start()
        with pytest.raises(EngineLostError) as caught:
            run(SLOW)
        again = run("select sum(x) s from both as u;")
        assert again.tables["u"].to_arrow().to_pylist() == [{"s": 3}]
        assert run.of(Notice)[0].text.startswith("the process of Sail had ended")
        assert session.resources.spark().conf.get("spark.sql.shuffle.partitions") == "3"
        assert both.to_arrow().num_rows == 2
    assert caught.value.span is not None
    assert caught.value.engine == "sail"
    assert "Traceback" not in caught.value.message
    assert "next run starts another" in str(caught.value.hint)


def test_auto_begins_again_on_spark_where_sail_dies(tmp_path: Path) -> None:
    others = descendants(os.getpid())

    class Killer(Runner):
        def _hear(self, envelope: Envelope) -> None:
            super()._hear(envelope)
            if isinstance(envelope.event, StepStarted) and envelope.event.kind == "preview":
                for server in sails(others):
                    server.kill()
                    server.wait(5)

    with connect(tmp_path / "lake") as session:
        run = Killer(session, tmp_path)
        run("select sum(id) s from range(10) as t;")
        assert session.resources.running == "spark"
        assert session.table("t").to_arrow().to_pylist() == [{"s": 45}]
    assert run.of(RunFinished)[0].status == "done"
    notice = run.of(Notice)[-1].text
    assert notice.startswith("begun again on Spark, because Sail failed at line 1: the process")


def test_two_runs_at_once_into_one_model(plait) -> None:
    script = plait.script(code(SAVING) + train().replace("${dir}/", ""))
    processes = [plait.start("run", script) for _ in range(2)]
    for process in processes:
        _, err = process.communicate(timeout=240)
        assert process.returncode == 0, err
    versions = ModelStore(plait.folder / "model").versions()
    assert [version.number for version in versions] == [1, 2]
    for version in versions:
        assert list(Path(version.path).rglob("MLmodel"))


SLOW_TRAINING = "import time, pathlib\npathlib.Path('{mark}').touch()\ntime.sleep(120)\n"


def test_killed_in_the_middle_of_training(plait) -> None:
    mark = plait.folder / "training"
    script = plait.script(code(SLOW_TRAINING.format(mark=mark)) + train().replace("${dir}/", ""))
    process = plait.start("run", script)
    assert wait_until(mark.exists, 90)
    below = descendants(process.pid)
    assert below
    os.kill(process.pid, signal.SIGKILL)
    process.communicate()
    assert all_gone(below, 10), [p.cmdline() for p in below if p.is_running()]
    assert ModelStore(plait.folder / "model").versions() == ()
    _next_run_cleans(plait)


def _next_run_cleans(plait) -> None:
    lake = plait.folder / "plait-lake"
    assert plait("run", plait.script("select 1 as a as t;", "next.mlsql")).returncode == 0
    left = list((lake / "_staging").glob("*")) if (lake / "_staging").exists() else []
    assert left == []


def test_killed_in_the_middle_of_saving(plait) -> None:
    before = pa.table({"id": [1, 2, 3]})
    out = plait.folder / "out"
    out.mkdir()
    pq.write_table(before, out / "part-0.parquet")
    script = plait.script(
        "select id, hash(id) h, cast(id as string) s from range(60000000) as t;\n"
        "save overwrite t as parquet.`out`;"
    )
    process = plait.start("run", script)

    def begun() -> bool:
        return any(
            path.stat().st_size > 0
            for path in plait.folder.rglob("*.parquet*")
            if path.exists() and path.parent != out
        )

    assert wait_until(begun, 60)
    below = descendants(process.pid)
    os.kill(process.pid, signal.SIGKILL)
    process.communicate()
    assert all_gone(below, 10)
    assert pq.read_table(out).num_rows == 3
    _next_run_cleans(plait)
    assert pq.read_table(out).num_rows == 3
    assert [p.name for p in plait.folder.iterdir() if "staging" in p.name] == []


def test_interrupted(plait) -> None:
    """By Ctrl-C and by a polite end, in a folder each and both at once."""
    runs = []
    for what in (signal.SIGINT, signal.SIGTERM):
        own = replace(plait, folder=plait.folder / what.name)
        own.folder.mkdir()
        training = code(SLOW_TRAINING.format(mark=own.folder / "training"))
        script = own.script(training + train().replace("${dir}/", ""))
        runs.append((own.folder, what, own.start("run", script)))
    for folder, _, _ in runs:
        assert wait_until((folder / "training").exists, 120)
    below = [descendants(process.pid) for _, _, process in runs]
    for _, what, process in runs:
        process.send_signal(what)
    for (folder, _, process), children in zip(runs, below, strict=True):
        assert children
        _, err = process.communicate(timeout=40)
        assert process.returncode == 130, err
        assert "Traceback" not in err
        assert "Ray instance" not in err, "a late call must not start another Ray"
        assert all_gone(children, 10)
        assert ModelStore(folder / "model").versions() == ()
        staging = folder / "plait-lake" / "_staging"
        assert not staging.exists() or list(staging.iterdir()) == []


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("select 1 as a", "test"),
        ("lod csv.`/x` as t;", "load"),
        ('load csv.`/x` where heder="true" as t;', "header"),
        ("load cvs.`/x` as t;", "csv"),
        ("select a from nope as t;", "nope"),
        ("select a frm range(3) as t;", "frm"),
        ("select nope from range(3) as t;", "nope"),
        ("load parquet.`/no/such/path` as t;", "/no/such/path"),
    ],
)
def test_wrong_scripts_end_with_code_two_and_a_position(plait, text: str, part: str) -> None:
    done = plait("run", plait.script(text, "test.mlsql"))
    assert done.returncode in (1, 2), done.stderr
    assert "test.mlsql:1:" in done.stderr
    assert part in done.stderr
    assert "Traceback" not in done.stderr


def test_no_process_is_left_by_a_finished_run(plait) -> None:
    before = {p.pid for p in psutil.process_iter()}
    done = plait("run", plait.script(code(SAVING) + train().replace("${dir}/", "")))
    assert done.returncode == 0, done.stderr
    mine = str(plait.folder)
    left = [
        p.cmdline()
        for p in psutil.process_iter(["cmdline"])
        if p.pid not in before and mine in " ".join(p.info["cmdline"] or ())
    ]
    assert left == []

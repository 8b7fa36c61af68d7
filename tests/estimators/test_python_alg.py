"""PythonAlg on a real Ray: groups, failures, publication, prediction."""

from __future__ import annotations

import threading
import time
from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from plait.compute.cluster import Cluster
from plait.compute.environment import Environments, parse
from plait.errors import CancelledError, ModelError, OptionError, TaskError
from plait.estimators.training import NO_MODEL
from plait.models.store import ModelStore
from plait.plan.steps import Code
from plait.plan.training import Metric, Resources

from .groups import ROWS, file_table
from .steps import SPAN, TRAIN, Reported, execution, fit, predict, program, step


def test_groups_side_by_side_one_failing(cluster: Cluster, tmp_path: Path) -> None:
    path, reported = tmp_path / "model", Reported()
    best_by = Metric("accuracy", "max")
    wanted = step(path, TRAIN, {"C": "-1"}, {"C": "1000.0"}, {"C": "0.0001"}, metric=best_by)
    done = fit(wanted, file_table(tmp_path), execution(cluster, reported))
    rows = done.result.to_pylist()
    assert [row["status"] for row in rows] == ["failed", "success", "success"]
    assert rows[0]["message"] == "ValueError: C is negative (line 17)"
    assert (rows[0]["modelPath"], rows[0]["score"]) == (None, None)
    assert rows[1]["message"] == "published as version 1"
    assert rows[1]["score"] == 1.0
    assert [row["algIndex"] for row in rows] == [0, 1, 2]
    assert rows[1]["trainParams"] == [("C", "1000.0")]
    assert all(row["startTime"] < row["endTime"] for row in rows)
    assert all((Path(row["modelPath"]) / "MLmodel").is_file() for row in rows[1:])
    version = done.version
    assert version is not None and version == ModelStore(path).latest()
    assert (version.group, version.parameters, version.score) == (1, {"C": "1000.0"}, 1.0)
    assert version.metrics == {"accuracy": 1.0}
    assert version.input == (("x", "double"), ("y", "double"))
    assert version.output == (("prediction", "int64"),)
    assert (version.data.rows, version.data.sources) == (8, ("a.csv",))
    assert version.scripts == {"train": TRAIN}
    assert not (version.folder.parent / "work").exists()
    assert ("group 1", "fitted True") in reported.logs
    assert ("group 1", "accuracy = 1") in reported.logs
    assert reported.progress[-1][1:] == (3, 3, "groups")


def test_all_groups_failing(cluster: Cluster, tmp_path: Path) -> None:
    wanted = step(
        tmp_path / "model", TRAIN, {"C": "-1"}, {"C": "-2"}, metric=Metric("accuracy", "max")
    )
    with pytest.raises(TaskError) as caught:
        fit(wanted, file_table(tmp_path), execution(cluster))
    error = caught.value
    assert error.message == "all 2 groups failed: ValueError: C is negative (line 17)"
    assert error.span == SPAN
    assert 'File "work.mlsql", line 17, in <module>' in (error.cause or "")
    assert 'raise ValueError("C is negative")' in (error.cause or "")
    assert not (tmp_path / "model").exists()


def test_a_script_that_leaves_by_force(cluster: Cluster, tmp_path: Path) -> None:
    wanted = step(tmp_path / "model", "import os\nos._exit(3)\n")
    with pytest.raises(TaskError) as caught:
        fit(wanted, file_table(tmp_path), execution(cluster))
    assert caught.value.span == SPAN
    assert not (tmp_path / "model").exists()


def test_a_script_without_a_model(cluster: Cluster, tmp_path: Path) -> None:
    script = """
import ray
ray.init()
@ray.remote(num_cpus=1)
def f(x):
    return x * x
print(ray.get([f.remote(i) for i in range(4)]))
"""
    reported = Reported()
    resources = Resources(num_cpus=0.5)
    wanted = step(tmp_path / "model", script, resources=resources)
    done = fit(wanted, file_table(tmp_path), execution(cluster, reported))
    assert done.version is None
    (row,) = done.result.to_pylist()
    assert (row["status"], row["modelPath"]) == ("success", None)
    assert row["message"] == NO_MODEL
    assert ("group 0", "[0, 1, 4, 9]") in reported.logs
    assert not (tmp_path / "model").exists()


def test_versions_are_kept_or_not(cluster: Cluster, tmp_path: Path) -> None:
    path, table = tmp_path / "model", file_table(tmp_path)
    script = "import plait.task as t\nt.data_folder\nt.save_model(lambda f: f['x'])\n"
    fit(step(path, script), table, execution(cluster))
    keeping = step(path, script)
    keeping = replace(keeping, own=replace(program(keeping), keep_local_directory=True))
    kept = fit(keeping, table, execution(cluster)).version
    assert [v.number for v in ModelStore(path).versions()] == [1, 2]
    assert kept is not None
    assert list((kept.folder.parent / "work").rglob("*.parquet"))
    fit(step(path, script, keep_version=False), table, execution(cluster))
    assert [v.number for v in ModelStore(path).versions()] == [3]


def test_a_metric_that_the_code_never_logs_is_found_before(
    cluster: Cluster, tmp_path: Path
) -> None:
    wanted = step(tmp_path / "model", TRAIN, {"C": "1"}, metric=Metric("acuracy", "max"))
    with pytest.raises(OptionError) as caught:
        fit(wanted, file_table(tmp_path), execution(cluster))
    assert caught.value.hint == "did you mean 'accuracy'?"
    assert caught.value.span == SPAN
    assert not (tmp_path / "model").exists()


def test_models_that_nothing_ranks_are_not_thrown_away(cluster: Cluster, tmp_path: Path) -> None:
    """The code does not show under which name it will log; then the groups have run."""
    script = """
import plait.task as task
task.log_metric("a" + "cc", task.params["n"])
task.save_model(lambda f: f["x"])
"""
    path, table, auc = tmp_path / "model", file_table(tmp_path), Metric("auc", "max")
    groups = step(path, script, {"n": "1"}, {"n": "2"}, metric=auc)
    with pytest.raises(ModelError, match="logged a value of the metric 'auc'") as caught:
        fit(groups, table, execution(cluster))
    first, second = (caught.value.cause or "").splitlines()[1:]
    assert first.endswith(", acc = 1") and second.startswith(f"group 1: {path}/data/")
    kept = Path(second.removeprefix("group 1: ").partition(",")[0])
    assert (kept / "MLmodel").is_file()
    assert ModelStore(path).versions() == ()
    reported = Reported()
    alone = fit(step(path, script, {"n": "3"}, metric=auc), table, execution(cluster, reported))
    assert alone.version is not None and alone.version.number == 1
    message = "published as version 1; the metric 'auc' was not logged"
    assert alone.groups[0].message == message and ("group 0", message) in reported.logs
    assert (kept / "MLmodel").is_file()


@pytest.mark.parametrize("as_blocks", [False, True])
def test_predict(cluster: Cluster, tmp_path: Path, as_blocks: bool) -> None:
    path = tmp_path / "model"
    fit(step(path, TRAIN, {"C": "1000.0"}), file_table(tmp_path), execution(cluster))
    fresh = ROWS.drop_columns(["label"])
    given = file_table(tmp_path / "fresh", fresh, "fresh")
    if as_blocks:
        import ray

        given = replace(given, files=(), blocks=(ray.put(fresh),))
    out = predict(path, given, execution(cluster), tmp_path / "out")
    assert (out.name, out.rows, len(out.files)) == ("out", 8, 2)
    table = pa.concat_tables([pq.read_table(file) for file in out.files])
    assert table.schema.equals(out.schema)
    assert table["x"].equals(fresh["x"])
    assert table["prediction"].to_pylist() == ROWS["label"].to_pylist()
    with pytest.raises(ModelError, match="has no version 9"):
        predict(path, given, execution(cluster), tmp_path / "out9", version=9)
    lacking = replace(given, schema=fresh.drop_columns(["y"]).schema)
    with pytest.raises(ModelError, match=r"needs the column\(s\) y; there is: x"):
        predict(path, lacking, execution(cluster), tmp_path / "out9")
    assert not (tmp_path / "out9").exists()


def test_an_environment_of_its_own(cluster: Cluster, tmp_path: Path) -> None:
    script = """
import plait.task as task
import importlib.util, sys
assert importlib.util.find_spec("plait.session") is None, "all of plait is here"
assert importlib.util.find_spec("sklearn") is None
where = sys.prefix
def answer(frame):
    return [sys.prefix == where] * len(frame)
task.save_model(answer, name="same")
"""
    code = Code("env", "pandas<3\n", "work.mlsql", 3)
    spec = parse(code)
    assert spec is not None
    cache = Path("~/.cache/plait/test-envs").expanduser()
    cache.mkdir(parents=True, exist_ok=True)
    environment = Environments(cache).build(spec, lambda *_: None, threading.Event())
    path, table = tmp_path / "model", file_table(tmp_path)
    wanted = step(path, script)
    wanted = replace(wanted, environment=code)
    version = fit(wanted, table, execution(cluster), environment=environment).version
    assert version is not None
    assert (version.environment, version.lock) == ("pandas<3\n", environment.lock)
    packages = (version.folder / "requirements.txt").read_text()
    assert "pandas==2" in packages and "scikit" not in packages
    out = predict(path, table, execution(cluster), tmp_path / "out", environment=environment)
    answers = pa.concat_tables([pq.read_table(file) for file in out.files])["same"]
    assert answers.to_pylist() == [True] * 8


LEAVES_THINGS_BEHIND = """
import json, os, random, sys
import numpy, ray
import plait.task as task
ray.init()

@ray.remote(num_cpus=0)
def nested():
    seen = os.environ.get("LEFT", "")
    os.environ["LEFT"] = "nested"
    return seen

seen = [os.environ.get("LEFT", ""), ray.get(nested.remote()), json.dumps(1),
        "/left" in sys.path, numpy.random.get_state()[1][0] == 42]
assert seen == ["", "", "1", False, False], seen
os.environ["LEFT"] = "1"
json.dumps = lambda value: "left"
sys.path.append("/left")
numpy.random.seed(42)
task.log_metric("pid", os.getpid())
"""


def test_nothing_of_a_training_is_left_for_the_next(cluster: Cluster, tmp_path: Path) -> None:
    wanted = step(tmp_path / "model", LEAVES_THINGS_BEHIND, {}, {}, {})
    done = fit(wanted, file_table(tmp_path), execution(cluster))
    assert [group.status for group in done.groups] == ["success"] * 3, done.groups
    assert len({group.metrics["pid"] for group in done.groups}) == 3


def test_a_cancelled_training_publishes_nothing(cluster: Cluster, tmp_path: Path) -> None:
    script = TRAIN + "import time\nprint('waiting')\ntime.sleep(60)\n"
    cancel, reported = threading.Event(), Reported()

    def until_it_waits() -> None:
        while ("group 0", "waiting") not in reported.logs:
            time.sleep(0.05)
        cancel.set()

    threading.Thread(target=until_it_waits, daemon=True).start()
    with pytest.raises(CancelledError):
        fit(
            step(tmp_path / "model", script, {"C": "1"}),
            file_table(tmp_path),
            execution(cluster, reported, cancel),
        )
    assert not (tmp_path / "model").exists()


def test_a_killed_worker_is_tried_again_and_published_once(
    cluster: Cluster, tmp_path: Path
) -> None:
    script = f"""
import os, pathlib, signal, plait.task as task
task.save_model(lambda f: f["x"])
first = pathlib.Path({str(tmp_path)!r}, "first")
if not first.exists():
    first.touch()
    os.kill(os.getpid(), signal.SIGKILL)
"""
    version = fit(
        step(tmp_path / "model", script), file_table(tmp_path), execution(cluster)
    ).version
    assert version is not None
    assert [v.number for v in ModelStore(tmp_path / "model").versions()] == [1]
    assert (version.folder / "MLmodel").is_file()


def test_a_model_that_fails_is_the_users_failure(cluster: Cluster, tmp_path: Path) -> None:
    script = """
import plait.task as task
def answer(frame):
    if (frame["x"] == 7).any():
        raise ValueError("seven")
    return frame["x"]
task.save_model(answer)
"""
    path, table = tmp_path / "model", file_table(tmp_path)
    fit(step(path, script), table, execution(cluster))
    with pytest.raises(TaskError) as caught:
        predict(path, table, execution(cluster), tmp_path / "out")
    assert caught.value.message == "the prediction failed: ValueError: seven"
    assert "in answer" in (caught.value.cause or "")
    assert caught.value.span == SPAN

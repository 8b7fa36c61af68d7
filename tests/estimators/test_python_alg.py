"""PythonAlg on a real Ray: groups, failures, publication, prediction."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from plait.compute.cluster import Cluster
from plait.compute.environment import Environments, RuntimeEnvironment, parse
from plait.errors import CancelledError, ModelError, Span, TaskError
from plait.estimators import prediction, python_alg
from plait.estimators.callbacks import Callbacks
from plait.estimators.python_alg import FitResult
from plait.exchange.outputs import Files
from plait.exchange.ray_table import RayTable
from plait.models.store import ModelStore
from plait.plan.locations import Location
from plait.plan.python_alg import PythonProgram
from plait.plan.steps import (
    Apply,
    Code,
    Fit,
    Group,
    Metric,
    Resources,
    TableRef,
)

from .groups import ROWS, file_table

SPAN = Span("work.mlsql", 30, 1, 40, "train data as PythonAlg.`model`;")

TRAIN = """
import ray
ray.init()
import plait.task as task
from sklearn.linear_model import LogisticRegression
if task.params["C"] < 0:
    raise ValueError("C is negative")
frame = task.data.to_pandas()
model = LogisticRegression(C=task.params["C"]).fit(frame[["x", "y"]], frame["label"])
task.log_metric("accuracy", model.score(frame[["x", "y"]], frame["label"]))
task.log("fitted " + str(ray.is_initialized()))
task.save_model(model)
"""


@dataclass
class Told:
    """What the callbacks were told."""

    logs: list[tuple[str, str]] = field(default_factory=list)
    progress: list[tuple[str, float | None, float | None, str]] = field(default_factory=list)

    def callbacks(self) -> Callbacks:
        return Callbacks(
            on_log=lambda source, text, _: self.logs.append((source, text)),
            on_progress=lambda *what: self.progress.append(what),
        )


def step(path: Path | str, script: str, *params: dict[str, str], **other: Any) -> Fit:
    groups = tuple(Group(n, tuple(each.items())) for n, each in enumerate(params or ({},)))
    program = PythonProgram((Code("train", script, "work.mlsql", 11),), "train")
    made = Fit(
        id=1,
        span=SPAN,
        estimator="PythonAlg",
        path=str(path),
        location=Location.of(str(path)),
        own=program,
        groups=groups,
        resources=Resources(num_cpus=1),
        metric=None,
        keep_version=True,
    )
    return replace(made, **other)


def program(step: Fit) -> PythonProgram:
    assert isinstance(step.own, PythonProgram)
    return step.own


def fit(
    cluster: Cluster,
    step: Fit,
    table: RayTable,
    told: Told | None = None,
    environment: RuntimeEnvironment | None = None,
) -> FitResult:
    return python_alg.fit(
        step,
        table,
        None,
        cluster=cluster,
        environment=environment,
        run_id="run-1",
        callbacks=(told or Told()).callbacks(),
        cancel=threading.Event(),
        retries=1,
        sources=("a.csv",),
    )


def predict(
    cluster: Cluster,
    path: Path,
    table: RayTable,
    output: Path,
    version: int | None = None,
    environment: RuntimeEnvironment | None = None,
) -> RayTable:
    made = Apply(
        id=2,
        span=SPAN,
        estimator="PythonAlg",
        path=str(path),
        location=Location.of(str(path)),
        path_span=SPAN,
        model_version=version,
        batch_size=2,
        resources=Resources(num_cpus=1),
        outputs=(TableRef("out", 1, "ray"),),
    )
    return prediction.apply(
        made,
        prediction.version_of(made),
        table,
        cluster=cluster,
        environment=environment,
        output=Files(str(output)),
        callbacks=Told().callbacks(),
        cancel=threading.Event(),
        retries=1,
    )


def test_groups_side_by_side_one_failing(cluster: Cluster, tmp_path: Path) -> None:
    path, told = tmp_path / "model", Told()
    best_by = Metric("accuracy", "max")
    wanted = step(path, TRAIN, {"C": "-1"}, {"C": "1000.0"}, {"C": "0.0001"}, metric=best_by)
    done = fit(cluster, wanted, file_table(tmp_path), told)
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
    assert ("group 1", "fitted True") in told.logs
    assert ("group 1", "accuracy = 1") in told.logs
    assert told.progress[-1][1:] == (3, 3, "groups")


def test_all_groups_failing(cluster: Cluster, tmp_path: Path) -> None:
    wanted = step(tmp_path / "model", TRAIN, {"C": "-1"}, {"C": "-2"}, metric=Metric("a", "max"))
    with pytest.raises(TaskError) as caught:
        fit(cluster, wanted, file_table(tmp_path))
    error = caught.value
    assert error.message == "all 2 groups failed: ValueError: C is negative (line 17)"
    assert error.span == SPAN
    assert 'File "work.mlsql", line 17, in <module>' in (error.cause or "")
    assert 'raise ValueError("C is negative")' in (error.cause or "")
    assert not (tmp_path / "model").exists()


def test_a_script_that_leaves_by_force(cluster: Cluster, tmp_path: Path) -> None:
    wanted = step(tmp_path / "model", "import os\nos._exit(3)\n")
    with pytest.raises(TaskError) as caught:
        fit(cluster, wanted, file_table(tmp_path))
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
    told = Told()
    resources = Resources(num_cpus=0.5)
    wanted = step(tmp_path / "model", script, resources=resources)
    done = fit(cluster, wanted, file_table(tmp_path), told)
    assert done.version is None
    (row,) = done.result.to_pylist()
    assert (row["status"], row["modelPath"]) == ("success", None)
    assert row["message"] == python_alg.NO_MODEL
    assert ("group 0", "[0, 1, 4, 9]") in told.logs
    assert not (tmp_path / "model").exists()


def test_versions_are_kept_or_not(cluster: Cluster, tmp_path: Path) -> None:
    path, table = tmp_path / "model", file_table(tmp_path)
    script = "import plait.task as t\nt.data_folder\nt.save_model(lambda f: f['x'])\n"
    fit(cluster, step(path, script), table)
    keeping = step(path, script)
    keeping = replace(keeping, own=replace(program(keeping), keep_local_directory=True))
    kept = fit(cluster, keeping, table).version
    assert [v.number for v in ModelStore(path).versions()] == [1, 2]
    assert kept is not None
    assert list((kept.folder.parent / "work").rglob("*.parquet"))
    fit(cluster, step(path, script, keep_version=False), table)
    assert [v.number for v in ModelStore(path).versions()] == [3]


def test_a_metric_that_nobody_logged(cluster: Cluster, tmp_path: Path) -> None:
    wanted = step(tmp_path / "model", TRAIN, {"C": "1"}, metric=Metric("acuracy", "max"))
    with pytest.raises(ModelError) as caught:
        fit(cluster, wanted, file_table(tmp_path))
    assert caught.value.hint == "did you mean 'accuracy'?"
    assert caught.value.span == SPAN
    assert not (tmp_path / "model").exists()


@pytest.mark.parametrize("as_blocks", [False, True])
def test_predict(cluster: Cluster, tmp_path: Path, as_blocks: bool) -> None:
    path = tmp_path / "model"
    fit(cluster, step(path, TRAIN, {"C": "1000.0"}), file_table(tmp_path))
    fresh = ROWS.drop_columns(["label"])
    given = file_table(tmp_path / "fresh", fresh, "fresh")
    if as_blocks:
        import ray

        given = replace(given, files=(), blocks=(ray.put(fresh),))
    out = predict(cluster, path, given, tmp_path / "out")
    assert (out.name, out.rows, len(out.files)) == ("out", 8, 2)
    table = pa.concat_tables([pq.read_table(file) for file in out.files])
    assert table.schema.equals(out.schema)
    assert table["x"].equals(fresh["x"])
    assert table["prediction"].to_pylist() == ROWS["label"].to_pylist()
    with pytest.raises(ModelError, match="has no version 9"):
        predict(cluster, path, given, tmp_path / "out9", version=9)
    lacking = replace(given, schema=fresh.drop_columns(["y"]).schema)
    with pytest.raises(ModelError, match=r"needs the column\(s\) y; there is: x"):
        predict(cluster, path, lacking, tmp_path / "out9")
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
    version = fit(cluster, wanted, table, environment=environment).version
    assert version is not None
    assert (version.environment, version.lock) == ("pandas<3\n", environment.lock)
    packages = (version.folder / "requirements.txt").read_text()
    assert "pandas==2" in packages and "scikit" not in packages
    out = predict(cluster, path, table, tmp_path / "out", environment=environment)
    answers = pa.concat_tables([pq.read_table(file) for file in out.files])["same"]
    assert answers.to_pylist() == [True] * 8


def test_a_cancelled_training_publishes_nothing(cluster: Cluster, tmp_path: Path) -> None:
    script = TRAIN + "import time\nprint('waiting')\ntime.sleep(60)\n"
    cancel, told = threading.Event(), Told()

    def until_it_waits() -> None:
        while ("group 0", "waiting") not in told.logs:
            time.sleep(0.05)
        cancel.set()

    threading.Thread(target=until_it_waits, daemon=True).start()
    with pytest.raises(CancelledError):
        python_alg.fit(
            step(tmp_path / "model", script, {"C": "1"}),
            file_table(tmp_path),
            None,
            cluster=cluster,
            environment=None,
            run_id="run-1",
            callbacks=told.callbacks(),
            cancel=cancel,
            retries=1,
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
    version = fit(cluster, step(tmp_path / "model", script), file_table(tmp_path)).version
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
    fit(cluster, step(path, script), table)
    with pytest.raises(TaskError) as caught:
        predict(cluster, path, table, tmp_path / "out")
    assert caught.value.message == "the prediction failed: ValueError: seven"
    assert "in answer" in (caught.value.cause or "")
    assert caught.value.span == SPAN

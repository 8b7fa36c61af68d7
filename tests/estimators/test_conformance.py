"""What holds for every estimator of the registry: one row of `CASES` each."""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from plait.compute.cluster import Cluster
from plait.errors import CancelledError, PlaitError
from plait.estimators.registry import ESTIMATORS
from plait.models.manifest import from_json, to_json
from plait.models.store import ModelStore
from plait.plan import estimators as planned
from plait.plan.python_alg import PythonProgram
from plait.plan.sklearn import SKLearnOptions
from plait.plan.steps import Code
from plait.plan.training import EstimatorOptions, Metric

from .groups import ROWS, file_table
from .steps import TRAIN, Reported, execution, fit, predict, step


@dataclass(frozen=True)
class Case:
    """What an estimator is given to train on `groups.ROWS`, whose label is `label`.

    metric: logged, more is better. good, bad, slow: parameters of a group that succeeds, of
    one that fails, and of one that takes longer than a test. fitting: how a line begins that
    the slow one logs when it is under way.
    """

    own: EstimatorOptions
    metric: str
    good: Mapping[str, str]
    bad: Mapping[str, str]
    slow: Mapping[str, str]
    fitting: str


SLOW = "import time\ntime.sleep(float(task.params['sleep']))\n"
CASES = {
    "PythonAlg": Case(
        own=PythonProgram((Code("train", TRAIN + SLOW, "work.mlsql", 11),), "train"),
        metric="accuracy",
        good={"C": "1000.0", "sleep": "0"},
        bad={"C": "-1", "sleep": "0"},
        slow={"C": "1.0", "sleep": "120"},
        fitting="fitted",
    ),
    "SKLearn": Case(
        own=SKLearnOptions("RandomForestClassifier", "label", ()),
        metric="accuracy",
        good={"n_estimators": "10", "random_state": "1"},
        bad={"n_estimators": "-1"},
        slow={"n_estimators": "10000000"},
        fitting="fitting RandomForestClassifier on 8 rows and 2 features",
    ),
}


def test_plan_and_runtime_know_the_same_estimators() -> None:
    assert set(planned.ESTIMATORS) == set(ESTIMATORS) == set(CASES)


@pytest.mark.parametrize("name", ESTIMATORS)
def test_a_training_gives_a_version_that_predicts(
    cluster: Cluster, tmp_path: Path, name: str
) -> None:
    case, run, path = CASES[name], execution(cluster), tmp_path / "model"
    wanted = step(
        path, "", dict(case.bad), dict(case.good), estimator=name, own=case.own,
        metric=Metric(case.metric, "max"),
    )  # fmt: skip
    done = fit(wanted, file_table(tmp_path), run)
    failed, succeeded = done.result.to_pylist()
    assert (failed["status"], failed["modelPath"], failed["score"]) == ("failed", None, None)
    assert failed["message"]
    assert (succeeded["status"], succeeded["message"]) == ("success", "published as version 1")
    assert [row["alg"] for row in (failed, succeeded)] == [name, name]
    version = ModelStore(path).latest()
    assert version == done.version == from_json(to_json(version), version.path)
    silent = {f.name for f in fields(version) if getattr(version, f.name) in (None, "", {}, ())}
    assert silent == {"environment", "lock", "accepted"}, (
        "a manifest says everything that is known"
    )
    assert (version.estimator, version.group, version.run) == (name, 1, "run-1")
    assert version.parameters.items() >= case.good.items()
    assert version.score == version.metrics[case.metric] == succeeded["score"]
    assert (version.data.rows, version.data.sources) == (len(ROWS), ("a.csv",))
    assert [group.status for group in version.groups] == ["failed", "success"]
    assert (version.folder / "MLmodel").is_file()

    fresh = ROWS.drop_columns(["label"])
    given = file_table(tmp_path / "fresh", fresh, "fresh")
    out = predict(path, given, run, tmp_path / "out", estimator=name)
    table = pa.concat_tables([pq.read_table(file) for file in out.files])
    assert table.select(fresh.schema.names).equals(fresh)
    assert version.output is not None
    added = table.schema.names[len(fresh.schema.names) :]
    assert [(n, str(table.schema.field(n).type)) for n in added] == list(version.output)
    assert table[added[0]].to_pylist() == ROWS["label"].to_pylist()


@pytest.mark.parametrize("name", ESTIMATORS)
def test_no_group_that_succeeds_is_a_failed_statement(
    cluster: Cluster, tmp_path: Path, name: str
) -> None:
    case, path = CASES[name], tmp_path / "model"
    wanted = step(path, "", dict(case.bad), estimator=name, own=case.own)
    with pytest.raises(PlaitError, match="the training failed: ") as caught:
        fit(wanted, file_table(tmp_path), execution(cluster))
    assert caught.value.span == wanted.span
    assert not path.exists()


@pytest.mark.parametrize("name", ESTIMATORS)
def test_a_cancelled_training_publishes_nothing(
    cluster: Cluster, tmp_path: Path, name: str
) -> None:
    case, path, cancel, reported = CASES[name], tmp_path / "model", threading.Event(), Reported()

    def until_it_fits() -> None:
        while not any(text.startswith(case.fitting) for _, text in list(reported.logs)):
            time.sleep(0.05)
        time.sleep(0.5)
        cancel.set()

    threading.Thread(target=until_it_fits, daemon=True).start()
    wanted = step(path, "", dict(case.slow), estimator=name, own=case.own)
    with pytest.raises(CancelledError):
        fit(wanted, file_table(tmp_path), execution(cluster, reported, cancel))
    assert not path.exists()

"""SKLearn as a statement, on a real Ray: training, groups, prediction, and what it refuses."""

from __future__ import annotations

import threading
from pathlib import Path

import pyarrow as pa
import pytest

from plait.compute.cluster import Cluster
from plait.compute.environment import Environments
from plait.compute.environment import parse as environment_of
from plait.errors import ModelError, OptionError, TaskError
from plait.events import StepLog, StepStarted, TableShown
from plait.lang.parser import parse
from plait.models.store import ModelStore
from plait.plan.planner import plan
from plait.plan.scope import Scope
from plait.plan.sklearn import SKLearnOptions
from plait.plan.steps import Code, Fit
from plait.plan.training import Group, Metric
from tests.conftest import Runner

from .groups import file_table
from .steps import execution, fit, predict, step

ROWS = """
select id, cast(id % 10 as double) as x, cast(id % 3 as decimal(4, 1)) as y, id % 2 = 0 as even,
  cast(id % 10 > 4 as int) as label, concat('n', id) as name, nullif(id % 5, 3) as some
from range(200) as rows;
"""
TRAIN = ROWS + "select id, x, y, even, label from rows as numbers;\ntrain numbers as "


def planned_fit(options: str) -> Fit:
    text = "load csv.`/d` as t;\ntrain t as sklearn.`/m` where " + options + ";"
    steps = plan(parse(text, "test.mlsql", {}).statements, Scope()).steps
    return next(step for step in steps if isinstance(step, Fit))


def test_the_plan_holds_its_typed_options() -> None:
    step = planned_fit(
        'estimator="Ridge" and label="y" and features="a, b" '
        'and fitParam.0.alpha="1" and fitParam.2.alpha="2"'
    )
    assert step.estimator == "SKLearn"
    assert isinstance(step.own, SKLearnOptions)
    assert (step.own.estimator, step.own.label, step.own.features) == ("Ridge", "y", ("a", "b"))
    assert step.groups == (Group(0, (("alpha", "1"),)), Group(2, (("alpha", "2"),)))
    assert step.metric == Metric("score", "max"), "several groups need no metric"
    assert dict(step.own.spans)["fitParam.2.alpha"].line == 2


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ('label="y"', "SKLearn needs 'estimator'"),
        ('estimator="Ridge"', "SKLearn needs 'label'"),
        ('estimator="Ridge" and label=""', "SKLearn needs 'label'"),
        ('estimator="Ridge" and label="y" and scripts="py"', "SKLearn has no option 'scripts'"),
    ],
)
def test_options_that_are_missing_or_of_another_estimator(options: str, message: str) -> None:
    with pytest.raises(OptionError, match=message) as caught:
        planned_fit(options)
    assert caught.value.span is not None
    assert caught.value.span.line == 2


def test_train_two_groups_and_predict(run: Runner) -> None:
    run(
        TRAIN
        + """SKLearn.`${dir}/forest`
where estimator="RandomForestClassifier" and label="label" and features="x, y, even"
and fitParam.0.n_estimators="20" and fitParam.0.random_state="7"
and fitParam.1.n_estimators="1" and fitParam.1.max_depth="1" and fitParam.1.criterion="entropy"
and validateTable="numbers"
as result;
select x, y, even, label from numbers where id < 60 as fresh;
predict fresh as SKLearn.`${dir}/forest` where batchSize="20" as predicted;
!show models `${dir}/forest`;
"""
    )
    first, second = run.session.table("result").to_arrow().to_pylist()
    assert (first["alg"], first["status"], first["score"]) == ("SKLearn", "success", 1.0)
    assert first["message"] == "published as version 1"
    assert second["status"] == "success"
    assert dict(first["trainParams"]) == {"n_estimators": "20", "random_state": "7"}
    version = ModelStore(run.folder / "forest").latest()
    assert (version.estimator, version.group, version.score) == ("SKLearn", 0, 1.0)
    assert (version.metric, version.mode) == ("score", "max")
    assert version.metrics == {"accuracy": 1.0, "score": 1.0}
    assert version.features == ("x", "y", "even")
    assert version.parameters == {
        "estimator": "RandomForestClassifier", "label": "label",
        "n_estimators": "20", "random_state": "7",
    }  # fmt: skip
    assert (version.folder / "MLmodel").is_file()
    compile(version.scripts["SKLearn"], "SKLearn", "exec")
    frame = run.session.table("predicted").to_pandas()
    assert list(frame.columns) == ["x", "y", "even", "label", "prediction"]
    assert len(frame) == 60
    assert (frame["prediction"] == frame["label"]).all()
    assert ("group 0", "accuracy = 1") in {(e.source, e.text) for e in run.of(StepLog)}
    shown = run.of(TableShown)
    assert any("SKLearn" in map(str, row) for table in shown for row in table.rows)


def test_a_regressor_is_scored_by_r2_and_keeps_one_version(run: Runner) -> None:
    train = """SKLearn.`${dir}/line`
where estimator="LinearRegression" and label="x" and keepVersion="false" as result;
"""
    run(TRAIN + train)
    run(TRAIN + train)
    (version,) = ModelStore(run.folder / "line").versions()
    assert version.number == 2
    assert version.features == ("id", "y", "even", "label")
    assert version.metrics["r2"] == version.score > 0.7
    assert version.output == (("prediction", "double"),)


REFUSED = [
    (
        'estimator="RandomForestClasifier" and label="label"',
        "scikit-learn has no classifier or regressor 'RandomForestClasifier'",
        "did you mean 'RandomForestClassifier'?",
        '"RandomForestClasifier"',
    ),
    (
        'estimator="BaseEstimator" and label="label"',
        "scikit-learn has no classifier or regressor 'BaseEstimator'",
        None,
        '"BaseEstimator"',
    ),
    (
        'estimator="LogisticRegression" and label="label" and fitParam.1.Cs="3"',
        "LogisticRegression has no parameter 'Cs'",
        "did you mean 'C'?",
        "fitParam.1.Cs",
    ),
    (
        'estimator="LogisticRegression" and label="lable"',
        "the table has no column 'lable'",
        "did you mean 'label'?",
        '"lable"',
    ),
    (
        'estimator="LogisticRegression" and label="label" and features="x,name"',
        "column 'name' is string, and SKLearn takes numbers and booleans alone",
        "make a number of it in SQL, or name the columns to use by features=…",
        '"x,name"',
    ),
    (
        'estimator="LogisticRegression" and label="label"',
        "column 'name' is string, and SKLearn takes numbers and booleans alone",
        "make a number of it in SQL, or name the columns to use by features=…",
        "train rows as",
    ),
    (
        'estimator="LogisticRegression" and label="label" and features="label"',
        "'label' is the label and cannot be a feature too",
        None,
        '"label"',
    ),
]


@pytest.mark.parametrize(("options", "message", "hint", "at"), REFUSED)
def test_refused_before_anything_runs(run: Runner, options, message, hint, at) -> None:
    with pytest.raises(OptionError) as caught:
        run(ROWS + "train rows as SKLearn.`${dir}/model` where " + options + ";")
    error = caught.value
    assert error.message == message
    if hint is not None:
        assert error.hint == hint
    assert error.span is not None
    assert error.span.text[error.span.column - 1 :].startswith(at)
    assert run.of(StepStarted) == []
    assert not (run.folder / "model").exists()


def test_nulls_are_named(run: Runner) -> None:
    with pytest.raises(TaskError) as caught:
        run(
            ROWS + "train rows as SKLearn.`${dir}/model` "
            'where estimator="LinearRegression" and label="x" and features="id,some";'
        )
    assert caught.value.message == (
        "the training failed: column 'some' of 'rows' has 40 nulls; "
        "leave the rows out or fill them in SQL: coalesce(…, 0)"
    )
    assert caught.value.cause is None
    assert not (run.folder / "model").exists()


def test_a_wrong_value_fails_its_group_in_the_words_of_scikit_learn(run: Runner) -> None:
    run(
        TRAIN
        + """SKLearn.`${dir}/model`
where estimator="Ridge" and label="x" and fitParam.0.alpha="big" and fitParam.1.alpha="0.5"
and metric="r2" and mode="max" as result;
"""
    )
    first, second = run.session.table("result").to_arrow().to_pylist()
    assert (first["status"], second["status"]) == ("failed", "success")
    assert first["message"].startswith("InvalidParameterError: The 'alpha' parameter of Ridge")


def test_a_version_of_another_estimator_is_not_predicted_with(run: Runner) -> None:
    run(TRAIN + 'SKLearn.`${dir}/m` where estimator="Ridge" and label="x" and features="y";')
    with pytest.raises(ModelError, match="was trained as SKLearn") as caught:
        run(ROWS + "predict rows as PythonAlg.`${dir}/m` as p;")
    assert caught.value.hint == f"predict … as SKLearn.`{run.folder}/m`"


def sklearn_step(path: Path, *params: dict[str, str], environment: Code | None = None) -> Fit:
    return step(
        path,
        "",
        *params,
        estimator="SKLearn",
        own=SKLearnOptions("LogisticRegression", "label", ()),
        metric=Metric("score", "max"),
        environment=environment,
    )


def test_an_environment_of_its_own_is_checked_by_the_worker(
    cluster: Cluster, tmp_path: Path
) -> None:
    cache = Path("~/.cache/plait/test-envs").expanduser()
    cache.mkdir(parents=True, exist_ok=True)

    def built(text: str) -> tuple[Code, object]:
        code = Code("env", text, "work.mlsql", 3)
        spec = environment_of(code)
        assert spec is not None
        return code, Environments(cache).build(spec, lambda *_: None, threading.Event())

    run, table = execution(cluster), file_table(tmp_path)
    code, environment = built("pandas<3\n")
    with pytest.raises(TaskError, match="SKLearn needs scikit-learn in its environment"):
        fit(sklearn_step(tmp_path / "m", environment=code), table, run, environment=environment)
    code, environment = built("scikit-learn>=1.6\npandas<3\n")
    wrong = sklearn_step(tmp_path / "m", {"Cs": "2"}, {"C": "2"}, environment=code)
    with pytest.raises(TaskError) as caught:
        fit(wrong, table, run, environment=environment)
    assert caught.value.message == (
        "all 2 groups failed: LogisticRegression has no parameter 'Cs'; did you mean 'C'?"
    )
    right = sklearn_step(tmp_path / "m", {"C": "1000.0"}, environment=code)
    version = fit(right, table, run, environment=environment).version
    assert version is not None
    assert version.lock is not None and "scikit-learn==" in version.lock
    out = predict(
        tmp_path / "m", table, run, tmp_path / "out", estimator="SKLearn", environment=environment
    )
    assert out.schema.names == ["x", "y", "label", "prediction"]


def test_a_text_column_of_the_validation_table(cluster: Cluster, tmp_path: Path) -> None:
    table = file_table(tmp_path / "a")
    texts = pa.table({"x": ["a"], "y": [1.0], "label": [0]})
    validation = file_table(tmp_path / "b", texts, "valid")
    with pytest.raises(TaskError, match="column 'x' is string"):
        fit(sklearn_step(tmp_path / "m"), table, execution(cluster), validation)
    with pytest.raises(OptionError, match="no column 'label'"):
        lacking = file_table(tmp_path / "c", texts.drop_columns(["label"]))
        fit(sklearn_step(tmp_path / "m"), lacking, execution(cluster))

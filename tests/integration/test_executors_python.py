"""Executors with another Python than plait's: reported before the run, with what to do."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

import pyarrow as pa
import pytest

from plait.errors import ExecutorPythonError, ScriptError
from plait.events import Notice, RunStarted, StepStarted, TableTransferred
from plait.exchange import client
from plait.exchange.direct import Direct
from plait.plan.steps import Exchange
from plait.session import Session, connect
from plait.settings import with_setting
from tests.conftest import Runner
from tests.services.pythons import OURS, OtherPython, bare_python, other_python
from tests.services.standalone import Standalone, standalone

TRAIN = """
set py = '''
from plait import task
task.save_model(lambda frame: 2 * frame["k"])
''';
load script.`py` as py;
select id as k from range(1000) as t;
train t as PythonAlg.`${{dir}}/model` where scripts="py" {more} as r;
predict t as PythonAlg.`${{dir}}/model` as p;
select sum(prediction) as total from p as last;
"""
TOTAL = [{"total": 999000}]
DEMANDED = TRAIN.format(more='and exchange="direct"')
LEFT_TO_PLAIT = TRAIN.format(more="")
SMALL = LEFT_TO_PLAIT.replace(
    "select id as k from range(1000) as t;",
    'load csv.`${dir}/small.csv` where header="true" and inferSchema="true" as t;',
)


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Standalone]:
    with standalone(tmp_path_factory.mktemp("cluster"), workers=1) as service:
        yield service


@pytest.fixture(scope="module")
def other(tmp_path_factory: pytest.TempPathFactory) -> OtherPython:
    return other_python(tmp_path_factory.mktemp("pythons"))


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The number of receivers that each query to the executors asked them to reach."""
    found: list[int] = []
    ask = Direct._asked

    def counted(self, spark, endpoints):
        found.append(len(endpoints))
        return ask(self, spark, endpoints)

    monkeypatch.setattr(Direct, "_asked", counted)
    return found


def settings(cluster: Standalone, **more: object) -> Mapping[str, object]:
    """Of a session whose tables are all too large for the client."""
    own = {"exchange.client_limit": "1b", "ray.num_cpus": 2, "spark.conf.spark.cores.max": "1"}
    return {**cluster.settings, **own, **more}


def test_another_version(
    cluster: Standalone, other: OtherPython, asked: list[int], tmp_path: Path
) -> None:
    incompatible_python = f"Spark's executors run Python {other.version}, plait runs Python {OURS}"
    given = settings(cluster, **{"spark.python": str(other.path)})
    with connect(tmp_path / "lake", **given) as session:
        run = Runner(session, tmp_path)
        assert run(LEFT_TO_PLAIT).last.to_arrow().to_pylist() == TOTAL
        warnings = [e for e in run.of(Notice) if e.level == "warning"]
        assert [w.text.partition(";")[0] for w in warnings] == [incompatible_python]
        assert "spark.python" in warnings[0].text
        kinds = [type(event) for event in run.events if isinstance(event, (Notice, StepStarted))]
        assert isinstance(run.events[0], RunStarted) and kinds[0] is Notice
        transfers = {event.table: event for event in run.of(TableTransferred)}
        assert transfers["t"].method == "lake" and incompatible_python in transfers["t"].why
        assert transfers["p"].method == "lake"
        _refused(run, incompatible_python)
        _comes_back(session)
    assert asked == [0], "and nobody was asked twice"


def _refused(run: Runner, incompatible_python: str) -> None:
    with pytest.raises(ExecutorPythonError) as caught:
        run(DEMANDED)
    error = caught.value
    assert error.message == f'exchange="direct" was asked for, but {incompatible_python}'
    assert error.span.line == 8 and error.exit_code == ScriptError.exit_code
    assert error.hint.startswith("set spark.python to")
    assert not run.of(StepStarted), "nothing has run"


def _comes_back(session: Session) -> None:
    """A table in Ray that the executors cannot fetch comes back through the lake."""
    local = client.to_ray("local", pa.table({"a": pa.array(range(10), pa.uint32())}))
    session.from_ray(local, "back")
    back = session.sql("select * from back order by a").to_arrow()
    assert back["a"].to_pylist() == list(range(10))


def test_a_table_that_only_turns_out_to_be_large(
    cluster: Standalone, other: OtherPython, asked: list[int], tmp_path: Path
) -> None:
    """The executors are not asked for a table that is expected to be small before its transfer."""
    (tmp_path / "small.csv").write_text("k\n1\n2\n", encoding="utf-8")
    given = settings(cluster, **{"spark.python": str(other.path), "exchange.client_limit": "1MiB"})
    with connect(tmp_path / "lake", **given) as session:
        session.check(SMALL, variables={"dir": str(tmp_path)})
        assert asked == []
        prepared = session.prepare(SMALL, "test.mlsql", {"dir": str(tmp_path)})
        session.settings = with_setting(session.settings, "exchange.client_limit", "1b", "test")
        session.perform(prepared.plan, "test.mlsql")
        last = session.table_of(prepared.scope.tables["last"])
        assert last.to_arrow().to_pylist() == [{"total": 6}]
        source = next(s for s in prepared.plan.steps if isinstance(s, Exchange)).inputs[0]
        there = session.table_of(source).to_ray()
        assert there.files, "through the lake"
    assert asked == [0]


def test_no_pyarrow(cluster: Standalone, tmp_path: Path) -> None:
    given = settings(cluster, **{"spark.python": str(bare_python(tmp_path))})
    with (
        connect(tmp_path / "lake", **given) as session,
        pytest.raises(ExecutorPythonError, match="has no pyarrow") as caught,
    ):
        session.check(DEMANDED, variables={"dir": str(tmp_path)})
    assert caught.value.span.line == 8
    assert caught.value.hint.startswith("install pyarrow there")


def test_one_that_fits_is_asked_once_and_not_reported(
    cluster: Standalone, asked: list[int], tmp_path: Path
) -> None:
    with connect(tmp_path / "lake", **settings(cluster)) as session:
        run = Runner(session, tmp_path)
        for text in (DEMANDED, LEFT_TO_PLAIT):
            assert run(text).last.to_arrow().to_pylist() == TOTAL
            assert not [e for e in run.of(Notice) if e.level == "warning"]
            assert run.of(TableTransferred)[0].method == "direct"
    assert asked == [0, 1], "the executors' Python when checked, and Ray when it was there"

"""Which engine a script gets when none is asked for, and what its report says of it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from plait.engines.packages import installed
from plait.engines.sail.refusals import is_limit_of_sail
from plait.errors import AnalysisError, CapabilityError, EngineError, PlaitError
from plait.events import Event, Notice, RunStarted
from plait.session import Session, connect

pytestmark = pytest.mark.skipif(
    not (installed().sail and installed().spark), reason="needs Sail and Spark"
)
LATERAL = "select 1 as a, a + 1 as b as t;"


@pytest.fixture
def session(tmp_path: Path) -> Iterator[Session]:
    with connect(tmp_path / "lake") as session:
        yield session


def report(session: Session, text: str) -> tuple[str, list[str]]:
    """The engine of a run, and its notices."""
    events: list[Event] = []
    session.run(text, on_event=events.append)
    engine = next(event.engine for event in events if isinstance(event, RunStarted))
    return engine, [event.text for event in events if isinstance(event, Notice)]


def test_what_sail_refuses_when_it_is_checked_goes_to_spark(session: Session) -> None:
    engine, notices = report(session, LATERAL)
    assert engine == "spark"
    assert len(notices) == 1 and notices[0].startswith("Spark, because Sail refuses line 1:")
    assert session.table("t").to_arrow().to_pylist() == [{"a": 1, "b": 2}]


def test_a_misspelt_column_starts_no_spark(session: Session) -> None:
    with pytest.raises(AnalysisError, match="no column idd") as caught:
        session.run("select idd, id as other from range(3) as t;")
    assert caught.value.engine == "sail"


def test_a_session_stays_on_the_engine_that_has_its_tables(session: Session) -> None:
    assert report(session, "select 1 as a as t;") == ("sail", [])
    with pytest.raises(AnalysisError) as caught:
        session.run(LATERAL)
    assert caught.value.engine == "sail"


def test_what_the_data_may_show_is_told_once(session: Session) -> None:
    text = "select sum(id) s from range(3) as t; select sum(s) + 1 as u, avg(s) as v from t as w;"
    engine, notices = report(session, text)
    assert engine == "sail"
    assert len(notices) == 1
    assert "integer-overflow, decimal-scale" in notices[0]


@pytest.mark.parametrize(
    ("error", "sql", "own"),
    [
        (AnalysisError("there is no column a", engine="sail"), "select a, b from t", False),
        (AnalysisError("there is no column a", engine="sail"), "select 1 a, a + 1 b", True),
        (AnalysisError("there is no column a", engine="sail"), "select x as a, a + 1 b", True),
        (AnalysisError("there is no column a", engine="spark"), "select x as a, a + 1 b", False),
        (AnalysisError("there is no table a", engine="sail"), "with A as (select 1) from a", True),
        (AnalysisError("there is no table a", engine="sail"), "select * from a", False),
        (AnalysisError("there is no function sumx", engine="sail"), "select sumx(1)", False),
        (
            AnalysisError("the SQL is not understood at 'x' (character 9)", engine="sail"),
            "select a from t select b",
            False,
        ),
        (
            AnalysisError("the SQL is not understood at 'pivot' (character 9)", engine="sail"),
            "select * from t pivot (sum(v) for k in (1, 2))",
            True,
        ),
        (AnalysisError("Cannot coerce arithmetic expression", engine="sail"), "'1' + 1", True),
        (CapabilityError("Sail does not do this", engine="sail"), "select 1", True),
        (EngineError("division by zero", engine="sail"), "select 1/0", False),
    ],
)  # fmt: skip
def test_whose_fault_a_refusal_is(error: PlaitError, sql: str, own: bool) -> None:
    assert is_limit_of_sail(error, sql) is own

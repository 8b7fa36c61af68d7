"""Which engine a script gets, and which reasons and warnings its report shows."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from plait.engines.base import EngineName
from plait.engines.packages import installed
from plait.engines.routing import Decision, Need, after_analysis, decide, decide_for_script
from plait.engines.sail.refusals import is_limit_of_sail
from plait.errors import (
    AnalysisError,
    CapabilityError,
    EngineError,
    PlaitError,
    ScriptError,
    ScriptErrors,
    Span,
    UsageError,
)
from plait.events import Event, Notice, RunStarted
from plait.lang.parser import parse
from plait.plan.planner import plan
from plait.plan.scope import Scope
from plait.plan.steps import Plan, Query
from plait.session import Session, connect
from plait.settings import Settings, load_settings

pytestmark = pytest.mark.skipif(
    not (installed().sail and installed().spark), reason="needs Sail and Spark"
)
REFUSED = "select size(null) as a, 2 as b as t;"


@pytest.fixture
def session(tmp_path: Path) -> Iterator[Session]:
    with connect(tmp_path / "lake") as session:
        yield session


def report(session: Session, text: str) -> tuple[str, list[str]]:
    """The engine of a run, and its notices."""
    events: list[Event] = []
    session.run(text, on_event=lambda envelope: events.append(envelope.event))
    engine = next(event.engine for event in events if isinstance(event, RunStarted))
    return engine, [event.text for event in events if isinstance(event, Notice)]


def test_what_sail_refuses_when_it_is_checked_goes_to_spark(session: Session) -> None:
    engine, notices = report(session, REFUSED)
    assert engine == "spark"
    assert len(notices) == 1 and notices[0].startswith("Spark, because Sail refuses line 1:")
    assert session.table("t").to_arrow().to_pylist() == [{"a": None, "b": 2}]


def test_a_clause_that_cannot_be_written_otherwise_goes_to_spark(session: Session) -> None:
    engine, notices = report(session, "select explode(array(1)) as e, e + 1 as f as t;")
    assert engine == "spark"
    assert len(notices) == 1 and "a name that the select itself gives" in notices[0]
    assert session.table("t").to_arrow().to_pylist() == [{"e": 1, "f": 2}]


def test_a_misspelt_column_starts_no_spark(session: Session) -> None:
    with pytest.raises(AnalysisError, match="no column idd") as caught:
        session.run("select idd, id as other from range(3) as t;")
    assert caught.value.engine == "sail"


def test_a_session_stays_on_the_engine_that_has_its_tables(session: Session) -> None:
    assert report(session, "select 1 as a as t;") == ("sail", [])
    with pytest.raises(AnalysisError) as caught:
        session.run(REFUSED)
    assert caught.value.engine == "sail"


def test_what_the_data_may_show_is_warned_about_once(session: Session) -> None:
    text = "select sum(id) s from range(3) as t; select s + 1 as u, round(s, 1) as v from t as w;"
    engine, notices = report(session, text)
    assert engine == "sail"
    assert len(notices) == 1
    assert "integer-overflow, double-rounding" in notices[0]


# --- the decision itself, without an engine ----------------------------------------------------

SUM = "select sum(a) s from t as u;"


def planned(text: str) -> Plan:
    return plan(parse(f"load csv.`t` as t; {text}", "s.mlsql").statements, Scope())


@pytest.mark.parametrize(
    ("text", "settings", "running", "decision"),
    [
        ("select 1 a as u;", Settings(), None, Decision("sail", may_move=True)),
        ("select 1 a as u;", Settings(), "sail", Decision("sail")),
        ("select 1 a as u;", Settings(), "spark", Decision("spark")),
        ("select 1 a as u;", Settings(engine="sail"), None, Decision("sail")),
        ("select rand(1) r as u;", Settings(engine="spark"), None, Decision("spark")),
        (
            "select rand(1) r as u;",
            Settings(),
            None,
            Decision("spark", ("Spark, because of line 1: rand(seed) gives other numbers",)),
        ),
        (
            "load libsvm.`u` as u;",
            Settings(),
            None,
            Decision("spark", ("Spark, because of line 1: the format libsvm",)),
        ),
        (
            "load json.`u` where multiLine='true' as u;",
            Settings(),
            None,
            Decision("spark", ("Spark, because of line 1: option 'multiLine' of json",)),
        ),
        ("select 1 a as u;", Settings(lake="hdfs://host:1/lake"), None, Decision("spark")),
        (
            "select 1 a as u;",
            Settings(time_zone="Asia/Tokyo"),
            None,
            Decision("spark", ("Spark, because of line 1: a session time zone other than UTC",)),
        ),
    ],
)
def test_a_decision_and_its_reasons(
    text: str, settings: Settings, running: EngineName | None, decision: Decision
) -> None:
    assert decide(planned(text), settings, running) == decision


def test_warnings_are_of_sail_alone() -> None:
    on_sail, on_spark = (decide(planned(SUM), Settings(engine=name)) for name in ("sail", "spark"))
    assert len(on_sail.warnings) == 1 and "integer-overflow" in on_sail.warnings[0]
    assert on_sail.notices == on_sail.warnings
    assert on_spark.warnings == ()


def test_only_a_free_choice_moves_and_only_for_a_limit_of_sail() -> None:
    made = planned(REFUSED)
    span = next(step.span for step in made.steps if isinstance(step, Query))
    limit = AnalysisError("there is no column a", span=span, engine="sail")
    mistake = AnalysisError("there is no column zz", span=span, engine="sail")
    free, asked = decide(made, Settings()), decide(made, Settings(engine="sail"))
    moved = after_analysis(free, made, [mistake, limit])
    assert moved == Decision(
        "spark", ("Spark, because Sail refuses line 1: there is no column a",)
    )
    assert after_analysis(free, made, [mistake]) is free
    assert after_analysis(asked, made, [limit]) is asked


@pytest.mark.parametrize(
    ("text", "settings", "running", "why"),
    [
        ("select rand(1) r as u;", Settings(), "sail", "the session runs on Sail"),
        ("select rand(1) r as u;", Settings(engine="sail"), None, "--engine sail was asked for"),
    ],
)
def test_what_the_engine_cannot_do_is_refused_with_the_reason(
    text: str, settings: Settings, running: EngineName | None, why: str
) -> None:
    with pytest.raises(CapabilityError, match="rand") as caught:
        decide(planned(text), settings, running)
    assert caught.value.hint is not None and caught.value.hint.startswith(why)
    assert caught.value.span is not None and caught.value.span.line == 1


def test_an_accepted_difference_runs_on_sail_and_the_report_says_so() -> None:
    text = "select rand(1) r as u; select sum(r) s from u as v;"
    by_settings = decide(planned(text), Settings(accept=("rand-seed", "integer-overflow")))
    assert (by_settings.engine, by_settings.warnings) == ("sail", ())
    assert list(by_settings.accepted) == ["rand-seed", "integer-overflow"]
    assert by_settings.notices[0] == (
        "accepted: rand-seed, line 1; Sail is not as Spark: rand(seed) gives other numbers"
    )
    in_script = f"set plait.accept='rand-seed' where type='conf'; {text}"
    assert list(decide(planned(in_script), Settings(engine="sail")).accepted) == ["rand-seed"]


def test_a_script_accepts_only_for_what_follows() -> None:
    text = "select rand(1) r as u; set plait.accept='rand-seed' where type='conf';"
    assert decide(planned(text), Settings()).engine == "spark"
    assert decide(planned("select rand(1) r as u;"), Settings()).engine == "spark"


@pytest.mark.parametrize(
    ("name", "what", "hint"),
    [
        ("rand-sed", "there is no difference 'rand-sed'", "did you mean 'rand-seed'?"),
        ("execute-immediate", "Sail refuses it", "EXECUTE IMMEDIATE"),
        ("dynamic-overwrite", "plait does not run it on Sail", "dynamic partition overwrite"),
        ("doubled-quotes", "plait repairs it", "quote"),
    ],
)
def test_only_a_known_answer_can_be_accepted(name: str, what: str, hint: str) -> None:
    text = f"set plait.accept='{name}' where type='conf';"
    for made, settings in (
        (planned(text), Settings()),
        (planned(""), Settings(accept=(name,))),
        (planned(""), Settings(engine="spark", accept=(name,))),
    ):
        with pytest.raises(UsageError, match=what) as caught:
            decide(made, settings)
        assert caught.value.hint is not None and hint in caught.value.hint
    with pytest.raises(ScriptError, match=r"a script has no setting 'plait.acept'"):
        planned("set plait.acept='rand-seed' where type='conf';")


def test_a_refusal_names_the_way_around_it() -> None:
    with pytest.raises(CapabilityError) as caught:
        decide(planned("select rand(1) r as u;"), Settings(engine="sail"))
    assert caught.value.hint is not None
    assert "pmod(xxhash64(key), 100) < 80" in caught.value.hint
    assert "--accept rand-seed" in caught.value.hint


RDD = Need(".rdd", Span("s.py", 2, 1), in_driver=True)
FORMAT = Need("the format libsvm", Span("s.py", 3, 1))


def test_a_python_script_gets_spark_and_sail_only_when_it_is_asked_for() -> None:
    assert decide_for_script([RDD, FORMAT], Settings()) == Decision("spark")
    assert decide_for_script([], Settings(engine="sail")) == Decision("sail")
    with pytest.raises(ScriptErrors) as caught:
        decide_for_script([RDD, FORMAT], Settings(engine="sail"))
    assert [error.span for error in caught.value.errors] == [RDD.span, FORMAT.span]


def test_a_connect_server_gives_a_python_script_no_driver() -> None:
    remote = load_settings({"spark.remote": "sc://host:1"}, environ={})
    assert decide_for_script([FORMAT], remote) == Decision("spark")
    with pytest.raises(CapabilityError, match=r"only a driver in the script can: \.rdd"):
        decide_for_script([RDD, FORMAT], remote)


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

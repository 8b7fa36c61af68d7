"""Several runs in one session, at once and one after the other; what of them is released."""

from __future__ import annotations

import gc
import threading
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from plait.errors import AnalysisError, CancelledError, PlaitError
from plait.events import RunFinished, RunStarted, StepStarted
from plait.session import Session, connect

SLOW = "select sum(a.id * b.id) as s from range(200000) a cross join range(60000) b as slow;"


@pytest.fixture
def session(tmp_path: Path) -> Iterator[Session]:
    with connect(tmp_path / "lake", engine="sail") as opened:
        yield opened


def at_once(*work: Callable[[], Any]) -> list[Any]:
    """What calls give, or raise, that run in threads of their own at the same time."""
    results: list[Any] = [None] * len(work)
    together = threading.Barrier(len(work), timeout=30)

    def call(number: int) -> None:
        together.wait()
        try:
            results[number] = work[number]()
        except PlaitError as error:
            results[number] = error

    threads = [threading.Thread(target=call, args=(n,)) for n in range(len(work))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    return results


def rows(table: Any) -> list[dict[str, Any]]:
    return table.to_arrow().to_pylist()


def views(session: Session) -> set[str]:
    """Every temporary view that the engine has when a run begins, but for those of `sql()`."""
    session.sql("select 1 as one")
    tables = session.resources.spark().catalog.listTables()
    names = {table.name for table in tables if table.isTemporary}
    return {name for name in names if not name.startswith("__plait_query_")}


def test_two_runs_at_once_give_what_they_give_one_after_the_other(
    session: Session, tmp_path: Path
) -> None:
    """Both bind `t`, `u` and `v`, load files of their own, and save what they compute."""
    count = 4
    for number in range(count):
        (tmp_path / f"{number}.csv").write_text(f"k\n{number}\n{number + 10}\n")

    def run(number: int) -> Callable[[], Any]:
        script = f"""
            load csv.`{tmp_path}/{number}.csv` where header="true" and inferSchema="true" as t;
            select k, {number} as n from t as u;
            select sum(k) as k, max(n) as n from u as v;
            save overwrite v as parquet.`{tmp_path}/out{number}`;
            load parquet.`{tmp_path}/out{number}` as w;
            select v.k, w.n from v join w on v.k = w.k as both;
        """
        return lambda: session.run(script)

    results = at_once(*(run(number) for number in range(count)))
    expected = [[{"k": 2 * n + 10, "n": n}] for n in range(count)]
    assert [rows(result.last) for result in results] == expected
    for number, result in enumerate(results):
        assert rows(result.tables["v"]) == expected[number], "its own v, whoever bound it since"
    assert rows(session.table("v")) in expected


def test_two_plans_at_once_number_their_tables_differently(session: Session) -> None:
    script = "select 1 as a as t; select a from t as u;"
    plans = at_once(*[lambda: session.prepare(script).plan] * 8)
    refs = [ref for plan in plans for step in plan.steps for ref in step.outputs]
    assert len(refs) == len(set(refs)) == 16


def test_looking_at_a_plan_uses_no_number_up(session: Session) -> None:
    script = "select 1 as a as t;"
    assert session.explain(script) == session.explain(script)
    assert "t#1" in [str(r) for s in session.prepare(script).plan.steps for r in s.outputs]


def test_what_two_runs_bind_is_merged(session: Session) -> None:
    session.run("select 0 as a as both; select 0 as a as kept;")
    at_once(
        lambda: session.run("select 1 as a as mine; select 1 as a as both;"),
        lambda: session.run("select 2 as a as yours; select 2 as a as both;"),
    )
    assert [rows(session.table(name))[0]["a"] for name in ("kept", "mine", "yours")] == [0, 1, 2]
    assert rows(session.table("both"))[0]["a"] in (1, 2)


def test_a_run_that_fails_takes_nothing_from_the_one_beside_it(session: Session) -> None:
    good = "select 1 as a as t; select a + 1 as a from t as t; select a + 1 as a from t as t;"
    bad = "select 9 as a as t; select raise_error('no') as a from t as t;"
    results = at_once(*[lambda: session.run(good), lambda: session.run(bad)] * 3)
    for number, result in enumerate(results):
        if number % 2:
            assert isinstance(result, PlaitError)
        else:
            assert rows(result.last) == [{"a": 3}]
    assert rows(session.table("t")) == [{"a": 3}]


def test_the_events_of_two_runs_do_not_mix(session: Session) -> None:
    heard: dict[int, list[Any]] = {1: [], 2: []}

    def run(number: int) -> Callable[[], Any]:
        script = f"select {number} as a as t{number}; select a from t{number} as u{number};"
        return lambda: session.run(script, on_event=heard[number].append)

    results = at_once(run(1), run(2))
    for number, result in zip(heard, results, strict=True):
        events = [envelope.event for envelope in heard[number]]
        labels = [event.label for event in events if isinstance(event, StepStarted)]
        assert all(str(number) in label for label in labels) and len(labels) == 3
        assert {envelope.run for envelope in heard[number]} == {result.run}
        assert [envelope.number for envelope in heard[number]] == list(range(1, len(events) + 1))
        assert isinstance(events[0], RunStarted) and isinstance(events[-1], RunFinished)
        times = [envelope.time for envelope in heard[number]]
        assert times == sorted(times) and times[0].utcoffset() == timedelta(0)


def test_cancelling_one_run_leaves_the_other(session: Session) -> None:
    cancel = threading.Event()
    session.run("select 1 as warm as warm;")
    threading.Timer(1.5, cancel.set).start()
    beside = SLOW.replace("60000)", "3000)")
    cancelled, done = at_once(
        lambda: session.run(SLOW, cancel=cancel), lambda: session.run(beside)
    )
    assert isinstance(cancelled, CancelledError)
    assert rows(done.last)[0]["s"] > 0
    assert rows(session.run("select 2 as a as t;").last) == [{"a": 2}]


# --- names in the engine ----------------------------------------------------------------------


def test_a_failed_run_hides_no_table_of_the_lake(session: Session) -> None:
    """The name of a failed run's table once stayed in the engine and hid the lake's table."""
    session.run("create table foo as select 'lake' as v;")
    with pytest.raises(AnalysisError):
        session.run(
            "select 'temp' as v as foo; select * from foo as bar; select no from bar as z;"
        )
    assert rows(session.run("select v from foo as z2;").last) == [{"v": "lake"}]
    assert rows(session.sql("select v from foo")) == [{"v": "lake"}]


REBOUND = """
create table prices as select 'lake' as origin;
select origin from prices as kept;
select 'script' as origin as prices;
select origin from prices as newer;
select 'kept' as name, origin from kept union all select 'newer', origin from newer as both_rows;
"""
FORMS = [
    "with p as (table prices) select v from p as last;",
    "select v from identifier('prices') as last;",
    "select v from (table prices) as last;",
    "select p.v from Prices p as last;",
]


@pytest.mark.parametrize("engine", ["sail", "spark"])
def test_every_reference_means_the_binding_at_its_place(tmp_path: Path, engine: str) -> None:
    with connect(tmp_path / "lake", engine=engine) as session:
        both = {row["name"]: row["origin"] for row in rows(session.run(REBOUND).last)}
        assert both == {"kept": "lake", "newer": "script"}
        for number, form in enumerate(FORMS):
            old = f"select 'old{number}' as v as prices; select v from prices as kept;"
            script = f"{old} select 'new{number}' as v as prices; {form}"
            assert rows(session.run(script).last) == [{"v": f"new{number}"}], form
        assert not {"prices", "kept", "newer"} & {name.lower() for name in views(session)}


def test_a_name_of_a_query_is_gone_after_it(session: Session) -> None:
    session.run("select 1 as a as `my t`; select a from `my t` as U; select a from u as v;")
    assert {name for name in views(session) if not name.startswith("__plait_")} == set()


# --- what is released -------------------------------------------------------------------------


def test_tables_of_rebound_names_and_of_failed_runs_are_released(session: Session) -> None:
    session.run("select 1 as a as t; select a from t as u;")
    before = views(session)
    for number in range(3):
        session.run(f"select {number} as a as t; select a from t as u;")
        with pytest.raises(AnalysisError):
            session.run("select 1 as a as t; select nope from t as x;")
    gc.collect()
    session.run("select 9 as a as t; select a from t as u;")
    assert len(views(session)) == len(before)


def test_a_table_that_is_held_stays_until_it_is_let_go(session: Session) -> None:
    held = session.run("select 1 as a as t; select a + 1 as a from t as t;").last
    over = session.run("select a + 1 as a from t as u;").last
    for number in range(3):
        session.run(f"select {number} as a as t; select {number} as a as u;")
    assert rows(held) == [{"a": 2}]
    assert rows(over) == [{"a": 3}], "and what its view reads stays with it"
    frame, view = held.to_spark(), over._handle.ref.view
    assert view in views(session)
    del held, over
    gc.collect()
    session.run("select 5 as a as t;")
    assert view not in views(session)
    assert frame.collect()[0].a == 2, "of a frame that was handed out nobody sees the end"


def test_files_of_a_released_table_are_removed(session: Session, tmp_path: Path) -> None:
    """A table that is computed once lies in the staging folder as long as it can be reached."""

    def run() -> None:
        session.run(f"""
            select id, id % 3 as g from range(1000) as t;
            select g, count(*) as n from t group by g as u;
            save overwrite u as parquet.`{tmp_path}/a`;
            save overwrite u as json.`{tmp_path}/b`;
        """)

    def folders() -> int:
        staging = session.resources.folder.shared_folder("tables")
        return len(list(Path(str(staging)).iterdir()))

    run()
    assert folders() == 1
    for _ in range(3):
        run()
    assert folders() == 1
    session.run("select 1 as g as u;")
    assert folders() == 0


def test_a_run_that_fails_leaves_no_computed_table(session: Session, tmp_path: Path) -> None:
    with pytest.raises(PlaitError, match="no"):
        session.run(f"""
            select id, id % 3 as g from range(1000) as t;
            select g, count(*) as n from t group by g as u;
            save overwrite u as parquet.`{tmp_path}/a`;
            save overwrite u as json.`{tmp_path}/b`;
            select raise_error('no') as e from u as v;
            save overwrite v as parquet.`{tmp_path}/c`;
        """)
    staging = Path(str(session.resources.folder.shared_folder("tables")))
    assert list(staging.iterdir()) == []
    assert not (tmp_path / "c").exists()

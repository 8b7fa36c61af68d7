"""What is kept of a run, and what is made of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from plait.console.errors import error_from_data
from plait.errors import OptionError, PlaitError, Span, UsageError
from plait.events import Envelope, Event, Notice, StepLog, numbered
from plait.history.compare import compare, lines
from plait.history.past import PastRun, past_run
from plait.history.store import History, read
from tests.cli.test_console import DONE, FAILED


def keep(history: History, run: str, events: tuple[Event, ...], error: PlaitError | None = None):
    """Keep a run; what was handed on."""
    heard: list[Envelope] = []
    try:
        with history.recording(heard.append) as on_event:
            emit = numbered(run, on_event)
            for event in events:
                emit(event)
            if error is not None:
                raise error
    except PlaitError as raised:
        assert raised is error
    return heard


def known(history: History, run: str) -> PastRun:
    found = past_run(read(history.file(run)))
    assert found is not None
    return found


def test_a_run_comes_back_as_it_was(tmp_path: Path) -> None:
    history = History(tmp_path / "history", 5)
    heard = keep(history, "r1", DONE)
    recorded = read(history.file("r1"))
    assert list(recorded.events) == heard
    assert recorded.error is None
    run = known(history, "r1")
    assert (run.id, run.script, run.engine, run.outcome) == ("r1", "s.mlsql", "sail", "done")
    assert run.seconds == 13.0
    assert run.tables == {"p": 336776}
    assert [(m.path, m.version, m.score) for m in run.models] == [("/m", 2, 0.93)]
    assert [step.id for step in run.steps] == [1, 2, 3, 4]
    assert len(read(history.file("r1"), logs=False).events) < len(heard)


def test_the_error_that_ended_a_run_is_kept(tmp_path: Path) -> None:
    history = History(tmp_path, 5)
    error = OptionError(
        "no option 'x'", span=Span("s.mlsql", 3, 1, 1, "x"), hint="did you mean y?"
    )
    keep(history, "r1", FAILED, error)
    kept = read(history.file("r1")).error
    assert isinstance(kept, OptionError)
    assert kept.render() == error.render()
    run = known(history, "r1")
    assert (run.outcome, run.error) == ("failed", "option error: no option 'x'")
    assert error_from_data({"kind": "OptionError", "message": "m"}).message == "m"


def test_only_the_last_runs_are_kept_and_found_by_a_beginning(tmp_path: Path) -> None:
    history = History(tmp_path, 2)
    for run in ("aa1", "aa2", "bb3"):
        keep(history, run, DONE)
    assert [path.stem.rpartition("-")[2] for path in history.files()] == ["aa2", "bb3"]
    assert history.file("b") == history.file("bb3")
    keep(history, "bb4", DONE)
    with pytest.raises(UsageError, match="2 runs: bb3, bb4"):
        history.file("bb")
    with pytest.raises(UsageError, match="no run 'aa2'"):
        history.file("aa2")
    keep(History(tmp_path / "none", 0), "cc", DONE)
    assert not (tmp_path / "none").exists()
    keep(history, "never-started", ())
    assert len(history.files()) == 2


def test_a_run_that_was_killed_is_unfinished(tmp_path: Path) -> None:
    history = History(tmp_path, 5)
    keep(history, "r1", DONE[:8])
    with history.file("r1").open("a") as out:
        out.write('{"run": "r1", "number": 9, "ti')
    run = known(history, "r1")
    assert (run.outcome, run.seconds) == ("unfinished", None)
    assert [step.state for step in run.steps] == ["done", "done", "running"]


def test_what_a_script_prints_without_end_is_cut(tmp_path: Path) -> None:
    history = History(tmp_path, 5)
    chatter = tuple(StepLog(3, "group 0", "x" * 100_000) for _ in range(40))
    heard = keep(history, "r1", (*DONE[:8], *chatter, *DONE[8:]))
    assert len(heard) == len(DONE) + 40
    assert history.file("r1").stat().st_size < 2_200_000
    events = [each.event for each in read(history.file("r1")).events]
    assert sum(isinstance(e, Notice) and "not kept" in e.text for e in events) == 1
    assert known(history, "r1").outcome == "done"


def test_two_runs_side_by_side(tmp_path: Path) -> None:
    history = History(tmp_path, 5)
    keep(history, "r1", DONE)
    keep(history, "r2", FAILED, UsageError("wrong"))
    found = compare(known(history, "r1"), known(history, "r2"))
    rows = {row.what: (row.one, row.other) for row in (*found.facts, *found.models, *found.tables)}
    assert rows["outcome"] == ("done", "failed")
    assert rows["error"] == (None, "usage error: wrong")
    assert rows["/m"] == ("version 2, accuracy 0.93", None)
    assert rows["p"] == (336776, None)
    steps = {row.what: (row.one, row.other) for row in found.steps}
    assert steps["fit PythonAlg /m, 2 groups"] == (12.34, 4.0)
    shown = lines(found, 100)
    assert max(map(len, shown)) <= 100
    assert any(line.split() == ["p", "336,776", "-"] for line in shown)

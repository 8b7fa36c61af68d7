"""How events are drawn: as plain lines, as JSON, and on a terminal."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from rich.console import Console

from plait.console import text as show
from plait.console.describe import progress_text
from plait.console.errors import error_to_json
from plait.console.live import LiveScreen
from plait.console.out import Out
from plait.console.report import report
from plait.console.screens import JsonScreen, PlainScreen, screen_for
from plait.console.summary import RunSummary
from plait.errors import OptionError, ParseError, ScriptErrors, Span
from plait.events import (
    Envelope,
    Event,
    ModelPublished,
    Notice,
    RunFinished,
    RunStarted,
    StepFailed,
    StepFinished,
    StepLog,
    StepProgress,
    StepStarted,
    TableShown,
    TableTransferred,
)

STEPS = (
    (1, "read", "csv in.csv → t"),
    (2, "exchange", "t to Ray"),
    (3, "fit", "PythonAlg /m, 2 groups"),
    (4, "preview", "first 20 rows of p"),
)
PREVIEW = TableShown(
    4, "p", (("name", "string"), ("n", "bigint")), (("[bold]x[/bold]", "7"), (None, None)), 336776
)
DONE: tuple[Event, ...] = (
    RunStarted("r1", "s.mlsql", "sail", STEPS),
    Notice("Ray starts"),
    StepStarted(1, "read", STEPS[0][2], 1, "sail"),
    StepFinished(1, 0.01),
    StepStarted(2, "exchange", STEPS[1][2], 3, "sail → ray"),
    TableTransferred(2, "t", "client", "fits 64MiB", 1234, 2_100_000, 0.5),
    StepFinished(2, 0.5, 1234, 2_100_000, "client"),
    StepStarted(3, "fit", STEPS[2][2], 3, "ray"),
    StepProgress(3, "training", 0, 2, "groups"),
    StepLog(3, "group 0", "epoch [red]1[/red]\x1b[31m done\x1b[0m"),
    StepProgress(3, "training", 2, 2, "groups"),
    ModelPublished(3, "/m", 2, 0.93, "accuracy"),
    StepFinished(3, 12.34, summary="version 2"),
    StepStarted(4, "preview", STEPS[3][2], 3, "sail"),
    PREVIEW,
    StepFinished(4, 0.02, 336776),
    RunFinished("r1", "done", 13.0, ((1, 0.01), (2, 0.5), (3, 12.34), (4, 0.02))),
)
FAILED: tuple[Event, ...] = (
    *DONE[:10],
    StepFailed(3, "task error [ray]: group 0 failed: ValueError\n  at s.mlsql:3:1", 4.0),
    RunFinished("r1", "failed", 5.0, ()),
)


NOON = datetime(2026, 1, 2, 12, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    """Lines are as long as without a terminal, wherever the tests run."""
    monkeypatch.setenv("COLUMNS", "120")


def plain(events: tuple[Event, ...]) -> list[str]:
    stream = io.StringIO()
    screen = PlainScreen(Out(stream), clock=lambda: 0.0)
    for number, event in enumerate(events, start=1):
        screen.on(Envelope("r1", number, NOON, event))
    screen.close()
    return stream.getvalue().splitlines()


def live(events: tuple[Event, ...], *, width: int = 100) -> str:
    stream = io.StringIO()
    console = Console(
        file=stream, force_terminal=True, width=width, height=30, markup=False,
        highlight=False, emoji=False, color_system="standard",
    )  # fmt: skip
    screen = LiveScreen(Out(stream), console)
    for number, event in enumerate(events, start=1):
        screen.on(Envelope("r1", number, NOON, event))
    screen.close()
    return stream.getvalue()


def test_plain_lines_name_the_step_its_kind_and_what_happened() -> None:
    lines = plain(DONE)
    assert lines[0] == "run r1: s.mlsql, 4 steps, data engine sail"
    assert lines[1] == "note: Ray starts"
    assert "[ 3] fit         started   PythonAlg /m, 2 groups (line 3, ray)" in lines
    assert "[ 3] fit         progress  training: 2 of 2 groups" in lines
    assert "[ 3] fit         log       group 0 | epoch [red]1[/red] done" in lines
    assert "[ 3] fit         model     /m version 2, accuracy 0.93" in lines
    assert "[ 3] fit         finished  12.3 s, version 2" in lines
    transfer = next(line for line in lines if "] exchange    transfer " in line)
    assert "t by client: 1,234 rows, 2.1 MB, 4 MB/s (fits 64MiB)" in transfer
    assert not any("read" in line and "started" in line for line in lines)


def test_the_report_has_the_last_table_the_models_and_the_times() -> None:
    lines = plain(DONE)
    title = lines.index("p (2 of 336,776 rows)")
    assert lines.index("run r1: done in 13.0 s") < title
    assert "│" in lines[title + 1] and "bigint" in lines[title + 2]
    assert "[bold]x[/bold]" in lines[title + 4]
    assert lines[title + 5].split("│")[0].strip() == "NULL"
    assert "model /m version 2, accuracy 0.93" in lines
    times = lines[lines.index("Where the time went: 13.0 s") :]
    fit = next(line for line in times if " fit " in line)
    assert "12.34" in fit and "█" * 10 in fit and "(version 2)" in fit
    assert "336,776" in next(line for line in times if " preview " in line)


def test_a_failed_run_shows_what_ended_and_what_did_not() -> None:
    lines = plain(FAILED)
    assert "[ 3] fit         failed    after 4.00 s: task error [ray]: group 0 failed: " in (
        next(line for line in lines if " failed " in line).replace("ValueError", "")
    )
    times = lines[lines.index("Where the time went: 5.00 s, failed with 2 of 4 steps") :]
    assert any("FAILED: PythonAlg" in line for line in times)
    assert any("NOT RUN: first 20 rows of p" in line for line in times)


def test_a_step_that_was_stopped_is_not_called_failed() -> None:
    summary = RunSummary()
    for event in (*DONE[:9], RunFinished("r1", "cancelled", 1.0)):
        summary.add(event)
    assert summary.steps[3].state == "stopped"
    summary = RunSummary()
    for event in (*DONE[:9], StepFailed(3, "cancelled error: the run was cancelled", 1.0)):
        summary.add(event)
    assert summary.steps[3].state == "stopped"


def test_a_run_that_never_began_has_no_report() -> None:
    summary = RunSummary()
    for event in (DONE[0], RunFinished("r1", "failed", 0.1)):
        summary.add(event)
    assert report(summary, 80) == []


def test_a_long_plan_is_summed_up() -> None:
    summary = RunSummary()
    summary.add(RunStarted("r", "s", "sail", tuple((i, "query", f"q{i}") for i in range(1, 1001))))
    for i in range(1, 1001):
        summary.add(StepStarted(i, "query", f"q{i}", i, "sail"))
        summary.add(StepFinished(i, 5.0 if i == 500 else 0.001))
    texts = [text for _, text in report(summary, 100)]
    assert len(texts) < 35
    assert any("q500" in text for text in texts)
    assert any("and 975 shorter steps" in text for text in texts)


def test_progress_is_not_written_more_than_every_two_seconds() -> None:
    now = [0.0]
    stream = io.StringIO()
    screen = PlainScreen(Out(stream), clock=lambda: now[0])
    for tick in range(100):
        now[0] = tick / 10
        screen.on(Envelope("r1", tick, NOON, StepProgress(3, "reading", tick, 100, "blocks")))
    screen.on(Envelope("r1", 100, NOON, StepProgress(3, "reading", 100, 100, "blocks")))
    lines = stream.getvalue().splitlines()
    assert 5 <= len(lines) <= 7
    assert lines[-1].endswith("reading: 100 of 100 blocks")


def test_a_table_asked_for_is_shown_where_it_stands() -> None:
    shown = TableShown(1, "desc t", (("column", "string"),), (("a",),), 1)
    started = RunStarted("r", "s", "sail", ((1, "show", "desc t"), (2, "read", "x")))
    lines = plain((started, shown, StepStarted(2, "execute", "x", 2, "sail")))
    assert lines.index("desc t (1 row)") < next(i for i, t in enumerate(lines) if "started" in t)


def test_json_is_one_event_a_line() -> None:
    stream = io.StringIO()
    screen = JsonScreen(Out(stream))
    for number, event in enumerate(DONE, start=1):
        screen.on(Envelope("r1", number, NOON, event))
    screen.close()
    events = [json.loads(line) for line in stream.getvalue().splitlines()]
    assert [e["event"] for e in events] == [type(e).__name__ for e in DONE]
    assert [(e["run"], e["number"]) for e in events] == [("r1", n + 1) for n in range(len(DONE))]
    assert {e["time"] for e in events} == {"2026-01-02T12:00:00+00:00"}
    assert events[9]["text"] == DONE[9].text  # type: ignore[union-attr]


def test_errors_as_json_hold_their_position() -> None:
    first = ParseError("no", span=Span("s", 3, 7, 2, "  text"), hint="so")
    both = ScriptErrors([first, OptionError("bad option")])
    data = json.loads(error_to_json(both))
    assert (data["kind"], data["exit_code"], data["line"]) == ("ScriptErrors", 2, 3)
    assert [e["message"] for e in data["errors"]] == ["no", "bad option"]


def test_a_running_training_has_a_line_for_each_group_and_an_expected_end() -> None:
    now = [0.0]
    stream = io.StringIO()
    console = Console(file=stream, force_terminal=True, width=120, color_system=None)
    screen = LiveScreen(Out(stream), console, clock=lambda: now[0])
    events = (
        RunStarted("r1", "s.mlsql", "sail", STEPS),
        StepStarted(3, "fit", STEPS[2][2], 3, "ray"),
        StepProgress(3, "training", 0, 2, "groups"),
        StepProgress(3, "group 0: epoch 4", 0.5, 2, "groups", "group 0", 0.5),
        StepProgress(3, "group 1", 0.6, 2, "groups", "group 1", 0.1),
    )
    for number, event in enumerate(events):
        now[0] = [0, 4, 10, 12, 13][number]
        screen.on(Envelope("r1", number, NOON, event))
    console.print(screen._draw())
    lines = [line.split() for line in stream.getvalue().splitlines()]
    whole = next(line for line in reversed(lines) if "fit" in line)
    assert "30%" in whole and whole[-6:] == ["9.00", "s", "of", "about", "16.0", "s"]
    assert next(line[-3:] for line in lines if line[:2] == ["group", "0"]) == ["50%", "epoch", "4"]
    assert next(line[-1] for line in lines if line[:2] == ["group", "1"]) == "10%"
    assert progress_text(events[3]) == "group 0: epoch 4 (50%), all 2 groups 25%"  # type: ignore[arg-type]


def test_the_live_display_prints_user_text_as_it_is() -> None:
    shown = live(DONE)
    assert "epoch [red]1[/red] done" in shown
    assert "[bold]x[/bold]" in shown
    assert "\x1b[31m done" not in shown
    assert "● model /m version 2, accuracy 0.93" in shown
    assert "⇄ t by client" in shown
    assert "Where the time went: 13.0 s" in shown


def test_the_live_display_shows_running_steps_with_their_progress() -> None:
    screen = LiveScreen(Out(io.StringIO()), Console(file=io.StringIO(), width=120))
    for event in DONE[:9]:
        screen._summary.add(event)
    drawn = Console(file=io.StringIO(), width=120, record=True)
    drawn.print(screen._draw())
    text = drawn.export_text()
    assert "PythonAlg /m, 2 groups" in text
    assert "training: 0 of 2 groups" in text
    assert "2 of 4 steps done" in text
    assert "t to Ray" not in text


def test_a_failed_run_on_a_terminal_gives_the_cursor_back() -> None:
    shown = live(FAILED)
    assert "✗ " in shown and "group 0 failed: ValueError" in shown
    assert shown.rindex("\x1b[?25h") > shown.rindex("\x1b[?25l")


def test_no_display_without_a_terminal_and_no_rich() -> None:
    assert isinstance(screen_for(Out(io.StringIO())), PlainScreen)
    program = (
        "import io, sys\n"
        "from plait.console.out import Out\n"
        "from plait.console.screens import screen_for\n"
        "screen_for(Out(io.StringIO())).close()\n"
        "sys.exit('rich' in sys.modules)\n"
    )
    assert subprocess.run([sys.executable, "-c", program]).returncode == 0


def table(rows: list[tuple[str | None, ...]], *columns: tuple[str, str], width: int = 80):
    return show.table(TableShown(1, "t", columns, tuple(rows), len(rows)), width)


def test_a_missing_value_differs_from_the_text_of_it() -> None:
    lines = table([(None,), ("null",), ("NULL",), ("",)], ("a", "string"))
    assert [line.strip() for line in lines[4:]] == ["NULL", "null", '"NULL"', ""]


def test_numbers_stand_right_texts_left() -> None:
    lines = table([("a", "1"), ("bcd", "1000")], ("s", "string"), ("n", "decimal(10,2)"))
    assert lines[4] == " a      │             1"
    assert lines[5] == " bcd    │          1000"


@pytest.mark.parametrize("width", [40, 80, 120])
def test_a_wide_table_fits_and_names_what_it_leaves_out(width: int) -> None:
    columns = [(f"column_{i}", "string") for i in range(30)]
    lines = table([tuple("x" * 100 for _ in range(30))], *columns, width=width)
    assert max(show.cells(line) for line in lines) <= width
    assert "more columns: column_" in lines[-1]


def test_one_wide_column_uses_the_whole_width() -> None:
    lines = table([("y" * 300,)], ("text", "string"), width=100)
    assert show.cells(lines[-1]) == 99 and lines[-1].endswith("…")


def test_wide_characters_keep_the_columns_in_line() -> None:
    lines = table([("模型", "1"), ("ab", "2")], ("名称", "string"), ("n", "int"))
    positions = {show.cells(line.partition("│")[0]) for line in lines[1:] if "│" in line}
    assert len(positions) == 1


def test_a_single_text_of_several_lines_is_shown_line_by_line() -> None:
    plan = "== Physical Plan ==\n  Project\n    Scan" + "x" * 200 + "\n"
    shown = show.table(TableShown(1, "explain", (("plan", "string"),), ((plan,),), 1), 80)
    assert shown == ["explain", *plan.splitlines()]


def test_an_empty_table_and_one_without_columns() -> None:
    assert table([], ("a", "int"))[0] == "t (0 rows)"
    assert table([], width=20)[0] == "t (0 rows)"


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("\x1b[2Jgone", "gone"),
        ("\x1b]0;title\x07x", "x"),
        ("10%\r50%\r100%", "100%"),
        ("a\x00\x08b\x9b", "ab"),
        ("two\nlines", "two lines"),
        ("tab\there", "tab    here"),
        ("naïve 模型 🙂", "naïve 模型 🙂"),
    ],
)
def test_text_cannot_move_the_cursor(given: str, kept: str) -> None:
    assert show.clean(given) == kept


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.004, "0.00 s"), (9.99, "9.99 s"), (59.9, "59.9 s"), (125, "2 min 05 s"),
     (59.99, "60.0 s"), (3720, "1 h 02 min")],
)  # fmt: skip
def test_seconds(value: float, text: str) -> None:
    assert show.seconds(value) == text


def test_counts_have_all_their_digits() -> None:
    done = StepProgress(1, "predicting", 4782160, 10_000_000.0, "rows")
    assert progress_text(done) == "predicting: 4,782,160 of 10,000,000 rows"
    assert progress_text(replace(done, done=1.45, total=4)) == "predicting: 1.45 of 4 rows"


def test_sizes_and_bars() -> None:
    assert [show.size(n) for n in (0, 999, 1000, 2_100_000, 3.2e9, 5e12)] == [
        "0 B", "999 B", "1.0 kB", "2.1 MB", "3.2 GB", "5.0 TB",
    ]  # fmt: skip
    assert show.bar(1, 2, 4) == "██  "
    assert show.bar(0, 0, 4) == "    "

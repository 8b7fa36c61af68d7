"""Draws the events of a run as plain lines or JSON, and the report at the end as text.

The live display of a terminal is in `console_live`, which alone needs rich.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import IO, Literal, Protocol

from plait.console import text as show
from plait.errors import PlaitError, ScriptErrors
from plait.events import (
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
    to_json,
)

State = Literal["not run", "running", "done", "failed", "stopped"]
# Steps that only define something: when they begin says nothing.
DEFINITIONS = frozenset({"setconf", "read", "query", "show", "preview"})
_PROGRESS_SECONDS = 2.0
_LISTED = 25


class Out:
    """A text stream that a reader may close at any time; what is written then is dropped."""

    def __init__(self, stream: IO[str]) -> None:
        self.stream = stream
        self._gone = False
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            # A label may hold what the terminal's encoding lacks, or a broken file name.
            with contextlib.suppress(ValueError, OSError):
                reconfigure(errors="backslashreplace")

    @classmethod
    @contextlib.contextmanager
    def private(cls, stream: IO[str]) -> Iterator[Out]:
        """`stream`, so that nobody else can write to it: file descriptor 1 is stderr inside."""
        if stream is not sys.__stdout__ or stream.fileno() != 1:
            yield cls(stream)
            return
        stream.flush()
        own = os.dup(1)
        os.dup2(2, 1)
        with open(own, "w", encoding="utf-8", closefd=False) as text:
            try:
                yield cls(text)
            finally:
                with contextlib.suppress(OSError):
                    text.flush()
                os.dup2(own, 1)
                os.close(own)

    @property
    def terminal(self) -> bool:
        """Whether a person watches, on something that can move its cursor."""
        return self.stream.isatty() and os.environ.get("TERM", "dumb") != "dumb"

    def width(self) -> int:
        """Columns to fill."""
        return shutil.get_terminal_size((120, 24)).columns

    def line(self, text: str = "") -> None:
        """Write one line, now."""
        if self._gone:
            return
        try:
            self.stream.write(text + "\n")
            self.stream.flush()
        except BrokenPipeError:
            self._gone = True
            # What is still buffered would fail once more when the stream is closed.
            with contextlib.suppress(OSError, ValueError):
                os.dup2(os.open(os.devnull, os.O_WRONLY), self.stream.fileno())

    def lines(self, texts: Iterable[str]) -> None:
        """Write lines."""
        for text in texts:
            self.line(text)


class Screen(Protocol):
    """Something that draws events; `on` is never called twice at once."""

    def on(self, event: Event) -> None:
        """Draw one event."""
        ...

    def close(self) -> None:
        """Draw what is drawn at the end; nothing is drawn after it."""
        ...


def screen_for(out: Out, *, as_json: bool = False) -> Screen:
    """JSON lines if asked for, a live display on a terminal, else plain lines."""
    if as_json:
        return JsonScreen(out)
    if out.terminal:
        from plait.console.live import LiveScreen

        return LiveScreen(out)
    return PlainScreen(out)


class NoticeScreen:
    """Notes alone, on stderr: the output of a run is that of the user's own program."""

    def __init__(self) -> None:
        self._out = Out(sys.stderr)

    def on(self, event: Event) -> None:
        """Write a note."""
        if isinstance(event, Notice):
            self._out.line(f"plait: {show.clean(event.text)}")

    def close(self) -> None:
        """Nothing is drawn at the end."""


def script_screen_for(out: Out, *, as_json: bool = False) -> Screen:
    """What draws the run of an ordinary Python script, which prints for itself."""
    return JsonScreen(out) if as_json else NoticeScreen()


def error_json(error: PlaitError) -> str:
    """An error as one JSON line, in the manner of an event."""
    body = _error_data(error)
    if isinstance(error, ScriptErrors):
        body["errors"] = [_error_data(each) for each in error.errors]
    return json.dumps({"event": "Error", **body, "exit_code": error.exit_code})


def _error_data(error: PlaitError) -> dict[str, object]:
    span = error.span
    return {
        "kind": type(error).__name__,
        "message": error.message,
        "file": None if span is None else span.file,
        "line": None if span is None else span.line,
        "column": None if span is None else span.column,
        "length": None if span is None else span.length,
        "text": None if span is None else span.text,
        "engine": error.engine,
        "hint": error.hint,
        "cause": error.cause,
    }


@dataclass(slots=True)
class StepState:
    """What is known of one step."""

    id: int
    kind: str
    label: str
    state: State = "not run"
    engine: str = ""
    began: float = 0.0
    seconds: float = 0.0
    rows: int | None = None
    summary: str = ""
    progress: StepProgress | None = None


@dataclass(slots=True)
class RunSummary:
    """What a run's events add up to.

    last: the table that is printed at the end. error: why nothing could be run.
    """

    clock: Callable[[], float] = time.monotonic
    run: RunStarted | None = None
    steps: dict[int, StepState] = field(default_factory=dict)
    last: TableShown | None = None
    models: list[ModelPublished] = field(default_factory=list)
    end: RunFinished | None = None

    def add(self, event: Event) -> None:
        """Take one event in."""
        match event:
            case RunStarted():
                self.run = event
                self.steps = {i: StepState(i, kind, label) for i, kind, label in event.steps}
            case StepStarted():
                view = self.steps.setdefault(
                    event.step, StepState(event.step, event.kind, event.label)
                )
                view.state, view.engine, view.began = "running", event.engine, self.clock()
            case StepProgress(step=step) if step in self.steps:
                self.steps[step].progress = event
            case StepFinished() | StepFailed():
                self._ended(event)
            case ModelPublished():
                self.models.append(event)
            case TableShown() if self.kind(event.step) == "preview":
                self.last = event
            case RunFinished():
                self.end = event
                for view in self.running():
                    view.state, view.seconds = "stopped", self.clock() - view.began
                if event.status == "cancelled":
                    # However an engine words it: it was asked to stop.
                    for view in self.steps.values():
                        view.state = "stopped" if view.state == "failed" else view.state
            case _:
                pass

    def _ended(self, event: StepFinished | StepFailed) -> None:
        view = self.steps.setdefault(event.step, StepState(event.step, "step", ""))
        view.seconds = event.seconds
        if isinstance(event, StepFinished):
            view.state, view.rows, view.summary = "done", event.rows, event.summary
        else:
            cancelled = show.headline(event.error).startswith("cancelled error")
            view.state = "stopped" if cancelled else "failed"

    def kind(self, step: int) -> str:
        """The kind of a step by its id."""
        return self.steps[step].kind if step in self.steps else "step"

    def running(self) -> list[StepState]:
        """Steps that have begun and not ended."""
        return [view for view in list(self.steps.values()) if view.state == "running"]

    def count(self, state: State) -> int:
        """How many steps are in a state."""
        return sum(view.state == state for view in self.steps.values())


class JsonScreen:
    """One event a line."""

    def __init__(self, out: Out) -> None:
        self._out = out

    def on(self, event: Event) -> None:
        """Write the event."""
        self._out.line(to_json(event))

    def close(self) -> None:
        """Nothing is drawn at the end."""


class PlainScreen:
    """One line for each event that matters, for logs and pipes; then the report."""

    def __init__(self, out: Out, clock: Callable[[], float] = time.monotonic) -> None:
        self._out = out
        self._clock = clock
        self._ledger = RunSummary(clock)
        self._told: dict[int, tuple[str, float]] = {}

    def on(self, event: Event) -> None:
        """Write the lines of an event."""
        self._ledger.add(event)
        self._out.lines(self._lines(event))

    def close(self) -> None:
        """Write the report."""
        self._out.lines(text for _, text in report(self._ledger, self._out.width()))

    def _lines(self, event: Event) -> list[str]:
        match event:
            case StepStarted(kind=kind) if kind in DEFINITIONS:
                return []
            case StepProgress() if not self._worth_telling(event):
                return []
            case TableShown() if self._ledger.last is event:
                return []
            case TableShown():
                return ["", *show.table(event, self._out.width()), ""]
            case _:
                text = describe(event)
                return [] if text is None else [self._prefix(event) + text]

    def _prefix(self, event: Event) -> str:
        step = getattr(event, "step", None)
        if step is None:
            return ""
        return f"[{step:>2}] {self._ledger.kind(step):<11} "

    def _worth_telling(self, event: StepProgress) -> bool:
        """Every new message and the end of counting; else one in two seconds."""
        message, when = self._told.get(event.step, ("", -_PROGRESS_SECONDS))
        ended = event.total is not None and event.done == event.total
        now = self._clock()
        if message == event.message and not ended and now - when < _PROGRESS_SECONDS:
            return False
        self._told[event.step] = (event.message, now)
        return True


def describe(event: Event) -> str | None:
    """What an event says, as one line without the step's name; None: nothing."""
    match event:
        case RunStarted():
            return (
                f"run {event.run}: {show.clean(event.script)}, {len(event.steps)} steps, "
                f"data engine {event.engine}"
            )
        case RunFinished():
            return f"run {event.run}: {event.status} in {show.seconds(event.seconds)}"
        case Notice(level="warning"):
            return f"warning: {show.clean(event.text)}"
        case Notice():
            return f"note: {show.clean(event.text)}"
        case TableShown():
            return None
        case _:
            verb, text = _of_step(event)
            return f"{verb:<9} {text}"


def _of_step(
    event: StepStarted
    | StepProgress
    | StepLog
    | TableTransferred
    | StepFinished
    | ModelPublished
    | StepFailed,
) -> tuple[str, str]:
    """The verb by which logs are searched, and the rest of the line."""
    match event:
        case StepStarted():
            return "started", f"{show.clean(event.label)} (line {event.line}, {event.engine})"
        case StepProgress():
            return "progress", progress_text(event)
        case StepLog():
            mark = "" if event.stream == "stdout" else "stderr "
            return "log", f"{mark}{show.clean(event.source)} | {show.clean(event.text)}"
        case TableTransferred():
            return "crossed", transferred_text(event)
        case StepFinished():
            return "finished", finished_text(event)
        case ModelPublished():
            return "model", model_text(event)
        case StepFailed():
            why = show.clean(show.headline(event.error))
            return "failed", f"after {show.seconds(event.seconds)}: {why}"


def progress_text(event: StepProgress) -> str:
    """`training: 1 of 3 groups`."""
    counted = ""
    if event.done is not None:
        of = "" if event.total is None else f" of {event.total:,g}"
        counted = f"{event.done:,g}{of} {event.unit}".strip()
    return ": ".join(part for part in (show.clean(event.message), counted) if part)


def transferred_text(event: TableTransferred) -> str:
    """Which table went which way, how much and how fast, and why that way."""
    return (
        f"{show.clean(event.table)} by {event.method}: {event.rows:,} rows, "
        f"{show.size(event.bytes)}, {event.rate:,.0f} MB/s ({show.clean(event.why)})"
    )


def finished_text(event: StepFinished) -> str:
    """Seconds, rows, bytes and the summary, as far as they are known."""
    parts = [show.seconds(event.seconds)]
    if event.rows is not None:
        parts.append(f"{event.rows:,} rows")
    if event.bytes is not None:
        parts.append(show.size(event.bytes))
    if event.summary:
        parts.append(show.clean(event.summary))
    return ", ".join(parts)


def model_text(event: ModelPublished) -> str:
    """Path, version, and the score if there is one."""
    score = "" if event.score is None else f", {event.metric or 'score'} {event.score:g}"
    return f"{show.clean(event.path)} version {event.version}{score}"


# --- the report -------------------------------------------------------------------------------


def report(ledger: RunSummary, width: int) -> list[show.Line]:
    """What is printed when a run is over: last table, models, where the time went."""
    lines: list[show.Line] = []
    if ledger.last is not None:
        lines.append(("", ""))
        lines.extend(("", text) for text in show.table(ledger.last, width))
    if ledger.models:
        lines.append(("", ""))
        lines.extend(("bold", f"model {model_text(model)}") for model in ledger.models)
    if any(view.state != "not run" for view in ledger.steps.values()):
        lines.append(("", ""))
        lines.extend(_times(ledger, width))
    return lines


def _times(ledger: RunSummary, width: int) -> list[show.Line]:
    views = [view for view in ledger.steps.values() if view.state != "not run"]
    listed = sorted(views, key=lambda v: (v.state == "done", -v.seconds))[:_LISTED]
    listed.sort(key=lambda view: view.id)
    longest = max((view.seconds for view in views), default=0.0)
    engine = max([6, *(len(view.engine) for view in listed)])
    head = f"{'step':>4}  {'kind':<11}  {'engine':<{engine}}  {'seconds':>8}  {'':<10}"
    lines: list[show.Line] = [("bold", _title(ledger)), ("dim", f"{head}  {'rows':>13}  what")]
    for view in listed:
        text = (
            f"{view.id:>4}  {view.kind:<11}  {view.engine:<{engine}}  {view.seconds:>8.2f}  "
            f"{show.bar(view.seconds, longest, 10)}  "
            f"{'' if view.rows is None else format(view.rows, ','):>13}  "
        )
        what = show.clean(view.label) + (f" ({show.clean(view.summary)})" if view.summary else "")
        if view.state != "done":
            what = f"{view.state.upper()}: {what}"
        style = {"failed": "red", "stopped": "yellow"}.get(view.state, "")
        lines.append((style, text + show.fit(what, max(20, width - len(text)))))
    if (more := len(views) - len(listed)) > 0:
        rest = sum(view.seconds for view in views) - sum(view.seconds for view in listed)
        lines.append(("dim", f"{'':>4}  and {more:,} shorter steps, {rest:.2f} s together"))
    lines.extend(_not_run(ledger))
    return lines


def _title(ledger: RunSummary) -> str:
    if ledger.end is None:
        return "Where the time went"
    title = f"Where the time went: {show.seconds(ledger.end.seconds)}"
    if ledger.end.status == "done":
        return title
    return f"{title}, {ledger.end.status} with {ledger.count('done')} of {len(ledger.steps)} steps"


def _not_run(ledger: RunSummary) -> list[show.Line]:
    """The steps that a failed run never came to."""
    waiting = [view for view in ledger.steps.values() if view.state == "not run"]
    lines: list[show.Line] = [
        ("dim", f"{view.id:>4}  {view.kind:<11}  NOT RUN: {show.clean(view.label)}")
        for view in waiting[:_LISTED]
    ]
    if len(waiting) > _LISTED:
        lines.append(("dim", f"      and {len(waiting) - _LISTED:,} more that were not run"))
    return lines

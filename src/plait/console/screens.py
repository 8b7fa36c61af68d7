"""What draws the events of a run: as JSON, as plain lines, or live on a terminal."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from typing import Protocol

from plait.console import text as show
from plait.console.describe import describe
from plait.console.out import Out
from plait.console.report import report
from plait.console.summary import DEFINITIONS, RunSummary
from plait.events import (
    Envelope,
    Event,
    Notice,
    StepLog,
    StepProgress,
    StepStarted,
    TableShown,
    to_json,
)

_PROGRESS_SECONDS = 2.0


class Screen(Protocol):
    """Something that draws events; `on` is never called twice at once."""

    def on(self, envelope: Envelope) -> None:
        """Draw one event."""
        ...

    def close(self) -> None:
        """Draw what is drawn at the end; nothing is drawn after it."""
        ...


def screen_for(
    out: Out, *, as_json: bool = False, quiet: bool = False, verbose: bool = False
) -> Screen:
    """JSON lines if asked for, a live display on a terminal, else plain lines.

    quiet: tables and warnings alone. verbose: a line for everything that happens.
    """
    if as_json:
        return JsonScreen(out)
    if quiet:
        return QuietScreen(out)
    if verbose:
        return PlainScreen(out, verbose=True)
    if out.terminal:
        from plait.console.live import LiveScreen

        return LiveScreen(out)
    return PlainScreen(out)


class JsonScreen:
    """One event a line."""

    def __init__(self, out: Out) -> None:
        self._out = out

    def on(self, envelope: Envelope) -> None:
        """Write the event."""
        self._out.line(to_json(envelope))

    def close(self) -> None:
        """Nothing is drawn at the end."""


class QuietScreen:
    """The tables that a script shows, its last one too; warnings on stderr."""

    def __init__(self, out: Out) -> None:
        self._out = out
        self._warnings = Out(sys.stderr)

    def on(self, envelope: Envelope) -> None:
        """Write a table, or a warning."""
        match envelope.event:
            case TableShown() as shown:
                self._out.lines(show.table(shown, self._out.width()))
            case Notice(level="warning") as notice:
                self._warnings.line(f"warning: {show.clean(notice.text)}")
            case _:
                pass

    def close(self) -> None:
        """Nothing is drawn at the end."""


class PlainScreen:
    """One line for each event that matters, for logs and pipes; then the report.

    verbose: one for every event, with the time of day.
    """

    def __init__(
        self,
        out: Out,
        clock: Callable[[], float] = time.monotonic,
        *,
        verbose: bool = False,
    ) -> None:
        self._out = out
        self._verbose = verbose
        self._clock = clock
        self._summary = RunSummary(clock)
        self._written: dict[int, tuple[str, float]] = {}

    def on(self, envelope: Envelope) -> None:
        """Write the lines of an event."""
        self._summary.add(envelope.event)
        lines = self._lines(envelope.event)
        if self._verbose:
            at = envelope.time.astimezone().strftime("%H:%M:%S.%f")[:12]
            lines = [f"{at} {line}" for line in lines]
        self._out.lines(lines)

    def close(self) -> None:
        """Write the report."""
        self._out.lines(text for _, text in report(self._summary, self._out.width()))

    def _lines(self, event: Event) -> list[str]:
        match event:
            case StepStarted(kind=kind) if kind in DEFINITIONS and not self._verbose:
                return []
            case StepProgress() if not self._verbose and not self._worth_a_line(event):
                return []
            case TableShown() if self._summary.last is event:
                return []
            case TableShown() if self._verbose:
                return show.table(event, self._out.width())
            case TableShown():
                return ["", *show.table(event, self._out.width()), ""]
            case _:
                text = describe(event)
                return [] if text is None else [self._prefix(event) + text]

    def _prefix(self, event: Event) -> str:
        step = getattr(event, "step", None)
        if step is None:
            return ""
        return f"[{step:>2}] {self._summary.kind(step):<11} "

    def _worth_a_line(self, event: StepProgress) -> bool:
        """Whether progress is written: a new message, the end of counting, else once in 2 s."""
        message, when = self._written.get(event.step, ("", -_PROGRESS_SECONDS))
        ended = event.total is not None and event.done == event.total
        now = self._clock()
        if message == event.message and not ended and now - when < _PROGRESS_SECONDS:
            return False
        self._written[event.step] = (event.message, now)
        return True


class NoticeScreen:
    """Notes alone, on stderr, beside what the user's own program prints."""

    def __init__(self) -> None:
        self._out = Out(sys.stderr)

    def on(self, envelope: Envelope) -> None:
        """Write a note."""
        if isinstance(envelope.event, Notice):
            self._out.line(f"plait: {show.clean(envelope.event.text)}")

    def close(self) -> None:
        """Nothing is drawn at the end."""


class RemoteScriptScreen(NoticeScreen):
    """What a Python script prints on a cluster, as if it had printed it here, and notes."""

    def __init__(self, out: Out) -> None:
        super().__init__()
        self._stdout = out

    def on(self, envelope: Envelope) -> None:
        """Write a line of the script, or a note."""
        event = envelope.event
        if not isinstance(event, StepLog):
            super().on(envelope)
        elif event.stream == "stdout":
            self._stdout.line(event.text)
        else:
            self._out.line(event.text)


def script_screen_for(out: Out, *, as_json: bool = False, remote: bool = False) -> Screen:
    """What draws the run of a Python script. remote: it runs, and prints, on a cluster."""
    if as_json:
        return JsonScreen(out)
    return RemoteScriptScreen(out) if remote else NoticeScreen()

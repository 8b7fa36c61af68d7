"""The live display of a run on a terminal; the only module that needs rich."""

from __future__ import annotations

import time
from collections.abc import Callable

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.spinner import Spinner
from rich.table import Table
from rich.text import Text

from plait.console import text as show
from plait.console.describe import finished_text, model_text, transferred_text, whole_text
from plait.console.out import Out
from plait.console.report import report
from plait.console.summary import DEFINITIONS, RunSummary, StepState, took_text
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
    TableShown,
    TableTransferred,
)

_SHOWN_STEPS = 12
_SHOWN_PARTS = 8
_PER_SECOND = 8


class LiveScreen:
    """Running steps with their progress at the bottom; everything else scrolls above.

    Nothing of the user's text is read as markup: all of it is given to rich as `Text`.
    brief: the report at the end has no times of steps, and finished steps leave no line.
    """

    def __init__(
        self,
        out: Out,
        console: Console | None = None,
        clock: Callable[[], float] = time.monotonic,
        *,
        brief: bool = False,
    ) -> None:
        self._clock = clock
        self._brief = brief
        self._summary = RunSummary(clock)
        self._spinners: dict[int, Spinner] = {}
        self._began = clock()
        self.console = console or Console(
            file=out.stream, markup=False, highlight=False, emoji=False
        )
        self._live = Live(
            console=self.console,
            get_renderable=self._draw,
            refresh_per_second=_PER_SECOND,
            transient=True,
        )

    def on(self, envelope: Envelope) -> None:
        """Draw one event."""
        event = envelope.event
        self._summary.add(event)
        match event:
            case RunStarted():
                self._began = self._clock()
                self._live.start(refresh=True)
            case RunFinished():
                self._live.stop()
            case _:
                for line in self._lines(event):
                    self.console.print(line)

    def close(self) -> None:
        """End the live part and print the report."""
        self._live.stop()
        for style, text in report(self._summary, self.console.width, brief=self._brief):
            self.console.print(Text(text, style=style), soft_wrap=True)

    def note(self, text: str) -> None:
        """Say something that is no event."""
        self.console.print(Text(text, style="yellow"), soft_wrap=True)

    def error(self, text: str) -> None:
        """Show a rendered error."""
        head, _, rest = text.partition("\n")
        self.console.print(Text(head, style="bold red"), soft_wrap=True)
        if rest:
            self.console.print(Text(rest), soft_wrap=True)

    def _lines(self, event: Event) -> list[Text]:
        match event:
            case StepFinished() | StepFailed() if self._brief:
                return []
            case StepFinished(step=step) if self._summary.kind(step) not in DEFINITIONS:
                return [self._step_line("✓", "green", step, finished_text(event))]
            case StepFailed(step=step):
                failed = self._summary.steps[step].state == "failed"
                sign, style = ("✗", "bold red") if failed else ("■", "yellow")
                return [self._step_line(sign, style, step, show.headline(event.error))]
            case StepLog():
                style = "dim" if event.stream == "stdout" else "yellow"
                source = Text(f"  {show.clean(event.source)} │ ", style="cyan")
                return [source + Text(show.clean(event.text), style=style)]
            case TableTransferred():
                return [Text(f"⇄ {transferred_text(event)}", style="magenta")]
            case ModelPublished():
                return [Text(f"● model {model_text(event)}", style="bold green")]
            case Notice():
                style = "yellow" if event.level == "warning" else "dim"
                return [Text(f"• {show.clean(event.text)}", style=style)]
            case TableShown() if event is not self._summary.last:
                return [Text(text) for text in show.table(event, self.console.width)]
            case _:
                return []

    def _step_line(self, sign: str, style: str, step: int, text: str) -> Text:
        shown = self._summary.steps[step]
        line = Text(f"{sign} ", style=style)
        line.append(f"{shown.kind:<11} ", style="bold")
        line.append(show.clean(shown.label), style="not bold default")
        line.append(f"  {show.clean(text)}", style="dim" if sign == "✓" else style)
        return line

    def _draw(self) -> RenderableType:
        running = self._summary.running()
        rows = Table.grid(padding=(0, 1))
        for step in running[:_SHOWN_STEPS]:
            rows.add_row(*self._running_row(step))
            for name, part in list(step.parts.items())[:_SHOWN_PARTS]:
                rows.add_row(*_part_row(name, part))
            if (more := len(step.parts) - _SHOWN_PARTS) > 0:
                rows.add_row(Text(""), Text(""), Text(f"and {more} more", style="dim"))
        more = len(running) - _SHOWN_STEPS
        done, total = self._summary.count("done"), len(self._summary.steps)
        head = f"{done} of {total} steps done, {show.seconds(self._clock() - self._began)}"
        if more > 0:
            head += f", {more} more running"
        return Group(*([rows] if running else []), Text(head, style="dim"))

    def _running_row(self, step: StepState) -> tuple[RenderableType, ...]:
        spinner = self._spinners.setdefault(step.id, Spinner("dots", style="cyan"))
        room = max(20, self.console.width - 60)
        progress = step.progress
        counted: RenderableType = Text("")
        if progress is not None and progress.total and progress.done is not None:
            counted = ProgressBar(total=progress.total, completed=progress.done, width=16)
        return (
            spinner,
            Text(step.kind, style="bold"),
            Text(show.fit(show.clean(step.label), room)),
            counted,
            Text("" if progress is None else show.fit(whole_text(progress), 32)),
            Text(took_text(step, self._clock()), style="dim"),
        )


def _part_row(name: str, part: StepProgress) -> tuple[RenderableType, ...]:
    share = part.share or 0.0
    said = show.clean(part.message).removeprefix(name).removeprefix(": ")
    return (
        Text(""),
        Text(""),
        Text(show.clean(name)),
        ProgressBar(total=1.0, completed=share, width=16),
        Text(show.fit(f"{share:.0%} {said}".rstrip(), 32)),
        Text(""),
    )

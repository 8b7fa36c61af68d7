"""What the events of a run add up to: the state of each step, the models, the last table."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

from plait.console import text as show
from plait.events import (
    Event,
    ModelPublished,
    RunFinished,
    RunStarted,
    StepFailed,
    StepFinished,
    StepProgress,
    StepStarted,
    TableShown,
)

State = Literal["not run", "running", "done", "failed", "stopped"]
# Steps that only define something: that they begin is not worth a line.
_TELLING_SHARE = 0.05  # of a step, from which on it shows how long it will take
_TELLING_SECONDS = 2.0
DEFINITIONS = frozenset({"setconf", "read", "query", "show", "preview"})


@dataclass(slots=True)
class StepState:
    """What is known of one step.

    began: seconds on the summary's clock. seconds: how long it took, once it has ended.
    progress: the last that was said. parts: the last of each part, by its name. moved: seconds on
    the clock when it first said how far it is.
    """

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
    parts: dict[str, StepProgress] = field(default_factory=dict)
    moved: float | None = None

    def take(self, event: StepProgress, now: float) -> None:
        """Keep how far the step is. now: seconds on the clock."""
        self.progress = event
        self.moved = now if self.moved is None else self.moved
        if event.part:
            self.parts[event.part] = event

    def expected_seconds(self, now: float) -> float | None:
        """How long the step will have taken in all, by what is done; None while that says little.

        now: seconds on the clock.
        """
        if self.progress is None or self.moved is None or not self.progress.total:
            return None
        share = (self.progress.done or 0.0) / self.progress.total
        if share < _TELLING_SHARE or now - self.moved < _TELLING_SECONDS:
            return None
        return now - self.began + (now - self.moved) * max(0.0, 1 - share) / share


@dataclass(slots=True)
class RunSummary:
    """What a run's events add up to.

    steps: by id. last: the table that is printed at the end. end: None while the run goes on.
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
                self._started(event)
            case StepProgress(step=number) if number in self.steps:
                self.steps[number].take(event, self.clock())
            case StepFinished() | StepFailed():
                self._ended(event)
            case ModelPublished():
                self.models.append(event)
            case TableShown() if self.kind(event.step) == "preview":
                self.last = event
            case RunFinished():
                self._over(event)
            case _:
                pass

    def _started(self, event: StepStarted) -> None:
        step = self.steps.setdefault(event.step, StepState(event.step, event.kind, event.label))
        step.state, step.engine, step.began = "running", event.engine, self.clock()

    def _ended(self, event: StepFinished | StepFailed) -> None:
        step = self.steps.setdefault(event.step, StepState(event.step, "step", ""))
        step.seconds = event.seconds
        if isinstance(event, StepFinished):
            step.state, step.rows, step.summary = "done", event.rows, event.summary
        else:
            cancelled = show.headline(event.error).startswith("cancelled error")
            step.state = "stopped" if cancelled else "failed"

    def _over(self, event: RunFinished) -> None:
        self.end = event
        for step in self.running():
            step.state, step.seconds = "stopped", self.clock() - step.began
        if event.status == "cancelled":
            # A step that was asked to stop has not failed, whatever its engine calls that.
            for step in self.steps.values():
                step.state = "stopped" if step.state == "failed" else step.state

    def kind(self, step: int) -> str:
        """The kind of a step. step: its id."""
        return self.steps[step].kind if step in self.steps else "step"

    def running(self) -> list[StepState]:
        """Steps that have begun and not ended."""
        return [step for step in list(self.steps.values()) if step.state == "running"]

    def count(self, state: State) -> int:
        """How many steps are in a state."""
        return sum(step.state == state for step in self.steps.values())


def took_text(step: StepState, now: float) -> str:
    """`3.50 s`, or `3.50 s of about 7.10 s`. now: seconds on the summary's clock."""
    took, expected = show.seconds(now - step.began), step.expected_seconds(now)
    return took if expected is None else f"{took} of about {show.seconds(expected)}"

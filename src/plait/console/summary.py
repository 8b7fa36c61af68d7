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
DEFINITIONS = frozenset({"setconf", "read", "query", "show", "preview"})


@dataclass(slots=True)
class StepState:
    """What is known of one step.

    began: seconds on the summary's clock. seconds: how long it took, once it has ended.
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
                self.steps[number].progress = event
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

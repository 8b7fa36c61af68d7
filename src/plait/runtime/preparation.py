"""What several steps of a run wait for, shown as a step of its own, behind those of the plan."""

from __future__ import annotations

import itertools
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from types import TracebackType

from plait.errors import PlaitError
from plait.events import Emit, StepFailed, StepFinished, StepProgress, StepStarted
from plait.plan.steps import Plan


def numbers_after(plan: Plan) -> Iterator[int]:
    """Numbers of steps that the plan does not have."""
    return itertools.count(max((step.id for step in plan.steps), default=0) + 1)


@dataclass(slots=True)
class Preparation:
    """A context manager around the preparation. Shown is only what has begun: see `begin`.

    number: of the step. line: of the script, that asks for it.
    """

    emit: Emit
    number: int
    kind: str
    label: str
    engine: str
    line: int
    _begun: float | None = field(default=None, init=False)

    def begin(self) -> None:
        """Say that there is something to do, once."""
        if self._begun is None:
            self._begun = time.monotonic()
            self.emit(StepStarted(self.number, self.kind, self.label, self.line, self.engine))

    def progress(self, message: str, done: float | None, total: float | None) -> None:
        """Say how far it is; begins it."""
        self.begin()
        self.emit(StepProgress(self.number, message, done, total))

    def __enter__(self) -> Preparation:
        return self

    def __exit__(
        self, _: type[BaseException] | None, error: BaseException | None, __: TracebackType | None
    ) -> None:
        if self._begun is None:
            return
        seconds = time.monotonic() - self._begun
        if error is None:
            self.emit(StepFinished(self.number, seconds))
        else:
            text = error.render() if isinstance(error, PlaitError) else str(error)
            self.emit(StepFailed(self.number, text, seconds))

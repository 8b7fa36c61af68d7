"""Whether executors have a Python that can carry tables, known before anything heavy runs."""

from __future__ import annotations

from collections.abc import Iterable

from plait.errors import ExecutorPythonError
from plait.events import Notice
from plait.exchange.sides import Sides
from plait.exchange.strategy import asked_method
from plait.plan.steps import Exchange


def check_python(sides: Sides, steps: Iterable[Exchange]) -> list[ExecutorPythonError]:
    """The errors of direct transfers that are asked for and cannot be had.

    steps: the transfers that may go directly; without one, no executor is asked. Where plait
    chooses the method the run goes on through the lake, and a warning says so. Raises
    PlaitError when the engine does not answer.
    """
    asked = {step.id: (step, asked_method(step, sides.settings)) for step in steps}
    incompatible = sides.direct.incompatible_python(sides.engine) if asked else None
    if incompatible is None:
        return []
    if any(method == "auto" for _, method in asked.values()):
        todo = f" ({incompatible.hint})" if incompatible.hint else ""
        text = f"{incompatible.message}; large tables are transferred through the lake{todo}"
        sides.emit(Notice(text, level="warning"))
    return [refused(incompatible, step) for step, method in asked.values() if method == "direct"]


def refused(incompatible: ExecutorPythonError, step: Exchange) -> ExecutorPythonError:
    """The error of a transfer that asks for the direct method all the same."""
    return ExecutorPythonError(
        f'exchange="direct" was asked for, but {incompatible.message}',
        span=step.span,
        engine=incompatible.engine,
        cause=incompatible.cause,
        hint=f"{incompatible.hint}; or leave the choice of the method to plait",
    )

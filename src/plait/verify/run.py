"""The runs of a verification: the script on one engine, as far as it comes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from plait.errors import CancelledError, PlaitError
from plait.events import Event, ModelPublished, StepFailed, StepFinished
from plait.plan.explain import late_tables
from plait.plan.steps import Apply, Fit, Plan, Step, TableRef
from plait.session import Session
from plait.table import Table
from plait.verify.plan import left_out, only, without_training

if TYPE_CHECKING:
    import pyarrow as pa


@dataclass(slots=True)
class Run:
    """How far one engine came with a plan.

    versions: what each training published, by its step's id. ended: the step that failed,
    and why. left_out: id → why a step was not run, because another engine's run ended.
    """

    session: Session
    name: str
    plan: Plan
    finished: set[int] = field(default_factory=set)
    versions: dict[int, int] = field(default_factory=dict)
    ended: tuple[Step, str] | None = None
    left_out: Mapping[int, str] = field(default_factory=dict)

    def go(self, file: str) -> None:
        """Run the plan. Raises what comes before any step fails, and a training's failure."""
        failed: list[int] = []

        def on_event(event: Event) -> None:
            match event:
                case StepFinished(step=number):
                    self.finished.add(number)
                case StepFailed(step=number):
                    failed.append(number)
                case ModelPublished(step=number, version=version):
                    self.versions[number] = version
                case _:
                    pass

        try:
            self.session.perform(self.plan, file, on_event=on_event)
        except CancelledError:
            raise
        except PlaitError as error:
            step = next((s for s in self.plan.steps if s.id in failed[:1]), None)
            if step is None or isinstance(step, Fit):
                raise
            self.ended = (step, error.message)

    def rows(self, ref: TableRef) -> pa.Table | str:
        """All rows of a table, or why the engine fails."""
        if self.ended is not None and not self._made(ref):
            return f"line {self.ended[0].span.line} fails: {self.ended[1]}"
        try:
            return Table(ref.name, self.session, ref).to_arrow()
        except PlaitError as error:
            return error.message

    def missed(self, ref: TableRef) -> str:
        """Why there is no table that a failure here has nothing to do with, or ''."""
        for step in self.plan.steps:
            if step.id in self.left_out and ref in step.outputs:
                return self.left_out[step.id]
        if self.ended is None or self._made(ref) or _depends(self.plan, ref, self.ended[0]):
            return ""
        return f"the run on {self.name} ended before it was made"

    def _made(self, ref: TableRef) -> bool:
        """Whether the engine has the table: from a step, or since the plan was checked."""
        makers = [step.id for step in self.plan.steps if ref in step.outputs]
        return self.finished.issuperset(makers) or ref not in late_tables(self.plan)


def run_both(first: Run, second: Run, file: str) -> None:
    """Run the script on one engine, then on the other with what the first one has trained.

    Both use one Ray: the second session finds that this process has one already.
    """
    first.go(file)
    plan, nothing = second.plan, f"the run on {first.name} ended before it"
    untrained = {
        step.id: nothing
        for step in plan.steps
        if (isinstance(step, Fit) and step.id not in first.finished)
        or (isinstance(step, Apply) and step.fitted_by not in (None, *first.versions))
    }
    for step in plan.steps:
        if isinstance(step, Fit) and step.id not in untrained:
            for ref in step.outputs:
                second.session.hold(ref, Table(ref.name, first.session, ref).to_arrow())
    second.left_out = left_out(plan, untrained)
    runs = only(plan, lambda step: step.id not in second.left_out)
    whole, second.plan = second.plan, without_training(runs, first.versions)
    second.go(file)
    second.plan = whole


def _depends(plan: Plan, ref: TableRef, on: Step) -> bool:
    """Whether a table is made of what a step leaves, or after it."""
    later, made = {on.id}, set(on.outputs)
    for step in plan.steps:
        if later.intersection(step.after) or made.intersection(step.inputs):
            later.add(step.id)
            made.update(step.outputs)
    return ref in made

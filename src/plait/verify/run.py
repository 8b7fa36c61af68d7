"""The runs of a verification: the script on each engine, as far as it gets."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from plait.errors import CancelledError, PlaitError
from plait.events import Envelope, ModelPublished, StepFailed, StepFinished
from plait.plan.explain import late_tables
from plait.plan.steps import Apply, Fit, Plan, Step, TableRef
from plait.session import Session
from plait.verify.plan import left_out, only, without_training

if TYPE_CHECKING:
    import pyarrow as pa


@dataclass(frozen=True, slots=True)
class FailedStep:
    """The step at which a run ended, and why."""

    step: Step
    why: str


@dataclass(slots=True)
class Run:
    """How far one engine got with a plan.

    versions: the model version that each training published, by its step's id. left_out:
    step id → why it was not run: the other engine's run ended before it.
    """

    session: Session
    name: str
    plan: Plan
    finished: set[int] = field(default_factory=set)
    versions: dict[int, int] = field(default_factory=dict)
    ended: FailedStep | None = None
    left_out: Mapping[int, str] = field(default_factory=dict)

    def go(self, file: str) -> None:
        """Run the plan.

        A step that fails is noted in `ended`. Raises the error of a training, and one that
        comes before any step has failed.
        """
        failed: list[int] = []

        def on_event(envelope: Envelope) -> None:
            match envelope.event:
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
            by_number = {step.id: step for step in self.plan.steps}
            step = next((by_number[number] for number in failed if number in by_number), None)
            if step is None or isinstance(step, Fit):
                raise
            self.ended = FailedStep(step, error.message)

    def rows(self, ref: TableRef) -> pa.Table | str:
        """All rows of a table, or the sentence in which the engine fails."""
        if self.ended is not None and not self._made(ref):
            return f"line {self.ended.step.span.line} fails: {self.ended.why}"
        try:
            return self.session.table_of(ref).to_arrow()
        except PlaitError as error:
            return error.message

    def missed(self, ref: TableRef) -> str:
        """Why a table is missing for a reason other than a failure of its own; '' if it is not."""
        for step in self.plan.steps:
            if step.id in self.left_out and ref in step.outputs:
                return self.left_out[step.id]
        if self.ended is None or self._made(ref) or _depends(self.plan, ref, self.ended.step):
            return ""
        return f"the run on {self.name} ended before it was made"

    def _made(self, ref: TableRef) -> bool:
        """Whether the engine has the table: a step made it, or the check of the plan did."""
        makers = [step.id for step in self.plan.steps if ref in step.outputs]
        return self.finished.issuperset(makers) or ref not in late_tables(self.plan)


def run_both(first: Run, second: Run, file: str) -> None:
    """Run the script on one engine, then on the other with the models that the first trained.

    Both use one Ray: the second session finds the one that this process has started. Raises
    what `Run.go` raises.
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
                second.session.give(ref, first.session.table_of(ref).to_arrow())
    second.left_out = left_out(plan, untrained)
    runs = only(plan, lambda step: step.id not in second.left_out)
    whole, second.plan = second.plan, without_training(runs, first.versions)
    second.go(file)
    second.plan = whole


def _depends(plan: Plan, ref: TableRef, on: Step) -> bool:
    """Whether a table is made from the outputs of a step, or has to come after it."""
    later, made = {on.id}, set(on.outputs)
    for step in plan.steps:
        if later.intersection(step.after) or made.intersection(step.inputs):
            later.add(step.id)
            made.update(step.outputs)
    return ref in made

"""What a verification runs: the script's plan with scratch locations for all that it writes.

The plan is data, so the steps are changed, not how they are run. What a script saves goes
below a scratch folder, at the same path there, and what it loads of that comes from there.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace

from plait.plan.locations import Location, LocationIndex, PathTarget, split_pattern
from plait.plan.materialization import WHOLE, outlive_sources
from plait.plan.steps import (
    Apply,
    Exchange,
    Execute,
    Fit,
    Plan,
    Preview,
    Read,
    SetConf,
    Show,
    Step,
    TableRef,
    Write,
)
from plait.storage.paths import AnyPath


@dataclass(frozen=True, slots=True)
class Scratch:
    """A folder below which one engine's run writes instead of where the script says."""

    root: AnyPath

    def file(self, path: str) -> str:
        """Where a path of the script is in the scratch folder; the result is always in it."""
        pattern = split_pattern(path)[1].rstrip("/")
        folder = self.at(Location.of(path))
        return f"{folder}/{pattern}" if pattern else folder

    def at(self, location: Location) -> str:
        """Where a location is in the scratch folder."""
        folder = str(location).replace("://", "/").strip("/")
        return f"{self.root}/files/{folder}".rstrip("/")


@dataclass(frozen=True, slots=True)
class Needed:
    """A location that a step finds as it was before the script ran. step: its id."""

    step: int
    location: Location


@dataclass(frozen=True, slots=True)
class Uses:
    """What a plan finds in files and tables, and what it changes there.

    needed: what has to be in the scratch folder before the run. reread: ids of the loads that
    read what the script has written. replaced: locations of which the script keeps nothing.
    changes_lake: whether it changes any table or database.
    """

    needed: tuple[Needed, ...]
    reread: frozenset[int]
    replaced: frozenset[Location]
    written: LocationIndex
    changes_lake: bool


def uses_of(plan: Plan, lake: Location) -> Uses:
    """What the plan finds and changes, except for models. lake: the root of its tables."""
    written, made = LocationIndex(), set[Location]()
    reread, replaced = set[int](), set[Location]()
    needed: list[Needed] = []
    changes_lake = False
    for step in plan.steps:
        if step.engine != "data" or not defines_or_writes(step):
            continue
        of_file = isinstance(step, Read) and isinstance(step.source, PathTarget)
        for location in step.reads:
            again = bool(written.touching(location))
            if again:
                reread.add(step.id)
            if (again or not of_file) and not _inside(location, made):
                needed.append(Needed(step.id, location))
        for location in step.writes:
            if not _inside(location, made):
                if _adds(step):
                    needed.append(Needed(step.id, location))
                else:
                    replaced.add(location)
            made.add(location)
            written.add(location, step.id)
        changes_lake = changes_lake or (isinstance(step, Execute) and step.database is not None)
    changes_lake = changes_lake or any(location.is_in(lake) for location in made)
    return Uses(tuple(needed), frozenset(reread), frozenset(replaced), written, changes_lake)


def _inside(location: Location, others: Collection[Location]) -> bool:
    return any(location.is_in(other) for other in others)


def _adds(step: Step) -> bool:
    """Whether a step keeps, or looks at, what is where it writes."""
    return isinstance(step, Write) and (step.mode not in WHOLE or step.by_position)


# --- what is left out, and why ------------------------------------------------------------------


def left_out(plan: Plan, causes: Mapping[int, str]) -> dict[int, str]:
    """Step id → why it is not run: its own cause, or a step before it that is not run."""
    why = dict(causes)
    first = {step.id: step for step in plan.steps if step.id in causes}
    makers: dict[TableRef, int] = {}
    for step in plan.steps:
        before = [*step.after, *(makers[ref] for ref in step.inputs if ref in makers)]
        makers.update(dict.fromkeys(step.outputs, step.id))
        cause = next((first[one] for one in before if one in first), None)
        # A setting or a command waits for all that is before it, and needs none of it.
        if cause is not None and step.id not in why and not isinstance(step, (SetConf, Execute)):
            first[step.id] = cause
            reason = causes[cause.id]
            why[step.id] = (
                f"it depends on line {cause.span.line} ({cause.kind}), which is not run: {reason}"
            )
    return why


def results_of_training(plan: Plan) -> frozenset[TableRef]:
    """The tables that trainings name, as the data engine has them."""
    return frozenset(
        TableRef(ref.name, ref.version)
        for step in plan.steps
        if isinstance(step, Fit)
        for ref in step.outputs
    )


# --- the plan that runs -------------------------------------------------------------------------


def only(plan: Plan, keeps: Callable[[Step], bool]) -> Plan:
    """The plan with the steps that are kept, none of which waits for another."""
    kept = [step for step in plan.steps if keeps(step)]
    ids = {step.id for step in kept}
    return Plan(tuple(replace(s, after=tuple(i for i in s.after if i in ids)) for s in kept))


def defines_or_writes(step: Step) -> bool:
    """Whether a step defines or changes something, and does not only show it."""
    shows = isinstance(step, Execute) and step.action == "show"
    return bool(step.outputs) or not (shows or isinstance(step, (Show, Preview)))


def redirected(plan: Plan, reread: Collection[int], scratch: Scratch, models: Scratch) -> Plan:
    """The plan whose files, and whose models, are written below scratch folders.

    reread: as in `Uses`. Every table can be read when the plan has run.
    """

    def elsewhere(step: Step) -> Step:
        match step:
            case Write(target=PathTarget(format=name, path=path)):
                return replace(step, target=PathTarget.of(name, scratch.file(path)))
            case Read(source=PathTarget(format=name, path=path)) if step.id in reread:
                return replace(step, source=PathTarget.of(name, scratch.file(path)))
            case Fit(path=path) | Apply(path=path, fitted_by=int()):
                target = models.file(path)
                return replace(step, path=target, location=Location.of(target))
            case _:
                return step

    return Plan(outlive_sources([elsewhere(step) for step in plan.steps]))


def with_versions(plan: Plan, latest: Callable[[Apply], int]) -> Plan:
    """The plan that predicts with model versions that do not change meanwhile.

    latest: the number of the newest version at the path of a prediction, 0 for none. A version
    that the script asks for by its number may exist already or be one of its own trainings,
    which count on from the newest and, in an empty scratch folder, from nothing.
    """

    def settled(step: Step) -> Step:
        match step:
            case Apply(fitted_by=None, model_version=None):
                return replace(step, model_version=latest(step) or None)
            case Apply(fitted_by=int(), model_version=int(number)):
                newest = latest(step)
                if number <= newest:
                    return replace(step, fitted_by=None)
                return replace(step, model_version=number - newest)
            case _:
                return step

    return Plan(tuple(settled(step) for step in plan.steps))


def without_training(plan: Plan, versions: Mapping[int, int]) -> Plan:
    """The plan that predicts with what another run has trained.

    versions: the model version that each training published, by its step's id. The tables
    that a training names have to be given to the session.
    """

    def settled(step: Step) -> Step:
        match step:
            case Apply(fitted_by=int(fitted)):
                number = step.model_version or versions.get(fitted)
                return replace(step, fitted_by=None, model_version=number)
            case _:
                return step

    steps = [settled(step) for step in plan.steps if not isinstance(step, Fit)]
    read = {ref for step in steps for ref in step.inputs}
    return only(
        Plan(tuple(steps)),
        lambda s: not (isinstance(s, Exchange) and s.to == "ray") or s.outputs[0] in read,
    )

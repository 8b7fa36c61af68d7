"""What a verification runs: the plan of the script, with whatever it writes led elsewhere.

The plan is data, so this is done by other steps and not by another way of running them. All
that a script saves goes below a scratch folder, at the same path there, and what it loads of
that comes from there.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace

from plait.plan.locations import Location, LocationIndex, PathTarget, TableTarget, split_pattern
from plait.plan.materialization import WHOLE, outlive_sources
from plait.plan.steps import (
    Apply,
    Exchange,
    Execute,
    Fit,
    Plan,
    Preview,
    Query,
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
    """A folder that stands for the whole world in which one engine's run writes."""

    root: AnyPath

    @property
    def lake(self) -> AnyPath:
        """The lake of a script that changes its lake."""
        return self.root / "lake"

    def file(self, path: str) -> str:
        """Where a path of the script is in here; whatever it is, it is in here."""
        folder = str(Location.of(path)).replace("://", "/").strip("/")
        pattern = split_pattern(path)[1].rstrip("/")
        return "/".join(part for part in (f"{self.root}/files", folder, pattern) if part)


@dataclass(frozen=True, slots=True)
class Files:
    """What of a plan's loads and saves of files has to do with each other.

    reread: ids of the loads that read what the script has saved. needed: (id, location) of
    what has to lie in the scratch folder before, as the step adds to it or reads it too.
    replaced: locations of which the script leaves nothing that was there.
    """

    reread: frozenset[int]
    needed: tuple[tuple[int, Location], ...]
    replaced: frozenset[Location]


@dataclass(frozen=True, slots=True)
class Tables:
    """What a plan does with the tables of the lake, by `db.table` in lower case.

    changed: whether it changes any. needed: (id, table) of those that a step finds there.
    written: those that it saves or drops.
    """

    changed: bool
    needed: tuple[tuple[int, str], ...]
    written: frozenset[str]


def files_of(plan: Plan) -> Files:
    """How the loads and saves of files depend on each other and on what is there."""
    written, made = LocationIndex(), set[Location]()
    reread, replaced = set[int](), set[Location]()
    needed: list[tuple[int, Location]] = []
    for step in plan.steps:
        match step:
            case Write(target=PathTarget(location=location), mode=mode):
                if not _inside(location, made):
                    if mode in WHOLE:
                        replaced.add(location)
                    else:
                        needed.append((step.id, location))
                made.add(location)
                written.add(location, step.id)
            case Read(source=PathTarget(location=location)):
                if written.touching(location):
                    reread.add(step.id)
                    if not _inside(location, made):
                        needed.append((step.id, location))
            case _:
                pass
    return Files(frozenset(reread), tuple(needed), frozenset(replaced))


def _inside(location: Location, others: Collection[Location]) -> bool:
    return any(location.is_in(other) for other in others)


def tables_of(plan: Plan, lake: Collection[str]) -> Tables:
    """What the plan finds in the lake and what it changes there. lake: the tables there now."""
    changed = False
    made, written = set[str](), set[str]()
    needed: list[tuple[int, str]] = []
    for step in plan.steps:
        found = _found(step)
        needed.extend((step.id, name) for name in sorted((found & set(lake)) - made))
        gone = _changed(step, lake)
        changed = changed or bool(gone) or _changes_databases(step)
        made |= gone
        written |= gone
    return Tables(changed, tuple(needed), frozenset(written))


def _found(step: Step) -> set[str]:
    """Tables whose rows or columns a step looks at."""
    match step:
        case Read(source=TableTarget(name=name)):
            return {name.lower()}
        case Query(lake_tables=tables):
            return {table.name.lower() for table in tables}
        case Write(target=TableTarget(name=name)) if step.mode not in WHOLE or step.by_position:
            return {name.lower()}
        case _:
            return set()


def _changed(step: Step, lake: Collection[str]) -> set[str]:
    match step:
        case Write(target=TableTarget(name=name)):
            return {name.lower()}
        case Execute(action="drop_table", table=TableTarget(name=name)):
            return {name.lower()}
        case Execute(action="drop_database", database=str(database)):
            return {name for name in lake if name.startswith(f"{database.lower()}.")}
        case _:
            return set()


def _changes_databases(step: Step) -> bool:
    return isinstance(step, Execute) and step.action in ("create_database", "drop_database")


# --- what is left out, and why ------------------------------------------------------------------


def left_out(plan: Plan, causes: Mapping[int, str]) -> dict[int, str]:
    """Step id → why it is not run: for one of the `causes`, or because of a step before it."""
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
    """The tables that a training names, as the data engine has them."""
    return frozenset(
        TableRef(ref.name, ref.version)
        for step in plan.steps
        if isinstance(step, Fit)
        for ref in step.outputs
    )


# --- the plan that runs -------------------------------------------------------------------------


def only(plan: Plan, keeps: Callable[[Step], bool]) -> Plan:
    """The steps that are to be kept, none of which waits for one that is not."""
    kept = [step for step in plan.steps if keeps(step)]
    ids = {step.id for step in kept}
    return Plan(tuple(replace(s, after=tuple(i for i in s.after if i in ids)) for s in kept))


def defines_or_writes(step: Step) -> bool:
    """Whether a step leaves something, and does not only show what there is."""
    shows = isinstance(step, Execute) and step.action == "show"
    return not shows and not isinstance(step, (Show, Preview))


def redirected(plan: Plan, reread: Collection[int], scratch: Scratch, models: Scratch) -> Plan:
    """The plan whose files, and whose models, are written below scratch folders.

    reread: as in `Files`. Every table can be read when the plan has run.
    """

    def elsewhere(step: Step) -> Step:
        match step:
            case Write(target=PathTarget(format=name, path=path)):
                return replace(step, target=PathTarget.of(name, scratch.file(path)))
            case Read(source=PathTarget(format=name, path=path)) if step.id in reread:
                return replace(step, source=PathTarget.of(name, scratch.file(path)))
            case Fit(path=path) | Apply(path=path, fitted_by=int()):
                there = models.file(path)
                return replace(step, path=there, location=Location.of(there))
            case _:
                return step

    return Plan(outlive_sources([elsewhere(step) for step in plan.steps]))


def with_versions(plan: Plan, latest: Callable[[Apply], int]) -> Plan:
    """The plan that predicts with model versions that do not change meanwhile.

    latest: the number of the newest version at the path of a prediction, 0 for none. A version
    that the script asks for by its number may be there already or be one of its own trainings,
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

"""`plait verify`: one script on both data engines, and every table of it compared.

The script really runs, first on Spark and then on Sail, but what it saves, trains and does to
the lake goes to a scratch folder that is gone afterwards. A training runs once, and both
engines predict with its model, so that the engines are compared and not two trainings.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from plait.config import Settings
from plait.data import choose
from plait.data.catalog import LakeCatalog
from plait.errors import (
    AnalysisError,
    CancelledError,
    CapabilityError,
    PlaitError,
    ScriptErrors,
    UsageError,
)
from plait.plan.explain import late_tables
from plait.plan.steps import Fit, Materialize, Plan, Step, TableRef, kind
from plait.runtime.events import Event, ModelPublished, StepFailed, StepFinished
from plait.session import Session
from plait.storage import Storage
from plait.table import Table
from plait.verify_compare import Compared, compared
from plait.verify_plan import (
    Scratch,
    defines_or_writes,
    left_out,
    only,
    redirected,
    results_of_training,
    with_versions,
    without_training,
)
from plait.verify_report import Verified, report
from plait.verify_scratch import fill, lake_of, newest_version, world_of

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["Verified", "report", "tolerance_of", "verify"]

Held = Callable[[], AbstractContextManager[None]]


@dataclass(frozen=True, slots=True)
class _Script:
    """What is run. plan: as the script has it; part: what of it runs on both engines.

    skipped: why a table of it is not compared.
    """

    file: str
    plan: Plan
    part: Plan
    skipped: dict[TableRef, str]


@dataclass(slots=True)
class _Run:
    """How far one engine came.

    ended: the step that failed, and why. versions: what each training published.
    """

    session: Session
    name: str
    plan: Plan
    finished: set[int] = field(default_factory=set)
    versions: dict[int, int] = field(default_factory=dict)
    ended: tuple[Step, str] | None = None


def verify(
    text: str,
    file: str,
    variables: dict[str, str],
    settings: Settings,
    tolerance: float = 1e-9,
    held: Held = contextlib.nullcontext,
) -> Verified:
    """Run a script on Spark and on Sail and compare all its tables.

    tolerance: how far two floating-point numbers may be apart, relative to the larger one.
    held: what lets a session be closed to its end when the user interrupts.
    Raises ScriptError for a script that is wrong, SetupError where an engine is missing, and
    what a training raises.
    """
    with _open(replace(settings, engine="spark"), held) as planner:
        plan = planner.prepare(text, file, variables).plan
        needs = _needs(plan, settings)
        if needs:
            return Verified(file, tolerance, (), needs)
        choose.make_engine("sail", settings, settings.lake_path)  # says what Sail cannot reach
        assert isinstance(planner.catalog, LakeCatalog)
        world = world_of(plan, planner.catalog, settings)
        script = _script(file, plan, world.causes)
        storage = Storage.of(settings.storage)
        part = with_versions(script.part, lambda step: newest_version(step, storage))
        root = planner.scratch("verify")
        there, here = Scratch(root / "spark"), Scratch(root / "sail")
        for scratch in (there, here):
            fill(scratch, world)
        lakes = [lake_of(scratch, world, settings) for scratch in (there, here)]
        with (
            _open(replace(settings, engine="spark", lake=lakes[0]), held) as spark,
            _open(replace(settings, engine="sail", lake=lakes[1]), held) as sail,
        ):
            runs = (
                _Run(spark, "Spark", redirected(part, world.files.reread, there, there)),
                _Run(sail, "Sail", redirected(part, world.files.reread, here, there)),
            )
            refused = _refused(runs, file)
            if refused:
                return Verified(file, tolerance, (), refused)
            _run_both(runs, file)
            return Verified(file, tolerance, tuple(_tables(script, runs, tolerance)))


@contextlib.contextmanager
def _open(settings: Settings, held: Held) -> Iterator[Session]:
    """A session that is closed whatever happens."""
    session = Session(settings)
    try:
        yield session
    finally:
        with held():
            session.close()


def _script(file: str, plan: Plan, causes: Mapping[int, str]) -> _Script:
    out = left_out(plan, causes)
    skipped = {ref: out[step.id] for step in plan.steps if step.id in out for ref in step.outputs}
    once = dict.fromkeys(results_of_training(plan), "it tells of one training, which runs once")
    part = only(plan, lambda step: step.id not in out and defines_or_writes(step))
    return _Script(file, plan, part, once | skipped)


def _needs(plan: Plan, settings: Settings) -> tuple[tuple[int, str], ...]:
    """What sends the script to Spark before Sail is asked."""
    try:
        choose.engine_for(plan, "sail", None, settings.time_zone)
    except CapabilityError as error:
        return (_place(error),)
    except ScriptErrors as errors:
        return tuple(_place(error) for error in errors.errors)
    return ()


def _refused(runs: tuple[_Run, _Run], file: str) -> tuple[tuple[int, str], ...]:
    """What Sail's own analysis refuses; whether it is wrong for Spark too is raised."""
    spark, sail = runs
    queries = [only(run.plan, lambda step: not isinstance(step, Fit)) for run in runs]
    try:
        sail.session.define(queries[1], file)
    except (AnalysisError, CapabilityError) as error:
        refused: tuple[PlaitError, ...] = (error,)
    except ScriptErrors as errors:
        refused = tuple(errors.errors)
    else:
        return ()
    spark.session.define(queries[0], file)
    return tuple(_place(error) for error in refused)


def _place(error: PlaitError) -> tuple[int, str]:
    return (error.span.line if error.span is not None else 0, error.message)


# --- running ------------------------------------------------------------------------------------


def _run_both(runs: tuple[_Run, _Run], file: str) -> None:
    """Run the script on Spark, and on Sail with the models and results of its trainings.

    Both use one Ray: the second session finds that this process has one already.
    """
    spark, sail = runs
    _run(spark, file)
    for step in spark.plan.steps:
        if isinstance(step, Fit) and step.id in spark.finished:
            for ref in step.outputs:
                sail.session.hold(ref, Table(ref.name, spark.session, ref).to_arrow())
    sail.plan = without_training(sail.plan, spark.versions)
    _run(sail, file)


def _run(run: _Run, file: str) -> None:
    """Run one plan, as far as it comes. Raises what comes before or instead of a step's
    failure, and the failure of a training.
    """
    steps = {step.id: step for step in run.plan.steps}
    failed: list[Step] = []

    def on_event(event: Event) -> None:
        match event:
            case StepFinished(step=number):
                run.finished.add(number)
            case StepFailed(step=number):
                failed.append(steps[number])
            case ModelPublished(step=number, version=version):
                run.versions[number] = version
            case _:
                pass

    try:
        run.session.perform(run.plan, file, on_event=on_event)
    except CancelledError:
        raise
    except PlaitError as error:
        if not failed or isinstance(failed[0], Fit):
            raise
        run.ended = (failed[0], error.message)


# --- comparing ----------------------------------------------------------------------------------


def _tables(script: _Script, runs: tuple[_Run, _Run], tolerance: float) -> Iterator[Compared]:
    for step in script.plan.steps:
        for ref in step.outputs:
            if ref.side != "data" or isinstance(step, Materialize):
                continue
            here = Compared(ref.name, step.span.line, "skipped")
            why = script.skipped.get(ref) or next(
                filter(None, (_too_late(r, ref) for r in runs)), ""
            )
            if why:
                yield replace(here, why=why)
            else:
                spark, sail = runs
                yield compared(here, _rows(spark, ref), _rows(sail, ref), tolerance)


def _made(run: _Run, ref: TableRef) -> bool:
    """Whether the engine has the table: from a step, or since the plan was checked."""
    makers = [step.id for step in run.plan.steps if ref in step.outputs]
    return run.finished.issuperset(makers) or ref not in late_tables(run.plan)


def _too_late(run: _Run, ref: TableRef) -> str:
    """Why a table was not made that has nothing to do with the step that failed, or ''."""
    if run.ended is None or _made(run, ref) or _depends(run.plan, ref, run.ended[0]):
        return ""
    step, why = run.ended
    return f"the run on {run.name} ended at line {step.span.line} ({kind(step)}): {why}"


def _depends(plan: Plan, ref: TableRef, on: Step) -> bool:
    """Whether a table is made of what a step leaves, or after it."""
    later, made = {on.id}, set(on.outputs)
    for step in plan.steps:
        if later.intersection(step.after) or made.intersection(step.inputs):
            later.add(step.id)
            made.update(step.outputs)
    return ref in made


def _rows(run: _Run, ref: TableRef) -> pa.Table | str:
    """All rows of a table, or why the engine fails."""
    if run.ended is not None and not _made(run, ref):
        return f"line {run.ended[0].span.line} fails: {run.ended[1]}"
    try:
        return Table(ref.name, run.session, ref).to_arrow()
    except PlaitError as error:
        return error.message


def tolerance_of(text: str) -> float:
    """The option's value. Raises UsageError for what is no tolerance."""
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 <= value < 1:
        raise UsageError(f"--tolerance takes a number from 0 to 1, not '{text}'")
    return value

"""`plait verify`: one script on both data engines, and every table of it compared.

The script really runs, first on Spark and then on Sail, but what it saves, trains and does to
the lake goes to a scratch folder that is removed afterwards. A training runs once, and both
engines predict with its model, so that the engines are compared and not two trainings.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace

from plait.engines import routing
from plait.errors import (
    AnalysisError,
    CapabilityError,
    PlaitError,
    ScriptErrors,
    UsageError,
)
from plait.plan.steps import Fit, Materialize, Plan, TableRef
from plait.session import Session
from plait.settings import Settings
from plait.storage.credentials import Storage
from plait.verify.compare import Compared, compared
from plait.verify.plan import (
    Scratch,
    defines_or_writes,
    left_out,
    only,
    redirected,
    results_of_training,
    with_versions,
)
from plait.verify.report import EarlyEnd, Refusal, Verified
from plait.verify.run import Run, run_both
from plait.verify.scratch import World, fill, lake_of, newest_version, world_of

DeferInterrupts = Callable[[], AbstractContextManager[None]]


@dataclass(frozen=True, slots=True)
class _Script:
    """What is run. plan: the whole script's; part: the steps that run on both engines.

    skipped: why a table is not compared.
    """

    plan: Plan
    part: Plan
    skipped: dict[TableRef, str]


def verify(
    text: str,
    file: str,
    variables: dict[str, str],
    settings: Settings,
    tolerance: float = 1e-9,
    defer_interrupts: DeferInterrupts = contextlib.nullcontext,
) -> Verified:
    """Run a script on Spark and on Sail and compare all its tables.

    tolerance: how far two floating-point numbers may be apart, relative to the larger one.
    defer_interrupts: keeps Ctrl-C away while a session is being closed.
    Raises ScriptError for a script that is wrong, SetupError where an engine is missing,
    UsageError for settings that Sail cannot use, DataError for files that cannot be copied,
    and what a training raises.
    """
    with _open(replace(settings, engine="spark"), defer_interrupts) as planner:
        plan = planner.prepare(text, file, variables).plan
        if needs := _needs_spark(plan, settings):
            return Verified(file, tolerance, (), needs)
        routing.require_reach_of_sail(settings)
        world = world_of(plan, planner.catalog.databases(), settings)
        script = _script(plan, world.causes, Storage.of(settings.storage))
        root = planner.scratch("verify")
        scratches = Scratch(root / "spark"), Scratch(root / "sail")
        for scratch in scratches:
            fill(scratch, world)
        with _runs(script.part, scratches, world, settings, defer_interrupts) as runs:
            if refused := _refused(runs, file):
                return Verified(file, tolerance, (), refused)
            run_both(*runs, file)
            tables = tuple(_tables(script, runs, tolerance))
            return Verified(file, tolerance, tables, ended=_ended(runs))


@contextlib.contextmanager
def _runs(
    plan: Plan,
    scratches: tuple[Scratch, Scratch],
    world: World,
    settings: Settings,
    defer_interrupts: DeferInterrupts,
) -> Iterator[tuple[Run, Run]]:
    """A session on each engine, and what it is to run; both find the models of the first."""
    on_spark, on_sail = scratches
    lakes = [lake_of(scratch, world, settings) for scratch in scratches]
    reread = world.uses.reread
    with (
        _open(replace(settings, engine="spark", lake=lakes[0]), defer_interrupts) as spark,
        _open(replace(settings, engine="sail", lake=lakes[1]), defer_interrupts) as sail,
    ):
        yield (
            Run(spark, "Spark", redirected(plan, reread, on_spark, on_spark)),
            Run(sail, "Sail", redirected(plan, reread, on_sail, on_spark)),
        )


@contextlib.contextmanager
def _open(settings: Settings, defer_interrupts: DeferInterrupts) -> Iterator[Session]:
    """A session that is closed whatever happens."""
    session = Session(settings)
    try:
        yield session
    finally:
        with defer_interrupts():
            session.close()


def _script(plan: Plan, causes: Mapping[int, str], storage: Storage) -> _Script:
    """What is run of a plan. causes: step id → why it cannot be."""
    out = left_out(plan, causes)
    skipped = {ref: out[step.id] for step in plan.steps if step.id in out for ref in step.outputs}
    once = dict.fromkeys(
        results_of_training(plan), "it is the report of a training, which runs once"
    )
    part = only(plan, lambda step: step.id not in out and defines_or_writes(step))
    settled = with_versions(part, lambda step: newest_version(step, storage))
    return _Script(plan, settled, once | skipped)


def _needs_spark(plan: Plan, settings: Settings) -> tuple[Refusal, ...]:
    """What Sail is known not to do, without asking Sail."""
    return tuple(_refusal(error) for error in routing.refused_by_sail(plan, settings))


def _refused(runs: tuple[Run, Run], file: str) -> tuple[Refusal, ...]:
    """What Sail's own analysis refuses. Raises ScriptError for what Spark refuses too."""
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
    return tuple(_refusal(error) for error in refused)


def _refusal(error: PlaitError) -> Refusal:
    return Refusal(error.span.line if error.span is not None else 0, error.message)


# --- comparing ----------------------------------------------------------------------------------


def _tables(script: _Script, runs: tuple[Run, Run], tolerance: float) -> Iterator[Compared]:
    for step in script.plan.steps:
        for ref in step.outputs:
            if ref.side != "data" or isinstance(step, Materialize):
                continue
            table = Compared(ref.name, step.span.line, "skipped")
            whys = [script.skipped.get(ref), *(run.missed(ref) for run in runs)]
            if why := next(filter(None, whys), None):
                yield replace(table, why=why)
            else:
                spark, sail = (run.rows(ref) for run in runs)
                yield compared(table, spark, sail, tolerance)


def _ended(runs: tuple[Run, Run]) -> tuple[EarlyEnd, ...]:
    """The runs that did not reach the script's end."""
    return tuple(
        EarlyEnd(run.name, run.ended.step.span.line, run.ended.why)
        for run in runs
        if run.ended is not None
    )


def tolerance_of(text: str) -> float:
    """The value of `--tolerance`. Raises UsageError unless it is from 0 to 1."""
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 <= value < 1:
        raise UsageError(f"--tolerance takes a number from 0 to 1, not '{text}'")
    return value

"""Everything that can be known to be wrong before anything heavy runs."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from itertools import chain

from plait.errors import (
    CapabilityError,
    DataError,
    EnvironmentBuildError,
    ModelError,
    PlaitError,
    ScriptError,
    raise_all,
)
from plait.events import Notice
from plait.plan.explain import late_tables
from plait.plan.python_alg import PythonProgram
from plait.plan.python_code import imported_modules
from plait.plan.steps import (
    Apply,
    Execute,
    Fit,
    Query,
    Read,
    Remark,
    SetConf,
    Step,
    TableRef,
    Write,
)
from plait.runtime import ml_steps, sql_steps
from plait.runtime.ahead import Ahead, ahead
from plait.runtime.exchange_steps import check_executors
from plait.runtime.findings import all_wrong
from plait.runtime.planning import planning_errors
from plait.runtime.positions import place
from plait.runtime.state import RunState


def check(ctx: RunState, *, thorough: bool = False) -> None:
    """Check the whole plan: sources, targets, resources, models, environments, SQL, executors.

    Every table whose schema can be known is defined in the engine, which analyses its
    query; nothing of the script is computed or built. All errors are collected and raised
    together, as ScriptErrors; one alone is raised as it is.

    thorough: whether the engine also plans what will be computed, which can find wrong types; it
    does so anyway before a training or a prediction.
    """
    errors: list[PlaitError] = []
    broken: set[TableRef] = set()
    late = [remark for remark in ctx.plan.remarks if remark.late is not None]
    _warn(ctx, (remark for remark in ctx.plan.remarks if remark.late is None))
    for step in ctx.plan.steps:
        if not _collect(errors, step, partial(_check_step, ctx, step)):
            broken.update(step.outputs)
    _define_all(ctx, errors, broken, whole=True)
    with ahead(ctx) as outlook:
        errors += outlook.errors
        _warn(ctx, (r for r in late if r.late not in outlook.read), outlook.remarks)
        for step in ctx.plan.steps:
            _check_columns(ctx, step, outlook, errors)
    if not errors and (thorough or any(step.engine == "ray" for step in ctx.plan.steps)):
        errors.extend(planning_errors(ctx))
    if not errors:
        errors.extend(check_executors(ctx))
    place(errors, ctx.plan)
    for error in errors:
        # Nothing has run: whatever is wrong, it is the script or what it names.
        error.exit_code = ScriptError.exit_code
    raise_all(errors)


def _warn(ctx: RunState, *remarks: Iterable[Remark]) -> None:
    for remark in chain(*remarks):
        ctx.emit(Notice(str(remark), level="warning"))


def _check_columns(ctx: RunState, step: Step, outlook: Ahead, errors: list[PlaitError]) -> None:
    """Check that the columns of a table are those that a step needs, where they are known."""
    if not isinstance(step, (Fit, Apply, Write)):
        return
    known = outlook.of(step.inputs[0])
    view = known.view if known is not None and known.certain else None
    match step:
        case Write(partition_by=(_, *_)) if view is not None:
            _collect(errors, step, partial(sql_steps.check_partitions, ctx, step, view))
        case Write(by_position=True) if view is not None and not _changed_before(ctx, step):
            _collect(errors, step, partial(sql_steps.check_insert, ctx, step, view))
        case Fit() | Apply() if not errors:
            view = view if known is not None and (known.typed or isinstance(step, Apply)) else None
            _collect(errors, step, partial(ml_steps.check_columns, ctx, step, view))
        case _:
            pass


def analysis_errors(ctx: RunState) -> list[PlaitError]:
    """What the engine's analysis refuses in the plan, each error at its statement.

    Nothing is raised: what is wrong with the script itself is for `check` to say.
    """
    errors: list[PlaitError] = []
    try:
        _define_all(ctx, errors, set(), whole=False)
        with ahead(ctx) as outlook:
            errors += outlook.errors
    except PlaitError as error:
        return [error]
    return errors


def _collect(errors: list[PlaitError], step: Step, work: Callable[[], None]) -> bool:
    """Whether one check passed; what is wrong with the script is kept, to be shown together."""
    try:
        work()
    except (ScriptError, DataError, ModelError, EnvironmentBuildError) as error:
        errors.append(error.at(step.span))
        return False
    except PlaitError as error:
        # An engine that is gone answers no later question either.
        raise error.at(step.span) from error.__cause__
    return True


def _check_step(ctx: RunState, step: Step) -> None:
    """What one step needs from the outside world, as far as it must exist by now."""
    late = {s.id for s in ctx.plan.steps if s.publishes}
    match step:
        case Read() if not late.intersection(step.after):
            try:
                ctx.sources.find(step)
            except PlaitError as error:
                raise error.at(step.path_span) from None
        case Query() if ctx.engine.ascii_names:
            for table in step.lake_tables:
                _check_name(ctx, table.name)
        case Write():
            try:
                _check_write(ctx, step)
            except PlaitError as error:
                raise error.at(step.path_span) from None
        case Fit():
            ctx.cluster.check(step.resources, f"each group of {step.estimator}", step.span)
            ctx.environments.resolve(step.environment)
            _warn_of_imports(ctx, step)
            _check_model_path(ctx, step)
        case Apply():
            ctx.cluster.check(step.resources, "each task of predict", step.span)
            if step.fitted_by is None:
                from plait.estimators.prediction import version_of

                version_of(step, ctx.storage)
        case _:
            pass


def _warn_of_imports(ctx: RunState, step: Fit) -> None:
    """Say which modules the code imports that its environment does not seem to have."""
    if not isinstance(step.own, PythonProgram):
        return
    where = "plait's own" if step.environment is None else f"'{step.environment.name}'"
    for module, span in imported_modules(step.own.scripts):
        if ctx.environments.lacks(step.environment, module, local=ctx.cluster.local):
            text = f"the environment {where} does not seem to have the module '{module}'"
            ctx.emit(Notice(str(Remark(text, span)), level="warning"))


def _check_name(ctx: RunState, name: str) -> None:
    """Refuse a table that SQL cannot name on this engine."""
    if not name.isascii():
        raise CapabilityError(
            f"SQL on {ctx.engine.name.capitalize()} cannot name the table '{name}': it knows "
            "letters of ASCII alone",
            hint=f"load hive.`{name}` as other_name;  and select from that",
        )


def _check_model_path(ctx: RunState, step: Fit) -> None:
    from plait.models.store import ModelStore

    ModelStore(step.path, ctx.storage).check()


def _check_write(ctx: RunState, step: Write) -> None:
    """What stands at the target now matters only if no earlier step writes there."""
    if not _changed_before(ctx, step):
        sql_steps.check_write(ctx, step)


def _changed_before(ctx: RunState, step: Write) -> bool:
    """Whether an earlier step may write or drop what stands at the target now."""
    earlier = {s.id for s in ctx.plan.steps if isinstance(s, (Write, Execute))}
    return not earlier.isdisjoint(step.after)


def _define_all(
    ctx: RunState, errors: list[PlaitError], broken: set[TableRef], *, whole: bool
) -> None:
    """Define what can be defined. whole: whether all that is wrong with a query is looked for."""
    late = late_tables(ctx.plan)
    with ctx.tables.keeping_names(ctx.engine):
        _define_each(ctx, errors, broken, late, whole)


def _define_each(
    ctx: RunState,
    errors: list[PlaitError],
    broken: set[TableRef],
    late: frozenset[TableRef],
    whole: bool,
) -> None:
    for step in ctx.plan.steps:
        if not isinstance(step, (SetConf, Read, Query)):
            continue
        unusable = broken.intersection((*step.inputs, *step.outputs))
        if late.intersection(step.outputs) or unusable:
            broken.update(ref for ref in step.outputs if ref not in late)
            continue
        found: list[PlaitError] = []
        if not _collect(found, step, partial(_define, ctx, step)):
            broken.update(step.outputs)
        errors += _whole(ctx, step, found) if whole and isinstance(step, Query) else found


def _whole(ctx: RunState, step: Query, found: list[PlaitError]) -> list[PlaitError]:
    """What is wrong with a query, beyond the first finding of the engine."""
    ask = partial(sql_steps.analyse, ctx, step)
    return [each for first in found for each in all_wrong(step.sql, step.span, first, ask)]


def _define(ctx: RunState, step: Step) -> None:
    match step:
        case SetConf():
            sql_steps.set_conf(ctx, step)
        case Read():
            sql_steps.define_read(ctx, step)
        case Query():
            sql_steps.define_query(ctx, step)
        case _:
            pass

"""One run of one plan, from its first event to its last."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Literal

from plait.errors import CancelledError, PlaitError
from plait.events import Notice, RunFinished, RunStarted
from plait.plan.steps import (
    Apply,
    Assert,
    Exchange,
    Execute,
    Fit,
    Materialize,
    Preview,
    Query,
    Read,
    SetConf,
    Show,
    Step,
    Write,
)
from plait.runtime import exchange_steps, ml_steps, sql_steps
from plait.runtime.culprit import at_its_statement
from plait.runtime.order import Order
from plait.runtime.preparation import Preparation
from plait.runtime.results import StepResult
from plait.runtime.scheduler import execute
from plait.runtime.state import RunState
from plait.runtime.validation import check

# Steps that leave what others see: after one of them a run cannot begin again.
_SEEN = (Write, Execute, Fit, Show, Preview)
# Of a failure: the same run on another engine.
Elsewhere = Callable[[PlaitError], RunState | None]


def run_plan(ctx: RunState, script: str, elsewhere: Elsewhere) -> RunState:
    """Check the plan, then run it; the first failure is raised after all has stopped.

    Gives the state of the run that has ended well: `ctx`, or that of the other engine.

    elsewhere: the same run on another engine, asked for when this one has failed before anything
    was saved, trained or shown; None where the failure stands.
    """
    steps = tuple((step.id, step.kind, step.label) for step in ctx.plan.steps)
    ctx.emit(RunStarted(ctx.id, script, ctx.engine.name, steps))
    for text in ctx.notices:
        ctx.emit(Notice(text))
    began = time.monotonic()
    seconds: dict[int, float] = {}
    status: Literal["done", "failed", "cancelled"] = "failed"
    try:
        ran, seconds = _attempt(ctx, elsewhere)
        status = "done"
        return ran
    except (KeyboardInterrupt, CancelledError) as error:
        status = "cancelled"
        ctx.cancel.set()
        if isinstance(error, PlaitError):
            raise
        raise CancelledError("the run was interrupted") from None
    finally:
        total = time.monotonic() - began
        ctx.emit(RunFinished(ctx.id, status, total, tuple(sorted(seconds.items()))))


def _attempt(ctx: RunState, elsewhere: Elsewhere) -> tuple[RunState, dict[int, float]]:
    """Run the plan on its engine, or else from its beginning on another one."""
    try:
        return ctx, _checked_and_done(ctx)
    except PlaitError as error:
        seen = [step.id for step in ctx.plan.steps if isinstance(step, _SEEN)]
        stands = ctx.order is not None and ctx.order.any_ended(seen)
        other = None if stands else elsewhere(error)
        if other is None:
            raise
    ctx.cancel.clear()  # set to stop the steps beside the one that failed
    for text in other.notices:
        other.emit(Notice(text, level="warning"))
    return other, _checked_and_done(other)


def _checked_and_done(ctx: RunState) -> dict[int, float]:
    """Check the plan and do its steps; the seconds that each took, by id."""
    try:
        check(ctx)
        ctx.environments.begin()
        _start_ray_early(ctx)
        ctx.order = Order([step.id for step in ctx.plan.steps], ctx.cancel)
        return execute(
            ctx.plan,
            lambda step: _tagged(ctx, step),
            ctx.emit,
            engine=ctx.engine.name,
            cancel=ctx.cancel,
            interrupt=lambda: _interrupt(ctx),
            force=lambda: _force(ctx),
            order=ctx.order,
        )
    finally:
        ctx.environments.close()


def handle(ctx: RunState, step: Step) -> StepResult:
    """Do one step."""
    match step:
        case SetConf():
            return sql_steps.set_conf(ctx, step)
        case Read():
            return sql_steps.define_read(ctx, step)
        case Query():
            return sql_steps.define_query(ctx, step)
        case Execute():
            ctx.turn(step)
            return sql_steps.run_command(ctx, step)
        case Materialize():
            return sql_steps.materialize(ctx, step)
        case Exchange():
            return exchange_steps.exchange(ctx, step)
        case Fit():
            return ml_steps.fit(ctx, step)
        case Apply():
            return ml_steps.apply(ctx, step)
        case Write():
            return sql_steps.write(ctx, step)
        case Show() | Assert() | Preview():
            return _look(ctx, step)


def _look(ctx: RunState, step: Show | Assert | Preview) -> StepResult:
    """Do a step that shows or checks what is there."""
    match step:
        case Show():
            if step.what in ("tables", "models"):  # as they are when its turn has come
                ctx.turn(step)
            return sql_steps.show(ctx, step)
        case Assert():
            return sql_steps.check_rows(ctx, step)
        case Preview():
            return sql_steps.preview(ctx, step)


def _tagged(ctx: RunState, step: Step) -> StepResult:
    """Do one step in a thread of this run, so that an interrupt leaves other runs alone."""
    if ctx.engine.started:
        ctx.engine.session().addTag(ctx.id)
    try:
        return handle(ctx, step)
    except PlaitError as error:
        if step.lazy:
            raise
        raise at_its_statement(ctx, step, error) from error.__cause__


def _start_ray_early(ctx: RunState) -> None:
    """Let Ray start while the first tables are computed, if a step will need it."""
    if any(step.engine == "ray" for step in ctx.plan.steps):
        threading.Thread(target=_quietly, args=(ctx,), daemon=True).start()


def _quietly(ctx: RunState) -> None:
    line = next(step.span.line for step in ctx.plan.steps if step.engine == "ray")
    where = "this machine" if ctx.cluster.local else str(ctx.cluster.settings.address)
    start = Preparation(ctx.emit, next(ctx.preparations), "start", f"Ray on {where}", "ray", line)
    try:
        with start:
            if not ctx.cluster.started:
                start.begin()
            ctx.cluster.start()
    except PlaitError as error:
        # The step that needs Ray tries again, and its failure is the one that counts.
        cause = f": {error.cause.splitlines()[-1]}" if error.cause else ""
        ctx.emit(Notice(f"{error.message}{cause}; trying again", level="warning"))


def _interrupt(ctx: RunState) -> None:
    if ctx.engine.started:
        ctx.engine.interrupt(ctx.id, shared=not ctx.tables.alone(ctx.id))


def _force(ctx: RunState) -> None:
    if not ctx.tables.alone(ctx.id):
        return  # the engines serve other runs, and what did not stop ends with them
    ctx.engine.stop()
    ctx.cluster.stop()

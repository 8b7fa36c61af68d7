"""One run of one plan, from its first event to its last."""

from __future__ import annotations

import threading
import time
from typing import Literal

from plait.errors import CancelledError, PlaitError
from plait.events import Notice, RunFinished, RunStarted
from plait.plan.steps import (
    Apply,
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
from plait.runtime import ml_steps, sql_steps
from plait.runtime.results import StepResult
from plait.runtime.scheduler import execute
from plait.runtime.state import RunContext
from plait.runtime.validation import check


def run_plan(ctx: RunContext, script: str) -> None:
    """Check the plan, then run it; the first failure is raised after all has stopped."""
    steps = tuple((step.id, step.kind, step.label) for step in ctx.plan.steps)
    ctx.emit(RunStarted(ctx.run, script, ctx.engine.name, steps))
    for text in ctx.notices:
        ctx.emit(Notice(text))
    began = time.monotonic()
    seconds: dict[int, float] = {}
    status: Literal["done", "failed", "cancelled"] = "failed"
    try:
        check(ctx)
        _start_ray_early(ctx)
        seconds = execute(
            ctx.plan,
            lambda step: handle(ctx, step),
            ctx.emit,
            engine=ctx.engine.name,
            cancel=ctx.cancel,
            interrupt=lambda: _interrupt(ctx),
            force=lambda: _force(ctx),
        )
        status = "done"
    except (KeyboardInterrupt, CancelledError) as error:
        status = "cancelled"
        ctx.cancel.set()
        if isinstance(error, PlaitError):
            raise
        raise CancelledError("the run was interrupted") from None
    finally:
        ctx.environments.close()
        total = time.monotonic() - began
        ctx.emit(RunFinished(ctx.run, status, total, tuple(sorted(seconds.items()))))


def handle(ctx: RunContext, step: Step) -> StepResult:
    """Do one step."""
    match step:
        case SetConf():
            return sql_steps.set_conf(ctx, step)
        case Read():
            return sql_steps.define_read(ctx, step)
        case Query():
            return sql_steps.define_query(ctx, step)
        case Execute():
            return sql_steps.run_command(ctx, step)
        case Materialize():
            return sql_steps.materialize(ctx, step)
        case Exchange():
            return ml_steps.exchange(ctx, step)
        case Fit():
            return ml_steps.fit(ctx, step)
        case Apply():
            return ml_steps.apply(ctx, step)
        case Write():
            return sql_steps.write(ctx, step)
        case Show():
            return sql_steps.show(ctx, step)
        case Preview():
            return sql_steps.preview(ctx, step)


def _start_ray_early(ctx: RunContext) -> None:
    """Let Ray start while the first tables are computed, if a step will need it."""
    if any(step.engine == "ray" for step in ctx.plan.steps):
        threading.Thread(target=_quietly, args=(ctx,), daemon=True).start()


def _quietly(ctx: RunContext) -> None:
    try:
        ctx.cluster.start()
    except PlaitError as error:
        # The step that needs Ray tries again, and its failure is the one that counts.
        cause = f": {error.cause.splitlines()[-1]}" if error.cause else ""
        ctx.emit(Notice(f"{error.message}{cause}; trying again", level="warning"))


def _interrupt(ctx: RunContext) -> None:
    if ctx.engine.started:
        ctx.engine.interrupt()


def _force(ctx: RunContext) -> None:
    ctx.engine.stop()
    ctx.cluster.stop()

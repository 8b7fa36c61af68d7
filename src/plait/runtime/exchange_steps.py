"""The steps that carry a table from one engine to the other."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from plait.errors import ExecutorPythonError
from plait.events import Notice, TableTransferred
from plait.exchange import transfer
from plait.exchange.executor_python import check_python
from plait.exchange.sides import Sides
from plait.exchange.strategy import Choice, may_go_direct
from plait.plan.steps import Apply, Exchange, Fit, Materialize, TableRef
from plait.runtime.results import StepResult
from plait.runtime.state import RunState

Result = TypeVar("Result")


def exchange(ctx: RunState, step: Exchange) -> StepResult:
    """Carry one table; an event says by which method, how much, and how fast."""
    return _to_ray(ctx, step) if step.to == "ray" else _to_data(ctx, step)


def check_executors(ctx: RunState) -> list[ExecutorPythonError]:
    """The errors of the plan's direct transfers that executors cannot make; see `check_python`."""
    computed = {step.inputs[0] for step in ctx.plan.steps if isinstance(step, Materialize)}
    steps = []
    for step in ctx.plan.steps:
        if isinstance(step, Exchange) and step.to == "ray":
            source = step.inputs[0]
            in_lake = source in computed or ctx.tables[source].folder is not None
            if may_go_direct(step, ctx.settings.exchange, in_lake=in_lake):
                steps.append(step)
    return check_python(_sides(ctx), steps) if steps else []


def with_tables(ctx: RunState, step: Fit | Apply, work: Callable[[], Result]) -> Result:
    """Do work with the tables of a step; those that a Ray node took along are carried again."""

    def on_loss(text: str) -> None:
        ctx.emit(Notice(text, step.id, "warning"))

    return transfer.with_tables(work, step.inputs, lambda table: _again(ctx, table), on_loss)


def _again(ctx: RunState, table: TableRef) -> None:
    step = ctx.tables[table].exchange
    assert step is not None
    text = f"table '{table.name}' was lost with a Ray node; it is transferred again"
    ctx.emit(Notice(text, step.id))
    _to_ray(ctx, step)


def _to_ray(ctx: RunState, step: Exchange) -> StepResult:
    table, record = step.inputs[0], ctx.tables[step.inputs[0]]
    request = transfer.ToRay(step, record.folder, ctx.staging(table))
    went = transfer.to_ray(_sides(ctx), request)
    record.on_ray, record.exchange, record.folder = went.table, step, went.folder
    waited = f", after {went.waited_seconds:.1f} s for Ray" if went.waited_seconds > 0.1 else ""
    summary = f"{went.choice.method}{waited}"
    result = StepResult(went.table.rows, went.table.bytes, summary, went.waited_seconds)
    _report(ctx, step, table, went.choice, result, went.seconds)
    return result


def _to_data(ctx: RunState, step: Exchange) -> StepResult:
    table, record = step.outputs[0], ctx.tables[step.outputs[0]]
    request = transfer.ToData(step, record.local, record.on_ray, ctx.staging(table))
    came = transfer.to_data(_sides(ctx), request)
    record.local, record.folder = came.local, came.folder
    if came.offer is not None:
        record.offers += (came.offer,)
    ctx.tables.define(table)
    result = StepResult(came.rows, came.bytes, came.choice.method)
    _report(ctx, step, table, came.choice, result, came.seconds)
    return result


def _report(
    ctx: RunState, step: Exchange, table: TableRef, choice: Choice, result: StepResult, took: float
) -> None:
    rows, size = result.rows or 0, result.bytes or 0
    method, why = choice.method, choice.why
    ctx.emit(TableTransferred(step.id, table.name, method, why, rows, size, took))


def _sides(ctx: RunState) -> Sides:
    return Sides(
        ctx.engine,
        ctx.cluster,
        ctx.direct,
        ctx.storage,
        ctx.settings.exchange,
        ctx.emit,
        ctx.cancel,
    )

"""Wrong types that an engine finds when it plans a query, asked for before anything heavy."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from plait.errors import AnalysisError, EngineError, PlaitError
from plait.plan.steps import Query, Step, TableRef
from plait.runtime.culprit import queries_below
from plait.runtime.state import RunState


def planning_errors(ctx: RunState) -> Iterator[PlaitError]:
    """What the engine refuses when it plans what the heavy steps compute; each at its query.

    Nothing is asked of an engine whose analysis finds every wrong type.
    """
    if ctx.engine.analyses_types:
        return
    told: set[TableRef] = set()
    for step in ctx.plan.steps:
        tables = [ref for ref in step.inputs if step.heavy and ctx.tables.defined(ref)]
        for ref in tables:
            if (error := _refusal(ctx, step, ref)) is None:
                continue
            below = queries_below(ctx, [ref])
            for query in below:
                if (found := _refusal(ctx, query, query.outputs[0])) is not None:
                    error = found
                    ref = query.outputs[0]
                    break
            if ref not in told:
                told.add(ref)
                yield error


def _refusal(ctx: RunState, step: Step | Query, table: TableRef) -> PlaitError | None:
    try:
        ctx.guarded(partial(_plan, ctx, table))
    except PlaitError as error:
        if type(error) is EngineError:
            error = AnalysisError(
                error.message, engine=error.engine, cause=error.cause, hint=error.hint
            )
        return error.at(step.span)
    return None


def _plan(ctx: RunState, table: TableRef) -> None:
    """Have the engine plan a table; PySpark's public call prints the plan."""
    ctx.engine.session().table(table.view)._explain_string()

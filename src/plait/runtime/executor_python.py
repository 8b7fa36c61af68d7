"""Whether executors have a Python that can carry tables, told before anything heavy runs."""

from __future__ import annotations

from plait.errors import ExecutorPythonError
from plait.events import Notice
from plait.plan.steps import Exchange, Materialize
from plait.runtime.state import RunState


def check_python(ctx: RunState) -> list[ExecutorPythonError]:
    """The errors of crossings that ask for the direct way and cannot have it.

    Executors are asked only where a table may go directly. Where the choice of the way is
    plait's, the run goes on through the lake, and a warning says so. Raises PlaitError when
    the engine does not answer.
    """
    steps = _direct_perhaps(ctx)
    incompatible_python = ctx.direct.incompatible_python(ctx.engine) if steps else None
    if incompatible_python is None:
        return []
    if any(asked_way(ctx, step) == "auto" for step in steps):
        todo = f" ({incompatible_python.hint})" if incompatible_python.hint else ""
        text = f"{incompatible_python.message}; large tables cross through the lake{todo}"
        ctx.emit(Notice(text, level="warning"))
    return [
        refused(incompatible_python, step) for step in steps if asked_way(ctx, step) == "direct"
    ]


def asked_way(ctx: RunState, step: Exchange) -> str:
    """The way that the statement asks for, or else the settings."""
    return step.method if step.method != "auto" else ctx.settings.exchange.method


def refused(incompatible_python: ExecutorPythonError, step: Exchange) -> ExecutorPythonError:
    """The error of a crossing that asks for the direct way all the same."""
    return ExecutorPythonError(
        f'exchange="direct" was asked for, but {incompatible_python.message}',
        span=step.span,
        engine=incompatible_python.engine,
        cause=incompatible_python.cause,
        hint=f"{incompatible_python.hint}; or leave the choice of the way to plait",
    )


def _direct_perhaps(ctx: RunState) -> list[Exchange]:
    """The crossings to Ray that may go directly, as far as the plan tells."""
    computed = {step.inputs[0] for step in ctx.plan.steps if isinstance(step, Materialize)}
    found = []
    for step in ctx.plan.steps:
        if isinstance(step, Exchange) and step.to == "ray":
            free = not step.small and not (
                step.inputs[0] in computed or ctx.tables[step.inputs[0]].folder
            )
            way = asked_way(ctx, step)
            if way == "direct" or (way == "auto" and free):
                found.append(step)
    return found

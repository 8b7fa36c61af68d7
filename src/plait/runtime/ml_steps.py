"""The steps that Ray does, and the crossings to it and back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, TypeVar

from plait.errors import TableLostError
from plait.events import ModelPublished, Notice, StepLog, StepProgress
from plait.plan.steps import Apply, Exchange, Fit, Plan, Query, Read, TableRef
from plait.runtime import transfers
from plait.runtime.results import StepResult
from plait.runtime.state import RunContext
from plait.settings import parse_size

if TYPE_CHECKING:
    from plait.estimators.callbacks import Callbacks
    from plait.estimators.python_alg import FitResult
    from plait.exchange.ray_table import RayTable


Result = TypeVar("Result")
# How often a step starts anew because nodes went away with its tables.
_LOSSES = 2


def exchange(ctx: RunContext, step: Exchange) -> StepResult:
    """Carry one table across; the event tells the way it took and how fast it was."""
    return transfers.to_ray(ctx, step) if step.to == "ray" else transfers.to_data(ctx, step)


def fit(ctx: RunContext, step: Fit) -> StepResult:
    """Train every group, publish the best; the result table is held by the client."""
    from plait.estimators import python_alg

    environment = ctx.environments.get(step.environment)
    ctx.cluster.start()
    ctx.cluster.check(step.resources, f"each group of {step.estimator}", step.span)

    def train() -> FitResult:
        return python_alg.fit(
            step,
            ctx.known.crossed[step.inputs[0]],
            None if step.validation is None else ctx.known.crossed[step.validation],
            cluster=ctx.cluster,
            environment=environment,
            run_id=ctx.run,
            callbacks=_callbacks(ctx, step.id),
            cancel=ctx.cancel,
            retries=ctx.settings.ray.task_retries,
            sources=_sources(ctx.plan, step.inputs[0]),
            storage=ctx.storage,
        )

    done = _with_tables(ctx, step, train)
    for output in step.outputs:
        ctx.known.held[output] = done.result
    version = done.version
    if version is None:
        return StepResult(summary="the script saved no model")
    ctx.known.fitted[step.id] = version.number
    ctx.emit(ModelPublished(step.id, version.path, version.number, version.score, version.metric))
    return StepResult(summary=f"version {version.number}")


def apply(ctx: RunContext, step: Apply) -> StepResult:
    """Predict with a version of a model, in Ray tasks."""
    from plait.estimators import prediction
    from plait.exchange.outputs import output

    if step.model_version is None and step.fitted_by in ctx.known.fitted:
        # The version of this very run, also when another run has published since.
        step = replace(step, model_version=ctx.known.fitted[step.fitted_by])
    storage = ctx.storage
    version = prediction.version_of(step, storage)
    origin = ctx.environments.of_version(
        f"version {version.number}", version.path, version.environment, version.lock
    )
    environment = ctx.environments.get(origin)
    ctx.cluster.start()
    ctx.cluster.check(step.resources, "each task of predict", step.span)
    folder = str(ctx.folder.place("predictions") / f"{ctx.run}-{step.outputs[0].view}")

    def predict() -> RayTable:
        table = ctx.known.crossed[step.inputs[0]]
        with output(_way_of(ctx, step, table), folder, ctx.direct) as to:
            return prediction.apply(
                step,
                version,
                table,
                cluster=ctx.cluster,
                environment=environment,
                output=to,
                callbacks=_callbacks(ctx, step.id),
                cancel=ctx.cancel,
                retries=ctx.settings.ray.task_retries,
                storage=storage,
            )

    there = _with_tables(ctx, step, predict)
    ctx.known.crossed[step.outputs[0]] = there
    return StepResult(there.rows, there.bytes, f"version {version.number}")


def _way_of(ctx: RunContext, step: Apply, table: RayTable) -> str:
    """How predictions leave their tasks: as was asked, or as their table came."""
    asked = step.exchange if step.exchange != "auto" else ctx.settings.exchange.method
    if asked != "auto":
        return asked
    if table.files:
        return "lake"
    small = table.bytes <= parse_size(ctx.settings.exchange.client_limit)
    return "client" if small else "direct"


def _with_tables(ctx: RunContext, step: Fit | Apply, work: Callable[[], Result]) -> Result:
    """Do work with the tables of a step; those that a Ray node took along cross again."""
    for _ in range(_LOSSES):
        try:
            return work()
        except TableLostError as error:
            ctx.emit(Notice(error.message, step.id, "warning"))
            for table in step.inputs:
                transfers.again(ctx, table)
    return work()


def _callbacks(ctx: RunContext, step: int) -> Callbacks:
    from plait.estimators.callbacks import Callbacks

    def on_log(source: str, text: str, stream: str) -> None:
        ctx.emit(StepLog(step, source, text, "stderr" if stream == "stderr" else "stdout"))

    def on_progress(message: str, done: float | None, total: float | None, unit: str) -> None:
        ctx.emit(StepProgress(step, message, done, total, unit))

    return Callbacks(on_log, on_progress)


def _sources(plan: Plan, table: TableRef) -> tuple[str, ...]:
    """The files and tables of the lake that a table comes from."""
    wanted = {TableRef(table.name, table.version)}
    found: list[str] = []
    for step in reversed(plan.steps):
        if wanted.intersection(step.outputs):
            wanted.update(step.inputs)
            match step:
                case Read():
                    found.append(step.source.uri)
                case Query():
                    found.extend(table.uri for table in step.lake_tables)
                case _:
                    pass
    return tuple(dict.fromkeys(reversed(found)))

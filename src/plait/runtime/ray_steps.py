"""The steps that Ray does, and the crossings to it and back."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from plait.plan.steps import Apply, Exchange, Fit, Plan, Query, Read, TableRef
from plait.runtime.context import RunContext
from plait.runtime.events import ModelPublished, StepLog, StepProgress
from plait.runtime.results import StepResult
from plait.storage import Storage

if TYPE_CHECKING:
    from plait.estimators.callbacks import Callbacks


def exchange(ctx: RunContext, step: Exchange) -> StepResult:
    """Carry one table across; the event tells the way it took and how fast it was."""
    from plait.runtime import crossing

    return crossing.to_ray(ctx, step) if step.to == "ray" else crossing.to_data(ctx, step)


def fit(ctx: RunContext, step: Fit) -> StepResult:
    """Train every group, publish the best; the result table is held by the client."""
    from plait.estimators import python_script

    environment = ctx.environments.get(step.program.environment)
    validation = None if step.validation is None else ctx.known.crossed[step.validation]
    ctx.cluster.start()
    ctx.cluster.check(step.resources, f"each group of {step.estimator}", step.span)
    done = python_script.fit(
        step,
        ctx.known.crossed[step.inputs[0]],
        validation,
        cluster=ctx.cluster,
        environment=environment,
        run_id=ctx.run,
        callbacks=_callbacks(ctx, step.id),
        cancel=ctx.cancel,
        retries=ctx.settings.ray.task_retries,
        sources=_sources(ctx.plan, step.inputs[0]),
        storage=Storage.of(ctx.settings.storage),
    )
    for output in step.outputs:
        ctx.known.held[output] = done.result
    version = done.version
    if version is None:
        return StepResult(summary="the script saved no model")
    ctx.known.fitted[step.id] = version.number
    ctx.emit(ModelPublished(step.id, version.path, version.number, version.score, version.metric))
    return StepResult(summary=f"version {version.number}")


def apply(ctx: RunContext, step: Apply) -> StepResult:
    """Predict with a version of a model, in Ray tasks, into the staging folder."""
    from plait.estimators import prediction

    if step.model_version is None and step.fitted_by in ctx.known.fitted:
        # The version of this very run, also when another run has published since.
        step = replace(step, model_version=ctx.known.fitted[step.fitted_by])
    storage = Storage.of(ctx.settings.storage)
    version = prediction.version_of(step, storage)
    origin = ctx.environments.of_version(
        f"version {version.number}", version.path, version.environment, version.lock
    )
    environment = ctx.environments.get(origin)
    ctx.cluster.start()
    ctx.cluster.check(step.resources, "each task of predict", step.span)
    output = ctx.folder.place("predictions") / f"{ctx.run}-{step.outputs[0].view}"
    there = prediction.apply(
        step,
        version,
        ctx.known.crossed[step.inputs[0]],
        cluster=ctx.cluster,
        environment=environment,
        output=str(output),
        callbacks=_callbacks(ctx, step.id),
        cancel=ctx.cancel,
        retries=ctx.settings.ray.task_retries,
        storage=storage,
    )
    ctx.known.crossed[step.outputs[0]] = there
    return StepResult(there.rows, there.bytes, f"version {version.number}")


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
                    found.append(f"{step.format}:{step.path}")
                case Query():
                    found.extend(f"hive:{name}" for name in step.lake_tables)
                case _:
                    pass
    return tuple(dict.fromkeys(reversed(found)))

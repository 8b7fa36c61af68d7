"""The steps that Ray does, and the crossings to it and back."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from plait.config import parse_size
from plait.data import tables
from plait.plan.steps import Apply, Exchange, Fit, Plan, Query, Read, TableRef
from plait.runtime.context import RunContext
from plait.runtime.data_steps import frame, into_lake
from plait.runtime.events import Crossed, ModelPublished, StepLog, StepProgress
from plait.runtime.results import StepResult

if TYPE_CHECKING:
    from plait.estimators.callbacks import Callbacks


def exchange(ctx: RunContext, step: Exchange) -> StepResult:
    """Carry one table across; the event tells the way it took and how fast it was."""
    return _to_ray(ctx, step) if step.to == "ray" else _to_data(ctx, step)


def _to_ray(ctx: RunContext, step: Exchange) -> StepResult:
    from plait.exchange import client, lake
    from plait.exchange.choose import choose

    table, crossed = step.inputs[0], step.outputs[0]
    limit = parse_size(ctx.settings.exchange.client_limit)
    began = time.monotonic()
    folder = ctx.known.folders.get(table)
    arrow = None
    if folder is None and step.method != "lake":
        df = frame(ctx, table)
        arrow = ctx.guarded(lambda: tables.bounded_arrow(df, limit, streams=ctx.engine.streams))
    choice = choose(
        asked=step.method, in_lake=folder is not None, fits_client=arrow is not None, limit=limit
    )
    waited = 0.0
    if arrow is not None:
        waited = _wait_for_ray(ctx)
        there = client.to_ray(table.name, arrow)
    else:
        if folder is None:
            folder, _, _ = into_lake(ctx, table)
        there = lake.from_folder(table.name, folder)
    ctx.known.crossed[crossed] = there
    seconds = time.monotonic() - began - waited
    size = (there.rows, there.bytes)
    ctx.emit(Crossed(step.id, table.name, choice.method, choice.why, *size, seconds))
    told = f"{choice.method}, after {waited:.1f} s for Ray" if waited > 0.1 else choice.method
    return StepResult(*size, told)


def _wait_for_ray(ctx: RunContext) -> float:
    """Seconds until Ray was there; they are not the crossing's."""
    began = time.monotonic()
    ctx.cluster.start()
    return time.monotonic() - began


def _to_data(ctx: RunContext, step: Exchange) -> StepResult:
    source, table = step.inputs[0], step.outputs[0]
    spark = ctx.engine.session()
    began = time.monotonic()
    if (held := ctx.known.held.get(source)) is not None:
        ctx.guarded(lambda: tables.define(spark, table.view, tables.from_arrow(spark, held)))
        ctx.known.held[table] = held
        rows, size = held.num_rows, held.nbytes
    else:
        there = ctx.known.crossed[source]
        folder = Path(there.files[0]).parent
        ctx.guarded(lambda: tables.define(spark, table.view, spark.read.parquet(str(folder))))
        ctx.known.folders[table] = folder
        rows, size = there.rows, there.bytes
    ctx.known.defined.add(table)
    ctx.known.stale.add(table)
    seconds = time.monotonic() - began
    ctx.emit(Crossed(step.id, table.name, step.method, step.why, rows, size, seconds))
    return StepResult(rows, size, step.method)


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
    version = prediction.version_of(step)
    origin = ctx.environments.of_version(
        f"version {version.number}", version.path, version.environment, version.lock
    )
    environment = ctx.environments.get(origin)
    ctx.cluster.start()
    ctx.cluster.check(step.resources, "each task of predict", step.span)
    output = ctx.folder.sub("predictions") / f"{ctx.run}-{step.outputs[0].view}"
    there = prediction.apply(
        step,
        version,
        ctx.known.crossed[step.inputs[0]],
        cluster=ctx.cluster,
        environment=environment,
        output=output,
        callbacks=_callbacks(ctx, step.id),
        cancel=ctx.cancel,
        retries=ctx.settings.ray.task_retries,
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

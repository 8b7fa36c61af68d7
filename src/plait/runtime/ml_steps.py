"""The steps that Ray does: train and predict."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING

from plait.events import ModelPublished, StepLog, StepProgress
from plait.plan.steps import Apply, Code, Fit, Plan, TableRef
from plait.runtime.exchange_steps import with_tables
from plait.runtime.results import StepResult
from plait.runtime.state import RunState

if TYPE_CHECKING:
    from plait.compute.environment import RuntimeEnvironment
    from plait.estimators.base import Execution
    from plait.estimators.training import FitResult
    from plait.exchange.ray_table import RayTable


def check_columns(ctx: RunState, step: Fit | Apply, view: str | None) -> None:
    """Check what can be known before the run of a table that is trained or predicted.

    view: what has the table's columns; None where they are not known.
    """
    from plait.data.arrow import arrow_schema
    from plait.estimators import prediction
    from plait.estimators.base import same_python
    from plait.estimators.registry import ESTIMATORS

    schema = None
    if view is not None:
        schema = ctx.guarded(lambda: arrow_schema(ctx.engine.session().table(view)))
    match step:
        case Fit():
            same = same_python(step, ctx.cluster)
            ESTIMATORS[step.estimator].check(step, schema, same_python=same)
        case Apply(fitted_by=None) if schema is not None:
            version = prediction.version_of(step, ctx.storage)
            prediction.check_columns(step, version, schema.names)
        case _:
            pass


def fit(ctx: RunState, step: Fit) -> StepResult:
    """Train every group, publish the best; its result table stays with the client."""
    from plait.estimators import training
    from plait.estimators.base import FitRequest
    from plait.estimators.registry import ESTIMATORS

    environment, waited = _python(ctx, step.environment)
    ctx.cluster.check(step.resources, f"each group of {step.estimator}", step.span)

    def train() -> FitResult:
        request = FitRequest(
            step,
            ctx.tables.on_ray(step.inputs[0]),
            None if step.validation is None else ctx.tables.on_ray(step.validation),
            environment,
            _execution(ctx, step.id),
            run=ctx.id,
            sources=_sources(ctx.plan, step.inputs[0]),
            before_publishing=lambda: ctx.turn(step),
            accepted=ctx.accepted,
        )
        return training.fit(ESTIMATORS[step.estimator], request)

    done = with_tables(ctx, step, train)
    for output in step.outputs:
        ctx.tables[output].local = done.result
    version = done.version
    if version is None:
        return StepResult(summary="no model was saved", waited_seconds=waited)
    ctx.fitted[step.id] = version
    ctx.emit(ModelPublished(step.id, version.path, version.number, version.score, version.metric))
    return StepResult(summary=f"version {version.number}", waited_seconds=waited)


def apply(ctx: RunState, step: Apply) -> StepResult:
    """Predict with a version of a model, in Ray tasks."""
    from plait.estimators.base import ApplyRequest
    from plait.estimators.prediction import version_of
    from plait.estimators.registry import ESTIMATORS
    from plait.exchange.outputs import output
    from plait.exchange.strategy import asked_method, choose_output, client_limit_bytes

    if step.model_version is None and step.fitted_by in ctx.fitted:
        # The version of this very run, also when another run has published since.
        step = replace(step, model_version=ctx.fitted[step.fitted_by].number)
    version = version_of(step, ctx.storage)
    origin = ctx.environments.of_version(
        f"version {version.number}", version.path, version.environment, version.lock
    )
    environment, waited = _python(ctx, origin)
    ctx.cluster.check(step.resources, "each task of predict", step.span)
    folder = ctx.staging(step.outputs[0])

    def predict() -> RayTable:
        table = ctx.tables.on_ray(step.inputs[0])
        asked = asked_method(step, ctx.settings.exchange)
        limit_bytes = client_limit_bytes(ctx.settings.exchange)
        with output(choose_output(asked, table, limit_bytes), folder, ctx.direct) as to:
            request = ApplyRequest(step, version, table, environment, to, _execution(ctx, step.id))
            return ESTIMATORS[step.estimator].apply(request)

    predicted = with_tables(ctx, step, predict)
    ctx.tables[step.outputs[0]].on_ray = predicted
    return StepResult(predicted.rows, predicted.bytes, f"version {version.number}", waited)


def _python(ctx: RunState, code: Code | None) -> tuple[RuntimeEnvironment | None, float]:
    """The environment of `code`, with Ray started; the seconds that it took to have both."""
    begun = time.monotonic()
    environment = ctx.environments.get(code)
    ctx.cluster.start()
    return environment, time.monotonic() - begun


def _execution(ctx: RunState, step: int) -> Execution:
    """Where the tasks of a step run; what they print and how far they are becomes events."""
    from plait.estimators.base import Callbacks, Execution

    def on_log(source: str, text: str, stream: str) -> None:
        ctx.emit(StepLog(step, source, text, "stderr" if stream == "stderr" else "stdout"))

    return Execution(
        ctx.cluster,
        Callbacks(on_log, lambda *what: ctx.emit(StepProgress(step, *what))),
        ctx.cancel,
        ctx.settings.ray.task_retries,
        ctx.storage,
    )


def _sources(plan: Plan, table: TableRef) -> tuple[str, ...]:
    """The files and tables of the lake that a table comes from."""
    wanted = {TableRef(table.name, table.version)}
    found: list[str] = []
    for step in reversed(plan.steps):
        if wanted.intersection(step.outputs):
            wanted.update(step.inputs)
            found.extend(source.uri for source in step.sources)
    return tuple(dict.fromkeys(reversed(found)))

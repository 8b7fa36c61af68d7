"""The estimators that a script can name, and how their statements are planned."""

from __future__ import annotations

from collections.abc import Mapping

from plait.errors import OptionError, suggestion
from plait.lang.statements import Name, Predict, Target, Train
from plait.plan import python_alg, sklearn
from plait.plan.builder import Builder
from plait.plan.estimator_options import (
    PREDICT_OPTIONS,
    EstimatorSpec,
    StatementOptions,
    code_named,
    exchange_method,
    groups_of,
    metric_of,
    resources_of,
    statement_options,
)
from plait.plan.locations import Location
from plait.plan.python_alg import PythonProgram
from plait.plan.python_code import metric_names, syntax_error
from plait.plan.steps import Apply, Code, Fit, TableRef
from plait.plan.training import Metric

ESTIMATORS: Mapping[str, EstimatorSpec] = {
    spec.name: spec
    for spec in (
        python_alg.SPEC,
        sklearn.SPEC,
    )
}


def plan_train(builder: Builder, statement: Train) -> None:
    """Transfer the tables to Ray, fit the groups, bring the result table back."""
    spec = _spec(builder, statement.target)
    if spec is None:
        return
    report, span = builder.report, statement.span
    what = f"train {spec.name}"
    options = statement_options(statement.options, spec.of_train(), what, span, report)
    groups, resources = groups_of(options), resources_of(options, report)
    metric = metric_of(options, spec.default_metric, len(groups), report)
    table = builder.resolve(statement.table)
    environment = _environment(builder, options)
    own = spec.own(builder, options)
    if isinstance(own, PythonProgram):
        _read_code(builder, own, environment)
        _remark_on_metric(builder, own, metric if len(groups) > 1 else None, options)
    validation = None
    if (name := options.text("validateTable")) is not None:
        validation = builder.resolve(Name(name, options.spans["validateTable"]))
    result = None if statement.result is None else builder.bind(statement.result)
    if table is None or own is None:
        return
    method = exchange_method(options)
    inputs = [
        builder.transfer_to_ray(t, span, method) for t in (table, validation) if t is not None
    ]
    on_ray = () if result is None else (TableRef(result.name, result.version, "ray"),)
    path = statement.target.path.text
    location = Location.of(path)
    step = builder.add(
        Fit,
        span=span,
        inputs=tuple(inputs),
        outputs=on_ray,
        estimator=spec.name,
        path=path,
        location=location,
        own=own,
        environment=environment,
        groups=groups,
        resources=resources,
        metric=metric,
        keep_version=bool(options.values.get("keepVersion", True)),
        validation=inputs[1] if validation is not None else None,
        after=builder.writers.touching(location),
    )
    builder.writers.add(location, step.id)
    builder.trained[location] = step.id
    if result is not None:
        builder.transfer_to_data(result, span, method="client", why="one row for each group")


def plan_predict(builder: Builder, statement: Predict) -> None:
    """Transfer the table to Ray, apply the model there, read the result as a table."""
    spec = _spec(builder, statement.target)
    if spec is None:
        return
    report, span, path = builder.report, statement.span, statement.target.path
    what = f"predict {spec.name}"
    options = statement_options(statement.options, PREDICT_OPTIONS, what, span, report)
    for key in ("batchSize", "modelVersion"):
        if int(options.values.get(key, 1)) < 1:
            report(OptionError(f"option '{key}' must be at least 1", span=options.spans[key]))
    resources = resources_of(options, report)
    table = builder.resolve(statement.table)
    result = builder.bind(statement.result)
    if table is None:
        return
    method = exchange_method(options)
    source = builder.transfer_to_ray(table, span, method)
    location = Location.of(path.text)
    version = options.values.get("modelVersion")
    builder.add(
        Apply,
        span=span,
        inputs=(source,),
        outputs=(TableRef(result.name, result.version, "ray"),),
        estimator=spec.name,
        path=path.text,
        location=location,
        path_span=path.span,
        model_version=int(version) if version is not None else None,
        batch_size=int(options.values.get("batchSize", 10_000)),
        resources=resources,
        exchange=method,
        fitted_by=builder.trained.get(location),
        after=builder.writers.touching(location),
    )
    builder.transfer_to_data(result, span, method)


def _read_code(builder: Builder, program: PythonProgram, environment: Code | None) -> None:
    for code in program.scripts:
        if (error := syntax_error(code, environment)) is not None:
            builder.report(error)


def _remark_on_metric(
    builder: Builder, program: PythonProgram, metric: Metric | None, options: StatementOptions
) -> None:
    """Say so where code that logs nothing is to be ranked by a metric."""
    if metric is not None and metric_names(program.scripts) == frozenset():
        text = f"the code logs nothing, and the metric '{metric.name}' is to choose the best group"
        builder.remark(text, options.spans.get("metric", options.span))


def _spec(builder: Builder, target: Target) -> EstimatorSpec | None:
    """The estimator that a statement names, in any case; None after reporting an unknown one."""
    wanted = target.format
    for name, spec in ESTIMATORS.items():
        if name.lower() == wanted.text.lower():
            return spec
    builder.report(
        OptionError(
            f"unknown estimator '{wanted.text}'",
            span=wanted.span,
            hint=suggestion(wanted.text, list(ESTIMATORS)),
        )
    )
    return None


def _environment(builder: Builder, options: StatementOptions) -> Code | None:
    """The environment that `condaFile` names; None for plait's own, also where it is empty."""
    name = options.text("condaFile")
    if name is None:
        return None
    code = code_named(builder, name, options.spans["condaFile"])
    return code if code is not None and code.text.strip() else None

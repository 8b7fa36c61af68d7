"""Statements → plan: one small `plan_*` function for each statement.

Nothing runs here and nothing of an engine is known. All errors of a script are collected
and shown together; a statement that is wrong still binds its name, so that one mistake
gives one error.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from plait.errors import (
    BindError,
    CapabilityError,
    OptionError,
    Span,
    raise_all,
    suggestion,
)
from plait.lang.statements import (
    Describe,
    Load,
    Name,
    Option,
    Predict,
    Save,
    Select,
    Set,
    ShowModels,
    ShowTables,
    Sql,
    Statement,
    Target,
    Train,
)
from plait.plan import python_alg
from plait.plan.builder import Builder, add_query, add_write, lake_key
from plait.plan.commands import plan_command
from plait.plan.formats import FORMATS, Format
from plait.plan.materialization import compute_once
from plait.plan.options import type_options
from plait.plan.scope import Scope
from plait.plan.steps import (
    Apply,
    Code,
    Fit,
    Plan,
    Preview,
    PythonProgram,
    Read,
    SetConf,
    Show,
    TableRef,
)

ESTIMATORS = ("PythonAlg",)


def plan(statements: Sequence[Statement], scope: Scope) -> Plan:
    """The plan of a script; `scope` then holds the names as the script leaves them.

    Raises the script's error, or all of them as ScriptErrors.
    """
    builder = Builder(scope)
    for statement in statements:
        _PLAN[type(statement)](builder, statement)
    if builder.last is not None:
        table, span = builder.last
        builder.add(Preview, span=span, inputs=(table,))
    raise_all(builder.errors)
    return Plan(compute_once(builder.steps))


# --- one function for each statement ------------------------------------------------------


def plan_set(builder: Builder, statement: Set) -> None:
    """A variable is a name for text; a conf is a step."""
    if statement.type == "conf":
        step = builder.add(
            SetConf, span=statement.span, key=statement.name.text, value=statement.value
        )
        builder.barriers = (step.id,)
        return
    name = statement.name.text
    code = Code(name, statement.value, statement.span.file, statement.text_line)
    builder.scope.values[name.lower()] = code


def plan_load(builder: Builder, statement: Load) -> None:
    """`load script.` names code; every other load is a read."""
    source = statement.source
    name = source.format.text.lower()
    if name == "script":
        _load_script(builder, statement)
        return
    fmt = _format(builder, source, reads=True)
    options = () if fmt is None else _options(builder, statement.options, fmt, reads=True)
    key = source.path.text
    if fmt is not None and fmt.name == "hive":
        key = lake_key(builder, source.path, must_exist=True)
    ref = builder.bind(statement.table)
    if fmt is not None:
        builder.add(
            Read,
            span=statement.span,
            outputs=(ref,),
            format=fmt.name,
            path=key.removeprefix("hive:"),
            options=options,
            path_span=source.path.span,
            after=builder.writers.touching(key),
        )


def _load_script(builder: Builder, statement: Load) -> None:
    for option in statement.options:
        builder.report(OptionError("load script has no options", span=option.span))
    path = statement.source.path
    value = builder.scope.values.get(path.text.lower())
    if value is None:
        hint = suggestion(path.text, list(builder.scope.values))
        builder.report(BindError(f"there is no variable '{path.text}'", span=path.span, hint=hint))
        value = Code(path.text, "", path.span.file, path.span.line)
    name = statement.table.text.lower()
    builder.scope.tables.pop(name, None)
    builder.scope.codes[name] = value


def plan_select(builder: Builder, statement: Select) -> None:
    """A query: defined at once where its inputs are known, computed when something needs it."""
    add_query(builder, statement.sql, statement.span, statement.table)


def plan_sql(builder: Builder, statement: Sql) -> None:
    """Commands that change the lake become steps of their own."""
    plan_command(builder, statement)


def plan_save(builder: Builder, statement: Save) -> None:
    """A write; whatever reads the same place later waits for it."""
    target = statement.target
    fmt = _format(builder, target, reads=False)
    table = builder.resolve(statement.table)
    if fmt is None or table is None:
        return
    options = _options(builder, statement.options, fmt, reads=False)
    key = target.path.text
    if fmt.name == "hive":
        key = lake_key(builder, target.path, must_exist=False)
    add_write(
        builder,
        table,
        key,
        span=statement.span,
        format=fmt.name,
        mode=statement.mode,
        options=options,
        partition_by=tuple(name.text for name in statement.partition_by),
        path_span=target.path.span,
    )


def plan_train(builder: Builder, statement: Train) -> None:
    """Exchange the tables to Ray, fit the groups, bring the result table back."""
    if not _estimator(builder, statement.target):
        return
    report, span = builder.report, statement.span
    options = python_alg.fit_options(statement.options, report, span)
    table = builder.resolve(statement.table)
    program = _program(builder, options, span)
    validation = None
    if (name := options.plain.get("validateTable")) is not None:
        validation = builder.resolve(Name(str(name), options.spans["validateTable"]))
    result = None
    if statement.result is not None:
        result = builder.bind(statement.result)
    if table is None or program is None:
        return
    way = python_alg.exchange_method(options.plain)
    inputs = [builder.cross_to_ray(t, span, way) for t in (table, validation) if t is not None]
    crossed = () if result is None else (TableRef(result.name, result.version, "ray"),)
    key = statement.target.path.text
    step = builder.add(
        Fit,
        span=span,
        inputs=tuple(inputs),
        outputs=crossed,
        estimator=statement.target.format.text,
        path=key,
        program=program,
        groups=options.groups,
        resources=options.resources,
        metric=options.metric,
        keep_version=bool(options.plain.get("keepVersion", True)),
        keep_local_directory=bool(options.plain.get("keepLocalDirectory", False)),
        validation=inputs[1] if validation is not None else None,
        after=builder.writers.touching(f"model:{key}"),
    )
    builder.writers.add(f"model:{key}", step.id)
    if result is not None:
        builder.cross_to_data(result, span, method="client", why="one row for each group")


def _program(builder: Builder, options: python_alg.FitOptions, span: Span) -> PythonProgram | None:
    plain, spans = options.plain, options.spans
    if "scripts" not in plain:
        builder.report(OptionError("PythonAlg needs 'scripts': what is to be run?", span=span))
        return None
    names = [n.strip() for n in str(plain["scripts"]).split(",") if n.strip()]
    codes = [_code(builder, name, spans["scripts"]) for name in names]
    entry = str(plain.get("entryPoint", names[0] if len(names) == 1 else ""))
    if entry.lower() not in {name.lower() for name in names}:
        place = spans.get("entryPoint", span)
        hint = suggestion(entry, names)
        text = f"'{entry}' is not one of the scripts" if entry else "which script is run?"
        hint = hint if entry else f'add: and entryPoint="{names[0]}"  (one of: {", ".join(names)})'
        builder.report(OptionError(f"entryPoint: {text}", span=place, hint=hint))
        return None
    environment = None
    if (env := plain.get("condaFile")) is not None:
        environment = _code(builder, str(env), spans["condaFile"])
    return PythonProgram(
        scripts=tuple(code for code in codes if code is not None),
        entry_point=entry,
        environment=environment if environment and environment.text.strip() else None,
        system_params=options.system_params,
        file_format=options.file_format,
    )


def _code(builder: Builder, name: str, span: Span) -> Code | None:
    try:
        found = builder.scope.code(name, span)
    except BindError as error:
        builder.report(error)
        return None
    return Code(name, found.text, found.file, found.first_line)


def plan_predict(builder: Builder, statement: Predict) -> None:
    """Exchange the table to Ray, apply the model there, read the result as a table."""
    if not _estimator(builder, statement.target):
        return
    plain, resources = python_alg.predict_options(statement.options, builder.report)
    table = builder.resolve(statement.table)
    result = builder.bind(statement.result)
    if table is None:
        return
    span, path = statement.span, statement.target.path
    way = python_alg.exchange_method(plain)
    source = builder.cross_to_ray(table, span, way)
    fitted = max(builder.writers.touching(f"model:{path.text}"), default=None)
    version = plain.get("modelVersion")
    builder.add(
        Apply,
        span=span,
        inputs=(source,),
        outputs=(TableRef(result.name, result.version, "ray"),),
        estimator=statement.target.format.text,
        path=path.text,
        path_span=path.span,
        model_version=int(version) if version is not None else None,
        batch_size=int(plain.get("batchSize", 10_000)),
        resources=resources,
        exchange=way,
        fitted_by=fitted,
        after=() if fitted is None else (fitted,),
    )
    builder.cross_to_data(result, span, way)


def plan_show_tables(builder: Builder, statement: ShowTables) -> None:
    """Waits for everything before it, as it shows what there is at this place."""
    before = tuple(step.id for step in builder.steps)
    tables = tuple(builder.scope.tables.values())
    builder.add(Show, span=statement.span, what="tables", inputs=tables, after=before)


def plan_show_models(builder: Builder, statement: ShowModels) -> None:
    """Waits for a training into the same path."""
    path = statement.path.text
    after = builder.writers.touching(f"model:{path}")
    builder.add(Show, span=statement.span, what="models", path=path, after=after)


def plan_describe(builder: Builder, statement: Describe) -> None:
    """The columns of one table."""
    table = builder.resolve(statement.table)
    if table is not None:
        builder.add(
            Show, span=statement.span, what="desc", inputs=(table,), path=statement.table.text
        )


# --- helpers ------------------------------------------------------------------------------


def _format(builder: Builder, target: Target, *, reads: bool) -> Format | None:
    """The format, or None after reporting that there is none or that it is one-way."""
    name = target.format
    fmt = FORMATS.get(name.text.lower())
    usable = [f.name for f in FORMATS.values() if (f.reads if reads else f.writes)]
    verb = "read" if reads else "written"
    if fmt is None:
        known = [*usable, "script"] if reads else usable
        builder.report(
            OptionError(
                f"unknown format '{name.text}'", span=name.span, hint=suggestion(name.text, known)
            )
        )
    elif fmt.name not in usable:
        builder.report(
            CapabilityError(
                f"format '{fmt.name}' cannot be {verb}",
                span=name.span,
                hint=f"these can: {', '.join(usable)}",
            )
        )
        return None
    return fmt


def _options(builder: Builder, options: Sequence[Option], fmt: Format, *, reads: bool) -> Any:
    specs = fmt.read_options if reads else fmt.write_options
    what = f"{'load' if reads else 'save'} {fmt.name}"
    return type_options(options, specs, what, builder.report)


def _estimator(builder: Builder, target: Target) -> bool:
    if target.format.text.lower() in {name.lower() for name in ESTIMATORS}:
        return True
    builder.report(
        OptionError(
            f"unknown estimator '{target.format.text}'",
            span=target.format.span,
            hint=suggestion(target.format.text, ESTIMATORS),
        )
    )
    return False


_PLAN: Mapping[type, Callable[[Builder, Any], None]] = {
    Set: plan_set,
    Load: plan_load,
    Select: plan_select,
    Sql: plan_sql,
    Save: plan_save,
    Train: plan_train,
    Predict: plan_predict,
    ShowTables: plan_show_tables,
    ShowModels: plan_show_models,
    Describe: plan_describe,
}

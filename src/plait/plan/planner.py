"""Statements → plan: one small `plan_*` function for each statement.

Nothing runs here and nothing of an engine is known. All errors of a script are collected
and shown together; a statement that is wrong still binds its name, so that one mistake
gives one error.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from plait.errors import (
    BindError,
    CapabilityError,
    OptionError,
    raise_all,
    suggestion,
)
from plait.lang.sqltext import quoted
from plait.lang.statements import (
    Assert,
    Describe,
    LastCommand,
    Load,
    Name,
    Option,
    Predict,
    Profile,
    Save,
    Select,
    Set,
    ShowModels,
    ShowTable,
    ShowTables,
    Sql,
    Statement,
    Target,
    Train,
)
from plait.plan import steps
from plait.plan.builder import Builder, add_query, add_write, lake_target
from plait.plan.commands import plan_command
from plait.plan.estimators import plan_predict, plan_train
from plait.plan.formats import FORMATS, Format
from plait.plan.locations import Location, PathTarget
from plait.plan.locations import Target as StepTarget
from plait.plan.materialization import compute_once
from plait.plan.options import type_options
from plait.plan.remarks import remarks_on
from plait.plan.scope import Scope
from plait.plan.steps import (
    Code,
    Plan,
    Preview,
    Read,
    SetConf,
    Show,
)
from plait.settings import ACCEPT


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
    made = Plan(compute_once(builder.steps))
    return replace(made, remarks=(*builder.remarks, *remarks_on(made)))


# --- one function for each statement ------------------------------------------------------


def plan_set(builder: Builder, statement: Set) -> None:
    """A variable is a name for text; a conf is a step."""
    if statement.type == "conf":
        key = statement.name.text.lower()
        if key.startswith("plait.") and key != ACCEPT:
            raise BindError(
                f"a script has no setting '{key}'",
                span=statement.name.span,
                hint=f"there is {ACCEPT}; the others stand in plait.toml",
            )
        step = builder.add(
            SetConf, span=statement.span, key=statement.name.text, value=statement.value
        )
        builder.barriers = (step.id,)
        return
    name = statement.name.text
    code = Code(name, statement.value, statement.span.file, statement.text_line)
    builder.scope.values[name] = code


def plan_load(builder: Builder, statement: Load) -> None:
    """`load script.` names code; every other load is a read."""
    source = statement.source
    name = source.format.text.lower()
    if name == "script":
        _load_script(builder, statement)
        return
    fmt = _format(builder, source, reads=True)
    options = () if fmt is None else _options(builder, statement.options, fmt, reads=True)
    target = None if fmt is None else _target(builder, fmt, source.path, must_exist=True)
    ref = builder.bind(statement.table)
    if target is not None:
        builder.add(
            Read,
            span=statement.span,
            outputs=(ref,),
            source=target,
            options=options,
            path_span=source.path.span,
            after=builder.writers.touching(target.location),
        )


def _load_script(builder: Builder, statement: Load) -> None:
    for option in statement.options:
        builder.report(OptionError("load script has no options", span=option.span))
    path = statement.source.path
    value = builder.scope.values.get(path.text)
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
    """A write; whatever reads the same location later waits for it."""
    target = statement.target
    fmt = _format(builder, target, reads=False)
    table = builder.resolve(statement.table)
    if fmt is None or table is None:
        return
    options = _options(builder, statement.options, fmt, reads=False)
    add_write(
        builder,
        table,
        _target(builder, fmt, target.path, must_exist=False),
        span=statement.span,
        mode=statement.mode,
        options=options,
        partition_by=tuple(name.text for name in statement.partition_by),
        partition_spans=tuple(name.span for name in statement.partition_by),
        path_span=target.path.span,
    )


def plan_show_tables(builder: Builder, statement: ShowTables) -> None:
    """Waits for everything before it, as it shows the tables of this position."""
    before = tuple(step.id for step in builder.steps)
    tables = tuple(builder.scope.tables.values())
    builder.add(
        Show,
        span=statement.span,
        what="tables",
        inputs=tables,
        location=builder.scope.lake_location,
        after=before,
    )


def plan_show_table(builder: Builder, statement: ShowTable) -> None:
    """The first rows of one table."""
    table, name = builder.resolve(statement.table), statement.table.text
    if table is not None:
        builder.add(
            Show, span=statement.span, what="rows", inputs=(table,), path=name, rows=statement.rows
        )


def plan_assert(builder: Builder, statement: Assert) -> None:
    """A query for the rows that do not satisfy the condition, and the step that wants none."""
    if builder.resolve(statement.table) is None:
        return
    holds = f"coalesce(({statement.condition}\n), false)"
    sql = f"select * from {quoted(statement.table.text)} where not {holds}"
    wrong = add_query(builder, sql, statement.span, "_wrong")
    builder.add(
        steps.Assert,
        span=statement.span,
        inputs=(wrong,),
        table=statement.table.text,
        condition=statement.condition,
        message=statement.message,
    )


def plan_show_models(builder: Builder, statement: ShowModels) -> None:
    """Waits for a training into the same path."""
    path = statement.path.text
    location = Location.of(path)
    builder.add(
        Show,
        span=statement.span,
        what="models",
        path=path,
        location=location,
        after=builder.writers.touching(location),
    )


def plan_describe(builder: Builder, statement: Describe) -> None:
    """The columns of one table."""
    table = builder.resolve(statement.table)
    if table is not None:
        builder.add(
            Show, span=statement.span, what="desc", inputs=(table,), path=statement.table.text
        )


def plan_profile(builder: Builder, statement: Profile) -> None:
    """What the columns of one table hold."""
    table, name = builder.resolve(statement.table), statement.table.text
    if table is not None:
        builder.add(Show, span=statement.span, what="profile", inputs=(table,), path=name)


def plan_last_command(builder: Builder, statement: LastCommand) -> None:
    """The answer that was printed last gets a name, and comes into the data engine."""
    answers = [
        index
        for index, step in enumerate(builder.steps)
        if isinstance(step, Show) or (isinstance(step, steps.Execute) and step.action == "show")
    ]
    table = builder.scope.bind(statement.table.text)
    if not answers:
        text = "no command before this line has an answer that could be named"
        hint = "such as !show tables, !desc, !profile, show … or describe …, in the same script"
        builder.report(BindError(text, span=statement.span, hint=hint))
        return
    answered = builder.steps[answers[-1]]
    named = replace(answered, outputs=(*answered.outputs, replace(table, side="ray")))
    builder.steps[answers[-1]] = named
    builder.transfer_to_data(table, statement.span, method="client", why="a command's answer")


# --- helpers ------------------------------------------------------------------------------


def _format(builder: Builder, target: Target, *, reads: bool) -> Format | None:
    """The format, or None after reporting one that is unknown or has not this direction."""
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


def _target(builder: Builder, fmt: Format, path: Name, *, must_exist: bool) -> StepTarget:
    """What load or save names: files, or for `hive` a table of the lake."""
    if fmt.name == "hive":
        return lake_target(builder, path, must_exist=must_exist)
    return PathTarget.of(fmt.name, path.text, builder.links)


def _options(builder: Builder, options: Sequence[Option], fmt: Format, *, reads: bool) -> Any:
    specs = fmt.read_options if reads else fmt.write_options
    what = f"{'load' if reads else 'save'} {fmt.name}"
    return type_options(options, specs, what, builder.report)


_PLAN: Mapping[type, Callable[[Builder, Any], None]] = {
    Set: plan_set,
    Load: plan_load,
    Select: plan_select,
    Sql: plan_sql,
    Save: plan_save,
    Train: plan_train,
    Predict: plan_predict,
    ShowTables: plan_show_tables,
    ShowTable: plan_show_table,
    Assert: plan_assert,
    ShowModels: plan_show_models,
    Describe: plan_describe,
    Profile: plan_profile,
    LastCommand: plan_last_command,
}

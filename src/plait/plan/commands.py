"""SQL commands → steps: what plain SQL creates in the lake lasts too, or is refused."""

from __future__ import annotations

from plait.errors import AnalysisError, BindError, CapabilityError, Span, suggestion
from plait.lang.statements import Name, Sql
from plait.plan.builder import Builder, add_query, add_write, offered, position_in
from plait.plan.sql_analysis import Command, command_of
from plait.plan.sql_references import NameUse
from plait.plan.steps import Execute, Show


def plan_command(builder: Builder, statement: Sql) -> None:
    """The steps of one SQL command; what cannot last is refused with a hint at what does."""
    command = command_of(statement.sql)
    match command.action:
        case "show":
            _show(builder, statement)
        case "describe":
            _describe(builder, statement, command)
        case "create_database" | "drop_database":
            _database(builder, statement, command)
        case "drop_table":
            _drop_table(builder, statement, command)
        case "create_table":
            _create_table(builder, statement, command)
        case "insert":
            _insert(builder, statement, command)
        case "view":
            assert command.target is not None and command.query is not None
            name = Name(command.target.table, statement.span)
            add_query(builder, command.query, statement.span, name)
        case "refresh":
            pass
        case "refuse":
            builder.report(
                CapabilityError(
                    "this statement is not done: its effect would not last, or not be whole",
                    span=statement.span,
                    hint=command.reason,
                )
            )
        case _:
            builder.report(AnalysisError(f"not understood: {command.reason}", span=statement.span))


def _barrier(builder: Builder, statement: Sql, **fields: object) -> None:
    """A step that everything before it precedes and everything after it follows."""
    before = tuple(step.id for step in builder.steps)
    step = builder.add(Execute, span=statement.span, sql=statement.sql, after=before, **fields)
    builder.barriers = (step.id,)


def _show(builder: Builder, statement: Sql) -> None:
    """`show`, `describe` and `explain` are answered by the engine and printed."""
    bound = offered(builder, lambda _: True)
    builder.add(
        Execute,
        span=statement.span,
        sql=statement.sql,
        action="show",
        names=bound.names,
        lake_tables=bound.lake_tables,
        inputs=bound.tables,
        after=bound.after,
    )


def _describe(builder: Builder, statement: Sql, command: Command) -> None:
    """`describe t` and `describe db.t`, answered alike on every engine."""
    assert command.target is not None
    use, span = command.target, statement.span
    table = None if use.database else builder.scope.find(use.table)
    if table is None:
        query = f"select * from {use.quoted}"
        before = len(builder.errors)
        table = add_query(builder, query, span, "_described")
        if len(builder.errors) > before:
            return
    builder.add(Show, span=span, what="desc", inputs=(table,), path=use.full)


def _database(builder: Builder, statement: Sql, command: Command) -> None:
    assert command.target is not None
    name, databases = command.target.table.lower(), builder.scope.databases
    creating = command.action == "create_database"
    tables = {table for table in builder.scope.lake if table.startswith(f"{name}.")}
    problem = None
    if creating and name in databases and not command.if_exists:
        problem = f"database '{name}' is already there", f"create database if not exists {name};"
    elif not creating and name not in databases and not command.if_exists:
        problem = f"there is no database '{name}'", suggestion(name, sorted(databases))
    elif not creating and tables and not command.cascade:
        problem = f"database '{name}' still has tables", f"drop database {name} cascade;"
    if problem is not None:
        position = _position(command.target, statement)
        builder.report(BindError(problem[0], span=position, hint=problem[1]))
    if creating:
        databases.add(name)
    else:
        databases.discard(name)
        builder.scope.lake -= tables
    dropped = () if creating else (builder.scope.lake_database(name),)
    _barrier(builder, statement, action=command.action, database=name, dropped=dropped)


def _drop_table(builder: Builder, statement: Sql, command: Command) -> None:
    assert command.target is not None
    full = builder.scope.lake_name(command.target.database, command.target.table)
    if full not in builder.scope.lake:
        if command.target.database is None and builder.scope.find(command.target.table):
            builder.report(_is_of_the_script(command.target, statement))
        elif not command.if_exists:
            position = _position(command.target, statement)
            builder.report(builder.scope.unknown_table(command.target.full, position))
        return
    builder.scope.lake.discard(full)
    table = builder.scope.lake_table(full)
    builder.writers.remove(table.location)
    _barrier(builder, statement, action="drop_table", table=table, dropped=(table.location,))


def _create_table(builder: Builder, statement: Sql, command: Command) -> None:
    full = _target(builder, statement, command)
    if full is None:
        return
    exists = full in builder.scope.lake
    if exists and not command.if_exists:
        builder.report(
            BindError(
                f"table '{full}' is already there",
                span=statement.span,
                hint=f"drop table {full};  or  save overwrite … as hive.`{full}`;",
            )
        )
    if exists:
        return
    query = command.query
    if query is None:
        if not command.columns:
            builder.report(AnalysisError("a table needs columns or a query", span=statement.span))
            return
        names = [name.lower() for name, _ in command.columns]
        if twice := next((name for name in names if names.count(name) > 1), None):
            builder.report(BindError(f"column '{twice}' is given twice", span=statement.span))
            return
        columns = ", ".join(f"CAST(NULL AS {kind}) AS `{name}`" for name, kind in command.columns)
        query = f"SELECT {columns} WHERE false"
    _write_query(
        builder, statement, query, full, mode="errorIfExists", partition_by=command.partition_by
    )


def _insert(builder: Builder, statement: Sql, command: Command) -> None:
    full = _target(builder, statement, command)
    if full is None or command.query is None:
        return
    if full not in builder.scope.lake:
        assert command.target is not None
        position = _position(command.target, statement)
        builder.report(builder.scope.unknown_table(command.target.full, position))
        return
    _write_query(
        builder,
        statement,
        command.query,
        full,
        mode="overwrite" if command.overwrite else "append",
        by_position=not command.by_name,
        columns=tuple(name for name, _ in command.columns),
    )


def _target(builder: Builder, statement: Sql, command: Command) -> str | None:
    assert command.target is not None
    target = command.target
    if target.database is None and builder.scope.find(target.table) is not None:
        builder.report(_is_of_the_script(target, statement))
        return None
    full = builder.scope.lake_name(target.database, target.table)
    database = full.partition(".")[0]
    if database not in builder.scope.databases:
        builder.report(
            BindError(
                f"there is no database '{database}'",
                span=_position(target, statement),
                hint=f"create database {database};",
            )
        )
        return None
    return full


def _write_query(
    builder: Builder, statement: Sql, query: str, full: str, **fields: object
) -> None:
    """A query that has no name in the script, and the write of its rows."""
    span = statement.span
    table = add_query(builder, query, span, "_rows")
    target = builder.scope.lake_table(full)
    add_write(builder, table, target, span=span, path_span=span, **fields)


def _is_of_the_script(target: NameUse, statement: Sql) -> CapabilityError:
    return CapabilityError(
        f"'{target.table}' is a table of this script, not of the lake",
        span=_position(target, statement),
        hint="it ends with the session; for other rows: select … as name;",
    )


def _position(use: NameUse, statement: Sql) -> Span:
    return position_in(statement.sql, use.offset, use.length, statement.span)

"""The steps that the data engine does: define, compute once, write, show."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from plait.data import tables, writer
from plait.data.appending import partition_columns
from plait.data.files import is_foreign
from plait.data.writer import SaveRequest, Written, nothing
from plait.errors import AnalysisError, DataError, UsageError, suggestion
from plait.events import Notice, TableShown
from plait.plan.locations import PathTarget, TableTarget
from plait.plan.steps import (
    Assert,
    Execute,
    Materialize,
    Preview,
    Query,
    Read,
    SetConf,
    Show,
    TableRef,
    Write,
)
from plait.runtime.answers import answer_of
from plait.runtime.display import first_rows, rows_of, shown_columns
from plait.runtime.results import StepResult
from plait.runtime.state import RunState
from plait.settings import ACCEPT, check_time_zone
from plait.storage.paths import path_of

if TYPE_CHECKING:
    import pyarrow as pa
    from pyspark.sql.connect.dataframe import DataFrame

    from plait.catalog.base import Catalog
    from plait.engines.base import DataEngine
    from plait.runtime.state import TableRegistry


def frame(ctx: RunState, table: TableRef) -> DataFrame:
    """The table as a DataFrame of the engine's session."""
    return ctx.engine.session().table(table.view)


def set_conf(ctx: RunState, step: SetConf) -> StepResult:
    """Set a Spark SQL setting for what follows; plait's own says something to the planner."""
    if step.key.lower() == ACCEPT:
        return StepResult()
    if step.key.lower() == "spark.sql.session.timezone":
        try:
            check_time_zone(step.value)
        except ValueError as problem:
            raise UsageError(f"setting '{step.key}': {problem}") from None
    ctx.guarded(lambda: ctx.engine.session().conf.set(step.key, step.value))
    ctx.tables.note_conf(step.key, step.value)
    return StepResult()


def define_read(ctx: RunState, step: Read) -> StepResult:
    """Make the view of a source; nothing but its schema is read."""
    table = step.outputs[0]
    if not ctx.tables.defined(table):
        ctx.guarded(lambda: _define_read(ctx, step))
        ctx.tables.define(table, made_by=step)
    return StepResult()


def _define_read(ctx: RunState, step: Read) -> None:
    source = ctx.sources.find(step)
    for notice in source.notices:
        ctx.emit(Notice(notice, step.id, "warning"))
    df = source.read(ctx.engine.session(), ctx.engine.unread)
    tables.define(ctx.engine.session(), step.outputs[0].view, df)


def check_write(ctx: RunState, step: Write) -> None:
    """What `write` would refuse now. Raises BindError, CapabilityError, DataError."""
    match step.target:
        case TableTarget(name=name):
            ctx.catalog.check_save(name, _request(step))
        case PathTarget() as target:
            writer.check_write(target, _request(step), ctx.storage)


def check_partitions(ctx: RunState, step: Write, view: str) -> None:
    """Check that the table of a view can be written in partitions.

    Raises DataError at the wrong column.
    """
    df = ctx.engine.session().table(view)
    columns = {name.lower() for name in ctx.guarded(lambda: df.columns)}
    places = dict(zip(step.partition_by, step.partition_spans, strict=False))
    wrong = next((name for name in step.partition_by if name.lower() not in columns), None)
    try:
        partition_columns(df, step.partition_by)
    except DataError as error:
        raise error.at(places.get(wrong or step.partition_by[0])) from None


def _request(step: Write, before_publishing: Callable[[], None] = nothing) -> SaveRequest:
    return SaveRequest(step.mode, step.options, step.partition_by, before_publishing)


def define_query(ctx: RunState, step: Query) -> StepResult:
    """Make the view of a query, again when a table below it has been computed since."""
    table = step.outputs[0]
    if ctx.tables.outdated(table):
        ctx.guarded(lambda: _define_query(ctx, step))
        ctx.tables.define(table, over=step.inputs, made_by=step)
    return StepResult()


def _define_query(ctx: RunState, step: Query) -> None:
    spark = ctx.engine.session()
    with ctx.tables.binding:
        names = bind(step, ctx.engine, ctx.catalog, ctx.tables)
        tables.define_query(spark, step.sql, names, step.outputs[0].view, ctx.tables.kept)


def analyse(
    ctx: RunState,
    step: Query,
    sql: str,
    *,
    names: Mapping[str, str] | None = None,
    view: str | None = None,
) -> None:
    """Raise what the engine's analysis finds wrong with a text.

    names: the view that each name in it means; None for those of the query `step`.
    view: what the text is defined as if nothing is wrong.
    """
    spark = ctx.engine.session()

    def ask() -> None:
        with ctx.tables.binding:
            meant = bind(step, ctx.engine, ctx.catalog, ctx.tables)
            with tables.bound(spark, sql, meant if names is None else names, ctx.tables.kept):
                df = spark.sql(sql)
                _ = df.schema
                if view is not None:
                    tables.define(spark, view, df)

    ctx.guarded(ask)


def bind(
    step: Query | Execute, engine: DataEngine, catalog: Catalog, tables: TableRegistry
) -> dict[str, str]:
    """The view that each name in a step's SQL means; its tables of the lake are registered.

    Called while the session's `binding` is held. A question such as `show` is offered all
    tables, also those that the engine's SQL cannot name.
    """
    offered = [table.name for table in step.lake_tables]
    names = [name for name in offered if name.isascii() or not engine.ascii_names]
    catalog.register(engine.session(), names)
    return {name: ref.view for name, ref in step.names if tables.defined(ref)}


def materialize(ctx: RunState, step: Materialize) -> StepResult:
    """Compute a table once, into the run's staging folder."""
    table = step.inputs[0]
    folder = ctx.staging(table)
    df, spark = frame(ctx, table), ctx.engine.session()
    made = ctx.guarded(lambda: tables.materialize(df, path_of(folder, ctx.storage)))
    ctx.tables[table].folder = folder
    ctx.guarded(lambda: tables.define(spark, table.view, spark.read.parquet(folder)))
    ctx.tables.define(table)
    return StepResult(made.rows, made.size_bytes)


def write(ctx: RunState, step: Write) -> StepResult:
    """Save a table; it appears whole or not at all."""
    df = frame(ctx, step.inputs[0])
    if step.by_position:
        df = ctx.guarded(lambda: _to_columns_of(ctx, df, step))
    written = ctx.guarded(lambda: _save(ctx, step, df))
    ctx.written[step.id] = written
    return StepResult(written.rows, written.size_bytes, written.path)


def _save(ctx: RunState, step: Write, df: DataFrame) -> Written:
    request = _request(step, lambda: ctx.turn(step))
    match step.target:
        case TableTarget(name=name):
            return ctx.catalog.save(df, name, request, ctx.folder)
        case PathTarget() as target:
            return writer.write(df, target, request, ctx.folder, ctx.storage)


def check_insert(ctx: RunState, step: Write, view: str) -> None:
    """Check that the rows of a view have the columns that `insert into` needs.

    Raises AnalysisError where they have not.
    """
    df = ctx.engine.session().table(view)
    if isinstance(step.target, TableTarget) and ctx.catalog.exists(step.target.name):
        ctx.guarded(lambda: _to_columns_of(ctx, df, step))


def _to_columns_of(ctx: RunState, df: Any, step: Write) -> Any:
    """The rows of `insert into` under the names and types of the table's columns."""
    spark = ctx.engine.session()
    assert isinstance(step.target, TableTarget)
    name = step.target.name
    fields = ctx.catalog.find(name).read(spark).schema.fields
    named = {c.lower() for c in step.columns} or {f.name.lower() for f in fields}
    given = [f for f in fields if f.name.lower() in named]
    if unknown := named - {f.name.lower() for f in fields}:
        there = [f.name for f in fields]
        raise AnalysisError(
            f"table '{name}' has no column '{min(unknown)}'",
            span=step.span,
            hint=suggestion(min(unknown), there),
        )
    if step.columns:
        order = {c.lower(): i for i, c in enumerate(step.columns)}
        given.sort(key=lambda f: order[f.name.lower()])
    if len(given) != len(df.columns) or (step.columns and len(given) != len(step.columns)):
        raise AnalysisError(
            f"the query gives {len(df.columns)} columns, table '{name}' takes "
            f"{len(given)}: {', '.join(f.name for f in given)}",
            span=step.span,
        )
    from pyspark.sql.connect import functions as sql

    df = df.toDF(*[f"_{i}" for i in range(len(given))])
    position = {f.name: i for i, f in enumerate(given)}
    return df.select(
        *[
            (sql.col(f"_{position[f.name]}") if f.name in position else sql.lit(None))
            .cast(f.dataType)
            .alias(f.name)
            for f in fields
        ]
    )


def preview(ctx: RunState, step: Preview) -> StepResult:
    """Show the last table's first rows, from where it lies already if it does."""
    table = step.inputs[0]
    rows, storage = ctx.settings.preview_rows, ctx.storage
    folder = ctx.tables[table].folder
    written = None if step.written_by is None else ctx.written[step.written_by]
    if written is not None:
        folder = written.path
    spark, zone = ctx.engine.session(), ctx.settings.time_zone
    local = ctx.tables[table].local
    if local is None and (folder is None or is_foreign(folder)):
        shown = ctx.guarded(
            lambda: tables.preview(_readable(ctx, table, written), rows, count=True)
        )
        ctx.turn(step)
        ctx.emit(TableShown(step.id, table.name, shown.columns, shown.rows, shown.total))
        return StepResult(shown.total)
    first, total = (
        (local, local.num_rows)
        if local is not None
        else ctx.guarded(lambda: first_rows(path_of(str(folder), storage), rows))
    )
    columns = ctx.guarded(lambda: tables.schema_of(spark, table.view))
    text = rows_of(first.slice(0, rows), zone)
    ctx.turn(step)
    ctx.emit(TableShown(step.id, table.name, columns, text, total))
    return StepResult(total)


def _readable(ctx: RunState, table: TableRef, written: Written | None) -> DataFrame:
    """The table from the catalog into which it was saved, else computed once more."""
    if written is None or written.table is None:
        return frame(ctx, table)
    return ctx.catalog.find(written.table).read(ctx.engine.session())


def show(ctx: RunState, step: Show) -> StepResult:
    """`!show tables`, `!show models`, `!desc`, `!profile` and `!show` of a table."""
    answer, title = answer_of(ctx, step), f"{step.what} {step.path or ''}".strip()
    total: int | None = answer.num_rows
    columns = shown_columns(answer)
    if step.what == "rows":
        view, title = step.inputs[0].view, str(step.path)
        columns = ctx.guarded(lambda: tables.schema_of(ctx.engine.session(), view))
        answer = answer.slice(0, step.rows or ctx.settings.preview_rows)
        total = total if total == answer.num_rows else None
    _name(ctx, step, answer)
    rows = rows_of(answer, ctx.settings.time_zone)
    ctx.turn(step)
    ctx.emit(TableShown(step.id, title, columns, rows, total))
    return StepResult(total)


def _name(ctx: RunState, step: Show | Execute, answer: pa.Table) -> None:
    """Keep the answer of a command under the names that the script gives it."""
    for table in step.outputs:
        ctx.tables[table].local = answer


def check_rows(ctx: RunState, step: Assert) -> StepResult:
    """Raise DataError with the first row that does not satisfy an assertion's condition."""
    wrong = ctx.guarded(lambda: tables.preview(frame(ctx, step.inputs[0]), 1))
    for row in wrong.rows:
        values = zip(wrong.columns, row, strict=True)
        shown = ", ".join(f"{c[0]} = {'NULL' if value is None else value}" for c, value in values)
        text = (
            step.message or f"not every row of '{step.table}' satisfies {step.condition.strip()}"
        )
        raise DataError(text, span=step.span, cause=f"a row that does not: {shown}")
    return StepResult(summary="holds")


def run_command(ctx: RunState, step: Execute) -> StepResult:
    """A command: the lake's own work, or a question that the engine answers."""
    catalog, database = ctx.catalog, step.database or ""
    match step.action:
        case "create_database":
            catalog.create_database(database, if_not_exists=True)
        case "drop_database":
            catalog.drop_database(database, if_exists=True, cascade=True)
        case "drop_table":
            catalog.drop_table(step.table.name if step.table else "", if_exists=True)
        case _:
            ctx.guarded(lambda: _ask(ctx, step))
    return StepResult()


def _ask(ctx: RunState, step: Execute) -> None:
    import pyarrow as pa

    spark = ctx.engine.session()
    with ctx.tables.binding:
        names = bind(step, ctx.engine, ctx.catalog, ctx.tables)
        with tables.bound(spark, step.sql, names, ctx.tables.kept):
            answer = spark.sql(step.sql).toArrow()
    rows = rows_of(answer, ctx.settings.time_zone)
    kept = [
        at
        for at, row in enumerate(rows)
        if not any(value is not None and value.startswith("__plait_") for value in row)
    ]
    answer = answer.take(pa.array(kept, pa.int64()))
    _name(ctx, step, answer)
    columns = tuple((field.name, str(field.type)) for field in answer.schema)
    title, rows = " ".join(step.sql.split()), tuple(rows[at] for at in kept)
    ctx.emit(TableShown(step.id, title, columns, rows, len(rows)))

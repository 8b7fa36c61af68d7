"""One table from one engine to the other: the way is chosen, taken, and told."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from plait.data import tables
from plait.data.arrow import arrow_schema
from plait.errors import (
    CancelledError,
    ClusterError,
    EngineError,
    ExecutorPythonError,
    PlaitError,
)
from plait.events import Notice, TableTransferred
from plait.exchange import client, files
from plait.exchange.engine_estimate import estimated_bytes
from plait.exchange.strategy import Choice, choose
from plait.plan.steps import Exchange, TableRef
from plait.runtime.executor_python import asked_way, refused
from plait.runtime.results import StepResult
from plait.runtime.sql_steps import frame, into_lake
from plait.runtime.state import RunState
from plait.settings import parse_size

if TYPE_CHECKING:
    import pyarrow as pa
    from pyspark.sql.connect.dataframe import DataFrame

    from plait.exchange.ray_table import RayTable

_ATTEMPTS = 2
# What defines a table in the data engine, the way it came, its rows and bytes.
_Back: TypeAlias = "tuple[Callable[[], DataFrame], Choice, int, int]"


@dataclass(slots=True)
class _Found:
    """What is known of a table when its way is chosen.

    arrow: the table itself, when it was small. waited: seconds that went by until Ray was
    there; they are not the crossing's.
    """

    choice: Choice
    arrow: pa.Table | None = None
    waited: float = 0.0


def to_ray(ctx: RunState, step: Exchange) -> StepResult:
    """Carry a table to Ray; the event tells the way it took and how fast it was."""
    table = step.inputs[0]
    began = time.monotonic()
    found = _choose(ctx, step, table)
    there, choice = _carry(ctx, step, table, found)
    record = ctx.tables[table]
    record.on_ray, record.exchange = there, step
    seconds = time.monotonic() - began - found.waited
    size = (there.rows, there.bytes)
    ctx.emit(TableTransferred(step.id, table.name, choice.method, choice.why, *size, seconds))
    waited = f", after {found.waited:.1f} s for Ray" if found.waited > 0.1 else ""
    return StepResult(*size, f"{choice.method}{waited}")


def again(ctx: RunState, crossed: TableRef) -> None:
    """Carry a table to Ray once more, because the nodes that held it are gone."""
    step = ctx.tables[crossed].exchange
    assert step is not None
    ctx.emit(Notice(f"table '{crossed.name}' was lost with a Ray node; it crosses again", step.id))
    to_ray(ctx, step)


def _choose(ctx: RunState, step: Exchange, table: TableRef) -> _Found:
    asked = asked_way(ctx, step)
    limit = parse_size(ctx.settings.exchange.client_limit)
    in_lake = ctx.tables[table].folder is not None
    arrow, waited, obstacle = None, 0.0, None
    if not ctx.guarded(lambda: frame(ctx, table).columns):
        arrow = ctx.guarded(lambda: tables.to_arrow(frame(ctx, table)))
        return _Found(Choice("client", "a table without columns"), arrow)
    if asked == "client" or (asked == "auto" and not in_lake):
        arrow = _small(ctx, frame(ctx, table), None if asked == "client" else limit)
    if asked == "direct" or (asked == "auto" and not in_lake and arrow is None):
        obstacle, waited = _obstacle(ctx, step)
    if asked == "auto" and obstacle is not None and not ctx.engine.streams_results:
        # Only an estimate spoke against the client; now the true size is worth a look.
        df = frame(ctx, table)
        arrow = ctx.guarded(lambda: tables.bounded_arrow(df, limit, streams=False))
    choice = choose(
        asked=asked,
        in_lake=in_lake,
        fits_client=arrow is not None,
        limit=limit,
        unreachable=obstacle,
    )
    return _Found(choice, arrow, waited)


def _obstacle(ctx: RunState, step: Exchange) -> tuple[str | None, float]:
    """What is in the way from the executors to Ray, if anything; and the seconds until Ray was up.

    Raises the error where the direct way was asked for.
    """
    demanded, waited = asked_way(ctx, step) == "direct", 0.0
    incompatible_python = ctx.direct.incompatible_python(ctx.engine)
    if incompatible_python is None:
        waited = _wait_for_ray(ctx)
        spark = ctx.engine.session()
        try:
            unreachable = ctx.guarded(lambda: ctx.direct.unreachable(spark))
        except ExecutorPythonError as error:
            incompatible_python = error  # of another executor than the one that was asked before
    if incompatible_python is not None:
        if demanded:
            raise refused(incompatible_python, step)
        return incompatible_python.message, waited
    if demanded and unreachable is not None:
        raise ClusterError(
            f'exchange="direct" was asked for, but {unreachable}',
            engine="ray",
            hint="open the ports between the two clusters, or leave the choice to plait",
        )
    return unreachable, waited


def _small(ctx: RunState, df: DataFrame, limit: int | None) -> pa.Table | None:
    """The table, when it has at most `limit` bytes (None: whatever it has).

    An engine that streams is simply asked for rows until there are too many. The other one
    would compute the table for nothing, so its own estimate decides.
    """
    if limit is None:
        return ctx.guarded(lambda: tables.to_arrow(df))
    if ctx.engine.streams_results:
        return ctx.guarded(lambda: tables.bounded_arrow(df, limit, streams=True))
    size = ctx.guarded(lambda: estimated_bytes(df))
    if size is None or size > limit:
        return None
    return ctx.guarded(lambda: tables.bounded_arrow(df, limit, streams=False))


def _wait_for_ray(ctx: RunState) -> float:
    began = time.monotonic()
    ctx.cluster.start()
    return time.monotonic() - began


def _carry(
    ctx: RunState, step: Exchange, table: TableRef, found: _Found
) -> tuple[RayTable, Choice]:
    """The table on Ray's side, and the way that it took in the end."""
    match found.choice.method:
        case "client":
            assert found.arrow is not None
            arrow = found.arrow
            found.waited += _wait_for_ray(ctx)
            return client.to_ray(table.name, arrow), found.choice
        case "direct":
            there, why = _directly(ctx, step, table)
            if there is not None:
                return there, found.choice
            return _through_lake(ctx, table), Choice("lake", f"the direct way failed: {why}")
        case "lake":
            return _through_lake(ctx, table), found.choice


def _directly(ctx: RunState, step: Exchange, table: TableRef) -> tuple[RayTable | None, str]:
    """The table by the direct way, tried twice; None, and why, when Ray's side kept failing.

    A query that fails by itself fails here too, and is raised.
    """
    df = frame(ctx, table)
    schema = ctx.guarded(lambda: arrow_schema(df))
    why = ""
    for attempt in range(1, _ATTEMPTS + 1):
        if ctx.cancel.is_set():
            raise CancelledError("the run was cancelled")
        try:
            return ctx.guarded(lambda: ctx.direct.to_ray(table.name, df, schema)), ""
        except ExecutorPythonError as error:
            # That of some executors, which will not be another the next time.
            if asked_way(ctx, step) == "direct":
                raise refused(error, step) from error.__cause__
            return None, error.message
        except PlaitError as error:
            if not (isinstance(error, ClusterError) or _sending_failed(error)):
                raise
            if asked_way(ctx, step) == "direct" and attempt == _ATTEMPTS:
                raise
            why = error.message
            ctx.emit(Notice(f"'{table.name}' did not arrive on Ray: {why}", step.id, "warning"))
    return None, why


def _sending_failed(error: PlaitError) -> bool:
    """Whether a query failed in what plait added to it, and not by itself."""
    text = f"{error.message}\n{error.cause or ''}"
    return isinstance(error, EngineError) and "ConnectionError" in text and "Ray (" in text


def _through_lake(ctx: RunState, table: TableRef) -> RayTable:
    folder = ctx.tables[table].folder
    if folder is None:
        folder, _, _ = into_lake(ctx, table)
    return files.from_folder(table.name, folder, ctx.storage)


def to_data(ctx: RunState, step: Exchange) -> StepResult:
    """Make a table that Ray holds one of the data engine."""
    table = step.outputs[0]
    began = time.monotonic()
    make, choice, rows, size = _back(ctx, step)
    spark = ctx.engine.session()
    ctx.guarded(lambda: tables.define(spark, table.view, make()))
    ctx.tables.define(table)
    seconds = time.monotonic() - began
    ctx.emit(TableTransferred(step.id, table.name, choice.method, choice.why, rows, size, seconds))
    return StepResult(rows, size, choice.method)


def _back(ctx: RunState, step: Exchange) -> _Back:
    """How the data engine gets a table."""
    spark, source, table = ctx.engine.session(), step.inputs[0], step.outputs[0]
    local = ctx.tables[source].local
    if local is None:
        there = ctx.tables.on_ray(source)
        if there.files:
            folder = files.folder_of(there)
            ctx.tables[table].folder = folder
            why = "tasks wrote Parquet, the engine reads it"
            choice = Choice("lake", why)
            return lambda: spark.read.parquet(str(folder)), choice, there.rows, there.bytes
        asked = asked_way(ctx, step)
        small = there.bytes <= parse_size(ctx.settings.exchange.client_limit)
        if asked == "direct" or (asked == "auto" and not small):
            if (incompatible_python := ctx.direct.incompatible_python(ctx.engine)) is not None:
                if asked == "direct":
                    raise refused(incompatible_python, step)
                return _back_through_lake(ctx, step, f"large, and {incompatible_python.message}")
            choice = Choice("direct", "executors fetch it from Ray's nodes")
            return lambda: _offered(ctx, table, there), choice, there.rows, there.bytes
        if asked == "lake":
            return _back_through_lake(ctx, step, "asked for")
        local = ctx.tables[table].local = client.to_arrow(there)
    choice = Choice("client", "small enough")
    return lambda: tables.from_arrow(spark, local), choice, local.num_rows, local.nbytes


def _offered(ctx: RunState, table: TableRef, there: RayTable) -> DataFrame:
    offered = ctx.direct.to_data(ctx.engine.session(), there)
    ctx.tables[table].offers += (offered.name,)
    return offered.frame


def _back_through_lake(ctx: RunState, step: Exchange, why: str) -> _Back:
    """How a table comes back as files: Ray's tasks write them, the engine reads them."""
    spark, table = ctx.engine.session(), step.outputs[0]
    folder = str(ctx.folder.shared_folder("tables") / f"{ctx.id}-{table.view}")
    there = files.to_folder(ctx.tables.on_ray(table), folder, ctx.storage)
    ctx.tables[table].folder = folder
    return lambda: spark.read.parquet(folder), Choice("lake", why), there.rows, there.bytes

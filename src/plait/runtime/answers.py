"""What commands answer, as tables: they are printed, and a script can name them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal

from plait.data import tables
from plait.data.arrow import to_arrow
from plait.data.profile import profile, profile_schema
from plait.plan.steps import Show
from plait.runtime.state import RunState
from plait.storage.credentials import Storage

if TYPE_CHECKING:
    import pyarrow as pa

Known = Literal["tables", "models", "desc", "profile"]


def answer_schema(what: Known) -> pa.Schema:
    """The columns of an answer whose columns are always the same."""
    import pyarrow as pa

    text = pa.string()
    match what:
        case "tables":
            return pa.schema([("table", text), ("kind", text)])
        case "desc":
            return pa.schema([("column", text), ("type", text)])
        case "profile":
            return profile_schema()
        case "models":
            return pa.schema(
                [
                    ("version", pa.int32()),
                    ("estimator", text),
                    ("metric", text),
                    ("score", pa.float64()),
                    ("ended", pa.timestamp("us", "UTC")),
                    ("path", text),
                ]
            )


def answer_of(ctx: RunState, step: Show) -> pa.Table:
    """The answer of a command; of `!show table` one row more than is shown, if there is one.

    Raises what the engine, the catalog and the models' folder raise.
    """
    match step.what:
        case "rows":
            view, count = step.inputs[0].view, step.rows or ctx.settings.preview_rows
            return ctx.guarded(lambda: to_arrow(ctx.engine.session().table(view).limit(count + 1)))
        case "profile":
            view, zone = step.inputs[0].view, ctx.settings.time_zone
            return ctx.guarded(lambda: profile(ctx.engine.session(), view, zone))
        case "desc":
            view = step.inputs[0].view
            columns = ctx.guarded(lambda: tables.schema_of(ctx.engine.session(), view))
            return _table(columns, "desc")
        case "tables":
            own = sorted((ref.name, "script") for ref in step.inputs)
            lake = sorted((name, ctx.catalog.kind) for name in ctx.catalog.names())
            return _table([*own, *lake], "tables")
        case "models":
            return _table(_models(str(step.path), ctx.storage), "models")


def _models(path: str, storage: Storage) -> list[tuple[object, ...]]:
    from plait.models.store import ModelStore

    return [
        (v.number, v.estimator, v.metric, v.score, v.ended.replace(microsecond=0), str(v.path))
        for v in ModelStore(path, storage).versions()
    ]


def _table(rows: Sequence[tuple[object, ...]], what: Known) -> pa.Table:
    import pyarrow as pa

    schema = answer_schema(what)
    as_dicts = [dict(zip(schema.names, row, strict=True)) for row in rows]
    return pa.Table.from_pylist(as_dicts, schema=schema)

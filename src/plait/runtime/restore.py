"""The tables of a session in another process of its engine, when the one that had them died."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from plait.catalog.sources import Sources
from plait.data import tables as data
from plait.errors import EngineLostError
from plait.plan.steps import Query, Read, TableRef
from plait.runtime.sql_steps import bind

if TYPE_CHECKING:
    from plait.runtime.resources import Resources
    from plait.runtime.state import TableRecord, TableRegistry


def restore(refs: Iterable[TableRef], have: Resources, tables: TableRegistry) -> None:
    """Define those of `refs` again whose view was lost, with the settings that scripts made.

    A table is made as before: from its source, its query, or where it was computed to.
    Raises EngineLostError for a table that cannot, and what its source raises.
    """
    if not tables.lost():
        return
    settings = tables.conf_lost()
    have.guarded(lambda: [have.spark().conf.set(key, value) for key, value in settings.items()])
    for ref in refs:
        _restore(tables[ref], have, tables)


def _restore(record: TableRecord, have: Resources, tables: TableRegistry) -> None:
    if not record.lost:
        return
    for below in record.over:
        _restore(tables[below], have, tables)
    have.guarded(lambda: _define(record, have, tables))
    tables.define(record.ref, record.over)


def _define(record: TableRecord, have: Resources, tables: TableRegistry) -> None:
    spark, view = have.spark(), record.ref.view
    if record.local is not None:
        data.define(spark, view, data.from_arrow(spark, record.local))
    elif record.folder is not None:
        data.define(spark, view, spark.read.parquet(record.folder))
    elif isinstance(record.made_by, Read):
        source = Sources(have.catalog, have.storage).find(record.made_by)
        data.define(spark, view, source.read(spark, have.engine().unread))
    elif isinstance(step := record.made_by, Query):
        with tables.binding:
            names = bind(step, have.engine(), have.catalog, tables)
            data.define_query(spark, step.sql, names, view, tables.kept)
    else:
        raise EngineLostError(
            f"table '{record.ref.name}' went with the engine's process, which had died",
            hint="run the statements again that make it",
        )

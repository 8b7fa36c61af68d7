"""Rows for the reader's eyes, taken from where they already lie."""

from __future__ import annotations

from typing import TYPE_CHECKING

from plait.data.show import shown
from plait.storage.listing import below
from plait.storage.paths import AnyPath, opened, row_counts

if TYPE_CHECKING:
    import pyarrow as pa

Rows = tuple[tuple[str | None, ...], ...]


def rows_of(table: pa.Table, zone: str) -> Rows:
    """Every row of a table as text, null as None; zone: in which timestamps are shown."""
    columns = [
        [shown(value, table.schema.field(i).type, zone) for value in table.column(i)]
        for i in range(table.num_columns)
    ]
    return tuple(zip(*columns, strict=True)) if columns else ()


def shown_columns(table: pa.Table) -> tuple[tuple[str, str], ...]:
    """(column, type) of a table, as Spark writes types."""
    from pyspark.sql.pandas.types import from_arrow_schema

    fields = from_arrow_schema(table.schema).fields
    return tuple((field.name, field.dataType.simpleString()) for field in fields)


def first_rows(folder: AnyPath, count: int) -> tuple[pa.Table, int]:
    """(the first rows of a folder of Parquet in the order of its files, rows in all).

    Reading the files here keeps the order that a sorted query wrote, which no engine
    promises when it reads several files at once.
    """
    import pyarrow as pa

    kept: list[pa.Table] = []
    taken, files = 0, below(folder, "*.parquet")
    for file in files:
        if taken >= count and kept:
            break
        with opened(file) as parquet:
            for batch in parquet.iter_batches(batch_size=max(1, count)):
                kept.append(pa.Table.from_batches([batch]).slice(0, count - taken))
                taken += kept[-1].num_rows
                if taken >= count:
                    break
            if not kept:
                kept.append(parquet.schema_arrow.empty_table())
    return pa.concat_tables(kept), sum(row_counts(files))

"""What the columns of a table hold, computed by the engine: one row for each column."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from plait.data import arrow
from plait.data.show import shown
from plait.lang.sqltext import quoted

if TYPE_CHECKING:
    import pyarrow as pa
    from pyspark.sql.connect.session import SparkSession
    from pyspark.sql.types import DataType, StructField

_BARS = "▁▂▃▄▅▆▇█"
_BUCKETS = 10
_AT_ONCE = 25  # columns in one query
_LARGEST = "cast('1.7976931348623157E308' as double)"


@dataclass(frozen=True, slots=True)
class _Column:
    """A column and what all of its values are.

    least, most: Arrow scalars, and low, high: the same as numbers; None for types without order.
    """

    name: str
    kind: DataType
    nulls: int
    distinct: int | None
    least: pa.Scalar | None
    most: pa.Scalar | None
    low: float | None
    high: float | None


def profile_schema() -> pa.Schema:
    """The columns of a profile."""
    import pyarrow as pa

    texts, counts = pa.string(), pa.int64()
    return pa.schema(
        [
            ("column", texts),
            ("type", texts),
            ("rows", counts),
            ("nulls", counts),
            ("distinct", counts),
            ("min", texts),
            ("max", texts),
            ("histogram", texts),
        ]
    )


def profile(spark: SparkSession, view: str, zone: str) -> pa.Table:
    """For each column of a view its type, nulls, distinct values, extremes and a histogram.

    The histogram counts the values of ten equal parts between the extremes, as bars; of numbers,
    dates and truth values. zone: in which timestamps are written. Three passes over the rows
    for each 25 columns. Raises what the engine raises.
    """
    import pyarrow as pa

    fields = spark.table(view).schema.fields
    rows: list[dict[str, object]] = []
    for first in range(0, len(fields), _AT_ONCE):
        total, columns = _in_all(spark, view, fields[first : first + _AT_ONCE])
        bars = _histograms(spark, view, columns)
        rows += [_row(column, total, bars.get(column.name), zone) for column in columns]
    return pa.Table.from_pylist(rows, schema=profile_schema())


def _row(column: _Column, total: int, bars: str | None, zone: str) -> dict[str, object]:
    ends = [
        None if value is None else shown(value, value.type, zone)
        for value in (column.least, column.most)
    ]
    kind = column.kind.simpleString()
    values = (column.name, kind, total, column.nulls, column.distinct, *ends, bars)
    return dict(zip(profile_schema().names, values, strict=True))


def _in_all(
    spark: SparkSession, view: str, fields: Sequence[StructField]
) -> tuple[int, list[_Column]]:
    """How many rows there are, and what they hold in each column."""
    wanted, differ, inner = ["count(*)"], [], []
    for at, field in enumerate(fields):
        value, number = f"_{2 * at}", f"_{2 * at + 1}"
        inner += [quoted(field.name), _number(field) or "null"]
        wanted.append(f"count({value})")
        differ.append(f"count(distinct {value})" if _comparable(field.dataType) else "null")
        wanted += [f"min({value})", f"max({value})"] if _ordered(field.dataType) else ["null"] * 2
        wanted += ["null"] * 2 if inner[-1] == "null" else [f"min({number})", f"max({number})"]
    of = f"(select {_listed(inner)} from {view})"
    total, *found = _one_row(spark, f"select {_listed(wanted)} from {of}")
    distinct = _one_row(spark, f"select {_listed(differ)} from {of}")
    rows, columns = total.as_py(), []
    for at, field in enumerate(fields):
        there, least, most, low, high = found[5 * at : 5 * at + 5]
        ordered = _ordered(field.dataType)
        column = _Column(
            name=field.name,
            kind=field.dataType,
            nulls=rows - there.as_py(),
            distinct=distinct[at].as_py(),
            least=least if ordered else None,
            most=most if ordered else None,
            low=low.as_py(),
            high=high.as_py(),
        )
        columns.append(column)
    return rows, columns


def _histograms(spark: SparkSession, view: str, columns: Sequence[_Column]) -> dict[str, str]:
    """The histogram of each column that has one."""
    parts, counted = [], []
    for column in columns:
        if column.low is None or column.high is None or column.low == column.high:
            continue
        number, width = _number(column), (column.high - column.low) / _BUCKETS
        low, step = (f"cast('{value!r}' as double)" for value in (column.low, width))
        place = f"least({_BUCKETS - 1}, floor(({number} - {low}) / {step}))"
        parts.append(f"case when {number} is not null then {place} end")
        counted.append(column.name)
    if not counted:
        return {}
    places = range(_BUCKETS)
    wanted = [f"count_if(_{at} = {place})" for at in range(len(counted)) for place in places]
    inner = f"select {_listed(parts)} from {view}"
    found = [each.as_py() for each in _one_row(spark, f"select {_listed(wanted)} from ({inner})")]
    return {
        name: _drawn(found[_BUCKETS * at : _BUCKETS * (at + 1)]) for at, name in enumerate(counted)
    }


def _drawn(counts: Sequence[int]) -> str:
    """Bars as high as the counts; a blank where there is nothing."""
    most = max(counts) or 1
    return "".join(_BARS[math.ceil(n / most * 8) - 1] if n else " " for n in counts)


def _listed(parts: Sequence[str]) -> str:
    return ", ".join(f"{part} as _{at}" for at, part in enumerate(parts))


def _one_row(spark: SparkSession, sql: str) -> list[pa.Scalar]:
    return [column[0] for column in arrow.to_arrow(spark.sql(sql)).columns]


def _number(column: StructField | _Column) -> str | None:
    """The values of a column as finite doubles, in SQL; None for those that are no numbers."""
    name = quoted(column.name)
    match (column.kind if isinstance(column, _Column) else column.dataType).typeName():
        case "byte" | "short" | "integer" | "long" | "decimal":
            return f"cast({name} as double)"
        case "float" | "double":
            return f"case when {name} between -{_LARGEST} and {_LARGEST} then {name} end"
        case "boolean":
            return f"cast(cast({name} as int) as double)"
        case "date":
            return f"cast(datediff({name}, date'1970-01-01') as double)"
        case "timestamp":
            return f"cast(unix_micros({name}) as double)"
        case _:
            return None


def _comparable(kind: DataType) -> bool:
    return kind.typeName() not in ("array", "map", "struct", "variant", "void")


def _ordered(kind: DataType) -> bool:
    return _comparable(kind) and kind.typeName() != "binary"

"""Two tables as multisets of rows: whether both engines gave the same."""

from __future__ import annotations

import json
import math
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

if TYPE_CHECKING:
    import pyarrow as pa

Status = Literal["same", "different", "skipped", "failed"]
# The rows that an engine gave, or the sentence in which it failed.
Answer: TypeAlias = "pa.Table | str"
_SHOWN = 5
_WIDTH = 200


@dataclass(frozen=True, slots=True)
class Compared:
    """One table: whether both engines gave the same rows, and what each alone gave.

    why: what differs, or why there is nothing to compare.
    spark, sail: the first rows that only this engine gave, as JSON.
    """

    table: str
    line: int
    status: Status
    rows: int | None = None
    why: str = ""
    spark: tuple[str, ...] = ()
    sail: tuple[str, ...] = ()


def compared(table: Compared, spark: Answer, sail: Answer, tolerance: float) -> Compared:
    """`table` with what the comparison found.

    tolerance: how far two floating-point numbers may be apart, relative to the larger one.
    """
    table = replace(table, status="different")
    if isinstance(spark, str) or isinstance(sail, str):
        return _failed(table, spark, sail)
    if spark.column_names != sail.column_names:
        why = f"columns: {_names(spark)} on Spark, {_names(sail)} on Sail"
        return replace(table, why=why)
    parts = [
        f"{one.name} is {one.type} on Spark, {other.type} on Sail"
        for one, other in zip(spark.schema, sail.schema, strict=True)
        if family(one.type) != family(other.type)
    ]
    only_spark, only_sail = differing(_values(spark), _values(sail), tolerance)
    if only_spark or only_sail:
        parts.append(
            f"{len(only_spark)} of {spark.num_rows} rows only on Spark, "
            f"{len(only_sail)} of {sail.num_rows} only on Sail"
        )
    if not parts:
        return replace(table, status="same", rows=spark.num_rows)
    return replace(
        table,
        why="; ".join(parts),
        spark=_shown(spark.column_names, only_spark),
        sail=_shown(sail.column_names, only_sail),
    )


def _failed(table: Compared, spark: Answer, sail: Answer) -> Compared:
    """The comparison when at least one engine failed."""
    if isinstance(spark, str):
        if isinstance(sail, str):
            return replace(table, status="failed", why=f"it fails on both: {spark}")
        shown = _shown(sail.column_names, list(_values(sail)))
        return replace(table, why=f"Spark fails: {spark}; Sail answers", sail=shown)
    shown = _shown(spark.column_names, list(_values(spark)))
    return replace(table, why=f"Sail fails: {sail}; Spark answers", spark=shown)


def _names(table: pa.Table) -> str:
    return ", ".join(table.column_names)


def family(kind: pa.DataType) -> str:
    """The part of a type that has to be the same: not a number's width, nor nullability."""
    import pyarrow as pa

    is_ = pa.types
    if is_.is_integer(kind):
        return "integer"
    if is_.is_floating(kind):
        return "float"
    if is_.is_decimal(kind):
        return "decimal"
    if is_.is_struct(kind):
        return f"struct<{', '.join(f'{one.name}: {family(one.type)}' for one in kind)}>"
    if is_.is_map(kind):
        return f"map<{family(kind.key_type)}, {family(kind.item_type)}>"
    if is_.is_list(kind) or is_.is_large_list(kind):
        return f"list<{family(kind.value_type)}>"
    return str(kind).removeprefix("large_")


Row = tuple[Any, ...]


def _values(table: pa.Table) -> Iterator[Row]:
    for batch in table.to_batches(max_chunksize=65536):
        columns = [column.to_pylist() for column in batch.columns]
        for at in range(batch.num_rows):
            yield tuple(_hashable(column[at]) for column in columns)


def _hashable(value: Any) -> Any:
    match value:
        case dict():
            return tuple((key, _hashable(one)) for key, one in value.items())
        case list() | tuple():
            return tuple(_hashable(one) for one in value)
        case float() if math.isnan(value):
            return "NaN"
        case _:
            return value


def differing(
    left: Iterator[Row], right: Iterator[Row], tolerance: float
) -> tuple[list[Row], list[Row]]:
    """The rows of two multisets that have no partner in the other.

    Rows are partners when they are equal, or differ only in floating-point numbers that are
    within `tolerance` of each other, relative to the larger one.
    """
    count = Counter(left)
    count.subtract(Counter(right))
    only_left = [row for row, times in count.items() for _ in range(times)]
    only_right = [row for row, times in count.items() for _ in range(-times)]
    near: defaultdict[Row, list[Row]] = defaultdict(list)
    for row in only_right:
        near[_without_floats(row)].append(row)
    alone = [
        row
        for row in only_left
        if not _take_near(row, near.get(_without_floats(row), []), tolerance)
    ]
    return alone, [row for rows in near.values() for row in rows]


def _take_near(row: Row, rows: list[Row], tolerance: float) -> bool:
    """Whether `rows` has a partner of `row`, which is then removed from it."""
    for at, other in enumerate(rows):
        pairs = zip(_floats(row), _floats(other), strict=True)
        if all(math.isclose(a, b, rel_tol=tolerance, abs_tol=tolerance) for a, b in pairs):
            del rows[at]
            return True
    return False


def _without_floats(value: Any) -> Any:
    if isinstance(value, tuple):
        return tuple(_without_floats(one) for one in value)
    return "a number" if isinstance(value, float) else value


def _floats(value: Any) -> Iterator[float]:
    if isinstance(value, tuple):
        for one in value:
            yield from _floats(one)
    elif isinstance(value, float):
        yield value


def _shown(names: Sequence[str], rows: Sequence[Row]) -> tuple[str, ...]:
    """The first rows as JSON, in an order that does not depend on the engine."""
    first = sorted(rows, key=repr)[:_SHOWN]
    texts = (
        json.dumps(dict(zip(names, row, strict=True)), default=str, ensure_ascii=False)
        for row in first
    )
    return tuple(text if len(text) <= _WIDTH else f"{text[: _WIDTH - 1]}…" for text in texts)

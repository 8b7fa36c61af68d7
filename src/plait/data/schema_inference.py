"""The types of CSV columns, the same for every engine.

The engine reads text and counts, over all rows, which kinds of text a column holds; the type
follows from that by Spark's rules.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from plait.data.partitions import quoted

if TYPE_CHECKING:
    from pyspark.sql.connect.column import Column
    from pyspark.sql.connect.dataframe import DataFrame

_INTEGER, _HUGE, _DECIMAL, _BOOLEAN, _DATE, _TIMESTAMP, _OTHER = (1 << bit for bit in range(7))
_INTEGER_TEXT = r"^[+-]?[0-9]{1,18}$"
_HUGE_TEXT = r"^[+-]?[0-9]{19,38}$"
_ANY_INTEGER_TEXT = r"^[+-]?[0-9]{1,38}$"
_DECIMAL_TEXT = r"^[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?$"
_DATE_TEXT = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$"
_TIMESTAMP_TEXT = (
    r"^[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,6})?)?"
    r"(Z|[+-][0-9]{2}:?[0-9]{2})?$"
)
_NOT_FINITE = ("NaN", "Infinity", "-Infinity", "Inf", "-Inf")
_SAMPLE_ROWS = 1000


@dataclass(frozen=True, slots=True)
class Patterns:
    """How dates and timestamps are written; None is ISO 8601."""

    date: str | None = None
    timestamp: str | None = None


def csv_types(frame: DataFrame, patterns: Patterns) -> dict[str, str]:
    """Column → type, for a frame of text columns, from all of its rows.

    The first rows give a guess for each column, and one pass over all rows holds each guess
    against one test; the columns that fail theirs, seldom any, are looked at in full.
    """
    kinds = _kinds(frame.limit(_SAMPLE_ROWS), frame.columns, patterns)
    guessed = {name: _type(kind) for name, kind in kinds.items()}
    open_names = [name for name, kind in kinds.items() if kind == 0]
    types = {name: "string" for name, kind in kinds.items() if kind and guessed[name] == "string"}
    tested = {name: guessed[name] for name in frame.columns if name not in {*types, *open_names}}
    found = _tested(frame, tested, patterns) if tested else {}
    types |= {name: kind for name, kind in found.items() if kind is not None}
    again = [name for name in frame.columns if name not in types]
    if again:
        for name, kind in _kinds(frame, again, patterns).items():
            types[name] = _type(kind)
    unsized = [name for name in again if types[name] == "int"]
    if unsized:
        sized = _tested(frame, dict.fromkeys(unsized, "int"), patterns)
        types |= {name: kind or "string" for name, kind in sized.items()}
    return {name: types[name] for name in frame.columns}


def _kinds(frame: DataFrame, names: list[str], patterns: Patterns) -> dict[str, int]:
    """Which kinds of text each column holds, as bits; 0 when it holds nothing but null."""
    from pyspark.sql.connect import functions as F  # noqa: N812 - Spark's own convention

    found = [
        F.bit_or(_kind(frame[quoted(name)], patterns)).alias(f"kind{index}")
        for index, name in enumerate(names)
    ]
    row = frame.agg(*found).toArrow().to_pylist()[0]
    return {name: row[f"kind{index}"] or 0 for index, name in enumerate(names)}


def _tested(
    frame: DataFrame, guesses: Mapping[str, str], patterns: Patterns
) -> dict[str, str | None]:
    """Column → its guessed type if all of its values are of that type, else None."""
    from pyspark.sql.connect import functions as F  # noqa: N812

    found: list[Column] = []
    for index, (name, kind) in enumerate(guesses.items()):
        text = frame[quoted(name)]
        wrong = text.isNotNull() & ~_is_a(text, kind, patterns)
        found.append(F.max(F.when(wrong, F.lit(1)).otherwise(F.lit(0))).alias(f"wrong{index}"))
        if kind == "int":
            number = F.when(~wrong, text).try_cast("bigint")
            found += [F.min(number).alias(f"low{index}"), F.max(number).alias(f"high{index}")]
    row = frame.agg(*found).toArrow().to_pylist()[0]
    return {
        name: None if row[f"wrong{i}"] else _sized(kind, row.get(f"low{i}"), row.get(f"high{i}"))
        for i, (name, kind) in enumerate(guesses.items())
    }


def _is_a(text: Column, kind: str, patterns: Patterns) -> Column:
    """Whether a text that is not null can be a value of a guessed type."""
    from pyspark.sql.connect import functions as F  # noqa: N812

    match kind:
        case "int":
            return text.rlike(_ANY_INTEGER_TEXT) & text.try_cast("bigint").isNotNull()
        case "decimal(38,0)":
            return text.rlike(_ANY_INTEGER_TEXT)
        case "double":
            return text.rlike(_DECIMAL_TEXT) | text.isin(*_NOT_FINITE)
        case "boolean":
            return F.lower(text).isin("true", "false")
        case "date":
            return _is_moment(text, "date", patterns)
        case _:
            return _is_moment(text, "timestamp", patterns) | _is_moment(text, "date", patterns)


def _is_moment(text: Column, kind: str, patterns: Patterns) -> Column:
    exists = typed(text, kind, patterns).isNotNull()
    if patterns.date if kind == "date" else patterns.timestamp:
        return exists
    return text.rlike(_DATE_TEXT if kind == "date" else _TIMESTAMP_TEXT) & exists


def typed(text: Column, kind: str, patterns: Patterns) -> Column:
    """A text column as `kind`; what cannot be read as that is null."""
    from pyspark.sql.connect import functions as F  # noqa: N812

    if kind == "string":
        return text
    if kind == "date" and patterns.date:
        return F.try_to_timestamp(text, F.lit(patterns.date)).cast("date")
    if kind == "timestamp" and patterns.timestamp:
        return F.try_to_timestamp(text, F.lit(patterns.timestamp))
    return text.try_cast(kind)


def _kind(text: Column, patterns: Patterns) -> Column:
    from pyspark.sql.connect import functions as F  # noqa: N812

    huge = text.try_cast("bigint").isNull()
    return (
        F.when(text.isNull(), F.lit(0))
        .when(text.rlike(_INTEGER_TEXT), F.lit(_INTEGER))
        .when(text.rlike(_HUGE_TEXT), F.when(huge, F.lit(_HUGE)).otherwise(F.lit(_INTEGER)))
        .when(text.rlike(_DECIMAL_TEXT) | text.isin(*_NOT_FINITE), F.lit(_DECIMAL))
        .when(F.lower(text).isin("true", "false"), F.lit(_BOOLEAN))
        .when(_is_moment(text, "date", patterns), F.lit(_DATE))
        .when(_is_moment(text, "timestamp", patterns), F.lit(_TIMESTAMP))
        .otherwise(F.lit(_OTHER))
    )


def _type(kinds: int) -> str:
    """Spark's type for a column that holds these kinds of text; `int` may yet be `bigint`."""
    exact = {
        _INTEGER: "int",
        _BOOLEAN: "boolean",
        _DATE: "date",
        _TIMESTAMP: "timestamp",
        _DATE | _TIMESTAMP: "timestamp",
    }
    if kinds in exact:
        return exact[kinds]
    if kinds and not kinds & ~(_INTEGER | _HUGE):
        return "decimal(38,0)"
    return "double" if kinds and not kinds & ~(_INTEGER | _HUGE | _DECIMAL) else "string"


def _sized(kind: str, low: int | None, high: int | None) -> str:
    """`bigint` for an `int` whose values need it."""
    if kind != "int" or low is None or high is None:
        return kind
    return "int" if low >= -(2**31) and high < 2**31 else "bigint"

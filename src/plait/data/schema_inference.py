"""The types of CSV columns, the same for every engine.

The engine reads text and counts, over all rows, which kinds of text a column holds; the type
follows from that by Spark's rules.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from plait.lang.sqltext import quoted

if TYPE_CHECKING:
    from pyspark.sql.connect.column import Column
    from pyspark.sql.connect.dataframe import DataFrame

_INT, _LONG, _HUGE, _DOUBLE, _BOOLEAN, _DATE, _TIMESTAMP, _OTHER = (1 << bit for bit in range(8))
_WHOLE = _INT | _LONG | _HUGE
_WHOLE_TEXT = r"^[+-]?[0-9]{1,38}$"
_DOUBLE_TEXT = r"^[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?$"
_DATE_TEXT = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$"
_TIMESTAMP_TEXT = (
    r"^[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,6})?)?"
    r"(Z|[+-][0-9]{2}:?[0-9]{2})?$"
)
_NOT_FINITE = ("NaN", "Infinity", "-Infinity", "Inf", "-Inf")
_DECIMAL_TYPE = "decimal(38,0)"
_LONG_DIGITS = 20
_SAMPLE_ROWS = 1000
# From so many columns on their values are counted as rows: the time in which an engine plans a
# query grows with the square of its expressions.
_WIDE = 100


@dataclass(frozen=True, slots=True)
class Patterns:
    """How dates and timestamps are written; None is ISO 8601."""

    date: str | None = None
    timestamp: str | None = None


def csv_types(frame: DataFrame, patterns: Patterns) -> dict[str, str]:
    """Column → type, for a frame of text columns, from all of its rows.

    The first rows give a guess for each column, and one pass over all rows holds each guess
    against one test; the columns that fail theirs, seldom any, are looked at in full. Where there
    are many columns, all are looked at in full in one pass.
    """
    if len(frame.columns) > _WIDE:
        kinds = _kinds(frame, frame.columns, patterns)
        types = {name: _type(kind) for name, kind in kinds.items()}
    else:
        types = _guessed_types(frame, patterns)
    decimals = [name for name in frame.columns if types[name] == _DECIMAL_TYPE]
    if decimals:
        types |= _sized_decimals(frame, decimals)
    return {name: types[name] for name in frame.columns}


def _guessed_types(frame: DataFrame, patterns: Patterns) -> dict[str, str]:
    kinds = _kinds(frame.limit(_SAMPLE_ROWS), frame.columns, patterns)
    guessed = {name: _type(kind) for name, kind in kinds.items()}
    open_names = [name for name, kind in kinds.items() if kind == 0]
    types = {name: "string" for name, kind in kinds.items() if kind and guessed[name] == "string"}
    tested = {name: guessed[name] for name in frame.columns if name not in {*types, *open_names}}
    found = _tested(frame, tested, patterns) if tested else {}
    types |= {name: kind for name, kind in found.items() if kind is not None}
    again = [name for name in frame.columns if name not in types]
    if again:
        types |= {name: _type(kind) for name, kind in _kinds(frame, again, patterns).items()}
    return types


def _kinds(frame: DataFrame, names: list[str], patterns: Patterns) -> dict[str, int]:
    """Which kinds of text each column holds, as bits; 0 when it holds nothing but null."""
    from pyspark.sql.connect import functions as F  # noqa: N812 - Spark's own convention

    rows = _of_each(frame, names, lambda text: {"kind": F.bit_or(_kind(text, patterns))})
    return {name: row.get("kind") or 0 for name, row in rows.items()}


def _of_each(
    frame: DataFrame, names: list[str], asked: Callable[[Column], Mapping[str, Column]]
) -> dict[str, dict[str, int | None]]:
    """Aggregates of each of the columns `names`, by the aggregate's name; none of no rows."""
    from pyspark.sql.connect import functions as F  # noqa: N812

    if len(names) > _WIDE:
        texts = F.array(*(F.col(quoted(name)) for name in names))
        cells = frame.select(F.posexplode(texts).alias("place", "text"))
        found = [column.alias(key) for key, column in asked(F.col("text")).items()]
        rows = cells.groupBy("place").agg(*found).toArrow().to_pylist()
        by_place = {row.pop("place"): row for row in rows}
        return {name: by_place.get(index, {}) for index, name in enumerate(names)}
    found = [
        column.alias(f"{key}{index}")
        for index, name in enumerate(names)
        for key, column in asked(F.col(quoted(name))).items()
    ]
    row = frame.agg(*found).toArrow().to_pylist()[0]
    keys = list(asked(F.lit("")))
    return {name: {key: row[f"{key}{index}"] for key in keys} for index, name in enumerate(names)}


def _sized_decimals(frame: DataFrame, names: list[str]) -> dict[str, str]:
    """Columns of whole numbers beyond 64 bits → the decimal that Spark takes for them."""
    from pyspark.sql.connect import functions as F  # noqa: N812

    def widths(text: Column) -> dict[str, Column]:
        digits = F.length(F.regexp_replace(text, r"^[+-]?0*", ""))
        is_long = text.try_cast("bigint").isNotNull() & text.try_cast("int").isNull()
        return {"digits": F.max(digits), "long": F.max(F.when(is_long, F.lit(_LONG_DIGITS)))}

    return {
        name: f"decimal({max(row.get('digits') or 1, row.get('long') or 0)},0)"
        for name, row in _of_each(frame, names, widths).items()
    }


def _tested(
    frame: DataFrame, guesses: Mapping[str, str], patterns: Patterns
) -> dict[str, str | None]:
    """Column → its guessed type if all of its values are of that type, else None."""
    from pyspark.sql.connect import functions as F  # noqa: N812

    found: list[Column] = []
    for index, (name, kind) in enumerate(guesses.items()):
        text = F.col(quoted(name))
        wrong = text.isNotNull() & ~_is_a(text, kind, patterns)
        found.append(F.max(F.when(wrong, F.lit(1)).otherwise(F.lit(0))).alias(f"wrong{index}"))
        if kind in ("int", "bigint"):
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
        case "int" | "bigint":
            return text.rlike(_WHOLE_TEXT) & text.try_cast("bigint").isNotNull()
        case _ if kind == _DECIMAL_TYPE:
            return text.rlike(_WHOLE_TEXT)
        case "double":
            return text.rlike(_DOUBLE_TEXT) | text.isin(*_NOT_FINITE)
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

    whole = (
        F.when(text.try_cast("int").isNotNull(), F.lit(_INT))
        .when(text.try_cast("bigint").isNotNull(), F.lit(_LONG))
        .otherwise(F.lit(_HUGE))
    )
    return (
        F.when(text.isNull(), F.lit(0))
        .when(text.rlike(_WHOLE_TEXT), whole)
        .when(text.rlike(_DOUBLE_TEXT) | text.isin(*_NOT_FINITE), F.lit(_DOUBLE))
        .when(F.lower(text).isin("true", "false"), F.lit(_BOOLEAN))
        .when(_is_moment(text, "date", patterns), F.lit(_DATE))
        .when(_is_moment(text, "timestamp", patterns), F.lit(_TIMESTAMP))
        .otherwise(F.lit(_OTHER))
    )


def _type(kinds: int) -> str:
    """Spark's type for a column that holds these kinds of text; a decimal is yet to be sized."""
    exact = {
        _INT: "int",
        _LONG: "bigint",
        _INT | _LONG: "bigint",
        _BOOLEAN: "boolean",
        _DATE: "date",
        _TIMESTAMP: "timestamp",
        _DATE | _TIMESTAMP: "timestamp",
    }
    if kinds in exact:
        return exact[kinds]
    if kinds and not kinds & ~_WHOLE:
        return _DECIMAL_TYPE
    return "double" if kinds and not kinds & ~(_WHOLE | _DOUBLE) else "string"


def _sized(kind: str, low: int | None, high: int | None) -> str:
    """`bigint` for whole numbers that need it, else `int`."""
    if kind not in ("int", "bigint") or low is None or high is None:
        return kind
    return "int" if low >= -(2**31) and high < 2**31 else "bigint"

"""Values in files of text (csv, json, text): written the same by every engine, or refused.

Left to themselves the engines differ here without a warning: one cuts timestamps to milliseconds
and blanks off text, one drops a row that is only a null, one writes NaN as null. So such values
are turned into text before the engine sees them, and what no text file can hold is refused.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from plait.errors import DataError
from plait.lang.sqltext import quoted

if TYPE_CHECKING:
    from pyspark.sql.connect.column import Column
    from pyspark.sql.connect.dataframe import DataFrame
    from pyspark.sql.types import DataType, StructField

TEXT_FORMATS = ("csv", "json", "text")
NOT_FINITE = "JSON has no NaN and no Infinity"
_TIMESTAMP = "yyyy-MM-dd'T'HH:mm:ss.SSSSSSXXX"


def distinct_names(names: Iterable[str]) -> None:
    """Raise DataError when two columns have one name; no file keeps both apart."""
    seen: dict[str, str] = {}
    for name in names:
        other = seen.setdefault(name.lower(), name)
        if other is not name:
            both = f"'{name}'" if other == name else f"'{other}' and '{name}'"
            raise DataError(
                f"two columns are called {both}, and names do not differ by case",
                hint="give one of them another name: select …, b as other",
            )


def prepared(
    df: DataFrame, format: str, options: Mapping[str, str], partition_by: tuple[str, ...]
) -> DataFrame:
    """`df` as a text format can hold it; partition columns stay as they are.

    Raises DataError for a column that it cannot hold.
    """
    if format not in TEXT_FORMATS:
        return df
    fields = [field for field in df.schema.fields if field.name not in partition_by]
    for field in fields:
        _check(field, format)
    if format == "text":
        if [field.dataType.simpleString() for field in fields] != ["string"]:
            raise DataError(
                "text is one column of strings; the table has "
                + ", ".join(f"{field.name} {field.dataType.simpleString()}" for field in fields),
                hint="select one string column, or save as csv",
            )
        return df
    columns = {field.name: _column(df, field, format) for field in fields}
    if format == "csv" and len(fields) == 1 and not options.get("nullvalue"):
        columns = {name: _never_blank(column) for name, column in columns.items()}
    return df.select(
        *(
            (columns[name] if name in columns else df[quoted(name)]).alias(name)
            for name in df.columns
        )
    )


def writer_options(format: str, columns: int) -> dict[str, str]:
    """Options by which an engine neither trims text nor writes empty text unlike null.

    columns: how many the files have.
    """
    if format != "csv":
        return {}
    kept = {"ignoreLeadingWhiteSpace": "false", "ignoreTrailingWhiteSpace": "false"}
    return {**kept, "emptyValue": ""} if columns > 1 else kept


def _check(field: StructField, format: str) -> None:
    from pyspark.sql import types as T  # noqa: N812 - Spark's own convention

    kind = field.dataType.simpleString()
    if format == "csv" and isinstance(field.dataType, (T.StructType, T.ArrayType, T.MapType)):
        raise DataError(
            f"csv cannot hold the column '{field.name}' of type {kind}",
            hint=f"select to_json({field.name}), or save as json or parquet",
        )
    for part in _parts(field.dataType):
        if isinstance(part, T.BinaryType):
            raise DataError(
                f"{format} cannot hold the bytes of the column '{field.name}'",
                hint=f"select hex({field.name}) or base64({field.name}), or save as parquet",
            )
        if "interval" in part.simpleString():
            raise DataError(
                f"{format} cannot hold the interval of the column '{field.name}'",
                hint=f"select cast({field.name} as string)",
            )


def _parts(kind: DataType) -> list[DataType]:
    """The types of all single values in a value of type `kind`."""
    from pyspark.sql import types as T  # noqa: N812

    match kind:
        case T.StructType():
            return [part for field in kind.fields for part in _parts(field.dataType)]
        case T.ArrayType():
            return _parts(kind.elementType)
        case T.MapType():
            return [*_parts(kind.keyType), *_parts(kind.valueType)]
        case _:
            return [kind]


def _column(df: DataFrame, field: StructField, format: str) -> Column:
    from pyspark.sql import types as T  # noqa: N812
    from pyspark.sql.connect import functions as F  # noqa: N812

    column = df[quoted(field.name)]
    match field.dataType:
        case T.TimestampType():
            return F.date_format(column, _TIMESTAMP)
        case T.NullType():
            return column.cast("string")
        case T.DoubleType() | T.FloatType():
            infinite = F.abs(column) == F.lit(float("inf"))
            if format == "csv":
                sign = F.when(column > F.lit(0.0), F.lit("Infinity")).otherwise(F.lit("-Infinity"))
                return F.when(infinite & ~F.isnan(column), sign).otherwise(column.cast("string"))
            refused = F.raise_error(F.lit(f"{NOT_FINITE}: column '{field.name}'"))
            bad = F.isnan(column) | infinite
            return F.when(bad, refused.cast(field.dataType)).otherwise(column)
        case _:
            return column


def _never_blank(column: Column) -> Column:
    """Null as empty text, which is written with its quotes: a blank line is no row."""
    from pyspark.sql.connect import functions as F  # noqa: N812

    return F.coalesce(column.cast("string"), F.lit(""))

"""What a program holds in memory, pandas or Arrow, as rows in the types that Spark has."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from plait.data.tables import spark_schema
from plait.errors import UsageError

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa


def of_arrow(data: Any) -> pa.Table:
    """The rows of an Arrow table, record batch or reader, or of whatever gives an Arrow stream
    (a Polars frame, a DuckDB relation).

    Raises UsageError for anything else, and for a column whose type Spark does not have.
    """
    import pyarrow as pa

    if not hasattr(data, "__arrow_c_stream__") and not hasattr(data, "__arrow_c_array__"):
        raise UsageError(f"an Arrow table is wanted, not a {type(data).__name__}")
    return _as_spark(pa.table(data))


def of_pandas(frame: pd.DataFrame, zone: str) -> pa.Table:
    """The rows of a pandas frame, without its index.

    zone: the one in which its timestamps without a time zone are, as PySpark takes them to be in
    the session's. Raises UsageError for anything else, for a column of several types, and for one
    whose type Spark does not have.
    """
    import pandas as pd
    import pyarrow as pa

    if not isinstance(frame, pd.DataFrame):
        raise UsageError(f"a pandas DataFrame is wanted, not a {type(frame).__name__}")
    try:
        table = pa.Table.from_pandas(frame, preserve_index=False)
    except (pa.ArrowException, ValueError, TypeError) as error:
        said = "; ".join(str(part) for part in error.args)
        mixed = isinstance(error, (pa.ArrowInvalid, pa.ArrowTypeError))
        raise UsageError(
            f"this pandas frame cannot be a table: {said}",
            hint="give each column one type: frame.astype({'column': 'string'})"
            if mixed
            else None,
        ) from None
    for at, kind in enumerate(frame.dtypes):
        if pd.api.types.is_datetime64_dtype(kind):
            name, column = table.column_names[at], table.column(at)
            table = table.set_column(at, name, _in_zone(name, column, zone))
    return _as_spark(table)


def _in_zone(name: str, column: pa.ChunkedArray, zone: str) -> pa.ChunkedArray:
    """The moments at which a clock in `zone` shows these times; when it does twice, the later."""
    import pyarrow as pa
    import pyarrow.compute as pc

    try:
        return pc.assume_timezone(column, zone, ambiguous="latest")
    except pa.ArrowInvalid as error:
        raise UsageError(
            f"column '{name}' has a time that the session's time zone {zone} skips: {error}",
            hint=f"give it a time zone: frame['{name}'].dt.tz_localize('UTC')",
        ) from None


def _as_spark(table: pa.Table) -> pa.Table:
    """The rows in the types that Spark has; what is finer than a microsecond is cut off."""
    import pyarrow as pa
    from pyspark.errors import PySparkException
    from pyspark.sql.pandas.types import from_arrow_type

    schema = spark_schema(table.schema)
    if not schema.names:
        raise UsageError("a table without columns cannot be a table of a session")
    for name, kind in zip(schema.names, schema.types, strict=True):
        try:
            from_arrow_type(kind, prefer_timestamp_ntz=True)
        except PySparkException:
            raise UsageError(
                f"column '{name}' has the type {kind}, which Spark does not have",
                hint="make it text or a number first",
            ) from None
    try:
        return table.cast(schema, safe=False)
    except (pa.ArrowException, ValueError) as error:
        raise UsageError(f"these rows do not fit Spark's types: {error}") from None

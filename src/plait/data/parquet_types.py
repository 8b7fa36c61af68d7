"""What Parquet holds that no engine reads: found in the footers, before anything runs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from plait.errors import DataError
from plait.storage.paths import AnyPath, opened

if TYPE_CHECKING:
    import pyarrow as pa

_MAX_DIGITS = 38


def check_types(file: AnyPath) -> None:
    """Raise DataError for a column that Spark does not read, and for a file that is damaged.

    Raises OSError.
    """
    import pyarrow as pa

    try:
        with opened(file) as parquet:
            schema, fields = parquet.schema, list(parquet.schema_arrow)
    except pa.ArrowNotImplementedError:
        return  # what Arrow does not know an engine may
    except pa.ArrowInvalid as problem:
        raise DataError(f"{file} is not a whole Parquet file: {problem}") from problem
    leaves = (schema.column(index) for index in range(len(schema)))
    for field in fields:
        for what, instead in _unreadable(field.type, leaves):
            raise DataError(
                f"the column '{field.name}' of {file} holds {what}, which Spark does not read",
                hint=instead,
            )


def _unreadable(kind: pa.DataType, leaves: Iterator[Any]) -> list[tuple[str, str]]:
    """What cannot be read, and how to write it instead.

    leaves: the file's columns of plain values, of which those of `kind` are taken.
    """
    import pyarrow as pa

    is_a = pa.types
    if isinstance(kind, pa.BaseExtensionType):
        kind = kind.storage_type
    if is_a.is_nested(kind):
        inner = [_unreadable(kind.field(at).type, leaves) for at in range(kind.num_fields)]
        return [problem for problems in inner for problem in problems]
    leaf = next(leaves)
    if leaf.logical_type.type == "UUID":
        return [("UUIDs", "write them as text")]
    # what has 96 bits is a timestamp of Spark's own, though Arrow gives it in nanoseconds
    if is_a.is_timestamp(kind) and kind.unit == "ns" and leaf.physical_type != "INT96":
        microseconds = 'write microseconds: in pandas, to_parquet(…, coerce_timestamps="us")'
        return [("timestamps in nanoseconds", microseconds)]
    if is_a.is_time(kind):
        return [("times of day", "write them as text, or as a number of seconds")]
    if is_a.is_float16(kind):
        return [("floats of 16 bits", "write them as float32")]
    if is_a.is_decimal(kind) and kind.precision > _MAX_DIGITS:
        instead = f"write them with at most {_MAX_DIGITS} digits, as text or as float64"
        return [(f"decimals of {kind.precision} digits", instead)]
    return []

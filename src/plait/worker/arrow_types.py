"""Which types Arrow, Spark and pandas do not share, and what becomes of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

# float64, which pandas takes for integers with nulls, has every integer up to here.
_EXACT = 2**53


def spark_type(kind: pa.DataType, *, keep_null: bool = False) -> pa.DataType:
    """The Arrow type that Spark keeps values of `kind` in.

    keep_null: whether the type of nothing but nulls stays, which else becomes string.
    """
    import pyarrow as pa

    def inner(kind: pa.DataType) -> pa.DataType:
        return spark_type(kind, keep_null=keep_null)

    is_a = pa.types
    wider = {
        pa.uint8(): pa.int16(),
        pa.uint16(): pa.int32(),
        pa.uint32(): pa.int64(),
        pa.uint64(): pa.decimal128(20, 0),
        pa.float16(): pa.float32(),
        pa.large_string(): pa.string(),
        pa.string_view(): pa.string(),
        pa.large_binary(): pa.binary(),
        pa.binary_view(): pa.binary(),
        pa.date64(): pa.date32(),
        pa.null(): pa.null() if keep_null else pa.string(),
    }
    if is_a.is_dictionary(kind):
        return inner(kind.value_type)
    if is_a.is_timestamp(kind):
        return pa.timestamp("us", kind.tz)
    if is_a.is_map(kind):
        return pa.map_(inner(kind.key_type), inner(kind.item_type))
    if is_a.is_list(kind) or is_a.is_large_list(kind) or is_a.is_fixed_size_list(kind):
        return pa.list_(pa.field("element", inner(kind.value_type)))
    if is_a.is_struct(kind):
        return pa.struct([pa.field(f.name, inner(f.type), f.nullable) for f in kind])
    return wider.get(kind, kind)


def any_part(kind: pa.DataType, holds: Callable[[pa.DataType], bool]) -> bool:
    """Whether `holds` is true of a type, or of one that it is made of."""
    inner = (kind.field(at).type for at in range(kind.num_fields))
    return holds(kind) or any(any_part(each, holds) for each in inner)


def to_pandas(table: pa.Table) -> pd.DataFrame:
    """The table as a pandas data frame, with pyarrow's types; no integer is rounded.

    A column of integers with nulls is float64, as in pandas itself, while that is exact. With
    integers beyond 2^53 it is Int64 or UInt64, and inside of lists, structs and maps they are
    Python's own.
    """
    import pyarrow as pa

    frame: pd.DataFrame = table.to_pandas()
    for at, column in enumerate(table.columns):
        if not column.num_chunks:
            continue
        if _may_be_rounded(column.type) and _is_rounded(pa.concat_arrays(column.chunks)):
            exact = column.to_pandas(integer_object_nulls=True)
            if pa.types.is_integer(column.type):
                exact = exact.astype("Int64" if column.type == pa.int64() else "UInt64")
            exact.index = frame.index
            frame.isetitem(at, exact)
    return frame


def _may_be_rounded(kind: pa.DataType) -> bool:
    """Whether there are integers of 64 bits in it."""
    import pyarrow as pa

    return any_part(kind, lambda each: each in (pa.int64(), pa.uint64()))


def _is_rounded(array: pa.Array) -> bool:
    """Whether pyarrow would round integers in it, because there are nulls among them."""
    import pyarrow as pa
    import pyarrow.compute as pc

    kind = array.type
    if pa.types.is_int64(kind) or pa.types.is_uint64(kind):
        if not array.null_count or array.null_count == len(array):
            return False
        extremes = pc.min_max(array).as_py()
        return bool(max(abs(extremes["min"]), abs(extremes["max"])) > _EXACT)
    if pa.types.is_struct(kind):
        return any(_is_rounded(child) for child in array.flatten())
    if pa.types.is_map(kind):
        return _is_rounded(array.items)
    if pa.types.is_nested(kind) and not pa.types.is_union(kind):
        return _is_rounded(array.flatten())
    return False

"""Whatever a model answers, as Arrow columns with one value for each row."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from plait.worker.arrow_types import any_part, spark_type

if TYPE_CHECKING:
    import pyarrow as pa

_DIGITS, _SCALE = 38, 18


def output_table(answer: Any, rows: int, name: str) -> pa.Table:
    """`answer` as a table of `rows` rows; an answer without column names is called `name`.

    A numpy array, list, pandas Series, tensor or Arrow array is one column (of a 2-D array:
    a column of arrays); a data frame, Arrow table or dict of columns brings its own names.
    Types that Spark lacks become the nearest that it has. Python's Decimal is decimal(38, 18), as
    in Spark, so that the type does not hang on the digits of a batch.
    Raises ValueError for a wrong number of rows, for two columns of one name and for a Decimal
    that does not fit, TypeError for what is no column.
    """
    import pyarrow as pa

    columns = {key: _shared(value) for key, value in _named(_columns(answer, name)).items()}
    for column in columns.values():
        if len(column) != rows:
            raise ValueError(
                f"the model answered {len(column)} value(s) for {rows} row(s); "
                "it has to answer one for each row"
            )
    if not columns:
        raise ValueError("the model answered a table without columns")
    return pa.table(columns)


def _columns(answer: Any, name: str) -> Iterable[tuple[Any, Any]]:
    import pyarrow as pa

    if isinstance(answer, (pa.Table, pa.RecordBatch)):
        return zip(answer.schema.names, answer.columns, strict=True)
    if isinstance(answer, (pa.Array, pa.ChunkedArray)):
        return [(name, answer)]
    if isinstance(answer, Mapping):
        return [(key, _array(value)) for key, value in answer.items()]
    if hasattr(answer, "iloc") and hasattr(answer, "columns"):
        return [(key, _array(answer.iloc[:, at])) for at, key in enumerate(answer.columns)]
    return [(name, _array(answer))]


def _named(columns: Iterable[tuple[Any, Any]]) -> dict[str, Any]:
    """The columns by name; Spark takes `A` and `a` for one."""
    named: dict[str, Any] = {}
    for key, column in columns:
        if str(key).lower() in {name.lower() for name in named}:
            raise ValueError(
                f"the model answered two columns of the name '{key}'; each needs its own"
            )
        named[str(key)] = column
    return named


def _array(values: Any) -> Any:
    import pyarrow as pa

    if isinstance(values, (pa.Array, pa.ChunkedArray)):
        return values
    if hasattr(values, "iloc"):
        array = pa.Array.from_pandas(values)
        has_type = hasattr(values.dtype, "pyarrow_dtype")
        return array if has_type else _with_wide_decimals(array)
    if isinstance(values, (list, tuple)):
        return _with_wide_decimals(pa.array(values))
    if isinstance(values, (str, bytes)) or not hasattr(values, "__array__"):
        raise TypeError(
            f"the model answered a {type(values).__name__}; a prediction is an array, list, "
            "series or data frame with one value for each row"
        )
    return _with_wide_decimals(_from_numpy(values))


def _with_wide_decimals(array: Any) -> Any:
    """Python's Decimals as Spark keeps them; Arrow counts the digits of those that are there."""
    kind = _with_wide(array.type)
    return array if kind == array.type else array.cast(kind)


def _with_wide(kind: pa.DataType) -> pa.DataType:
    import pyarrow as pa

    if pa.types.is_decimal(kind):
        # By the type: Arrow's own cast of 38 digits to another scale overflows unseen.
        if kind.precision - kind.scale > _DIGITS - _SCALE or kind.scale > _SCALE:
            raise ValueError(
                f"the model answered a Decimal of {kind.precision - kind.scale} digits before and "
                f"{kind.scale} behind the point; a Decimal is kept as decimal({_DIGITS}, "
                f"{_SCALE}), as in Spark; answer a pyarrow array to choose another type"
            )
        return pa.decimal128(_DIGITS, _SCALE)
    if pa.types.is_list(kind):
        return pa.list_(_with_wide(kind.value_type))
    if pa.types.is_struct(kind):
        return pa.struct([field.with_type(_with_wide(field.type)) for field in kind])
    return kind


def _from_numpy(values: Any) -> Any:
    import numpy as np
    import pyarrow as pa

    array = np.asarray(values)
    if array.ndim == 0:
        raise TypeError(f"the model answered the single value {array}; one for each row is needed")
    if array.ndim == 2 and array.shape[1] == 1:
        array = array[:, 0]
    return pa.array(array) if array.ndim == 1 else pa.array(array.tolist())


def _shared(column: Any) -> Any:
    """The column in a type that Spark has; what is finer than a microsecond is cut off."""
    import pyarrow as pa

    kind = spark_type(column.type, keep_null=True)
    has_time = any_part(kind, pa.types.is_timestamp)
    return column if kind == column.type else column.cast(kind, safe=not has_time)

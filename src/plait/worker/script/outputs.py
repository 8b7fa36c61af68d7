"""Whatever a model answers, as Arrow columns with one value for each row."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pyarrow as pa


def output_table(answer: Any, rows: int, name: str) -> pa.Table:
    """`answer` as a table of `rows` rows; an answer without column names is called `name`.

    A numpy array, list, pandas Series, tensor or Arrow array is one column (of a 2-D array:
    a column of arrays); a data frame, Arrow table or dict of columns brings its own names.
    Types that Parquet and Spark do not share become the nearest that they do.
    Raises ValueError for a wrong number of rows, TypeError for what is no column.
    """
    import pyarrow as pa

    columns = {str(key): _shared(value) for key, value in _columns(answer, name).items()}
    for column in columns.values():
        if len(column) != rows:
            raise ValueError(
                f"the model answered {len(column)} value(s) for {rows} row(s); "
                "it has to answer one for each row"
            )
    if not columns:
        raise ValueError("the model answered a table without columns")
    return pa.table(columns)


def _columns(answer: Any, name: str) -> Mapping[Any, Any]:
    import pyarrow as pa

    if isinstance(answer, (pa.Table, pa.RecordBatch)):
        return dict(zip(answer.schema.names, answer.columns, strict=True))
    if isinstance(answer, (pa.Array, pa.ChunkedArray)):
        return {name: answer}
    if isinstance(answer, Mapping):
        return {key: _array(value) for key, value in answer.items()}
    if hasattr(answer, "iloc") and hasattr(answer, "columns"):
        return {key: _array(answer.iloc[:, at]) for at, key in enumerate(answer.columns)}
    return {name: _array(answer)}


def _array(values: Any) -> Any:
    import pyarrow as pa

    if isinstance(values, (pa.Array, pa.ChunkedArray)):
        return values
    if hasattr(values, "iloc"):
        return pa.Array.from_pandas(values)
    if isinstance(values, (list, tuple)):
        return pa.array(values)
    if isinstance(values, (str, bytes)) or not hasattr(values, "__array__"):
        raise TypeError(
            f"the model answered a {type(values).__name__}; a prediction is an array, list, "
            "series or data frame with one value for each row"
        )
    return _from_numpy(values)


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
    """The column in a type that Parquet and Spark both have."""
    import pyarrow as pa

    kind = column.type
    if pa.types.is_dictionary(kind):
        return column.cast(kind.value_type)
    unsigned = {pa.uint8(): pa.int16(), pa.uint16(): pa.int32(), pa.uint32(): pa.int64()}
    wider = {
        **unsigned,
        pa.uint64(): pa.int64(),
        pa.float16(): pa.float32(),
        pa.large_string(): pa.string(),
        pa.large_binary(): pa.binary(),
    }
    if pa.types.is_timestamp(kind) and kind.unit != "us":
        return column.cast(pa.timestamp("us", kind.tz), safe=False)
    return column.cast(wider[kind]) if kind in wider else column

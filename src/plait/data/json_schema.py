"""The types of JSON fields, found in all lines and the same for every engine.

The lines are read here, or where the engine reads them when there are many in a store.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from plait.data.text_files import open_text
from plait.errors import DataError
from plait.storage.paths import AnyPath
from plait.worker import json_shapes

if TYPE_CHECKING:
    from pyspark.sql.connect.dataframe import DataFrame
    from pyspark.sql.types import DataType, StructType


def json_schema(files: Iterable[AnyPath]) -> StructType:
    """The schema of files with one JSON object a line. Raises DataError with file and line."""
    shape: json_shapes.Shape = {}
    for file in files:
        with open_text(file) as lines:
            for number, line in enumerate(lines, 1):
                if line.strip():
                    json_shapes.see(shape, parse_object(file, number, line))
    return _struct_of_all(shape)


def json_schema_by_engine(lines: DataFrame) -> StructType:
    """The same for a frame with one column of lines, found where the engine reads them.

    Raises DataError with the line that is no JSON object, and what the engine raises.
    """
    from pyspark import cloudpickle

    # Executors have no plait: they get the functions themselves.
    cloudpickle.register_pickle_by_value(json_shapes)
    found = lines.mapInArrow(json_shapes.of_lines, json_shapes.COLUMNS).toArrow().to_pylist()
    if bad := [part["bad"] for part in found if part["bad"] is not None]:
        raise DataError(
            f"a line is not a JSON object: {min(bad)}",
            hint="json is read with one object on each line",
        )
    shape: json_shapes.Shape = {}
    for part in found:
        json_shapes.merge(shape, json.loads(part["shape"]))
    return _struct_of_all(shape)


def _struct_of_all(shape: json_shapes.Shape) -> StructType:
    if not shape.get("fields"):
        raise DataError("the JSON has no fields, so there are no columns")
    return _struct(shape)


def _struct(shape: json_shapes.Shape) -> StructType:
    """The fields in the order of their names."""
    from pyspark.sql import types as T  # noqa: N812

    return T.StructType(
        [
            T.StructField(name, _type_of(inner))
            for name, inner in sorted(shape.get("fields", {}).items())
            if not (set(inner.get("kinds", ())) == {"object"} and not inner.get("fields"))
        ]
    )


def _type_of(shape: json_shapes.Shape) -> DataType:
    """Spark's type: numbers widen, what does not fit together is text."""
    from pyspark.sql import types as T  # noqa: N812

    scalars = {
        frozenset({"int"}): T.LongType(),
        frozenset({"float"}): T.DoubleType(),
        frozenset({"int", "float"}): T.DoubleType(),
        frozenset({"bool"}): T.BooleanType(),
    }
    kinds = frozenset(shape.get("kinds", ()))
    if kinds == {"object"}:
        return _struct(shape)
    if kinds == {"array"}:
        return T.ArrayType(_type_of(shape["item"]))
    return scalars.get(kinds, T.StringType())


def parse_object(file: AnyPath, number: int, line: str) -> dict[str, Any]:
    """One line of a JSON file. Raises DataError when it is not an object."""
    try:
        value = json.loads(line)
    except ValueError as problem:
        raise DataError(
            f"{file}, line {number}, is not JSON: {problem}",
            hint="json is read with one object on each line",
        ) from None
    if not isinstance(value, dict):
        raise DataError(
            f"{file}, line {number}, is not a JSON object",
            hint="json is read with one object on each line",
        )
    return value

"""The types of JSON fields, found in all lines and the same for every engine.

The lines are read here, or where the engine reads them when there are many in a store.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from plait.data.text_files import as_data_error, open_text
from plait.data.text_formats import distinct_names
from plait.data.unread import Content
from plait.errors import DataError
from plait.storage.paths import AnyPath
from plait.worker import json_shapes

if TYPE_CHECKING:
    from pyspark.sql.connect.dataframe import DataFrame
    from pyspark.sql.types import DataType, StructType

# Of the decimal that holds every number of 64 bits.
_LONG_DIGITS = 20
_NUMBERS = frozenset({"int", "big", "float", "odd"})


@dataclass(frozen=True, slots=True)
class JsonLines:
    """What is in files of JSON. marked: whether one begins with a byte order mark."""

    shape: json_shapes.Shape
    marked: bool = False

    def schema(self) -> StructType:
        """The columns in the order of their names.

        Raises DataError where there are none, and for a field that is empty text in one place
        and no text elsewhere: Spark types it by the others, and cannot read the empty text.
        """
        if (field := _first(self.shape, _is_empty_and_typed)) is not None:
            raise DataError(
                f"the JSON field '{field}' is empty text in one place and no text elsewhere",
                hint="say what it is with schema",
            )
        found = _struct(self.shape)
        if found is None:
            raise DataError("the JSON has no fields, so there are no columns")
        distinct_names(found.fieldNames())
        return found

    def content(self, declared: Collection[str] = ()) -> dict[Content, str]:
        """What engines may read otherwise, with where it is.

        declared: fields that are asked for as text, whatever they hold.
        """
        found: dict[Content, str] = {}
        if self.marked:
            found["json-mark"] = "a JSON file begins with a byte order mark"
        if (field := _first(self.shape, lambda shape: "odd" in _kinds(shape))) is not None:
            found["json-not-finite"] = f"the JSON field '{field}' has NaN or Infinity"
        field = _first(self.shape, _is_mixed)
        fields = self.shape.get("fields", {}).items()
        asked = (
            name for name, one in fields if name in declared and _kinds(one) - {"str", "empty"}
        )
        if (field := field or next(asked, None)) is not None:
            found["json-mixed"] = f"the JSON field '{field}' is text and holds other values"
        return found


def json_lines(files: Iterable[AnyPath]) -> JsonLines:
    """What is in files with one JSON object a line. Raises DataError with file and line."""
    shape: json_shapes.Shape = {}
    marked = False
    for file in files:
        with as_data_error(file), open_text(file, keep_mark=True) as lines:
            for number, line in enumerate(lines, 1):
                text = line
                if number == 1 and line.startswith("\ufeff"):
                    marked, text = True, line[1:]
                if text.strip():
                    _see(shape, file, number, text)
    return JsonLines(shape, marked)


def json_lines_by_engine(lines: DataFrame) -> JsonLines:
    """The same for a frame with one column of lines, found where the engine reads them.

    Raises DataError with the line that is no JSON object, and what the engine raises.
    """
    from pyspark import cloudpickle

    # Executors have no plait: they get the functions themselves.
    cloudpickle.register_pickle_by_value(json_shapes)
    found = lines.mapInArrow(json_shapes.of_lines, json_shapes.COLUMNS).toArrow().to_pylist()
    if bad := [part["bad"] for part in found if part["bad"] is not None]:
        raise DataError(
            f"a line is not a JSON object, or has more than {json_shapes.MOST_LEVELS} levels: "
            f"{min(bad)}",
            hint="json is read with one object on each line",
        )
    shape: json_shapes.Shape = {}
    for part in found:
        json_shapes.merge(shape, json.loads(part["shape"]))
    return JsonLines(shape)


def _see(shape: json_shapes.Shape, file: AnyPath, number: int, line: str) -> None:
    value = parse_object(file, number, line)
    try:
        json_shapes.see(shape, value)
    except RecursionError:
        raise _too_deep(file, number) from None


def _too_deep(file: AnyPath, number: int) -> DataError:
    return DataError(
        f"{file}, line {number}, has more than {json_shapes.MOST_LEVELS} levels of JSON",
        hint='load it as text, and take out what is needed with get_json_object(value, "$.a.b")',
    )


def _kinds(shape: json_shapes.Shape) -> frozenset[str]:
    return frozenset(shape.get("kinds", ()))


def _is_mixed(shape: json_shapes.Shape) -> bool:
    kinds = _kinds(shape) - {"empty"}
    return len(kinds) > 1 and not kinds <= _NUMBERS


def _is_empty_and_typed(shape: json_shapes.Shape) -> bool:
    kinds = _kinds(shape)
    return "empty" in kinds and len(kinds) > 1 and "str" not in kinds and not _is_mixed(shape)


def _first(shape: json_shapes.Shape, wanted: Callable[[json_shapes.Shape], bool]) -> str | None:
    """The path of the first field, `a.b`, with a shape that is `wanted`; items by `[]`."""
    for name, inner in shape.get("fields", {}).items():
        if wanted(inner):
            return name
        if (below := _first(inner, wanted)) is not None:
            return f"{name}.{below}".replace(".[", "[")
    if (item := shape.get("item")) is not None:
        below = "" if wanted(item) else _first(item, wanted)
        return None if below is None else f"[].{below}".removesuffix(".")
    return None


def _struct(shape: json_shapes.Shape) -> StructType | None:
    """The fields in Spark's order, that of their names in UTF-16; None where there are none."""
    from pyspark.sql import types as T  # noqa: N812

    fields = shape.get("fields", {})
    types = {name: _type_of(fields[name]) for name in sorted(fields, key=_utf16) if name}
    found = [T.StructField(name, kind) for name, kind in types.items() if kind is not None]
    return T.StructType(found) if found else None


def _utf16(name: str) -> bytes:
    return name.encode("utf-16-be", "surrogatepass")


def _type_of(shape: json_shapes.Shape) -> DataType | None:
    """Spark's type: numbers widen, what does not fit together is text.

    None for objects that never have a field, and for arrays of them: Spark drops them.
    """
    from pyspark.sql import types as T  # noqa: N812

    kinds = _kinds(shape) - {"empty"}
    if kinds == {"object"}:
        return _struct(shape)
    if kinds == {"array"}:
        item = _type_of(shape["item"])
        return None if item is None else T.ArrayType(item)
    if kinds == {"bool"}:
        return T.BooleanType()
    if not kinds or kinds - _NUMBERS:
        return T.StringType()
    if kinds & {"float", "odd"}:
        return T.DoubleType()
    if "big" not in kinds:
        return T.LongType()
    return T.DecimalType(max(shape["digits"], _LONG_DIGITS if "int" in kinds else 0), 0)


def parse_object(file: AnyPath, number: int, line: str) -> dict[str, Any]:
    """One line of a JSON file. Raises DataError when it is not an object."""
    try:
        value = json.loads(line)
    except RecursionError:
        raise _too_deep(file, number) from None
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

"""Which kinds of values, fields and items JSON lines have, as plain data.

The engine runs this where the lines are, in executors that have no plait: so it uses pyarrow
and the standard library alone, and imports inside.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, TypedDict

if TYPE_CHECKING:
    import pyarrow as pa

COLUMNS = "shape string, bad string"


# What Spark Connect says of a schema may be nested about 100 messages deep, three for a level.
MOST_LEVELS = 30
_MOST_DIGITS = 38
_INFINITY = float("inf")


class Shape(TypedDict, total=False):
    """What was seen: the names of kinds, each once; the fields of objects, the items of arrays.

    Text without a character is of the kind `empty`, a number that is NaN or infinite `odd`, a
    whole number beyond 64 bits `big`; digits: of the longest of those.
    """

    kinds: list[str]
    digits: int
    fields: dict[str, Shape]
    item: Shape


def of_lines(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """What `mapInArrow` runs over a column of lines: their shape as JSON, or a bad line."""
    import json

    import pyarrow as pa

    shape: Shape = {}
    bad = None
    for batch in batches:
        for line in batch.column(0).to_pylist():
            text = (line or "").lstrip("\ufeff")
            if bad is not None or not text.strip():
                continue
            try:
                value = json.loads(text)
                if isinstance(value, dict):
                    see(shape, value)
                    continue
            except (ValueError, RecursionError):
                pass
            bad = text[:200]
    columns = [pa.array([json.dumps(shape)], pa.string()), pa.array([bad], pa.string())]
    yield pa.RecordBatch.from_arrays(columns, names=["shape", "bad"])


def see(shape: Shape, value: object, level: int = 0) -> None:
    """Add `value` to a shape; null says nothing of a type.

    level: how deep the value lies in its line. Raises RecursionError below `MOST_LEVELS`.
    """
    if level > MOST_LEVELS:
        raise RecursionError
    if value is None:
        return
    kind = type(value).__name__
    if isinstance(value, dict):
        kind = "object"
        fields = shape.setdefault("fields", {})
        for key, inner in value.items():
            see(fields.setdefault(key, {}), inner, level + 1)
    elif isinstance(value, list):
        kind = "array"
        item = shape.setdefault("item", {})
        for inner in value:
            see(item, inner, level + 1)
    elif isinstance(value, int) and kind == "int" and not -(2**63) <= value < 2**63:
        digits = len(str(abs(value)))
        kind = "big" if digits <= _MOST_DIGITS else "float"
        if kind == "big":
            shape["digits"] = max(digits, shape.get("digits", 0))
    elif value == "":
        kind = "empty"
    elif kind == "float" and (value != value or value in (_INFINITY, -_INFINITY)):
        kind = "odd"
    kinds = shape.setdefault("kinds", [])
    if kind not in kinds:
        kinds.append(kind)


def merge(shape: Shape, other: Shape) -> None:
    """Add to a shape what another one has seen."""
    kinds = shape.setdefault("kinds", [])
    kinds.extend(kind for kind in other.get("kinds", ()) if kind not in kinds)
    if "digits" in other:
        shape["digits"] = max(other["digits"], shape.get("digits", 0))
    for name, inner in other.get("fields", {}).items():
        merge(shape.setdefault("fields", {}).setdefault(name, {}), inner)
    if "item" in other:
        merge(shape.setdefault("item", {}), other["item"])

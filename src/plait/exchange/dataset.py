"""What users hold in Ray as a table that can cross: a Ray Dataset, or a table that crossed."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from plait.errors import UsageError
from plait.exchange.ray_table import RayTable


def ray_table(data: RayTable | Any, name: str) -> RayTable:
    """`data` as a table; a Dataset is computed, and its blocks stay where they are.

    Raises UsageError for what is neither.
    """
    if isinstance(data, RayTable):
        return replace(data, name=name)
    if not hasattr(data, "to_arrow_refs"):
        raise UsageError(f"a ray.data.Dataset is wanted, not a {type(data).__name__}")
    import pyarrow as pa

    computed = data.materialize()
    schema = computed.schema()
    arrow = (
        pa.schema([])
        if schema is None
        else pa.schema(list(zip(schema.names, schema.types, strict=True)))
    )
    blocks = tuple(computed.to_arrow_refs())
    return RayTable(name, arrow, computed.count(), computed.size_bytes() or 0, blocks=blocks)

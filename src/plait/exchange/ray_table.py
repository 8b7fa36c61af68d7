"""A table as Ray tasks see it: Arrow blocks in the object store, or Parquet files."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from plait.errors import UsageError

if TYPE_CHECKING:
    import pyarrow as pa

    from plait.worker.messages import TableContent


@dataclass(frozen=True, slots=True)
class RayTable:
    """A table on Ray's side.

    blocks: references to `pyarrow.Table` objects in the object store.
    files: Parquet files that every Ray worker can read. One of the two is empty.
    rows, bytes: as measured when it was transferred (bytes as Arrow for blocks, as files
    for files).
    """

    name: str
    schema: pa.Schema
    rows: int
    bytes: int
    blocks: tuple[Any, ...] = ()
    files: tuple[str, ...] = ()

    def payload(self) -> TableContent:
        """The table as an argument of a Ray task; the worker side reads it as `TaskTable`."""
        return {
            "name": self.name,
            "schema": self.schema.serialize().to_pybytes(),
            "rows": self.rows,
            "blocks": list(self.blocks),
            "files": list(self.files),
        }


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

"""A table as Ray tasks see it: Arrow blocks in the object store, or Parquet files."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pyarrow as pa

    from plait.worker.messages import TableContent


@dataclass(frozen=True, slots=True)
class RayTable:
    """A table on Ray's side.

    blocks: references to `pyarrow.Table` objects in the object store.
    files: Parquet files that every Ray worker can read. One of the two is empty.
    rows, bytes: what was measured when it crossed (bytes as Arrow for blocks, as files
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

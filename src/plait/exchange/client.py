"""Small tables: engine → Arrow in this process → Ray's object store, and back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from plait.exchange.ray_table import RayTable

if TYPE_CHECKING:
    import pyarrow as pa


def to_ray(name: str, table: pa.Table) -> RayTable:
    """Put a table into the object store; Ray must be connected."""
    import ray

    reference: Any = ray.put(table)
    return RayTable(name, table.schema, table.num_rows, table.nbytes, blocks=(reference,))


def to_arrow(table: RayTable) -> pa.Table:
    """All blocks or files of a table in this process, in order."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    if table.blocks:
        import ray

        return pa.concat_tables(ray.get(list(table.blocks)), promote_options="default")
    if not table.files:
        return table.schema.empty_table()
    return pa.concat_tables(
        [pq.ParquetFile(file).read() for file in table.files], promote_options="default"
    )

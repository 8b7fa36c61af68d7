"""Large tables: Parquet in the run's staging folder, read by plain Ray tasks."""

from __future__ import annotations

from pathlib import Path

from plait.errors import DataError
from plait.exchange.table import RayTable


def from_folder(name: str, folder: Path) -> RayTable:
    """The Parquet files of a folder as a table; only their footers are read here.

    Raises DataError when the folder holds no Parquet file.
    """
    import pyarrow.parquet as pq

    files = sorted(str(path) for path in folder.rglob("*.parquet"))
    if not files:
        raise DataError(f"no Parquet file was written for table '{name}'")
    rows = size = 0
    schema = None
    for file in files:
        footer = pq.ParquetFile(file)
        rows += footer.metadata.num_rows
        size += Path(file).stat().st_size
        schema = schema or footer.schema_arrow
    return RayTable(name, schema, rows, size, files=tuple(files))

"""Large tables: Parquet in the run's staging in the lake, read and written by plain Ray tasks."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from plait.data import tables
from plait.data.outputs import writing
from plait.errors import ClusterError, DataError
from plait.exchange.ray_table import RayTable
from plait.storage.credentials import Storage
from plait.storage.listing import below
from plait.storage.paths import opened, path_of, row_counts
from plait.worker.messages import FileOutput, PartAnswer

if TYPE_CHECKING:
    import pyarrow as pa


def from_folder(name: str, folder: str, storage: Storage | None = None) -> RayTable:
    """The Parquet files of a folder as a table; only their footers are read here.

    folder: a local path or a URL; the table's files are then of the same kind. storage: how a
    store is reached. Raises DataError when the folder holds no Parquet file, or does not let
    itself be read.
    """
    try:
        files = below(path_of(folder, storage), "*.parquet")
        if not files:
            raise DataError(f"no Parquet file was written for table '{name}'")
        rows = sum(row_counts(files))
        size = sum(file.stat().st_size for file in files)
        with opened(files[0]) as first:
            schema = first.schema_arrow
    except OSError as problem:
        raise DataError(f"cannot read '{folder}': {problem.strerror or problem}") from problem
    return RayTable(name, schema, rows, size, files=tuple(map(str, files)))


def to_folder(table: RayTable, folder: str, storage: Storage) -> RayTable:
    """The blocks of a table as Parquet files in a folder, in their order; a task writes each.

    The columns get the types that Spark has. Raises ClusterError when a task fails.
    """
    import ray

    from plait.worker.transport.parts import write_block

    schema = tables.spark_schema(table.schema)
    write, wanted = ray.remote(write_block), schema.serialize().to_pybytes()
    writing = []
    for number, block in enumerate(table.blocks):
        output: FileOutput = {
            "method": "lake",
            "folder": folder,
            "part": f"part-{number:05d}",
        }
        writing.append(write.remote(block, wanted, output, storage.access))
    try:
        answers: list[PartAnswer] = ray.get(writing)
    except Exception as error:
        raise ClusterError(
            f"table '{table.name}' could not be written to the lake",
            engine="ray",
            cause=f"{type(error).__name__}: {error}",
        ) from error
    size = sum(answer["bytes"] for answer in answers)
    files = tuple(answer["file"] for answer in answers)
    return RayTable(table.name, schema, table.rows, size, files=files)


def rows_to_folder(rows: pa.Table, folder: str, storage: Storage) -> None:
    """Rows of this process as one Parquet file in a folder. Raises DataError."""
    import pyarrow.parquet as pq

    root = path_of(folder, storage)
    with writing(root):
        if isinstance(root, Path):
            root.mkdir(parents=True, exist_ok=True)
        with (root / "part-00000.parquet").open("wb") as out:
            pq.write_table(rows.cast(tables.spark_schema(rows.schema), safe=False), out)


def folder_of(table: RayTable) -> str:
    """The folder in which the files of a table lie."""
    return table.files[0].rpartition("/")[0]

"""A table inside a task: Arrow blocks of the object store, or Parquet files, read on demand."""

from __future__ import annotations

import base64
import json
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from plait.worker.arrow_types import to_pandas
from plait.worker.messages import Access, TableContent
from plait.worker.storage import copy_file, filesystem, parquet

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

BATCH_ROWS = 65536


class TaskTable:
    """The training or validation table of a script. Nothing is read before it is asked for.

    `len(table)` is its rows, `schema` its Arrow schema, `columns` its column names.
    """

    def __init__(self, content: TableContent, work: Path, access: Access) -> None:
        self.name = content["name"]
        self.rows = content["rows"]
        self._schema = content["schema"]
        self._blocks = content["blocks"]
        self._files = content["files"]
        self._work = work
        self._access = access

    def __len__(self) -> int:
        return self.rows

    def __repr__(self) -> str:
        return f"TaskTable({self.name}: {self.rows} rows, {', '.join(self.columns)})"

    @property
    def schema(self) -> pa.Schema:
        """The table's Arrow schema."""
        import pyarrow as pa

        return pa.ipc.read_schema(pa.py_buffer(self._schema))

    @property
    def columns(self) -> list[str]:
        """The names of the columns."""
        return list(self.schema.names)

    def to_arrow(self) -> pa.Table:
        """The whole table as one pyarrow.Table, in this task's memory."""
        import pyarrow as pa

        parts = [block_of(ref) for ref in self._blocks]
        for file in self._files:
            with parquet(file, self._access) as opened:
                parts.append(opened.read())
        if not parts:
            return self.schema.empty_table()
        return pa.concat_tables(parts, promote_options="default")

    def to_pandas(self) -> pd.DataFrame:
        """The whole table as a pandas data frame, in this task's memory; no integer is rounded
        (see `plait.worker.arrow_types.to_pandas`).

        Raises ImportError when the environment lacks pandas.
        """
        needs_pandas("data.to_pandas()")
        return to_pandas(self.to_arrow())

    def batches(self, size: int = BATCH_ROWS) -> Iterator[pa.RecordBatch]:
        """The table piece by piece: record batches of at most `size` rows.

        Raises ValueError for a size below 1.
        """
        if size < 1:
            raise ValueError(f"a batch has at least one row, not {size}")
        for ref in self._blocks:
            yield from block_of(ref).to_batches(max_chunksize=size)
        for file in self._files:
            with parquet(file, self._access) as opened:
                yield from opened.iter_batches(batch_size=size)

    def head(self, rows: int = 5) -> pa.Table:
        """The first rows as a pyarrow.Table; reads no more than the first batch."""
        import pyarrow as pa

        for batch in self.batches(rows):
            if batch.num_rows:
                return pa.Table.from_batches([batch.slice(0, rows)])
        return self.schema.empty_table()

    def to_ray_dataset(self) -> Any:
        """The table as a ray.data.Dataset over the same blocks or files.

        Raises ImportError when the environment lacks Ray Data.
        """
        try:
            import ray.data
        except ImportError as problem:
            raise ImportError(
                "data.to_ray_dataset() needs Ray Data in the script's environment: "
                f"put 'ray[data]' into its condaFile ({problem})"
            ) from None
        if self._blocks:
            return ray.data.from_arrow_refs(self._blocks)
        if self._files:
            opened = [filesystem(file, self._access) for file in self._files]
            return ray.data.read_parquet([path for _, path in opened], filesystem=opened[0][0])
        return ray.data.from_arrow(self.schema.empty_table())

    def folder(self, format: str = "parquet") -> str:
        """The path of a folder that holds the table as `parquet` or `json` (one object a line).

        It is written on the first call, belongs to this group and goes away with the run
        unless `keepLocalDirectory` is set. The files are for reading. Raises ValueError for
        another format.
        """
        if format not in ("parquet", "json"):
            raise ValueError(f"a folder is written as 'parquet' or 'json', not '{format}'")
        folder = self._work / f"{self.name}.{format}"
        if folder.is_dir():
            return str(folder)
        staged = folder.with_name(f".{folder.name}.{os.getpid()}")
        shutil.rmtree(staged, ignore_errors=True)
        staged.mkdir(parents=True)
        if format == "json":
            self._write_json(staged)
        else:
            self._write_parquet(staged)
        staged.rename(folder)
        return str(folder)

    def _write_json(self, folder: Path) -> None:
        with (folder / "part-00000.json").open("w", encoding="utf-8") as out:
            for batch in self.batches():
                for row in batch.to_pylist():
                    out.write(json.dumps(row, ensure_ascii=False, default=_as_json) + "\n")

    def _write_parquet(self, folder: Path) -> None:
        import pyarrow.parquet as pq

        for number, file in enumerate(self._files):
            target = folder / f"part-{number:05d}.parquet"
            try:
                os.link(file, target)
            except OSError:
                copy_file(file, target, self._access)
        if not self._files:
            with pq.ParquetWriter(folder / "part-00000.parquet", self.schema) as out:
                for batch in self.batches():
                    out.write_batch(batch)


def needs_pandas(what: str) -> None:
    """Raise an ImportError with the remedy when this environment lacks pandas."""
    try:
        import pandas  # noqa: F401
    except ImportError:
        raise ImportError(
            f"{what} needs pandas in the script's environment: put 'pandas<3' into its condaFile"
        ) from None


def block_of(ref: Any) -> pa.Table:
    """A block by its reference, which may be the table itself in the process that made it.

    Raises TableLost when the node that had it is gone.
    """
    import pyarrow as pa

    if isinstance(ref, pa.Table):
        return ref
    import ray

    try:
        return ray.get(ref)
    except ray.exceptions.ObjectLostError as problem:
        raise TableLost(f"a Ray node that held part of the table is gone: {problem}") from None


class TableLost(Exception):
    """Part of a table went away with a node of Ray; the table has to be transferred again."""


def is_lost(error: BaseException | None) -> bool:
    """Whether an exception is a lost table, or comes from one."""
    while error is not None:
        if isinstance(error, TableLost):
            return True
        error = error.__cause__ or error.__context__
    return False


def _as_json(value: Any) -> Any:
    if isinstance(value, bytes):
        return base64.b64encode(value).decode("ascii")
    if hasattr(value, "isoformat"):
        return value.isoformat()
    return str(value)

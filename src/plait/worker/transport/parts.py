"""Where a task leaves the part of a table that it made: three methods, one answer."""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any

from plait.worker.messages import (
    Access,
    FileOutput,
    PartAnswer,
    PartOutput,
    ReceiverOutput,
)
from plait.worker.scratch import work
from plait.worker.storage import upload_file
from plait.worker.urls import is_remote

if TYPE_CHECKING:
    import pyarrow as pa

_REPORT_EVERY_SECONDS = 1.0
_ROW_GROUP_ROWS = 65536


class ApplyError(Exception):
    """What stops a prediction and is not the model's own exception."""


def write_part(tables: Iterator[pa.Table], output: PartOutput, access: Access) -> PartAnswer:
    """Write every table to where `output` says; at least one must come.

    Raises ApplyError when a file cannot be written, ConnectionError when a receiver does not
    take the rows. Then nothing of the part counts.
    """
    if output["method"] == "lake":
        return _as_file(tables, output, access)
    if output["method"] == "direct":
        return _sent(tables, output)
    return _returned(tables)


def write_block(block: pa.Table, schema: bytes, output: PartOutput, access: Access) -> PartAnswer:
    """Write one block with the types of `schema` (serialized), as `write_part` does."""
    import pyarrow as pa

    from plait.worker.transport.batches import as_schema

    wanted = pa.ipc.read_schema(pa.py_buffer(schema))
    batches = [as_schema(batch, wanted) for batch in block.to_batches()]
    return write_part(iter([pa.Table.from_batches(batches, wanted)]), output, access)


def counted(tables: Iterator[pa.Table]) -> Iterator[pa.Table]:
    """The same tables; a message says every second how many rows have passed."""
    from plait.worker import channel

    rows, reported = 0, time.monotonic()
    for table in tables:
        yield table
        rows += len(table)
        now = time.monotonic()
        if now - reported >= _REPORT_EVERY_SECONDS:
            reported = now
            channel.send({"kind": "rows", "rows": rows})


def _returned(tables: Iterator[pa.Table]) -> PartAnswer:
    import pyarrow as pa

    table = pa.concat_tables(tables)
    return {**_measures(table.schema, table.num_rows, table.nbytes), "table": table}


def _sent(tables: Iterator[pa.Table], output: ReceiverOutput) -> PartAnswer:
    from plait.worker.transport import flight

    first = next(tables)
    blocks = flight.send(
        (batch for table in chain([first], tables) for batch in table.to_batches()),
        first.schema,
        output["endpoints"],
        output["token"],
        output["transfer"],
        output["timeout_seconds"],
        first=output["first"],
    )
    rows, size = sum(block.rows for block in blocks), sum(block.bytes for block in blocks)
    return {**_measures(first.schema, rows, size), "blocks": blocks}


def _as_file(tables: Iterator[pa.Table], output: FileOutput, access: Access) -> PartAnswer:
    with _local(output["folder"]) as folder:
        out = _File(folder, output["part"])
        try:
            for table in tables:
                out.write(table)
            answer = out.close()
        finally:
            out.abandon()
        if is_remote(output["folder"]):
            answer["file"] = _uploaded(Path(answer["file"]), output["folder"], access)
    return answer


@contextlib.contextmanager
def _local(folder: str) -> Iterator[Path]:
    """Where the output is written: its folder, or one of this node until it is uploaded."""
    if is_remote(folder):
        with work() as own:
            yield own
    else:
        Path(folder).mkdir(parents=True, exist_ok=True)
        yield Path(folder)


def _uploaded(file: Path, folder: str, access: Access) -> str:
    target = f"{folder}/{file.name}"
    try:
        upload_file(file, target, access)
    except (OSError, ValueError) as problem:
        raise ApplyError(f"{target} cannot be written: {problem}") from None
    return target


def _measures(schema: pa.Schema, rows: int, size: int) -> PartAnswer:
    return {"rows": rows, "bytes": size, "schema": schema.serialize().to_pybytes()}


class _File:
    """One Parquet file that is renamed to its name when it is whole."""

    def __init__(self, folder: Path, part: str) -> None:
        self._target = folder / f"{part}.parquet"
        self._unfinished = folder / f".{part}.{os.getpid()}.tmp"
        self._writer: Any = None
        self._waiting: list[pa.Table] = []
        self.rows = 0

    def write(self, table: pa.Table) -> None:
        """Add rows; small batches are gathered into row groups of a sensible size."""
        # Of the files that Spark wrote a table keeps the columns that they had, in a note which
        # Spark believes more than the columns that are there.
        self._waiting.append(table.replace_schema_metadata(None))
        self.rows += len(table)
        if sum(map(len, self._waiting)) >= _ROW_GROUP_ROWS:
            self._flush()

    def _flush(self) -> None:
        import pyarrow as pa
        import pyarrow.parquet as pq

        if not self._waiting:
            return
        table = pa.concat_tables(self._waiting)
        self._waiting.clear()
        if self._writer is None:
            self._writer = pq.ParquetWriter(self._unfinished, table.schema, compression="zstd")
        self._writer.write_table(table)

    def close(self) -> PartAnswer:
        """Finish the file."""
        self._flush()
        schema = self._writer.schema
        self._writer.close()
        self._unfinished.replace(self._target)
        size = self._target.stat().st_size
        return {**_measures(schema, self.rows, size), "file": str(self._target)}

    def abandon(self) -> None:
        """Remove what is not finished; nothing after `close`."""
        with contextlib.suppress(Exception):
            self._writer.close()
        self._unfinished.unlink(missing_ok=True)

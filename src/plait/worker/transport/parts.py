"""Where a task leaves the part of a table that it made: three ways, one answer.

`output` says which: {"way": "lake", "folder", "part"} is a Parquet file, local or at a URL;
{"way": "direct", "endpoints", "token", "transfer", "timeout", "first"} sends to receivers on
Ray's nodes; {"way": "client"} returns the rows themselves.
"""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Iterator, Mapping
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any

from plait.worker.scratch import work
from plait.worker.storage import upload_file
from plait.worker.urls import is_remote

if TYPE_CHECKING:
    import pyarrow as pa

_REPORT_EVERY = 1.0
_ROW_GROUP = 65536


class ApplyError(Exception):
    """What stops a prediction and is not the model's own exception."""


def left(
    tables: Iterator[pa.Table], output: Mapping[str, Any], access: Mapping[str, str]
) -> dict[str, Any]:
    """Take every table and leave it where `output` says; at least one must come.

    Returns `rows`, `bytes` and `schema` (serialized) of all, and `file`, `blocks` (confirmed
    ones) or `table`. What is left is whole, or nobody is told of it.
    """
    match output["way"]:
        case "lake":
            return _as_file(tables, output, access)
        case "direct":
            return _sent(tables, output)
        case _:
            return _returned(tables)


def stored(
    block: pa.Table, schema: bytes, output: Mapping[str, Any], access: Mapping[str, str]
) -> dict[str, Any]:
    """One block with the types of `schema` (serialized), left as `left` does."""
    import pyarrow as pa

    from plait.worker.transport.batches import as_schema

    wanted = pa.ipc.read_schema(pa.py_buffer(schema))
    batches = [as_schema(batch, wanted) for batch in block.to_batches()]
    return left(iter([pa.Table.from_batches(batches, wanted)]), output, access)


def told(tables: Iterator[pa.Table]) -> Iterator[pa.Table]:
    """The same tables; how many rows have passed is told now and then."""
    from plait.worker import channel

    rows, reported = 0, time.monotonic()
    for table in tables:
        yield table
        rows += len(table)
        now = time.monotonic()
        if now - reported >= _REPORT_EVERY:
            reported = now
            channel.send("rows", rows=rows)


def _returned(tables: Iterator[pa.Table]) -> dict[str, Any]:
    import pyarrow as pa

    table = pa.concat_tables(tables)
    return {**_measures(table.schema, table.num_rows, table.nbytes), "table": table}


def _sent(tables: Iterator[pa.Table], output: Mapping[str, Any]) -> dict[str, Any]:
    from plait.worker.transport import flight

    first = next(tables)
    endpoints = [(host, port) for host, port in output["endpoints"]]
    blocks = flight.send(
        (batch for table in chain([first], tables) for batch in table.to_batches()),
        first.schema,
        endpoints,
        output["token"],
        output["transfer"],
        output["timeout"],
        first=output["first"],
    )
    rows, size = sum(block.rows for block in blocks), sum(block.bytes for block in blocks)
    return {**_measures(first.schema, rows, size), "blocks": blocks}


def _as_file(
    tables: Iterator[pa.Table], output: Mapping[str, Any], access: Mapping[str, str]
) -> dict[str, Any]:
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
        with work() as made:
            yield made
    else:
        Path(folder).mkdir(parents=True, exist_ok=True)
        yield Path(folder)


def _uploaded(file: Path, folder: str, access: Mapping[str, str]) -> str:
    place = f"{folder}/{file.name}"
    try:
        upload_file(file, place, access)
    except (OSError, ValueError) as problem:
        raise ApplyError(f"{place} cannot be written: {problem}") from None
    return place


def _measures(schema: pa.Schema, rows: int, size: int) -> dict[str, Any]:
    return {"rows": rows, "bytes": size, "schema": schema.serialize().to_pybytes()}


class _File:
    """One Parquet file that is renamed to its name when it is whole."""

    def __init__(self, folder: Path, part: str) -> None:
        self._target = folder / f"{part}.parquet"
        self._draft = folder / f".{part}.{os.getpid()}.tmp"
        self._writer: Any = None
        self._waiting: list[pa.Table] = []
        self.rows = 0

    def write(self, table: pa.Table) -> None:
        """Add rows; small batches are gathered into row groups of a sensible size."""
        # Of the files that Spark wrote a table keeps the columns that they had, in a note which
        # Spark believes more than the columns that are there.
        self._waiting.append(table.replace_schema_metadata(None))
        self.rows += len(table)
        if sum(map(len, self._waiting)) >= _ROW_GROUP:
            self._flush()

    def _flush(self) -> None:
        import pyarrow as pa
        import pyarrow.parquet as pq

        if not self._waiting:
            return
        table = pa.concat_tables(self._waiting)
        self._waiting.clear()
        if self._writer is None:
            self._writer = pq.ParquetWriter(self._draft, table.schema, compression="zstd")
        self._writer.write_table(table)

    def close(self) -> dict[str, Any]:
        """Finish the file; its path and measures."""
        self._flush()
        schema = self._writer.schema
        self._writer.close()
        self._draft.replace(self._target)
        size = self._target.stat().st_size
        return {**_measures(schema, self.rows, size), "file": str(self._target)}

    def abandon(self) -> None:
        """Remove what is not finished; nothing after `close`."""
        with contextlib.suppress(Exception):
            self._writer.close()
        self._draft.unlink(missing_ok=True)

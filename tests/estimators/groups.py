"""Payloads of a group, as the driver makes them, over a Parquet file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from plait.exchange.ray_table import RayTable

ROWS = pa.table(
    {
        "x": pa.array([0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0]),
        "y": pa.array([1.0, 0.0, 1.0, 0.0, 1.0, 0.0, 1.0, 0.0]),
        "label": pa.array([0, 0, 0, 0, 1, 1, 1, 1]),
    }
)


def file_table(folder: Path, table: pa.Table = ROWS, name: str = "data") -> RayTable:
    """`table` as two Parquet files of several row groups."""
    folder.mkdir(parents=True, exist_ok=True)
    half = (len(table) + 1) // 2
    paths = []
    for number, part in enumerate((table.slice(0, half), table.slice(half))):
        path = folder / f"{name}-{number}.parquet"
        pq.write_table(part, path, row_group_size=max(1, half // 2))
        paths.append(str(path))
    return RayTable(name, table.schema, len(table), table.nbytes, files=tuple(paths))


def payload(folder: Path, text: str, /, *modules: tuple[str, str], **other: Any) -> dict[str, Any]:
    """What `run_group` takes; the entry script stands on line 11 of `work.mlsql`."""
    scripts = [("train", text, 11)]
    scripts += [(name, code, 101 * n) for n, (name, code) in enumerate(modules, start=1)]
    return {
        "scripts": [
            {"name": name, "text": code, "file": "work.mlsql", "first_line": line}
            for name, code, line in scripts
        ],
        "entry_point": "train",
        "group": 0,
        "params": {},
        "system_params": {},
        "table": file_table(folder / "in").payload(),
        "validation": None,
        "file_format": None,
        "model_folder": str(folder / "group-0"),
        "work_folder": str(folder / "work" / "group-0"),
        "keep_work": False,
        "storage": {},
        "lock": None,
        **other,
    }

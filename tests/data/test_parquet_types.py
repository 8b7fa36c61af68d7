"""Parquet of other programs that no engine reads is refused at its load, by the column's name."""

from __future__ import annotations

import uuid
from datetime import datetime, time
from decimal import Decimal
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from plait.data import sources
from plait.data.sources import resolve
from plait.errors import DataError
from plait.plan.locations import PathTarget

REFUSED: dict[str, pa.Array] = {
    "timestamps in nanoseconds": pa.array([1], pa.timestamp("ns")),
    "times of day": pa.array([time(1, 2)], pa.time64("us")),
    "floats of 16 bits": pa.array([np.float16(1.5)], pa.float16()),
    "decimals of 50 digits": pa.array([Decimal(1)], pa.decimal256(50, 2)),
    "UUIDs": pa.ExtensionArray.from_storage(
        pa.uuid(), pa.array([uuid.uuid4().bytes], pa.binary(16))
    ),
}


def check(format: str, path: Path) -> None:
    sources.check(resolve(PathTarget.of(format, str(path))))


@pytest.mark.parametrize("what", REFUSED)
def test_what_no_engine_reads_is_refused(tmp_path: Path, what: str) -> None:
    odd = REFUSED[what]
    inside = pa.StructArray.from_arrays([pa.array([7]), odd], ["n", "x"])
    listed = pa.ListArray.from_arrays([0, 1], odd)
    for number, column in enumerate((odd, inside, listed)):
        path = tmp_path / f"{number}.parquet"
        before = pa.array([[("k", 1)]], pa.map_(pa.string(), pa.int32()))
        pq.write_table(pa.table({"before": before, "odd": column}), path)
        with pytest.raises(DataError, match=rf"the column 'odd' of .* holds {what}") as refused:
            check("parquet", path)
        assert refused.value.hint


def test_what_engines_read_is_not_refused(tmp_path: Path) -> None:
    moment = pa.array([datetime(2031, 5, 6, 7, 8, 9)])
    columns = {
        "moment": moment,
        "inside": pa.StructArray.from_arrays([moment], ["x"]),
        "small": pa.array([200], pa.uint8()),
        "pairs": pa.array([[("k", Decimal("1.5"))]], pa.map_(pa.string(), pa.decimal256(20, 2))),
        "colours": pa.ListArray.from_arrays([0, 1], pa.array(["red"]).dictionary_encode()),
        "nothing": pa.nulls(1),
    }
    for old in (False, True):  # timestamps of 96 bits, which Arrow gives in nanoseconds
        path = tmp_path / f"{old}.parquet"
        pq.write_table(pa.table(columns), path, use_deprecated_int96_timestamps=old)
        check("parquet", path)


def test_a_damaged_footer_is_named(tmp_path: Path) -> None:
    path = tmp_path / "t.parquet"
    path.write_bytes(b"PAR1" + b"\0" * 20 + b"\xff\xff\0\0PAR1")
    with pytest.raises(DataError, match=r"t\.parquet"):
        check("parquet", path)


def test_a_file_whose_name_hides_it_is_refused(tmp_path: Path) -> None:
    for name in ("_export.csv", ".export.csv"):
        (tmp_path / name).write_text("a\n1\n")
        with pytest.raises(DataError, match="is hidden by its name") as refused:
            check("csv", tmp_path / name)
        assert refused.value.hint == "give the file another name"
    folder = tmp_path / "_folder"
    folder.mkdir()
    (folder / "export.csv").write_text("a\n1\n")
    check("csv", folder)

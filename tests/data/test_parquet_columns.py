"""Parquet of other programs: the columns that Spark has, on each engine, or one clear refusal."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from plait.data import sources
from plait.data.reader import FileTable
from plait.data.sources import ResolvedSource, resolve
from plait.engines.base import guarded
from plait.errors import DataError
from plait.plan.locations import PathTarget

if TYPE_CHECKING:
    from plait.engines.base import DataEngine

MOMENT = datetime(2031, 5, 6, 7, 8, 9, 654321)
MILLIS = MOMENT.replace(microsecond=654000)
# Column → its values as another program writes them, Spark's type, Spark's first value.
TYPES: dict[str, tuple[pa.Array, str, Any]] = {
    "small": (pa.array([200, None], pa.uint8()), "smallint", 200),
    "port": (pa.array([65_535, None], pa.uint16()), "int", 65_535),
    "address": (pa.array([2**32 - 1, None], pa.uint32()), "bigint", 2**32 - 1),
    "hash": (pa.array([2**64 - 1, None], pa.uint64()), "decimal(20,0)", Decimal(2**64 - 1)),
    "inside": (
        pa.array(
            [{"a b": 255, "from": [65_535], "m": [("k", 2**32 - 1)], "n": 2**64 - 1}, None],
            pa.struct(
                [
                    ("a b", pa.uint8()),
                    ("from", pa.list_(pa.uint16())),
                    ("m", pa.map_(pa.string(), pa.uint32())),
                    ("n", pa.uint64()),
                ]
            ),
        ),
        "struct<a b:smallint,from:array<int>,m:map<string,bigint>,n:decimal(20,0)>",
        {"a b": 255, "from": [65_535], "m": [("k", 2**32 - 1)], "n": Decimal(2**64 - 1)},
    ),
    "colour": (pa.array(["red", None]).dictionary_encode(), "string", "red"),
    "colours": (
        pa.array([["red"], None], pa.list_(pa.dictionary(pa.int32(), pa.string()))),
        "array<string>",
        ["red"],
    ),
    "seconds": (pa.array([MOMENT.replace(microsecond=0), None], pa.timestamp("s")),
                "timestamp_ntz", MOMENT.replace(microsecond=0)),
    "millis": (pa.array([MILLIS, None], pa.timestamp("ms", "Europe/Vienna")),
               "timestamp", MILLIS.replace(tzinfo=UTC)),
    "moments": (pa.array([[MILLIS], None], pa.list_(pa.timestamp("ms"))),
                "array<timestamp_ntz>", [MILLIS]),
    "day": (pa.array([date(2031, 5, 6), None], pa.date64()), "date", date(2031, 5, 6)),
    "large": (pa.array(["x", None], pa.large_string()), "string", "x"),
    "viewed": (pa.array(["x", None], pa.string_view()), "string", "x"),
    "bytes": (pa.array([b"x", None], pa.large_binary()), "binary", b"x"),
    "three": (pa.array([b"xyz", None], pa.binary(3)), "binary", b"xyz"),
    "pair": (pa.array([[1, 2], None], pa.list_(pa.int32(), 2)), "array<int>", [1, 2]),
    "many": (pa.array([[1, 2], None], pa.large_list(pa.int32())), "array<int>", [1, 2]),
    "price": (pa.array([Decimal("1.5"), None], pa.decimal256(20, 2)),
              "decimal(20,2)", Decimal("1.50")),
}  # fmt: skip


def _source(path: Path, **options: Any) -> ResolvedSource:
    source = resolve(PathTarget.of("parquet", str(path)), tuple(options.items()))
    sources.check(source)
    return source


def _folder(path: Path, *tables: dict[str, Any]) -> Path:
    path.mkdir(parents=True)
    for number, columns in enumerate(tables):
        pq.write_table(pa.table(columns), path / f"{number}.parquet")
    return path


def _read(engine: DataEngine, path: Path, **options: Any) -> tuple[str, list[dict[str, Any]]]:
    df = FileTable(_source(path, **options)).read(engine.session())
    rows: list[dict[str, Any]] = df.toArrow().to_pylist()
    return df.schema.simpleString()[len("struct<") : -1], rows


def test_types_are_those_of_spark(engine: DataEngine, tmp_path: Path) -> None:
    folder = _folder(tmp_path / "t", {name: array for name, (array, _, _) in TYPES.items()})
    df = FileTable(_source(folder)).read(engine.session())
    assert {f.name: f.dataType.simpleString() for f in df.schema.fields} == {
        name: kind for name, (_, kind, _) in TYPES.items()
    }
    first, second = df.toArrow().to_pylist()
    for name, (_, _, value) in TYPES.items():
        found = first[name]
        if isinstance(found, datetime) and found.tzinfo:
            found = found.astimezone(UTC)
        assert found == value, name
    assert set(second.values()) == {None}
    kept = df.where("small > 100 and address = 4294967295 and inside.`a b` = 255 and pair[1] = 2")
    assert kept.count() == 1


def test_the_old_timestamps_of_96_bits(engine: DataEngine, tmp_path: Path) -> None:
    columns = {"t": pa.array([MOMENT]), "s": pa.array([{"t": MOMENT}])}
    pq.write_table(pa.table(columns), tmp_path / "t", use_deprecated_int96_timestamps=True)
    types, rows = _read(engine, tmp_path / "t")
    assert types == "t:timestamp,s:struct<t:timestamp>"
    found = [rows[0]["t"], rows[0]["s"]["t"]]
    assert [each.astimezone(UTC).replace(tzinfo=None) for each in found] == [MOMENT, MOMENT]


def test_a_folder_has_the_columns_of_its_first_file(engine: DataEngine, tmp_path: Path) -> None:
    folder = _folder(tmp_path / "t", {"a": [1], "b": ["x"]}, {"a": [2], "c": [0.5]})
    types, rows = _read(engine, folder)
    assert types == "a:bigint,b:string"
    assert sorted(rows, key=lambda row: row["a"]) == [{"a": 1, "b": "x"}, {"a": 2, "b": None}]
    (notice,) = FileTable(_source(folder)).notices
    assert "not read: c" in notice
    assert "mergeSchema" in notice
    types, rows = _read(engine, folder, mergeSchema=True)
    assert types == "a:bigint,b:string,c:double"
    assert sorted(rows, key=lambda row: row["a"]) == [
        {"a": 1, "b": "x", "c": None},
        {"a": 2, "b": None, "c": 0.5},
    ]
    assert FileTable(_source(folder, mergeSchema=True)).notices == ()


def test_names_and_types_that_differ_a_little(
    sail: DataEngine, spark: DataEngine, tmp_path: Path
) -> None:
    """As Spark reads them; Sail refuses them before anything runs."""
    wide = {"i": [2**40], "f": [0.5], "u": pa.array([1], pa.uint32())}
    narrow = {
        "i": pa.array([7], pa.int32()),
        "f": pa.array([1.5], pa.float32()),
        "u": pa.array([2], pa.int64()),
    }
    folder = _folder(tmp_path / "t", wide, narrow)
    with pytest.raises(DataError, match="do not have the same columns"):
        guarded(sail, lambda: _read(sail, folder))
    named = _folder(tmp_path / "n", {"a": [1]}, {"A": [2]})
    with pytest.raises(DataError, match="spell the column a in several ways"):
        guarded(sail, lambda: _read(sail, named))
    assert sorted(row["a"] for row in _read(spark, named)[1]) == [1, 2]
    types, rows = _read(spark, folder)
    assert types == "i:bigint,f:double,u:bigint"
    assert sorted(tuple(row.values()) for row in rows) == [(7, 1.5, 2), (2**40, 0.5, 1)]


@pytest.mark.parametrize(
    "second", [["x"], [1.5], pa.array([2**40]), pa.nulls(1), [[1]], [{"a": 1}]]
)
@pytest.mark.parametrize("merge", [False, True])
def test_types_that_do_not_go_together_are_refused(
    tmp_path: Path, second: Any, merge: bool
) -> None:
    folder = _folder(tmp_path / "t", {"a": pa.array([1], pa.int32())}, {"a": second})
    if merge and isinstance(second, pa.NullArray):
        assert _source(folder, mergeSchema=True).parquet is not None
        return
    with pytest.raises(DataError, match=r"the column 'a' is int in .*0.parquet and .*1.parquet"):
        _source(folder, mergeSchema=merge)

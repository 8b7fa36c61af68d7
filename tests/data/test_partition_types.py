"""Partition columns: their types as Spark finds them, any name, any value, on each engine."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from plait.data.commit import RunFolder
from plait.data.partition_types import partition_type
from plait.data.partitions import NULL_PARTITION
from plait.data.reader import read
from plait.data.sources import resolve
from plait.data.writer import SaveRequest, write
from plait.errors import DataError
from plait.plan.locations import PathTarget

if TYPE_CHECKING:
    from pyspark.sql.connect.dataframe import DataFrame

    from plait.engines.base import DataEngine

# The names of folders → the type that Spark gives the column, and its values in their order.
FOLDERS: dict[str, tuple[list[str], str, list[Any]]] = {
    "count": (["7", "+08", "-0"], "int", [7, 8, 0]),
    "long": (["7", "4294967296"], "bigint", [7, 2**32]),
    "huge": (["7", "123456789012345678901"], "decimal(21,0)",
             [Decimal(7), Decimal("123456789012345678901")]),
    "power": (["2e3", "5"], "decimal(10,0)", [Decimal(2000), Decimal(5)]),
    "ratio": (["0.5", "2"], "double", [0.5, 2.0]),
    "horizon": (["1d", "14d"], "double", [1.0, 14.0]),
    "unsure": (["0.5", "4294967296"], "string", ["0.5", "4294967296"]),
    "day": (["2031-05-06", NULL_PARTITION], "date", [date(2031, 5, 6), None]),
    "month": (["2031-05", "2031-6"], "date", [date(2031, 5, 1), date(2031, 6, 1)]),
    "moment": (["2031-05-06", "2031-05-06 07%3A08%3A09.5"], "timestamp",
               [datetime(2031, 5, 6), datetime(2031, 5, 6, 7, 8, 9, 500000)]),
    "mixed": (["2031-05-06", "7"], "string", ["2031-05-06", "7"]),
    "flag": (["true", "false"], "string", ["true", "false"]),
    "town": (["%C3%9Cr%C3%BCmqi", "Ürümqi 2"], "string", ["Ürümqi", "Ürümqi 2"]),
    "odd": (["a%2Fb%3D%25", "it's"], "string", ["a/b=%", "it's"]),
    "a%3Db": (["1", "2"], "int", [1, 2]),
    "a%25b": (["1", "2"], "int", [1, 2]),
    "größe": (["1", "2"], "int", [1, 2]),
    "h%C3%B6he": (["1", "2"], "int", [1, 2]),
}  # fmt: skip
NAMES = {"a%3Db": "a=b", "a%25b": "a%b", "h%C3%B6he": "höhe"}


def _load(engine: DataEngine, path: Path, format: str = "parquet") -> DataFrame:
    return read(engine.session(), resolve(PathTarget.of(format, str(path))))


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        (["1."], "decimal(1,0)"),
        ([".5"], "double"),
        (["9" * 38], "decimal(38,0)"),
        (["9" * 39], "double"),
        (["NaN", "-Infinity"], "double"),
        (["nan"], "string"),
        (["1_000"], "string"),
        (["2031-02-29"], "string"),
        (["2031-05-06T07:08:09"], "date"),
        (["2031-05-06 07:08"], "date"),
        (["31-05-06"], "string"),
        ([None], "string"),
        ([None, "1"], "int"),
        (["1", "0.5", "4294967296"], "string"),
    ],
)
def test_types(values: list[str | None], kind: str) -> None:
    assert partition_type(values) == kind
    assert partition_type(reversed(values)) == kind


def test_folders_of_other_programs(engine: DataEngine, tmp_path: Path) -> None:
    """All columns at once, nested; the two rows have the first and the second values."""
    for row in range(2):
        folders = [f"{name}={texts[row]}" for name, (texts, _, _) in FOLDERS.items()]
        folder = tmp_path / "t" / "/".join(folders)
        folder.mkdir(parents=True)
        pq.write_table(pa.table({"v": [row]}), folder / "part.parquet")
    df = _load(engine, tmp_path / "t")
    names = {name: NAMES.get(name, name) for name in FOLDERS}
    assert {f.name: f.dataType.simpleString() for f in df.schema.fields} == {
        "v": "bigint",
        **{names[name]: kind for name, (_, kind, _) in FOLDERS.items()},
    }
    rows = df.orderBy("v").toArrow().to_pylist()
    for name, (_, kind, values) in FOLDERS.items():
        found = [row[names[name]] for row in rows]
        if kind == "timestamp":
            found = [each.astimezone(UTC).replace(tzinfo=None) for each in found]
        assert found == values[:2], name


def test_any_name_and_value_comes_back(
    sail: DataEngine, spark: DataEngine, tmp_path: Path
) -> None:
    """What one engine writes the other reads, and the folders are called alike."""
    run = RunFolder.create(tmp_path / "lake")
    by = ("a=b", "a%b", "a/b", "größe", "日 本", "a.b", "_k", "a'`b")
    columns = [f"{n} as `{name.replace('`', '``')}`" for n, name in enumerate(by[:-1])]
    sql = (
        "select named_struct('x y', 1, 'from', 2) as s, "
        f"{', '.join(columns)}, v as `a'``b` from values ('ü: 100%/日'), ('n''=~#'), (null) t(v)"
    )
    folders = []
    for writer, reader in ((sail, spark), (spark, sail)):
        target = tmp_path / writer.name
        request = SaveRequest("overwrite", partition_by=by)
        rows = writer.session().sql(sql)
        write(rows, PathTarget.of("parquet", str(target)), request, run)
        folders.append(sorted(p.relative_to(target) for p in target.rglob("*") if p.is_dir()))
        for engine in (writer, reader):
            df = _load(engine, target)
            assert df.columns == ["s", *by]
            found = df.toArrow().to_pylist()
            assert {row["a'`b"] for row in found} == {"ü: 100%/日", "n'=~#", None}
            for row in found:
                assert row["s"] == {"x y": 1, "from": 2}
                assert [row[name] for name in by[:-1]] == list(range(len(by) - 1))
    run.remove()
    assert folders[0] == folders[1]
    with pytest.raises(DataError, match="begin with a point"):
        hidden = SaveRequest("overwrite", partition_by=(".k",))
        rows = sail.session().sql("select 1 as a, 2 as `.k`")
        write(rows, PathTarget.of("parquet", str(tmp_path / "h")), hidden, run)


def test_structs_of_partitioned_json(engine: DataEngine, tmp_path: Path) -> None:
    folder = tmp_path / "t" / "k=1"
    folder.mkdir(parents=True)
    (folder / "part.json").write_text('{"s": {"x y": 1, "from": [{"a`b": 2}]}}\n')
    assert _load(engine, tmp_path / "t", "json").toArrow().to_pylist() == [
        {"s": {"from": [{"a`b": 2}], "x y": 1}, "k": 1}
    ]

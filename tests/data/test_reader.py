"""What load reads: the same columns, types and values on each engine."""

from __future__ import annotations

import csv
import gzip
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from plait.data import sources
from plait.data.reader import read
from plait.data.sources import resolve
from plait.errors import BindError, DataError, OptionError
from plait.plan.locations import PathTarget

if TYPE_CHECKING:
    from pyspark.sql.connect.dataframe import DataFrame

    from plait.engines.base import DataEngine

KINDS = """i,big,f,b,d,ts,s,mix,nothing,lead,sp,dec
1,3000000000,1.5,true,2024-01-01,2024-01-01 10:00:00,a,1,,01, x,12345678901234567890
2,1,2,FALSE,2024-02-30,2024-01-01T10:00:00Z,NA,x,,02,y ,1
,,,,,,,,,,,
3,1,NaN,True,2024-02-01,2024-01-01,"",1.5,,03,"q,""z""
2",1
"""


def _load(engine: DataEngine, format: str, path: object, **options: Any) -> DataFrame:
    source = resolve(PathTarget.of(format, str(path)), tuple(options.items()))
    sources.check(source)
    return read(engine.session(), source)


def check(format: str, path: str, options: tuple[tuple[str, Any], ...] = ()) -> None:
    sources.check(resolve(PathTarget.of(format, path), options))


def _rows(engine: DataEngine, format: str, path: object, **options: Any) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = _load(engine, format, path, **options).toArrow().to_pylist()
    return rows


def _types(engine: DataEngine, format: str, path: object, **options: Any) -> dict[str, str]:
    df = _load(engine, format, path, **options)
    return {f.name: f.dataType.simpleString() for f in df.schema.fields}


def _file(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


def test_csv_types_are_found_from_all_rows(engine: DataEngine, tmp_path: Path) -> None:
    kinds = KINDS.replace("2024-02-30", "2024-02-28")
    path = _file(tmp_path / "t.csv", kinds)
    assert _types(engine, "csv", path, header=True, inferSchema=True) == {
        "i": "int",
        "big": "bigint",
        "f": "double",
        "b": "boolean",
        "d": "date",
        "ts": "timestamp",
        "s": "string",
        "mix": "string",
        "nothing": "string",
        "lead": "int",
        "sp": "string",
        "dec": "decimal(20,0)",
    }
    first, second, third, last = _rows(engine, "csv", path, header=True, inferSchema=True)
    assert (first["i"], first["big"], first["lead"], first["sp"]) == (1, 3000000000, 1, " x")
    assert first["d"] == date(2024, 1, 1)
    assert first["ts"].astimezone(UTC) == datetime(2024, 1, 1, 10, tzinfo=UTC)
    assert second["ts"] == first["ts"]
    assert first["dec"] == Decimal("12345678901234567890")
    assert second["s"] == "NA"
    assert set(third.values()) == {None}
    assert last["f"] != last["f"]
    assert (last["s"], last["sp"], last["b"]) == (None, 'q,"z"\n2', True)


def test_a_day_that_is_not_makes_a_column_text(engine: DataEngine, tmp_path: Path) -> None:
    path = _file(tmp_path / "t.csv", KINDS)
    assert _types(engine, "csv", path, header=True, inferSchema=True)["d"] == "string"


def test_a_type_is_not_taken_from_the_first_rows_alone(engine: DataEngine, tmp_path: Path) -> None:
    path = _file(tmp_path / "t.csv", "a,b\n" + "1,2\n" * 5000 + "x,3000000000\n")
    assert _types(engine, "csv", path, header=True, inferSchema=True) == {
        "a": "string",
        "b": "bigint",
    }


def test_many_columns_have_the_types_of_few(engine: DataEngine, tmp_path: Path) -> None:
    kinds = {
        "int": ("1", "", "-7"),
        "bigint": ("1", "3000000000", ""),
        "decimal(22,0)": ("", "1234567890123456789012", "5"),
        "decimal(20,0)": ("3000000000", "", "-12345678901234567890"),
        "double": ("1", "2.5", "NaN"),
        "boolean": ("true", "", "FALSE"),
        "date": ("2024-02-28", "", "2024-02-29"),
        "timestamp": ("2024-02-28", "2024-02-28 10:11:12", ""),
        "string": ("1", "x", "2024-02-28"),
    }
    wanted = [(f"{kind} {index}", kind) for index in range(12) for kind in kinds]
    wanted += [(f"nothing {index}", "string") for index in range(12)]
    rows = [
        [name for name, _ in wanted],
        *([kinds[k][row] if n.startswith(k) else "" for n, k in wanted] for row in range(3)),
    ]
    for name, some in (("wide", len(wanted)), ("narrow", len(kinds))):
        with (tmp_path / name).open("w", newline="") as file:
            csv.writer(file).writerows(row[:some] for row in rows)
        types = _types(engine, "csv", tmp_path / name, header=True, inferSchema=True)
        assert types == dict(wanted[:some])


def test_csv_null_value_and_formats(engine: DataEngine, tmp_path: Path) -> None:
    path = _file(tmp_path / "t.csv", "a;d;t\nNA;31/12/2024;31/12/2024 10:11\n7;NA;NA\n")
    options = {
        "header": True,
        "sep": ";",
        "inferSchema": True,
        "nullValue": "NA",
        "dateFormat": "dd/MM/yyyy",
        "timestampFormat": "dd/MM/yyyy HH:mm",
    }
    assert list(_types(engine, "csv", path, **options).values()) == ["int", "date", "timestamp"]
    first, second = _rows(engine, "csv", path, **options)
    assert (first["a"], first["d"]) == (None, date(2024, 12, 31))
    assert first["t"].astimezone(UTC) == datetime(2024, 12, 31, 10, 11, tzinfo=UTC)
    assert second == {"a": 7, "d": None, "t": None}


def test_csv_without_options_is_text(engine: DataEngine, tmp_path: Path) -> None:
    path = _file(tmp_path / "t.csv", "a,b\n1,\n")
    assert _rows(engine, "csv", path) == [{"_c0": "a", "_c1": "b"}, {"_c0": "1", "_c1": None}]


def test_csv_schema_is_taken_as_given(engine: DataEngine, tmp_path: Path) -> None:
    path = _file(tmp_path / "t.csv", "x,y\n1,2\nq,3\n")
    rows = _rows(engine, "csv", path, header=True, schema="a int, b double")
    assert rows == [{"a": 1, "b": 2.0}, {"a": None, "b": 3.0}]


def test_csv_in_parts_packed_and_by_pattern(engine: DataEngine, tmp_path: Path) -> None:
    for folder, opener in (("plain", open), ("packed", gzip.open)):
        _file(tmp_path / folder / "_SUCCESS", "")
        _file(tmp_path / folder / ".1.csv.crc", "?")
        for number in (1, 2):
            name = f"{number}.csv" + (".gz" if folder == "packed" else "")
            with opener(tmp_path / folder / name, "wt") as file:
                file.write(f"a,\n{number},x\n")
    expected = [{"a": "1", "_c1": "x"}, {"a": "2", "_c1": "x"}]
    for path in ("plain", "packed", "plain/{1,2}.csv", "pa*/*.gz"):
        rows = _rows(engine, "csv", tmp_path / path, header=True)
        assert sorted(rows, key=lambda row: row["a"]) == expected


def test_a_ragged_csv_fails_on_each_engine(engine: DataEngine, tmp_path: Path) -> None:
    path = _file(tmp_path / "t.csv", "a,b\n1,2\n3\n")
    with pytest.raises(Exception, match=r"(?i)csv|FAILED_READ_FILE"):
        _rows(engine, "csv", path, header=True)


def test_json_fields_come_from_all_lines(engine: DataEngine, tmp_path: Path) -> None:
    text = '{"z":1,"b":"x","m":1,"n":{"y":1,"b":[]}}\n' * 3000 + "\n"
    path = _file(tmp_path / "t.json", text + '{"a":null,"m":2.5,"late":true,"z":null}\n')
    assert _types(engine, "json", path) == {
        "a": "string",
        "b": "string",
        "late": "boolean",
        "m": "double",
        "n": "struct<b:array<string>,y:bigint>",
        "z": "bigint",
    }
    last = next(row for row in _rows(engine, "json", path) if row["late"])
    assert last == {"a": None, "b": None, "late": True, "m": 2.5, "n": None, "z": None}


def test_text_is_one_column(engine: DataEngine, tmp_path: Path) -> None:
    path = _file(tmp_path / "t.txt", "l1\n\nl3")
    assert [r["value"] for r in _rows(engine, "text", path)] == ["l1", "", "l3"]
    assert _rows(engine, "text", path, wholetext=True) == [{"value": "l1\n\nl3"}]


def test_partition_columns_have_types_and_nulls(engine: DataEngine, tmp_path: Path) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    for index, folder in enumerate(("k=1/n=a%2Fb", f"k=02/n={'__HIVE_DEFAULT_PARTITION__'}")):
        (tmp_path / "t" / folder).mkdir(parents=True)
        pq.write_table(pa.table({"x": [index]}), tmp_path / "t" / folder / "p.parquet")
    assert _types(engine, "parquet", tmp_path / "t") == {"x": "bigint", "k": "int", "n": "string"}
    rows = sorted(_rows(engine, "parquet", tmp_path / "t"), key=lambda row: row["x"])
    assert rows == [{"x": 0, "k": 1, "n": "a/b"}, {"x": 1, "k": 2, "n": None}]


def test_partitioned_csv_and_json(engine: DataEngine, tmp_path: Path) -> None:
    _file(tmp_path / "c" / "k=1" / "p.csv", "a\nx\n")
    _file(tmp_path / "j" / "k=2024-01-01" / "p.json", '{"a":1}\n')
    assert _rows(engine, "csv", tmp_path / "c", header=True) == [{"a": "x", "k": 1}]
    assert _rows(engine, "json", tmp_path / "j") == [{"a": 1, "k": date(2024, 1, 1)}]


def test_libsvm_on_spark(spark: DataEngine, tmp_path: Path) -> None:
    path = _file(tmp_path / "t.txt", "1 1:0.5 3:2\n0 2:1\n")
    df = _load(spark, "libsvm", path, numFeatures=3)
    assert df.columns == ["label", "features"]
    assert df.count() == 2


def test_a_missing_path_names_its_neighbour(tmp_path: Path) -> None:
    _file(tmp_path / "flights.csv", "a\n1\n")
    with pytest.raises(DataError, match=r"there is no file or folder") as caught:
        check("csv", str(tmp_path / "flihgts.csv"))
    assert caught.value.hint == f"did you mean '{tmp_path / 'flights.csv'}'?"
    with pytest.raises(DataError, match="no file matches") as caught:
        check("csv", str(tmp_path / "*.parquet"))
    assert "flights.csv" in str(caught.value.hint)


@pytest.mark.parametrize(
    ("format", "text", "message"),
    [
        ("parquet", "a,b\n1,2\n", "is not a Parquet file"),
        ("parquet", "", "is not a Parquet file"),
        ("csv", "", "is empty"),
        ("json", "a,b\n", "line 1, is not JSON"),
        ("json", "[1]\n", "is not a JSON object"),
    ],
)
def test_a_file_of_another_kind(tmp_path: Path, format: str, text: str, message: str) -> None:
    path = _file(tmp_path / "t.csv", text)
    with pytest.raises(DataError, match=message):
        check(format, str(path))


def test_other_things_that_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    (tmp_path / "empty").mkdir()
    with pytest.raises(DataError, match="no data files"):
        check("parquet", str(tmp_path / "empty"))
    with pytest.raises(OptionError) as caught:
        check("parqet", str(tmp_path))
    assert caught.value.hint == "did you mean 'parquet'?"
    pq.write_table(pa.table({"a": [1]}), tmp_path / "t.parquet")
    with pytest.raises(DataError, match="is a Parquet file"):
        check("csv", str(tmp_path / "t.parquet"))
    with pytest.raises(DataError, match="twice"):
        check("csv", str(_file(tmp_path / "d.csv", "a,b,A\n1,2,3\n")), (("header", True),))
    with gzip.open(_file(tmp_path / "g" / "1.csv.gz", ""), "wt") as packed:
        packed.write("a\n")
    check("csv", str(tmp_path / "g"))
    _file(tmp_path / "g" / "2.csv", "a\n")
    with pytest.raises(DataError, match="packed in different ways"):
        check("csv", str(tmp_path / "g"))
    with pytest.raises(DataError, match="packed with gzip"):
        check("csv", str((tmp_path / "g" / "1.csv.gz").rename(tmp_path / "1.csv")))
    monkeypatch.chdir(tmp_path)
    check("parquet", "t.parquet")
    check("parquet", "abfss://somewhere/else")
    monkeypatch.setenv("HOME", str(tmp_path))
    check("parquet", "~/t.parquet")


def test_a_table_of_the_lake_that_is_not_there(tmp_path: Path) -> None:
    from plait.catalog.lake import LakeCatalog

    with pytest.raises(BindError):
        LakeCatalog(tmp_path).find("db1.table1")

"""What save writes as text: the same bytes on each engine, nothing lost, or refused."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from plait.data.commit import RunFolder
from plait.data.reader import read
from plait.data.sources import resolve
from plait.data.writer import SaveRequest, write
from plait.errors import AnalysisError, DataError, PlaitError
from plait.plan.locations import PathTarget

if TYPE_CHECKING:
    from pyspark.sql.connect.dataframe import DataFrame

    from plait.engines.base import DataEngine


@pytest.fixture
def run(tmp_path: Path) -> Iterator[RunFolder]:
    folder = RunFolder.create(tmp_path / "lake")
    yield folder
    folder.remove()


def _save(
    engine: DataEngine, sql: str, path: Path, run: RunFolder, format: str = "csv", **request: Any
) -> None:
    given = SaveRequest(**{"mode": "errorIfExists", **request})
    write(engine.session().sql(sql), PathTarget.of(format, str(path)), given, run)


def _csv(engine: DataEngine, path: Path, options: Any = ()) -> DataFrame:
    return read(engine.session(), resolve(PathTarget.of("csv", str(path)), options))


def _text(folder: Path) -> str:
    files = (file for file in folder.iterdir() if not file.name.startswith("_"))
    return "".join(file.read_text("utf-8") for file in sorted(files))


VALUES = {
    "timestamp'2020-01-01 01:02:03.123456'": (
        "2020-01-01T01:02:03.123456Z",
        '"2020-01-01T01:02:03.123456Z"',
    ),
    "'  kept  '": ("  kept  ", '"  kept  "'),
    "''": ("", '""'),
    "cast(null as string)": ("", None),
    "null": ("", None),
    "0.5d": ("0.5", "0.5"),
    "cast(1.5 as decimal(5, 2))": ("1.50", "1.50"),
}


@pytest.mark.parametrize("value", VALUES)
def test_a_value_is_the_same_text_on_each_engine(
    engine: DataEngine, tmp_path: Path, run: RunFolder, value: str
) -> None:
    csv, json = VALUES[value]
    _save(engine, f"select {value} as v, 1 as one", tmp_path / "c", run)
    assert _text(tmp_path / "c") == f"{csv},1\n"
    _save(engine, f"select {value} as v, 1 as one", tmp_path / "j", run, format="json")
    first = "" if json is None else f'"v":{json},'
    assert _text(tmp_path / "j") == f'{{{first}"one":1}}\n'


def test_csv_keeps_what_is_not_finite(engine: DataEngine, tmp_path: Path, run: RunFolder) -> None:
    sql = "select explode(array(1.5d, double('nan'), double('inf'), -double('inf'), null)) v, 1 o"
    _save(engine, sql, tmp_path / "t", run)
    lines = _text(tmp_path / "t").splitlines()
    assert lines == ["1.5,1", "NaN,1", "Infinity,1", "-Infinity,1", ",1"]


def test_json_refuses_what_is_not_finite(
    engine: DataEngine, tmp_path: Path, run: RunFolder
) -> None:
    with pytest.raises(Exception) as caught:
        sql = "select id, if(id = 2, double('nan'), 1.0d) as v from range(3)"
        _save(engine, sql, tmp_path / "t", run, format="json")
    error = engine.translate(caught.value)
    assert isinstance(error, DataError) and "column 'v'" in error.message
    assert not (tmp_path / "t").exists()


def test_a_row_of_one_null_is_a_row(engine: DataEngine, tmp_path: Path, run: RunFolder) -> None:
    _save(engine, "select explode(array('a', '', null, 'b')) v", tmp_path / "t", run)
    df = _csv(engine, tmp_path / "t")
    assert [row["_c0"] for row in df.toArrow().to_pylist()] == ["a", None, None, "b"]


@pytest.mark.parametrize(
    ("format", "value", "says"),
    [
        ("csv", "array(1)", "csv cannot hold the column 'v' of type array<int>"),
        ("csv", "map('k', 1)", "csv cannot hold the column 'v' of type map"),
        ("csv", "unhex('00ff')", "cannot hold the bytes of the column 'v'"),
        ("json", "named_struct('b', unhex('00ff'))", "cannot hold the bytes of the column 'v'"),
        ("json", "interval 1 day", "cannot hold the interval of the column 'v'"),
        ("text", "1", "text is one column of strings; the table has v int"),
        ("parquet", "1 as V, 2", "two columns are called 'V' and 'v'"),
        ("csv", "1 as V, 2", "two columns are called 'V' and 'v'"),
    ],
)
def test_what_a_file_cannot_hold_is_refused(
    engine: DataEngine, tmp_path: Path, run: RunFolder, format: str, value: str, says: str
) -> None:
    with pytest.raises(DataError) as caught:
        _save(engine, f"select {value} as v", tmp_path / "t", run, format=format)
    assert says in caught.value.message
    assert not (tmp_path / "t").exists()


def test_csv_is_added_to_by_name(engine: DataEngine, tmp_path: Path, run: RunFolder) -> None:
    target, header = tmp_path / "t", (("header", True),)
    _save(engine, "select 1 as a, 2 as b", target, run, options=header)
    _save(engine, "select 8 as B, 9 as a", target, run, options=header, mode="append")
    df = _csv(engine, target, header)
    rows = sorted(tuple(row.values()) for row in df.toArrow().to_pylist())
    assert (df.columns, rows) == (["a", "b"], [("1", "2"), ("9", "8")])
    for wrong in ("select 1 as a, 2 as z", "select 1 as a", "select 1 as a, 2 as b, 3 as c"):
        with pytest.raises(DataError, match="does not fit"):
            _save(engine, wrong, target, run, options=header, mode="append")


@pytest.mark.parametrize("format", ["parquet", "csv", "json"])
def test_a_partition_column_is_found_in_any_case(
    engine: DataEngine, tmp_path: Path, run: RunFolder, format: str
) -> None:
    more = {"format": format, "options": (("header", True),) if format == "csv" else ()}
    target = tmp_path / "t"
    _save(engine, "select 1 as a, 'x' as b", target, run, partition_by=("B",), **more)
    _save(engine, "select 2 as a, 'y' as B", target, run, mode="append", **more)
    assert {entry.name for entry in target.iterdir() if entry.is_dir()} == {"b=x", "b=y"}
    with pytest.raises(DataError, match="twice"):
        _save(engine, "select 1 as a, 'x' as b", tmp_path / "u", run, partition_by=("b", "B"))


def test_a_file_is_no_folder(sail: DataEngine, tmp_path: Path, run: RunFolder) -> None:
    (tmp_path / "file").write_text("precious")
    with pytest.raises(DataError, match="file is a file, not a folder"):
        _save(sail, "select 1 as a", tmp_path / "file" / "t", run)
    assert (tmp_path / "file").read_text() == "precious"


SAYS = {
    "select a % 0 as c from values (1) t(a)": "division by zero",
    "select row_number() as r from values (1) t(a)": "the window function row_number needs",
    "select a, count(*) as n from values (1) t(a)": "a column stands where only a group",
    "select a from values (1) t(a) where count(*) > 1": "where only one row is seen",
    "select a from values (1) t(a) limit -1": "LIMIT must be >= 0",
    "select grouping_id() from values (1) t(a)": "grouping functions can only be used",
    "select regexp_replace(a, '(', 'x') as c from values ('q') t(a)": "a regular expression is",
}


@pytest.mark.parametrize("sql", SAYS)
def test_sail_says_it_in_words(sail: DataEngine, sql: str) -> None:
    with pytest.raises(Exception) as caught:
        sail.session().sql(sql).toArrow()
    error = sail.translate(caught.value)
    assert SAYS[sql] in error.message and error.cause


def test_two_columns_of_one_name_in_a_view(sail: DataEngine) -> None:
    with pytest.raises(Exception) as caught:
        sail.session().sql("select 1 as a, 2 as a").createOrReplaceTempView("__plait_twice_1")
    error = sail.translate(caught.value)
    assert isinstance(error, PlaitError) and not isinstance(error, AnalysisError)
    assert "two columns of the table are called a" in error.message

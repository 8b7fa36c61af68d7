"""What save writes: whole or not at all, and only over what a save has made."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from plait.catalog.lake import LakeCatalog
from plait.data.commit import RunFolder, sweep
from plait.data.reader import read
from plait.data.sources import resolve
from plait.data.writer import SaveRequest, Written, check_write, write
from plait.errors import BindError, CapabilityError, DataError, OptionError
from plait.plan.locations import PathTarget

if TYPE_CHECKING:
    from pyspark.sql.connect.dataframe import DataFrame

    from plait.engines.base import DataEngine


@pytest.fixture
def lake(tmp_path: Path) -> Path:
    return tmp_path / "lake"


@pytest.fixture
def run(lake: Path) -> Iterator[RunFolder]:
    folder = RunFolder.create(lake)
    yield folder
    folder.remove()


def _save(
    engine: DataEngine,
    sql: str,
    path: object,
    run: RunFolder,
    format: str = "parquet",
    **request: Any,
) -> Written:
    given = SaveRequest(**{"mode": "errorIfExists", **request})
    return write(engine.session().sql(sql), PathTarget.of(format, str(path)), given, run)


def _table(engine: DataEngine, path: object, format: str = "parquet", **options: Any) -> DataFrame:
    target = PathTarget.of(format, str(path))
    return read(engine.session(), resolve(target, tuple(options.items())))


def _load(engine: DataEngine, path: object, format: str = "parquet", **options: Any) -> list[Any]:
    df = _table(engine, path, format, **options)
    rows = [tuple(row.values()) for row in df.toArrow().to_pylist()]
    return sorted(rows, key=str)


def _check(format: str, path: object, options: tuple[tuple[str, Any], ...] = ()) -> None:
    check_write(PathTarget.of(format, str(path)), SaveRequest("overwrite", options))


def _names(folder: Path) -> set[str]:
    return {entry.name for entry in folder.iterdir()}


def test_modes(engine: DataEngine, tmp_path: Path, run: RunFolder) -> None:
    target = tmp_path / "out" / "t"
    written = _save(engine, "select id from range(3)", target, run)
    assert (written.rows, written.path, written.skipped) == (3, str(target), False)
    assert written.size_bytes == sum(f.stat().st_size for f in target.glob("*.parquet")) > 0
    assert {"_SUCCESS", "_schema.json"} < _names(target)
    with pytest.raises(DataError, match="exists already"):
        _save(engine, "select id from range(1)", target, run)
    assert _save(engine, "select id from range(1)", target, run, mode="ignore").skipped
    appended = _save(engine, "select id + 10 as ID from range(2)", target, run, mode="append")
    assert appended.rows == 2
    assert _load(engine, target) == [(0,), (1,), (10,), (11,), (2,)]
    _save(engine, "select 'x' as v", target, run, mode="overwrite")
    assert _load(engine, target) == [("x",)]
    assert _names(target.parent) == {"t"}


def test_a_table_is_replaced_by_what_is_read_from_it(
    engine: DataEngine, lake: Path, run: RunFolder
) -> None:
    target = lake / "t"
    _save(engine, "select id from range(3)", target, run)
    df = _table(engine, target).selectExpr("id * 2 as id")
    write(df, PathTarget.of("parquet", str(target)), SaveRequest("overwrite"), run)
    assert _load(engine, target) == [(0,), (2,), (4,)]


def test_csv_and_json_come_back(engine: DataEngine, tmp_path: Path, run: RunFolder) -> None:
    sql = "select 1 as a, 'x,\"y\"\nz' as b, cast(null as string) as c, date'2024-01-02' as d"
    csv = {"header": True, "inferSchema": True}
    _save(engine, sql, tmp_path / "c", run, format="csv", options=(("header", True),))
    row = _load(engine, tmp_path / "c", "csv", **csv)[0]
    assert (row[:3], str(row[3])) == ((1, 'x,"y"\nz', None), "2024-01-02")
    _save(engine, sql, tmp_path / "j", run, format="json")
    assert _load(engine, tmp_path / "j", "json") == [(1, 'x,"y"\nz', "2024-01-02")]
    assert not list(tmp_path.rglob("*.crc"))


def test_partitions(engine: DataEngine, tmp_path: Path, run: RunFolder) -> None:
    sql = "select id as a, case when id < 2 then 'l/r' end as k from range(3)"
    target = tmp_path / "t"
    _save(engine, sql, target, run, partition_by=("K",))
    assert "k=__HIVE_DEFAULT_PARTITION__" in _names(target)
    assert _load(engine, target) == [(0, "l/r"), (1, "l/r"), (2, None)]
    _save(engine, "select 'n' as k, 9L as a", target, run, mode="append")
    assert (9, "n") in _load(engine, target)
    with pytest.raises(DataError, match="partitioned by k"):
        _save(engine, sql, target, run, mode="append", partition_by=("a",))
    with pytest.raises(DataError, match="no column 'kk'"):
        _save(engine, sql, tmp_path / "u", run, partition_by=("kk",))


@pytest.mark.parametrize("by", [(), ("k",)])
def test_a_table_without_rows_keeps_its_columns(
    engine: DataEngine, tmp_path: Path, run: RunFolder, by: tuple[str, ...]
) -> None:
    sql = "select cast(id as int) as a, 'x' as k from range(0)"
    written = _save(engine, sql, tmp_path / "t", run, partition_by=by)
    assert written.rows == 0
    back = _table(engine, tmp_path / "t")
    assert [(f.name, f.dataType.simpleString()) for f in back.schema.fields] == [
        ("a", "int"),
        ("k", "string"),
    ]
    assert back.count() == 0
    _save(engine, sql, tmp_path / "c", run, format="csv", options=(("header", True),))
    assert _load(engine, tmp_path / "c", "csv", header=True) == []


def test_an_append_that_does_not_fit(engine: DataEngine, tmp_path: Path, run: RunFolder) -> None:
    target = tmp_path / "t"
    _save(engine, "select 1 as a, 'x' as b", target, run)
    with pytest.raises(DataError) as caught:
        _save(engine, "select 'y' as a, 2 as c", target, run, mode="append")
    for part in ("no column 'b'", "a column 'c' more", "'a' is string, not int"):
        assert part in caught.value.message
    with pytest.raises(DataError, match="no csv output"):
        _save(engine, "select 1 as a", target, run, mode="append", format="csv")


def test_a_failure_leaves_nothing(engine: DataEngine, tmp_path: Path, run: RunFolder) -> None:
    target = tmp_path / "t"
    _save(engine, "select 1L as a", target, run)
    bad = "select assert_true(id < 900) as a from range(1000)"
    for path in (target, tmp_path / "u"):
        with pytest.raises(Exception, match=r"(?i)is not true|assert"):
            _save(engine, bad, path, run, mode="overwrite")
    assert _load(engine, target) == [(1,)]
    assert _names(tmp_path) == {"t", "lake"}


def test_tables_of_the_lake(sail: DataEngine, lake: Path, run: RunFolder) -> None:
    catalog = LakeCatalog(lake)
    rows, request = sail.session().sql("select 1 as a"), SaveRequest("overwrite")
    with pytest.raises(BindError, match="no database 'db1'"):
        catalog.save(rows, "db1.t", request, run)
    catalog.save(rows, "t", request, run)
    assert catalog.tables() == ("t",)
    df = catalog.find("T").read(sail.session())
    assert df.toArrow().to_pylist() == [{"a": 1}]


def test_only_outputs_are_replaced(sail: DataEngine, tmp_path: Path, run: RunFolder) -> None:
    home = tmp_path / "home"
    (home / "photos").mkdir(parents=True)
    for mode in ("overwrite", "append"):
        with pytest.raises(DataError, match="photos"):
            _save(sail, "select 1 as a", home, run, mode=mode)
    file = tmp_path / "file"
    file.write_text("x")
    with pytest.raises(DataError, match="is a file"):
        _save(sail, "select 1 as a", file, run, mode="overwrite")
    (tmp_path / "link").mkdir()
    (tmp_path / "link" / "k=1").symlink_to(home)
    with pytest.raises(DataError, match="k=1"):
        _save(sail, "select 1 as a", tmp_path / "link", run, mode="overwrite")
    assert (home / "photos").is_dir()
    assert file.read_text() == "x"


def test_what_is_refused_before_anything_runs(tmp_path: Path) -> None:
    dynamic = (("partitionOverwriteMode", "dynamic"),)
    with pytest.raises(CapabilityError, match="dynamic"):
        _check("parquet", "t", dynamic)
    with pytest.raises(OptionError, match="libsvm"):
        _check("libsvm", "t")
    (tmp_path / "file").write_text("")
    for path in (tmp_path / "file" / "t", Path("/proc/plait/t")):
        with pytest.raises(DataError, match="cannot write"):
            _check("parquet", path)
    _check("parquet", tmp_path / "a" / "b")
    assert _names(tmp_path) == {"file"}


def test_a_run_killed_while_it_saves_leaves_the_old_table(
    sail: DataEngine, tmp_path: Path, lake: Path, run: RunFolder
) -> None:
    inside, outside = lake / "in" / "t", tmp_path / "t"
    for target in (inside, outside):
        _save(sail, "select 1L as a", target, run)
        done = subprocess.run(
            [sys.executable, "-c", _KILLED, str(lake), str(target)], check=False, timeout=60
        )
        assert done.returncode == -signal.SIGKILL
    assert len(_names(tmp_path)) == 3
    assert len(sweep(lake)) == 2
    assert (_names(tmp_path), _names(lake / "in")) == ({"t", "lake"}, {"t"})
    assert _names(lake / "_staging") == {run.run}
    assert _load(sail, outside) == _load(sail, inside) == [(1,)]


_KILLED = """
import os, signal, sys
from pathlib import Path
from pysail.spark import SparkConnectServer
from pyspark.sql.connect.session import SparkSession
from plait.data import writer
from plait.data.commit import RunFolder
from plait.plan.locations import PathTarget

server = SparkConnectServer("127.0.0.1", 0)
server.start(background=True)
port = server.listening_address[1]
spark = SparkSession.builder.remote(f"sc://127.0.0.1:{port}").create()
run = RunFolder.create(Path(sys.argv[1]))

def die(df, output, staged, _):
    assert list(staged.glob("*.parquet"))
    os.kill(os.getpid(), signal.SIGKILL)

writer._tidy = die
target = PathTarget.of("parquet", sys.argv[2])
writer.write(spark.range(9), target, writer.SaveRequest("overwrite"), run)
"""


def test_saves_at_once_leave_each_other_the_folder(tmp_path: Path) -> None:
    targets = [tmp_path / f"{round_}" / "new" / f"t{n}" for round_ in range(20) for n in range(4)]
    with ThreadPoolExecutor(4) as pool:
        checks = pool.map(lambda target: _check("csv", target), targets)
        assert list(checks) == [None] * len(targets)
    assert not list(tmp_path.iterdir())

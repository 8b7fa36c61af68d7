"""Scripts over an S3 store: the same tables and the same refusals as over a folder."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from plait.data import reader
from plait.engines.routing import asked_for
from plait.errors import DataError, PlaitError, ScriptError
from plait.exchange import files as exchange_lake
from plait.session import Session, connect
from plait.storage.credentials import Storage
from plait.storage.paths import RemotePath, path_of
from tests.services.jars import s3a
from tests.services.s3 import S3Service

UrlOf = Callable[[str], str]
_ROWS = "select id, cast(id % 3 as int) as k, 'a b' as t from range(10) as rows;"


@pytest.fixture(scope="module")
def session(s3_service: S3Service, cache: Path) -> Iterator[Session]:
    """A session on Sail whose lake is in the store."""
    lake = f"s3a://{s3_service.bucket}/whole"
    with connect(lake, engine="sail", cache=str(cache), **s3_service.settings) as made:
        yield made


@pytest.fixture
def at(s3_service: S3Service, tmp_path: Path) -> UrlOf:
    return lambda name: f"s3a://{s3_service.bucket}/{tmp_path.name}/{name}"


def _files(session: Session, text: str) -> list[str]:
    folder = path_of(text, Storage.of(session.settings.storage))
    assert isinstance(folder, RemotePath)
    found = folder.walk() if folder.is_dir() else ()
    return [str(each.relative_to(folder)) for each in found if each.is_file()]


def _rows(session: Session, script: str) -> list[dict[str, object]]:
    last = session.run(script).last
    assert last is not None
    rows: list[dict[str, object]] = last.to_arrow().to_pylist()
    return sorted(rows, key=str)


def _refused(session: Session, script: str) -> str:
    with pytest.raises(PlaitError) as caught:
        session.run(script)
    return str(caught.value)


def test_a_whole_script_on_a_lake_in_a_store(s3_service: S3Service, cache: Path) -> None:
    lake = f"s3a://{s3_service.bucket}/own"
    with connect(lake, engine="sail", cache=str(cache), **s3_service.settings) as session:
        session.run("create database Sales;")
        session.run(
            "select id, cast(id % 2 as int) as k from range(4) as a;"
            "save overwrite a as hive.`sales.Orders` partitionBy k;"
            "save append a as hive.`sales.Orders`;"
        )
        assert session.catalog.names() == ("sales.orders",)
        counted = "select k, count(*) as n, sum(id) as s from sales.orders group by k as b;"
        assert _rows(session, counted) == [{"k": 0, "n": 4, "s": 4}, {"k": 1, "n": 4, "s": 8}]
        assert "has tables" not in _refused(session, "select * from sales.nothing as c;")
        assert any(name.startswith("_staging/") for name in _files(session, lake))
        session.run("drop table sales.orders;")
        assert session.catalog.tables("sales") == ()
        session.run("drop database sales;")
        assert session.catalog.databases() == ("default",)
    assert _files(session, lake) == []
    assert not list((cache / "runs").rglob("owner.json"))


@pytest.mark.parametrize("format", ["parquet", "csv", "json", "text"])
def test_what_is_saved_comes_back_as_from_a_folder(
    session: Session, at: UrlOf, tmp_path: Path, format: str
) -> None:
    table = {
        "text": "select concat('x', id) as value from range(3) as t;",
    }.get(format, _ROWS.replace("as rows;", "as t;"))
    options = {"csv": 'options header="true"', "text": ""}.get(format, "")
    reads = {"csv": 'where header="true" and inferSchema="true"'}.get(format, "")
    by = "partitionBy k" if format not in ("text",) else ""
    found = []
    for target in (str(tmp_path / "here"), at("there")):
        script = (
            f"{table} save overwrite t as {format}.`{target}` {options} {by};"
            f"save append t as {format}.`{target}` {options} {by};"
            f"save ignore t as {format}.`{target}` {options} {by};"
            f"load {format}.`{target}` {reads} as u;"
        )
        last = session.run(script.replace("options", "where")).last
        assert last is not None
        found.append((last.schema, sorted(last.to_arrow().to_pylist(), key=str)))
    assert found[0] == found[1]
    assert len(found[0][1]) == (6 if format == "text" else 20)


def test_partitions_have_their_types_and_nulls(session: Session, at: UrlOf) -> None:
    target = at("t")
    session.run(
        "select id, if(id = 1, null, date'2024-02-29' + cast(id as int)) as d,"
        " concat('a/b ', id, '%') as s from range(3) as t;"
        f"save overwrite t as parquet.`{target}` partitionBy d, s;"
    )
    assert "_SUCCESS" in _files(session, target)
    load = f"load parquet.`{target}` as u; select d, s, d + 1 as e from u where id > 0 as v;"
    assert [row["s"] for row in _rows(session, load)] == ["a/b 1%", "a/b 2%"]
    assert dict(session.table("u").schema) == {"id": "bigint", "d": "date", "s": "string"}


def test_a_table_is_replaced_by_what_is_read_from_it(session: Session, at: UrlOf) -> None:
    target = at("t")
    session.run(f"{_ROWS} save overwrite rows as parquet.`{target}`;")
    before = set(_files(session, target))
    session.run(
        f"load parquet.`{target}` as a; select * from a where id > 6 as b;"
        f"save overwrite b as parquet.`{target}`;"
    )
    assert [row["id"] for row in _rows(session, f"load parquet.`{target}` as c;")] == [7, 8, 9]
    assert before & set(_files(session, target)) == {"_SUCCESS", "_schema.json"}


def test_a_failing_query_leaves_the_old_output(session: Session, at: UrlOf) -> None:
    target = at("t")
    session.run(f"{_ROWS} save overwrite rows as parquet.`{target}`;")
    before = _files(session, target)
    _refused(
        session,
        "select if(id = 5, raise_error('no'), 'x') as z from range(10) as bad;"
        f"save overwrite bad as parquet.`{target}`;",
    )
    assert _files(session, target) == before


def test_a_table_without_rows_keeps_its_columns(session: Session, at: UrlOf) -> None:
    target = at("t")
    session.run(
        "select 1 as a, 'x' as k from range(1) where id > 5 as t;"
        f"save overwrite t as parquet.`{target}` partitionBy k;"
    )
    assert _rows(session, f"load parquet.`{target}` as u;") == []
    assert dict(session.table("u").schema) == {"a": "int", "k": "string"}


def test_globs(session: Session, at: UrlOf) -> None:
    for name in ("2024/a", "2024/b", "2025/a", "_2026/a"):
        session.run(f"{_ROWS} save overwrite rows as parquet.`{at(name)}`;")
    counts = {
        "2024/*": 20, "*/a": 30, "**/b": 10, "202?/{a,b}": 30, "2024/a/*.parquet": 10
    }  # fmt: skip
    for pattern, count in counts.items():
        loaded = f"load parquet.`{at(pattern)}` as g; select count(*) as n from g as h;"
        assert _rows(session, loaded) == [{"n": count}], pattern


@pytest.mark.parametrize(
    ("path", "says"),
    [
        ("there/sales", "did you mean 's3a://{}/there/sale'?"),
        ("there/x*.parquet", "no file matches"),
        ("nowhere/at/all", "there is no file or folder"),
    ],
)
def test_what_is_not_there_is_said_before_anything_runs(
    session: Session, s3_service: S3Service, at: UrlOf, path: str, says: str
) -> None:
    session.run(f"{_ROWS} save overwrite rows as parquet.`{at('there/sale')}`;")
    message = _refused(session, f"load parquet.`{at(path)}` as a;")
    assert says.format(at("")[len("s3a://") : -1]) in message


def test_other_refusals_are_those_of_a_folder(
    session: Session, s3_service: S3Service, at: UrlOf
) -> None:
    target = at("t")
    session.run(f"{_ROWS} save overwrite rows as parquet.`{target}` partitionBy k;")
    one = "select 1 as one as x; "
    for script, says in (
        (f"{one} save errorIfExists x as parquet.`{target}`;", "exists already"),
        (f"{one} save append x as parquet.`{target}`;", "no column 'k'"),
        (f"{one} save overwrite x as parquet.`{at('')}`;", "something in it that is no parquet"),
        (f"{one} save overwrite x as parquet.`s3a://{s3_service.bucket}`;", "a whole store"),
        (f"{one} save x as parquet.`{at('a%20b')}`;", "a character that stands for another"),
        (f"load csv.`{target}` as a;", "is a Parquet file, not csv"),
        ("load parquet.`s3a://no-such-bucket/t` as a;", "no bucket 'no-such-bucket'"),
        (f"{one} save overwrite x as csv.`s3a://no-such-bucket/t`;", "no bucket"),
        ("load parquet.`s3a://KEY:SECRET@bucket/t` as a;", "a path holds no key or password"),
    ):
        assert says in _refused(session, script), script


def test_json_and_csv_get_the_types_of_a_folder(session: Session, at: UrlOf) -> None:
    storage = Storage.of(session.settings.storage)
    path_of(at("j/k=1/a.json"), storage).write_text('{"b": 1, "a": {"x": 1.5}}\n{"b": null}\n')
    path_of(at("j/k=2/a.json"), storage).write_text('{"b": 3000000000, "c": [true]}\n')
    session.run(f"load json.`{at('j')}` as j;")
    assert dict(session.table("j").schema) == {
        "a": "struct<x:double>", "b": "bigint", "c": "array<boolean>", "k": "int",
    }  # fmt: skip
    path_of(at("c.csv"), storage).write_text("n,d,s\n1,2024-01-01,x\n22,2024-01-02,\n")
    session.run(f'load csv.`{at("c.csv")}` where header="true" and inferSchema="true" as c;')
    assert dict(session.table("c").schema) == {"n": "int", "d": "date", "s": "string"}
    path_of(at("bad.json"), storage).write_text('{"b": 1}\n[2]\n')
    load = f"load json.`{at('bad.json')}` as b;"
    assert "line 2, is not a JSON object" in _refused(session, load)


def test_much_json_gets_its_types_where_it_is_read(
    session: Session, at: UrlOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = (
        '{"a": {"x": 1}, "n": null, "l": []}\n\n{"a": {"y": [1, 2.5]}, "b": 1}\n',
        '{"a": {"x": 0.5}, "b": 9223372036854775808, "n": {}, "l": [{"z": true}]}\n',
    )
    for number, text in enumerate(lines):
        storage = Storage.of(session.settings.storage)
        path_of(at(f"j/k={number}/a.json"), storage).write_text(text)
    load = f"load json.`{at('j')}` as t;"
    session.run(load)
    here = session.table("t").schema
    monkeypatch.setattr(reader, "_FETCHED_BYTES", 0)
    session.run(load)
    assert session.table("t").schema == here
    assert dict(here)["a"] == "struct<x:double,y:array<double>>"
    assert (dict(here)["b"], dict(here)["k"]) == ("decimal(20,0)", "int")
    path_of(at("j/k=0/b.json"), Storage.of(session.settings.storage)).write_text('{"a": 1}\nno\n')
    assert "a line is not a JSON object, or has more than 30 levels: no" in _refused(session, load)


def test_spark_reads_and_writes_the_same(
    session: Session, s3_service: S3Service, cache: Path, at: UrlOf
) -> None:
    try:
        jars = ",".join(map(str, s3a()))
    except (RuntimeError, subprocess.TimeoutExpired) as problem:
        pytest.skip(f"no jars for s3a: {problem}")
    session.run("create database if not exists both;")
    session.run(
        "select id, cast(if(id = 2, null, id) as int) as k from range(3) as t;"
        "save overwrite t as hive.`both.t` partitionBy k;"
    )
    settings = {
        **s3_service.settings,
        "cache": str(cache),
        "spark.master": "local[2]",
        "spark.driver_memory": "1g",
        "spark.conf.spark.jars": jars,
    }
    with connect(session.settings.lake, engine="spark", **settings) as spark:
        spark.run(
            "select k, id from both.t as u; save append u as hive.`both.t`;"
            f"save overwrite u as json.`{at('j')}` partitionBy k;"
            f"load json.`{at('j')}` as v;"
        )
        assert dict(spark.table("v").schema) == {"id": "bigint", "k": "int"}
        assert "no file or folder" in _refused(spark, f"load csv.`{at('none')}` as c;")
    query = "select k, count(*) as n, sum(id) as s from both.t group by k as w;"
    assert _rows(session, query) == [
        {"k": 0, "n": 2, "s": 0}, {"k": 1, "n": 2, "s": 2}, {"k": None, "n": 2, "s": 4}
    ]  # fmt: skip
    assert len(_rows(session, f"load json.`{at('j')}` as x;")) == 3


def test_files_for_ray(session: Session, at: UrlOf) -> None:
    session.run(f"{_ROWS} save overwrite rows as parquet.`{at('t')}`;")
    storage = Storage.of(session.settings.storage)
    table = exchange_lake.from_folder("t", at("t"), storage)
    assert (table.rows, table.schema.names) == (10, ["id", "k", "t"])
    assert all(file.startswith(at("t")) for file in table.files)
    assert exchange_lake.folder_of(table) == at("t")
    with pytest.raises(DataError, match="no Parquet file"):
        exchange_lake.from_folder("u", at("nothing"), storage)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"storage.secret_key": "not-the-secret"}, "does not accept the key|access is denied"),
        ({"storage.endpoint": "http://127.0.0.1:1"}, "does not answer"),
    ],
)
def test_a_store_that_does_not_take_us(
    s3_service: S3Service,
    cache: Path,
    tmp_path: Path,
    at: UrlOf,
    change: dict[str, str],
    says: str,
) -> None:
    settings = {**s3_service.settings, **change, "cache": str(cache)}
    scripts = (f"load csv.`{at('x')}` as a;", f"select 1 as a as b; save b as csv.`{at('x')}`;")
    with connect(tmp_path / "lake", engine="sail", **settings) as here:
        for script in scripts:
            message = _refused(here, script)
            assert re.search(says, message)
            assert all(value not in message for value in (s3_service.secret_key, "not-the-secret"))
    with (
        connect(at("lake"), engine="sail", **settings) as there,
        pytest.raises(DataError) as caught,
    ):
        there.run("select 1 as a as b;")
    assert re.search(says, str(caught.value))


def test_hdfs_is_left_to_spark(tmp_path: Path) -> None:
    load = "load parquet.`hdfs://127.0.0.1:1/t` as a;"
    with connect(tmp_path, engine="sail") as session, pytest.raises(ScriptError, match="in HDFS"):
        session.prepare(load)
    assert asked_for(connect("hdfs://127.0.0.1:1/lake").settings) == "spark"
    with connect("gs://bucket/lake") as session, pytest.raises(PlaitError, match="neither"):
        session.prepare("select 1 as a as b;")

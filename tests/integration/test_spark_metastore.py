"""Tables of a Hive metastore, which `hive` names when the setting is there."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from plait.errors import BindError, DataError, EngineError, UsageError
from plait.events import TableShown
from plait.session import Session, connect
from tests.conftest import Runner
from tests.services.hive import Hive, hive


@pytest.fixture(scope="module")
def metastore(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hive]:
    with hive(tmp_path_factory.mktemp("hive")) as service:
        yield service


@pytest.fixture(scope="module")
def with_metastore(metastore: Hive, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Session]:
    lake = tmp_path_factory.mktemp("lake")
    small = {"spark.master": "local[2]", "spark.driver_memory": "700m"}
    with connect(lake, **{**metastore.settings, **small}) as session:
        session.run("create database if not exists shop;")
        yield session


@pytest.fixture
def run(with_metastore: Session, tmp_path: Path) -> Runner:
    return Runner(with_metastore, tmp_path)


def rows(run: Runner, query: str) -> list[tuple]:
    found = run(f"{query} as found; select * from found as last;").last.to_arrow().to_pylist()
    return sorted(tuple(row.values()) for row in found)


def test_a_saved_table_is_the_metastores(run: Runner, metastore: Hive) -> None:
    run("select id, id % 2 as odd from range(4) as t; save overwrite t as hive.`shop.a`;")
    assert rows(run, "select * from shop.a") == [(0, 0), (1, 1), (2, 0), (3, 1)]
    run("load hive.`shop.a` as loaded; select sum(id) as s from loaded as last;")
    assert run.of(TableShown)[-1].rows == (("6",),)
    assert list(Path(metastore.warehouse, "shop.db", "a").glob("*.parquet")), "not in the lake"
    run("!show tables;")
    assert ("shop.a", "metastore") in run.of(TableShown)[-1].rows
    location = run.session.spark.sql("describe table extended shop.a").collect()
    assert any("MANAGED" in str(row) for row in location)


def test_append_goes_by_names_and_wants_the_same_columns(run: Runner) -> None:
    run("select 1L as a, 'x' as b as t; save overwrite t as hive.`shop.named`;")
    run("select 'y' as b, 2L as a as t; save append t as hive.`shop.named`;")
    assert rows(run, "select a, b from shop.named") == [(1, "x"), (2, "y")]
    for query, words in (
        ("select 'z' as b, 3 as a", "'a' is int, not bigint"),
        ("select 3L as a", "no column 'b'"),
        ("select 3L as a, 'z' as b, 0 as c", "a column 'c' more"),
    ):
        with pytest.raises(DataError, match=r"does not fit 'shop\.named'") as caught:
            run(f"{query} as t; save append t as hive.`shop.named`;")
        assert words in caught.value.message
    run("insert into shop.named select 3, 'by position';")
    assert len(rows(run, "select * from shop.named")) == 3


def test_ignore_and_a_table_that_is_there(run: Runner) -> None:
    run("select 1 as a as t; save overwrite t as hive.`shop.there`;")
    run("select 2 as a as t; save ignore t as hive.`shop.there`;")
    assert rows(run, "select * from shop.there") == [(1,)]
    with pytest.raises(DataError, match="exists already") as caught:
        run("select 2 as a as t; save t as hive.`shop.there`;")
    assert caught.value.span is not None


def test_a_query_may_read_what_it_replaces(run: Runner) -> None:
    run("select id from range(5) as t; save overwrite t as hive.`shop.own`;")
    run("select * from shop.own where id > 2 as t; save overwrite t as hive.`shop.own`;")
    assert rows(run, "select * from shop.own") == [(3,), (4,)]
    run("select id, 'new' as kind from shop.own as t; save overwrite t as hive.`shop.own`;")
    assert rows(run, "select * from shop.own") == [(3, "new"), (4, "new")]


def test_a_failed_save_leaves_what_was_there(run: Runner, metastore: Hive) -> None:
    run("select 7 as a as t; save overwrite t as hive.`shop.kept`;")
    for target in ("kept", "never"):
        with pytest.raises(EngineError):
            run(
                "select cast(if(id > 1, 'no number', '1') as int) as a from range(9) as t; "
                f"save overwrite t as hive.`shop.{target}`;"
            )
    assert rows(run, "select * from shop.kept") == [(7,)]
    with pytest.raises(BindError, match=r"shop\.never"):
        run("load hive.`shop.never` as t;")
    tables = {row.tableName for row in run.session.spark.sql("show tables in shop").collect()}
    assert not [name for name in tables if "staged" in name or name == "never"]


def test_overwrite_replaces_all_partitions_of_every_format(run: Runner) -> None:
    query = "select id, cast(id % 2 as string) as p from range(4)"
    run(f"{query} as t; save overwrite t as hive.`shop.parts` partitionBy p;")
    spark = run.session.spark
    spark.sql(
        "create table shop.old (id bigint, p string) using hive "
        "options (fileFormat 'textfile') partitioned by (p)"
    ).collect()
    spark.sql(f"insert into shop.old {query}").collect()
    for table in ("parts", "old"):
        assert len(rows(run, f"select * from shop.{table}")) == 4
        run(
            "select 9L as id, '1' as p as t; "
            f"save overwrite t as hive.`shop.{table}` partitionBy p;"
        )
        assert rows(run, f"select id, p from shop.{table}") == [(9, "1")]
    provider = spark.sql("describe table extended shop.old").collect()
    assert any(row[0] == "Provider" and row[1] == "hive" for row in provider), "it stays as it is"


def test_databases_and_tables_are_made_and_dropped_there(run: Runner, metastore: Hive) -> None:
    run(
        "create database extra; create table extra.t as select 1 as a; select * from extra.t as q;"
    )
    assert Path(metastore.warehouse, "extra.db", "t").is_dir()
    assert "extra.t" in run.session.catalog.names()
    run("drop table extra.t;")
    assert "extra.t" not in run.session.catalog.names()
    run("drop database extra;")
    assert "extra" not in run.session.catalog.databases()


def test_an_unknown_table_names_the_nearest(run: Runner) -> None:
    run("select 1 as a as t; save overwrite t as hive.`shop.orders`;")
    with pytest.raises(BindError) as caught:
        run("select * from shop.oders as t;")
    assert "shop.orders" in caught.value.hint


def test_sail_is_refused_and_an_address_that_is_none(tmp_path: Path) -> None:
    with (
        connect(tmp_path, engine="sail", **{"spark.metastore": "thrift://a:1"}) as session,
        pytest.raises(UsageError, match="Sail cannot reach the Hive metastore"),
    ):
        session.run("load hive.`t` as t;")
    with (
        connect(tmp_path, **{"spark.metastore": "a:1"}) as session,
        pytest.raises(UsageError, match=r"thrift://host:port"),
    ):
        session.run("load hive.`t` as t;")


def test_a_metastore_that_is_down(run: Runner, tmp_path: Path) -> None:
    with (
        connect(tmp_path, **{"spark.metastore": "thrift://127.0.0.1:1"}) as session,
        pytest.raises(EngineError, match=r"the Hive metastore .* does not answer"),
    ):
        session.run("load hive.`t` as t;")


def test_a_metastore_that_goes_down(tmp_path: Path) -> None:
    small = {"spark.master": "local[1]", "spark.driver_memory": "600m"}
    with (
        hive(tmp_path / "hive") as service,
        connect(tmp_path, **{**service.settings, **small}) as session,
    ):
        session.run("select 1 as a as t; save t as hive.`default.t`;")
        service.server.kill()
        with pytest.raises(EngineError, match="the Hive metastore does not answer"):
            session.run("load hive.`default.t` as again; select * from again as last;")

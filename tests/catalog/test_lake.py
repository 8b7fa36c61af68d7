"""The local catalog: folders of the lake as databases and tables."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from plait.catalog.lake import LakeCatalog
from plait.data.commit import RunFolder
from plait.data.writer import SaveRequest
from plait.errors import BindError, DataError

if TYPE_CHECKING:
    from plait.engines.base import DataEngine


@pytest.fixture
def catalog(tmp_path: Path) -> LakeCatalog:
    return LakeCatalog(tmp_path / "lake")


@pytest.fixture
def run(catalog: LakeCatalog) -> Iterator[RunFolder]:
    folder = RunFolder.create(catalog.root)
    yield folder
    folder.remove()


def _table(catalog: LakeCatalog, name: str) -> None:
    catalog.create_database(name.partition(".")[0], if_not_exists=True)
    catalog.table_path(name).mkdir()


def test_databases_and_tables(catalog: LakeCatalog) -> None:
    assert catalog.databases() == ("default",)
    assert catalog.tables() == ()
    catalog.create_database("DB1")
    _table(catalog, "db1.Flights")
    assert catalog.databases() == ("db1", "default")
    assert catalog.tables("Db1") == ("flights",)
    assert catalog.table_path("DB1.FLIGHTS") == catalog.root / "db1.db" / "flights"
    assert catalog.exists("`db1`.`flights`")
    assert catalog.table_path("t") == catalog.root / "default.db" / "t"
    with pytest.raises(DataError, match="already"):
        catalog.create_database("db1")
    catalog.create_database("db1", if_not_exists=True)


def test_unknown_names_have_a_suggestion(catalog: LakeCatalog) -> None:
    _table(catalog, "db1.flights")
    with pytest.raises(BindError) as caught:
        catalog.require("db1.flihgts")
    assert caught.value.hint == "did you mean 'db1.flights'?"
    with pytest.raises(BindError) as caught:
        catalog.require("bd1.flights")
    assert caught.value.hint == "did you mean 'db1'?"
    for name in ("a.b.c", "db1.fl ights", "../x", "db1._staging", ""):
        with pytest.raises(BindError):
            catalog.table_path(name)


def test_drop(catalog: LakeCatalog) -> None:
    _table(catalog, "db1.a")
    with pytest.raises(DataError, match="has tables"):
        catalog.drop_database("db1")
    catalog.drop_table("DB1.A")
    assert not catalog.exists("db1.a")
    with pytest.raises(BindError):
        catalog.drop_table("db1.a")
    catalog.drop_table("db1.a", if_exists=True)
    catalog.drop_database("db1")
    catalog.drop_database("db1", if_exists=True)
    _table(catalog, "db2.a")
    catalog.drop_database("db2", cascade=True)
    assert list(catalog.root.iterdir()) == []
    with pytest.raises(DataError):
        catalog.drop_database("default")


def _sql(engine: DataEngine, text: str) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = engine.session().sql(text).toArrow().to_pylist()
    return rows


def test_plain_sql_sees_a_table_as_it_is_now(
    engine: DataEngine, catalog: LakeCatalog, run: RunFolder
) -> None:
    spark = engine.session()
    catalog.create_database("c1")
    catalog.save(spark.range(3), "c1.t", SaveRequest("overwrite"), run)
    catalog.register(spark, ["c1.t", "C1.T"])
    assert _sql(engine, "select count(*) as n from c1.t") == [{"n": 3}]
    assert _sql(engine, "select count(*) as n from C1.T") == [{"n": 3}]
    catalog.save(spark.range(5), "c1.t", SaveRequest("append"), run)
    catalog.register(spark, ["c1.t"])
    assert _sql(engine, "select count(*) as n from c1.t") == [{"n": 8}]
    catalog.save(spark.sql("select 'x' as v"), "c1.t", SaveRequest("overwrite"), run)
    catalog.register(spark, ["c1.t"])
    assert _sql(engine, "select * from c1.t") == [{"v": "x"}]


def test_a_partitioned_table_has_its_types(
    engine: DataEngine, catalog: LakeCatalog, run: RunFolder
) -> None:
    spark = engine.session()
    catalog.create_database("c2")
    df = spark.sql(
        "select id as a, cast(id % 2 as smallint) as k,"
        " case when id = 2 then null else '007' end as s from range(3)"
    )
    catalog.save(df, "c2.t", SaveRequest("overwrite", partition_by=("K", "s")), run)
    for _ in range(2):
        catalog.register(spark, ["c2.t"])
    table = spark.sql("select * from c2.t order by a")
    assert {f.name: f.dataType.simpleString() for f in table.schema.fields} == {
        "a": "bigint",
        "k": "smallint",
        "s": "string",
    }
    assert table.toArrow().to_pylist() == [
        {"a": 0, "k": 0, "s": "007"},
        {"a": 1, "k": 1, "s": "007"},
        {"a": 2, "k": 0, "s": None},
    ]


def test_a_table_is_the_same_for_both_engines(
    sail: DataEngine, spark: DataEngine, catalog: LakeCatalog, run: RunFolder
) -> None:
    catalog.create_database("c3")
    query = (
        "select cast(id as int) as a, cast(1.50 as decimal(10, 2)) as d, array(1, 2) as l,"
        " timestamp'2024-01-01 10:00:00' as ts, case when id = 1 then null else 'x' end as p"
        " from range(2)"
    )
    for writer, reader in ((sail, spark), (spark, sail)):
        rows = writer.session().sql(query)
        request = SaveRequest("overwrite", partition_by=("p",))
        catalog.save(rows, f"c3.{writer.name}", request, run)
        catalog.register(reader.session(), [f"c3.{writer.name}"])
        found = _sql(reader, f"select * from c3.{writer.name} order by a")
        assert [(r["a"], str(r["d"]), r["l"], r["p"]) for r in found] == [
            (0, "1.50", [1, 2], "x"),
            (1, "1.50", [1, 2], None),
        ]
        assert found[0]["ts"].hour == 10

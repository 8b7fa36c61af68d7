"""Names, schemas and small contents of tables, on each engine."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from pyspark.errors import PySparkException

from plait.data import tables

if TYPE_CHECKING:
    from plait.engines.base import DataEngine


def _rows(engine: DataEngine, view: str) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = engine.session().table(view).toArrow().to_pylist()
    return rows


def test_a_name_bound_again_is_a_new_table(engine: DataEngine) -> None:
    spark = engine.session()
    tables.define(spark, "__plait_t_1", spark.range(2))
    tables.define_query(spark, "select id, 1 as b from t", {"t": "__plait_t_1"}, "__plait_t_2")
    tables.define_query(spark, "select id + 5 as id from t", {"t": "__plait_t_2"}, "__plait_t_3")
    assert _rows(engine, "__plait_t_1") == [{"id": 0}, {"id": 1}]
    assert _rows(engine, "__plait_t_2") == [{"id": 0, "b": 1}, {"id": 1, "b": 1}]
    assert _rows(engine, "__plait_t_3") == [{"id": 5}, {"id": 6}]


def test_names_that_stay_bound_never_mean_another_table(engine: DataEngine) -> None:
    spark, kept = engine.session(), tables.KeptNames(blocks=1)

    def ask(sql: str, out: str, **names: str) -> list[int]:
        tables.define_query(spark, sql, names, out, kept)
        return sorted(row["id"] for row in _rows(engine, out))

    tables.define(spark, "__plait_k_1", spark.range(1))
    tables.define(spark, "__plait_k_2", spark.range(2))
    assert ask("select * from k", "__plait_k_3", k="__plait_k_1") == [0]
    assert kept.views == {"k": "__plait_k_1"}
    assert ask("select 7 as id", "__plait_k_4") == [7]
    assert kept.views == {"k": "__plait_k_1"}
    assert ask("select * from K", "__plait_k_5", k="__plait_k_2") == [0, 1]
    assert ask("select * from k", "__plait_k_5", k="__plait_k_2") == [0, 1]
    assert ask("select * from k", "__plait_k_5", K="__plait_k_1") == [0]
    assert ask("select * from k", "__plait_k_5", k="__plait_k_2") == [0, 1]
    assert ask("with k as (select 9 as id) select * from k", "__plait_k_6") == [9]
    assert not kept.views
    assert ask("select * from k", "__plait_k_7", k="__plait_k_3") == [0]
    with pytest.raises(PySparkException):
        ask("select id from `k` as l join m on true", "__plait_k_8", l="__plait_k_1")
    assert not kept.views
    kept.blocks = 0
    assert ask("select * from k", "__plait_k_9", k="__plait_k_5") == [0, 1]
    assert not kept.views
    assert not any(one.name in ("k", "K", "l") for one in spark.catalog.listTables())


def test_names_are_compared_without_case(engine: DataEngine) -> None:
    spark = engine.session()
    tables.define(spark, "__plait_Orders_1", spark.range(3))
    sql = (
        "with big as (select ID from ORDERS where id > 0)"
        " select o.id from `Orders` as O join big on O.id = big.id order by 1"
    )
    tables.define_query(spark, sql, {"orders": "__plait_Orders_1"}, "__plait_out_1")
    assert [r["id"] for r in _rows(engine, "__plait_out_1")] == [1, 2]


def test_schema_and_preview(engine: DataEngine) -> None:
    spark = engine.session()
    sql = (
        "select cast(id as int) as i, 1.5D as f, 1e10D as g, cast(null as string) as n,"
        " array(1, null) as l, named_struct('u', 1, 'v', 'w') as s, map('k', 1.0D) as m,"
        " timestamp'2024-01-01 10:00:00.120' as ts, date'2024-01-01' as d, true as b,"
        " cast(1.10 as decimal(5, 2)) as c from range(3)"
    )
    tables.define_query(spark, sql, {}, "__plait_p_1")
    assert tables.schema_of(spark, "__plait_p_1") == (
        ("i", "int"),
        ("f", "double"),
        ("g", "double"),
        ("n", "string"),
        ("l", "array<int>"),
        ("s", "struct<u:int,v:string>"),
        ("m", "map<string,double>"),
        ("ts", "timestamp"),
        ("d", "date"),
        ("b", "boolean"),
        ("c", "decimal(5,2)"),
    )
    shown = tables.preview(spark.table("__plait_p_1"), 1)
    assert shown.total is None
    assert shown.columns == tables.schema_of(spark, "__plait_p_1")
    assert shown.rows == (
        (
            "0",
            "1.5",
            "1.0E10",
            None,
            "[1, NULL]",
            "{1, w}",
            "{k -> 1.0}",
            "2024-01-01 10:00:00.12",
            "2024-01-01",
            "true",
            "1.10",
        ),
    )
    assert tables.preview(spark.table("__plait_p_1"), 1, count=True).total == 3
    assert tables.preview(spark.table("__plait_p_1"), 3).total == 3


def test_numbers_are_printed_as_spark_prints_them(spark: DataEngine) -> None:
    session = spark.session()
    sql = (
        "select explode(array(0D, -0D, 1e-3D, 1e-4D, 123456.789D, 1e7D, 1.25e-300D,"
        " double('NaN'), double('-inf'), 9999999D)) as a, float(0.1) as f, float(1e20) as g"
    )
    tables.define_query(session, sql, {}, "__plait_n_1")
    expected = session.table("__plait_n_1").selectExpr("cast(a as string)", "cast(f as string)")
    shown = tables.preview(session.table("__plait_n_1"), 20)
    assert [row[:2] for row in shown.rows] == [tuple(r) for r in expected.collect()]
    assert shown.rows[0][2] == "1.0E20"


def test_bounded_arrow(engine: DataEngine) -> None:
    spark = engine.session()
    small = spark.sql("select id, 'some text' as s from range(5000)")
    table = tables.bounded_arrow(small, 2**20, streams=engine.streams_results)
    assert table is not None
    assert table.num_rows == 5000
    assert tables.bounded_arrow(small, 50_000, streams=engine.streams_results) is None
    assert tables.bounded_arrow(small, 100, streams=engine.streams_results) is None
    wide = spark.sql("select repeat('x', 10000) as s from range(500)")
    assert tables.bounded_arrow(wide, 2**20, streams=engine.streams_results) is None
    empty = tables.bounded_arrow(spark.range(0), 1024, streams=engine.streams_results)
    assert empty is not None
    assert empty.num_rows == 0


def test_arrow_goes_in_and_comes_back(engine: DataEngine) -> None:
    import pyarrow as pa

    spark = engine.session()
    table = pa.table(
        {
            "u": pa.array([1, None], pa.uint32()),
            "d": pa.array(["x", "y"]).dictionary_encode(),
            "l": pa.array([[1.5], None], pa.large_list(pa.float64())),
            "t": pa.array([0, 1], pa.timestamp("ns", "UTC")),
            "n": pa.nulls(2),
        }
    )
    df = tables.from_arrow(spark, table)
    assert [field.dataType.simpleString() for field in df.schema.fields] == [
        "bigint",
        "string",
        "array<double>",
        "timestamp",
        "string",
    ]
    back = tables.to_arrow(df)
    assert back.column("u").to_pylist() == [1, None]
    assert back.column("l").to_pylist() == [[1.5], None]
    assert tables.from_arrow(spark, table.slice(0, 0)).count() == 0


@pytest.mark.parametrize("rows", [0, 3])
def test_materialize(engine: DataEngine, tmp_path: Path, rows: int) -> None:
    spark = engine.session()
    df = spark.sql(f"select id, 'x' as s from range({rows})")
    made = tables.materialize(df, tmp_path / "m")
    assert made.rows == rows
    assert made.size_bytes > 0
    back = spark.read.parquet(str(tmp_path / "m"))
    assert (back.columns, back.count()) == (["id", "s"], rows)


@pytest.mark.parametrize("name", ["my table", "x.y", "t/../u", "t`u", "tabelle_ä", "😀"])
def test_names_that_need_quotes(engine: DataEngine, name: str) -> None:
    spark = engine.session()
    tables.define(spark, "__plait_odd_1", spark.sql("select 1 as a"))
    quoted = name.upper().replace("`", "``")
    sql = f"select a + 1 as a from `{quoted}`"
    tables.define_query(spark, sql, {name: "__plait_odd_1"}, "__plait_odd_2")
    tables.define_query(spark, sql, {name: "__plait_odd_2"}, "__plait_odd_3")
    found = [spark.table(f"__plait_odd_{n}").toArrow().to_pylist()[0]["a"] for n in (1, 2, 3)]
    assert found == [1, 2, 3]

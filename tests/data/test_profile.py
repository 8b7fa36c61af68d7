"""What the columns of a table hold, the same on both engines."""

from __future__ import annotations

from plait.data.profile import profile
from plait.engines.base import DataEngine, guarded

TABLE = """select id, id % 3 = 0 as third, cast(id as decimal(10,2)) as money, 7 as same,
  case id when 3 then double('NaN') when 4 then double('infinity') else double(id) end as odd,
  if(id % 4 = 0, null, concat('v', id % 5)) as text, named_struct('x', id) as `a b`,
  timestamp'2024-01-01 10:00:00' + make_interval(0, 0, 0, int(id)) as moment, null as nothing
from range(100)"""
EXPECTED = [
    ("id", "bigint", 100, 0, 100, "0", "99", "██████████"),
    ("third", "boolean", 100, 0, 2, "false", "true", "█        ▅"),
    ("money", "decimal(10,2)", 100, 0, 100, "0.00", "99.00", "██████████"),
    ("same", "int", 100, 0, 1, "7", "7", None),
    ("odd", "double", 100, 0, 100, "0.0", "NaN", "▇█████████"),
    ("text", "string", 100, 25, 5, "v0", "v4", None),
    ("a b", "struct<x:bigint>", 100, 0, None, None, None, None),
    (
        "moment", "timestamp", 100, 0, 100, "2024-01-01 10:00:00", "2024-04-09 10:00:00",
        "██████████",
    ),
    ("nothing", "void", 100, 100, None, None, None, None),
]  # fmt: skip


def rows(engine: DataEngine, sql: str) -> list[tuple[object, ...]]:
    spark = engine.session()
    spark.sql(sql).createOrReplaceTempView("profiled")
    made = guarded(engine, lambda: profile(spark, "profiled", "UTC"))
    return [tuple(row.values()) for row in made.to_pylist()]


def test_a_profile(engine: DataEngine) -> None:
    assert rows(engine, TABLE) == EXPECTED


def test_a_table_without_rows_and_one_of_many_columns(sail: DataEngine) -> None:
    assert rows(sail, "select 1 as a, 'x' as b where false") == [
        ("a", "int", 0, 0, 0, None, None, None),
        ("b", "string", 0, 0, 0, None, None, None),
    ]
    many = ", ".join(f"id + {i} as c{i}" for i in range(30))
    found = rows(sail, f"select {many} from range(3)")
    assert [(row[0], row[4], row[5]) for row in found] == [(f"c{i}", 3, str(i)) for i in range(30)]

"""Values AND types of queries over several types of numbers: Sail's are Spark's."""

from __future__ import annotations

from typing import Any

import pytest

from plait.engines.base import DataEngine
from plait.errors import CapabilityError

ROWS = (
    "with n as (select cast(a as decimal(7,2)) a, cast(b as decimal(17,2)) b, cast(i as int) i, "
    "cast(l as bigint) l, cast(f as float) f, cast(d as double) d, cast(a as string) s, "
    "cast(i > 3 as boolean) c, cast('2024-01-07' as date) day from values "
    "(7.25, 3.00, 3, 30, 1.5, 2.25), (10.00, 7.77, 7, -2, -0.1, 1e10), "
    "(-1.05, 1.30, 4, 9, 3e-5, 0.00123), (null, 2.00, null, null, null, null) "
    "v(a, b, i, l, f, d)) "
)
QUERIES = [
    # arithmetic: quotients with their digits, and what is rounded
    "select a / b q1, a / i q2, i / a q3, a / 3 q4, 100 * a / b q5, -a / (b + 1) q6, a / b / 9 q7,"
    " a / 2.50 q8, 1 / b q9, a / l q10, a / f q11, d / b q12, i / l q13, a % 3 m1, mod(b, 4) m2,"
    " pmod(a, 3) m3, a * 2 p1, a + 1 p2, f * 2 p3, f + a p4, b * b * b * b p5 from n",
    "select round(a / 3, 2) r1, round(b) r2, ceil(a) r3, floor(b / 7) r4, nullif(a, 10) r5 from n",
    # aggregates, with and without windows and groups
    "select avg(a) g1, mean(b) g2, avg(distinct b) g3, sum(a) * 100 / sum(b) g4, avg(a) / 3 g5, "
    "sum(a / b) g6, sum(a) / count(*) g7, avg(i) g8, try_avg(b) g9, sum(l) g10, avg(f) g11, "
    "avg(a) filter (where c) g12 from n",
    "select c, avg(a / 3) g, sum(b) * 1.0 / count(*) h from n group by c having avg(b) / 2 > 0",
    "select i, a * 100 / sum(a) over (partition by c) w1, avg(b) over (order by i) w2, "
    "sum(l) over (partition by c) w3 from n where i is not null",
    # branches
    "select case when c then a else 0 end x1, case i when 3 then 1 when 7 then a else 2.5 end x2, "
    "if(c, 1, b) x3, coalesce(a, 0) x4, nvl(f, 0) x5, nvl2(a, 1, 2.5d) x6, greatest(i, a) x7, "
    "least(l, 2.5) x8, array(i, a, 1.505) x9, map(1, i, 2, l) x10, case when c then null else f "
    "end x11, coalesce(i, s) x12, case when c then i else d end x13 from n",
    # rows
    "select i z from n union all select a from n union all select l from n",
    "select i k, a z from n union select l, f from n",
    "select * from (select a z from n intersect select 10 from n) union all (select null)",
    "select day z from n union all select timestamp'2024-01-07 10:00:00'",
    "select z / 3 q from (select i z from n union all (select b from n order by b limit 2))",
    # subqueries, lambdas, nested values
    "select a / (select max(b) from n) q, a > (select avg(a) from n) t from n "
    "where b / 2 in (select b / 2 from n)",
    "select transform(array(a, b), x -> x / 3) t, transform(sequence(0, 2), k -> "
    "array(5, 6, 7)[k]) u, named_struct('p', a).p / 7 v from n",
    "select w / 3 q from n lateral view explode(array(a, b)) e as w",
    # literals and text
    "select -2147483648 y1, -9223372036854775808 y2, 1.10 / 3 y3, 5 / 2.0 y4, 2.5d / 2 y5",
    "select cast(d as string) t1, cast(f as string) t2, concat(d, '-', f) t3, d || s t4, "
    "cast(d * 1e12 as string) t5, cast(1e-7 as string) t6, cast(-1e300 as string) t7, "
    "cast(double('-Infinity') as string) t8, cast(double('NaN') as string) t9, "
    "cast(d * 1234567 as string) t10 from n",
    "select array_contains(array(1, null), 2) a1, array_contains(array(1, null), 1) a2, "
    "array_contains(array(i, 3), 3) a3, array(5, 6, 7)[i - 3] a4, "
    "array_contains(array(1, 2), nullif(i, i)) a5, not array_contains(array(1, 2), i) a6 "
    "from n where i < 5",
    "select percentile_cont(0.5) within group (order by f) p1 from n",
]


def answer(session: Any, sql: str) -> tuple[list[str], list[str]]:
    """The types of a query's columns, and its rows in order."""
    frame = session.sql(ROWS + sql)
    rows = frame.toArrow().to_pylist()
    return [field.simpleString() for field in frame.schema], sorted(map(repr, rows))


@pytest.mark.parametrize("sql", QUERIES)
def test_values_and_types_are_sparks(sql: str, sail: DataEngine, spark: DataEngine) -> None:
    assert answer(sail.session(), sql) == answer(spark.session(), sql)


def test_names_of_columns_stay(sail: DataEngine, unrewritten: Any) -> None:
    sql = (
        "select a / b, avg(a), sum(a * 2), -a, coalesce(a, i), round(a, 1) from n group by a, b, i"
    )
    names = sail.session().sql(ROWS + sql).columns
    assert names == unrewritten.sql(ROWS + sql).columns


def test_a_view_is_asked_for_its_types(sail: DataEngine) -> None:
    session = sail.session()
    session.sql("select cast(10 as decimal(5,2)) v").createOrReplaceTempView("typed_view")
    frame = session.sql("select v / 3 as q from typed_view")
    frame.createOrReplaceTempView("typed_view_again")
    session.sql("select cast(10 as decimal(9,4)) v").createOrReplaceTempView("typed_view")
    again = session.sql("select v / 3 as q from typed_view")
    assert [one.schema[0].dataType.simpleString() for one in (frame, again)] == [
        "decimal(9,6)",
        "decimal(11,6)",
    ]
    assert str(session.table("typed_view_again").toArrow()["q"][0]) == "3.333333"


@pytest.mark.parametrize(
    "sql",
    ["select 2147483647 + 1 z", "select sum(v) z from values (9223372036854775807), (1) t(v)"],
)
def test_an_overflow_fails(sql: str, sail: DataEngine) -> None:
    with pytest.raises(Exception, match=r"(?i)overflow|out of range"):
        sail.session().sql(sql).toArrow()


def test_what_cannot_be_mended_is_refused_before_it_runs(sail: DataEngine) -> None:
    sql = "select cast(1 as decimal(38,18)) / cast(3 as decimal(38,18)) z"
    with pytest.raises(CapabilityError, match="divided by decimal"):
        sail.session().sql(sql)

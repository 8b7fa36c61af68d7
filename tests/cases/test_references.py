"""Spark's analysis agrees with the planner on what a query refers to: no table less, none more."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from plait.plan.sql_references import references
from plait.session import connect
from tests.plan.test_sql_references import READS

pytest.importorskip("pyspark.ml", reason="needs plait[spark]")

COLUMNS = "1 as v, 2 as x, 'a' as k, date'2020-01-01' as d, 3 as n, 4 as y, 5 as a, 6 as b, 7 as c"
MORE = r"""
select * from prices p, q as r where p.v = r.v
select * from prices left outer join q using (v) full outer join r on prices.v = r.v
select * from prices where v between (select min(v) from q) and (select max(v) from r)
with a as (with b as (select * from t1) select * from b), c as (select * from a) select * from c
with a as (select 1 as v) select (with a as (select v from t1) select max(v) from a) as m from a
with a as (select 1 as v) select * from a where v in (with q as (table prices) table q)
select * from prices cluster by v
select * from prices distribute by v sort by v
select v from prices offset 1
select distinct on_me.v from prices on_me
select * except (v) from prices
select named_struct('table', v).`table` from prices
select v as `from`, x as `join` from prices
select current_date from prices
select interval 1 day, date '2020-01-01', timestamp '2020-01-01' from prices
select x'1F' from prices
select v::string from prices
select cast(v as decimal(10, 2)) from prices
select aggregate(array(1,2), 0, (acc, y) -> acc + y) from prices
select filter(array(1), q -> q > 0) from prices
select prices.* , q.v as qv from prices cross join q
select first_value(v) ignore nulls over w from prices window w as (order by v)
select grouping(x), sum(v) from prices group by grouping sets ((x), ())
select sum(v) from prices group by cube(x), rollup(k)
select v from prices except all select v from q intersect select v from r
select * from values ('a', 1), ('b', (select max(v) from prices)) as t(a, b)
select stack(2, v, x) from prices
select * from t1 lateral view outer explode(array(v)) e lateral view posexplode(array(x)) f as p, c
select 1 as values, v from prices
select count(*) from prices tablesample (5 rows) join q tablesample (bucket 1 out of 2)
select 'a\'b from nope' from prices
select "from nope" from prices
select `v` from `prices` where `x` in (select `x` from `q`)
select (select v from q where q.x = prices.x limit 1) from prices
from prices select v, x
from prices select v where x > 1
from (from prices select v) select v
select transform(v, x) using 'cat' as (a, b) from prices
select * from range(10), prices
select * from range(1, 10) r(id) join prices on r.id = prices.v
select * from prices unpivot include nulls ((va, vb) for k2 in ((v, x) as p1))
select * from prices pivot (sum(v) as s for k in ('a' as a1)) where true
select * from prices natural inner join q
select * from prices semi join q on prices.v = q.v
select * from ((prices join q on true) join r on true)
select * from (((select v from prices)))
select * from prices as p (c1, c2)
select if(v > 1, 'from a', 'join b') from prices
select case v when 1 then (select max(v) from q) else (select min(v) from r) end from prices
select v, (table q) from prices
values (1, (select 2))
table prices union all table q
(table prices) intersect (table q)
with a as (values (1, 2)) table a
with a(c) as (table prices) select c from a
select * from table(range(3)) join prices
select * from prices having v > 1
select collect_list(v) filter (where v > (select min(v) from q)) from prices
select identifier('v'), v from identifier('prices') where identifier('x') > 1
with identifier('c') as (select 1 as v) select * from c, prices
select * from identifier('spark_catalog.default.lake_t')
select * from default.lake_t join lake_t2
select * from lake_t2 l, prices
select v from prices order by v desc nulls last
select max_by(v, x) from prices qualify row_number() over (order by 1) = 1
select mode() within group (order by v) from prices
select listagg(k, ',') within group (order by k) from prices
select prices.v from prices group by prices.v having count(*) > (select count(*) from q)
select * from prices, lateral explode(array(v)) as t(y)
select * from prices left join lateral (select q.v as w from q where q.v = prices.v) on true
select * from (select v from prices union select v from q) minus (select v from r)
select map('from', v)['from'] from prices
select v[0] from (select array(v) as v from prices)
select array(v, x)[1], struct(v).col1 from prices
select collate(k, 'UTF8_BINARY') from prices
select k collate UTF8_BINARY from prices
select try_cast(k as int) from prices where k rlike r'^\d' or k like '%from q%' escape '!'
select k like any ('a', 'b'), k in ('from', 'q') from prices
select extract(dow from d), position('a' in k), overlay(k placing 'x' from 1 for 2) from prices
select substring(k from 1 for 2), trim(leading 'q' from k) from prices
select v is not distinct from x from prices
select * from prices where (v, x) in (select v, x from q)
select * from prices for system_time as of '2020-01-01'
select sum(v) from prices group by all
select * from prices t sort by v
""".strip().splitlines()
Analyse = Callable[[str, list[str]], str]


@pytest.fixture(scope="module")
def analyse(tmp_path_factory: pytest.TempPathFactory, cache: Path) -> Iterator[Analyse]:
    """The class of the error of a query when there are these tables alone; '' without one."""
    from pyspark.errors import PySparkException

    lake = tmp_path_factory.mktemp("lake")
    with connect(lake, engine="spark", cache=str(cache)) as session:
        for name in ("lake_t", "lake_t2"):
            session.run(f"create table {name} as select {COLUMNS};")
        spark = session.spark
        table = spark.sql(f"select {COLUMNS}")

        def run(sql: str, names: list[str]) -> str:
            for name in names:
                table.createOrReplaceTempView(f"`{name}`")
            try:
                _ = spark.sql(sql).schema
            except PySparkException as error:
                return str(error.getCondition())
            finally:
                for name in names:
                    spark.catalog.dropTempView(name)
            return ""

        yield run


def names_in(sql: str) -> list[str] | None:
    """The bare names that the planner finds; None where they are undetermined."""
    uses = references(sql)
    if uses is None:
        return None
    return sorted({use.table.lower() for use in uses if use.database is None} - {"lake_t2"})


DETERMINED = [sql for sql in (*(sql for sql, _ in READS), *MORE) if names_in(sql) is not None]


def test_the_forms_are_as_many_as_they_seem() -> None:
    assert len(DETERMINED) > 150


@pytest.mark.parametrize("sql", DETERMINED)
def test_spark_finds_the_same_tables(analyse: Analyse, sql: str) -> None:
    names = names_in(sql) or []
    outside = any(use.database not in (None, "default") for use in references(sql) or ())
    error = analyse(sql, names)
    assert error != "TABLE_OR_VIEW_NOT_FOUND" or outside, "the planner misses a table"
    for name in names:
        fewer = analyse(sql, [other for other in names if other != name])
        assert fewer, f"the planner takes '{name}' for a table that is read"
        assert error or fewer == "TABLE_OR_VIEW_NOT_FOUND"

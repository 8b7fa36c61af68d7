"""What a query refers to: every form in which Spark SQL names a table."""

from __future__ import annotations

import pytest

from plait.plan.sql_references import (
    _flat_references,
    _parsed_references,
    mentions,
    references,
)

READS = [
    ("select a from t", ["t"]),
    ("select a from db.T as x join u v on f(a, b) = v.c where x in (1, 2)", ["db.T", "u"]),
    ("select * from a, b", ["a", "b"]),
    ("select * from a join b on a.x = b.x, c", ["a", "b", "c"]),
    ("with x as (select * from y) select * from x join Z", ["y", "Z"]),
    ("with t as (select * from t) select * from t", ["t"]),
    ("with a as (select 1 as x), b as (select * from a) select * from b join c", ["c"]),
    ("select extract(year from d) from t", ["t"]),
    ("select (select max(a) from q) from t", ["q", "t"]),
    ("select x from (select y from z) q", ["z"]),
    ("select * from range(10)", []),
    ("select 1", []),
    ("select * from a where b is distinct from c", ["a"]),
    ("select * from parquet.`/x`", ["parquet./x"]),
    ("select * from values (1), (2) as t(a)", []),
    ("select 'from x' from y -- join z", ["y"]),
    ("select * from a lateral view explode(b) t as c", ["a"]),
    ("select * from a union all select * from b", ["a", "b"]),
    ("select transform(a, x -> x + 1) from t", ["t"]),
    ("select * from a where exists (select 1 from b where b.k = a.k)", ["a", "b"]),
    ("SELECT /* from no */ A FROM T", ["T"]),
    ("select * from `a b` join c", ["a b", "c"]),
    # a query that is a table's name
    ("table prices", ["prices"]),
    ("with p as (table prices) select v from p", ["prices"]),
    ("with x as (select * from prices) table x", ["prices"]),
    ("with x as (table `my prices`) from x", ["my prices"]),
    ("select * from (table prices)", ["prices"]),
    ("select * from a where x in (table b) and exists (table c)", ["a", "b", "c"]),
    ("select 1 union table a union all table b except distinct table c", ["a", "b", "c"]),
    ("from prices", ["prices"]),
    ("from prices select v where v > 1", ["prices"]),
    ("with p as (from prices) select v from p", ["prices"]),
    ("select table from prices", ["prices"]),
    # names by identifier('…')
    ("select v from identifier('prices')", ["prices"]),
    ('select v from IDENTIFIER ( "db.prices" ) x join q', ["db.prices", "q"]),
    ("with p as (table identifier('prices')) select v from p", ["prices"]),
    ("select identifier('v'), identifier('abs')(v) from prices", ["prices"]),
    # common tables
    ("with recursive c(n) as (select 1 union all select n + 1 from c) select * from c", []),
    (
        "WITH RECURSIVE c AS (select 1 as n union all select n + 1 from C, d) select * from c",
        ["d"],
    ),
    ("with recursive a as (select * from b), b as (select * from a) select * from b", ["b"]),
    ("select * from (with recursive r as (select 1 union all table r) table r)", []),
    ("with a as (select * from b), b as (select 1) select * from a", ["b"]),
    ("with a as (with t as (select 1) select * from t) select * from a, t", ["t"]),
    ("with t as (select 1) select * from (with u as (select * from t) select * from u, v)", ["v"]),
    ("with A as (select 1) select * from `a`", []),
    ("with a as (select 1) select * from db.a", ["db.a"]),
    ("with x(a, b) as (select 1, 2) select a from x", []),
    ("with a as (select 1) select 1 where exists (select * from A)", []),
    ("with t as (select * from t), u as (select * from t) select * from u", ["t"]),
    # everything else that a query may hold
    ("values (1), ((select max(v) from prices))", ["prices"]),
    ("select * from prices, lateral (select * from q where q.a = prices.a)", ["prices", "q"]),
    ("select * from prices join lateral (select * from q)", ["prices", "q"]),
    ("select * from prices lateral view explode(v) e as x join q", ["prices", "q"]),
    ("select * from prices pivot (sum(v) for k in ('a', 'b'))", ["prices"]),
    ("select * from prices unpivot (v for k in (a, b)) join q", ["prices", "q"]),
    ("select * from prices tablesample (10 percent)", ["prices"]),
    ("select * from a intersect select * from b except (select * from c)", ["a", "b", "c"]),
    ("select * from (a join b on true) join (c)", ["a", "b", "c"]),
    ("select * from a p left semi join b q on p.x = q.x left anti join c", ["a", "b", "c"]),
    ("select (select max(v) from b) from a where x > any (select y from c)", ["b", "a", "c"]),
    ("select count(*) filter (where v in (select v from q)) from prices", ["q", "prices"]),
    (
        "select case when exists (select 1 from b) then 1 end from a order by (table c)",
        ["b", "a", "c"],
    ),
    ("select * from a having (select 1 from b) = 1", ["a", "b"]),
    ("select transform(v) using 'cat' from prices", ["prices"]),
    ("select * from spark_catalog.db.prices", ["db.prices"]),
    ("select * from other.db.prices", ["other.db.prices"]),
    ("select /*+ broadcast(p) */ * from q -- join r", ["q"]),
    ("select r'\\' from prices where x = 'it''s from y'", ["prices"]),
    ('select `from z`, "from y" from prices', ["prices"]),
    ("select * from csv.`/z` join json.`s3a://b/x`", ["csv./z", "json.s3a://b/x"]),
    # undetermined: named by an expression, or in a form that only the engine reads
    ("select * from identifier('pri' || 'ces')", None),
    ("select * from identifier(:name)", None),
    ("select * from identifier('p\\u0072ices')", None),
    ("select * from prices |> where v > 1 |> join q on true", None),
    ("select * from f(table(prices))", None),
    ("select * from f(table prices)", ["prices"]),
    ("select * from stream(prices)", None),
    ("from prices map a using 'x'", None),
]


@pytest.mark.parametrize(("sql", "tables"), READS)
def test_tables_of_a_query(sql: str, tables: list[str] | None) -> None:
    uses = references(sql)
    assert (None if uses is None else [use.full for use in uses]) == tables


@pytest.mark.parametrize("sql", [sql for sql, _ in READS])
def test_the_quick_reader_agrees_with_the_parser_or_stays_silent(sql: str) -> None:
    quick = _flat_references(sql)
    parsed = _parsed_references(sql)
    if quick is not None:
        assert parsed is not None
        assert [use.full for use in quick] == [use.full for use in parsed]


def test_a_place_points_at_the_name() -> None:
    sql = "select a\nfrom first join second on x"
    uses = references(sql)
    assert uses is not None
    assert [sql[u.offset : u.offset + u.length] for u in uses] == ["first", "second"]


def test_text_that_is_no_query_is_not_guessed_at() -> None:
    assert references("select garbage from from") is None


@pytest.mark.parametrize(
    ("sql", "may", "may_not"),
    [
        ("select * from prices |> join `my q`", ["prices", "PRICES", "my q"], ["price"]),
        ("select * from identifier('a' || 'b')", ["ab", "anything"], []),
        ("from f(table(t_1)) -- and u", ["t_1", "u"], ["t", "v"]),
    ],
)
def test_what_an_undetermined_text_may_mean(sql, may, may_not) -> None:
    mentioned = mentions(sql)
    assert all(map(mentioned, may))
    assert not any(map(mentioned, may_not))


def test_the_place_of_a_name_that_is_given_as_text() -> None:
    sql = "select * from identifier( 'prices' )"
    (use,) = references(sql) or ()
    assert sql[use.offset : use.offset + use.length] == "prices"

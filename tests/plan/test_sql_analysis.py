"""Which tables a query reads, and what a command does."""

from __future__ import annotations

import pytest

from plait.plan.sql_analysis import _flat_tables, _parsed_tables, command_of, tables_read

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
    ("select * from parquet.`/x`", []),
    ("select * from values (1), (2) as t(a)", []),
    ("select 'from x' from y -- join z", ["y"]),
    ("select * from a lateral view explode(b) t as c", ["a"]),
    ("select * from a union all select * from b", ["a", "b"]),
    ("select transform(a, x -> x + 1) from t", ["t"]),
    ("select * from a where exists (select 1 from b where b.k = a.k)", ["a", "b"]),
    ("SELECT /* from no */ A FROM T", ["T"]),
    ("select * from `a b` join c", ["a b", "c"]),
]


@pytest.mark.parametrize(("sql", "tables"), READS)
def test_tables_of_a_query(sql: str, tables: list[str]) -> None:
    uses = tables_read(sql)
    assert uses is not None
    assert [use.full for use in uses] == tables


@pytest.mark.parametrize("sql", [sql for sql, _ in READS])
def test_the_quick_reader_agrees_with_the_parser_or_stays_silent(sql: str) -> None:
    quick = _flat_tables(sql)
    parsed = _parsed_tables(sql)
    assert parsed is not None
    if quick is not None:
        assert [use.full for use in quick] == [use.full for use in parsed]


def test_a_place_points_at_the_name() -> None:
    sql = "select a\nfrom first join second on x"
    uses = tables_read(sql)
    assert uses is not None
    assert [sql[u.offset : u.offset + u.length] for u in uses] == ["first", "second"]


def test_text_that_is_no_query_is_not_guessed_at() -> None:
    assert tables_read("select garbage from from") is None


@pytest.mark.parametrize(
    ("sql", "action"),
    [
        ("create table a.b as select 1", "create_table"),
        ("create database if not exists x", "create_database"),
        ("drop table if exists a.b", "drop_table"),
        ("drop database x cascade", "drop_database"),
        ("insert into a.b values (1)", "insert"),
        ("create or replace temporary view v as select * from t", "view"),
        ("create view v as select 1", "refuse"),
        ("create table y.z using csv as select 1", "refuse"),
        ("insert into a.b partition (d = 1) select 1", "refuse"),
        ("alter table a.b add columns (c int)", "refuse"),
        ("show tables", "show"),
        ("/* hm */ describe t", "show"),
        ("refresh table a.b", "refresh"),
    ],
)
def test_commands(sql: str, action: str) -> None:
    assert command_of(sql).action == action


@pytest.mark.parametrize(
    ("sql", "query"),
    [
        ("create table a.b as select 1 as x", "select 1 as x"),
        ("create table a.b as (select 1 as x)", "(select 1 as x)"),
        ("insert into a.b (c, d) values (1, 2)", "values (1, 2)"),
        (
            "insert into a.b with q as (select 1) select * from q",
            "with q as (select 1) select * from q",
        ),
    ],
)
def test_the_query_inside_a_command(sql: str, query: str) -> None:
    command = command_of(sql)
    assert command.query == query
    assert sql[command.query_offset :] == query


def test_an_insert_behind_a_with_keeps_both_pieces() -> None:
    command = command_of("with q as (select 5 as x) insert into a.b select * from q")
    assert command.action == "insert"
    assert command.target is not None
    assert command.target.full == "a.b"
    assert command.query == "with q as (select 5 as x) select * from q"

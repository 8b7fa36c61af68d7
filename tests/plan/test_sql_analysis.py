"""What a command of SQL does to the lake."""

from __future__ import annotations

import pytest

from plait.plan.sql_analysis import command_of


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
        ("create table y.z (a int, b varchar(3))", "refuse"),
        ("create table y.z (a array<struct<c: char(2)>>)", "refuse"),
        ("create table y.z (a int default 7)", "refuse"),
        ("create table y.z (a decimal(9, 2), b string comment 'c')", "create_table"),
        ("insert into a.b partition (d = 1) select 1", "refuse"),
        ("insert into a.b replace where x = 1 select 1", "refuse"),
        ("insert into a.b", "unknown"),
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
        ("create table a.b as table c", "table c"),
        ("insert into a.b table c", "table c"),
        ("insert into table a.b table c", "table c"),
        ("insert overwrite table a.b table `c`", "table `c`"),
        ("insert into a.b (select 1 as x)", "(select 1 as x)"),
        ("insert into a.b ((select 1 as x))", "((select 1 as x))"),
        ("insert into a.b (c, d) (select 1, 2)", "(select 1, 2)"),
        ("insert into a.b (with q as (select 1) table q)", "(with q as (select 1) table q)"),
        ("insert into a.b from c select x", "from c select x"),
    ],
)
def test_the_query_inside_a_command(sql: str, query: str) -> None:
    command = command_of(sql)
    assert command.query is not None
    assert command.query.strip() == query
    assert len(command.query) == len(sql)
    assert sql.endswith(query)


def test_an_insert_behind_a_with_keeps_both_pieces() -> None:
    command = command_of("with q as (select 5 as x) insert into a.b select * from q")
    assert command.action == "insert"
    assert command.target is not None
    assert command.target.full == "a.b"
    assert command.query is not None
    assert " ".join(command.query.split()) == "with q as (select 5 as x) select * from q"

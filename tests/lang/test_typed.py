"""What a person types may lack its last `;`, and the last query its name."""

from __future__ import annotations

import pytest

from plait.lang.parser import parse
from plait.lang.typed import completed, ended


@pytest.mark.parametrize(
    ("text", "whole"),
    [
        ("select 1", "select 1 as _;"),
        ("select 1;", "select 1 as _;"),
        ("select 1 as a as t", "select 1 as a as t;"),
        ("select 1 -- one; two", "select 1 as _; -- one; two"),
        ("select ';' /* ; */ ", "select ';' as _; /* ; */ "),
        ("select 1 as t; select 2", "select 1 as t; select 2 as _;"),
        ("with a as (select 1) select * from a", "with a as (select 1) select * from a as _;"),
        ("with a as (select 1) insert into t select * from a;",) * 2,
        ("!show tables", "!show tables;"),
        ("set a = '''x;\ny'''", "set a = '''x;\ny''';"),
        ("create database d", "create database d;"),
        ("select 'open", "select 'open"),
        ("  -- nothing\n", "  -- nothing\n"),
        ("select 1 as t;;", "select 1 as t;;"),
    ],
)
def test_what_the_last_statement_lacks_is_added(text: str, whole: str) -> None:
    assert completed(text) == whole
    if "open" not in whole:
        parse(whole, "typed", {})


@pytest.mark.parametrize(
    ("text", "done"),
    [
        ("select 1", False),
        ("select 1; -- more", True),
        ("select 1; select", False),
        ("select ';", False),
        ("set a = '''x;", False),
        ("", True),
        ("/* only */", True),
    ],
)
def test_an_input_is_done_when_its_last_statement_is(text: str, done: bool) -> None:
    assert ended(text) is done

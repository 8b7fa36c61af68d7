"""What of a SQL text is code: the same for the parser, the planner and Sail's differences."""

from __future__ import annotations

import pytest

from plait.lang.sqltext import (
    blank_comments,
    code_of,
    has_insert,
    in_quotes,
    parts,
    value_of,
)

SQL = r"""select 'a''b', "x;--", r'\', `my -- t`, date'2020', 1 - 2 /* no 'text' */, 3 / 4
from /*+ hint */ t -- it's the end"""


def test_the_parts_of_a_text() -> None:
    assert [(part.kind, part.text) for part in parts(SQL)] == [
        ("text", "'a''b'"),
        ("text", '"x;--"'),
        ("text", r"r'\'"),
        ("name", "`my -- t`"),
        ("text", "'2020'"),
        ("comment", "/* no 'text' */"),
        ("hint", "/*+ hint */"),
        ("comment", "-- it's the end"),
    ]
    assert all(SQL[part.start : part.end] == part.text for part in parts(SQL))


def test_comments_are_blanked_where_they_are_comments() -> None:
    blanked = blank_comments(SQL)
    assert len(blanked) == len(SQL)
    assert "/*+ hint */" in blanked and '"x;--"' in blanked and "`my -- t`" in blanked
    assert "it's" not in blanked and "no 'text'" not in blanked
    assert blanked.count("\n") == 1


def test_code_keeps_its_offsets() -> None:
    code = code_of(SQL, "_")
    assert len(code) == len(SQL)
    assert code.index("from") == SQL.index("from")
    assert "hint" not in code and "x;" not in code and "my" not in code


@pytest.mark.parametrize(
    ("written", "value"),
    [("'a'", "a"), (r"'it\'s'", "it's"), ("'it''s'", "it's"), (r"r'\d'", r"\d"), ('"x"', "x")],
)
def test_values_of_strings(written: str, value: str) -> None:
    assert value_of(written) == value


@pytest.mark.parametrize(
    ("sql", "there"),
    [
        ("with a as (select 1) insert into t select * from a", True),
        ("with a as (select insert(x, 1, 2, 'y')) select 1", False),
        ("with a as (select 1) select 'insert' from a", False),
        ("with a as (select 1) select 1 -- insert", False),
        ("with `insert` as (select 1) select 1", False),
    ],
)
def test_insert_outside_of_parentheses(sql: str, there: bool) -> None:
    assert has_insert(sql) is there


def test_inside_quotes() -> None:
    sql = "select 'a b', `c d` from t"
    inside = [word for word in ("b", "d", "from") if in_quotes(sql, sql.index(word))]
    assert inside == ["b", "d"]


def test_comments_lie_in_one_another() -> None:
    sql = "select 1 /* outer /* inner */ still /* /* deep */ */ */, 2 -- /* line\n, 3"
    assert "".join(blank_comments(sql).split()) == "select1,2,3"
    # A hint inside a comment is text of the comment, and does not open another.
    assert blank_comments("a /* b /*+ c */ d").split() == ["a", "d"]

"""What a wrong script says: the kind of error, its position, what was expected, the hint."""

from __future__ import annotations

import pytest

from plait.errors import OptionError, ParseError, PlaitError, ScriptErrors
from plait.lang.parser import parse


def failure(text: str) -> PlaitError:
    with pytest.raises(PlaitError) as caught:
        parse(text, "s.mlsql")
    return caught.value


def several(text: str) -> list[tuple[int, int, str]]:
    error = failure(text)
    assert isinstance(error, ScriptErrors)
    found = []
    for part in error.errors:
        assert part.span is not None
        found.append((part.span.line, part.span.column, part.message))
    return found


@pytest.mark.parametrize(
    ("text", "column", "length", "message", "hint"),
    [
        ("lod csv.`x` as t;", 1, 3, "no statement begins with 'lod'", "did you mean 'load'?"),
        ("slect 1 as t;", 1, 5, "no statement begins with 'slect'", "did you mean 'select'?"),
        ("register a.`b` as c;", 1, 8, "the statement 'register' is not in this version", None),
        ("= 1;", 1, 1, "expected a statement, found '='", None),
        ("\u200bset a=1;", 1, 1, "expected a statement, found the character U+200B", None),
        ("load csv.`x`;", 13, 1, "expected 'where' or 'as', found ';'", None),
        ("load csv.`x` wher a=1 as t;", 14, 4, "expected 'where' or 'as', found 'wher'",
         "did you mean 'where'?"),
        ("load csv.`x` where a=1 adn b=1 as t;", 24, 3, "expected 'and' or 'as', found 'adn'",
         "did you mean 'and'?"),
        ("load csv.`x` where a=1 b=2 as t;", 24, 1, "expected 'and' or 'as', found 'b'", None),
        ("load csv.`x` where and a=1 as t;", 20, 3,
         "expected an option such as key=\"value\", found 'and'", None),
        ("load csv.`x` where a=1 and as t;", 28, 2,
         "expected an option such as key=\"value\", found 'as'", None),
        ("load csv.`x` where a=hive as t;", 22, 4, "expected a value for 'a', found 'hive'",
         'write "hive"'),
        ("load csv.`x` where my-key=1 as t;", 22, 1, "expected '=', found '-'",
         "a key with other characters than letters, digits, _ and . needs backticks"),
        ("load csv.`x` where a as t;", 22, 2, "expected '=', found 'as'", None),
        ("load `x` as t;", 6, 3,
         "expected a format and a path such as parquet.`/data/t`, found '`x`'", None),
        ("load csv as t;", 10, 2, "expected .`path` after 'csv', found 'as'", None),
        ("load csv.`` as t;", 10, 2, "expected a path, found nothing between the quotes", None),
        ("load csv.`x` as a.b;", 17, 3, "expected a name, found 'a.b'",
         "a table of a script has no '.' in its name"),
        ("load csv.`x` as 't';", 17, 3, "expected a name for the table, found 't'",
         "write the name without quotes, or in backticks"),
        ("load csv.`x` as t；;", 18, 1, "expected ';', found '；'",
         "； only looks like ; – write ;"),
        ("select a from t;", 15, 1, "expected 'as NAME' at the end of this statement",
         "the last 'as NAME' of a query names its table: select … as result;"),
        ("select as t;", 1, 11, "expected a query between 'select' and 'as t'", None),
        ("select 1 as ``;", 13, 2, "a name cannot be empty", None),
        ("save overwite t as csv.`x`;", 15, 1, "expected 'as', found 't'",
         "did you mean 'save overwrite'?"),
        ("save t as csv.`x` partition by a;", 19, 9,
         "expected 'where' or 'partitionBy' or ';', found 'partition'",
         "did you mean 'partitionBy'?"),
        ("save t as csv.`x` partitionBy;", 30, 1,
         "expected the name of a column, found ';'", None),
        ("train t PythonAlg.`x`;", 9, 9, "expected 'as', found 'PythonAlg'", None),
        ("predict t as PythonAlg.`x`;", 27, 1, "expected 'where' or 'as', found ';'", None),
        ("!shw tables;", 2, 3,
         "expected 'show' or 'desc' or 'assert' or 'profile' or 'lastCommand', found 'shw'",
         "did you mean 'show'?"),
        ("!show table;", 7, 5, "expected 'tables' or 'models', found 'table'",
         "did you mean 'tables'?"),
        ("!show models x;", 14, 1,
         "expected the path of the models in backticks, found 'x'", None),
        ("set a 'x';", 7, 3, "expected '=', found 'x'", None),
        ("set a = ;", 9, 1, "expected a value for 'a', found ';'", None),
        ("set `{}` = 1;", 5, 4, "'{}' cannot be the name of a variable", None),
        ("load csv.`x as t;", 10, 1, "the name or path that opens here with ` is never closed",
         "close it with `"),
        ("select 1 /* as t;", 10, 2, "the comment that opens here with /* is never closed",
         "close it with */"),
        ("load csv.`x` as t", 17, 1, "the last statement does not end with ';'",
         "expected ';' after this"),
        ("a\0;", 2, 1, "the script contains a NUL character", "is this file text in UTF-8?"),
        ("'\udc80';", 2, 1, "the script contains a character that is not valid Unicode",
         "is this file text in UTF-8?"),
    ],
)  # fmt: skip
def test_parse_errors(text: str, column: int, length: int, message: str, hint: str | None) -> None:
    error = failure(text)
    assert isinstance(error, ParseError)
    assert (error.message, error.hint) == (message, hint)
    assert error.span is not None
    assert (error.span.line, error.span.column, error.span.length) == (1, column, length)


@pytest.mark.parametrize(
    ("text", "column", "message", "hint"),
    [
        ("load csv.`x` where a=1 and `a`=2 as t;", 28, "the option 'a' is given twice",
         "it is given in line 1, column 20 already"),
        ("set a='1' where type='txt';", 22, "'txt' is not a type of set", "did you mean 'text'?"),
        ("set a='1' where tpe='text';", 17, "set has no option 'tpe'", "did you mean 'type'?"),
    ],
)  # fmt: skip
def test_option_errors(text: str, column: int, message: str, hint: str) -> None:
    error = failure(text)
    assert isinstance(error, OptionError)
    assert (error.message, error.hint) == (message, hint)
    assert error.span is not None
    assert error.span.column == column


def test_all_errors_at_once_in_their_order() -> None:
    text = "lod x;\nset a = 1;\nselect 1;\nselect ${b} as t;\nload csv.`x` where k=1 and k=2 as t"
    assert several(text) == [
        (1, 1, "no statement begins with 'lod'"),
        (3, 8, "expected 'as NAME' at the end of this statement"),
        (4, 8, "unknown variable 'b'"),
        (5, 28, "the option 'k' is given twice"),
        (5, 35, "the last statement does not end with ';'"),
    ]


def test_the_rendered_error() -> None:
    assert failure("\n\tlod csv.`x` as t;").render() == (
        "parse error: no statement begins with 'lod'\n"
        "  at s.mlsql:2:2\n"
        "    2 | \tlod csv.`x` as t;\n"
        "      | \t^^^\n"
        "  hint: did you mean 'load'?"
    )


class TestForgottenSemicolon:
    def test_between_statements(self) -> None:
        found = several("load csv.`x` as t\nload csv.`y` as u;\nselect 1 as v\n!desc v;\n")
        assert [place[:2] for place in found] == [(2, 1), (4, 1)]
        assert found[0][2] == "expected ';' before 'load'"

    @pytest.mark.parametrize(
        "following",
        [
            "select b from x as y;",
            "load csv.`x` as y;",
            "save overwrite t as csv.`x`;",
            "train t as PythonAlg.`x`;",
            "set b = 'x';",
            "!desc t;",
        ],
    )
    def test_behind_a_query(self, following: str) -> None:
        error = failure(f"select a from t as x\n  {following}\n")
        assert error.message == f"expected ';' before '{following.split()[0]}'"
        assert error.span is not None
        assert (error.span.line, error.span.column) == (2, 3)

    @pytest.mark.parametrize(
        "text",
        [
            "select a\nfrom t union all\nselect b from u as v;",
            "select 'x as y\nselect z' as s as t;",
            "select '\nload csv.`x` as t' as s as t;",
            "from t as x\nselect a as v;",
            "update t\nset a = 'x';",
            "select\nload, save, train\nfrom t as u;",
            "select a\n-- load csv.`x` as t\nfrom t as u;",
        ],
    )
    def test_not_where_none_is_missing(self, text: str) -> None:
        assert len(parse(text, "s").statements) == 1


class TestNeverClosed:
    def test_code_is_reported_where_it_opens_and_parsing_goes_on(self) -> None:
        found = several("set a = '''import ray\nprint(1)\n;\nselect 1 as t;\nlod x;")
        assert found == [
            (1, 9, "the text that opens here with ''' is never closed"),
            (5, 1, "no statement begins with 'lod'"),
        ]

    def test_the_string_that_runs_away_is_blamed(self) -> None:
        error = failure('set a = "x;\nselect 1 as t;\nset b = "y";\nselect 1 as u;')
        assert error.message == 'the string that opens here with " is never closed'
        assert error.span is not None
        assert (error.span.line, error.span.column) == (1, 9)

    def test_a_string_over_several_lines_is_named(self) -> None:
        error = failure('load csv.`x` where a="1 as t;\nload csv.`y` where b="2 as u;')
        assert error.hint == "the string before it runs from line 1 to 2: is that its end?"


def test_no_more_errors_than_anyone_reads() -> None:
    for text in ("lod x;\n" * 5000, f"select {'${x} ' * 5000} as t;", "'''" * 5001):
        error = failure(text)
        count = len(error.errors) if isinstance(error, ScriptErrors) else 1
        assert count <= 101


@pytest.mark.timeout(20)
@pytest.mark.parametrize(
    "text",
    [
        "select " + "(" * 200_000 + "1" + ")" * 200_000 + " as t;",
        "set a = '" + "\\" * 400_000 + "' ;",
        "select 1 " + "\n" * 300_000 + " as t;",
        "select 1\n" + "union all\nselect 2 -- c\n" * 30_000 + " as t;",
        "select 1 /* c */ " + "+ 1" * 200_000 + " as t;",
        "select " + "as " * 200_000 + " as t;",
        "load csv.`x` where " + " and ".join(f"k{i}=1" for i in range(30_000)) + " as t;",
        "set a=1;" * 30_000,
        "/*" * 200_000,
        "-" * 400_001,
        "`'\"" * 100_000,
        "${" * 200_000,
        "select '" + "${" * 200_000 + "' as t;",
        "a." * 200_000,
        "select " + "- " * 200_000 + " as t;",
    ],
    ids=range(15),
)
def test_long_texts_take_linear_time(text: str) -> None:
    try:
        parse(text, "s.mlsql")
    except PlaitError as error:
        assert error.span is not None

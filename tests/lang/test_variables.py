"""`${name}`: where it is expanded, and how it is escaped."""

from __future__ import annotations

import pytest

from plait.errors import BindError, ParseError, PlaitError, ScriptErrors, UsageError
from plait.lang.parser import parse
from plait.lang.statements import Load, Save, Select, Set, Sql, Statement


def one(text: str, **variables: str) -> Statement:
    (statement,) = parse(text, "s.mlsql", variables).statements
    return statement


def failure(text: str, **variables: str) -> PlaitError:
    with pytest.raises(PlaitError) as caught:
        parse(text, "s.mlsql", variables)
    return caught.value


def test_in_every_token() -> None:
    found = one(
        "load ${f}.`${d}/x` where ${k}.a=\"${v}!\" and b=${v} and c='''<${ v }>''' as ${t}_1;",
        f="csv", d="/data", k="key", v="val", t="out",
    )  # fmt: skip
    assert isinstance(found, Load)
    assert (found.source.format.text, found.source.path.text) == ("csv", "/data/x")
    assert [(o.key, o.value) for o in found.options] == [
        ("key.a", "val!"), ("b", "val"), ("c", "<val>"),
    ]  # fmt: skip
    assert found.table.text == "out_1"


def test_in_a_chain_of_names() -> None:
    found = one("save t as hive.${db}.t_${n} partitionBy ${c};", db="d", n="1", c="k")
    assert isinstance(found, Save)
    assert found.target.path.text == "d.t_1"
    assert found.partition_by[0].text == "k"


def test_in_sql_also_inside_its_strings() -> None:
    found = one("select ${c}, '${c}' from t where d > ${n} as ${out};", c="a b", n="3", out="u")
    assert isinstance(found, Select)
    assert (found.sql, found.table.text) == ("select a b, 'a b' from t where d > 3", "u")
    assert one("drop table ${t};", t="x") == Sql(
        "drop table x", one("drop table ${t};", t="x").span
    )


def test_not_in_comments_but_in_hints() -> None:
    found = one("select /*+ repartition(${n}) */ 1 -- ${nope}\n /* ${nope} */ as t;", n="4")
    assert isinstance(found, Select)
    assert found.sql.split() == ["select", "/*+", "repartition(4)", "*/", "1"]


def test_in_later_values_in_one_pass() -> None:
    text = r"""set a = "x"; set b = "\${a}-${a}"; set c = "${b}"; set d = '''${a} \${a}''';"""
    values = {k: v.value for k, v in parse(text, "s").variables.items()}
    assert values == {"a": "x", "b": "${a}-x", "c": "${a}-x", "d": "x ${a}"}


def test_a_value_can_neither_end_a_statement_nor_a_string() -> None:
    found = one('load csv.`x` where a="${v}" as t;', v='"; drop table t; --')
    assert isinstance(found, Load)
    assert found.options[0].value == '"; drop table t; --'


@pytest.mark.parametrize(
    ("written", "sql"),
    [
        (r"'\${x}'", "'${x}'"),
        (r"'\\${x}'", r"'\\v'"),
        (r"'\\\${x}'", r"'\\${x}'"),
        ("'$x'", "'$x'"),
    ],
)
def test_escapes_in_sql(written: str, sql: str) -> None:
    found = one(f"select {written} as t;", x="v")
    assert isinstance(found, Select)
    assert found.sql == f"select {sql}"


def test_backslashes_before_a_variable_in_a_string() -> None:
    found = one(r'set a = "\\${x} \${x} $x";', x="v")
    assert isinstance(found, Set)
    assert found.value == r"\v ${x} $x"


def test_a_query_from_variables() -> None:
    found = one("${q} as t;", q="select 1")
    assert isinstance(found, Select)
    assert (found.sql, found.table.text) == ("select 1", "t")
    found = one("select 1 ${tail};", tail="as t")
    assert isinstance(found, Select)
    assert (found.sql, found.table.text) == ("select 1", "t")
    assert isinstance(one("${q};", q="drop table x"), Sql)
    assert isinstance(failure("${q};", q="load"), ParseError)


@pytest.mark.parametrize(
    ("text", "line", "column", "length"),
    [
        ("select 1,\n ${mont} as t;", 2, 2, 7),
        ('load csv.`x`\n where a="1${mont}" as t;', 2, 12, 7),
        ("set a='''\nx ${mont}''';", 2, 3, 7),
        ("load csv.`${mont}` as t;", 1, 11, 7),
        ("load csv.`x` as ${mont};", 1, 17, 7),
    ],
)
def test_an_unknown_variable(text: str, line: int, column: int, length: int) -> None:
    error = failure(text, month="1")
    assert isinstance(error, BindError)
    assert error.span is not None
    assert (error.span.line, error.span.column, error.span.length) == (line, column, length)
    assert "unknown variable 'mont'" in error.message
    assert error.hint == "did you mean 'month'?; for the text itself write \\${mont}"


def test_all_unknown_variables_at_once() -> None:
    error = failure("select ${a}, ${b} as t; load csv.`${c}` as u;")
    assert isinstance(error, ScriptErrors)
    assert [type(e) for e in error.errors] == [BindError] * 3


@pytest.mark.parametrize("text", ["select '${' as t;", "select '${{x}}' as t;", 'set a="${}";'])
def test_what_is_no_variable(text: str) -> None:
    error = failure(text)
    assert isinstance(error, ParseError)
    assert error.hint == "for the text itself write \\${"


def test_a_variable_must_be_set_before() -> None:
    error = failure('select ${a} as t; set a = "1";')
    assert isinstance(error, BindError)
    assert error.span is not None
    assert error.span.column == 8


def test_a_wrong_set_makes_one_error() -> None:
    error = failure("set a = ; select ${a} as t; load csv.`${a}` as u;")
    assert isinstance(error, ParseError)


def test_an_expanded_name_must_be_a_name() -> None:
    error = failure("load csv.`x` as ${t};", t="a b; c")
    assert isinstance(error, ParseError)
    assert "expected a name, found 'a b; c'" in error.message


@pytest.mark.parametrize(
    ("name", "value"), [("", "x"), ("a}", "x"), ("a", "x\0"), ("a", "\udc80")]
)
def test_bad_command_line_values(name: str, value: str) -> None:
    with pytest.raises(UsageError):
        parse("", "s", {name: value})

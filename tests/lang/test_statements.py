"""What each statement of the language becomes."""

from __future__ import annotations

import pytest

from plait.errors import ParseError, Span
from plait.lang.parser import Script, parse
from plait.lang.statements import (
    Assert,
    Describe,
    LastCommand,
    Load,
    Predict,
    Profile,
    Save,
    Select,
    Set,
    ShowModels,
    ShowTable,
    ShowTables,
    Sql,
    Statement,
    Train,
)


def script(text: str, **variables: str) -> Script:
    return parse(text, "s.mlsql", variables)


def one(text: str, **variables: str) -> Statement:
    (statement,) = script(text, **variables).statements
    return statement


@pytest.mark.parametrize(
    ("text", "name", "rows"),
    [("!show t;", "t", None), ("!SHOW T 5;", "T", 5), ("!show `tables` 1;", "tables", 1)],
)
def test_the_rows_of_a_table_are_shown(text: str, name: str, rows: int | None) -> None:
    match one(text):
        case ShowTable(table=table, rows=given):
            assert (table.text, given) == (name, rows)
        case other:
            pytest.fail(str(other))


def test_an_assertion() -> None:
    statement = script(
        """set low = "3"; !assert t '''a > ${low} and 'x' <> b''' "b is \\"x\\"";"""
    ).statements[1]
    assert isinstance(statement, Assert)
    assert (statement.condition, statement.message) == ("a > 3 and 'x' <> b", 'b is "x"')
    assert one("!assert `t u` 'a > 0';").message is None


@pytest.mark.parametrize("number", ["0", "-1", "1.5", "10001", "1e3"])
def test_a_wrong_number_of_rows_is_an_error(number: str) -> None:
    with pytest.raises(ParseError, match="a number from 1 to 10000"):
        script(f"!show t {number};")


def load(text: str, **variables: str) -> Load:
    statement = one(text, **variables)
    assert isinstance(statement, Load)
    return statement


def select(text: str, **variables: str) -> Select:
    statement = one(text, **variables)
    assert isinstance(statement, Select)
    return statement


def options(statement: Load | Save | Train | Predict) -> dict[str, str]:
    return {option.key: option.value for option in statement.options}


class TestLoad:
    def test_path_in_backticks_and_options(self) -> None:
        found = load(
            """load csv.`/d/x.csv` where header="true" and `a.b`="1" and c.d='''it's''' as t;"""
        )
        assert (found.source.format.text, found.source.path.text) == ("csv", "/d/x.csv")
        assert options(found) == {"header": "true", "a.b": "1", "c.d": "it's"}
        assert found.table.text == "t"

    @pytest.mark.parametrize(
        ("written", "path"),
        [
            ("parquet.'/d/x'", "/d/x"),
            ('parquet."/d/x"', "/d/x"),
            ("hive.`db1.t1`", "db1.t1"),
            ("hive.db1.t1", "db1.t1"),
            ("hive.`db1`.`t1`", "db1.t1"),
            ("hive.db1.`t1`", "db1.t1"),
            ("hive . db1 . t1", "db1.t1"),
            ("text.`a;b -- c`", "a;b -- c"),
            ("text.`a``b`", "a`b"),
        ],
    )
    def test_forms_of_the_path(self, written: str, path: str) -> None:
        found = load(f"load {written} as t;")
        assert found.source.path.text == path
        assert found.source.format.text == written.split(".")[0].strip()

    def test_keywords_in_any_case_and_options_for_where(self) -> None:
        found = load("LOAD Csv.`x` OPTIONS header='true' AND n=-1.5e3 And b=TRUE AS T;")
        assert options(found) == {"header": "true", "n": "-1.5e3", "b": "TRUE"}
        assert (found.source.format.text, found.table.text) == ("Csv", "T")

    @pytest.mark.parametrize("key", ["a.b.c", "`a.b.c`", "a.`b`.c", "`a`.`b.c`", "a . `b.c`"])
    def test_forms_of_a_key(self, key: str) -> None:
        assert options(load(f'load csv.`x` where {key} = "1" as t;')) == {"a.b.c": "1"}

    def test_numbers_in_a_key(self) -> None:
        found = load('load csv.`x` where fitParam.0.x="1" and `fitParam.1.y`="2" as t;')
        assert options(found) == {"fitParam.0.x": "1", "fitParam.1.y": "2"}

    def test_escapes(self) -> None:
        found = load(
            r"""load csv.`x` where a="\"q\" \\ \n\t \d" and b='it\'s' and c='''\n''' as t;"""
        )
        assert options(found) == {"a": '"q" \\ \n\t \\d', "b": "it's", "c": "\\n"}

    def test_comments_between_all_tokens(self) -> None:
        found = load(
            "-- one\nload/* two */csv -- ; three\n. /* ; */ `x` where--\n"
            "a=/* '''*/\"-- no\" as t -- e\n;"
        )
        assert options(found) == {"a": "-- no"}
        assert found.table.text == "t"

    def test_spans(self) -> None:
        found = load('\n  load csv.`/d`\n\twhere head="x" as t;')
        line = '\twhere head="x" as t;'
        assert found.span == Span("s.mlsql", 2, 3, 13, "  load csv.`/d`")
        assert found.source.path.span == Span("s.mlsql", 2, 12, 4, "  load csv.`/d`")
        assert found.options[0].span == Span("s.mlsql", 3, 8, 4, line)
        assert found.options[0].value_span == Span("s.mlsql", 3, 13, 3, line)
        assert found.table.span == Span("s.mlsql", 3, 20, 1, line)


class TestSelect:
    @pytest.mark.parametrize(
        ("text", "sql", "table"),
        [
            ("select 1 as x as t;", "select 1 as x", "t"),
            ("select a as b;", "select a", "b"),
            ("SELECT cast(a AS int) c from x AS T ;", "SELECT cast(a AS int) c from x", "T"),
            ("select 'as z;' as s, \"; as y\" from `a;b` as t;",
             "select 'as z;' as s, \"; as y\" from `a;b`", "t"),
            ("with a as (select 1) select * from a as t;",
             "with a as (select 1) select * from a", "t"),
            ("(select 1) union (select 2) as t;", "(select 1) union (select 2)", "t"),
            ("select 1 as `my t`;", "select 1", "my t"),
            ("select '''' as q as t;", "select '''' as q", "t"),
            (r"select 'it\'s; ok' as t;", r"select 'it\'s; ok'", "t"),
            (r"select r'\' as t; ", r"select r'\'", "t"),
            ("select 1 as t -- as u\n;", "select 1", "t"),
            ("select 1 as /* c; */ t/* d */;", "select 1", "t"),
            ("select /*+ broadcast(a) */ 1 as t;", "select /*+ broadcast(a) */ 1", "t"),
            ("select 1 -- it's; as x\n as t;", "select 1              \n", "t"),
            ("select\r\n 1\r\nas\r\nt;", "select\r\n 1", "t"),
            ("from x select a as t;", "from x select a", "t"),
            ("values (1), (2) as t;", "values (1), (2)", "t"),
            ("select 数 from 表 as 结果;", "select 数 from 表", "结果"),
            ("select a - -1, b/2 from x as t;", "select a - -1, b/2 from x", "t"),
        ],
    )  # fmt: skip
    def test_the_last_as_names_the_table(self, text: str, sql: str, table: str) -> None:
        found = select(text)
        assert (found.sql, found.table.text) == (sql.rstrip(), table)

    def test_span_is_where_the_sql_begins(self) -> None:
        found = select("\n /* x */ select 1\n as t;")
        assert found.span == Span("s.mlsql", 2, 10, 8, " /* x */ select 1")

    def test_comments_keep_the_offsets(self) -> None:
        assert select("select a, -- x\n b as t;").sql == "select a,     \n b"


class TestSql:
    @pytest.mark.parametrize(
        "sql",
        [
            "create table a as select 1 as x",
            "INSERT INTO db.t VALUES ('a;b')",
            "drop table if exists t",
            "update t\nset a = 'x'",
            'merge into t using s on t.a = s.a when matched then update\nset b = "1"',
            "with a as (select 1) insert into t select * from a as b",
            "show tables",
            "explain select 1",
        ],
    )
    def test_passes_through(self, sql: str) -> None:
        assert one(f"{sql} ;") == Sql(sql, one(f"{sql} ;").span)

    def test_with_and_an_insert_in_parentheses_is_a_query(self) -> None:
        assert isinstance(one("with a as (select insert from x) select 1 as t;"), Select)


class TestSave:
    def test_whole(self) -> None:
        found = one('save overwrite t as parquet.`/o` where a="1" partitionBy x, `y z`;')
        assert isinstance(found, Save)
        assert (found.mode, found.table.text) == ("overwrite", "t")
        assert [name.text for name in found.partition_by] == ["x", "y z"]
        assert options(found) == {"a": "1"}

    def test_partition_by_before_options(self) -> None:
        found = one('save append t as csv.`/o` PARTITIONBY x options header="true";')
        assert isinstance(found, Save)
        assert [name.text for name in found.partition_by] == ["x"]
        assert options(found) == {"header": "true"}

    @pytest.mark.parametrize(
        ("written", "mode"),
        [
            ("", "errorIfExists"),
            ("ERRORIFEXISTS", "errorIfExists"),
            ("Ignore", "ignore"),
            ("append", "append"),
        ],
    )
    def test_modes(self, written: str, mode: str) -> None:
        found = one(f"save {written} t as hive.`d.t`;")
        assert isinstance(found, Save)
        assert found.mode == mode

    def test_a_table_may_be_named_like_a_mode(self) -> None:
        found = one("save append as hive.`d.t`;")
        assert isinstance(found, Save)
        assert (found.mode, found.table.text) == ("errorIfExists", "append")


class TestModels:
    @pytest.mark.parametrize("word", ["train", "RUN"])
    def test_train(self, word: str) -> None:
        found = one(f'{word} d as PythonAlg.`/m` where scripts="s" and fitParam.0.n=2 as r;')
        assert isinstance(found, Train)
        assert found.result is not None
        assert (found.table.text, found.result.text) == ("d", "r")
        assert (found.target.format.text, found.target.path.text) == ("PythonAlg", "/m")
        assert options(found) == {"scripts": "s", "fitParam.0.n": "2"}

    def test_train_without_result(self) -> None:
        found = one("train d as PythonAlg.`/m`;")
        assert isinstance(found, Train)
        assert found.result is None

    def test_predict(self) -> None:
        found = one('predict d as PythonAlg.`/m` where modelVersion="3" as p;')
        assert isinstance(found, Predict)
        assert (found.table.text, found.result.text) == ("d", "p")

    def test_predict_without_options(self) -> None:
        assert isinstance(one("predict d as PythonAlg.`/m` as p;"), Predict)


class TestCommands:
    def test_show_tables(self) -> None:
        assert isinstance(one("!show tables;"), ShowTables)
        assert isinstance(one("! SHOW Tables ;"), ShowTables)

    def test_show_models(self) -> None:
        found = one("!show models `/m/${x}`;", x="a")
        assert isinstance(found, ShowModels)
        assert found.path.text == "/m/a"

    def test_profile_and_the_last_answer(self) -> None:
        found = one("!profile `a b`;")
        assert isinstance(found, Profile) and found.table.text == "a b"
        named = one("!lastCommand NAMED t;")
        assert isinstance(named, LastCommand) and named.table.text == "t"

    def test_desc(self) -> None:
        found = one("!desc t;")
        assert isinstance(found, Describe)
        assert found.table.text == "t"


class TestSet:
    def test_kinds_of_values(self) -> None:
        found = script("set a = \"x\"; set b='y'; set c='''z'''; set d = -4.5; set e = true;")
        assert {k: v.value for k, v in found.variables.items()} == {
            "a": "x", "b": "y", "c": "z", "d": "-4.5", "e": "true",
        }  # fmt: skip

    def test_conf_is_no_variable(self) -> None:
        text = 'set spark.sql.x = "4" where type="conf"; set `a.b`="x";'
        found = script(text)
        first, second = found.statements
        assert isinstance(first, Set)
        assert isinstance(second, Set)
        assert (first.name.text, first.value, first.type) == ("spark.sql.x", "4", "conf")
        assert (second.name.text, second.type) == ("a.b", "text")
        assert list(found.variables) == ["a.b"]

    def test_code_knows_its_first_line(self) -> None:
        found = one("\n\nset code = -- c\n '''\nimport ray\n# don't; it's \"code\" -- ${''\n''';"
                    .replace("${", r"\${"))  # fmt: skip
        assert isinstance(found, Set)
        assert found.text_line == 4
        assert found.value == "\nimport ray\n# don't; it's \"code\" -- ${''\n"
        assert found.span.line == 3

    def test_code_on_the_line_of_its_quotes(self) -> None:
        found = script("set a = \"x\";\nset code = '''import ray\nray.init()''';")
        assert found.variables["code"].text_line == 2

    def test_default_yields(self) -> None:
        default = 'set a = "default" where type="defaultParam";'
        assert script(default).variables["a"].value == "default"
        assert script(default, a="given").variables["a"].value == "given"
        assert script(f'set a = "before"; {default}').variables["a"].value == "before"
        assert one(default, a="given") == Set(
            one(default).name, "given", "text", 1, one(default).span  # type: ignore[union-attr]
        )  # fmt: skip

    def test_text_replaces_the_command_line(self) -> None:
        assert script('set a = "x";', a="given").variables["a"].value == "x"

    def test_command_line_variable_has_a_place(self) -> None:
        assert script("", a="x").variables["a"].file == "--var"


def test_an_empty_script_and_stray_semicolons() -> None:
    for text in ("", "\ufeff", " \r\n\t", "-- only this", "/* and this */", ";;", " ; -- x\n;"):
        assert script(text).statements == ()


def test_many_statements_on_one_line_and_line_ends() -> None:
    text = "set a=1;load csv.`x` as t;select * from t as u;!show tables;"
    assert [type(s) for s in script(text).statements] == [Set, Load, Select, ShowTables]
    crlf = "\ufeffset a=1;\r\nload csv.`x` as t;\rselect 1 as u;\n"
    assert [(s.span.line, s.span.column) for s in script(crlf).statements] == [
        (1, 1),
        (2, 1),
        (3, 1),
    ]
    lines = [s.span.text for s in script(crlf).statements]
    assert lines == ["set a=1;", "load csv.`x` as t;", "select 1 as u;"]


def test_the_example_of_the_project() -> None:
    text = """-- the code that trains
set py_train='''
import ray
ray.init()
@ray.remote(num_cpus=2, num_gpus=1)
def f(x):
    return x * x
futures = [f.remote(i) for i in range(4)]
print(ray.get(futures))
''';
load script.`py_train` as py_train;
set py_env='''
''';
load script.`py_env` as py_env;
load hive.`db1.table1` as table1;
select features,label from table1 as data;
train data as PythonAlg.`/tmp/tf/model`
where scripts="py_train"
and entryPoint="py_train"
and condaFile="py_env"
and keepVersion="true"
and fitParam.0.fileFormat="json"
and `fitParam.0.psNum`="1";
"""
    found = script(text)
    kinds = [Set, Load, Set, Load, Load, Select, Train]
    assert [type(statement) for statement in found.statements] == kinds
    assert found.variables["py_train"].value.splitlines()[2] == "ray.init()"
    assert found.variables["py_train"].text_line == 2
    train = found.statements[-1]
    assert isinstance(train, Train)
    assert options(train)["fitParam.0.psNum"] == "1"

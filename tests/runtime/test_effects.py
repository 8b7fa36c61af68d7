"""What a script leaves and prints, in its order, also when it fails."""

from __future__ import annotations

import pytest

from plait.errors import AnalysisError, DataError, EngineError, PlaitError
from plait.events import Notice, TableShown

from ..conftest import Runner


def test_what_stands_before_a_failure_is_saved_and_what_stands_behind_it_is_not(
    run: Runner,
) -> None:
    text = """select id, id * 2 as b from range(3000000) as big;
save overwrite big as parquet.`${dir}/before`;
select cast(concat('x', id) as int) as z from range(3) as bad;
save overwrite bad as parquet.`${dir}/bad`;
save overwrite big as csv.`${dir}/behind`;"""
    with pytest.raises(EngineError) as failed:
        run(text)
    assert failed.value.span is not None and failed.value.span.line == 3
    assert [path.name for path in run.folder.iterdir()] == ["before"]
    (left,) = run(
        "load parquet.`${dir}/before` as t; select count(*) as n from t as c;"
    ).last.to_arrow()["n"]
    assert left.as_py() == 3_000_000


def test_answers_come_in_the_order_of_the_script(run: Runner) -> None:
    run("""select id as a from range(100000) as t;
save overwrite t as parquet.`${dir}/t`;
!show t 2;
show databases;
!desc t;
describe t;
select sum(a) as s from t as u;""")
    titles = [event.title for event in run.of(TableShown)]
    assert titles == ["t", "show databases", "desc t", "desc t", "u"]
    assert len(run.of(TableShown)[0].rows) == 2


def test_assertions(run: Runner) -> None:
    rows = "select id as a, if(id = 3, null, id) as b from range(5) as t;\n"
    run(f"{rows}!assert t 'a < 5' 'big'; select * from t where false as e; !assert e 'a > 9';")
    with pytest.raises(DataError) as failed:
        run(f"{rows}!assert t '''b >= 0''' \"b is missing\";\nsave t as csv.`${{dir}}/o`;")
    assert failed.value.message == "b is missing"
    assert failed.value.span is not None and failed.value.span.line == 2
    assert "a = 3, b = NULL" in (failed.value.cause or "")
    assert list(run.folder.iterdir()) == []
    with pytest.raises(PlaitError) as refused:
        run.session.check(f"{rows}!assert t 'nowhere > 0';")
    assert refused.value.span is not None and refused.value.span.line == 2


def test_a_check_shows_each_mistake_at_its_words(run: Runner) -> None:
    text = """select 1 as mass, 'a' as kind as t;
select
  kind,
  avg(mas) as mean
from t
group by kind
as u;
save overwrite t as parquet.`${dir}/o` partitionBy kin;"""
    with pytest.raises(PlaitError) as refused:
        run.session.check(text, "s.mlsql", {"dir": str(run.folder)})
    errors = getattr(refused.value, "errors", (refused.value,))
    places = [(e.span.line, e.span.text[e.span.column - 1 :][: e.span.length]) for e in errors]
    assert places == [(4, "mas"), (8, "kin")]
    assert isinstance(errors[0], AnalysisError)


def test_a_check_warns(run: Runner) -> None:
    heard: list = []
    text = """select 1 as a as t;
select assert_true(a < 0) as ok from t as c;
set code = '''
import no_such_module
''';
load script.`code` as code;
train t as PythonAlg.`${dir}/m` where scripts="code" as r;"""
    variables = {"dir": str(run.folder)}
    run.session.check(text, "s.mlsql", variables, on_event=lambda e: heard.append(e.event))
    warned = [event.text for event in heard if isinstance(event, Notice)]
    assert [text.partition(":")[0] for text in warned] == ["line 2", "line 4"]


def test_an_insert_of_other_columns_than_the_table_has_is_found_by_the_check(run: Runner) -> None:
    run("drop table if exists kept; select 1 as a, 'x' as b as t; save t as hive.`default.kept`;")
    for insert, message in (
        ("insert into kept select 1, 'y', 2;", "the query gives 3 columns, table 'default.kept'"),
        ("insert into kept (a, c) select 1, 'y';", "table 'default.kept' has no column 'c'"),
    ):
        with pytest.raises(AnalysisError, match=message) as failed:
            run.session.check(f"select 1 as z as t;\n{insert}")
        assert failed.value.span is not None and failed.value.span.line == 2
    run.session.check("insert into kept select 1, 'y';")
    run.session.check(
        "drop table kept; create table kept as select 1 as a; insert into kept select 2;"
    )
    run("drop table kept;")

"""A failure of a row stands at the statement that says the expression."""

from __future__ import annotations

import pytest

from plait.engines.base import DataEngine, guarded
from plait.errors import EngineError
from plait.lang.parser import parse
from plait.plan.planner import plan
from plait.plan.scope import Scope
from plait.plan.steps import Query
from plait.runtime.culprit import _in_context

from ..conftest import Runner

LAYERS = """select id, concat('v', id) as s from range(5) as t;
select *, {first} as x from t as u;
select *, {second} as y from u as v;
select sum(x) as x, max(y) as y from v as w;
save overwrite w as parquet.`${{dir}}/o`;"""


@pytest.mark.parametrize(
    ("first", "second", "line", "value"),
    [
        ("int(s)", "1", 2, "'v0'"),
        ("1", "cast(s as double)", 3, "'v0'"),
        ("id % 7", "10 / (x - 4)", 3, "zero"),
        ("if(id = 3, cast(s as int), 1)", "int(substr(s, 2)) + x", 2, "'v3'"),
        ("int(substr(s, 2))", "if(id = 4, int(s), 2)", 3, "'v4'"),
        ("id + 1", "if(id = 2, raise_error('no two'), 2)", 3, "no two"),
    ],
)
def test_a_failure_is_not_blamed_on_who_computes(
    run: Runner, first: str, second: str, line: int, value: str
) -> None:
    with pytest.raises(EngineError) as failed:
        run(LAYERS.format(first=first, second=second))
    assert failed.value.span is not None and failed.value.span.line == line
    assert value in failed.value.message
    assert failed.value.exit_code == 1


def test_a_table_of_an_earlier_run_is_known_by_its_statement(run: Runner) -> None:
    run("select id, int(concat('v', id)) as x from range(5) as bad; select 1 as a as fine;")
    with pytest.raises(EngineError) as failed:
        run("\n\nselect sum(x) as x from bad as w;")
    assert failed.value.span is not None
    assert failed.value.span.text.startswith("select id, int(")


def test_a_failure_that_is_about_no_expression_stays(run: Runner) -> None:
    with pytest.raises(EngineError) as failed:
        run("select 1 / (id - id) as x from range(3) as t;\nsave t as parquet.`${dir}/o`;")
    assert failed.value.span is not None and failed.value.span.line == 1


def test_spark_shows_the_expression(spark: DataEngine) -> None:
    text = """select 1 as a as t;
select a,
  'cast(x as int)' as text, -- cast(x as int)
  a / (a - a) as wrong
from t as u;
select sum(wrong) as s from u as v;"""
    queries = [
        step for step in plan(parse(text, "s.mlsql").statements, Scope()).steps
        if isinstance(step, Query)
    ]  # fmt: skip
    session = spark.session()

    def fail() -> None:
        for query in queries:
            session.sql(query.sql).createOrReplaceTempView(query.outputs[0].name)
        session.table("v").collect()

    with pytest.raises(EngineError) as failed:
        guarded(spark, fail)
    span = _in_context(queries, failed.value.cause or "")
    assert span is not None
    assert (span.line, span.text[span.column - 1 :][: span.length]) == (4, "a / (a - a)")

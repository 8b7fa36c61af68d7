"""What a plan shows to be a likely mistake."""

from __future__ import annotations

from plait.plan.steps import Remark

from .conftest import Planner

TRAINED = """select 1 as a as t;
set code = '''
from plait import task
task.save_model(lambda f: f["a"])
''';
load script.`code` as code;
train t as PythonAlg.`m` where scripts="code";
predict t as PythonAlg.`m` as p;
"""


def places(remarks: tuple[Remark, ...]) -> list[tuple[int, int, str]]:
    """Line, column and the text there."""
    spans = [remark.span for remark in remarks]
    return [(s.line, s.column, s.text[s.column - 1 :][: s.length]) for s in spans]


def test_sql_that_is_analysed_late_is_read_before(planned: Planner) -> None:
    wrong = "select\n  a,\n  a + 1 as more\n  prediction\nfrom p\nas x;"
    plan = planned(TRAINED + wrong)
    assert places(plan.remarks) == [(12, 3, "prediction")]
    assert "only when the steps before it have run" in plan.remarks[0].text
    right = "with q as (select * from p) select a, `prediction` from q where a > 0 as x;"
    assert planned(TRAINED + right).remarks == ()


def test_sql_that_the_engine_reads_before_the_run_is_left_to_it(planned: Planner) -> None:
    assert planned("select 1 as a as t;\nselect a, b c d from t as u;").remarks == ()


def test_forms_that_only_the_engine_reads_are_no_mistakes(planned: Planner) -> None:
    assert planned(TRAINED + "from p |> where a > 1 as x;").remarks == ()


def test_a_check_in_a_table_that_nobody_computes_is_remarked(planned: Planner) -> None:
    text = """select 5 as a as t;
select
  assert_true(a < 3, 'too big') as ok
from t as checked;
select raise_error('no') as no from t as stopped;
select 'assert_true(1)' as text as last;"""
    plan = planned(text)
    assert places(plan.remarks) == [(3, 3, "assert_true"), (5, 8, "raise_error")]
    assert "nothing computes the table 'checked'" in plan.remarks[0].text


def test_a_check_that_is_computed_is_no_mistake(planned: Planner) -> None:
    checked = "select 5 as a as t; select assert_true(a < 3) as ok from t as checked;"
    assert planned(checked).remarks == ()
    saved = "save overwrite checked as parquet.`/o`; select 1 as a as last;"
    assert planned(f"{checked} {saved}").remarks == ()

"""Statements become the right steps, and wrong scripts the right errors."""

from __future__ import annotations

import pytest

from plait.errors import BindError, CapabilityError, OptionError, ScriptErrors
from plait.plan.explain import as_data, as_mermaid, as_text, late_tables
from plait.plan.steps import (
    Assert,
    Exchange,
    Fit,
    Materialize,
    Plan,
    Preview,
    Query,
    Read,
    Show,
    Write,
)

LOAD = "load csv.`/data/f.csv` as f;\n"
CODE = "set py='''\nprint(1)\n''';\nload script.`py` as py;\n"
TRAIN = CODE + LOAD + 'train f as PythonAlg.`/m` where scripts="py"'


def kinds(plan: Plan) -> list[str]:
    return [step.kind for step in plan.steps]


def test_one_step_after_the_other(planned) -> None:
    plan = planned(LOAD + "select a from f as g; save overwrite g as parquet.`/out`;")
    assert kinds(plan) == ["read", "query", "write", "preview"]
    assert [step.id for step in plan.steps] == [1, 2, 3, 4]


def test_a_name_bound_again_is_a_new_table(planned) -> None:
    plan = planned(LOAD + "select a from f as f; select a from f as f;")
    queries = [step for step in plan.steps if isinstance(step, Query)]
    assert [str(q.inputs[0]) for q in queries] == ["f#1", "f#2"]
    assert [str(q.outputs[0]) for q in queries] == ["f#2", "f#3"]


def test_names_match_in_any_case(planned) -> None:
    assert kinds(planned(LOAD + "select a from F as G;")) == ["read", "query", "preview"]


def test_training_is_transferred_to_ray_and_back(planned) -> None:
    plan = planned(TRAIN + " as result;")
    assert kinds(plan) == ["read", "exchange", "fit", "exchange", "preview"]
    there, back = (step for step in plan.steps if isinstance(step, Exchange))
    assert (there.to, back.to) == ("ray", "data")
    assert plan.steps[3].outputs[0] in late_tables(plan)


def test_a_table_is_transferred_once_for_two_trainings(planned) -> None:
    plan = planned(TRAIN + ';\ntrain f as PythonAlg.`/n` where scripts="py";')
    assert kinds(plan).count("exchange") == 1


def test_prediction_waits_for_the_training_of_its_model(planned) -> None:
    plan = planned(TRAIN + ";\npredict f as PythonAlg.`/m` as out;")
    fit = next(step for step in plan.steps if isinstance(step, Fit))
    apply = next(step for step in plan.steps if step.kind == "apply")
    assert apply.fitted_by == fit.id
    assert fit.id in apply.after
    transfer = next(step for step in plan.steps if isinstance(step, Exchange))
    assert transfer.method == "auto"


def test_a_query_read_by_two_heavy_consumers_is_computed_once(planned) -> None:
    text = LOAD + "select a from f as g; select a from g as h;"
    saves = "save overwrite h as csv.`/o1`; save overwrite h as csv.`/o2`;"
    plan = planned(text + saves)
    made = [step for step in plan.steps if isinstance(step, Materialize)]
    assert [step.inputs[0].name for step in made] == ["h"], "g is read by one only: h"


def test_the_preview_reads_what_was_just_written(planned) -> None:
    plan = planned(LOAD + "select a from f as g; save overwrite g as parquet.`/o`;")
    preview = plan.steps[-1]
    assert isinstance(preview, Preview)
    assert preview.written_by == 3
    assert "materialize" not in kinds(plan)


def test_a_read_waits_for_the_write_of_its_path(planned) -> None:
    text = LOAD + "save overwrite f as parquet.`/o/x`; load parquet.`/o/x` as g;"
    plan = planned(text)
    read = plan.steps[2]
    assert isinstance(read, Read)
    assert read.after == (2,)
    assert read.outputs[0] in late_tables(plan)


def test_a_source_is_kept_before_it_is_overwritten(planned) -> None:
    text = (
        "load parquet.`/o/x` as a;" + LOAD + "save overwrite f as parquet.`/o/x`;"
        "save overwrite a as parquet.`/o/y`;"
    )
    plan = planned(text)
    kept = next(step for step in plan.steps if isinstance(step, Materialize))
    overwriting = next(step for step in plan.steps if isinstance(step, Write))
    assert kept.inputs[0].name == "a"
    assert kept.id in overwriting.after


def test_a_source_is_replaced_only_when_its_readers_are_done(planned) -> None:
    plan = planned(
        "load parquet.`/o/x` as a; select * from a as b;"
        "save overwrite b as parquet.`/o/y`;"
        + LOAD
        + "save overwrite f as parquet.`/o/x`; save overwrite f as parquet.`/o/z`;"
    )
    reading, replacing, other = (step for step in plan.steps if isinstance(step, Write))
    assert reading.id in replacing.after
    assert reading.id not in other.after


def test_a_pattern_waits_for_what_it_may_match(planned) -> None:
    plan = planned(LOAD + "save overwrite f as csv.`/o/part1`; load csv.`/o/par*` as g;")
    write = next(step for step in plan.steps if isinstance(step, Write))
    read = next(step for step in plan.steps if isinstance(step, Read) and "*" in step.source.path)
    assert read.after == (write.id,)


def test_sql_that_makes_tables_of_the_lake(planned) -> None:
    plan = planned(
        "create database d; create table d.t (a int, b string) using parquet;"
        "insert into d.t values (1, 'x'); select * from d.t as out; drop table d.t;"
    )
    assert kinds(plan) == [
        "execute",
        "query",
        "write",
        "query",
        "write",
        "query",
        "materialize",
        "execute",
        "preview",
    ]
    insert = plan.steps[4]
    assert isinstance(insert, Write)
    assert insert.by_position
    assert insert.mode == "append"


WRONG = [
    ("select a from g as h;", BindError, "there is no table 'g'", 1, 15),
    (LOAD + "select a from g as h;", BindError, "there is no table 'g'", 2, 15),
    (LOAD + "select a\nfrom f\njoin gg on x as h;", BindError, "no table 'gg'", 4, 6),
    ("load cvs.`/x` as f;", OptionError, "unknown format 'cvs'", 1, 6),
    ('load csv.`/x` where heade="true" as f;', OptionError, "no option 'heade'", 1, 21),
    ('load csv.`/x` where header="maybe" as f;', OptionError, "true or false", 1, 28),
    ('load csv.`/x` where header="yes" as f;', OptionError, "true or false", 1, 28),
    ('load csv.`/x` where sep="" as f;', OptionError, "not empty", 1, 25),
    ("load csv.`/x` where quote=\"''\" as f;", OptionError, "one character", 1, 27),
    ('load csv.`/x` where encoding="utf8x" as f;', OptionError, "a character set", 1, 30),
    ('load json.`/x` where schema="" as f;', OptionError, "not empty", 1, 29),
    ("load script.`nope` as f;", BindError, "no variable 'nope'", 1, 13),
    ("load hive.`db1.tabel1` as f;", BindError, "no table 'db1.tabel1'", 1, 11),
    (LOAD + "save f as hive.`nodb.t`;", BindError, "no database 'nodb'", 2, 16),
    (LOAD + "save f as libsvm.`/x`;", CapabilityError, "cannot be written", 2, 11),
    (TRAIN + ' and num_cpu="1";', OptionError, "no option 'num_cpu'", 6, None),
    (TRAIN + ' and fitParam.0.psNum="2";', OptionError, "must be 1", 6, None),
    (TRAIN + ' and fitParam.0.a="2" and fitParam.1.a="3";', OptionError, "'metric'", 6, 1),
    (TRAIN + ' and metric="auc";', OptionError, "needs 'mode'", 6, None),
    (TRAIN + ' and num_gpus="1.5";', Exception, "whole number", 6, None),
    (CODE + "select * from py as x;", BindError, "is code", 5, 15),
    (
        LOAD + 'train f as PythonAl.`/m` where scripts="x";',
        OptionError,
        "unknown estimator",
        2,
        12,
    ),
    ("alter table db1.table1 add columns (x int);", CapabilityError, "would not last", 1, 1),
]


@pytest.mark.parametrize(("text", "error", "message", "line", "column"), WRONG)
def test_wrong_scripts(planned, text, error, message, line, column) -> None:
    with pytest.raises(error, match=message) as caught:
        planned(text)
    span = caught.value.span
    assert span.line == line
    if column is not None:
        assert span.column == column
    assert span.file == "test.mlsql"
    assert "^" in str(caught.value)


def test_all_errors_of_a_script_are_shown_in_its_order(planned) -> None:
    with pytest.raises(ScriptErrors) as caught:
        planned(
            'load cvs.`/x` as f;\nselect a from nope as g;\nsave g as parquet.`/y` where z="1";'
        )
    assert [error.span.line for error in caught.value.errors] == [1, 2, 3]


def test_explain_shows_every_step_in_all_forms(planned) -> None:
    plan = planned(TRAIN + " as result;")
    text, graph = as_text(plan, "sail"), as_mermaid(plan, "sail")
    data = as_data(plan, "sail")
    assert [step["id"] for step in data["steps"]] == [step.id for step in plan.steps]
    for step in plan.steps:
        assert f"s{step.id}[" in graph
        assert step.kind in text
    assert "sail → ray" in text
    assert graph.startswith("flowchart TD")


@pytest.mark.parametrize("value", ["yes", "1", "on", ""])
def test_only_true_and_false_are_truth_values(planned, value: str) -> None:
    with pytest.raises(OptionError, match="true or false"):
        planned(f'load csv.`f` where header="{value}" as t;')
    planned('load csv.`f` where header="TRUE" as t;')


def test_a_profile_reads_its_table_often_and_has_it_computed_once(planned) -> None:
    plan = planned("select 1 as a as t; !profile t; select 1 as b as u;")
    made = [step for step in plan.steps if isinstance(step, Materialize)]
    assert [(step.inputs[0].name, step.consumers) for step in made] == [("t", 3)]


def test_a_table_that_is_shown_is_computed_once_with_its_other_readers(planned) -> None:
    plan = planned("select 1 as a as t; !show t 5; save overwrite t as csv.`/o`; !show t;")
    kinds = [step.kind for step in plan.steps]
    assert kinds == ["query", "materialize", "show", "write", "show", "preview"]
    shown = [step for step in plan.steps if isinstance(step, Show)]
    assert [(step.rows, step.label) for step in shown] == [(5, "rows t"), (None, "rows t")]


def test_an_assertion_reads_the_rows_that_do_not_satisfy_it(planned) -> None:
    plan = planned("select 1 as a as t;\n!assert t '''a > 0 -- positive''' \"a is wrong\";")
    kinds = [step.kind for step in plan.steps]
    assert kinds == ["query", "materialize", "query", "assert", "preview"]
    wrong, check = plan.steps[2:4]
    assert isinstance(wrong, Query) and isinstance(check, Assert)
    assert wrong.sql == "select * from `t` where not coalesce((a > 0 -- positive\n), false)"
    assert (check.inputs, check.message) == (wrong.outputs, "a is wrong")
    with pytest.raises(BindError, match="there is no table 'u'"):
        planned("select 1 as a as t; !assert u 'a > 0';")

"""SQL behind a training or a prediction: what is wrong with it is found by the check."""

from __future__ import annotations

import pytest

from plait.errors import AnalysisError, PlaitError, ScriptErrors
from plait.events import Notice

from ..conftest import Runner

ROWS = "select id as a, id * 2 as b from range(20) as t;\n"
LINEAR = """train t as SKLearn.`${dir}/m` where estimator="LinearRegression" and label="b" as r;
predict s as SKLearn.`${dir}/m` as p;
"""
OWN = """set code = '''
from plait import task
task.save_model(lambda rows: rows["a"], name="guess")
''';
load script.`code` as code;
train t as PythonAlg.`${dir}/own` where scripts="code";
predict t as PythonAlg.`${dir}/own` as p;
"""


def found(run: Runner, text: str) -> tuple[list[str], list[str]]:
    """(the words of each error, with its line; the warnings) of a check."""
    warnings = []

    def hear(envelope) -> None:
        if isinstance(envelope.event, Notice) and envelope.event.level == "warning":
            warnings.append(envelope.event.text)

    try:
        run.session.check(text, "s.mlsql", {"dir": str(run.folder)}, on_event=hear)
    except PlaitError as failed:
        errors = failed.errors if isinstance(failed, ScriptErrors) else (failed,)
        spans = [error.span for error in errors if error.span is not None]
        return [f"{s.line} {s.text[s.column - 1 :][: s.length]}" for s in spans], warnings
    return [], warnings


def test_what_is_trained_in_the_script_is_known_by_its_name(run: Runner) -> None:
    given = f"{ROWS}select a from t as s;\n{LINEAR}"
    wrong = """select a, prediction, predict from p as x;
select prediction.part, explode(prediction) from p as y;
select x.nowhere, nofunction(a) from p x join t using (a) as z;
select alg, scor from r as w;
select a, prediction frm p as v;
select a, prediction as n from p as u;
select n, missing from u as q;
save overwrite u as parquet.`${dir}/o` partitionBy m;"""
    errors, warnings = found(run, given + wrong)
    assert errors == [
        "5 predict", "7 nowhere", "7 nofunction", "8 scor", "9 p", "11 missing", "12 m",
    ]  # fmt: skip
    assert warnings == []


def test_code_that_may_answer_other_columns_is_taken_at_its_word_in_a_warning(run: Runner) -> None:
    wrong = "select a, guess from p as x;\nselect guess, other, nofunction(a) from p as y;"
    errors, warnings = found(run, ROWS + OWN + wrong)
    assert errors == ["10 nofunction"]
    text = "line 10: there is no column other, if the model answers what its code says"
    assert warnings == [text]
    unnamed = OWN.replace('"guess"', "str(task.params)")
    assert found(run, f"{ROWS}{unnamed}select other from p as y;") == ([], [])


def test_a_version_that_exists_says_what_it_answers(run: Runner) -> None:
    script = f"{ROWS}select a from t as s;\n{LINEAR}select a + prediction as n from p as x;"
    result = run(script)
    assert result.last is not None and result.last.schema == (("n", "double"),)
    later = LINEAR.splitlines()[1]
    wrong = "select explode(prediction) as e from p as x;\nselect wrong from p as y;"
    errors, _ = found(run, f"{ROWS}select a from t as s;\n{later}\n{wrong}")
    assert [error.partition(" ")[0] for error in errors] == ["4", "5"]
    taken = f"select 1 as a, 2 as prediction as s;\n{later}"
    assert [error.partition(" ")[0] for error in found(run, taken)[0]] == ["2"]


def test_nothing_of_it_stays_in_the_engine(run: Runner) -> None:
    found(run, f"{ROWS}select a from t as s;\n{LINEAR}select a, predict from p as x;")
    views = [table.name for table in run.session.spark.catalog.listTables()]
    assert [name for name in views if "expected" in name] == []


@pytest.mark.parametrize("where", ["zz", "default.zz"])
def test_a_table_that_the_script_makes_is_read_as_it_is_then(run: Runner, where: str) -> None:
    """What the lake has now is not what the query will read."""
    run("select 1 as old as t; save overwrite t as hive.`default.zz`;")
    text = "select 2 as new as t; save overwrite t as hive.`default.zz`;"
    assert found(run, f"{text} select new from {where} as u;") == ([], [])
    run(f"drop table {where};")


def test_wrong_types_that_show_in_the_engines_plan_are_found_by_the_check(run: Runner) -> None:
    """Sail's analysis passes them, and the statement that is computed is not to blame."""
    text = """select id, concat('v', id) as s, array(id) as list from range(3) as t;
select id, s like id as wrong from t as u;
select count(wrong) as n from u as v;
select id in (list) as other, count(*) as n from t group by 1 as w;
save overwrite w as parquet.`${dir}/w`;
select n from v as last;"""
    assert [error.partition(" from")[0] for error in found(run, text)[0]] == [
        "2 select id, s like id as wrong",
        "4 select id in (list) as other, count(*) as n",
    ]
    training = LINEAR.splitlines()[0].replace("train t", "train u").replace('"b"', '"id"')
    with pytest.raises(AnalysisError) as failed:
        run(f"{text.splitlines()[0]}\n{text.splitlines()[1]}\n{training}")
    assert failed.value.span is not None and failed.value.span.line == 2
    assert failed.value.exit_code == 2

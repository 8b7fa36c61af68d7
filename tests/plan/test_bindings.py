"""Every name means the binding at its place in the script, and steps wait for what they need."""

from __future__ import annotations

import pytest

from plait.errors import BindError
from plait.plan.steps import Apply, Execute, Fit, Materialize, Plan, Preview, Query, Show, Write

TWO = "select 'old' as v as prices; {} select 'new' as v as prices;\n"


def of(plan: Plan, kind: type) -> list:
    return [step for step in plan.steps if isinstance(step, kind)]


def query(plan: Plan, table: str) -> Query:
    return next(q for q in of(plan, Query) if q.outputs[0].name == table)


def read(plan: Plan, table: str) -> tuple[list[str], list[str]]:
    """The tables of the script and those of the lake that the query of `table` reads."""
    step = query(plan, table)
    return [str(ref) for ref in step.inputs], [target.name for target in step.lake_tables]


FORMS = [
    "select v from prices as found;",
    "select v from PRICES p join db1.table1 q on true as found;",
    "with p as (table prices) select v from p as found;",
    "with recursive r(v) as (select v from prices union all select v from r) table r as found;",
    "select v from identifier('prices') as found;",
    "select v from identifier('pri' || 'ces') as found;",
    "select v from prices |> where v > '' as found;",
    "table prices as found;",
    "from prices select v as found;",
    "(select v from prices) as found;",
    "select 1 as v where exists (table `prices`) as found;",
]


@pytest.mark.parametrize("form", FORMS)
def test_a_name_means_the_binding_at_its_place(planned, form: str) -> None:
    plan = planned(TWO.format(form.replace("found", "before")) + form)
    assert read(plan, "before")[0] == ["prices#1"]
    inputs = [name for name in read(plan, "found")[0] if not name.startswith("before")]
    assert inputs == ["prices#2"]


@pytest.mark.parametrize("form", FORMS)
def test_a_name_of_the_lake_means_the_script_s_table_only_behind_it(planned, form: str) -> None:
    text = form.replace("found", "before") + "select 'new' as v as prices;" + form
    plan = planned(text, lake=("default.prices", "db1.table1"))
    inputs, lake = read(plan, "before")
    assert (inputs, "default.prices" in {name.lower() for name in lake}) == ([], True)
    assert "prices#1" in read(plan, "found")[0]


@pytest.mark.parametrize(
    "form",
    [
        "with prices as (select 1 as v) select v from prices as found;",
        "with prices as (select 1 as v) select * from (select v from prices) q as found;",
        "with recursive prices(v) as (select 1 union all select v + 1 from prices) table prices"
        " as found;",
        "select 'from prices' as v, 1 as prices -- from prices\n as found;",
        "select v from db1.prices as found;",
    ],
)
def test_what_only_looks_like_the_name(planned, form: str) -> None:
    plan = planned(TWO.format("") + form, lake=("db1.prices",))
    assert read(plan, "found")[0] == []


def test_an_undetermined_text_is_offered_what_it_mentions(planned) -> None:
    text = "select 1 as v as a; select 2 as v as b; select 3 as v as c;\n"
    plan = planned(text + "from a |> join `b` as found;", lake=("db1.a", "db1.other"))
    assert read(plan, "found") == (["a#1", "b#1"], ["db1.a"])
    plan = planned(text + "select * from identifier('a' || '') as found;", lake=("db1.other",))
    assert read(plan, "found") == (["a#1", "b#1", "c#1"], ["db1.other"])


@pytest.mark.parametrize(
    ("text", "column"),
    [
        ("with p as (table nope) select * from p as t;", 18),
        ("select * from identifier('nope') as t;", 27),
        ("select * from (table `nope`) as t;", 22),
        ("with recursive r as (select 1 union all select * from nope) table r as t;", 55),
    ],
)
def test_a_name_that_means_nothing_is_refused_at_its_place(planned, text, column) -> None:
    with pytest.raises(BindError, match="no table 'nope'") as caught:
        planned(text)
    assert (caught.value.span.line, caught.value.span.column) == (1, column)


def test_files_that_a_query_reads_by_their_path_are_sources_too(planned) -> None:
    plan = planned(
        "select 1 as x as t; save overwrite t as parquet.`/o/x`;"
        "select * from parquet.`/o/./x` as again; save overwrite again as parquet.`/o/y`;"
        "save overwrite t as parquet.`/o/x`;"
    )
    first, reading, last = of(plan, Write)
    assert first.id in query(plan, "again").after
    assert reading.id in last.after


def test_a_database_that_is_named_like_a_format_is_a_database(planned) -> None:
    plan = planned("select * from json.t as found;", lake=("json.t",))
    assert read(plan, "found") == ([], ["json.t"])


def test_a_setting_stands_between_what_is_before_and_behind_it(planned) -> None:
    plan = planned('select 1 as x as a; set spark.x = "1" where type="conf"; select 2 as x as b;')
    assert query(plan, "b").after == (2,)
    assert query(plan, "a").after == ()


def test_what_is_shown_is_shown_before_it_changes(planned) -> None:
    plan = planned(
        "select 1 as x as t; !show tables; save overwrite t as hive.`db1.table1`;"
        "drop table db1.table1; !show tables;"
    )
    first, last = of(plan, Show)
    (write,), (drop,) = of(plan, Write), of(plan, Execute)
    assert first.id in write.after
    assert write.id in drop.after
    assert drop.id in last.after


def test_mentions_of_steps_follow_their_numbers(planned) -> None:
    plan = planned(
        "set c = 'pass'; load script.`c` as c;"
        "load csv.`/f` as f; select * from f as t;"
        "save overwrite t as csv.`/one`; save overwrite t as csv.`/two`;"
        'train t as PythonAlg.`/m` where scripts="c"; predict t as PythonAlg.`/m` as p;'
        "select * from p as last; save overwrite last as parquet.`/three`;"
    )
    assert [step.id for step in plan.steps] == list(range(1, len(plan.steps) + 1))
    assert of(plan, Materialize), "so that numbers have changed"
    assert of(plan, Apply)[0].fitted_by == of(plan, Fit)[0].id
    assert of(plan, Preview)[0].written_by == of(plan, Write)[-1].id
    assert all(before < step.id for step in plan.steps for before in step.after)


def test_rows_on_their_way_to_the_lake_take_no_name_of_the_script(planned) -> None:
    plan = planned(
        "select 'mine' as v as _rows; insert into db1.table1 select 1; describe db1.table1;"
        "select v from _rows as found;"
    )
    assert read(plan, "found")[0] == ["_rows#1"]


@pytest.mark.parametrize(
    ("text", "line", "column"),
    [
        ("insert into db1.table1\nselect * from nope;", 2, 15),
        ("create table new_table as select 1 from nope;", 1, 41),
        ("with a as (select 1)\ninsert into db1.table1\nselect * from a join nope;", 3, 22),
        ("create temporary view v as\n(\n select *\n from nope)\n;", 4, 7),
    ],
)
def test_a_name_in_the_query_of_a_command_is_refused_at_its_place(
    planned, text, line, column
) -> None:
    with pytest.raises(BindError, match="no table 'nope'") as caught:
        planned(text)
    assert (caught.value.span.line, caught.value.span.column) == (line, column)

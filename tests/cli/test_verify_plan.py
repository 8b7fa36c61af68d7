"""The plan that `plait verify` runs: its files go to a scratch folder, what it finds is named."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from plait.catalog.lake import LakeCatalog
from plait.lang.parser import parse
from plait.plan.locations import Location
from plait.plan.planner import plan as make_plan
from plait.plan.scope import Scope
from plait.plan.steps import Apply, Exchange, Fit, Materialize, Plan, Read, Write
from plait.settings import load_settings
from plait.verify.plan import (
    Scratch,
    left_out,
    redirected,
    uses_of,
    with_versions,
    without_training,
)
from plait.verify.scratch import fill, world_of

TRAIN = """\
set fit = 'pass';
load script.`fit` as fit;
select 1 as x as t;
train t as PythonAlg.`m` where scripts="fit" as result;
predict t as PythonAlg.`m` as newest;
predict t as PythonAlg.`m` where modelVersion="2" as second;
predict t as PythonAlg.`m` where modelVersion="5" as fifth;
predict t as PythonAlg.`n` as other;
"""


@pytest.fixture
def planned(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Plan]:
    """The plan of a script in an empty folder; `lake` names what its lake holds."""
    monkeypatch.chdir(tmp_path)

    def make(text: str, *lake: str) -> Plan:
        for name in lake:
            database, _, table = name.partition(".")
            folder = tmp_path / "lake" / f"{database}.db" / table
            folder.mkdir(parents=True)
            (folder / "rows.parquet").write_text(name)
        scope = Scope()
        scope.read_lake(LakeCatalog(tmp_path / "lake"), "lake")
        return make_plan(parse(text, "script.mlsql", {}).statements, scope)

    return make


def of(plan: Plan, kind: type) -> list:
    return [step for step in plan.steps if isinstance(step, kind)]


def in_scratch(plan: Plan) -> Plan:
    reread = uses_of(plan, Location.of("lake")).reread
    return redirected(plan, reread, Scratch(Path("/s")), Scratch(Path("/s")))


def test_a_path_in_the_scratch_folder_never_leads_out_of_it(planned, tmp_path) -> None:
    planned("")
    scratch = Scratch(Path("/s"))
    assert scratch.file("out") == f"/s/files{tmp_path}/out"
    assert scratch.file("/a/../../b/*.csv/") == "/s/files/b/*.csv"
    assert scratch.file("file:///a/b") == scratch.file("/a/b") == "/s/files/a/b"
    assert scratch.file("../" * 30 + "etc") == "/s/files/etc"
    assert scratch.file("s3a://bucket/x") == "/s/files/s3a/bucket/x"
    assert scratch.file("abfss://c@host/../../x").startswith("/s/files/")


def test_only_what_is_saved_before_is_loaded_from_there(planned, tmp_path) -> None:
    plan = planned("""\
load text.`out/a` as before;
save overwrite before as text.`out/a`;
load text.`out/a/*.txt` as inside;
load text.`out` as above;
load text.`output` as beside;
""")
    done = redirected(
        plan, uses_of(plan, Location.of("lake")).reread, Scratch(Path("/s")), Scratch(Path("/s"))
    )
    there = f"/s/files{tmp_path}/out"
    paths = [step.source.path for step in of(done, Read)]
    assert paths == ["out/a", f"{there}/a/*.txt", there, "output"]
    assert [step.target.path for step in of(done, Write)] == [f"{there}/a"]
    assert not of(done, Materialize)


def test_what_counts_is_copied_and_what_is_replaced_is_not(planned, tmp_path) -> None:
    plan = planned("""\
load text.`in` as t;
save append t as text.`out/log`;
save append t as text.`out/log`;
save overwrite t as text.`out/new`;
save append t as text.`out/new/more`;
load text.`out` as all_of_it;
save ignore t as text.`one.txt`;
save append t as text.`nothing`;
""")
    for name in ("out/log/1.txt", "out/new/2.txt", "out/rest/3.txt", "one.txt", "in/4.txt"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name)
    world = world_of(plan, ["default"], load_settings({"lake": "lake"}))
    assert not world.uses.changes_lake and not world.causes
    scratch = Scratch(tmp_path / "out" / "scratch")  # not even then is it copied into itself
    fill(scratch, world)
    copied = Path(scratch.file("."))
    found = {str(p.relative_to(copied)) for p in copied.rglob("*") if p.is_file()}
    assert found == {"out/log/1.txt", "out/rest/3.txt", "one.txt"}


def test_a_scratch_lake_has_links_to_what_is_only_read(planned, tmp_path) -> None:
    text = """\
load hive.`db.read` as a;
select * from db.named as b;
save append a as hive.`db.added`;
select * from db.replaced as c;
save overwrite a as hive.`db.replaced`;
save overwrite a as hive.`db.new`;
drop table db.gone;
"""
    names = [f"db.{name}" for name in ("read", "named", "added", "replaced", "new", "gone")]
    plan = planned(text, *names, "db.other")
    world = world_of(plan, ["default", "db"], load_settings({"lake": "lake"}))
    found = [Path(each.location.path).name for each in world.uses.needed]
    assert found == ["read", "named", "added", "replaced"]
    written = {
        name
        for name in (*names, "db.other")
        if world.uses.written.touching(Location.of(f"lake/db.db/{name.removeprefix('db.')}"))
    }
    assert world.uses.changes_lake and written == set(names[2:])
    scratch = Scratch(tmp_path / "s")
    fill(scratch, world)
    folder = Path(scratch.file("lake/db.db"))
    assert (folder / "added" / "rows.parquet").read_text() == "db.added"
    there = {path.name: path.is_symlink() for path in folder.iterdir()}
    assert there == {"read": True, "named": True, "added": False, "replaced": False}


def test_a_table_that_was_saved_is_found_by_its_path_too(planned, tmp_path) -> None:
    plan = planned("""\
create database db;
select 1 as x as t;
save overwrite t as hive.`db.t`;
load parquet.`lake/db.db/t` as by_path;
load parquet.`lake/db.db/other` as other;
""")
    paths = [step.source.path for step in of(in_scratch(plan), Read)]
    assert paths == [f"/s/files{tmp_path}/lake/db.db/t", "lake/db.db/other"]


def test_a_table_outlives_its_source(planned) -> None:
    plan = planned("""\
select 1 as x as t;
save overwrite t as parquet.`a`;
load parquet.`a` as first;
select x + 1 as x from first as next;
save overwrite next as parquet.`a`;
load parquet.`a` as second;
save overwrite t as parquet.`a`;
""")
    done = redirected(
        plan, uses_of(plan, Location.of("lake")).reread, Scratch(Path("/s")), Scratch(Path("/s"))
    )
    computed = {step.outputs[0].name: step.id for step in of(done, Materialize)}
    assert {"first", "second"} <= set(computed)
    _, again, last = of(done, Write)
    assert computed["first"] in again.after and computed["first"] in last.after
    assert computed["second"] in last.after and computed["second"] not in again.after


def test_a_training_is_left_to_the_other_run(planned) -> None:
    plan = with_versions(planned(TRAIN), lambda step: 3 if step.path == "m" else 7)
    there = redirected(plan, (), Scratch(Path("/sail")), Scratch(Path("/spark")))
    (fit,) = of(there, Fit)
    assert fit.path.startswith("/spark/files/")
    here = without_training(there, {fit.id: 1})
    assert not of(here, Fit)
    assert [(s.path == fit.path, s.path, s.model_version) for s in of(here, Apply)] == [
        (True, fit.path, 1),
        (False, "m", 2),
        (True, fit.path, 2),
        (False, "n", 7),
    ]
    ids = {step.id for step in here.steps}
    assert all(step.fitted_by is None for step in of(here, Apply))
    assert all(ids.issuperset(step.after) for step in here.steps)
    assert len([s for s in of(here, Exchange) if s.to == "ray"]) == 1


def test_what_depends_on_a_step_that_is_not_run_is_left_out(planned) -> None:
    plan = planned("""\
load text.`in` as t;
save append t as text.`abfss://c@host/log`;
load text.`abfss://c@host/log` as log;
set spark.sql.shuffle.partitions = 3 where type="conf";
select count(*) as n from log as n;
select count(*) as n from t as m;
""")
    world = world_of(plan, ["default"], load_settings({}))
    why = left_out(plan, world.causes)
    lines = {step.span.line: why[step.id] for step in plan.steps if step.id in why}
    assert set(lines) == {2, 3, 5}
    assert "only files of this machine are copied" in lines[2]
    assert lines[5].startswith("it depends on line 2 (write), which is not run: it needs what is")
    assert "abfss:" in lines[5]


def test_a_query_that_names_the_path_of_what_is_written_is_not_run(planned) -> None:
    plan = planned("""\
load text.`in` as t;
select * from text.`out` as before;
save append t as text.`out`;
select * from text.`./out` as again;
select * from text.`beside` as beside;
""")
    world = world_of(plan, ["default"], load_settings({}))
    lines = {step.span.line for step in plan.steps if "path" in world.causes.get(step.id, "")}
    assert lines == {4}


@pytest.mark.parametrize(
    ("settings", "line", "why"),
    [
        ({"ray.jobs": "http://head:8265"}, 4, "ray.jobs"),
        ({"ray.address": "head:6379"}, 5, "do not see a scratch folder"),
        ({"spark.master": "yarn"}, 6, "Spark's executors do not see"),
    ],
)
def test_what_clusters_would_write_is_not_run(planned, settings, line, why) -> None:
    plan = planned("""\
set fit = 'pass';
load script.`fit` as fit;
select 1 as x as t;
train t as PythonAlg.`m` where scripts="fit";
train t as PythonAlg.`s3a://bucket/m` where scripts="fit";
save overwrite t as parquet.`s3a://bucket/t`;
""")
    world = world_of(plan, ["default"], load_settings(settings))
    lines = {step.span.line: world.causes.get(step.id, "") for step in plan.steps}
    assert why in lines[line]

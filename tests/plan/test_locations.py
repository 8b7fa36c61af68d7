"""One place has one location however it is written, and what touches it runs in order."""

from __future__ import annotations

from pathlib import Path

import pytest

from plait.data import files
from plait.lang.parser import parse
from plait.models.store import ModelStore
from plait.plan.locations import Location, LocationIndex
from plait.plan.planner import plan as make_plan
from plait.plan.scope import Scope
from plait.plan.steps import Apply, Fit, Plan, Read, Show, Write
from plait.settings import load_settings
from plait.storage.paths import path_of

SAME = [
    ("out/x", "{here}/out/x"),
    ("out/x", "./out//x/"),
    ("out/x", "other/../out/x"),
    ("out/x", "../{name}/out/x"),
    ("out/x", "link/x"),
    ("link", "out"),
    ("{here}/out/x", "file:{here}/out/x"),
    ("{here}/out/x", "file://{here}/out/x"),
    ("FILE:{here}/out/x", "out/x"),
    ("out/a b", "file://{here}/out/a%20b"),
    ("out/ü%", "file:{here}/out/%C3%BC%25"),
    ("~/x", "{home}/x"),
    ("s3://b/x", "s3a://b/x"),
    ("s3n://b/x/", "S3A://b//x"),
    ("s3a://b/a/../x", "s3a://b/x"),
    ("hdfs://node:8020/d/x", "hdfs:///d/x"),
    ("hdfs:/d/x", "hdfs://node/d/x/"),
    ("abfss://c@host/x/", "abfss://c@host/x"),
]

OTHER = [
    ("out/x", "out/x2"),
    ("out/a%20b", "out/a b"),
    ("s3a://b/x", "s3a://c/x"),
    ("s3a://b/x", "/b/x"),
    ("hdfs:///x", "/x"),
    ("abfss://c@host/x", "abfss://d@host/x"),
]


@pytest.fixture
def spelled(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Fill a path's `{here}`, `{name}` and `{home}`; `link` is a link to `out`."""
    here = tmp_path.resolve() / "here"
    (here / "out").mkdir(parents=True)
    (here / "other").mkdir()
    (here / "link").symlink_to(here / "out", target_is_directory=True)
    monkeypatch.chdir(here)
    monkeypatch.setenv("HOME", str(tmp_path.resolve() / "home"))

    def spell(text: str) -> str:
        return text.format(here=here, name=here.name, home=tmp_path.resolve() / "home")

    return spell


@pytest.mark.parametrize(("one", "other"), SAME)
def test_two_spellings_are_one_location(spelled, one: str, other: str) -> None:
    assert Location.of(spelled(one)) == Location.of(spelled(other))


@pytest.mark.parametrize(("one", "other"), OTHER)
def test_two_places_are_two_locations(spelled, one: str, other: str) -> None:
    assert Location.of(spelled(one)) != Location.of(spelled(other))


@pytest.mark.parametrize(("one", "other"), SAME)
def test_a_load_runs_after_a_save_of_the_same_place(planned, spelled, one, other) -> None:
    plan = planned(f"""
        select 1 as x as t;
        save overwrite t as parquet.`{spelled(one)}`;
        load parquet.`{spelled(other)}` as again;
    """)
    (write,), (read,) = of(plan, Write), of(plan, Read)
    assert read.after == (write.id,)


@pytest.mark.parametrize(("one", "other"), SAME)
def test_a_save_runs_after_a_save_to_the_same_place(planned, spelled, one, other) -> None:
    plan = planned(f"""
        select 1 as x as t;
        save append t as parquet.`{spelled(one)}`;
        save append t as parquet.`{spelled(other)}`;
    """)
    first, second = of(plan, Write)
    assert first.id in second.after


@pytest.mark.parametrize(("one", "other"), SAME)
def test_a_save_runs_after_who_still_reads_the_place(planned, spelled, one, other) -> None:
    plan = planned(f"""
        load parquet.`{spelled(one)}` as old;
        save overwrite old as parquet.`/elsewhere`;
        select 1 as x as t;
        save overwrite t as parquet.`{spelled(other)}`;
    """)
    reading, replacing = of(plan, Write)
    assert reading.id in replacing.after


@pytest.mark.parametrize(("one", "other"), OTHER)
def test_other_places_need_not_wait(planned, spelled, one: str, other: str) -> None:
    plan = planned(f"""
        select 1 as x as t;
        save overwrite t as parquet.`{spelled(one)}`;
        load parquet.`{spelled(other)}` as again;
    """)
    assert of(plan, Read)[0].after == ()


MODEL = "set c = 'pass'; load script.`c` as c; select 1 as x as t;\n"


@pytest.mark.parametrize(("one", "other"), SAME)
def test_a_prediction_uses_the_training_of_the_same_path(planned, spelled, one, other) -> None:
    plan = planned(
        MODEL
        + f'train t as PythonAlg.`{spelled(one)}` where scripts="c";'
        + f"predict t as PythonAlg.`{spelled(other)}` as p; !show models `{spelled(other)}`;"
    )
    (fit,), (apply,), (show,) = of(plan, Fit), of(plan, Apply), of(plan, Show)
    assert apply.fitted_by == fit.id
    assert fit.id in apply.after
    assert fit.id in show.after


def test_a_model_above_another_is_not_that_other(planned, spelled) -> None:
    plan = planned(
        MODEL + 'train t as PythonAlg.`m` where scripts="c"; predict t as PythonAlg.`m/x` as p;'
    )
    assert of(plan, Apply)[0].fitted_by is None


def test_a_training_waits_for_a_prediction_with_the_older_model(planned, spelled) -> None:
    plan = planned(
        MODEL + 'predict t as PythonAlg.`m` as p; train t as PythonAlg.`./m` where scripts="c";'
    )
    assert of(plan, Apply)[0].id in of(plan, Fit)[0].after


LAKE_READS = [
    ("save overwrite t as hive.`db.t`;", "load parquet.`{here}/lake/db.db/t` as again;"),
    ("save overwrite t as hive.`DB.T`;", "load parquet.`lake/db.db/*` as again;"),
    ("create table db.new as select 1 as x;", "load parquet.`file:{here}/lake/db.db` as again;"),
    ("save overwrite t as parquet.`lake/db.db/t`;", "load hive.`db.t` as again;"),
    ("save overwrite t as parquet.`{here}/lake/db.db/t`;", "select * from db.t as again;"),
    ("insert into db.t select 1;", "load parquet.`lake/../lake/db.db/t` as again;"),
    ("save overwrite t as hive.`odd.t`;", "load parquet.`lake/Odd.db/T` as again;"),
]


@pytest.mark.parametrize("root", ["{here}/lake", "lake", "file://{here}/lake", "link/../lake"])
@pytest.mark.parametrize(("writing", "reading"), LAKE_READS)
def test_a_table_of_the_lake_is_its_folder(spelled, root, writing, reading) -> None:
    (Path.cwd() / "lake").mkdir()
    plan = over_lake(spelled(root), f"select 1 as x as t; {spelled(writing)} {spelled(reading)}")
    write = of(plan, Write)[-1]
    read = next(s for s in plan.steps if s.outputs and s.outputs[0].name == "again")
    assert write.id in read.after


def test_a_table_of_a_lake_in_s3_is_its_folder(spelled) -> None:
    plan = over_lake(
        "s3a://b/lake",
        "select 1 as x as t; save overwrite t as hive.`db.t`;"
        "load parquet.`s3://b/lake/db.db/t` as again;",
    )
    assert of(plan, Write)[0].id in of(plan, Read)[0].after


def test_what_reads_a_database_is_done_before_it_is_dropped(spelled) -> None:
    plan = over_lake(
        "lake",
        "select * from db.t as kept; save overwrite kept as parquet.`out/x`;"
        "drop database db cascade;",
    )
    drop = next(step for step in plan.steps if type(step).__name__ == "Execute")
    assert of(plan, Write)[0].id in drop.after


class Lake:
    """A lake that holds two tables, one of them in folders of capital letters."""

    def databases(self) -> tuple[str, ...]:
        return ("db", "Odd")

    def names(self) -> tuple[str, ...]:
        return ("db.t", "Odd.T")


def over_lake(root: str, text: str) -> Plan:
    scope = Scope()
    scope.read_lake(Lake(), root)
    return make_plan(parse(text, "test.mlsql", {}).statements, scope)


def of(plan: Plan, kind: type) -> list:
    return [step for step in plan.steps if isinstance(step, kind)]


def test_file_urls_are_read_in_one_way_by_all(spelled) -> None:
    url, path = spelled("file://{here}/out/a%20b"), Path(spelled("{here}/out/a b"))
    assert files.output_folder(url) == path
    assert ModelStore(url).path == str(path)
    assert path_of(url) == path
    settings = load_settings({"lake": url})
    assert settings.lake_path == path
    assert not settings.lake_remote
    assert Location.of(url).path == str(path)


def test_an_index_finds_what_is_above_and_below() -> None:
    index = LocationIndex()
    for number, path in enumerate(("/a", "/a/b", "/a/b/c", "/a/bc", "s3a://x/a"), start=1):
        index.add(Location.of(path), number)
    assert sorted(index.touching(Location.of("/a/b"))) == [1, 2, 3]
    assert sorted(index.touching(Location.of("/"))) == [1, 2, 3, 4]
    assert index.touching(Location.of("s3://x")) == (5,)
    index.remove(Location.of("/a/b"))
    assert sorted(index.touching(Location.of("/a/b"))) == [1, 3]

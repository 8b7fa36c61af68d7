"""The command line: what is refused, how, and with which exit code."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from plait.cli import main as command_line
from plait.cli.arguments import Arguments, parse_arguments
from plait.cli.commands import COMMANDS, GROUPS
from plait.cli.interrupts import Interrupts
from plait.cli.invocation import Command, Invocation
from plait.cli.main import main
from plait.console.out import Out
from plait.errors import EngineError, UsageError

HEAVY = ("rich", "ray", "pyspark", "pyarrow", "pandas", "sqlglot", "pysail", "numpy", "psutil")


@pytest.fixture(autouse=True)
def _empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("RAY_ADDRESS", raising=False)


def refused(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> str:
    assert main(arguments) == 2
    shown = capsys.readouterr()
    assert shown.out == ""
    assert "Traceback" not in shown.err
    return shown.err


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["rnu", "x.mlsql"], "did you mean 'run'?"),
        ([], "required"),
        (["run"], "FILE"),
        (["run", "x.mlsql", "--egnine", "spark"], "did you mean '--engine'?"),
        (["run", "x.mlsql", "--var", "novalue"], "name=value"),
        (["run", "x.mlsql", "--var", "=v"], "name=value"),
        (["explain", "x.mlsql", "--format", "jsn"], "did you mean 'json'?"),
        (["models", "list", "nowhere"], "no folder 'nowhere'"),
        (["models", "show", "x", "--version", "two"], "two"),
        (["run", "x.mlsql", "extra"], "extra"),
    ],
)
def test_wrong_usage_is_refused_with_a_hint(arguments, words, capsys) -> None:
    assert words in refused(arguments, capsys)


def test_a_script_that_cannot_be_read_says_why(tmp_path, capsys) -> None:
    assert "there is no file 'x.mlsql'" in refused(["run", "x.mlsql"], capsys)
    (tmp_path / "folder.mlsql").mkdir()
    assert "is a folder" in refused(["check", "folder.mlsql"], capsys)
    (tmp_path / "latin.mlsql").write_bytes("select 'é' as t;".encode("latin-1"))
    assert "not UTF-8 text: byte 8 is 0xe9" in refused(["explain", "latin.mlsql"], capsys)
    (tmp_path / "script.mlsql").write_text("select 1 as a as t;")
    assert "did you mean 'script.mlsql'?" in refused(["run", "scrpt.mlsql"], capsys)
    assert "cannot be read" in refused(["run", "nul\0byte.mlsql"], capsys)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--set", "ray.num_gpu=1"], "did you mean 'ray.num_gpus'?"),
        (["--set", "ray.num_gpus=many"], "is not a number"),
        (["--engine", "sprak"], "'sprak' is not one of auto, sail, spark"),
        (["--set", "sail.memory=big"], "is not a size"),
    ],
)
def test_wrong_settings_are_refused(options, words, tmp_path, capsys) -> None:
    (tmp_path / "s.mlsql").write_text("select 1 as a as t;")
    assert words in refused(["run", "s.mlsql", *options], capsys)
    assert words in refused(["run", *options, "s.mlsql"], capsys)


def parsed(*argv: str) -> Arguments:
    return parse_arguments(argv, COMMANDS, GROUPS)


def test_options_stand_before_or_after_the_file(tmp_path) -> None:
    for argv in (
        ["run", "--set", "preview_rows=3", "--var", "a=1=2", "s.mlsql", "--lake", "L"],
        ["run", "s.mlsql", "--lake=L", "--var=a=1=2", "--set", "preview_rows=3"],
    ):
        found = parsed(*argv)
        options = found.options
        assert (options.file, options.var, found.script) == ("s.mlsql", [("a", "1=2")], [])
        settings = Invocation(options, [], Out(sys.stdout), Interrupts()).settings()
        assert (settings.preview_rows, settings.lake) == (3, "L")


@pytest.mark.parametrize(
    ("argv", "engine", "arguments"),
    [
        (["s.py", "a", "--engine", "x"], None, ["a", "--engine", "x"]),
        (["s.py", "--engine", "spark", "--epochs", "3"], "spark", ["--epochs", "3"]),
        (["--engine", "spark", "s.py", "--", "--engine", "x"], "spark", ["--engine", "x"]),
        (["--engine=spark", "s.py"], "spark", []),
        (["s.py", "--", "--", "a"], None, ["--", "a"]),
    ],
)
def test_a_python_script_gets_its_own_arguments(argv, engine, arguments) -> None:
    found = parsed("run", *argv)
    options = found.options
    assert (options.file, options.engine, found.script) == ("s.py", engine, arguments)


def test_help_and_version_load_nothing_heavy() -> None:
    program = (
        "import sys, plait.cli.main\n"
        "for argument in ('--help', '--version'):\n"
        "    assert plait.cli.main.main([argument]) == 0\n"
        f"heavy = [m for m in {HEAVY!r} if m in sys.modules]\n"
        "sys.exit(f'loaded: {heavy}' if heavy else 0)\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "doctor" in done.stdout


def test_every_command_has_a_help(capsys) -> None:
    for words in (*(command.name.split() for command in COMMANDS), *([group] for group in GROUPS)):
        assert main([*words, "--help"]) == 0
        assert f"usage: plait {' '.join(words)}" in capsys.readouterr().out


def test_a_command_is_a_function_and_a_line(monkeypatch, capsys) -> None:
    def hello(call: Invocation) -> int:
        call.out.line("hello")
        return 0

    added = (*COMMANDS, Command("hello", hello, "say hello", ()))
    monkeypatch.setattr(command_line, "COMMANDS", added)
    assert main(["hello"]) == 0
    assert capsys.readouterr().out == "hello\n"
    assert "did you mean 'hello'?" in refused(["helo"], capsys)


def doctor_that(does: Callable[[Invocation], int]) -> tuple[Command, ...]:
    return tuple(replace(c, run=does) if c.name == "doctor" else c for c in COMMANDS)


def test_an_error_of_a_run_is_exit_code_1_and_an_event(tmp_path, capsys, monkeypatch) -> None:
    def fail(call: Invocation) -> int:
        raise EngineError("the engine went away", engine="sail", hint="start again")

    monkeypatch.setattr(command_line, "COMMANDS", doctor_that(fail))
    assert main(["doctor", "--json"]) == 1
    shown = capsys.readouterr()
    event = json.loads(shown.out)
    assert (event["event"], event["kind"]) == ("Error", "EngineError")
    assert (event["message"], event["exit_code"]) == ("the engine went away", 1)
    assert "engine error [sail]: the engine went away" in shown.err


def test_a_fault_of_plait_is_one_line_unless_debugged(capsys, monkeypatch) -> None:
    def fail(call: Invocation) -> int:
        raise KeyError("lost\nkey")

    monkeypatch.setattr(command_line, "COMMANDS", doctor_that(fail))
    assert main(["doctor"]) == 1
    shown = capsys.readouterr().err
    assert shown.startswith("plait itself failed: KeyError: ")
    assert "--debug" in shown and "Traceback" not in shown
    assert main(["doctor", "--debug"]) == 1
    assert "Traceback" in capsys.readouterr().err


def test_an_interrupt_anywhere_is_exit_code_130(capsys, monkeypatch) -> None:
    def interrupted(call: Invocation) -> int:
        raise KeyboardInterrupt

    monkeypatch.setattr(command_line, "COMMANDS", doctor_that(interrupted))
    assert main(["doctor"]) == 130
    assert "Traceback" not in capsys.readouterr().err


def test_what_libraries_print_stays_out_of_json() -> None:
    program = (
        "import dataclasses, subprocess, sys\n"
        "from plait.cli import main as cli\n"
        "def noisy(call):\n"
        "    print('library'); subprocess.run(['echo', 'process'])\n"
        "    call.out.line('{}')\n"
        "    return 0\n"
        "cli.COMMANDS = tuple(dataclasses.replace(c, run=noisy) for c in cli.COMMANDS)\n"
        "sys.argv = ['plait', 'doctor', '--json']\n"
        "cli.main()\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.stdout == "{}\n"
    assert "library" in done.stderr and "process" in done.stderr


def test_a_closed_pipe_is_silent() -> None:
    program = (
        "import dataclasses, sys\n"
        "from plait.cli import main as cli\n"
        "def many(call):\n"
        "    for _ in range(20000): call.out.line('x' * 80)\n"
        "    return 0\n"
        "cli.COMMANDS = tuple(dataclasses.replace(c, run=many) for c in cli.COMMANDS)\n"
        "sys.argv = ['plait', 'doctor']\n"
        "cli.main()\n"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", program], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert process.stdout is not None and process.stderr is not None
    process.stdout.readline()
    process.stdout.close()
    assert process.wait(60) == 0
    assert process.stderr.read() == ""


def test_usage_errors_are_raised_not_printed_by_the_parser() -> None:
    with pytest.raises(UsageError):
        parsed("run", "--nothing")

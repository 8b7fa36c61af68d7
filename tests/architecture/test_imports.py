"""Imports run one way, and importing plait costs next to nothing."""

from __future__ import annotations

import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

from tests.architecture.repository import ROOT

HEAVY = ("pyspark", "ray", "pysail", "pandas", "pyarrow", "numpy", "sqlglot", "rich", "grpc")


def _loaded_after(code: str) -> set[str]:
    """The heavy packages that a fresh Python has loaded after `code`."""
    report = f"\nimport sys\nprint('\\nloaded', *(m for m in {HEAVY!r} if m in sys.modules))"
    done = subprocess.run(
        [sys.executable, "-c", code + report], capture_output=True, text=True, check=True
    )
    last = done.stdout.strip().splitlines()[-1]
    assert last.startswith("loaded")
    return set(last.split()[1:])


def test_the_probe_sees_what_is_loaded() -> None:
    assert {"pyarrow", "numpy"} <= _loaded_after("import pyarrow, numpy")


def test_import_plait_loads_nothing_heavy() -> None:
    assert _loaded_after("import plait") == set()


def test_opening_a_session_loads_no_engine() -> None:
    loaded = _loaded_after("import plait\nplait.connect()")
    assert not loaded & {"pyspark", "ray", "pysail", "pandas", "pyarrow"}


@pytest.mark.parametrize("arguments", [["--help"], ["run", "--help"]])
def test_help_loads_nothing_heavy(arguments: list[str]) -> None:
    code = f"from plait.cli.main import main\nassert main({arguments!r}) == 0"
    assert _loaded_after(code) == set()


def test_what_runs_in_a_task_is_small() -> None:
    assert _loaded_after("import plait.task") == set()


def test_import_linter_is_clean() -> None:
    """Layers, as `pyproject.toml` states them."""
    linter = Path(sysconfig.get_path("scripts")) / "lint-imports"
    done = subprocess.run([linter, "--no-cache"], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr

"""The commands that the README names exist, and need what they say."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tomllib

import pytest

from tests.architecture.repository import ROOT, blocks

TARGETS = sorted({word for b in blocks("sh") for word in re.findall(r"^make (\w+)", b.text, re.M)})


def _dry(*arguments: str) -> str:
    environ = {k: v for k, v in os.environ.items() if k not in ("MAKEFLAGS", "MAKELEVEL")}
    done = subprocess.run(
        ["make", "--dry-run", "--always-make", *arguments],
        cwd=ROOT,
        env=environ,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.skipif(shutil.which("make") is None, reason="there is no make")
def test_make_targets_of_the_pages_exist() -> None:
    assert {"demo", "test"} <= set(TARGETS)
    for target in (*TARGETS, "lint", "bench", "clean", "help"):
        assert _dry(target)


@pytest.mark.skipif(shutil.which("make") is None, reason="there is no make")
def test_no_environment_gets_both_spark_packages() -> None:
    """pyspark and pyspark-client write the same files."""
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    by_extra = extras["optional-dependencies"]
    for target in ("demo", "test"):
        wanted = re.findall(r"-e '\.\[([\w,]+)\]'", _dry(target))
        assert wanted
        for names in wanted:
            packages = [p for name in names.split(",") for p in by_extra[name]]
            kinds = {re.match(r"[\w-]+", p)[0] for p in packages}
            assert len(kinds & {"pyspark", "pyspark-client"}) == 1


def test_the_check_is_a_script_that_bash_reads() -> None:
    script = ROOT / ".ci" / "run"
    assert os.access(script, os.X_OK)
    subprocess.run(["bash", "-n", script], check=True)

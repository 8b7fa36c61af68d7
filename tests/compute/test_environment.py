from __future__ import annotations

import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest

from plait.compute.environment import Environments, EnvironmentSpec, RuntimeEnvironment, parse
from plait.errors import CancelledError, EnvironmentBuildError
from tests.compute.conftest import Tasks, code


def spec_of(text: str) -> EnvironmentSpec:
    spec = parse(code(text))
    assert spec is not None
    return spec


def build(cache: Path, text: str) -> tuple[RuntimeEnvironment, list[str]]:
    progress: list[str] = []
    environment = Environments(cache).build(
        spec_of(text), lambda message, _done, _total: progress.append(message), threading.Event()
    )
    return environment, progress


@pytest.fixture(scope="module")
def old(cache: Path) -> tuple[RuntimeEnvironment, list[str]]:
    return build(cache, "six==1.16.0\n")


def test_built_once_then_reused(cache: Path, old: tuple[RuntimeEnvironment, list[str]]) -> None:
    first, progress = old
    assert not first.cached and progress[-1] == "ready"
    assert "six==1.16.0" in first.lock.splitlines()
    again, progress = build(cache, "# the same, written otherwise\nsix==1.16.0")
    assert again.cached and not progress
    assert (again.key, again.python, again.lock) == (first.key, first.python, first.lock)
    home = cache / "environments" / first.key
    assert list(home.rglob("ray/__pycache__/__init__*.pyc")), "bytecode is compiled"
    assert not list((cache / "environments").glob(f"{first.key}-*")), "nothing half-built is left"


def test_two_that_differ_run_side_by_side(
    cache: Path, old: tuple[RuntimeEnvironment, list[str]], tasks: Tasks
) -> None:
    new, _ = build(cache, "dependencies:\n  - six=1.17\n")

    def which(payload: dict[str, Any]) -> tuple[str, str, str]:
        import sys

        import six

        import plait.task  # the worker's part of plait is there

        return six.__version__, sys.prefix, str(plait.task.__file__)

    ran = tasks.run(which, which, environments=(old[0], new))
    assert [o.error for o in ran.outcomes] == [None, None]
    assert [o.value[0] for o in ran.outcomes] == ["1.16.0", "1.17.0"]
    for environment, outcome in zip((old[0], new), ran.outcomes, strict=True):
        _, prefix, worker = outcome.value
        assert prefix == str(environment.python.parent.parent)
        assert worker.startswith(prefix)


def test_what_cannot_be_resolved_fails_with_the_reason(tmp_path: Path) -> None:
    spec = spec_of("six==1.16.0\nsix==1.17.0\n")
    with pytest.raises(EnvironmentBuildError) as caught:
        Environments(tmp_path).resolve(spec, threading.Event())
    assert "cannot be resolved" in caught.value.message
    assert "six==1.16.0" in str(caught.value.cause) and "six==1.17.0" in str(caught.value.cause)
    assert caught.value.span is not None and caught.value.span.line == 10


def test_cancelled(tmp_path: Path) -> None:
    cancel = threading.Event()
    cancel.set()
    with pytest.raises(CancelledError):
        Environments(tmp_path).build(spec_of("six"), lambda *_: None, cancel)


def test_a_cache_that_cannot_be_written(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("not a folder")
    with pytest.raises(EnvironmentBuildError, match="cannot be written"):
        Environments(blocked).resolve(spec_of("six"), threading.Event())


def test_two_processes_build_one_environment(tmp_path: Path) -> None:
    script = """
import sys, threading
from pathlib import Path
from plait.compute.environment import Environments, parse
from plait.plan.steps import Code
spec = parse(Code("e", "six==1.15.0", "f", 1))
made = Environments(Path(sys.argv[1])).build(spec, lambda *_: None, threading.Event())
print(made.key, made.cached)
"""
    both = [
        subprocess.Popen(
            [sys.executable, "-c", script, str(tmp_path)], stdout=subprocess.PIPE, text=True
        )
        for _ in range(2)
    ]
    printed = [process.communicate(timeout=120)[0].split() for process in both]
    assert printed[0][0] == printed[1][0]
    assert sorted(line[1] for line in printed) == ["False", "True"]

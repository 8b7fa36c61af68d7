from __future__ import annotations

import threading
from pathlib import Path

import pytest

from plait.compute.environment import Environments, parse
from plait.console.summary import RunSummary
from plait.errors import EnvironmentBuildError, Span
from plait.events import Event, RunStarted, StepFailed, StepFinished, StepProgress, StepStarted
from plait.plan.steps import Code, Plan, SetConf
from plait.runtime.environments import EnvironmentPool
from plait.runtime.preparation import Preparation, numbers_after

CONF = SetConf(id=3, span=Span("s.mlsql", 1, 1), key="a", value="b")


def test_a_preparation_is_a_step_behind_those_of_the_plan() -> None:
    events: list[Event] = [RunStarted("r", "s.mlsql", "sail", ((3, "setconf", "a"),))]
    numbers = numbers_after(Plan((CONF,)))
    with Preparation(events.append, next(numbers), "start", "Ray", "ray", 7) as start:
        start.begin()
        start.progress("waiting", 1, 4)
    with (
        pytest.raises(EnvironmentBuildError),
        Preparation(events.append, next(numbers), "environment", "env", "uv", 2) as build,
    ):
        build.progress("choosing versions", 0, 4)
        raise EnvironmentBuildError("no such package")
    assert [(type(event), getattr(event, "step", None)) for event in events[1:]] == [
        (StepStarted, 4), (StepProgress, 4), (StepFinished, 4),
        (StepStarted, 5), (StepProgress, 5), (StepFailed, 5),
    ]  # fmt: skip
    summary = RunSummary()
    for event in events:
        summary.add(event)
    shown = [(step.kind, step.label, step.state) for step in summary.steps.values()]
    assert shown[1:] == [("start", "Ray", "done"), ("environment", "env", "failed")]


def test_an_environment_that_is_there_is_not_shown(tmp_path: Path) -> None:
    """Its folder stands for one that an earlier run has finished."""
    events: list[Event] = []
    environments = Environments(tmp_path)
    code = Code("env", "six\n", "s.mlsql", 2)
    pool = EnvironmentPool(environments, events.append, threading.Event(), numbers_after(Plan(())))
    spec = parse(code)
    assert spec is not None
    home = tmp_path / "environments" / environments.key(spec)
    home.mkdir(parents=True)
    (home / "lock.txt").write_text("six==1\n")
    home.with_name(f"{home.name}.lock").write_text("six==1\n")
    made = pool.get(code)
    assert made is not None and made.cached
    pool.close()
    assert events == []

from __future__ import annotations

from collections.abc import Callable

import pytest

from plait.lang.parser import parse
from plait.plan.planner import plan
from plait.plan.scope import Scope
from plait.plan.steps import Plan

Planner = Callable[..., Plan]


@pytest.fixture
def planned() -> Planner:
    """Parse and plan a script over a lake that has `db1.table1`."""

    def run(text: str, lake: tuple[str, ...] = ("db1.table1",)) -> Plan:
        scope = Scope()
        scope.lake = set(lake)
        scope.databases = {"default"} | {name.partition(".")[0] for name in lake}
        return plan(parse(text, "test.mlsql", {}).statements, scope)

    return run

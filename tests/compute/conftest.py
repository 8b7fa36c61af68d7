from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from plait.compute.cluster import Cluster
from plait.compute.environment import RuntimeEnvironment
from plait.compute.requests import Outcome, TaskRequest
from plait.compute.tasks import run_tasks
from plait.errors import Span
from plait.plan.steps import Code
from plait.plan.training import Resources
from plait.settings import RaySettings
from plait.worker.messages import TaskMessage

SPAN = Span("demo.mlsql", 3, 1, 5, "train data as PythonAlg.`/m`;")


def code(text: str) -> Code:
    return Code("py_env", text, "demo.mlsql", 10)


@dataclass
class Ran:
    outcomes: list[Outcome[Any]] = field(default_factory=list)
    lines: list[tuple[str, str, str]] = field(default_factory=list)
    messages: list[tuple[str, TaskMessage]] = field(default_factory=list)


@dataclass
class Tasks:
    """Runs functions as tasks on the test's cluster and keeps what they printed and sent."""

    cluster: Cluster

    def run(
        self,
        *functions: Callable[[dict[str, Any]], Any],
        payload: dict[str, Any] | None = None,
        resources: Resources | None = None,
        environments: tuple[RuntimeEnvironment | None, ...] = (),
        cancel: threading.Event | None = None,
        retries: int = 2,
    ) -> Ran:
        ran = Ran()
        requests = [
            TaskRequest(
                f"group {number}",
                function,
                {"number": number, **(payload or {})},
                resources or Resources(),
                environments[number] if environments else None,
                SPAN,
            )
            for number, function in enumerate(functions)
        ]
        done: list[Outcome[Any]] = []
        ran.outcomes = run_tasks(
            self.cluster,
            requests,
            on_log=lambda *line: ran.lines.append(line),
            on_message=lambda *message: ran.messages.append(message),
            on_done=done.append,
            cancel=cancel or threading.Event(),
            retries=retries,
        )
        assert sorted(o.request.name for o in done) == sorted(r.name for r in requests)
        return ran


@pytest.fixture(scope="session")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    settings = RaySettings(num_cpus=2, object_store_memory="100MiB", pending_timeout=3)
    cluster = Cluster(settings, tmp_path_factory.mktemp("ray"), lambda _text: None)
    yield cluster
    cluster.stop()


@pytest.fixture
def tasks(cluster: Cluster) -> Tasks:
    return Tasks(cluster)


@pytest.fixture(scope="session")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cache")

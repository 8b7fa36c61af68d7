"""Environments on the nodes of a joined cluster: made there by a small task for each node.

A node that does not share the disk of this process (which is not asked) makes its own; one
that does finds it made.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from plait.compute.environment import RuntimeEnvironment
from plait.errors import CancelledError, EnvironmentBuildError
from plait.worker import environment_build
from plait.worker.messages import BuildAnswer, BuildRequest

Place = tuple[str, str]
"""A node's id and an environment's key."""

_POLL = 0.25


@dataclass(frozen=True, slots=True)
class _Making:
    environment: RuntimeEnvironment
    node: str
    ref: Any


class NodeEnvironments:
    """What stands on which node; safe for several threads.

    on_notice: told in words what is made where.
    """

    def __init__(self, on_notice: Callable[[str], None]) -> None:
        self._on_notice = on_notice
        self._lock = threading.Lock()
        self._there: set[Place] = set()
        self._making: dict[Place, _Making] = {}
        self._program: Any = None

    def ensure(
        self, environments: Iterable[RuntimeEnvironment | None], cancel: threading.Event
    ) -> None:
        """Make what is missing on any living node, and wait for it.

        A node that dies meanwhile is left out. Raises EnvironmentBuildError with uv's words,
        CancelledError.
        """
        wanted = {e.key: e for e in environments if e is not None and e.recipe is not None}
        while wanted:
            with self._lock:
                self._begin(wanted)
                self._take()
                missing = [place for place in self._making if place[1] in wanted]
            if not missing:
                return
            if cancel.is_set():
                raise CancelledError("making the environments of the cluster was cancelled")
            time.sleep(_POLL)

    def keep_up(self, environments: Iterable[RuntimeEnvironment | None]) -> None:
        """The same for nodes that have joined since; without waiting.

        A failure there is told; the node's tasks then fail with Ray's own words.
        """
        wanted = {e.key: e for e in environments if e is not None and e.recipe is not None}
        if not wanted:
            return
        with self._lock:
            try:
                self._begin(wanted)
                self._take()
            except EnvironmentBuildError as error:
                self._on_notice(error.message)

    def _begin(self, wanted: Mapping[str, RuntimeEnvironment]) -> None:
        import ray

        for node in ray.nodes():
            if not node["Alive"]:
                continue
            for key, environment in wanted.items():
                place = (str(node["NodeID"]), key)
                if place not in self._there and place not in self._making:
                    self._making[place] = self._start(environment, place[0], None)

    def _start(self, environment: RuntimeEnvironment, node: str, program: Any) -> _Making:
        import ray
        from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

        recipe = environment.recipe
        assert recipe is not None
        call = ray.remote(environment_build.build).options(
            name=f"environment {recipe.name}",
            num_cpus=0,
            max_retries=1,
            scheduling_strategy=NodeAffinitySchedulingStrategy(node, soft=False),
        )
        request: BuildRequest = {
            "key": environment.key,
            "cache": recipe.cache,
            "lock": environment.lock,
            "sources": list(recipe.sources),
        }
        return _Making(environment, node, call.remote(request, program))

    def _take(self) -> None:
        """Take in what has ended. Raises EnvironmentBuildError for the first that failed."""
        import ray
        from ray import exceptions

        pending = {each.ref: place for place, each in self._making.items()}
        if not pending:
            return
        ready, _ = ray.wait(list(pending), num_returns=len(pending), timeout=0)
        for ref in ready:
            place = pending[ref]
            ended = self._making.pop(place)
            try:
                answer: BuildAnswer = ray.get(ref)
            except (exceptions.NodeDiedError, exceptions.WorkerCrashedError,
                    exceptions.TaskUnschedulableError):  # fmt: skip
                self._there.add(place)  # nothing will run there
                continue
            except exceptions.RayError as error:
                answer = {"error": "its task failed", "output": str(error)}
            self._judge(ended, place, answer)

    def _judge(self, ended: _Making, place: Place, answer: BuildAnswer) -> None:
        recipe = ended.environment.recipe
        assert recipe is not None
        if "error" not in answer:
            self._there.add(place)
            if answer["built"]:
                self._on_notice(f"environment {recipe.name} was made on node {place[0][:8]}")
            return
        if (
            answer["error"] == environment_build.NEEDS_UV
            and answer["output"] == environment_build.machine()
        ):
            self._making[place] = self._start(ended.environment, place[0], self._uv())
            return
        no_uv = answer["error"] == environment_build.NEEDS_UV
        raise EnvironmentBuildError(
            f"the environment '{recipe.name}' cannot be made on node {place[0][:8]} of the "
            f"cluster: {answer['error']}",
            span=recipe.span,
            engine="ray",
            cause=str(answer["output"]) or None,
            hint="install uv on the nodes of the cluster" if no_uv else None,
        )

    def _uv(self) -> Any:
        """The program of this process, once for all nodes that lack it."""
        if self._program is None:
            import ray
            import uv

            self._program = ray.put(Path(uv.find_uv_bin()).read_bytes())
        return self._program

"""Environments on the nodes of a joined cluster: a small task on each node builds them.

A node that shares the disk of this process finds the environment that stands there already.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from plait.compute.environment import Recipe, RuntimeEnvironment
from plait.errors import CancelledError, EnvironmentBuildError
from plait.worker import environment_build
from plait.worker.messages import BuildAnswer, BuildRequest

_POLL_SECONDS = 0.25


@dataclass(frozen=True, slots=True)
class _Slot:
    """Where an environment is to be: a node by its id, an environment by its key."""

    node: str
    key: str


@dataclass(frozen=True, slots=True)
class _Build:
    """An environment that a task (`ref`) builds."""

    environment: RuntimeEnvironment
    recipe: Recipe
    ref: Any


class NodeEnvironments:
    """Which environments stand on which nodes; safe for several threads.

    on_notice: called with a sentence for each environment that was built.
    """

    def __init__(self, on_notice: Callable[[str], None]) -> None:
        self._on_notice = on_notice
        self._lock = threading.Lock()
        self._done: set[_Slot] = set()
        self._builds: dict[_Slot, _Build] = {}
        self._uv_program: Any = None

    def ensure(
        self, environments: Iterable[RuntimeEnvironment | None], cancel: threading.Event
    ) -> None:
        """Build what is missing on any living node, and wait for it.

        A node that dies meanwhile is left out. Raises EnvironmentBuildError with uv's output,
        CancelledError.
        """
        wanted = {e.key: e for e in environments if e is not None and e.recipe is not None}
        while wanted:
            with self._lock:
                self._begin(wanted)
                self._collect()
                missing = [slot for slot in self._builds if slot.key in wanted]
            if not missing:
                return
            if cancel.is_set():
                raise CancelledError("building the environments of the cluster was cancelled")
            time.sleep(_POLL_SECONDS)

    def keep_up(self, environments: Iterable[RuntimeEnvironment | None]) -> None:
        """The same for nodes that have joined since; without waiting.

        A failure there becomes a notice; the node's tasks then fail with Ray's own message.
        """
        wanted = {e.key: e for e in environments if e is not None and e.recipe is not None}
        if not wanted:
            return
        with self._lock:
            try:
                self._begin(wanted)
                self._collect()
            except EnvironmentBuildError as error:
                self._on_notice(error.message)

    def _begin(self, wanted: Mapping[str, RuntimeEnvironment]) -> None:
        import ray

        for node in ray.nodes():
            if not node["Alive"]:
                continue
            for key, environment in wanted.items():
                slot = _Slot(str(node["NodeID"]), key)
                if slot not in self._done and slot not in self._builds:
                    self._builds[slot] = self._start(environment, slot.node, None)

    def _start(self, environment: RuntimeEnvironment, node: str, program: Any) -> _Build:
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
        return _Build(environment, recipe, call.remote(request, program))

    def _collect(self) -> None:
        """Take in what has ended. Raises EnvironmentBuildError for the first that failed."""
        import ray
        from ray import exceptions

        pending = {build.ref: slot for slot, build in self._builds.items()}
        if not pending:
            return
        ready, _ = ray.wait(list(pending), num_returns=len(pending), timeout=0)
        for ref in ready:
            slot = pending[ref]
            ended = self._builds.pop(slot)
            try:
                answer: BuildAnswer = ray.get(ref)
            except (exceptions.NodeDiedError, exceptions.WorkerCrashedError,
                    exceptions.TaskUnschedulableError):  # fmt: skip
                self._done.add(slot)  # nothing will run there
                continue
            except exceptions.RayError as error:
                answer = {"error": "its task failed", "output": str(error)}
            self._conclude(ended, slot, answer)

    def _conclude(self, build: _Build, slot: _Slot, answer: BuildAnswer) -> None:
        if "error" not in answer:
            self._done.add(slot)
            if answer["built"]:
                name = build.recipe.name
                self._on_notice(f"environment {name} was built on node {slot.node[:8]}")
            return
        no_uv = answer["error"] == environment_build.NEEDS_UV
        if no_uv and answer["output"] == environment_build.machine():
            self._builds[slot] = self._start(build.environment, slot.node, self._uv())
            return
        raise EnvironmentBuildError(
            f"the environment '{build.recipe.name}' cannot be built on node {slot.node[:8]} of "
            f"the cluster: {answer['error']}",
            span=build.recipe.span,
            engine="ray",
            cause=answer["output"] or None,
            hint="install uv on the nodes of the cluster" if no_uv else None,
        )

    def _uv(self) -> Any:
        """The program of this process, once for all nodes that lack it."""
        if self._uv_program is None:
            import ray
            import uv

            self._uv_program = ray.put(Path(uv.find_uv_bin()).read_bytes())
        return self._uv_program

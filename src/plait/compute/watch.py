"""Finds what can never run: Ray itself waits for ever for resources that no node has."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Mapping
from typing import Any

from plait.compute import task_states
from plait.compute.capacity import Capacity, impossible
from plait.compute.requests import TaskRequest
from plait.errors import PlaitError

Running = Mapping[str, TaskRequest[Any, Any]]
"""The tasks that run, by Ray's id of them."""


class Watch:
    """Looked at about once a second while tasks run.

    timeout_seconds: how long something has to wait for what no node has before it is called
    impossible; a node may be about to join. local: whether the cluster is this machine.
    """

    def __init__(self, timeout_seconds: float, *, local: bool) -> None:
        self._timeout_seconds = timeout_seconds
        self._local = local
        self._since: dict[tuple[str, ...], float] = {}
        self._next = 0.0

    def look(self, running: Running) -> dict[str, PlaitError]:
        """The running tasks that can never end, by id, each with its error.

        What waits belongs to the task that started it. Where Ray does not say which that
        was, each of those that run here fails.
        """
        now = time.monotonic()
        if now < self._next:
            return {}
        try:
            infeasible = task_states.infeasible_now()
        except Exception:
            # The head does not answer: whether it is gone is found by the health check.
            return {}
        self._next = now + min(2.0, self._timeout_seconds / 4)
        keys = {_key(each): each for each in infeasible.waiting}
        self._since = {key: self._since.get(key, now) for key in keys}
        failures: dict[str, PlaitError] = {}
        for key, found in keys.items():
            if now - self._since[key] < self._timeout_seconds:
                continue
            for task_id in _culprits(found, running):
                failures.setdefault(
                    task_id, self._error(found, infeasible.capacity, running[task_id], task_id)
                )
        if failures:
            with contextlib.suppress(Exception):  # as above
                task_states.remove_placement_groups(infeasible.capacity)
        return failures

    def _error(
        self,
        found: task_states.Waiting,
        has: Capacity,
        request: TaskRequest[Any, Any],
        task_id: str,
    ) -> PlaitError:
        own = found.ancestry.ids[:1] == (task_id,)
        what = request.name if own else f"'{found.name}', started in {request.name},"
        return impossible(found.wanted, has, what, request.span, local=self._local)


def _key(waiting: task_states.Waiting) -> tuple[str, ...]:
    return (waiting.name, str(sorted(waiting.wanted.items())), *waiting.ancestry.ids)


def _culprits(found: task_states.Waiting, running: Running) -> list[str]:
    mine = [task_id for task_id in found.ancestry.ids if task_id in running]
    return mine if mine or found.ancestry.complete else list(running)

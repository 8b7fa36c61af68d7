"""Finds what waits in vain: Ray itself waits for ever for resources that no node has."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import TYPE_CHECKING

from plait.compute import task_states
from plait.compute.capacity import Capacity, impossible
from plait.errors import PlaitError

if TYPE_CHECKING:
    from plait.compute.tasks import TaskRequest


class Watch:
    """Looked at about once a second while tasks run.

    timeout: how long something has to wait in vain (seconds) before it is called
    impossible; a node may still be on its way. local: whether the cluster is this machine.
    """

    def __init__(self, timeout: float, *, local: bool) -> None:
        self._timeout = timeout
        self._local = local
        self._since: dict[tuple[str, ...], float] = {}
        self._next = 0.0

    def look(self, running: Mapping[str, TaskRequest]) -> dict[str, PlaitError]:
        """The running tasks (by Ray's task id) that can never end, each with its error.

        What waits belongs to the task that started it. Where Ray does not say which that
        was, it is held against every one that runs here.
        """
        now = time.monotonic()
        if now < self._next:
            return {}
        try:
            waiting, has = task_states.impossible_now()
        except Exception:
            # The head does not answer: whether it is gone is found by the health check.
            return {}
        self._next = now + min(2.0, self._timeout / 4)
        keys = {(w.name, str(w.wanted), *w.ancestors): w for w in waiting}
        self._since = {key: self._since.get(key, now) for key in keys}
        verdicts: dict[str, PlaitError] = {}
        for key, found in keys.items():
            if now - self._since[key] < self._timeout:
                continue
            for task_id in self._guilty(found, running):
                verdicts.setdefault(task_id, self._error(found, has, running[task_id], task_id))
        return verdicts

    def _guilty(self, found: task_states.Waiting, running: Mapping[str, TaskRequest]) -> list[str]:
        mine = [task_id for task_id in found.ancestors if task_id in running]
        if mine or found.complete:
            return mine
        return list(running)

    def _error(
        self, found: task_states.Waiting, has: Capacity, request: TaskRequest, task_id: str
    ) -> PlaitError:
        own = found.ancestors[:1] == (task_id,)
        what = request.name if own else f"'{found.name}', started in {request.name},"
        return impossible(dict(found.wanted), has, what, request.span, local=self._local)

"""The tasks of this job as Ray's head has seen them; read without Ray's dashboard.

Ray reports every task once a second to its head. This reads those reports, the demand that
nobody has served yet, and what the nodes have, each in a few milliseconds.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from plait.compute import ray_internals
from plait.compute.capacity import Capacity

_PENDING = (1, 2)  # PENDING_ARGS_AVAIL, PENDING_NODE_ASSIGNMENT


@dataclass(frozen=True, slots=True)
class Waiting:
    """Something that waits for what no node has.

    name: the function or class as it is called in the user's code. ancestors: ids of the
    task itself and of those that started it, innermost first; known up to the driver when
    `complete`.
    """

    name: str
    wanted: tuple[tuple[str, float], ...]
    ancestors: tuple[str, ...]
    complete: bool


def impossible_now() -> tuple[list[Waiting], Capacity]:
    """Tasks, actors and placement groups of this job that wait in vain, and what there is.

    Raises what Ray raises when its head does not answer.
    """
    state = ray_internals.resource_state()
    has = Capacity(tuple(dict(node.total_resources) for node in state.node_states))
    demands = [dict(d.request.resources_bundle) for d in state.pending_resource_requests]
    groups = [dict(bundle) for bundle in _gang_bundles(state)]
    waiting: list[Waiting] = []
    if any(not has.fits(wanted) for wanted in demands):
        waiting.extend(_waiting_tasks(has))
    waiting.extend(
        Waiting("a placement group", _frozen(wanted), (), complete=False)
        for wanted in groups
        if not has.fits(wanted)
    )
    return waiting, has


def ancestors_of_process(pid: str) -> tuple[str, ...]:
    """The ids of the task that the worker process `pid` ran last and of its ancestors."""
    tasks = _tasks()
    here = [t for t in tasks.values() if str(t.state_updates.worker_pid) == pid]
    if not here:
        return ()
    latest = max(here, key=lambda t: max(t.state_updates.state_ts_ns.values(), default=0))
    return _ancestors(latest, tasks)[0]


def _gang_bundles(state: Any) -> Iterator[Mapping[str, float]]:
    for gang in state.pending_gang_resource_requests:
        requests = list(gang.requests)
        for selector in getattr(gang, "bundle_selectors", ()):
            requests.extend(selector.resource_requests)
        for request in requests:
            yield request.resources_bundle


def _waiting_tasks(has: Capacity) -> Iterator[Waiting]:
    tasks = _tasks()
    for task in tasks.values():
        states = task.state_updates.state_ts_ns
        wanted = dict(task.task_info.required_resources)
        if not states or max(states) not in _PENDING or has.fits(wanted):
            continue
        ancestors, complete = _ancestors(task, tasks)
        name = task.task_info.func_or_class_name.removesuffix(".__init__").rpartition(".")[2]
        yield Waiting(name, _frozen(wanted), ancestors, complete)


def _ancestors(task: Any, tasks: Mapping[bytes, Any]) -> tuple[tuple[str, ...], bool]:
    """The line from `task` up, and whether it reaches the driver."""
    line: list[str] = []
    while True:
        line.append(task.task_info.task_id.hex())
        parent = tasks.get(task.task_info.parent_task_id)
        if parent is None or len(line) > 100:
            return tuple(line), False
        if parent.task_info.type == 3:  # DRIVER_TASK
            return tuple(line), True
        task = parent


def _tasks() -> dict[bytes, Any]:
    """The last attempt of every task of this job."""
    import ray

    job = ray.get_runtime_context().get_job_id()
    tasks: dict[bytes, Any] = {}
    for task in ray_internals.task_events():
        known = tasks.get(task.task_id)
        if task.job_id.hex() == job and (
            known is None or known.attempt_number <= task.attempt_number
        ):
            tasks[task.task_id] = task
    return tasks


def _frozen(wanted: Mapping[str, float]) -> tuple[tuple[str, float], ...]:
    return tuple(sorted(wanted.items()))

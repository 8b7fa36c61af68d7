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
class Ancestry:
    """Ids of a task and of those that started it, innermost first.

    complete: whether they reach the driver.
    """

    ids: tuple[str, ...]
    complete: bool


@dataclass(frozen=True, slots=True)
class Waiting:
    """Something that waits for what no node has.

    name: the function or class as it is called in the user's code. wanted: how much of each
    resource, by Ray's name of it.
    """

    name: str
    wanted: Mapping[str, float]
    ancestry: Ancestry


@dataclass(frozen=True, slots=True)
class Infeasible:
    """What waits for what no node has, and what the nodes have."""

    waiting: tuple[Waiting, ...]
    capacity: Capacity


def infeasible_now() -> Infeasible:
    """The tasks, actors and placement groups of this job that can never run on these nodes.

    Raises what Ray raises when its head does not answer.
    """
    state = ray_internals.resource_state()
    has = Capacity(tuple(dict(node.total_resources) for node in state.node_states))
    demands = [dict(d.request.resources_bundle) for d in state.pending_resource_requests]
    groups = [dict(bundle) for bundle in _gang_bundles(state)]
    waiting: list[Waiting] = []
    if any(not has.fits(wanted) for wanted in demands):
        waiting.extend(_waiting_tasks(has))
    unknown = Ancestry((), complete=False)
    waiting.extend(
        Waiting("a placement group", wanted, unknown) for wanted in groups if not has.fits(wanted)
    )
    return Infeasible(tuple(waiting), has)


def remove_placement_groups(has: Capacity) -> None:
    """Remove this job's waiting placement groups that the nodes can never hold.

    A placement group outlives the task that asked for it, and would be taken for one of the
    next task. Raises what Ray raises when its head does not answer.
    """
    import ray
    from ray.util import placement_group_table, remove_placement_group
    from ray.util.placement_group import PlacementGroup

    job = ray.get_runtime_context().get_job_id()
    for name, group in placement_group_table().items():
        # The id of a placement group ends with that of its job.
        waits = group["state"] == "PENDING" and name.endswith(job)
        if waits and not all(has.fits(bundle) for bundle in group["bundles"].values()):
            remove_placement_group(PlacementGroup(ray.PlacementGroupID(bytes.fromhex(name))))


def ancestors_of_process(pid: str) -> tuple[str, ...]:
    """The ids of the task that the worker process `pid` ran last and of its ancestors."""
    tasks = _tasks()
    here = [t for t in tasks.values() if str(t.state_updates.worker_pid) == pid]
    if not here:
        return ()
    latest = max(here, key=lambda t: max(t.state_updates.state_ts_ns.values(), default=0))
    return _ancestry(latest, tasks).ids


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
        name = task.task_info.func_or_class_name.removesuffix(".__init__").rpartition(".")[2]
        yield Waiting(name, wanted, _ancestry(task, tasks))


def _ancestry(task: Any, tasks: Mapping[bytes, Any]) -> Ancestry:
    line: list[str] = []
    while True:
        line.append(task.task_info.task_id.hex())
        parent = tasks.get(task.task_info.parent_task_id)
        if parent is None or len(line) > 100:
            return Ancestry(tuple(line), complete=False)
        if parent.task_info.type == 3:  # DRIVER_TASK
            return Ancestry(tuple(line), complete=True)
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

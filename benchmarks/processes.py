"""What a new process for each training costs: `python -m benchmarks.processes`.

Two ways to run the same small Ray task (it imports pandas): in workers that are used again, and in
a runtime environment of its own, which is what plait does: no other task has the same worker, and
none that another training started. Prints the seconds of a task in a row of them, and of four
side by side on two CPUs.
"""

from __future__ import annotations

import statistics
import time
import uuid
from collections.abc import Callable
from typing import Any

import ray

ROUNDS = 2
Options = Callable[[], dict[str, Any]]


def _own() -> dict[str, Any]:
    return {"runtime_env": {"env_vars": {"PLAIT_TASK": uuid.uuid4().hex}}}


WAYS: dict[str, Options] = {
    "used again": dict,
    "own runtime environment": _own,
}


def work() -> int:
    """The process that ran it."""
    import os

    import pandas  # noqa: F401

    return os.getpid()


def in_a_row(options: Options, tasks: int = 3) -> float:
    """Seconds of each of some tasks, one after another."""
    began = time.perf_counter()
    for _ in range(tasks):
        ray.get(ray.remote(**_with_cpu(options))(work).remote())
    return (time.perf_counter() - began) / tasks


def side_by_side(options: Options, tasks: int = 4) -> float:
    """Seconds of all of some tasks, as many at once as there are CPUs."""
    began = time.perf_counter()
    ray.get([ray.remote(**_with_cpu(options))(work).remote() for _ in range(tasks)])
    return time.perf_counter() - began


def _with_cpu(options: Options) -> dict[str, Any]:
    return {"num_cpus": 1, "max_retries": 0, **options()}


def main() -> None:
    """Measure and print one line for each way."""
    ray.init(address="local", include_dashboard=False, num_cpus=2, logging_level="CRITICAL")
    side_by_side(dict)
    for name, options in WAYS.items():
        rows = [in_a_row(options) for _ in range(ROUNDS)]
        sides = [side_by_side(options) for _ in range(ROUNDS)]
        row, side = statistics.median(rows), statistics.median(sides)
        print(f"{name:24} {row:6.2f} s each in a row, {side:6.2f} s for four", flush=True)
    ray.shutdown()


if __name__ == "__main__":
    main()

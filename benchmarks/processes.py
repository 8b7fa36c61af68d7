"""What a new process for each training costs: `python -m benchmarks.processes`.

Two ways to run the same small Ray task (it imports pandas): in workers that are used again, and in
a runtime environment of its own, which is what plait does: no other task has the same worker, and
none that another training started. Prints the seconds of a task that runs alone, and of two side
by side on two CPUs: the medians of three rounds, in turns. It takes a minute or two; no round
begins after three, and each line says how many there were.
"""

from __future__ import annotations

import sys
import time
import uuid
from collections.abc import Callable
from statistics import median
from typing import Any

import ray

ROUNDS = 3
MOST_SECONDS = 180.0
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


def seconds(options: Options, tasks: int) -> float:
    """Seconds until all of some tasks have ended, which are asked for at once."""
    began = time.perf_counter()
    ray.get([ray.remote(**_with_cpu(options))(work).remote() for _ in range(tasks)])
    return time.perf_counter() - began


def _with_cpu(options: Options) -> dict[str, Any]:
    return {"num_cpus": 1, "max_retries": 0, **options()}


def main() -> None:
    """Measure and print one line for each way."""
    began = time.monotonic()
    ray.init(address="local", include_dashboard=False, num_cpus=2, logging_level="CRITICAL")
    seconds(dict, 2)  # the workers that are used again have started and have pandas
    took: dict[tuple[str, int], list[float]] = {}
    for turn in range(ROUNDS):
        for name, options in WAYS.items():
            for tasks in (1, 2):
                if turn and time.monotonic() - began > MOST_SECONDS:
                    break
                took.setdefault((name, tasks), []).append(seconds(options, tasks))
                last = took[name, tasks][-1]
                print(f"  {name}, {tasks} at once: {last:.2f} s", file=sys.stderr, flush=True)
    for name in WAYS:
        one, two = took[name, 1], took[name, 2]
        print(
            f"{name:24} {median(one):6.2f} s alone, {median(two):6.2f} s for two at once "
            f"({len(two)} rounds)"
        )
    ray.shutdown()


if __name__ == "__main__":
    main()

"""Fresh processes, in turns, and what is made of their times."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any

ROOT = Path(__file__).parents[1]
PREFIX = "::benchmark::"


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table.

    value, goal: as they are shown. met: None where there is no goal.
    times: the single measurements in seconds, by what was measured.
    """

    what: str
    value: str
    goal: str
    met: bool | None
    times: Mapping[str, Sequence[float]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Timed:
    """One process: its wall time from start to exit, and what it reported itself.

    system_seconds: processor time in the kernel, of its children too.
    """

    seconds: float
    report: Any
    system_seconds: float


def run(arguments: Sequence[str], environ: Mapping[str, str], folder: Path) -> Timed:
    """Run a program and wait for its end. Raises SystemExit with its output when it fails."""
    started, used = time.perf_counter(), os.times().children_system
    done = subprocess.run(
        arguments, cwd=folder, env={**os.environ, **environ}, capture_output=True, text=True
    )
    seconds = time.perf_counter() - started
    if done.returncode:
        sys.exit(f"{' '.join(arguments)}\n{done.stdout[-3000:]}\n{done.stderr[-3000:]}")
    reports = [line for line in done.stdout.splitlines() if line.startswith(PREFIX)]
    report = json.loads(reports[-1].removeprefix(PREFIX)) if reports else None
    return Timed(seconds, report, os.times().children_system - used)


def send_report(report: object) -> None:
    """Called in a measured process: what it found out itself, for `Timed.report`."""
    print(PREFIX + json.dumps(report), flush=True)


def in_turns(
    programs: Mapping[str, Sequence[str]],
    repeats: int,
    folder: Path,
    environ: Mapping[str, str] | None = None,
    warm_up: bool = True,
) -> dict[str, list[Timed]]:
    """Run every program `repeats` times, one after the other in turns.

    Whatever else the machine does then falls on all of them alike. warm_up: one turn before,
    which is not counted: files are then in memory and environments are built.
    """
    times: dict[str, list[Timed]] = {name: [] for name in programs}
    for turn in range(-1 if warm_up else 0, repeats):
        for name, arguments in programs.items():
            timed = run(arguments, environ or {}, folder)
            shown = "warm-up" if turn < 0 else f"{turn + 1}/{repeats}"
            print(f"  {name} {shown}: {timed.seconds:.2f} s", file=sys.stderr, flush=True)
            if turn >= 0:
                times[name].append(timed)
    return times


def seconds(times: Sequence[Timed]) -> list[float]:
    """The wall times."""
    return [timed.seconds for timed in times]


def ratio(ours: Sequence[float], theirs: Sequence[float]) -> float:
    """The median of ours over the median of theirs."""
    return median(ours) / median(theirs)


def python(*arguments: str | Path) -> list[str]:
    """A program of this Python."""
    return [sys.executable, *map(str, arguments)]

"""How long a statement takes in a session whose engine is warm, as at the shell's prompt."""

from __future__ import annotations

import io
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

from benchmarks.measure import ROOT, Row, in_turns, python, send_report

_STATEMENTS = 20
_GOAL_SECONDS = 0.05


def rows(data: Path, repeats: int) -> list[Row]:  # noqa: ARG001
    """One row: a small aggregation, from its text to the printed table."""
    with tempfile.TemporaryDirectory(prefix="plait-bench-") as folder:
        program = {"a warm session": python("-m", "benchmarks.shell", folder)}
        times = in_turns(program, max(3, repeats // 3), ROOT, warm_up=False)
    reports = [timed.report for timed in times["a warm session"]]
    plait = [seconds for report in reports for seconds in report["plait"]]
    bare = [seconds for report in reports for seconds in report["bare Sail"]]
    took = median(plait)
    return [
        Row(
            "a statement at the shell's prompt, from the second on, to its printed table",
            f"{took * 1000:.0f} ms (bare Sail {median(bare) * 1000:.0f} ms)",
            f"< {_GOAL_SECONDS * 1000:.0f} ms",
            took < _GOAL_SECONDS,
            {"plait": plait, "bare Sail": bare},
        )
    ]


def measure(folder: Path) -> None:
    """Measured in a process of its own: statements in turns with their queries on bare Sail."""
    import plait
    from plait.console.out import Out
    from plait.shell.prompt import Shell

    screen = io.StringIO()
    with plait.connect(folder / "lake", engine="sail") as session:
        shell = Shell(session, Out(screen), folder / "history")
        shell.statements("select id, id * 2 as twice from range(1000) as numbers;")
        session.spark.sql("select id, id * 2 as twice from range(1000)").createTempView("bare")
        times: dict[str, list[float]] = {"plait": [], "bare Sail": []}
        for n in range(_STATEMENTS):
            sql = f"select sum(twice) + {n} as total from"
            times["plait"].append(_seconds(lambda sql=sql: shell.statements(f"{sql} numbers;")))
            times["bare Sail"].append(
                _seconds(lambda sql=sql: session.spark.sql(f"{sql} bare").collect())
            )
    if screen.getvalue().count("_ (1 row)") != _STATEMENTS:
        raise SystemExit(screen.getvalue())
    send_report(times)


def _seconds(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


if __name__ == "__main__":
    measure(Path(sys.argv[1]))

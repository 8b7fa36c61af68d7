"""How long plait takes before it does anything."""

from __future__ import annotations

from pathlib import Path
from statistics import median

from benchmarks.measure import ROOT, Row, in_turns, python, seconds

_IMPORT = """
import time
started = time.perf_counter()
import plait
took = time.perf_counter() - started
from benchmarks.measure import send_report
send_report(took)
"""


def rows(data: Path, repeats: int) -> list[Row]:  # noqa: ARG001
    """Two rows: the import, and the help of the command line."""
    times = in_turns(
        {"import plait": python("-c", _IMPORT), "plait --help": python("-m", "plait", "--help")},
        max(5, repeats),
        ROOT,
    )
    imports = [timed.report for timed in times["import plait"]]
    helps = seconds(times["plait --help"])
    return [
        Row("import plait", f"{median(imports):.3f} s", "< 0.2 s", median(imports) < 0.2,
            {"import plait": imports}),
        Row("plait --help, start to exit", f"{median(helps):.2f} s", "< 0.5 s",
            median(helps) < 0.5, {"plait --help": helps}),
    ]  # fmt: skip

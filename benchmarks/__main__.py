"""`python -m benchmarks`: measure, print one table, keep it in docs/benchmarks.md."""

from __future__ import annotations

import argparse
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from statistics import median

from benchmarks import overhead, parsing, shell, sql, startup, training
from benchmarks.facts import machine
from benchmarks.measure import ROOT, Row

PARTS = {
    "startup": startup.rows,
    "parsing": parsing.rows,
    "shell": shell.rows,
    "sql": sql.rows,
    "overhead": overhead.rows,
    "training": training.rows,
}
PAGE = ROOT / "docs" / "benchmarks.md"
MARK = "<!-- measured: from here on written by `make bench` -->"
END = "<!-- measured: up to here -->"


def table(rows: Sequence[Row]) -> str:
    """The rows as a Markdown table."""
    lines = ["| what | measured | goal | met |", "|---|---|---|---|"]
    label = {True: "yes", False: "**no**", None: ""}
    lines += [f"| {r.what} | {r.value} | {r.goal} | {label[r.met]} |" for r in rows]
    return "\n".join(lines)


def details(rows: Sequence[Row]) -> str:
    """The single measurements behind the rows."""
    lines = ["| of | median s | each |", "|---|---|---|"]
    for row in rows:
        for name, times in row.times.items():
            each = " ".join(f"{t:.2f}" for t in times)
            lines.append(f"| {row.what}: {name} | {median(times):.2f} | {each} |")
    return "\n".join(lines)


def page(rows: Sequence[Row], facts: Sequence[str]) -> str:
    """The page with its hand-written beginning and these measurements."""
    text = PAGE.read_text("utf-8")
    head, tail = text.partition(MARK)[0].rstrip(), text.partition(END)[2]
    noted = "\n".join(f"- {fact}" for fact in facts)
    return (
        f"{head}\n\n{MARK}\n\n{noted}\n\n{table(rows)}\n\n"
        f"## Each measurement\n\n{details(rows)}\n\n{END}{tail}"
    )


def main() -> None:
    """Parse the arguments and run the parts."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--data", type=Path, default=Path("data/flights"), help="csv folder")
    parser.add_argument("--repeats", type=int, default=9, help="turns of the short programs")
    parser.add_argument("--only", nargs="+", choices=PARTS, help="some parts; not kept")
    arguments = parser.parse_args()
    data = arguments.data.absolute()
    prepare = ROOT / "examples" / "prepare_flights.py"
    subprocess.run([sys.executable, str(prepare), str(data)], check=True)
    facts, rows = machine(), []
    for name in arguments.only or PARTS:
        print(f"{name} …", file=sys.stderr, flush=True)
        rows += PARTS[name](data, arguments.repeats)
    print("\n".join(facts), table(rows), sep="\n\n")
    if not arguments.only:
        PAGE.write_text(page(rows, facts), "utf-8")
        print(f"\nkept in {PAGE.relative_to(ROOT)}")


if __name__ == "__main__":
    main()

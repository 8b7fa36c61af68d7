"""TPC-H's queries in one script, every answer saved, beside the same on bare Sail by hand."""

from __future__ import annotations

import tempfile
from pathlib import Path

from benchmarks.answers.suites import suites
from benchmarks.measure import Row, Timed, in_turns, python, ratio, seconds

BY_HAND = Path(__file__).parent / "by_hand"
_SCALE_GB = 0.3


def rows(data: Path, repeats: int) -> list[Row]:
    """Wall time and system time from start to exit. data: its parent takes TPC-H's tables."""
    suite = suites()["tpch"]
    tables = suite.data(data.parent / "answers", _SCALE_GB)
    with tempfile.TemporaryDirectory(prefix="plait-bench-") as made:
        folder = Path(made)
        queries = folder / "queries"
        queries.mkdir()
        for number, statement in enumerate(suite.statements):
            (queries / f"{number:02}.sql").write_text(statement.sql, "utf-8")
        script = folder / "tpch.mlsql"
        script.write_text(_script(tables, queries, folder / "plait"), "utf-8")
        ours = python("-m", "plait", "run", script, "--lake", folder / "lake", "--engine", "sail")
        theirs = python(BY_HAND / "tpch_sail.py", tables, queries, folder / "bare")
        found = in_turns({"plait": ours, "bare Sail": theirs}, max(3, repeats // 2), folder)
    return [_row("", found), _row(", system time", found)]


def _row(what: str, found: dict[str, list[Timed]]) -> Row:
    times = {
        who: [one.system_seconds for one in timed] if what else seconds(timed)
        for who, timed in found.items()
    }
    cost = ratio(times["plait"], times["bare Sail"])
    name = f"TPC-H, {_SCALE_GB} GB, 22 queries saved{what}, over bare Sail by hand"
    if what:
        return Row(name, f"{cost:.2f} ×", "", None, times)
    return Row(name, f"{cost:.2f} ×", "≤ 1.1 ×", cost <= 1.1, times)


def _script(tables: Path, queries: Path, out: Path) -> str:
    """The script of plait, with the SQL of the program by hand."""
    loads = [f"load parquet.`{file}` as {file.stem};" for file in sorted(tables.glob("*.parquet"))]
    answers = [
        f"{file.read_text('utf-8')}\nas answer{file.stem};\n"
        f"save overwrite answer{file.stem} as parquet.`{out / file.stem}`;"
        for file in sorted(queries.glob("*.sql"))
    ]
    return "\n".join([*loads, *answers])

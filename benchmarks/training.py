"""The demo's training, beside the same in pyspark and ray by hand on the same engines.

Warm: both engines run, the environment is built, the first training is over. One training is
the SQL of its two tables, their transfer to Ray, three groups side by side, and a saved model.
"""

from __future__ import annotations

import json
import sys
import tempfile
import time
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.measure import ROOT, Row, in_turns, python, ratio, seconds, send_report

HERE = Path(__file__).parent
WARM = 4


def demo() -> tuple[str, str]:
    """examples/flights.mlsql up to its train statement, and that statement."""
    text = (ROOT / "examples" / "flights.mlsql").read_text("utf-8")
    start = text.index("\ntrain ") + 1
    return text[:start], text[start : text.index(";", start) + 1]


def job(data: Path, folder: Path) -> dict[str, Any]:
    """The same work for the script by hand: its SQL and groups are taken from the demo."""
    import ast

    from plait.lang.parser import parse
    from plait.lang.statements import Load, Select, Set, Train
    from plait.plan.estimator_options import groups_of, statement_options
    from plait.plan.estimators import ESTIMATORS

    head, train = demo()
    statements = parse(head + train, "flights.mlsql", {"data": str(data)}).statements
    code = next(s.value for s in statements if isinstance(s, Set) and s.name.text == "fit")
    lists = {
        ast.unparse(node.targets[0]): ast.literal_eval(node.value)
        for node in ast.parse(code).body
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.List)
    }
    fit = next(s for s in statements if isinstance(s, Train))
    specs = ESTIMATORS[fit.target.format.text].of_train()
    groups = groups_of(statement_options(fit.options, specs, "train", fit.span, _refuse))
    return {
        "tables": {
            s.table.text: s.source.path.text
            for s in statements
            if isinstance(s, Load) and s.source.format.text == "csv"
        },
        "queries": [(s.table.text, s.sql) for s in statements if isinstance(s, Select)],
        "groups": [{key: ast.literal_eval(value) for key, value in g.params} for g in groups],
        "columns": lists["COLUMNS"],
        "order": lists["ORDER"],
        "model": str(folder / "model.pkl"),
        "repeats": WARM,
    }


def _refuse(error: Exception) -> None:
    raise error


def rows(data: Path, repeats: int) -> list[Row]:
    """Two rows: warm, and start to exit."""
    with tempfile.TemporaryDirectory(prefix="plait-bench-") as made:
        folder = Path(made)
        (folder / "job.json").write_text(json.dumps(job(data, folder)), "utf-8")
        times = in_turns(
            {
                "plait": python("-m", "benchmarks.training", data, folder),
                "by hand": python(HERE / "by_hand" / "training.py", folder / "job.json"),
            },
            max(3, repeats // 3),
            ROOT,
        )
    warm = {
        name: [t for timed in found for t in timed.report[1:]] for name, found in times.items()
    }
    whole = {name: seconds(found) for name, found in times.items()}
    cost, all_in = (ratio(t["plait"], t["by hand"]) for t in (warm, whole))
    return [
        Row(
            "the demo's training, warm, over pyspark + ray by hand",
            f"{cost - 1:+.0%} ({median(warm['plait']):.2f} s, {median(warm['by hand']):.2f} s)",
            "≤ +10 %",
            cost <= 1.1,
            warm,
        ),
        Row(
            f"the same, {WARM + 1} trainings, start to exit", f"{all_in - 1:+.0%}", "", None, whole
        ),
    ]


def main() -> None:
    """The side of plait, in a process of its own: `DATA FOLDER`."""
    import plait

    data, folder = sys.argv[1:]
    head, train = demo()
    variables = {"data": data, "out": folder}
    times = []
    with plait.connect(lake=Path(folder) / "lake", engine="sail") as session:
        session.run(head, "flights.mlsql", variables)
        for _ in range(WARM + 1):
            started = time.perf_counter()
            session.run(train, "flights.mlsql", variables)
            times.append(time.perf_counter() - started)
    send_report(times)


if __name__ == "__main__":
    main()

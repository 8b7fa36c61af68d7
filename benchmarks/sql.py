"""A SQL-only script from start to exit, beside bare Sail and local Spark by hand."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from pathlib import Path

from benchmarks.by_hand.queries import DELAYS, SUMMARY, TABLES
from benchmarks.measure import Row, in_turns, python, ratio, seconds

BY_HAND = Path(__file__).parent / "by_hand"


def rows(data: Path, repeats: int) -> list[Row]:
    """Parquet beside Sail and beside Spark, and csv with inferred types beside Sail."""
    with tempfile.TemporaryDirectory(prefix="plait-bench-") as made:
        folder = Path(made)
        _write_parquet(data, folder)
        parquet = _beside("bare Sail", "sql_sail.py", folder, folder, "parquet", repeats)
        csv = _beside("bare Sail", "sql_sail.py", data, folder, "csv", repeats)
        spark = _beside(
            "Spark local", "sql_spark.py", folder, folder, "parquet", max(3, repeats // 3),
            _java(folder),
        )  # fmt: skip
    gain = ratio(spark["Spark local"], spark["plait"])
    return [
        _over_sail("SQL-only script over Parquet, start to exit", parquet),
        _over_sail("the same over csv with inferSchema", csv),
        Row(
            "SQL-only script over Parquet, Spark local by hand over plait",
            f"{gain:.1f} × faster",
            "≥ 8 ×",
            gain >= 8,
            spark,
        ),
    ]


def _over_sail(what: str, times: Mapping[str, list[float]]) -> Row:
    cost = ratio(times["plait"], times["bare Sail"])
    what = f"{what}, over bare Sail by hand"
    return Row(what, f"{cost:.2f} ×", "≤ 1.3 ×", cost <= 1.3, times)


def _beside(
    name: str,
    program: str,
    data: Path,
    folder: Path,
    format: str,
    repeats: int,
    environ: Mapping[str, str] | None = None,
) -> dict[str, list[float]]:
    """The wall times of plait and of a program by hand, which do the same."""
    script = folder / f"{format}.mlsql"
    script.write_text(_script(data, format), "utf-8")
    ours = python("-m", "plait", "run", script, "--lake", folder / "lake", "--engine", "sail")
    theirs = python(BY_HAND / program, data, format)
    times = in_turns({"plait": ours, name: theirs}, repeats, folder, environ)
    return {who: seconds(found) for who, found in times.items()}


def _script(data: Path, format: str) -> str:
    """The script of plait, with the SQL of the programs by hand."""
    options = ' where header="true" and inferSchema="true"' if format == "csv" else ""
    loads = [f"load {format}.`{data}/{t}.{format}`{options} as {t};" for t in TABLES]
    return "\n".join([*loads, f"{DELAYS}as delays;", f"{SUMMARY}as summary;"])


def _write_parquet(data: Path, folder: Path) -> None:
    from pyarrow import csv, parquet

    for table in TABLES:
        rows = csv.read_csv(data / f"{table}.csv")
        parquet.write_table(rows, folder / f"{table}.parquet")


def _java(folder: Path) -> dict[str, str]:
    """What a user of Spark has set up once: a Java that it starts with."""
    from plait.engines.spark.java import require_java, wrapped_java_home

    return {
        "JAVA_HOME": str(wrapped_java_home(require_java(), folder / "cache")),
        "SPARK_LOCAL_IP": "127.0.0.1",
    }

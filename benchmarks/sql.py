"""A SQL-only script from start to exit, beside bare Sail and local Spark by hand."""

from __future__ import annotations

import tempfile
from pathlib import Path

from benchmarks.measure import ROOT, Row, in_turns, python, ratio, seconds

HERE = Path(__file__).parent


def rows(data: Path, repeats: int) -> list[Row]:
    """Two rows: the ratio to Sail, the ratio to Spark."""
    with tempfile.TemporaryDirectory(prefix="plait-bench-") as made:
        folder = Path(made)
        sail = in_turns(
            {
                "plait": _plait(data, folder),
                "bare Sail": python(HERE / "by_hand" / "sql_sail.py", data),
            },
            repeats,
            folder,
        )
        spark = in_turns(
            {
                "plait": _plait(data, folder),
                "Spark local": python(HERE / "by_hand" / "sql_spark.py", data),
            },
            max(3, repeats // 3),
            folder,
            _java(folder),
        )
    plait, bare = seconds(sail["plait"]), seconds(sail["bare Sail"])
    plait_2, local = seconds(spark["plait"]), seconds(spark["Spark local"])
    cost, gain = ratio(plait, bare), ratio(local, plait_2)
    return [
        Row(
            "SQL-only script, start to exit, over bare Sail by hand",
            f"{cost:.2f} ×",
            "≤ 1.3 ×",
            cost <= 1.3,
            {"plait": plait, "bare Sail": bare},
        ),
        Row(
            "the same, Spark local by hand over plait",
            f"{gain:.1f} × faster",
            "≥ 8 ×",
            gain >= 8,
            {"plait": plait_2, "Spark local": local},
        ),
    ]


def _plait(data: Path, folder: Path) -> list[str]:
    return python(
        "-m", "plait", "run", ROOT / "benchmarks" / "sql.mlsql",
        "--var", f"data={data}", "--lake", folder / "lake", "--engine", "sail",
    )  # fmt: skip


def _java(folder: Path) -> dict[str, str]:
    """What a user of Spark has set up once: a Java that it starts with."""
    from plait.data.java import require_java, wrapped_java_home

    return {
        "JAVA_HOME": str(wrapped_java_home(require_java(), folder / "cache")),
        "SPARK_LOCAL_IP": "127.0.0.1",
    }

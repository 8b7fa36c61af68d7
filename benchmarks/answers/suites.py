"""The suites: their statements, of which those of three come with pysail, and small data for them.

The statements of TPC-H and TPC-DS are those that pysail carries, derived from the benchmarks
under the terms of the TPC's fair use policy; the answers here are no results of a benchmark.
"""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

from benchmarks.answers import everyday
from benchmarks.answers.hits import write_hits

# `create view NAME (columns) as QUERY; QUERY; drop view NAME;`: the form of one of TPC-H's.
_VIEW = re.compile(r"create\s+view\s+(\w+\s*\([^)]*\))\s+as\s+(.*)", re.IGNORECASE | re.DOTALL)
_COMMENT = re.compile(r"^\s*--.*$", re.MULTILINE)
_LIMIT = re.compile(r"\blimit\s+\d+(?:\s+offset\s+\d+)?\s*$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Statement:
    """One query of a suite. name: its number, with a letter where a file has several.
    before: statements that prepare it, each with its semicolon.
    """

    name: str
    sql: str
    before: str = ""

    @property
    def without_limit(self) -> str | None:
        """The query without the LIMIT at its end; None where it has none."""
        bare = _LIMIT.sub("", self.sql)
        return None if bare == self.sql else bare


@dataclass(frozen=True, slots=True)
class Suite:
    """name: as it is shown. make: writes the Parquet files of its tables into a folder, about
    `scale` GB before compression.
    """

    name: str
    statements: tuple[Statement, ...]
    make: Callable[[Path, float], None]

    def data(self, root: Path, scale: float) -> Path:
        """The folder with the tables; they are made on the first call."""
        folder = root / f"{self.name.lower()}-{scale:g}"
        done = folder / "_made"
        if not done.exists():
            folder.mkdir(parents=True, exist_ok=True)
            self.make(folder, scale)
            done.touch()
        return folder


def suites() -> dict[str, Suite]:
    """Name on the command line → suite."""
    queries = files("pysail") / "data"
    hits = (queries / "clickbench" / "queries.sql").read_text("utf-8").splitlines()
    return {
        "tpch": Suite("TPC-H", tuple(_numbered(queries / "tpch" / "queries")), _tpc("tpch")),
        "tpcds": Suite("TPC-DS", tuple(_numbered(queries / "tpcds" / "queries")), _tpc("tpcds")),
        "clickbench": Suite(
            "ClickBench",
            tuple(Statement(f"q{at}", sql.strip().rstrip(";")) for at, sql in enumerate(hits)),
            write_hits,
        ),
        "everyday": Suite(
            "everyday",
            tuple(Statement(name, sql, before) for name, before, sql in everyday.queries()),
            everyday.write_tables,
        ),
    }


def _numbered(folder: Traversable) -> Iterator[Statement]:
    """The statements of `q1.sql`, `q2.sql` …"""
    found = [file for file in folder.iterdir() if file.name.endswith(".sql")]
    for file in sorted(found, key=lambda file: int(file.name[1:-4])):
        parts = _statements(file.read_text("utf-8"))
        for letter, sql in zip("abcdef", parts, strict=False):
            name = file.name.removesuffix(".sql")
            yield Statement(name + letter if len(parts) > 1 else name, sql)


def _statements(text: str) -> list[str]:
    parts = [part.strip() for part in _COMMENT.sub("", text).split(";") if part.strip()]
    if (view := _VIEW.fullmatch(parts[0])) is not None:
        return [f"with {view[1]} as ({view[2]})\n{parts[1]}"]
    return parts


def _tpc(which: str) -> Callable[[Path, float], None]:
    def make(folder: Path, scale: float) -> None:
        generator = Path(sys.executable).with_name("tpcgen-cli")
        if not generator.exists():
            sys.exit("the data of TPC is made by tpcgen-cli: pip install 'plait[benchmarks]'")
        size = ["--scale-factor", f"{scale:g}", "--output-dir", str(folder), "--overwrite"]
        subprocess.run([str(generator), which, "parquet", *size, "--quiet"], check=True)
        # What no query reads: how the data was made, with a time of day, which Spark lacks.
        (folder / "dbgen_version.parquet").unlink(missing_ok=True)

    return make

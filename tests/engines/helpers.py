"""What the tests of engines share: a slow query, errors, and processes."""

from __future__ import annotations

import time
from collections.abc import Callable

import psutil
import pytest

from plait.engines.base import DataEngine
from plait.errors import PlaitError

SLOW = "select count(*) c from range(4000000000) where hash(id) % 7 = 3"


def error_of(engine: DataEngine, work: Callable[[], object]) -> PlaitError:
    with pytest.raises(Exception) as caught:
        work()
    return engine.translate(caught.value)


def still_running(pids: list[int], *, within_seconds: float) -> list[int]:
    deadline = time.monotonic() + within_seconds
    while time.monotonic() < deadline and any(map(_running, pids)):
        time.sleep(0.1)
    return [pid for pid in pids if _running(pid)]


def _running(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def process_tree(pid: int) -> list[int]:
    return [pid, *(child.pid for child in psutil.Process(pid).children(recursive=True))]

"""A task's memory as a limit that it meets, not only as a number for placement.

Two limits. A watcher compares what the process uses with what was asked for and raises
`MemoryExceeded` in the running code, so that the traceback shows the line; code that does
not come back to Python is ended. And the kernel's limit on data (`RLIMIT_DATA`), further
out, stops a single huge request at once with an ordinary `MemoryError`.
"""

from __future__ import annotations

import contextlib
import ctypes
import gc
import os
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

from plait.worker import channel

_EVERY_SECONDS = 0.1
_GRACE_SECONDS = 3.0
_SLACK_BYTES = 512 * 2**20
EXIT_CODE = 77


class MemoryExceeded(MemoryError):
    """The code holds more memory than its task asked for."""

    text = "the task holds more memory than it asked for"

    def __str__(self) -> str:
        return self.text


@contextlib.contextmanager
def bounded(limit_bytes: int | None) -> Iterator[None]:
    """Code inside holds at most about `limit_bytes` more than at the start; None: no limit.

    What Ray's shared object store maps does not count.
    Raises MemoryExceeded, or MemoryError, in the code inside. Code that keeps the memory and
    does not return to Python ends with its process, after a message of kind `memory`.
    """
    if limit_bytes is None or not Path("/proc/self/statm").exists():
        yield
        return
    gc.collect()
    watcher = _Watcher(limit_bytes, threading.get_ident())
    with _data_limit(limit_bytes):
        watcher.start()
        try:
            yield
        finally:
            watcher.stop()


@contextlib.contextmanager
def _data_limit(limit_bytes: int) -> Iterator[None]:
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_DATA)
    wall = _pages(5) + 2 * limit_bytes + _SLACK_BYTES
    if soft != resource.RLIM_INFINITY and soft < wall:
        yield
        return
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_DATA, (wall, hard))
    try:
        yield
    finally:
        with contextlib.suppress(ValueError, OSError):
            resource.setrlimit(resource.RLIMIT_DATA, (soft, hard))


def _pages(field: int) -> int:
    """One field of /proc/self/statm in bytes: 1 resident, 2 shared, 5 data."""
    pages = Path("/proc/self/statm").read_text(encoding="ascii").split()
    return int(pages[field]) * os.sysconf("SC_PAGE_SIZE")


def _private() -> int:
    return _pages(1) - _pages(2)


class _Watcher:
    """A thread that interrupts the thread `target` when the process grows too large."""

    def __init__(self, limit_bytes: int, target: int) -> None:
        self._limit_bytes = limit_bytes
        self._target = target
        self._at_start = _private()
        self._done = threading.Event()
        self._lock = threading.Lock()
        self._thread = threading.Thread(target=self._watch, name="plait-memory", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        with self._lock:  # after this, nothing can be raised outside of the bounded code
            self._done.set()

    def _used(self) -> int:
        return _private() - self._at_start

    def _watch(self) -> None:
        while not self._done.wait(_EVERY_SECONDS):
            if self._used() > self._limit_bytes:
                self._interrupt()

    def _interrupt(self) -> None:
        asked, used = self._limit_bytes / 2**20, self._used() / 2**20
        text = f"the task asked for {asked:.0f} MiB of memory and holds {used:.0f} MiB"
        MemoryExceeded.text = text
        with self._lock:
            if self._done.is_set():
                return
            raise_in = ctypes.pythonapi.PyThreadState_SetAsyncExc
            raise_in(ctypes.c_ulong(self._target), ctypes.py_object(MemoryExceeded))
        if not self._done.wait(_GRACE_SECONDS) and self._used() > self._limit_bytes:
            channel.send({"kind": "memory", "text": text})
            sys.stdout.flush()
            os._exit(EXIT_CODE)

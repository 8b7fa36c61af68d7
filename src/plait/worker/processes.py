"""Which process something belongs to, and whether that one still runs."""

from __future__ import annotations

import hashlib
import os
import re
import socket
import uuid
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

_TEXT = re.compile(r"([0-9a-f]+)-(\d+)-(\d+)")


@dataclass(frozen=True, slots=True)
class ProcessId:
    """A process, distinct from every other one on any machine. As text: `space-pid-started`.

    space: the kernel (this boot of it) and the name space in which the number counts: two
    containers may have one host name and the same numbers. started: when the process began,
    in ticks since the boot, by a clock that nobody sets; a later process of the same number
    has another one.
    """

    space: str
    pid: int
    started: int

    @classmethod
    def here(cls) -> ProcessId:
        """This process."""
        pid = os.getpid()
        return cls(_space(), pid, _started(pid) or 0)

    @classmethod
    def parse(cls, text: str) -> ProcessId:
        """The process that a text names. Raises ValueError."""
        found = _TEXT.fullmatch(text)
        if found is None:
            raise ValueError(f"'{text}' names no process")
        return cls(found[1], int(found[2]), int(found[3]))

    def __str__(self) -> str:
        return f"{self.space}-{self.pid}-{self.started}"

    def is_running(self) -> bool | None:
        """Whether it still runs; None where that cannot be seen: on another host, in another
        container.
        """
        if self.space != _space():
            return None
        started = _started(self.pid)
        if started is not None:
            return started == self.started
        try:
            os.kill(self.pid, 0)
        except ProcessLookupError:
            return False
        except OSError:  # it is somebody else's and hidden
            return True
        return _started(self.pid) == self.started  # it ended or began meanwhile


@lru_cache(maxsize=1)
def _space() -> str:
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
        text = f"{boot} {Path('/proc/self/ns/pid').readlink()}"
    except OSError:  # no Linux: then there are no containers either
        text = f"{socket.gethostname()} {uuid.getnode()}"
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _started(pid: int) -> int | None:
    """When a process began; None when there is none, or it only waits to be reaped."""
    if not Path("/proc/self/stat").exists():
        return _started_elsewhere(pid)
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None
    state, *fields = stat.rpartition(")")[2].split()
    return None if state in "ZX" else int(fields[18])


def _started_elsewhere(pid: int) -> int | None:
    import psutil

    try:
        process = psutil.Process(pid)
        ended = process.status() == psutil.STATUS_ZOMBIE
        return None if ended else int(process.create_time())
    except psutil.Error:
        return None

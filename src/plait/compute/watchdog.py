"""A program beside a local Ray that cleans up after a plait process that was killed.

The kernel ends Ray's own processes together with the process that started them, but not
what those have started in turn, and nobody removes their files. This program waits for its
standard input to end. Unless it has read `done` by then, it ends every process that has a
file of Ray's folder open and removes the folders. Run as a script; standard library only.
"""

from __future__ import annotations

import os
import shutil
import signal
import sys
import time
from contextlib import suppress

_ROUNDS = 40
_QUIET_ROUNDS = 3
_PAUSE_SECONDS = 0.2


def main(home: str, *others: str) -> None:
    """Wait, then clean up `home`, in which Ray's processes live, and the `others`."""
    if sys.stdin.buffer.read().startswith(b"done"):
        return
    quiet_rounds = 0
    for _ in range(_ROUNDS):
        found = _processes_in(home)
        for pid in found:
            with suppress(OSError):
                os.kill(pid, signal.SIGKILL)
        quiet_rounds = 0 if found else quiet_rounds + 1
        if quiet_rounds == _QUIET_ROUNDS:
            break
        time.sleep(_PAUSE_SECONDS)
    for folder in (home, *others):
        shutil.rmtree(folder, ignore_errors=True)


def _processes_in(home: str) -> list[int]:
    """Processes with an open file below `home`; their names say nothing, Ray changes them."""
    found = []
    for entry in os.scandir("/proc") if os.path.isdir("/proc/self/fd") else ():  # noqa: PTH112
        if entry.name.isdigit() and int(entry.name) != os.getpid() and _is_in(entry.path, home):
            found.append(int(entry.name))
    return found


def _is_in(process: str, home: str) -> bool:
    with suppress(OSError):
        for file in os.scandir(f"{process}/fd"):
            with suppress(OSError):
                if os.readlink(file.path).startswith(f"{home}/"):  # noqa: PTH115
                    return True
    return False


if __name__ == "__main__":
    main(*sys.argv[1:])

"""A small process that starts a server and ends with it, for servers that watch no parent.

plait starts this file as a script, with the server's command as its arguments. It starts the
command, copies the command's output to standard error and the port that it finds there to
standard output. It kills the command when its own standard input is closed, which happens
when plait ends. It imports the standard library only.
"""

from __future__ import annotations

import contextlib
import os
import re
import select
import signal
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

_POLL_SECONDS = 1.0
_CHUNK_BYTES = 65_536
_PORT_LINE = re.compile(rb"Spark Connect server started at: *\S*?:(\d+)")
_PR_SET_PDEATHSIG = 1


def supervised(command: Sequence[str]) -> list[str]:
    """The command line that runs `command` under a supervisor."""
    return [sys.executable, "-I", "-S", str(Path(__file__)), *command]


def main(command: Sequence[str]) -> int:
    """Run `command` until it ends or standard input is closed.

    Gives the command's exit code, or 0 when it was ended from here.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = os.getppid()
    with subprocess.Popen(
        list(command),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        process_group=0,
        preexec_fn=_die_with_supervisor(),
    ) as server:
        try:
            return _watch(server, parent)
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(server.pid, signal.SIGKILL)


def _watch(server: subprocess.Popen[bytes], parent: int) -> int:
    """Copy the server's output to stderr and its port to stdout until either side ends."""
    assert server.stdout is not None
    output = server.stdout.fileno()
    seen: bytes | None = b""
    while True:
        ready, _, _ = select.select([0, output], [], [], _POLL_SECONDS)
        if (0 in ready and not os.read(0, 4096)) or os.getppid() != parent:
            return 0
        if output not in ready:
            continue
        chunk = os.read(output, _CHUNK_BYTES)
        if not chunk:
            return server.wait()
        os.write(2, chunk)
        if seen is not None:
            seen = _report_port(seen + chunk)


def _report_port(seen: bytes) -> bytes | None:
    """Write the port to stdout once it is in `seen`; None once that is done."""
    found = _PORT_LINE.search(seen)
    if found is None or not seen[found.end() :]:
        return seen[-_CHUNK_BYTES:]
    os.write(1, found[1] + b"\n")
    return None


def _die_with_supervisor() -> Callable[[], None] | None:
    """Have the kernel kill the server when the supervisor itself is killed, where it can.

    The signal follows the end of the *thread* that forked; the supervisor has only one.
    """
    if not sys.platform.startswith("linux"):
        return None
    import ctypes

    libc = ctypes.CDLL(None)

    def ask() -> None:
        libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)

    return ask


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""Server processes that never outlive plait.

`ServerProcess` is plait's side: it starts a server, learns its port and ends it. Run as a
script, this file is the other side for a server that cannot watch its parent itself: it
starts the command that it is given, passes its output on, reports the port that it finds
there, and kills the command when its own standard input is closed. As a script it imports
the standard library only.
"""

from __future__ import annotations

import contextlib
import os
import re
import select
import selectors
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import IO

_POLL_SECONDS = 1.0
_PORT_LINE = re.compile(rb"Spark Connect server started at: *\S*?:(\d+)")
_FRAME = re.compile(r"^\s+at \S+\(|^[\w.$]+\((\w+\.(scala|java):\d+|Unknown Source)\)$|^\s*$")
_PR_SET_PDEATHSIG = 1


class ServerStartError(Exception):
    """A server ended, or said nothing, before it reported its port."""


class ServerProcess:
    """One child process that reports a port as its first line and lives on our end of a pipe.

    command: what to start. environment: all of its variables. log: the file that takes
    what it prints. The child has a session of its own, so that Ctrl-C in a terminal does
    not reach it; it ends when `stop` is called or when this process goes away.
    """

    def __init__(
        self, command: Sequence[str], *, environment: Mapping[str, str], log: Path
    ) -> None:
        self.log = log
        self._port: int | None = None
        log.parent.mkdir(parents=True, exist_ok=True)
        with log.open("ab") as out:
            self._process = subprocess.Popen(
                list(command),
                env=dict(environment),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=out,
                start_new_session=True,
            )

    @property
    def pid(self) -> int:
        """The child's process id."""
        return self._process.pid

    @property
    def alive(self) -> bool:
        """Whether the child still runs."""
        return self._process.poll() is None

    @property
    def exit_code(self) -> int | None:
        """The exit code, negative for a signal, or None while the child runs."""
        return self._process.poll()

    def port(self, timeout: float) -> int:
        """The port that the child reported; waits for it. Raises ServerStartError."""
        if self._port is None:
            line = self._first_line(time.monotonic() + timeout)
            if not line.strip().isdigit():
                raise ServerStartError("ended" if not self.wait(1.0) else "gave no port in time")
            self._port = int(line)
        return self._port

    def _first_line(self, deadline: float) -> bytes:
        out = self._process.stdout
        line = b""
        while out is not None and not line.endswith(b"\n"):
            left = max(0.0, deadline - time.monotonic())
            chunk = os.read(out.fileno(), 64) if _readable(out.fileno(), left) else b""
            if not chunk:
                break
            line += chunk
        return line

    def wait(self, timeout: float) -> bool:
        """Wait for the child's end; True when it still runs after `timeout` seconds."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(timeout)
        return self.alive

    def tail(self, lines: int = 30) -> str:
        """The last lines of what the child printed, without the frames of Java's stacks."""
        with contextlib.suppress(OSError), self.log.open("rb") as out:
            out.seek(max(0, out.seek(0, os.SEEK_END) - 65_536))
            shown = out.read().decode("utf-8", "replace").splitlines()
            return "\n".join([line for line in shown if not _FRAME.search(line)][-lines:])
        return ""

    def stop(self, grace: float = 3.0) -> None:
        """End the child: close its standard input, and kill its group if that is not enough."""
        _close(self._process.stdin)
        if self.wait(grace):
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
        _close(self._process.stdout)


def _readable(descriptor: int, timeout: float) -> bool:
    with selectors.DefaultSelector() as selector:
        selector.register(descriptor, selectors.EVENT_READ)
        return bool(selector.select(timeout))


def _close(stream: IO[bytes] | None) -> None:
    if stream is not None:
        with contextlib.suppress(OSError):
            stream.close()


def guarded(command: Sequence[str]) -> list[str]:
    """The command line that runs `command` under a guard process."""
    return [sys.executable, "-I", "-S", str(Path(__file__)), *command]


def main(command: Sequence[str]) -> int:
    """Run `command` until it ends or stdin is closed; its exit code, 0 when we ended it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = os.getppid()
    with subprocess.Popen(
        list(command),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        process_group=0,
        preexec_fn=_die_with_guard(),
    ) as server:
        try:
            return _watch(server, parent)
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(server.pid, signal.SIGKILL)


def _watch(server: subprocess.Popen[bytes], parent: int) -> int:
    """Pass the server's output on to stderr and its port to stdout, until one side ends."""
    assert server.stdout is not None
    output = server.stdout.fileno()
    seen: bytes | None = b""
    while True:
        ready, _, _ = select.select([0, output], [], [], _POLL_SECONDS)
        if (0 in ready and not os.read(0, 4096)) or os.getppid() != parent:
            return 0
        if output not in ready:
            continue
        chunk = os.read(output, 65536)
        if not chunk:
            return server.wait()
        os.write(2, chunk)
        if seen is not None:
            seen = _report_port(seen + chunk)


def _report_port(seen: bytes) -> bytes | None:
    """Write the port to stdout once it stands in `seen`; None says that it is done."""
    found = _PORT_LINE.search(seen)
    if found is None or not seen[found.end() :]:
        return seen[-65536:]
    os.write(1, found[1] + b"\n")
    return None


def _die_with_guard() -> Callable[[], None] | None:
    """Have the kernel kill the server when the guard itself is killed, where it can.

    The signal follows the end of the *thread* that forked; the guard has only one.
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

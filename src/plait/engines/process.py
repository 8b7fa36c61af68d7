"""Server processes that never outlive plait: how one is started, found and ended."""

from __future__ import annotations

import contextlib
import os
import re
import selectors
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO

_TAIL_BYTES = 65_536
_STACK_FRAME = re.compile(
    r"^\s+at \S+\(|^[\w.$]+\((\w+\.(scala|java):\d+|Unknown Source)\)$|^\s*$"
)


class ServerStartError(Exception):
    """A server ended, or printed nothing, before it reported its port.

    Its text is a predicate, such as 'gave no port in time'; the caller names the server.
    """


class ServerProcess:
    """A child process whose first line of output is the port that it listens on.

    It ends when `stop` is called and when this process ends in any way: its standard input is
    a pipe from here, and it watches for the end of that pipe (a server that cannot do so runs
    under `plait.engines.supervisor`). It has a session of its own, so that Ctrl-C in a terminal
    does not reach it.

    command: what to start. environment: all of its variables. log: the file that takes what it
    prints on standard error. Raises OSError when the command cannot be started.
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

    def port(self, timeout_seconds: float) -> int:
        """The port that the child reported; waits for it. Raises ServerStartError."""
        if self._port is None:
            line = self._first_line(time.monotonic() + timeout_seconds)
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

    def wait(self, timeout_seconds: float) -> bool:
        """Wait for the child's end, for some seconds; True when it still runs after them."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(timeout_seconds)
        return self.alive

    def tail(self, line_count: int = 30) -> str:
        """The last lines of the log, without the frames of Java's stacks; '' without a log."""
        with contextlib.suppress(OSError), self.log.open("rb") as out:
            out.seek(max(0, out.seek(0, os.SEEK_END) - _TAIL_BYTES))
            lines = out.read().decode("utf-8", "replace").splitlines()
            shown = [line for line in lines if not _STACK_FRAME.search(line)]
            return "\n".join(shown[-line_count:])
        return ""

    def stop(self, grace_seconds: float = 3.0) -> None:
        """End the child: close its standard input, and kill its group after the grace period."""
        _close(self._process.stdin)
        if self.wait(grace_seconds):
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
        _close(self._process.stdout)


def _readable(descriptor: int, timeout_seconds: float) -> bool:
    with selectors.DefaultSelector() as selector:
        selector.register(descriptor, selectors.EVENT_READ)
        return bool(selector.select(timeout_seconds))


def _close(stream: IO[bytes] | None) -> None:
    if stream is not None:
        with contextlib.suppress(OSError):
            stream.close()

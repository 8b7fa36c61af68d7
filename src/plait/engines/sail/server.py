"""The child process in which Sail runs. It is started by path and imports nothing of plait.

It writes the port on which it listens to its standard output, as one line. It ends at once when
its standard input is closed or its parent has ended, so that a killed parent leaves no server.
"""

from __future__ import annotations

import os
import select
import signal
import sys

HOST = "127.0.0.1"
_POLL_SECONDS = 1.0


def main() -> None:
    """Serve Spark Connect on a free port of 127.0.0.1 until the parent ends."""
    parent = os.getppid()
    # What user functions print must not reach the pipe that carries the port.
    channel = os.dup(1)
    os.dup2(2, 1)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    from pysail.spark import SparkConnectServer

    # The server ends with this object: it has to stay referenced.
    server = SparkConnectServer(HOST, 0)
    server.start(background=True)
    address = server.listening_address
    if address is None:
        sys.exit("Sail did not say which port it listens on")
    port = int(address[1])
    os.write(channel, f"{port}\n".encode())
    os.close(channel)
    _wait_for_end_of(parent)
    os._exit(0)


def _wait_for_end_of(parent: int) -> None:
    """Return once stdin is closed, or the parent has ended and a fork of it keeps stdin open."""
    while True:
        readable, _, _ = select.select([0], [], [], _POLL_SECONDS)
        if readable and not os.read(0, 4096):
            return
        if os.getppid() != parent:
            return


if __name__ == "__main__":
    main()

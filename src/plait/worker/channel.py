"""From a task to the process that started it: messages as lines of the task's own output.

Ray carries every line that a worker prints to the driver. A message is one such line: a
prefix that nobody prints by chance, then JSON. No actor and no port are needed, a message
keeps its position among the lines around it, and it arrives even if the process dies next.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import sys
from collections.abc import Iterator
from typing import TextIO

from plait.worker.messages import Message

PREFIX = "::plait-message::"
# Made before any script runs, which may replace `json.dumps` for its own use.
_TO_JSON = json.JSONEncoder(ensure_ascii=True, default=str).encode


def send(message: Message) -> None:
    """Send one message to the process that started this task.

    Never raises: a script that closed or replaced its standard output goes on unheard.
    """
    _write(sys.stdout, message)


@contextlib.contextmanager
def marked(token: str) -> Iterator[None]:
    """What this process prints inside belongs to the task of this token.

    Both streams are marked, because the driver reads them independently of each other.
    """
    for stream in (sys.stdout, sys.stderr):
        _write(stream, {"kind": "begin", "token": token})
    try:
        yield
    finally:
        for stream in (sys.stdout, sys.stderr):
            _write(stream, {"kind": "end", "token": token})


@contextlib.contextmanager
def whole_lines() -> Iterator[None]:
    """Let this process print line by line inside.

    Ray's own streams send off every piece that `print` hands them, and whoever reads along
    gets lines cut in two.
    """
    before = sys.stdout, sys.stderr
    for name in ("stdout", "stderr"):
        inner = getattr(getattr(sys, name), "stream", None)
        if isinstance(inner, io.TextIOWrapper) and not inner.closed:
            inner.reconfigure(line_buffering=True)
            setattr(sys, name, inner)
    try:
        yield
    finally:
        for stream in (sys.stdout, sys.stderr):
            with contextlib.suppress(OSError, ValueError, AttributeError):
                stream.flush()
        sys.stdout, sys.stderr = before


@contextlib.contextmanager
def announcing_exit() -> Iterator[None]:
    """`os._exit` inside is announced before it happens.

    For Ray a process that left and one that was killed look the same; only the killed one
    is worth another try.
    """
    leave = os._exit

    def announced(code: int) -> None:
        send({"kind": "exit", "code": code})
        leave(code)

    os._exit = announced  # type: ignore[assignment]
    try:
        yield
    finally:
        os._exit = leave


def _write(stream: TextIO | None, message: Message) -> None:
    text = _TO_JSON(message)
    with contextlib.suppress(OSError, ValueError, AttributeError):
        # One call, so that lines of other threads cannot come in between.
        stream.write(f"{PREFIX}{text}\n")  # type: ignore[union-attr]
        stream.flush()  # type: ignore[union-attr]

"""Keeps the process's own signal handlers, which Ray's core would replace."""

from __future__ import annotations

import contextlib
import ctypes
import signal
import sys
from collections.abc import Iterator

# Larger than `struct sigaction` of any Linux or macOS C library.
_BUFFER_BYTES = 512


@contextlib.contextmanager
def kept(number: int = signal.SIGTERM) -> Iterator[None]:
    """Put the handler of a signal back as it was, whatever is installed in between.

    Ray's core answers SIGTERM with a stack trace and an abort. Python can set handlers from
    the main thread only, and not those of C, so this goes through the C library.
    """
    if not sys.platform.startswith(("linux", "darwin")):
        yield
        return
    library = ctypes.CDLL(None)
    before = ctypes.create_string_buffer(_BUFFER_BYTES)
    library.sigaction(number, None, before)
    try:
        yield
    finally:
        library.sigaction(number, before, None)

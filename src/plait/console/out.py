"""The stream that results are written to."""

from __future__ import annotations

import contextlib
import os
import shutil
import sys
from collections.abc import Iterable, Iterator
from typing import IO


class Out:
    """A text stream that a reader may close at any time; what is written then is dropped."""

    def __init__(self, stream: IO[str]) -> None:
        self.stream = stream
        self._closed = False
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            # A label may hold what the terminal's encoding lacks, or a broken file name.
            with contextlib.suppress(ValueError, OSError):
                reconfigure(errors="backslashreplace")

    @classmethod
    @contextlib.contextmanager
    def private(cls, stream: IO[str]) -> Iterator[Out]:
        """`stream` for this process's own results alone.

        Inside, file descriptor 1 is stderr: what libraries and child processes print goes there.
        """
        if stream is not sys.__stdout__ or stream.fileno() != 1:
            yield cls(stream)
            return
        stream.flush()
        own = os.dup(1)
        os.dup2(2, 1)
        with open(own, "w", encoding="utf-8", closefd=False) as text:
            try:
                yield cls(text)
            finally:
                with contextlib.suppress(OSError):
                    text.flush()
                os.dup2(own, 1)
                os.close(own)

    @property
    def terminal(self) -> bool:
        """Whether a person watches, on something that can move its cursor."""
        return self.stream.isatty() and os.environ.get("TERM", "dumb") != "dumb"

    def width(self) -> int:
        """Columns to fill."""
        return shutil.get_terminal_size((120, 24)).columns

    def line(self, text: str = "") -> None:
        """Write one line, now."""
        if self._closed:
            return
        try:
            self.stream.write(text + "\n")
            self.stream.flush()
        except BrokenPipeError:
            self._closed = True
            # What is still buffered would fail once more when the stream is closed.
            with contextlib.suppress(OSError, ValueError):
                os.dup2(os.open(os.devnull, os.O_WRONLY), self.stream.fileno())

    def lines(self, texts: Iterable[str]) -> None:
        """Write lines."""
        for text in texts:
            self.line(text)

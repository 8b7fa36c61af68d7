"""Reading a store's file in few requests."""

from __future__ import annotations

import io
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import IO

BLOCK_BYTES = 2**20


class BlockReader(io.RawIOBase):
    """A file of a store that is read block by block, from any position.

    What reads text asks for 8 KiB at a time; without this each such piece is a request of its
    own. source: the file as Arrow opens it; it is closed with this. errors: the translation of
    what the store reports.
    """

    def __init__(self, source: IO[bytes], errors: Callable[[], AbstractContextManager[None]]):
        self._source = source
        self._errors = errors
        self._start = 0
        self._block = b""
        self._position = 0

    def readable(self) -> bool:
        """True."""
        return True

    def seekable(self) -> bool:
        """True."""
        return True

    def tell(self) -> int:
        """The position in bytes."""
        return self._position

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Go to a position in bytes, counted from where `whence` says; nothing is read yet."""
        if whence == io.SEEK_END:
            offset = self._source.seek(offset, whence)
        self._position = offset + (self._position if whence == io.SEEK_CUR else 0)
        return self._position

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        """Fill a buffer as far as the present block goes; 0 at the end. Raises OSError."""
        at = self._position - self._start
        if not 0 <= at < len(self._block):
            with self._errors():
                self._source.seek(self._position)
                self._block = self._source.read(max(BLOCK_BYTES, len(buffer)))
            self._start, at = self._position, 0
        piece = self._block[at : at + len(buffer)]
        buffer[: len(piece)] = piece
        self._position += len(piece)
        return len(piece)

    def close(self) -> None:
        """Close the file."""
        if not self.closed:
            self._source.close()
        super().close()

"""Text files as the reader looks into them, packed or not."""

from __future__ import annotations

import bz2
import gzip
import io
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, cast

from plait.errors import DataError
from plait.storage.paths import AnyPath, binary

PACKED = (".gz", ".bz2")
_LONGEST_NAME = 200


def open_text(path: AnyPath, encoding: str = "utf-8", *, keep_mark: bool = False) -> IO[str]:
    """A text file, unpacked as `open_bytes` does.

    keep_mark: whether a byte order mark of UTF-8 stays as a character. Raises OSError.
    """
    if not keep_mark and encoding.lower().replace("_", "-") == "utf-8":
        encoding = "utf-8-sig"
    return io.TextIOWrapper(open_bytes(path), encoding=encoding, errors="replace", newline="")


def open_bytes(path: AnyPath) -> IO[bytes]:
    """A file, unpacked when its name ends with .gz or .bz2. Raises OSError."""
    openers: dict[str, Callable[..., Any]] = {".gz": gzip.open, ".bz2": bz2.open}
    opener = openers.get(path.suffix.lower())
    if opener is None:
        return binary(path)
    return cast("IO[bytes]", opener(path if isinstance(path, Path) else binary(path), "rb"))


@contextmanager
def as_data_error(path: object) -> Iterator[None]:
    """Raise a DataError that names `path` for what cannot be read or unpacked."""
    shown = str(path)
    shown = shown if len(shown) <= _LONGEST_NAME else f"{shown[:_LONGEST_NAME]} …"
    try:
        yield
    except OSError as problem:
        raise DataError(f"'{shown}' cannot be read: {problem.strerror or problem}") from problem
    except (EOFError, zlib.error) as problem:
        raise DataError(f"'{shown}' cannot be unpacked: {problem}") from problem
    except UnicodeError as problem:
        raise DataError(
            f"'{shown}' is not text of the encoding asked for: {problem}",
            hint='name the encoding of the files: encoding="…"',
        ) from problem

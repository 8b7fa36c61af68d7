"""Text files as the reader looks into them, packed or not."""

from __future__ import annotations

import bz2
import gzip
import io
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import IO, Any, cast

from plait.storage.paths import AnyPath, binary

PACKED = (".gz", ".bz2")


def open_text(path: AnyPath, encoding: str = "utf-8") -> IO[str]:
    """A text file, unpacked when its name ends with .gz or .bz2; a byte order mark is dropped.

    Raises OSError.
    """
    encoding = "utf-8-sig" if encoding.lower().replace("_", "-") == "utf-8" else encoding
    openers: Mapping[str, Callable[..., Any]] = {".gz": gzip.open, ".bz2": bz2.open}
    opener = openers.get(path.suffix.lower())
    if opener is None:
        return io.TextIOWrapper(binary(path), encoding=encoding, errors="replace", newline="")
    content = path if isinstance(path, Path) else binary(path)
    text = opener(content, "rt", encoding=encoding, errors="replace", newline="")
    return cast("IO[str]", text)

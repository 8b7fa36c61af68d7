"""Paths and URLs taken apart: the one place that reads `file:` URLs."""

from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple
from urllib.parse import unquote

S3_SCHEMES = ("s3", "s3a", "s3n")
_URL = re.compile(
    r"(?P<scheme>[A-Za-z][A-Za-z0-9+.-]+):(?://(?P<host>[^/]*)(?P<path>.*)|(?P<rooted>/.*))",
    re.DOTALL,
)


class Parts(NamedTuple):
    """A place taken apart; scheme and host are empty for a local path."""

    scheme: str
    host: str
    path: str


def split_url(place: str) -> Parts:
    """A path or URL taken apart, whatever its scheme; here alone `file:` URLs are read.

    `file:/d/x` and `file:///d/a%20b` are the local paths `/d/x` and `/d/a b`. A path without
    a scheme is taken as it is, and never decoded.
    """
    found = _URL.fullmatch(place)
    if found is None:
        return Parts("", "", place)
    scheme = found["scheme"].lower()
    if scheme == "file":
        return Parts("", "", "/" + unquote(place[len("file:") :]).lstrip("/"))
    if found["rooted"] is not None:
        return Parts(scheme, "", found["rooted"])
    return Parts(scheme, found["host"], found["path"])


def local_path(place: str, base: str | Path | None = None) -> Path:
    """A local path or `file:` URL as an absolute path; `~` is the user's home folder.

    base: the folder that a relative path starts from; None: the working directory.
    """
    return Path(base or "", Path(split_url(place).path).expanduser()).absolute()

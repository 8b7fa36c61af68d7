"""Paths and URLs taken apart: the one place that reads `file:` URLs."""

from __future__ import annotations

import os
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
    """A path taken apart; scheme and host are empty for one of this machine."""

    scheme: str
    host: str
    path: str


def split_url(path: str) -> Parts:
    """A path or URL taken apart, whatever its scheme; here alone `file:` URLs are read.

    `file:/d/x` and `file:///d/a%20b` are the local paths `/d/x` and `/d/a b`. A path without
    a scheme is taken as it is, and never decoded.
    """
    found = _URL.fullmatch(path)
    if found is None:
        return Parts("", "", path)
    scheme = found["scheme"].lower()
    if scheme == "file":
        return Parts("", "", "/" + unquote(path[len("file:") :]).lstrip("/"))
    if found["rooted"] is not None:
        return Parts(scheme, "", found["rooted"])
    return Parts(scheme, found["host"], found["path"])


def local_path(path: str, base: str | Path | None = None) -> Path:
    """A local path or `file:` URL as an absolute path; `~` is the user's home folder.

    base: the folder that a relative path starts from; None: the working directory.
    """
    return Path(absolute(split_url(path).path, base))


def absolute(path: str, base: str | Path | None = None) -> str:
    """The text of `local_path`, for a path that is no URL; `..` and links stay in it."""
    # A script may name ten thousand paths, for which pathlib is three times as slow.
    return os.path.join(os.getcwd(), base or "", os.path.expanduser(path))  # noqa: PTH109, PTH111, PTH118


def parts_of(path: str) -> Parts:
    """A local path, or one in S3 (`s3a://bucket/…`, also s3://, s3n://) or HDFS, taken apart.

    Raises ValueError for another scheme, a URL without a bucket, or one with a key in it.
    """
    scheme, host, below = split_url(path)
    if not scheme:
        return Parts("", "", below)
    if scheme not in (*S3_SCHEMES, "hdfs"):
        raise ValueError(f"'{path}' is neither a local path nor one of s3a:// and hdfs://")
    if "@" in host:
        raise ValueError("a path holds no key or password: they belong into the storage settings")
    if scheme in S3_SCHEMES and not host:
        raise ValueError(f"'{path}' names no bucket: s3a://bucket/path")
    return Parts(scheme, host, below)


def is_remote(path: str) -> bool:
    """Whether a path is in a store that every machine reaches. Raises ValueError as parts_of."""
    return bool(parts_of(path).scheme)

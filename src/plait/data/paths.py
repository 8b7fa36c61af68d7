"""Paths of this machine as Spark understands them: globs, braces, `file:` addresses."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from plait.errors import DataError, suggestion

_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]+):")
_FILE = re.compile(r"^file:(?://(?:localhost)?)?/", re.IGNORECASE)
_GLOB = re.compile(r"[*?\[{]")


def is_local(path: str) -> bool:
    """Whether `path` names something on this machine's own file system."""
    scheme = _SCHEME.match(path)
    return scheme is None or scheme[1].lower() == "file"


def local_path(path: str) -> str:
    """A local path without `file:`."""
    return _FILE.sub("/", path)


def existing(path: str) -> list[str]:
    """`path` itself, or what it matches when it is a glob; another file system's as it stands.

    Raises DataError when there is nothing.
    """
    if not is_local(path):
        return [path]
    plain = local_path(path)
    if Path(plain).exists():
        return [path]
    if not _GLOB.search(plain):
        raise DataError(f"there is nothing at {plain}", hint=_neighbours(plain))
    found = {match for one in _braces(plain) for match in _matches(Path(one))}
    visible = sorted(str(match) for match in found if match.name[0] not in "_.")
    if not visible:
        raise DataError(f"nothing matches {plain}")
    return visible


def _matches(pattern: Path) -> Iterator[Path]:
    return Path(pattern.anchor).glob(str(pattern.relative_to(pattern.anchor)))


def _braces(pattern: str) -> list[str]:
    """The patterns that `{a,b}` stands for, which Python's glob does not know."""
    found = re.search(r"\{([^{}]*)\}", pattern)
    if found is None:
        return [pattern]
    head, tail = pattern[: found.start()], pattern[found.end() :]
    return [one for part in found[1].split(",") for one in _braces(head + part + tail)]


def _neighbours(plain: str) -> str | None:
    """What to say about the nearest folder that does exist."""
    path = Path(plain)
    parent = next((p for p in path.absolute().parents if p.is_dir()), None)
    if parent is None:
        return None
    if parent != path.absolute().parent:
        return f"the folder {path.parent} does not exist either"
    names = [entry.name for entry in parent.iterdir() if not entry.name.startswith((".", "_"))]
    return suggestion(path.name, names) or None

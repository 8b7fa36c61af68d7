"""Where things lie, in one normal form, and which steps touch the same location.

A location is made once, by the planner. Two spellings of one place (`out/x`, its absolute
path, `file:/…`, `a/../b`, `s3://` and `s3a://`, a folder and a link to it) are equal
locations.
"""

from __future__ import annotations

import os
import posixpath
import re
from collections import defaultdict
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

from plait.worker.urls import S3_SCHEMES, absolute, split_url

_GLOB = re.compile(r"[*?\[{]")


@dataclass(frozen=True, slots=True)
class Location:
    """A file, a folder, or a table whose folder is not known.

    scheme: empty on this machine, 's3a' for every spelling of S3, 'hdfs' …; 'table' for a
        table of a metastore. authority: the bucket or host; empty for HDFS, as all its paths
        are in the cluster that the settings name. path: absolute and normal, with symbolic
        links followed as far as they are there; of a glob, the folder in which all matches are.
    """

    scheme: str
    authority: str
    path: str

    @classmethod
    def of(
        cls,
        text: str,
        base: str | Path | None = None,
        links: dict[str, str] | None = None,
    ) -> Location:
        """The location of a path or URL as it is written in a script or in the settings.

        base: the folder that a relative path starts from; None: the working directory.
        links: folders whose links were followed before, with what was found; it is added to.
        """
        scheme, authority, path = split_url(text)
        folder = split_pattern(path)[0]
        if not scheme:
            return cls("", "", _resolved(folder, base, {} if links is None else links))
        scheme = "s3a" if scheme in S3_SCHEMES else scheme
        return cls(scheme, "" if scheme == "hdfs" else authority, _normal(folder))

    def below(self, *names: str) -> Location:
        """The location `names` further down."""
        path = posixpath.join(self.path, *names)
        return Location(
            self.scheme, self.authority, path if self.scheme else _resolved(path, None, {})
        )

    def is_in(self, other: Location) -> bool:
        """Whether this is `other`, or lies below it."""
        return str(other) in _ladder(self)

    def __str__(self) -> str:
        return f"{self.scheme}://{self.authority}{self.path}" if self.scheme else self.path


@dataclass(frozen=True, slots=True)
class PathTarget:
    """Files of a format, as load and save name them. path: as it is written in the script."""

    format: str
    path: str
    location: Location

    @classmethod
    def of(cls, format: str, path: str, links: dict[str, str] | None = None) -> PathTarget:
        """The target of a path as it is written, relative to the working directory.

        links: as for `Location.of`.
        """
        return cls(format, path, Location.of(path, links=links))

    @property
    def uri(self) -> str:
        """The target as a model's manifest names its sources."""
        return f"{self.format}:{self.path}"

    def __str__(self) -> str:
        return f"{self.format} {self.path}"


@dataclass(frozen=True, slots=True)
class TableTarget:
    """A table of the lake or of a metastore. name: `db.table`.

    location: its folder in a lake; in a metastore a location of its own.
    """

    name: str
    location: Location

    @property
    def uri(self) -> str:
        """The target as a model's manifest names its sources."""
        return f"hive:{self.name}"

    def __str__(self) -> str:
        return f"hive {self.name}"


Target = PathTarget | TableTarget


@dataclass(slots=True)
class LocationIndex:
    """Ids of steps by location; a question takes time with a path's depth, not with the steps."""

    at: dict[str, list[int]] = field(default_factory=lambda: defaultdict(list))
    below: dict[str, list[int]] = field(default_factory=lambda: defaultdict(list))

    def add(self, location: Location, step: int) -> None:
        """Note that a step touches a location."""
        exact, *parents = _ladder(location)
        self.at[exact].append(step)
        for parent in parents:
            self.below[parent].append(step)

    def touching(self, location: Location) -> tuple[int, ...]:
        """Steps that touch a location, something inside it, or something that contains it."""
        exact, *parents = _ladder(location)
        found = [*self.at.get(exact, ()), *self.below.get(exact, ())]
        for parent in parents:
            found.extend(self.at.get(parent, ()))
        return tuple(found)

    def remove(self, location: Location) -> None:
        """Forget a location, because what was there has been removed."""
        self.at.pop(str(location), None)

    def steps(self) -> tuple[int, ...]:
        """Every step that touches a location."""
        return tuple(sorted({step for steps in self.at.values() for step in steps}))


def split_pattern(path: str) -> tuple[str, str]:
    """The folder in which all that a glob can match lies, and the rest of the path.

    The rest is empty for a path that is no glob.
    """
    pattern = _GLOB.search(path)
    if pattern is None:
        return path, ""
    end = path.rfind("/", 0, pattern.start()) + 1
    return path[:end], path[end:]


def _normal(path: str) -> str:
    """An absolute path without empty parts, `.` and `..`; `//x` is `/x`."""
    return posixpath.normpath("/" + path.lstrip("/"))


def _resolved(path: str, base: str | Path | None, links: dict[str, str]) -> str:
    """A path of this machine, absolute and normal, with the links that are there followed.

    base: as for `Location.of`. links: what was found for folders before. A script may name
    thousands of files of a few folders, and each part of each path would be asked for.
    """
    folder, name = os.path.split(path)
    try:
        if name in ("", ".", "..") or name[0] == "~":
            return os.path.realpath(absolute(path, base))
        if folder not in links:
            links[folder] = os.path.realpath(absolute(folder, base))
        found = posixpath.join(links[folder], name)
        return os.path.realpath(found) if os.path.islink(found) else found  # noqa: PTH114
    except (OSError, ValueError):  # a name that no file can have
        return _normal(absolute(path, base))


@lru_cache(maxsize=2**16)
def _ladder(location: Location) -> tuple[str, ...]:
    """The location itself, then everything that contains it, as text: that is quick to look up."""
    root = str(location).removesuffix(location.path)
    path = location.path
    rungs = [root + path]
    while (end := path.rfind("/")) > 0:
        path = path[:end]
        rungs.append(root + path)
    if path != "/":
        rungs.append(root + "/")
    return tuple(rungs)

"""Which steps touch the same place of the lake, told from the places' text alone.

A place is a path, `hive:db.table` or `model:path`. Two paths overlap when one lies in the
other; a glob stands for the folder that its fixed part ends in.
"""

from __future__ import annotations

import posixpath
import re
from collections import defaultdict
from dataclasses import dataclass, field
from functools import lru_cache

_GLOB = re.compile(r"[*?\[{]")


@dataclass(slots=True)
class Places:
    """Places and the ids of the steps that write there, found in time of a path's depth."""

    at: dict[str, list[int]] = field(default_factory=lambda: defaultdict(list))
    below: dict[str, list[int]] = field(default_factory=lambda: defaultdict(list))

    def add(self, place: str, step: int) -> None:
        """A step writes at a place."""
        exact, *parents = _ladder(place)
        self.at[exact].append(step)
        for parent in parents:
            self.below[parent].append(step)

    def touching(self, place: str) -> tuple[int, ...]:
        """Steps that write at a place, inside it, or at something that contains it."""
        exact, *parents = _ladder(place)
        found = [*self.at.get(exact, ()), *self.below.get(exact, ())]
        for parent in parents:
            found.extend(self.at.get(parent, ()))
        return tuple(found)

    def remove(self, place: str) -> None:
        """Forget a place, because it is gone."""
        self.at.pop(_ladder(place)[0], None)

    def steps(self) -> tuple[int, ...]:
        """Every step that writes somewhere."""
        return tuple(sorted({step for steps in self.at.values() for step in steps}))


def fixed_part(path: str) -> str:
    """The folder in which all that a pattern can match lies; a path that is none, as it is."""
    pattern = _GLOB.search(path)
    return path if pattern is None else posixpath.dirname(path[: pattern.start()])


@lru_cache(maxsize=2**16)
def _ladder(place: str) -> tuple[str, ...]:
    """The place itself, then everything that contains it."""
    if place.startswith("hive:"):
        return (place,)
    scheme = "model:" if place.startswith("model:") else ""
    path = place.removeprefix(scheme)
    path = posixpath.normpath(fixed_part(path.removeprefix("file://")) or ".")
    rungs = [scheme + path]
    while (parent := posixpath.dirname(path)) != path:
        rungs.append(scheme + parent)
        path = parent
    return tuple(rungs)

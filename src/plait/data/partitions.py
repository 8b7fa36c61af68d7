"""Folders named `column=value`: which columns they are, typed as Spark infers them."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote

from plait.data.paths import is_local, local_path

NULL = "__HIVE_DEFAULT_PARTITION__"
_FOLDER = re.compile(r"([^=/]+)=(.*)", re.DOTALL)
_INTEGER = re.compile(r"[+-]?\d+")
_DOUBLE = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?")
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_TIMESTAMP = re.compile(r"\d{4}-\d{2}-\d{2}[ T]\d{2}:\d{2}:\d{2}(?:\.\d{1,6})?")
# Wider types last; two kinds meet in the later one, anything else meets in text.
_NUMBERS = ("int", "bigint", "double")
_TIMES = ("date", "timestamp")


@dataclass(frozen=True, slots=True)
class Column:
    """A partition column and the SQL type of its values."""

    name: str
    type: str


def columns(paths: Sequence[str]) -> tuple[Column, ...]:
    """The partition columns below `paths`, in the order of the folders."""
    kinds: dict[str, str | None] = {}
    for path in paths:
        if not is_local(path):
            continue
        for name, value in _values(Path(local_path(path))):
            kinds[name] = _wider(kinds.get(name), _kind(value))
    return tuple(Column(name, kind or "string") for name, kind in kinds.items())


def _values(folder: Path) -> Iterator[tuple[str, str]]:
    try:
        entries = sorted(_partition_folders(folder), key=lambda entry: entry.name)
    except OSError:
        return
    for entry in entries:
        found = _FOLDER.fullmatch(entry.name)
        if found is not None:
            yield unquote(found[1]), unquote(found[2])
            yield from _values(Path(entry.path))


def _partition_folders(folder: Path) -> Iterable[os.DirEntry[str]]:
    if not folder.is_dir():
        return []
    with os.scandir(folder) as entries:
        return [e for e in entries if "=" in e.name and e.name[0] not in "._" and e.is_dir()]


def _kind(value: str) -> str | None:
    """The narrowest type of one value; None for null, which has every type."""
    if value in (NULL, ""):
        return None
    if _INTEGER.fullmatch(value):
        number = int(value)
        if -(2**31) <= number < 2**31:
            return "int"
        return "bigint" if -(2**63) <= number < 2**63 else "string"
    if _DOUBLE.fullmatch(value):
        return "double"
    if _DATE.fullmatch(value):
        return "date"
    return "timestamp" if _TIMESTAMP.fullmatch(value) else "string"


def _wider(left: str | None, right: str | None) -> str | None:
    if left is None or right is None or left == right:
        return left or right
    for family in (_NUMBERS, _TIMES):
        if left in family and right in family:
            return max(left, right, key=family.index)
    return "string"

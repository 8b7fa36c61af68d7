"""Which files a path means, and what their folders say: pure, no engine.

A path of a script is relative to the working directory, absolute, begins with `~`, is a glob,
or names a store (`s3a://…`, `hdfs://…`). Of other file systems nothing can be said here.
"""

from __future__ import annotations

import glob
import re
from collections.abc import Iterable, Iterator
from datetime import date, datetime
from fnmatch import fnmatchcase
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote

from plait.errors import DataError, nearest, suggestion
from plait.storage.paths import AnyPath, RemotePath, is_store, path_of, require_store
from plait.worker import urls

if TYPE_CHECKING:
    from plait.storage.credentials import Storage

NULL_PARTITION = "__HIVE_DEFAULT_PARTITION__"
_GLOB = re.compile(r"[*?\[{]")
_UNUSABLE = re.compile(r"[*?\[\]{}\\]")
_UNUSABLE_IN_URL = re.compile(r"[%#]")
_BRACES = re.compile(r"\{([^{}]*)\}")


def is_remote(path: str) -> bool:
    """Whether `path` names another file system than the local one."""
    return bool(urls.split_url(path).scheme)


def is_foreign(path: str) -> bool:
    """Whether `path` names a file system that only an engine may know, such as abfss://."""
    return is_remote(path) and not is_store(path)


def place(path: str, storage: Storage | None = None) -> AnyPath:
    """`path` as a place in a store or here; globs are left in it. Raises DataError."""
    return path_of(path, storage) if is_store(path) else local_path(path)


def local_path(path: str) -> Path:
    """`path` as an absolute local path; globs are left in it. Raises DataError if empty."""
    if not path.strip():
        raise DataError("the path is empty")
    return urls.local_path(path)


def expand(path: str, storage: Storage | None = None) -> tuple[AnyPath, ...]:
    """The files and folders that `path` means, sorted; at least one.

    storage: how a store is reached. Raises DataError, with the nearest existing name, when
    there is none.
    """
    full = place(path, storage)
    try:
        if isinstance(full, RemotePath):
            require_store(full)
        there = full.exists()
    except OSError as problem:  # a name that no file can have, a folder that may not be read
        shown = path if len(path) <= 200 else f"{path[:200]} …"
        raise DataError(f"'{shown}' cannot be read: {problem.strerror}") from None
    if there:
        return (usable(full),)
    if full.is_symlink():
        raise DataError(f"'{path}' is a link to {full.readlink()}, which is not there")
    if _GLOB.search(path):
        found = sorted({hit for text in _alternatives(str(full)) for hit in _hits(full, text)})
        if found:
            return tuple(usable(hit) for hit in found)
        raise DataError(f"no file matches '{path}'", hint=_hint(_fixed_part(full)))
    raise DataError(f"there is no file or folder '{path}'", hint=_hint(full))


def data_files(path: AnyPath) -> Iterator[AnyPath]:
    """The file itself, or all files below a folder that are not hidden, sorted."""
    if path.is_file():
        yield path
        return
    if isinstance(path, RemotePath):
        if not path.exists():
            raise DataError(f"there is no file or folder '{path}'")
        for each in path.walk():
            if each.is_file() and not any(map(_hides, each.relative_to(path).parts)):
                yield each
        return
    if path.exists() and not path.is_dir():
        raise DataError(f"{path} is neither a file nor a folder")
    if path.is_symlink() and not path.exists():
        raise DataError(f"{path} is a link to {path.readlink()}, which is not there")
    for entry in sorted(path.iterdir()):
        if not is_hidden(entry):
            yield from data_files(entry)


def is_hidden(entry: AnyPath) -> bool:
    """Whether every engine passes over this file or folder of a table."""
    return _hides(entry.name)


def _hides(name: str) -> bool:
    return name.startswith((".", "_")) and "=" not in name


def partitions(root: AnyPath) -> dict[str, set[str | None]]:
    """Partition column → its values, from folders named `column=value` below `root`.

    In the order of nesting; empty when the first folder below is not of that kind.
    """
    found: dict[str, set[str | None]] = {}
    if isinstance(root, RemotePath):
        _collect_remote(root, found)
    elif root.is_dir():
        _collect(root, found)
    return found


def partition_value(folder: str) -> tuple[str, str | None] | None:
    """Column and value of a folder's name, or None when it is not of the kind `k=v`."""
    column, equals, value = folder.partition("=")
    if not equals or not column:
        return None
    decoded = unquote(value)
    return unquote(column), None if decoded in ("", NULL_PARTITION) else decoded


def partition_type(values: Iterable[str | None]) -> str:
    """The type that Spark gives a partition column with these values."""
    texts = [value for value in values if value is not None]
    if not texts:
        return "string"
    return next(kind for kind, fits in _TYPES if all(fits(text) for text in texts))


def _collect(folder: Path, found: dict[str, set[str | None]]) -> None:
    for entry in folder.iterdir():
        pair = partition_value(entry.name)
        if pair is not None and entry.is_dir():
            found.setdefault(pair[0], set()).add(pair[1])
            _collect(entry, found)


def _collect_remote(root: RemotePath, found: dict[str, set[str | None]]) -> None:
    """The same from one listing of everything below."""
    for entry in root.walk() if root.is_dir() else ():
        names = entry.relative_to(root).parts
        for name in names if entry.is_dir() else names[:-1]:
            pair = partition_value(name)
            if pair is None:
                break
            found.setdefault(pair[0], set()).add(pair[1])


def _is_integer(text: str, bits: int) -> bool:
    return re.fullmatch(r"[+-]?\d{1,19}", text) is not None and (
        -(2 ** (bits - 1)) <= int(text) < 2 ** (bits - 1)
    )


def _is_int(text: str) -> bool:
    return _is_integer(text, 32)


def _is_bigint(text: str) -> bool:
    return _is_integer(text, 64)


def _is_double(text: str) -> bool:
    return re.fullmatch(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", text) is not None


def _is_date(text: str) -> bool:
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def _is_timestamp(text: str) -> bool:
    try:
        return len(datetime.fromisoformat(text).isoformat()) <= len(text) + 7 and ":" in text
    except ValueError:
        return False


def _is_text(text: str) -> bool:  # noqa: ARG001 - the last resort takes all
    return True


_TYPES = (
    ("int", _is_int),
    ("bigint", _is_bigint),
    ("double", _is_double),
    ("date", _is_date),
    ("timestamp", _is_timestamp),
    ("string", _is_text),
)


def usable(path: AnyPath) -> AnyPath:
    """`path` itself. Raises DataError when an engine would take it for a pattern."""
    if isinstance(path, RemotePath) and _UNUSABLE_IN_URL.search(str(path)):
        raise DataError(
            f"the path '{path}' has a character that stands for another in a URL",
            hint="rename the file or folder: % and # cannot be in its path",
        )
    if _UNUSABLE.search(str(path)):
        raise DataError(
            f"the path '{path}' has a character that stands for others in a pattern",
            hint="rename the file or folder: * ? [ ] { } and \\ cannot be in its path",
        )
    return path


def _hits(full: AnyPath, text: str) -> Iterator[AnyPath]:
    """What a pattern means in the file system of `full`."""
    if isinstance(full, Path):
        yield from _glob(text)
        return
    root = full.parents[-1]
    yield from _matching(root, text.removeprefix(str(root)).strip("/").split("/"))


def _matching(folder: RemotePath, names: list[str]) -> Iterator[RemotePath]:
    head, *rest = names
    found: Iterable[RemotePath]
    if head == "**":
        yield from _matching(folder, rest or ["*"])
        found, rest = (each for each in folder.iterdir() if each.is_dir()), names
    elif _GLOB.search(head):
        found = (each for each in folder.iterdir() if fnmatchcase(each.name, head))
    else:
        found = [folder / head]
    for each in found:
        if each.name.startswith(".") and not head.startswith("."):
            continue
        if rest and each.is_dir():
            yield from _matching(each, rest)
        elif not rest and each.exists() and not is_hidden(each):
            yield each


def _glob(text: str) -> Iterator[Path]:
    for hit in glob.glob(text, recursive=True):  # noqa: PTH207 - absolute patterns
        if not is_hidden(Path(hit)):
            yield Path(hit)


def _alternatives(text: str) -> list[str]:
    """`a{b,c}` as `ab` and `ac`, which Spark's globs have and Python's lack."""
    braces = _BRACES.search(text)
    if braces is None:
        return [text]
    return [
        done
        for choice in braces[1].split(",")
        for done in _alternatives(text[: braces.start()] + choice + text[braces.end() :])
    ]


def _fixed_part(path: AnyPath) -> AnyPath:
    while _GLOB.search(str(path)):
        path = path.parent
    return path


def _hint(missing: AnyPath) -> str | None:
    """What is there, at the first part of the path that is not."""
    try:
        return _near(missing)
    except OSError:
        return None


def _near(missing: AnyPath) -> str | None:
    if missing.is_dir():
        names = [e.name for e in missing.iterdir() if not is_hidden(e)]
        return f"in {missing}: {', '.join(sorted(names)[:12])}" if names else f"{missing} is empty"
    while not missing.parent.exists():
        missing = missing.parent
    parent = missing.parent
    if not parent.is_dir():
        return f"{parent} is not a folder"
    names = [e.name for e in parent.iterdir() if not is_hidden(e)]
    near = nearest(missing.name, names)
    if near is not None:
        return f"did you mean '{parent / near}'?"
    listed = suggestion(missing.name, names)
    return f"in {parent} {listed}" if listed else f"{parent} is empty"

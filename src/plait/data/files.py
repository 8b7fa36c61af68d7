"""Which files a path means: no engine is asked.

A path of a script is relative to the working directory, absolute, begins with `~`, is a glob,
or names a store (`s3a://…`, `hdfs://…`). What lies in other file systems only an engine can see.
"""

from __future__ import annotations

import glob
import re
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import TYPE_CHECKING

from plait.data.text_files import as_data_error
from plait.errors import DataError, nearest, suggestion
from plait.storage.listing import FileEntry, list_files
from plait.storage.paths import AnyPath, RemotePath, is_store, path_of, require_store
from plait.worker import urls

if TYPE_CHECKING:
    from plait.storage.credentials import Storage

_GLOB = re.compile(r"[*?\[{]")
_UNUSABLE = re.compile(r"[*?\[\]{}\\]")
_UNUSABLE_IN_URL = re.compile(r"[%#]")
_LISTINGS = 20
_BRACES = re.compile(r"\{([^{}]*)\}")


@dataclass(frozen=True, slots=True)
class Listing:
    """The data files at a path, sorted: the file itself, or those at any depth below a folder."""

    root: AnyPath
    files: tuple[FileEntry, ...]

    @property
    def size_bytes(self) -> int:
        """Of all files together."""
        return sum(file.size_bytes for file in self.files)


def is_remote(path: str) -> bool:
    """Whether `path` names another file system than the local one."""
    return bool(urls.split_url(path).scheme)


def is_foreign(path: str) -> bool:
    """Whether `path` names a file system that only an engine may know, such as abfss://."""
    return is_remote(path) and not is_store(path)


def expand(path: str, storage: Storage | None = None) -> tuple[AnyPath, ...]:
    """The files and folders that `path` means, sorted; at least one.

    storage: how a store is reached. Raises DataError, with the nearest existing name, when
    there is none.
    """
    full = _path(path, storage)
    with as_data_error(path):
        if isinstance(full, RemotePath):
            require_store(full)
        there = full.exists()
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


def output_folder(path: str, storage: Storage | None = None) -> AnyPath:
    """The folder that a save writes, which need not exist. Raises DataError."""
    return usable(_path(path, storage))


def resolve_path(path: str, storage: Storage | None = None) -> tuple[Listing, ...]:
    """What `path` means: files and folders, sorted, each listed once; at least one.

    A folder in a store is listed without asking first whether it is there, which would be a
    listing too. Raises what `expand` raises, DataError for what cannot be listed.
    """
    full = _path(path, storage)
    if isinstance(full, RemotePath) and not _GLOB.search(path):
        with as_data_error(path), suppress(FileNotFoundError):
            return (listing(usable(full)),)
    roots = expand(path, storage)
    with as_data_error(path):
        return tuple(listing(root) for root in roots)


def listing(root: AnyPath) -> Listing:
    """The file itself, or all files below a folder that are not hidden. Raises OSError.

    A folder that another run replaces meanwhile is listed anew.
    """
    for _ in range(_LISTINGS):
        before = _identity(root)
        with suppress(FileNotFoundError):
            found = list_files(root, is_hidden)
            if _identity(root) == before:
                return Listing(root, found)
    return Listing(root, list_files(root, is_hidden))


def _identity(root: AnyPath) -> tuple[int, int, int] | None:
    """What tells a folder of this machine from another that has taken its name since.

    The number of a removed folder may be given to a new one; the time of its last change is not.
    """
    if not isinstance(root, Path) or not root.exists():
        return None
    stat = root.stat()
    return stat.st_dev, stat.st_ino, stat.st_ctime_ns


def _path(path: str, storage: Storage | None) -> AnyPath:
    """An absolute path, in which a glob is left as it is. Raises DataError."""
    if not path.strip():
        raise DataError("the path is empty")
    return path_of(path, storage)


def is_hidden(name: str) -> bool:
    """Whether every engine passes over a file or folder of this name in a table."""
    return name.startswith((".", "_")) and "=" not in name


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
        elif not rest and each.exists() and not is_hidden(each.name):
            yield each


def _glob(text: str) -> Iterator[Path]:
    for hit in glob.glob(text, recursive=True):  # noqa: PTH207 - absolute patterns
        if not is_hidden(Path(hit).name):
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
        names = [e.name for e in missing.iterdir() if not is_hidden(e.name)]
        return f"in {missing}: {', '.join(sorted(names)[:12])}" if names else f"{missing} is empty"
    while not missing.parent.exists():
        missing = missing.parent
    parent = missing.parent
    if not parent.is_dir():
        return f"{parent} is not a folder"
    names = [e.name for e in parent.iterdir() if not is_hidden(e.name)]
    near = nearest(missing.name, names)
    if near is not None:
        return f"did you mean '{parent / near}'?"
    listed = suggestion(missing.name, names)
    return f"in {parent} {listed}" if listed else f"{parent} is empty"

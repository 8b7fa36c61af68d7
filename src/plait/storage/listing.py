"""The files below a path with their sizes and times, from one recursive listing.

In S3 a listing is one LIST for each 1,000 files and asks for no file by itself; in HDFS it is
one request for each folder. `list_files(root) -> tuple[FileEntry, ...]` is all that is needed
to resolve a table's files: their sizes, their times and the partitions in their folders' names.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from plait.storage.paths import AnyPath


@dataclass(frozen=True, slots=True)
class FileEntry:
    """One file as it was when its folder was listed.

    size_bytes: its length. modified: when it was last written, in seconds since 1970; 0 where
    the store does not say.
    """

    path: AnyPath
    size_bytes: int
    modified: float


def list_files(root: AnyPath, skip: Callable[[str], bool] | None = None) -> tuple[FileEntry, ...]:
    """Every file below a folder, sorted by path; of a file the file itself.

    skip: whether a file or folder of this name (below `root`) is passed over, with all that
    lies in it. Links are followed, but not into a folder that they lie in themselves.
    Raises FileNotFoundError when nothing is at `root`, or a link leads nowhere; OSError for
    what cannot be read, and for what is neither a file nor a folder.
    """
    skipped = skip or (lambda _: False)
    if isinstance(root, Path):
        return tuple(sorted(_local(root, skipped, ()), key=lambda entry: entry.path.parts))
    try:
        found = [each for each in root.walk() if each.is_file()]
    except (FileNotFoundError, NotADirectoryError):
        root = root.lookup()
        found = [] if root.is_dir() else [root]
    return tuple(
        FileEntry(each, (stat := each.stat()).st_size, stat.st_mtime)
        for each in found
        if not any(map(skipped, each.relative_to(root).parts))
    )


def _local(
    path: Path, skipped: Callable[[str], bool], above: tuple[tuple[int, int], ...]
) -> Iterator[FileEntry]:
    """above: device and number of each folder that `path` lies in, as far as it was listed."""
    try:
        stat = path.stat()
    except FileNotFoundError:
        if not path.is_symlink():
            raise FileNotFoundError(errno.ENOENT, f"there is no file or folder '{path}'") from None
        raise FileNotFoundError(
            errno.ENOENT, f"'{path}' is a link to '{path.readlink()}', which is not there"
        ) from None
    if path.is_file():
        yield FileEntry(path, stat.st_size, stat.st_mtime)
        return
    if not path.is_dir():
        raise OSError(errno.EINVAL, f"'{path}' is neither a file nor a folder")
    own = (stat.st_dev, stat.st_ino)
    if own in above:
        return
    for name in os.listdir(path):  # noqa: PTH208 - names are compared before paths are made
        if not skipped(name):
            yield from _local(path / name, skipped, (*above, own))


def below(folder: AnyPath, pattern: str) -> list[AnyPath]:
    """The files and folders below a folder whose name fits a pattern, sorted by path.

    Nothing when it is not a folder. Raises OSError for what cannot be read.
    """
    try:
        found: list[AnyPath] = [*folder.rglob(pattern)] if folder.is_dir() else []
    except FileNotFoundError:  # some S3 stores keep naming folders in which nothing is any more
        return []
    return sorted(found, key=str)


def entries(folder: AnyPath) -> list[AnyPath]:
    """What lies in a folder itself, sorted by path; nothing when it is not a folder.

    Raises OSError for what cannot be read.
    """
    try:
        return children(folder)
    except (FileNotFoundError, NotADirectoryError):
        return []


def children(folder: AnyPath) -> list[AnyPath]:
    """What lies in a folder itself, sorted by path.

    Raises FileNotFoundError where nothing is, NotADirectoryError for a file, OSError.
    """
    try:
        return sorted(folder.iterdir(), key=str)
    except (FileNotFoundError, NotADirectoryError):
        # S3 says the first of a file, and a disk the second of a path below a file.
        if folder.is_file():
            raise NotADirectoryError(errno.ENOTDIR, f"'{folder}' is a file") from None
        raise FileNotFoundError(errno.ENOENT, f"there is no '{folder}'") from None

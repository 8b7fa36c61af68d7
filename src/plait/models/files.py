"""Where a model lies: the few file operations that versions need, on a disk and in a store.

Names are relative to the model's path, with `/`; what fails raises OSError.
"""

from __future__ import annotations

import contextlib
import errno
import os
import shutil
import time
import uuid
from pathlib import Path
from typing import Protocol

from plait.storage.credentials import Storage
from plait.worker.storage import parts_of
from plait.worker.urls import S3_SCHEMES, local_path

_NO_LINKS = {errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK}


class Place(Protocol):
    """root: the place itself, an absolute local path or a URL without a slash at its end."""

    root: str

    def entries(self, folder: str) -> list[tuple[str, bool]]:
        """(name, whether it is a folder) of all that lies in a folder, in no order.

        Raises FileNotFoundError where nothing is, NotADirectoryError for a file.
        """

    def make(self, folder: str) -> None:
        """Make a folder and what it lies in; nothing where folders are not made."""

    def read(self, file: str) -> str:
        """The text of a file. Raises FileNotFoundError."""

    def write(self, file: str, text: str) -> None:
        """Write a file, so that a reader sees all of it or none."""

    def create(self, file: str, text: str, spare: str) -> bool:
        """Write a file that does not exist, whole at once; False when it exists.

        spare: the name of a file that may be used on the way, and may be left.
        """

    def age(self, file: str) -> float:
        """Seconds since a file was written; 0 where it is not known."""

    def remove(self, file: str) -> None:
        """Remove a file, if it is there."""

    def remove_folder(self, folder: str) -> bool:
        """Remove a folder with all below it as far as that works; whether it is gone."""

    def prune(self, folder: str) -> None:
        """Remove a folder if it is empty. Raises OSError if it is not."""

    def settle(self, folder: str) -> None:
        """Have every file below a folder survive a crash of the machine."""


def place_of(path: str | Path, storage: Storage) -> Place:
    """The place of `path`. Touches nothing. Raises ValueError for a path that cannot be one."""
    text = str(path)
    scheme = parts_of(text).scheme
    if not scheme:
        return LocalPlace(local_path(text))
    from plait.models import remote_files

    if scheme in S3_SCHEMES:
        return remote_files.S3Place(text, storage.access)
    return remote_files.HdfsPlace(text, storage.access)


class LocalPlace:
    """A folder of a disk of this machine."""

    def __init__(self, root: Path) -> None:
        self.root = str(root)
        self._root = root

    def entries(self, folder: str) -> list[tuple[str, bool]]:
        """What lies in a folder."""
        path = self._root / folder
        if not path.exists():
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), str(path))
        return [(each.name, each.is_dir()) for each in path.iterdir()]

    def make(self, folder: str) -> None:
        """Make a folder."""
        (self._root / folder).mkdir(parents=True, exist_ok=True)

    def read(self, file: str) -> str:
        """The text of a file."""
        return (self._root / file).read_text("utf-8")

    def write(self, file: str, text: str) -> None:
        """Write a file beside its place, then rename it."""
        path = self._root / file
        draft = path.with_name(f".{path.name}.{uuid.uuid4().hex}.tmp")
        try:
            with draft.open("w", encoding="utf-8") as out:
                out.write(text)
                out.flush()
                os.fsync(out.fileno())
            draft.replace(path)
        finally:
            draft.unlink(missing_ok=True)

    def create(self, file: str, text: str, spare: str) -> bool:
        """Write `spare`, then link it: a hard link is never made over what exists."""
        self.write(spare, text)
        path, whole = self._root / file, self._root / spare
        try:
            os.link(whole, path)
            return True
        except FileExistsError:
            return False
        except OSError as problem:
            if problem.errno not in _NO_LINKS:
                raise
            return self._create_claimed(path, whole)

    def _create_claimed(self, path: Path, whole: Path) -> bool:
        """`create` without hard links: the number is claimed by an exclusive file first.

        The claim stays, so that the check and the rename below cannot be raced.
        """
        try:
            path.with_suffix(".claim").open("x").close()
        except FileExistsError:
            return False
        if path.exists():
            return False
        whole.rename(path)
        return True

    def age(self, file: str) -> float:
        """Seconds since a file was written."""
        try:
            return time.time() - (self._root / file).stat().st_mtime
        except OSError:
            return 0.0

    def remove(self, file: str) -> None:
        """Remove a file."""
        (self._root / file).unlink(missing_ok=True)

    def remove_folder(self, folder: str) -> bool:
        """Remove a folder."""
        shutil.rmtree(self._root / folder, ignore_errors=True)
        return not (self._root / folder).exists()

    def prune(self, folder: str) -> None:
        """Remove an empty folder."""
        (self._root / folder).rmdir()

    def settle(self, folder: str) -> None:
        """Have the disk hold every file."""
        for path in (self._root / folder).rglob("*"):
            if path.is_file():
                with path.open("rb") as file:
                    os.fsync(file.fileno())


def below(place: Place, deepest: int) -> list[str]:
    """Folders at or below a place that hold a model's manifests, as paths; sorted.

    What lies inside of a model, and hidden folders, are not searched.
    """
    found: list[str] = []
    waiting = [("", 0)]
    while waiting:
        folder, depth = waiting.pop()
        with contextlib.suppress(FileNotFoundError, NotADirectoryError, PermissionError):
            folders = sorted(name for name, is_folder in place.entries(folder) if is_folder)
            inner = [f"{folder}/{name}".lstrip("/") for name in folders]
            if "versions" in folders and _manifests(place, f"{folder}/versions".lstrip("/")):
                found.append(f"{place.root}/{folder}".rstrip("/"))
            elif depth < deepest:
                waiting.extend(
                    (each, depth + 1)
                    for each, name in zip(inner, folders, strict=True)
                    if not name.startswith((".", "__"))
                )
    return sorted(found)


def _manifests(place: Place, folder: str) -> bool:
    names = [name for name, _ in place.entries(folder)]
    return any(name[:1].isdigit() and name.endswith(".json") for name in names)

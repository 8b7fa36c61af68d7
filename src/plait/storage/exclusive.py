"""Files that are made once: of several who create one at the same time, one succeeds."""

from __future__ import annotations

import errno
import os
import uuid
from pathlib import Path

from plait.storage import objects
from plait.storage.errors import store_errors
from plait.storage.paths import AnyPath, RemotePath

_NO_LINKS = {errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK}


def create(path: AnyPath, text: str, spare: AnyPath) -> bool:
    """Write a file that does not exist, whole at once; False when it exists.

    spare: a path on the same file system that may be used on the way, and may be left.
    Raises OSError when it cannot be written.
    """
    if isinstance(path, RemotePath):
        if not path.moves:
            with store_errors(str(path), path.storage.access):
                return objects.create(path.root, path.key, path.storage, text.encode("utf-8"))
        assert isinstance(spare, RemotePath)
        return _rename(spare, path, text)
    assert isinstance(spare, Path)
    write_durably(spare, text)
    try:
        os.link(spare, path)  # a hard link is never made over what exists
        return True
    except FileExistsError:
        return False
    except OSError as problem:
        if problem.errno not in _NO_LINKS:
            raise
        return _claim(path, spare)


def write_durably(path: AnyPath, text: str) -> None:
    """Write a file, or replace it, so that a reader sees all of it or the one before.

    It survives a crash of the machine. Raises OSError.
    """
    if isinstance(path, RemotePath):
        return path.write_text(text)
    temporary = path.with_name(f".{path.name}.{uuid.uuid4().hex}.tmp")
    try:
        with temporary.open("w", encoding="utf-8") as out:
            out.write(text)
            out.flush()
            os.fsync(out.fileno())
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)
    return None


def sync_files(folder: AnyPath) -> None:
    """Have every file below a folder survive a crash of the machine. Raises OSError.

    A file that was written to a store is safe already.
    """
    for path in folder.rglob("*") if isinstance(folder, Path) else ():
        if path.is_file():
            with path.open("rb") as file:
                os.fsync(file.fileno())


def _claim(path: Path, spare: Path) -> bool:
    """Create without hard links: the name is claimed by an exclusive file first.

    The claim stays, so that the check and the rename below cannot be raced.
    """
    try:
        path.with_suffix(".claim").open("x").close()
    except FileExistsError:
        return False
    if path.exists():
        return False
    spare.rename(path)
    return True


def _rename(spare: RemotePath, path: RemotePath, text: str) -> bool:
    """Write `spare`, then rename it: HDFS renames nothing over a file that exists."""
    spare.write_text(text)
    try:
        spare.rename(path)
        return True
    except FileExistsError:
        return False
    except OSError:
        if path.exists():  # somebody was faster, between the question and the renaming
            return False
        raise

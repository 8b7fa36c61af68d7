"""Folders on the disk of this node: what a task writes before it is uploaded, and fetched models.

They are in one folder of the user's own below the machine's temporary folder. What a dead
process left is removed when the next task uses that folder, and so is a model that nobody used
for a week.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import shutil
import tempfile
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

from plait.worker.processes import ProcessId
from plait.worker.storage import download
from plait.worker.urls import is_remote, parts_of

_UNUSED_SECONDS = 7 * 24 * 3600.0
_WORK = re.compile(r"work-(.+)-[^-]*")


@contextlib.contextmanager
def work() -> Iterator[Path]:
    """A new empty folder, removed afterwards. Raises OSError."""
    folder = Path(tempfile.mkdtemp(prefix=f"work-{ProcessId.here()}-", dir=_root()))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def fetched(folder: str, access: Mapping[str, str]) -> Path:
    """A local folder with the files of `folder`, which never change; fetched once for a node.

    A local folder is returned as it is. Raises OSError when it cannot be read, ValueError for
    an unknown scheme.
    """
    if not is_remote(folder):
        return Path(parts_of(folder).path)
    key = hashlib.sha256(f"{access.get('endpoint')} {folder}".encode()).hexdigest()[:32]
    home = _root() / f"model-{key}"
    if not home.is_dir():
        with work() as staged:
            files = staged / "files"
            files.mkdir()
            download(folder, files, access)
            # Another task may have been faster; what it fetched is the same.
            with contextlib.suppress(OSError):
                files.rename(home)
    os.utime(home)
    return home


def _root() -> Path:
    """The folder of all this, readable by this user alone. Raises OSError."""
    root = Path(tempfile.gettempdir()) / f"plait-{os.getuid()}"
    root.mkdir(mode=0o700, exist_ok=True)
    if root.lstat().st_uid != os.getuid() or not root.is_dir() or root.is_symlink():
        raise PermissionError(f"{root} belongs to somebody else")
    for folder in root.iterdir():
        if _is_unused(folder):
            shutil.rmtree(folder, ignore_errors=True)
    return root


def _is_unused(folder: Path) -> bool:
    """Whether nobody needs a folder any more."""
    found = _WORK.fullmatch(folder.name)
    with contextlib.suppress(ValueError):
        running = ProcessId.parse(found[1]).is_running() if found is not None else None
        if running is not None:
            return not running
    try:
        return time.time() - folder.stat().st_mtime > _UNUSED_SECONDS
    except OSError:
        return False

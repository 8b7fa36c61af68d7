"""Folders on the disk of this node: what a task writes before it is uploaded, and fetched models.

They lie in one folder of the user's own below the machine's temporary folder. What a dead
process left goes when the next task needs the place, and so does a model unused for a week.
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
    """A new empty folder; it is gone afterwards."""
    folder = Path(tempfile.mkdtemp(prefix=f"work-{ProcessId.here()}-", dir=_root()))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def fetched(place: str, access: Mapping[str, str]) -> Path:
    """A local folder with the files of `place`, which never change; fetched once for a node.

    Of a local place it is the place itself. Raises OSError when it cannot be read.
    """
    if not is_remote(place):
        return Path(parts_of(place).path)
    key = hashlib.sha256(f"{access.get('endpoint')} {place}".encode()).hexdigest()[:32]
    home = _root() / f"model-{key}"
    if not home.is_dir():
        with work() as draft:
            files = draft / "files"
            files.mkdir()
            download(place, files, access)
            # Another task may have been faster; what it fetched is the same.
            with contextlib.suppress(OSError):
                files.rename(home)
    os.utime(home)
    return home


def _root() -> Path:
    """The folder of all this, readable by its owner alone."""
    root = Path(tempfile.gettempdir()) / f"plait-{os.getuid()}"
    root.mkdir(mode=0o700, exist_ok=True)
    if root.lstat().st_uid != os.getuid() or not root.is_dir() or root.is_symlink():
        raise PermissionError(f"{root} belongs to somebody else")
    for folder in root.iterdir():
        if _left(folder):
            shutil.rmtree(folder, ignore_errors=True)
    return root


def _left(folder: Path) -> bool:
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

"""Folders that belong to one run, and outputs that appear whole or not at all.

Everything that is not finished lies in `<root>/_staging/<run>/`, or in a hidden folder beside
the output when that is outside the root. What has to be undone if the process dies is written
into the run's journal before it is done. `sweep` finds the folders of runs whose process is
gone, undoes what their journals say, and removes them.
"""

from __future__ import annotations

import json
import os
import shutil
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from plait.owner import gone, mark

STAGING = "_staging"
_OWNER = "owner.json"
_JOURNAL = "journal"
_DROPPED = ".dropped-"
_FOREIGN_SECONDS = 7 * 24 * 3600.0
_UNOWNED_SECONDS = 3600.0


@dataclass(frozen=True, slots=True)
class RunFolder:
    """A run's own folder under `<root>/_staging`, with a note of whose it is."""

    root: Path
    run: str
    path: Path

    @classmethod
    def create(cls, root: Path, run: str | None = None) -> RunFolder:
        """Make the folder of `run` (a new id when None). Raises OSError.

        It appears together with its owner file, so that no `sweep` sees one without.
        """
        root = root.absolute()
        run = run or uuid.uuid4().hex[:12]
        path = root / STAGING / run
        fresh = path.with_name(f".new-{run}-{uuid.uuid4().hex[:8]}")
        try:
            (fresh / _JOURNAL).mkdir(parents=True)
        except FileNotFoundError:  # another run has just removed the empty `_staging`
            (fresh / _JOURNAL).mkdir(parents=True, exist_ok=True)
        _write_durably(fresh / _OWNER, mark())
        try:
            fresh.rename(path)
        except OSError:
            shutil.rmtree(fresh, ignore_errors=True)
            raise
        return cls(root, run, path)

    def sub(self, name: str) -> Path:
        """A folder `name` inside this one, made if it is not there."""
        folder = self.path / name
        folder.mkdir(parents=True, exist_ok=True)
        return folder

    def unique(self, label: str) -> Path:
        """A path inside this folder that nothing has used yet; it is not made."""
        return self.sub("work") / f"{label}-{uuid.uuid4().hex[:12]}"

    def beside(self, target: Path) -> Path:
        """A hidden path beside `target`, on its file system; `sweep` knows it. Not made."""
        path = target.parent / f".plait{STAGING}-{self.run}-{uuid.uuid4().hex[:8]}"
        self.note("folder", path=str(path))
        return path

    def owns(self, target: Path) -> bool:
        """Whether `target` lies under this folder's root, on the same file system."""
        return target.is_relative_to(self.root) and _device(target) == _device(self.path)

    def note(self, kind: str, **fields: Any) -> Path:
        """Write down what `sweep` must undo; remove the returned file when it need not."""
        entry = self.path / _JOURNAL / f"{time.time_ns()}-{uuid.uuid4().hex[:8]}.json"
        _write_durably(entry, {"kind": kind, **fields})
        return entry

    def remove(self) -> None:
        """Undo what is unfinished and remove the folder; safe to call twice."""
        _recover(self.path)
        shutil.rmtree(self.path, ignore_errors=True)
        with suppress(OSError):
            (self.root / STAGING).rmdir()


def sweep(root: Path) -> tuple[str, ...]:
    """Undo and remove what dead runs left under `root`; the ids of those runs.

    A run of this host is dead when its process is; one of another host after 7 days. Only one
    process sweeps at a time, and one that cannot leaves it to the next.
    """
    staging = root.absolute() / STAGING
    if not staging.is_dir():
        return ()
    gone: list[str] = []
    with _only_one(staging) as mine:
        for folder in sorted(staging.iterdir()) if mine else ():
            if folder.is_dir() and _is_dead(folder):
                _recover(folder)
                shutil.rmtree(folder, ignore_errors=True)
                gone.append(folder.name)
    return tuple(gone)


def replace(run: RunFolder, staged: Path, target: Path) -> None:
    """Put the folder `staged` where `target` is, or is to be. Raises OSError.

    The old one is moved aside first; between the two moves only the journal knows it, and
    `sweep` puts it back if the process dies there.
    """
    if not target.exists():
        target.parent.mkdir(parents=True, exist_ok=True)
        staged.rename(target)
        return
    aside = staged.with_name(f"{staged.name}-old")
    entry = run.note("overwrite", target=str(target), aside=str(aside))
    try:
        target.rename(aside)
        staged.rename(target)
    finally:
        _undo_overwrite(target, aside)
        entry.unlink(missing_ok=True)


def add(run: RunFolder, staged: Path, target: Path) -> tuple[Path, ...]:
    """Move the files of `staged` into the folder `target`, all or none; the files moved.

    A file whose name is taken gets another one. Raises OSError.
    """
    moves = [
        (source, _free(target / source.relative_to(staged)))
        for source in sorted(staged.rglob("*"))
        if source.is_file()
    ]
    folders = sorted({to.parent for _, to in moves if not to.parent.exists()})
    entry = run.note(
        "append", files=[str(to) for _, to in moves], folders=[str(f) for f in folders]
    )
    try:
        for source, to in moves:
            to.parent.mkdir(parents=True, exist_ok=True)
            source.rename(to)
    except BaseException:
        _undo_append([to for _, to in moves], folders)
        entry.unlink(missing_ok=True)
        raise
    entry.unlink()
    return tuple(to for _, to in moves)


def discard(root: Path, folder: Path) -> None:
    """Remove `folder`, whole or not at all: it vanishes in one move. Raises OSError."""
    staging = root.absolute() / STAGING
    staging.mkdir(parents=True, exist_ok=True)
    hidden = staging / f"{_DROPPED}{uuid.uuid4().hex[:12]}"
    folder.rename(hidden)
    shutil.rmtree(hidden, ignore_errors=True)
    with suppress(OSError):
        staging.rmdir()


def _free(path: Path) -> Path:
    if not path.exists():
        return path
    return path.with_name(f"{uuid.uuid4().hex[:8]}-{path.name}")


def _recover(folder: Path) -> None:
    """Undo the journal of a run, newest entry first."""
    for entry in sorted((folder / _JOURNAL).glob("*.json"), reverse=True):
        try:
            fields = json.loads(entry.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            continue
        match fields.get("kind"):
            case "overwrite":
                _undo_overwrite(Path(fields["target"]), Path(fields["aside"]))
            case "append":
                _undo_append(map(Path, fields["files"]), map(Path, fields["folders"]))
            case "folder":
                shutil.rmtree(fields["path"], ignore_errors=True)
        entry.unlink(missing_ok=True)


def _undo_overwrite(target: Path, aside: Path) -> None:
    """The new output stands: drop the old one. It does not: put the old one back."""
    if aside.exists() and not target.exists():
        aside.rename(target)
    shutil.rmtree(aside, ignore_errors=True)


def _undo_append(files: Any, folders: Any) -> None:
    for file in files:
        file.unlink(missing_ok=True)
    for folder in sorted(folders, reverse=True):
        with suppress(OSError):
            folder.rmdir()


def _is_dead(folder: Path) -> bool:
    if folder.name.startswith(_DROPPED):
        return True
    age = time.time() - folder.stat().st_mtime
    try:
        owner = json.loads((folder / _OWNER).read_text(encoding="utf-8"))
        ended = gone(owner)
    except (OSError, ValueError, KeyError, TypeError):
        return age > _UNOWNED_SECONDS
    return age > _FOREIGN_SECONDS if ended is None else ended


@contextmanager
def _only_one(staging: Path) -> Iterator[bool]:
    """True for the one process that holds the lock; the kernel frees it on any death."""
    import fcntl

    try:
        handle = os.open(staging, os.O_RDONLY)
    except OSError:
        yield False
        return
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        yield False
    else:
        yield True
    finally:
        os.close(handle)


def _device(path: Path) -> int:
    while not path.exists():
        path = path.parent
    return path.stat().st_dev


def _write_durably(path: Path, content: dict[str, Any]) -> None:
    with path.open("w", encoding="utf-8") as file:
        json.dump(content, file)
        file.flush()
        os.fsync(file.fileno())

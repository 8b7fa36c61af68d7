"""Folders that belong to one run, and outputs that appear whole or not at all.

Everything that is not finished lies in `<lake>/_staging/<run>/`, or in a hidden folder beside
the output when that is outside the lake. What has to be undone if the process dies is written
into the run's journal before it is done. `sweep` finds the folders of runs whose process is
gone, undoes what their journals say, and removes them.

The lake may be in a store. Then a run has two folders: one there, which executors and workers
see too, and one on this machine for the logs and spill files of its engines.
"""

from __future__ import annotations

import json
import os
import shutil
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from plait.data import commit_s3
from plait.data.journal import JOURNAL, Journal
from plait.storage.exclusive import write_durably
from plait.storage.lease import Lease, give_up, is_free
from plait.storage.listing import below, entries, list_files
from plait.storage.paths import (
    AnyPath,
    RemotePath,
    exchange,
    move,
    path_of,
    relative,
    remove_tree,
    require_store,
)

if TYPE_CHECKING:
    from plait.storage.credentials import Storage

STAGING = "_staging"
_LEASE = "owner.json"
_DROPPED = ".dropped-"
_UNOWNED_SECONDS = 3600.0


@dataclass(frozen=True, slots=True)
class RunFolder:
    """A run's own folder under `<root>/_staging`, with the lease of its process.

    lake: a lake in a store, in which the run has a second folder of the same name; the first
    one is then for this machine only. storage: how the stores are reached that its journals
    name; None takes that from the environment. leases: say that this process works there.
    """

    root: Path
    run: str
    path: Path
    lake: RemotePath | None = None
    storage: Storage | None = None
    leases: tuple[Lease, ...] = field(default=(), repr=False, compare=False)

    @classmethod
    def create(
        cls,
        root: Path,
        run: str | None = None,
        lake: RemotePath | None = None,
        storage: Storage | None = None,
    ) -> RunFolder:
        """Make the folders of `run` (a new id when None). Raises OSError.

        They appear together with their leases, so that no `sweep` sees one without.
        """
        root = root.absolute()
        run = run or uuid.uuid4().hex[:12]
        path = root / STAGING / run
        fresh = path.with_name(f".new-{run}-{uuid.uuid4().hex[:8]}")
        try:
            (fresh / JOURNAL).mkdir(parents=True)
        except FileNotFoundError:  # another run has just removed the empty `_staging`
            (fresh / JOURNAL).mkdir(parents=True, exist_ok=True)
        leases = [Lease(path / _LEASE)]
        write_durably(fresh / _LEASE, leases[0].note)
        try:
            fresh.rename(path)
            leases[0].start()
            if lake is not None:
                require_store(lake)
                leases.append(Lease.take(lake / STAGING / run / _LEASE))
        except OSError:
            leases[0].release()
            shutil.rmtree(fresh, ignore_errors=True)
            shutil.rmtree(path, ignore_errors=True)
            raise
        return cls(root, run, path, lake, storage, tuple(leases))

    @property
    def shared(self) -> AnyPath:
        """The folder that executors and workers see: in the lake."""
        return self.path if self.lake is None else self.lake / STAGING / self.run

    @property
    def journal(self) -> Journal:
        """What `sweep` must undo when the run's process dies."""
        return Journal(self.path, self.shared, self.leases)

    def local_folder(self, name: str) -> Path:
        """A folder `name` on this machine, made if it is not there."""
        folder = self.path / name
        folder.mkdir(parents=True, exist_ok=True)
        return folder

    def shared_folder(self, name: str) -> AnyPath:
        """A folder `name` that executors and workers see; in a store there is nothing to make."""
        return self.local_folder(name) if self.lake is None else self.shared / name

    def unique(self, label: str) -> AnyPath:
        """A path in the lake that nothing has used yet; the folder is not made."""
        return self.shared_folder("work") / f"{label}-{uuid.uuid4().hex[:12]}"

    def beside(self, target: AnyPath) -> AnyPath:
        """A hidden path beside `target`, on its file system, which `sweep` clears; not made.

        Raises OSError.
        """
        path = target.parent / f".plait{STAGING}-{self.run}-{uuid.uuid4().hex[:8]}"
        self.journal.note("folder", path)
        return path

    def owns(self, target: AnyPath) -> bool:
        """Whether `target` is in the lake, on the same file system as the run's folder there."""
        if isinstance(target, RemotePath):
            return self.lake is not None and target.is_relative_to(self.lake)
        if self.lake is not None or not target.is_relative_to(self.root):
            return False
        return _device(target) == _device(self.path)

    def remove(self) -> None:
        """Undo what is unfinished and remove the folders; safe to call twice.

        What a store does not let be undone now stays for a later `sweep`.
        """
        for lease in self.leases:
            lease.release()
        for folder in (self.shared, self.path):
            if _recover(folder, self.storage):
                remove_tree(folder)
        with suppress(OSError):
            (self.root / STAGING).rmdir()


def open_run(lake: AnyPath, scratch: Path, run: str, storage: Storage) -> RunFolder:
    """The folders of a new run, after what dead runs left was swept.

    scratch: where the run's folder on this machine is when the lake is in a store.
    Raises OSError when the lake cannot be written.
    """
    if isinstance(lake, Path):
        sweep(lake, storage)
        return RunFolder.create(lake, run, storage=storage)
    require_store(lake)
    sweep(scratch, storage)
    sweep(lake)
    return RunFolder.create(scratch, run, lake, storage)


def sweep(root: AnyPath, storage: Storage | None = None) -> tuple[str, ...]:
    """Undo and remove what dead runs left under `root`; the ids of those runs.

    A run is dead when its lease is free (`plait.storage.lease`): at once when its process is
    gone, and on another host after an hour without a heartbeat. On one machine only one
    process sweeps at a time, and one that cannot leaves it to the next; in a store several
    may, for what they do can be done twice.

    storage: how stores are reached that a journal names; what they do not let be undone is
    left to a later sweep. Raises OSError when the store of the lake itself does not answer.
    """
    if isinstance(root, RemotePath):
        return tuple(_swept(root / STAGING, root.storage))
    staging = root.absolute() / STAGING
    if not staging.is_dir():
        return ()
    with _only_one(staging) as mine:
        return tuple(_swept(staging, storage)) if mine else ()


def _swept(staging: AnyPath, storage: Storage | None) -> Iterator[str]:
    for folder in entries(staging):
        if folder.name.startswith(_DROPPED) and isinstance(folder, RemotePath):
            _end_drop(folder)
            yield folder.name
        elif folder.is_dir() and _is_dead(folder):
            with suppress(OSError):
                give_up(folder / _LEASE)
            if _recover(folder, storage):
                remove_tree(folder)
                yield folder.name


def replace(run: RunFolder, staged: AnyPath, target: AnyPath) -> None:
    """Put the folder `staged` where `target` is, or is to be. Raises OSError.

    The two change places where the file system can do that, so that others always find one of
    them. Else the old one is moved aside first; between the two moves only the journal knows
    it, and `sweep` puts it back if the process dies there. A store that cannot move does as
    `commit_s3` says.
    """
    if isinstance(target, RemotePath) and not target.moves:
        assert isinstance(staged, RemotePath)
        return commit_s3.replace(run.journal, staged, target)
    target.parent.mkdir(parents=True, exist_ok=True)
    while not _placed(run, staged, target):
        pass  # another run has made or removed the target in between
    return None


def _placed(run: RunFolder, staged: AnyPath, target: AnyPath) -> bool:
    """Whether `staged` is at `target` now; not where that was made or removed meanwhile."""
    if not target.exists():
        try:
            move(staged, target)
        except OSError:
            if not target.exists():
                raise
            return False
        return True
    entry = run.journal.note("overwrite", target, aside=str(staged))
    try:
        if exchange(staged, target):
            remove_tree(staged)
            return True
    except FileNotFoundError:
        if not staged.exists():
            raise
        return False
    finally:
        entry.unlink(missing_ok=True)
    _move_aside(run, staged, target)
    return True


def _move_aside(run: RunFolder, staged: AnyPath, target: AnyPath) -> None:
    """For file systems in which two folders cannot change places at once."""
    aside = staged.with_name(f"{staged.name}-old")
    entry = run.journal.note("overwrite", target, aside=str(aside))
    try:
        move(target, aside)
        move(staged, target)
    finally:
        _undo_overwrite(target, aside)
        entry.unlink(missing_ok=True)


def add(run: RunFolder, staged: AnyPath, target: AnyPath) -> tuple[AnyPath, ...]:
    """Move the files of `staged` into the folder `target`, all or none; the files moved.

    A file whose name is taken gets another one. Raises OSError.
    """
    if isinstance(target, RemotePath) and not target.moves:
        assert isinstance(staged, RemotePath)
        return commit_s3.add(run.journal, staged, target)
    moves = [
        (source, _free(target / relative(source, staged)))
        for source in below(staged, "*")
        if source.is_file()
    ]
    folders = sorted({to.parent for _, to in moves if not to.parent.exists()}, key=str)
    names = {"files": [str(to) for _, to in moves], "folders": [str(f) for f in folders]}
    entry = run.journal.note("append", target, **names)
    try:
        for source, to in moves:
            to.parent.mkdir(parents=True, exist_ok=True)
            move(source, to)
    except BaseException:
        _undo_append([to for _, to in moves], folders)
        entry.unlink(missing_ok=True)
        raise
    entry.unlink()
    return tuple(to for _, to in moves)


def discard(root: AnyPath, folder: AnyPath) -> None:
    """Remove `folder`, whole or not at all: it vanishes in one move. Raises OSError.

    A store that cannot move gets a note first, by which `sweep` ends what was begun.
    """
    staging = (root.absolute() if isinstance(root, Path) else root) / STAGING
    hidden = staging / f"{_DROPPED}{uuid.uuid4().hex[:12]}"
    if isinstance(hidden, RemotePath) and isinstance(folder, RemotePath) and not hidden.moves:
        return commit_s3.drop(hidden, folder)
    staging.mkdir(parents=True, exist_ok=True)
    move(folder, hidden)
    remove_tree(hidden)
    with suppress(OSError):
        staging.rmdir()
    return None


def _end_drop(note: RemotePath) -> None:
    if note.is_dir():
        remove_tree(note)
        return
    with suppress(ValueError, KeyError):
        remove_tree(path_of(json.loads(note.read_text())["drop"], note.storage))
    note.unlink(missing_ok=True)


def _free(path: AnyPath) -> AnyPath:
    if not path.exists():
        return path
    return path.with_name(f"{uuid.uuid4().hex[:8]}-{path.name}")


def _recover(folder: AnyPath, storage: Storage | None = None) -> bool:
    """Undo the journal of a run, newest entry first; whether all of it could be undone."""
    try:
        for entry in reversed(below(folder / JOURNAL, "*.json")):
            _undo(entry, storage)
            entry.unlink(missing_ok=True)
    except OSError:
        return False
    return True


def _undo(entry: AnyPath, storage: Storage | None) -> None:
    """Undo what a note names; a note that was cut off is passed over."""
    try:
        fields = json.loads(entry.read_text(encoding="utf-8"))
        path = path_of(fields["path"], storage)
    except (ValueError, KeyError):
        return
    match fields.get("kind"):
        case "overwrite":
            _undo_overwrite(path, path_of(fields["aside"], storage))
        case "append":
            made = [[path_of(f, storage) for f in fields[k]] for k in ("files", "folders")]
            _undo_append(*made)
        case "publish" if isinstance(path, RemotePath):
            commit_s3.undo(fields, path)
        case "folder" if isinstance(path, RemotePath):
            path.remove_tree()
        case "folder":
            remove_tree(path)


def _undo_overwrite(target: AnyPath, aside: AnyPath) -> None:
    """The new output stands: drop the old one. It does not: put the old one back."""
    if aside.exists() and not target.exists():
        move(aside, target)
    remove_tree(aside)


def _undo_append(files: list[AnyPath], folders: list[AnyPath]) -> None:
    for file in files:
        file.unlink(missing_ok=True)
    for folder in sorted(folders, key=str, reverse=True):
        with suppress(OSError):
            folder.rmdir()


def _is_dead(folder: AnyPath) -> bool:
    if folder.name.startswith(_DROPPED):
        return True
    try:
        return is_free(folder / _LEASE)
    except OSError:  # without a lease: it is being made, or half removed
        return _idle_seconds(folder) > _UNOWNED_SECONDS


def _idle_seconds(folder: AnyPath) -> float:
    """Seconds since anything was done there."""
    if isinstance(folder, Path):
        return time.time() - folder.stat().st_mtime
    return time.time() - max((each.modified for each in list_files(folder)), default=0.0)


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

"""Outputs in a store without renames (S3): the best that can be had there.

A folder is only what its files' names begin with, and files appear and vanish one by one. So
new files get names that were never used, a journal in the run's staging says which they are
before the first one appears, and one write to the journal decides which files count.

* Append: the new files are copied in. Killed in between: the sweep removes those that came.
* Overwrite: the new files are copied in, then the journal is marked as standing, then the old
  files are removed. Killed before the mark, the sweep removes the new files; killed after it,
  the sweep removes the old ones. So what is left in the end is the old table or the new one.
* Other readers see old and new files together while these are copied and removed; `_SUCCESS` is
  removed before the first change and written last. After a kill that lasts until the next run
  sweeps.
* Two runs that overwrite one output at the same time may both leave files in it: there is no
  lock.

The store copies the bytes itself (below 5 GiB a file); they do not pass through this process.
"""

from __future__ import annotations

import json
import uuid
from pathlib import Path
from typing import Any

from plait.data.journal import Journal
from plait.data.outputs import MARKER
from plait.data.partitions import NULL_PARTITION
from plait.storage.listing import list_files
from plait.storage.paths import RemotePath, at_once


def replace(journal: Journal, staged: RemotePath, target: RemotePath) -> None:
    """Put what is in `staged` where `target` is, or is to be. Raises OSError."""
    old = _files(target)
    entry = _journal(staged, target, old)
    entry["remove"] = [str(file.relative_to(target)) for file in old]
    _publish(journal, staged, target, entry)


def add(journal: Journal, staged: RemotePath, target: RemotePath) -> tuple[RemotePath, ...]:
    """Put the files of `staged` into the folder `target`, all or none; the new files.

    The markers that are there stay. Raises OSError.
    """
    entry = _journal(staged, target, _files(target))
    _publish(journal, staged, target, entry)
    return tuple(target / name for name in entry["add"].values())


def drop(note: RemotePath, folder: RemotePath) -> None:
    """Remove `folder`; the note of it, made first, lets `sweep` end it. Raises OSError."""
    note.write_text(json.dumps({"drop": str(folder)}))
    folder.remove_tree()
    note.unlink(missing_ok=True)


def undo(entry: dict[str, Any], target: RemotePath) -> None:
    """Undo a publication that was cut off before it was marked as standing, else end it."""
    if entry["stands"]:
        _end(entry, target)
        return
    at_once(lambda name: (target / name).unlink(missing_ok=True), entry["add"].values())
    if entry["marked"]:
        (target / MARKER).touch()
    elif not _files(target):
        target.remove_tree()


def _publish(
    journal: Journal, staged: RemotePath, target: RemotePath, entry: dict[str, Any]
) -> None:
    note = journal.note("publish", target, **entry)
    try:
        if entry["marked"]:
            (target / MARKER).unlink(missing_ok=True)
        copies = [(staged / source, target / name) for source, name in entry["add"].items()]
        at_once(lambda pair: pair[0].copy_to(pair[1]), copies)
    except BaseException:
        undo(entry, target)
        note.unlink(missing_ok=True)
        raise
    entry["stands"] = True
    journal.rewrite(note, "publish", target, **entry)
    _end(entry, target)
    note.unlink(missing_ok=True)


def _end(entry: dict[str, Any], target: RemotePath) -> None:
    kept = {*entry["add"].values(), *entry["write"]}
    left = [name for name in entry["remove"] if name not in kept]
    at_once(lambda name: (target / name).unlink(missing_ok=True), left)
    for name, text in entry["write"].items():
        (target / name).write_text(text)
    if entry["marked"] or MARKER in entry["write"]:
        (target / MARKER).touch()


def _journal(staged: RemotePath, target: RemotePath, old: list[RemotePath]) -> dict[str, Any]:
    """What is to be done, before anything is."""
    taken = {str(file.relative_to(target)) for file in old}
    new = _files(staged)
    write = {file.name: file.read_text() for file in new if file.parent == staged
             and file.name.startswith("_")}  # fmt: skip
    data = [file for file in new if file.name not in write]
    return {
        "add": {
            str(file.relative_to(staged)): _free(_named(file.relative_to(staged)), taken)
            for file in data
        },
        "remove": [],
        "write": write,
        "marked": MARKER in taken,
        "stands": False,
    }


def _files(folder: RemotePath) -> list[RemotePath]:
    try:
        found = [entry.path for entry in list_files(folder)]
    except FileNotFoundError:
        return []
    return [path for path in found if isinstance(path, RemotePath) and path != folder]


def _named(path: Path) -> str:
    """The path with the folder of null as all engines name it."""
    return "/".join(part + NULL_PARTITION if part.endswith("=") else part for part in path.parts)


def _free(name: str, taken: set[str]) -> str:
    if name not in taken:
        return name
    folder, slash, last = name.rpartition("/")
    return f"{folder}{slash}{uuid.uuid4().hex[:8]}-{last}"

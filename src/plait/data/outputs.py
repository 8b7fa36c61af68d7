"""The folder that a save writes: what it may replace, and whether it can be written."""

from __future__ import annotations

import re
import threading
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from plait.data.partitions import SCHEMA_FILE, partition_of
from plait.errors import DataError
from plait.storage.paths import AnyPath, RemotePath, relative, require_store

if TYPE_CHECKING:
    from plait.lang.statements import SaveMode

MARKER = "_SUCCESS"
ENDINGS = {
    "parquet": (".parquet",),
    "csv": (".csv", ".csv.gz"),
    "json": (".json", ".json.gz"),
    "text": (".txt", ".txt.gz"),
}
# One save must not take away the folder that another one tries out.
_PROBING = threading.Lock()
# What Spark and Sail call the files that they write.
_MADE = re.compile(r"(part-\d{5}|[A-Za-z0-9]{16}_\d+)")


@dataclass(frozen=True, slots=True)
class Output:
    """One save, with everything about it decided. options: as text, by lower-case key."""

    format: str
    target: AnyPath
    mode: SaveMode
    options: tuple[tuple[str, str], ...]
    partition_by: tuple[str, ...]

    @property
    def header(self) -> bool:
        """Whether the files begin with the columns' names."""
        return dict(self.options).get("header") == "true"


@contextmanager
def writing(target: AnyPath) -> Iterator[None]:
    """Work with an output; what a disk or a store does not do is raised as a DataError."""
    try:
        yield
    except OSError as problem:
        raise DataError(f"cannot write '{target}': {problem.strerror or problem}") from problem


def is_there(target: AnyPath) -> bool:
    """Whether a file or a folder with anything in it is at a path. Raises OSError."""
    return target.is_file() or (target.is_dir() and any(target.iterdir()))


def check_target(output: Output) -> None:
    """Whether the save may do what it is to do at its target. Raises DataError, OSError."""
    target = output.target
    if isinstance(target, RemotePath) and not target.key:
        raise DataError(f"'{target}' is a whole store; a table is saved as a folder in it")
    if is_there(target):
        if output.mode == "errorIfExists":
            raise DataError(
                f"'{target}' exists already", hint="save overwrite …, append … or ignore …"
            )
        if output.mode != "ignore":
            _check_is_output(output)
    _check_writable(target)


def _check_is_output(output: Output) -> None:
    """Only what a save has made is ever replaced or added to."""
    target = output.target
    if not target.is_dir():
        raise DataError(f"'{target}' is a file; a table is saved as a folder")
    for entry in _not_of_a_save(target, output):
        raise DataError(
            f"'{target}' has something in it that is no {output.format} output: "
            f"{relative(entry, target)}",
            hint="choose another folder, or remove that first",
        )


def _not_of_a_save(folder: AnyPath, output: Output) -> Iterator[AnyPath]:
    """Entries that no save has made, or that do not go with what is to be appended."""
    for entry in folder.iterdir():
        if entry.is_symlink():
            yield entry
        elif entry.is_dir():
            if partition_of(entry.name) is None:
                yield entry
            else:
                yield from _not_of_a_save(entry, output)
        elif not _is_of_a_save(entry.name, output):
            yield entry


def _is_of_a_save(name: str, output: Output) -> bool:
    """Whether a save made the file: by its ending, or by a name that only engines give.

    Data of another format may be overwritten, but no file that a person put there.
    """
    if name in (MARKER, SCHEMA_FILE) or name.endswith((".crc", *ENDINGS[output.format])):
        return True
    others = tuple(ending for group in ENDINGS.values() for ending in group)
    made = _MADE.match(name) is not None and name.endswith(others)
    return made and output.mode != "append"


def _check_writable(target: AnyPath) -> None:
    """Make the folder above the target and try it out. Raises DataError, OSError."""
    if isinstance(target, RemotePath):
        return _check_store(target)
    probe = target.parent / f".plait-probe-{id(target):x}"
    with _PROBING:
        missing = [parent for parent in target.parents if not parent.exists()]
        above = next(parent for parent in target.parents if parent not in missing)
        if not above.is_dir():
            raise DataError(f"cannot write '{target}': {above} is a file, not a folder")
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            probe.touch()
            probe.unlink()
        finally:
            for parent in missing:
                with suppress(OSError):  # another save has begun to write there
                    parent.rmdir()


def _check_store(target: RemotePath) -> None:
    """Write a file beside the target and remove it. Raises DataError, OSError."""
    require_store(target)
    for above in target.parents[:-1]:
        if above.is_file():
            raise DataError(f"cannot write '{target}': {above} is a file, not a folder")
    folder = target.parent
    if target.moves:  # where folders are real, none is left behind
        folder = next(parent for parent in target.parents if parent.exists())
    probe = folder / f".plait-probe-{uuid.uuid4().hex[:12]}"
    probe.touch()
    probe.unlink()

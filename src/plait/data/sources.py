"""What a `load` names, resolved once: its files with their sizes, and its partition columns.

A listing of a large folder in a store is many requests. So a source is listed once before a
run; the check, the definition of the table and the estimate of its size all read from that.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from plait.data.csv_layout import CsvLayout
from plait.data.files import Listing, is_foreign, is_hidden, listing, resolve_path
from plait.data.json_schema import parse_object
from plait.data.parquet_columns import ParquetColumns, parquet_columns
from plait.data.partitions import PartitionColumn, partition_columns
from plait.data.text_files import PACKED, as_data_error, open_text
from plait.errors import DataError, OptionError, suggestion
from plait.plan.formats import FORMATS
from plait.storage.listing import FileEntry
from plait.storage.paths import AnyPath, binary

if TYPE_CHECKING:
    from plait.plan.locations import PathTarget
    from plait.plan.steps import OptionValue, TypedOptions
    from plait.storage.credentials import Storage

_MAGIC = b"PAR1"
_ARCHIVES = (
    (b"PK\x03\x04", ".zip", "zip"),
    (b"\x1f\x8b", ".gz", "gzip"),
    (b"BZh", ".bz2", "bzip2"),
)
_CHECKED_LOCAL_FILES, _CHECKED_REMOTE_FILES = 20, 4
Options = Mapping[str, "OptionValue"]


@dataclass(frozen=True, slots=True)
class ResolvedSource:
    """Files of one format as they were when they were listed.

    path: as the script has it. options: as they are written; `by_key` has them by lower-case
    key, for Spark compares keys without case. listings: the files and folders that the path
    means, one for most paths, several for a pattern; none where only an engine can look.
    """

    format: str
    path: str
    options: TypedOptions
    listings: tuple[Listing, ...]

    @property
    def by_key(self) -> dict[str, OptionValue]:
        """The options by lower-case key."""
        return {key.lower(): value for key, value in self.options}

    @property
    def roots(self) -> list[str]:
        """The paths or URLs that an engine is given."""
        return [str(each.root) for each in self.listings]

    @property
    def files(self) -> list[FileEntry]:
        """All data files, in the order of the roots."""
        return [file for each in self.listings for file in each.files]

    @property
    def size_bytes(self) -> int | None:
        """Of all files together; None where only an engine can look."""
        return sum(each.size_bytes for each in self.listings) if self.listings else None

    @property
    def partitions(self) -> tuple[PartitionColumn, ...]:
        """The partition columns; several roots have none, as in Spark."""
        return partition_columns(self.listings[0]) if len(self.listings) == 1 else ()

    @property
    def parquet(self) -> ParquetColumns | None:
        """The columns in files of Parquet; None where only an engine can tell.

        Raises DataError for a file that is no Parquet or holds what cannot be read.
        """
        merge = bool(self.by_key.get("mergeschema"))
        return parquet_columns(self.files, merge=merge) if self.files else None


def resolve(
    target: PathTarget, options: TypedOptions = (), storage: Storage | None = None
) -> ResolvedSource:
    """Look once at what a path means now. storage: how stores are reached.

    Of paths in other file systems than S3 and HDFS nothing can be said. Raises OptionError for
    an unknown format, DataError for a path that is not there or cannot be listed.
    """
    spec = FORMATS.get(target.format)
    if spec is None or not spec.reads:
        readable = [name for name, known in FORMATS.items() if known.reads]
        raise OptionError(
            f"'{target.format}' cannot be loaded", hint=suggestion(target.format, readable)
        )
    found = () if is_foreign(target.path) else resolve_path(target.path, storage)
    return ResolvedSource(target.format, target.path, options, found)


def resolve_folder(folder: AnyPath, name: str) -> ResolvedSource:
    """The same for a folder of Parquet that a catalog knows as `name`. Raises DataError."""
    try:
        return ResolvedSource("parquet", name, (), (listing(folder),))
    except OSError as problem:
        raise DataError(f"'{name}' cannot be read: {problem.strerror or problem}") from problem


def check(source: ResolvedSource) -> None:
    """Look at names and first bytes, cheaply and before anything runs.

    Raises DataError for a folder without data and for files of another kind.
    """
    if not source.listings:
        return
    files = [file.path for file in source.files]
    if not files:
        raise DataError(f"'{source.path}' has no data files", hint="the folder is empty")
    if hidden := [each.root for each in source.listings if each.files and _is_hidden(each)]:
        raise DataError(
            f"'{hidden[0]}' is hidden by its name: engines pass over files that begin with . or _",
            hint="give the file another name",
        )
    with as_data_error(source.path):
        _check_files(source.format, files, source.by_key)
        if source.format == "parquet":
            _ = source.parquet


def _is_hidden(listing: Listing) -> bool:
    """Whether a path names one file that no engine would read."""
    return listing.files[0].path == listing.root and is_hidden(listing.root.name)


def _check_files(format: str, files: list[AnyPath], options: Options) -> None:
    for file in _first(files):
        is_parquet = _is_parquet(file)
        if is_parquet is not (format == "parquet"):
            raise _wrong_kind(format, file, is_parquet)
    if format == "parquet":
        return
    _check_packing(files)
    if format == "csv":
        CsvLayout.of(options).names(files)
    elif format == "json" and not options.get("multiline"):
        _check_json(files)


def _first(files: list[AnyPath]) -> list[AnyPath]:
    """The files that are looked into: fewer in a store, where each look is a request."""
    local = isinstance(files[0], Path)
    return files[: _CHECKED_LOCAL_FILES if local else _CHECKED_REMOTE_FILES]


def _wrong_kind(format: str, file: AnyPath, is_parquet: bool) -> DataError:
    if is_parquet:
        return DataError(f"{file} is a Parquet file, not {format}", hint="load parquet.`…`")
    ending = file.name.removesuffix(".gz").rpartition(".")[2].lower()
    hint = f"load {ending}.`…`" if ending in FORMATS and ending != "parquet" else None
    return DataError(f"{file} is not a Parquet file", hint=hint)


def _check_packing(files: list[AnyPath]) -> None:
    """An engine knows by a file's name how it is packed, and some want all files alike."""
    endings = {file.suffix.lower() if file.suffix.lower() in PACKED else "" for file in files}
    if len(endings) > 1:
        kinds = ", ".join(sorted(ending or "not packed" for ending in endings))
        raise DataError(
            f"files in {files[0].parent} are packed in different ways: {kinds}",
            hint="load each kind with a pattern of its own, such as `folder/*.gz`",
        )
    for file in _first(files):
        with binary(file) as content:
            head = content.read(4)
        for magic, ending, kind in _ARCHIVES:
            if head.startswith(magic) and (file.suffix.lower() != ending or ending == ".zip"):
                raise DataError(f"{file} is packed with {kind}", hint="unpack it first")


def _is_parquet(file: AnyPath) -> bool:
    with binary(file) as content:
        if content.read(4) != _MAGIC:
            return False
        content.seek(0, 2)
        if content.tell() < 12:
            return False
        content.seek(-4, 2)
        return content.read(4) == _MAGIC


def _check_json(files: list[AnyPath]) -> None:
    for file in _first(files):
        with open_text(file) as lines:
            for number, line in enumerate(lines, 1):
                if line.strip():
                    parse_object(file, number, line)
                    break

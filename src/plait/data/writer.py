"""What `save` writes: an output appears whole or not at all.

The engine writes into a staging folder; what came out is made the same for all engines (null
partitions, empty tables, marker files) and then published in one move, or file by file with a
journal when it is appended. A query may therefore read the table that it replaces.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from plait.data import appending, commit, text_formats
from plait.data.commit import RunFolder
from plait.data.files import is_foreign, listing, output_folder
from plait.data.outputs import ENDINGS, MARKER, Output, check_target, is_there, writing
from plait.data.partitions import SCHEMA_FILE, folder_name, partition_of
from plait.errors import CapabilityError, DataError, OptionError, suggestion
from plait.lang.sqltext import quoted
from plait.plan.formats import FORMATS
from plait.storage.listing import below
from plait.storage.paths import AnyPath, move, remove_tree, row_counts

if TYPE_CHECKING:
    from pyspark.sql.connect.dataframe import DataFrame

    from plait.lang.statements import SaveMode
    from plait.plan.locations import PathTarget
    from plait.plan.steps import TypedOptions
    from plait.storage.credentials import Storage

# Every engine calls a folder by a column of such a name alike.
_PLAIN_NAME = re.compile(r"[A-Za-z0-9_ .-]+")


def nothing() -> None:
    """Wait for nothing."""


@dataclass(frozen=True, slots=True)
class SaveRequest:
    """How a table is saved. mode: what becomes of what is there. options: of the format.

    before_publishing: called when everything is computed and nothing can be seen of it yet; it
    may wait, and what it raises leaves the target as it is.
    """

    mode: SaveMode
    options: TypedOptions = ()
    partition_by: tuple[str, ...] = ()
    before_publishing: Callable[[], None] = field(default=nothing, compare=False)

    def check(self) -> None:
        """Raise CapabilityError for what not every engine can do."""
        for key, value in self.options:
            if key.lower() == "partitionoverwritemode" and str(value).lower() == "dynamic":
                raise CapabilityError(
                    "dynamic partition overwrite is not done: not every engine keeps the "
                    "partitions that are not written",
                    hint="overwrite the whole table, or append",
                )


@dataclass(frozen=True, slots=True)
class Written:
    """What a save left. rows is None where nobody counted them; path is where it lies.

    size_bytes, files: of the data that this save added. skipped: `ignore` found something
    there. table: its name, where only the catalog can read it.
    """

    rows: int | None
    size_bytes: int
    files: int
    path: str
    skipped: bool = False
    table: str | None = None


def check_write(target: PathTarget, request: SaveRequest, storage: Storage | None = None) -> None:
    """Refuse before a run what `write` would refuse, as far as that can be seen now.

    Raises OptionError, CapabilityError, DataError.
    """
    _check_request(target.format, request)
    if not is_foreign(target.path):
        check_folder(output_folder(target.path, storage), target.format, request)


def write(
    df: DataFrame,
    target: PathTarget,
    request: SaveRequest,
    run: RunFolder,
    storage: Storage | None = None,
) -> Written:
    """Save `df` as files at a path.

    run: whose staging folder is used. storage: how a store is reached. The output appears
    whole or not at all; in S3, which renames nothing, as far as `commit_s3` says. A path of
    another file system is left to the engine's own writer. Raises what `check_write` raises,
    DataError when the output cannot be written or does not fit what it is appended to, and
    what the engine raises.
    """
    _check_request(target.format, request)
    if is_foreign(target.path):
        return _write_by_engine_alone(df, target, request)
    folder = output_folder(target.path, storage)
    return write_folder(df, folder, target.format, request, run)


def check_folder(folder: AnyPath, format: str, request: SaveRequest) -> None:
    """As `check_write`, for a folder that was found already. Raises CapabilityError, DataError."""
    request.check()
    with writing(folder):
        check_target(_output(folder, format, request, ()))


def write_folder(
    df: DataFrame, folder: AnyPath, format: str, request: SaveRequest, run: RunFolder
) -> Written:
    """As `write`, into a folder that was found already."""
    request.check()
    partition_by = appending.partition_columns(df, request.partition_by)
    output = _output(folder, format, request, partition_by)
    with writing(folder):
        if output.mode == "ignore" and is_there(folder):
            return Written(0, 0, 0, str(folder), skipped=True)
        check_target(output)
        adding = output.mode == "append" and is_there(folder)
        if adding:
            existing = listing(folder)
            partition_by = appending.kept_partitions(df, output, existing)
            output = replace(output, partition_by=partition_by)
            df = appending.fitted(appending.spelled_as(df, partition_by), output, existing)
        text_formats.distinct_names(df.columns)
        df = text_formats.prepared(df, output.format, dict(output.options), output.partition_by)
        staged = _staged_path(run, folder)
        try:
            return _stage_and_publish(df, output, run, staged, adding, request.before_publishing)
        finally:
            remove_tree(staged)


def _check_request(format: str, request: SaveRequest) -> None:
    spec = FORMATS.get(format)
    if spec is None or not spec.writes:
        writable = [name for name, known in FORMATS.items() if known.writes]
        raise OptionError(f"'{format}' cannot be saved", hint=suggestion(format, writable))
    request.check()


def _output(
    folder: AnyPath, format: str, request: SaveRequest, partition_by: tuple[str, ...]
) -> Output:
    options = tuple(
        (key.lower(), str(value).lower() if isinstance(value, bool) else str(value))
        for key, value in request.options
    )
    return Output(format, folder, request.mode, options, partition_by)


def _staged_path(run: RunFolder, target: AnyPath) -> AnyPath:
    """A new path on the target's file system."""
    if isinstance(target, Path):
        target.parent.mkdir(parents=True, exist_ok=True)
    return run.unique("save") if run.owns(target) else run.beside(target)


def _stage_and_publish(
    df: DataFrame,
    output: Output,
    run: RunFolder,
    staged: AnyPath,
    adding: bool,
    before: Callable[[], None],
) -> Written:
    stand_ins = _stand_ins(output, staged)
    named = df.withColumnsRenamed(stand_ins) if stand_ins else df
    writer = named.write.mode("overwrite").options(**dict(_writer_options(output, df)))
    if output.partition_by:
        by = (stand_ins.get(name, name) for name in output.partition_by)
        writer = writer.partitionBy(*by)
    writer.format(output.format).save(str(staged))
    _tidy(df, output, staged, stand_ins)
    made = listing(staged)
    is_parquet = output.format == "parquet"
    rows = sum(row_counts(file.path for file in made.files)) if is_parquet else None
    written = Written(rows, made.size_bytes, len(made.files), str(output.target))
    before()
    if adding:
        for marker in (MARKER, SCHEMA_FILE):
            (staged / marker).unlink(missing_ok=True)
        commit.add(run, staged, output.target)
    else:
        if output.target.is_dir() and not any(output.target.iterdir()):
            output.target.rmdir()
        commit.replace(run, staged, output.target)
    return written


def _writer_options(output: Output, df: DataFrame) -> Iterator[tuple[str, str]]:
    columns = len(df.columns) - len(output.partition_by)
    yield from text_formats.writer_options(output.format, columns).items()
    for key, value in output.options:
        if key != "partitionoverwritemode":
            yield ("sep" if key == "delimiter" else key), value
    if output.format == "csv" and "escape" not in dict(output.options):
        yield "escape", '"'


def _stand_ins(output: Output, staged: AnyPath) -> dict[str, str]:
    """Partition column → a plain name to write it by, where engines name its folder unlike.

    Raises DataError where the folders cannot be given their names later.
    """
    odd = [name for name in output.partition_by if not _PLAIN_NAME.fullmatch(name)]
    if odd and not (isinstance(staged, Path) or staged.moves):
        raise DataError(
            f"'{odd[0]}' cannot be the name of a folder in {output.target}",
            hint="give the column a name of letters, digits and _",
        )
    return {name: f"plait_partition_{number}" for number, name in enumerate(odd)}


def _tidy(df: DataFrame, output: Output, staged: AnyPath, stand_ins: Mapping[str, str]) -> None:
    """Make what the engine wrote the same for all engines. stand_ins: see `_stand_ins`."""
    meant = {other: name for name, other in stand_ins.items()}
    if isinstance(staged, Path):
        staged.mkdir(exist_ok=True)
    if isinstance(staged, Path) or staged.moves:  # else it is done while the files are copied
        for folder in reversed(below(staged, "*=*") if output.partition_by else ()):
            partition = partition_of(folder.name)
            if partition is None or not folder.is_dir():
                continue
            column = meant.get(partition.column, partition.column)
            name = folder_name(column, partition.value or "")
            if name != folder.name:
                move(folder, folder.with_name(name))
    if isinstance(staged, Path):
        for checksum in staged.rglob(".*.crc"):
            checksum.unlink()
    schema = df.schema
    if not staged.is_dir() or not listing(staged).files:
        _write_empty(df, output, staged)
    if output.format == "parquet":
        (staged / SCHEMA_FILE).write_text(schema.json(), encoding="utf-8")
    (staged / MARKER).touch()


def _write_empty(df: DataFrame, output: Output, staged: AnyPath) -> None:
    """A table without rows has its columns all the same, where the format can say so."""
    if output.format == "parquet":
        import pyarrow.parquet as pq

        columns = [name for name in df.columns if name not in output.partition_by]
        arrow = df.select(*(df[quoted(name)] for name in columns)).limit(0).toArrow()
        folder = staged.joinpath(*(folder_name(name, "") for name in output.partition_by))
        if isinstance(folder, Path):
            folder.mkdir(parents=True, exist_ok=True)
        with (folder / "part-00000-empty.parquet").open("wb") as out:
            pq.write_table(arrow, out)
        return
    header = ",".join(df.columns) + "\n" if output.format == "csv" and output.header else ""
    (staged / f"part-00000-empty{ENDINGS[output.format][0]}").write_text(header, "utf-8")


def _write_by_engine_alone(df: DataFrame, target: PathTarget, request: SaveRequest) -> Written:
    """A file system that only the engine knows: it writes, and decides when that is whole."""
    partition_by = appending.partition_columns(df, request.partition_by)
    output = _output(Path(target.path), target.format, request, partition_by)
    text_formats.distinct_names(df.columns)
    df = text_formats.prepared(df, output.format, dict(output.options), partition_by)
    writer = df.write.mode(output.mode.lower()).options(**dict(_writer_options(output, df)))
    if partition_by:
        writer = writer.partitionBy(*partition_by)
    request.before_publishing()
    writer.format(output.format).save(target.path)
    return Written(None, 0, 0, target.path)

"""What `save` writes: an output appears whole or not at all.

The engine writes into a staging folder; what came out is made the same for all engines (null
partitions, empty tables, marker files) and then published in one move, or file by file with a
journal when it is appended. A query may therefore read the table that it replaces.
"""

from __future__ import annotations

import re
import threading
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from plait.catalog.hive import Catalog, MetastoreCatalog, metastore_place
from plait.catalog.lake import LakeCatalog, TableName
from plait.data import commit, text_formats
from plait.data.commit import RunFolder
from plait.data.files import (
    NULL_PARTITION,
    data_files,
    is_foreign,
    partition_value,
    partitions,
    place,
    usable,
)
from plait.data.partitions import SCHEMA_FILE, partitioned_schema, quoted
from plait.errors import CapabilityError, DataError, OptionError, suggestion
from plait.plan.formats import FORMATS
from plait.storage.listing import below
from plait.storage.paths import (
    AnyPath,
    RemotePath,
    move,
    relative,
    remove_tree,
    require_store,
    row_counts,
)

if TYPE_CHECKING:
    from pyspark.sql.connect.dataframe import DataFrame

    from plait.lang.statements import SaveMode
    from plait.plan.steps import TypedOptions
    from plait.storage.credentials import Storage

_MARKER = "_SUCCESS"
_ENDINGS = {
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
class Written:
    """What a save left. rows is None where nobody counted them; path is where it lies.

    files, bytes: of the data that this save added; skipped: `ignore` found something there.
    """

    rows: int | None
    bytes: int
    files: int
    path: str
    skipped: bool = False


@dataclass(frozen=True, slots=True)
class _Output:
    """One save, with everything about it decided."""

    format: str
    target: AnyPath
    mode: SaveMode
    options: tuple[tuple[str, str], ...]
    partition_by: tuple[str, ...]

    @property
    def header(self) -> bool:
        return dict(self.options).get("header") == "true"


def check_write(
    *,
    format: str,
    path: str,
    mode: SaveMode,
    options: TypedOptions = (),
    catalog: Catalog | None = None,
    storage: Storage | None = None,
) -> None:
    """Say before anything runs what `write` would refuse, as far as it can be seen now.

    Raises OptionError, CapabilityError, BindError for a table's database, DataError.
    """
    _refuse(format, options)
    if isinstance(catalog, MetastoreCatalog) and format == "hive":
        catalog.check_save(path, mode)
    elif not is_foreign(path) or format == "hive":
        output = _plan(format, path, mode, options, (), catalog, storage)
        with _writing(output.target):
            _check_target(output)


def write(
    df: DataFrame,
    *,
    format: str,
    path: str,
    mode: SaveMode,
    run: RunFolder,
    options: TypedOptions = (),
    partition_by: tuple[str, ...] = (),
    catalog: Catalog | None = None,
    storage: Storage | None = None,
) -> Written:
    """Save `df` as files at `path`, or as the table `path` of the lake for `hive`.

    run: whose staging folder is used. storage: how a store is reached. The output appears
    whole or not at all; in S3, which renames nothing, as far as `publishing` says. A path of
    another file system is left to the engine's own writer. Raises what `check_write` raises,
    DataError when the output cannot be written or does not fit what it is appended to, and
    what the engine raises.
    """
    _refuse(format, options)
    if isinstance(catalog, MetastoreCatalog) and format == "hive":
        text_formats.distinct_names(df.columns)
        saved = catalog.save(df, path, mode, _columns(df, partition_by))
        return Written(None, 0, 0, metastore_place(path), skipped=not saved)
    if is_foreign(path) and format != "hive":
        return _write_foreign(df, format, path, mode, options, partition_by)
    output = _plan(format, path, mode, options, _columns(df, partition_by), catalog, storage)
    with _writing(output.target):
        if output.mode == "ignore" and _is_there(output.target):
            return Written(0, 0, 0, str(output.target), skipped=True)
        _check_target(output)
        adding = output.mode == "append" and _is_there(output.target)
        if adding:
            output = replace(output, partition_by=_partitions_kept(df, output))
            df = _fitted(_spelled_as(df, output.partition_by), output)
        text_formats.distinct_names(df.columns)
        df = text_formats.prepared(df, output.format, dict(output.options), output.partition_by)
        staged = _staged_path(run, output.target)
        try:
            return _stage_and_publish(df, output, run, staged, adding)
        finally:
            remove_tree(staged)


@contextmanager
def _writing(target: AnyPath) -> Iterator[None]:
    """What a disk or a store says in vain, as a DataError."""
    try:
        yield
    except OSError as problem:
        raise DataError(f"cannot write '{target}': {problem.strerror or problem}") from problem


def _plan(
    format: str,
    path: str,
    mode: SaveMode,
    options: TypedOptions,
    partition_by: tuple[str, ...],
    catalog: Catalog | None,
    storage: Storage | None,
) -> _Output:
    text = tuple(
        (k.lower(), str(v).lower() if isinstance(v, bool) else str(v)) for k, v in options
    )
    if format != "hive":
        return _Output(format, usable(place(path, storage)), mode, text, partition_by)
    if not isinstance(catalog, LakeCatalog):
        raise DataError("there is no lake in which a table could be saved")
    catalog.database_path(TableName.parse(path).database)
    return _Output("parquet", catalog.table_path(path), mode, text, partition_by)


def _refuse(format: str, options: TypedOptions) -> None:
    spec = FORMATS.get(format)
    if spec is None or not spec.writes:
        writable = [name for name, known in FORMATS.items() if known.writes]
        raise OptionError(f"'{format}' cannot be saved", hint=suggestion(format, writable))
    for key, value in options:
        if key.lower() == "partitionoverwritemode" and str(value).lower() == "dynamic":
            raise CapabilityError(
                "dynamic partition overwrite is not done: not every engine keeps the partitions "
                "that are not written",
                hint="overwrite the whole table, or append",
            )


def _columns(df: DataFrame, names: tuple[str, ...]) -> tuple[str, ...]:
    """Partition columns as the table spells them. Raises DataError for an unknown one."""
    spelled = {column.lower(): column for column in df.columns}
    for name in names:
        if name.lower() not in spelled:
            raise DataError(
                f"the table has no column '{name}' to partition by",
                hint=suggestion(name, df.columns),
            )
    lower = [name.lower() for name in names]
    if twice := [name for name in names if lower.count(name.lower()) > 1]:
        raise DataError(f"partitionBy names the column '{twice[0]}' twice")
    if names and len(names) == len(spelled):
        raise DataError("a table cannot be partitioned by all of its columns")
    return tuple(spelled[name.lower()] for name in names)


def _is_there(target: AnyPath) -> bool:
    return target.is_file() or (target.is_dir() and any(target.iterdir()))


def _check_target(output: _Output) -> None:
    target = output.target
    if isinstance(target, RemotePath) and not target.key:
        raise DataError(f"'{target}' is a whole store; a table is saved as a folder in it")
    if _is_there(target):
        if output.mode == "errorIfExists":
            raise DataError(
                f"'{target}' exists already", hint="save overwrite …, append … or ignore …"
            )
        if output.mode != "ignore":
            _check_is_output(output)
    _check_writable(target)


def _check_is_output(output: _Output) -> None:
    """Only what a save has made is ever replaced or added to."""
    target = output.target
    if not target.is_dir():
        raise DataError(f"'{target}' is a file; a table is saved as a folder")
    for entry in _strangers(target, output):
        raise DataError(
            f"'{target}' has something in it that is no {output.format} output: "
            f"{relative(entry, target)}",
            hint="choose another folder, or remove that first",
        )


def _strangers(folder: AnyPath, output: _Output) -> Iterator[AnyPath]:
    """Entries that no save has made, or that do not go with what is to be appended."""
    for entry in folder.iterdir():
        if entry.is_symlink():
            yield entry
        elif entry.is_dir():
            if partition_value(entry.name) is None:
                yield entry
            else:
                yield from _strangers(entry, output)
        elif not _is_ours(entry.name, output):
            yield entry


def _is_ours(name: str, output: _Output) -> bool:
    """Whether a save made the file: by its ending, or by a name that only engines give.

    Data of another format may be overwritten, but not the letter that somebody keeps there.
    """
    if name in (_MARKER, SCHEMA_FILE) or name.endswith((".crc", *_ENDINGS[output.format])):
        return True
    others = tuple(ending for group in _ENDINGS.values() for ending in group)
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


def _partitions_kept(df: DataFrame, output: _Output) -> tuple[str, ...]:
    """The partition columns of what is added to, as they are spelled there. Raises DataError."""
    there = tuple(partitions(output.target))
    given = output.partition_by
    if given and tuple(n.lower() for n in there) != tuple(n.lower() for n in given):
        raise DataError(
            f"'{output.target}' is partitioned by {', '.join(there) or 'nothing'}, "
            f"not by {', '.join(given)}",
            hint=f"partitionBy {', '.join(there)}" if there else "leave partitionBy out",
        )
    _columns(df, there)
    return there


def _spelled_as(df: DataFrame, names: tuple[str, ...]) -> DataFrame:
    """`df` with these columns called just so: a folder's name is compared with its case."""
    spelled = {name.lower(): name for name in names}
    if set(names) <= set(df.columns):
        return df
    return df.select(
        *(df[quoted(name)].alias(spelled.get(name.lower(), name)) for name in df.columns)
    )


def _fitted(df: DataFrame, output: _Output) -> DataFrame:
    """The columns in the order of the Parquet table they are added to. Raises DataError."""
    if output.format == "csv":
        return _fitted_csv(df, output)
    if output.format != "parquet":
        return df
    old = _existing_types(df, output.target)
    new = {f.name.lower(): (f.name, f.dataType.simpleString()) for f in df.schema.fields}
    problems = [f"no column '{name}'" for key, (name, _) in old.items() if key not in new]
    problems += [f"a column '{name}' more" for key, (name, _) in new.items() if key not in old]
    problems += [
        f"'{name}' is {new[key][1]}, not {kind}"
        for key, (name, kind) in old.items()
        if key in new and new[key][1] != kind
    ]
    if problems:
        raise DataError(
            f"the table does not fit what is in '{output.target}': {'; '.join(problems)}",
            hint="select the same columns with the same types",
        )
    return df.select(*(df[quoted(new[key][0])].alias(name) for key, (name, _) in old.items()))


def _fitted_csv(df: DataFrame, output: _Output) -> DataFrame:
    """The columns in the order of the CSV files they are added to. Raises DataError."""
    from plait.data.reader import first_csv_line

    files = [file for file in data_files(output.target) if file.stat().st_size]
    there = first_csv_line(files, dict(output.options)) if files else []
    if not there:
        return df
    new = [name for name in df.columns if name not in output.partition_by]
    spelled = {name.lower(): name for name in new}
    same = {name.lower() for name in there} == set(spelled) if output.header else True
    if len(there) != len(new) or not same:
        was = ", ".join(there) if output.header else f"{len(there)} columns"
        raise DataError(
            f"the table does not fit what is in '{output.target}': that has {was}, "
            f"the table has {', '.join(new)}",
            hint="select the same columns",
        )
    columns = [(spelled[name.lower()], name) for name in there] if output.header else []
    columns = columns or [(name, name) for name in new]
    columns += [(name, name) for name in output.partition_by]
    return df.select(*(df[quoted(name)].alias(known) for name, known in columns))


def _existing_types(df: DataFrame, target: AnyPath) -> dict[str, tuple[str, str]]:
    spark = df.sparkSession
    schema = partitioned_schema(spark, target)
    if schema is not None:
        columns = [*schema.data, *schema.partitions.items()]
    else:
        fields = spark.read.parquet(str(target)).schema.fields
        columns = [(field.name, field.dataType.simpleString()) for field in fields]
    return {name.lower(): (name, kind) for name, kind in columns}


def _staged_path(run: RunFolder, target: AnyPath) -> AnyPath:
    """A path that is not there, on the target's file system."""
    if isinstance(target, Path):
        target.parent.mkdir(parents=True, exist_ok=True)
    return run.unique("save") if run.owns(target) else run.beside(target)


def _stage_and_publish(
    df: DataFrame, output: _Output, run: RunFolder, staged: AnyPath, adding: bool
) -> Written:
    writer = df.write.mode("overwrite").options(**dict(_writer_options(output, df)))
    if output.partition_by:
        writer = writer.partitionBy(*output.partition_by)
    writer.format(output.format).save(str(staged))
    _tidy(df, output, staged)
    files = list(data_files(staged))
    rows = sum(row_counts(files)) if output.format == "parquet" else None
    written = Written(rows, sum(f.stat().st_size for f in files), len(files), str(output.target))
    if adding:
        for marker in (_MARKER, SCHEMA_FILE):
            (staged / marker).unlink(missing_ok=True)
        commit.add(run, staged, output.target)
    else:
        if output.target.is_dir() and not any(output.target.iterdir()):
            output.target.rmdir()
        commit.replace(run, staged, output.target)
    return written


def _writer_options(output: _Output, df: DataFrame) -> Iterator[tuple[str, str]]:
    columns = len(df.columns) - len(output.partition_by)
    yield from text_formats.writer_options(output.format, columns).items()
    for key, value in output.options:
        if key != "partitionoverwritemode":
            yield ("sep" if key == "delimiter" else key), value
    if output.format == "csv" and "escape" not in dict(output.options):
        yield "escape", '"'


def _tidy(df: DataFrame, output: _Output, staged: AnyPath) -> None:
    """Make what the engine wrote the same for all engines."""
    if isinstance(staged, Path):
        staged.mkdir(exist_ok=True)
    if isinstance(staged, Path) or staged.moves:  # else it is done while the files are copied
        for folder in reversed(below(staged, "*=")):
            if folder.is_dir():
                move(folder, folder.with_name(folder.name + NULL_PARTITION))
    if isinstance(staged, Path):
        for checksum in staged.rglob(".*.crc"):
            checksum.unlink()
    schema = df.schema
    if not staged.is_dir() or not any(data_files(staged)):
        _write_empty(df, output, staged)
    if output.format == "parquet":
        (staged / SCHEMA_FILE).write_text(schema.json(), encoding="utf-8")
    (staged / _MARKER).touch()


def _write_empty(df: DataFrame, output: _Output, staged: AnyPath) -> None:
    """A table without rows has its columns all the same, where the format can say so."""
    if output.format == "parquet":
        import pyarrow.parquet as pq

        columns = [name for name in df.columns if name not in output.partition_by]
        arrow = df.select(*(df[quoted(name)] for name in columns)).limit(0).toArrow()
        folder = staged.joinpath(*(f"{name}={NULL_PARTITION}" for name in output.partition_by))
        if isinstance(folder, Path):
            folder.mkdir(parents=True, exist_ok=True)
        with (folder / "part-00000-empty.parquet").open("wb") as out:
            pq.write_table(arrow, out)
        return
    header = ",".join(df.columns) + "\n" if output.format == "csv" and output.header else ""
    (staged / f"part-00000-empty{_ENDINGS[output.format][0]}").write_text(header, "utf-8")


def _write_foreign(
    df: DataFrame,
    format: str,
    path: str,
    mode: SaveMode,
    options: TypedOptions,
    partition_by: tuple[str, ...],
) -> Written:
    output = _Output(
        format,
        Path(path),
        mode,
        tuple((k.lower(), str(v).lower() if isinstance(v, bool) else str(v)) for k, v in options),
        _columns(df, partition_by),
    )
    text_formats.distinct_names(df.columns)
    df = text_formats.prepared(df, format, dict(output.options), output.partition_by)
    writer = df.write.mode(mode.lower()).options(**dict(_writer_options(output, df)))
    if partition_by:
        writer = writer.partitionBy(*output.partition_by)
    writer.format(format).save(path)
    return Written(None, 0, 0, path)

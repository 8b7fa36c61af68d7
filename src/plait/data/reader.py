"""What `load` reads, and what is checked before anything runs.

The engines disagree about much of what is not in a file itself: which types a CSV column gets
and from how many rows, what stands for null, the types of partition columns, the order of JSON
fields. So an engine is asked only for what they agree on, text columns of CSV and files with a
given schema, and the rest is decided here and in `inference.py`, once, for all of them.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from plait.catalog.hive import Catalog, MetastoreCatalog
from plait.catalog.lake import LakeCatalog
from plait.data import schema_inference
from plait.data.files import (
    NULL_PARTITION,
    data_files,
    expand,
    is_foreign,
    partition_type,
    partitions,
)
from plait.data.partitions import (
    PartitionedSchema,
    partitioned_schema,
    quoted,
    typed_columns,
)
from plait.errors import DataError, OptionError, suggestion
from plait.plan.formats import FORMATS
from plait.storage.paths import AnyPath, binary

if TYPE_CHECKING:
    from pyspark.sql.connect.column import Column
    from pyspark.sql.connect.dataframe import DataFrame
    from pyspark.sql.connect.readwriter import DataFrameReader
    from pyspark.sql.connect.session import SparkSession
    from pyspark.sql.types import StructType

    from plait.plan.steps import OptionValue, TypedOptions
    from plait.storage.credentials import Storage

_MAGIC = b"PAR1"
_PACKED = (".gz", ".bz2")
_ARCHIVES = (
    (b"PK\x03\x04", ".zip", "zip"),
    (b"\x1f\x8b", ".gz", "gzip"),
    (b"BZh", ".bz2", "bzip2"),
)
_CHECKED_FILES, _CHECKED_THERE = 20, 4
_FETCHED_BYTES = 32 * 2**20
Options = Mapping[str, "OptionValue"]


def read(
    spark: SparkSession,
    *,
    format: str,
    path: str,
    options: TypedOptions = (),
    catalog: Catalog | None = None,
    storage: Storage | None = None,
) -> DataFrame:
    """A table over files or over a table of the lake; the same on every engine.

    Nothing is computed but what types need: one pass with `inferSchema` of CSV, and over JSON
    without a schema: in this process, by the engine when there is much of it in a store.
    storage: how stores are reached. Raises what `check` raises, and what the engine raises.
    """
    check(format=format, path=path, options=options, catalog=catalog, storage=storage)
    given = by_key(options)
    if isinstance(catalog, MetastoreCatalog) and format == "hive":
        return catalog.read(spark, path)
    if format == "hive":
        return _parquet(spark, [_table(catalog, path)])
    if is_foreign(path):
        return _foreign(spark, format, path, options)
    roots = expand(path, storage)
    paths = [str(root) for root in roots]
    match format:
        case "parquet":
            return _parquet(spark, roots)
        case "csv":
            return _csv(spark, roots, given)
        case "json":
            return _json(spark, roots, given)
        case "text":
            return spark.read.text(paths, wholetext=bool(given.get("wholetext")))
        case _:
            return spark.read.format(format).options(**_as_text(options)).load(paths)


def _foreign(spark: SparkSession, format: str, path: str, options: TypedOptions) -> DataFrame:
    """A file system that only the engine knows: it reads, and guesses types, as it does."""
    given = by_key(options)
    if format != "csv":
        return spark.read.format(format).options(**_as_text(options)).load(path)
    declared = given.get("schema")
    asked = spark.read.schema(str(declared)).csv(path).schema if declared else None
    return _typed_csv(_csv_reader(spark, given).csv(path), asked, {}, given)


def check(
    format: str,
    path: str,
    options: TypedOptions = (),
    *,
    catalog: Catalog | None = None,
    storage: Storage | None = None,
) -> None:
    """Look at names and first bytes, cheaply and before anything runs.

    Raises DataError for a path that is not there, a folder without data and a file of another
    kind; BindError for an unknown table; OptionError for an unknown format. Of paths in other
    file systems than S3 and HDFS nothing can be said.
    """
    spec = FORMATS.get(format)
    if spec is None or not spec.reads:
        readable = [name for name, known in FORMATS.items() if known.reads]
        raise OptionError(f"'{format}' cannot be loaded", hint=suggestion(format, readable))
    if format != "hive" and is_foreign(path):
        return
    if isinstance(catalog, MetastoreCatalog) and format == "hive":
        catalog.require(path)
        return
    roots = (_table(catalog, path),) if format == "hive" else expand(path, storage)
    try:
        files = [file for root in roots for file in data_files(root)]
        if not files:
            raise DataError(f"'{path}' has no data files", hint="the folder is empty")
        _check_files(format, files, by_key(options))
    except OSError as problem:
        raise DataError(f"'{path}' cannot be read: {problem.strerror or problem}") from problem


def by_key(options: TypedOptions) -> dict[str, OptionValue]:
    """Options by lower-case key, for Spark compares keys without case."""
    return {key.lower(): value for key, value in options}


def _as_text(options: TypedOptions) -> dict[str, str]:
    return {k: str(v).lower() if isinstance(v, bool) else str(v) for k, v in options}


def _table(catalog: Catalog | None, name: str) -> AnyPath:
    if not isinstance(catalog, LakeCatalog):
        raise DataError("there is no lake in which a table could be")
    return catalog.require(name)


def _parquet(spark: SparkSession, roots: Sequence[AnyPath]) -> DataFrame:
    if len(roots) == 1:
        schema = partitioned_schema(spark, roots[0])
        if schema is not None:
            raw = spark.read.schema(schema.raw_ddl()).parquet(str(roots[0]))
            return raw.selectExpr(*typed_columns(schema))
    return spark.read.parquet(*map(str, roots))


def _csv(spark: SparkSession, roots: Sequence[AnyPath], options: Options) -> DataFrame:
    reader, paths = _csv_reader(spark, options), [str(root) for root in roots]
    declared = options.get("schema")
    asked = spark.read.schema(str(declared)).csv(paths).schema if declared else None
    folders = _folder_types(roots)
    names = asked.fieldNames() if asked is not None else _csv_names(roots, options)
    names = [name for name in names if name not in folders]
    text = reader.schema(_text_schema([*names, *folders])).csv(paths)
    return _typed_csv(text, asked, folders, options)


def _typed_csv(
    text: DataFrame, asked: StructType | None, folders: Mapping[str, str], options: Options
) -> DataFrame:
    from pyspark.sql.connect import functions as F  # noqa: N812 - Spark's own convention

    null_value = options.get("nullvalue")
    columns: list[Column] = []
    for name in text.columns:
        column = text[quoted(name)]
        nulls = ["", NULL_PARTITION] if name in folders else [null_value]
        for null in nulls:
            if null is not None:
                column = F.when(column != F.lit(str(null)), column)
        columns.append(column.alias(name))
    text = text.select(*columns)
    patterns = schema_inference.Patterns(_pattern(options, "date"), _pattern(options, "timestamp"))
    types = dict(folders)
    if asked is not None:
        types |= {f.name: f.dataType.simpleString() for f in asked.fields}
    elif options.get("inferschema"):
        types = schema_inference.csv_types(text, patterns) | types
    return text.select(
        *(
            schema_inference.typed(text[quoted(name)], types.get(name, "string"), patterns).alias(
                name
            )
            for name in text.columns
        )
    )


def _pattern(options: Options, kind: str) -> str | None:
    value = options.get(f"{kind}format")
    return None if value is None else str(value)


def _csv_reader(spark: SparkSession, options: Options) -> DataFrameReader:
    passed = {
        "header": options.get("header", False),
        "sep": options.get("sep", options.get("delimiter", ",")),
        "quote": options.get("quote", '"'),
        "escape": options.get("escape", '"'),
        "multiLine": options.get("multiline", True),
        "mode": options.get("mode", "FAILFAST"),
    }
    passed |= {key: options[key] for key in ("comment", "encoding") if key in options}
    return spark.read.options(**_as_text(tuple(passed.items())))


def _csv_names(roots: Sequence[AnyPath], options: Options) -> list[str]:
    """The columns' names from the first line with anything in it; `_c0` … without a header."""
    line = first_csv_line([f for root in roots for f in data_files(root)], options)
    if not options.get("header"):
        return [f"_c{index}" for index in range(len(line))]
    names = [name.strip() or f"_c{index}" for index, name in enumerate(line)]
    lower = [name.lower() for name in names]
    if twice := [name for name in names if lower.count(name.lower()) > 1]:
        raise DataError(f"the header names the column '{twice[0]}' twice")
    return names


def first_csv_line(files: list[AnyPath], options: Mapping[str, Any]) -> list[str]:
    """The fields of the first line of `files` with anything in it. Raises DataError."""
    comment = str(options.get("comment", ""))
    escape = str(options.get("escape", '"'))
    for file in files:
        with schema_inference.open_text(file, str(options.get("encoding", "utf-8"))) as text:
            lines = (one for one in text if not (comment and one.startswith(comment)))
            rows = csv.reader(
                lines,
                delimiter=str(options.get("sep", options.get("delimiter", ","))),
                quotechar=str(options.get("quote", '"')) or None,
                escapechar=escape if len(escape) == 1 and escape != '"' else None,
            )
            first = next((row for row in rows if row), None)
        if first is not None:
            return first
    raise DataError(f"the CSV file '{files[0]}' is empty")


def _text_schema(names: list[str]) -> StructType:
    from pyspark.sql.types import StringType, StructField, StructType

    return StructType([StructField(name, StringType()) for name in names])


def _folder_types(roots: Sequence[AnyPath]) -> dict[str, str]:
    """Partition columns of one folder; several paths have none, as in Spark."""
    found = partitions(roots[0]) if len(roots) == 1 else {}
    return {name: partition_type(values) for name, values in found.items()}


def _json(spark: SparkSession, roots: Sequence[AnyPath], options: Options) -> DataFrame:
    paths = [str(root) for root in roots]
    reader = spark.read.option("mode", "FAILFAST")
    if options.get("multiline"):
        reader = reader.option("multiLine", "true")
    declared = options.get("schema")
    if declared:
        return reader.schema(str(declared)).json(paths)
    if options.get("multiline"):
        return reader.json(paths)
    folders = _folder_types(roots)
    files = [file for root in roots for file in data_files(root)]
    if _read_by_engine(files):
        schema = schema_inference.json_schema_there(spark.read.text(paths).select("value"))
    else:
        schema = schema_inference.json_schema(files)
    if not folders:
        return reader.schema(schema).json(paths)
    fields = [field for field in schema.fields if field.name not in folders]
    columns = PartitionedSchema(
        tuple((field.name, field.dataType.simpleString()) for field in fields), folders
    )
    return reader.schema(columns.raw_ddl()).json(paths).selectExpr(*typed_columns(columns))


def _read_by_engine(files: Sequence[AnyPath]) -> bool:
    """Whether lines in a store are too many to be fetched for their types."""
    if not files or isinstance(files[0], Path) or {f.suffix.lower() for f in files} & {*_PACKED}:
        return False
    return sum(file.stat().st_size for file in files) > _FETCHED_BYTES


def _check_files(format: str, files: list[AnyPath], options: Options) -> None:
    for file in _first(files):
        is_parquet = _is_parquet(file)
        if is_parquet is not (format in ("parquet", "hive")):
            _wrong_kind(format, file, is_parquet)
    if format not in ("parquet", "hive"):
        _check_packing(files)
    if format == "csv":
        _csv_names(files, options)
    elif format == "json" and not options.get("multiline"):
        _check_json(files)


def _first(files: list[AnyPath]) -> list[AnyPath]:
    """The files that are looked into: fewer in a store, where each look is a request."""
    return files[: _CHECKED_FILES if isinstance(files[0], Path) else _CHECKED_THERE]


def _wrong_kind(format: str, file: AnyPath, is_parquet: bool) -> None:
    if is_parquet:
        raise DataError(f"{file} is a Parquet file, not {format}", hint="load parquet.`…`")
    ending = file.name.removesuffix(".gz").rpartition(".")[2].lower()
    hint = f"load {ending}.`…`" if ending in FORMATS and ending != "parquet" else None
    raise DataError(f"{file} is not a Parquet file", hint=hint)


def _check_packing(files: list[AnyPath]) -> None:
    """Engines tell how a file is packed by its name, and some want all files alike."""
    endings = {file.suffix.lower() if file.suffix.lower() in _PACKED else "" for file in files}
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
        with schema_inference.open_text(file) as lines:
            for number, line in enumerate(lines, 1):
                if line.strip():
                    schema_inference.parse_object(file, number, line)
                    break

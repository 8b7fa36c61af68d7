"""The table that a `load` defines.

The engines disagree about much of what is not in a file itself: which types a CSV column gets
and from how many rows, what stands for null, the types of partition columns, the order of JSON
fields. So an engine is asked only for what they agree on, text columns of CSV and files with a
given schema, and the rest is decided here, in `schema_inference` and in `json_schema`, once for
all of them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from plait.data import csv_quotes, json_schema, schema_inference
from plait.data.csv_layout import CsvLayout
from plait.data.partitions import PartitionColumn, TableSchema, columns_of
from plait.data.sources import Options, ResolvedSource
from plait.data.text_files import PACKED
from plait.data.unread import NOTHING_UNREAD, Content, Unread
from plait.lang.sqltext import quoted

if TYPE_CHECKING:
    from pyspark.sql.connect.column import Column
    from pyspark.sql.connect.dataframe import DataFrame
    from pyspark.sql.connect.readwriter import DataFrameReader
    from pyspark.sql.connect.session import SparkSession
    from pyspark.sql.types import StructType

    from plait.plan.steps import OptionValue, TypedOptions
    from plait.storage.listing import FileEntry

# JSON lines in a store that are more than this are typed by the engine and not fetched.
_FETCHED_BYTES = 32 * 2**20


@dataclass(frozen=True, slots=True)
class FileTable:
    """Files that were looked into, to be read as one table."""

    source: ResolvedSource

    def read(self, spark: SparkSession, unread: Unread = NOTHING_UNREAD) -> DataFrame:
        """The table, as `read` says."""
        return read(spark, self.source, unread)

    @property
    def notices(self) -> tuple[str, ...]:
        """Columns that are not read, because not all files have them."""
        columns = self.source.parquet if self.source.format == "parquet" else None
        if columns is None or not columns.left_out:
            return ()
        return (
            f"'{self.source.path}' has files with more columns than the first, which are not "
            f'read: {", ".join(columns.left_out)}; mergeSchema="true" reads them',
        )


def read(
    spark: SparkSession, source: ResolvedSource, unread: Unread = NOTHING_UNREAD
) -> DataFrame:
    """A table over files; the same on every engine.

    unread: what the engine of `spark` does not read as Spark does; it is refused.

    Nothing is computed but what types need: one pass with `inferSchema` of CSV, and over JSON
    without a schema: in this process, by the engine when there is much of it in a store.
    Raises DataError, CapabilityError, and what the engine raises.
    """
    if not source.listings:
        return _read_by_engine_alone(spark, source)
    match source.format:
        case "parquet":
            return _parquet(spark, source)
        case "csv":
            unread.refuse(_csv_content(source, unread))
            return _csv(spark, source)
        case "json":
            return _json(spark, source, unread)
        case "text":
            wholetext = bool(source.by_key.get("wholetext"))
            return spark.read.text(source.roots, wholetext=wholetext)
        case other:
            options = _as_text(source.options)
            return spark.read.format(other).options(**options).load(source.roots)


def _read_by_engine_alone(spark: SparkSession, source: ResolvedSource) -> DataFrame:
    """A file system that only the engine knows: it reads, and guesses types, as it does."""
    options, path = source.by_key, source.path
    if source.format != "csv":
        return spark.read.format(source.format).options(**_as_text(source.options)).load(path)
    declared = options.get("schema")
    asked = spark.read.schema(str(declared)).csv(path).schema if declared else None
    return _typed_csv(_csv_reader(spark, options).csv(path), asked, {}, options)


def _as_text(options: TypedOptions) -> dict[str, str]:
    return {k: str(v).lower() if isinstance(v, bool) else str(v) for k, v in options}


def _parquet(spark: SparkSession, source: ResolvedSource) -> DataFrame:
    columns = source.parquet
    if columns is None:
        return spark.read.options(**_as_text(source.options)).parquet(*source.roots)
    table = TableSchema(columns.schema, source.partitions)
    raw = spark.read.schema(table.raw()).parquet(*source.roots)
    return raw.selectExpr(*table.expressions()) if table.partitions else raw


def _csv(spark: SparkSession, source: ResolvedSource) -> DataFrame:
    options, paths, partitions = source.by_key, source.roots, source.partitions
    folders = {column.raw.name: column for column in partitions}
    declared = options.get("schema")
    asked = spark.read.schema(str(declared)).csv(paths).schema if declared else None
    if asked is not None:
        names = asked.fieldNames()
    else:
        names = CsvLayout.of(options).names([file.path for file in source.files])
    inside = {column.name for column in partitions}
    schema = TableSchema(_text_schema([n for n in names if n not in inside]), partitions)
    text = _csv_reader(spark, options).schema(schema.raw()).csv(paths)
    return _typed_csv(text, asked, folders, options)


def _csv_content(source: ResolvedSource, unread: Unread) -> dict[Content, str]:
    """What engines may read otherwise; files in a store are not fetched to look for it."""
    found: dict[Content, str] = {}
    layout = CsvLayout.of(source.by_key)
    if len(layout.sep.encode()) > 1:
        found["csv-separator"] = f"the separator '{layout.sep}' has more than one byte"
    files = [file.path for file in source.files]
    if "csv-quotes" in unread.contents and files and isinstance(files[0], Path):
        odd = csv_quotes.odd_quotes(files, layout)
        if not layout.quote:
            found["csv-quotes"] = "csv is to be read without quotes"
        elif odd is not None:
            found["csv-quotes"] = f"{odd.file}, line {odd.line}, has {odd.what}"
    return found


def _typed_csv(
    text: DataFrame,
    asked: StructType | None,
    folders: Mapping[str, PartitionColumn],
    options: Options,
) -> DataFrame:
    """Columns of text with their nulls and types, in one projection at most."""
    from pyspark.sql.connect import functions as F  # noqa: N812 - Spark's own convention

    null = options.get("nullvalue")
    columns = {
        name: F.col(quoted(name)) if name in folders or null is None else _unless(name, str(null))
        for name in text.columns
    }
    patterns = schema_inference.Patterns(_pattern(options, "date"), _pattern(options, "timestamp"))
    types = {column.name: column.type for column in folders.values()}
    if asked is not None:
        types |= {column.name: column.type for column in columns_of(asked)}
    elif options.get("inferschema"):
        cells = text
        if null is not None:
            cells = text.select(*(column.alias(name) for name, column in columns.items()))
        types = schema_inference.csv_types(cells, patterns) | types
    elif not folders and null is None:
        return text
    typed: list[Column] = []
    for name, column in columns.items():
        if (folder := folders.get(name)) is not None:
            typed.append(F.expr(replace(folder, type=types[folder.name]).expression))
        else:
            kind = types.get(name, "string")
            typed.append(schema_inference.typed(column, kind, patterns).alias(name))
    return text.select(*typed)


def _unless(name: str, null: str) -> Column:
    """A column of text that is null where it holds `null`."""
    from pyspark.sql.connect import functions as F  # noqa: N812 - Spark's own convention

    column = F.col(quoted(name))
    return F.when(column != F.lit(null), column)


def _pattern(options: Options, kind: str) -> str | None:
    value = options.get(f"{kind}format")
    return None if value is None else str(value)


def _csv_reader(spark: SparkSession, options: Options) -> DataFrameReader:
    layout = CsvLayout.of(options)
    passed: dict[str, OptionValue] = {
        "header": layout.header,
        "sep": layout.sep,
        "quote": layout.quote,
        "escape": layout.escape,
        "multiLine": layout.multiline,
        "mode": options.get("mode", "FAILFAST"),
    }
    passed |= {key: options[key] for key in ("comment", "encoding") if key in options}
    return spark.read.options(**_as_text(tuple(passed.items())))


def _text_schema(names: list[str]) -> StructType:
    from pyspark.sql.types import StringType, StructField, StructType

    return StructType([StructField(name, StringType()) for name in names])


def _json(spark: SparkSession, source: ResolvedSource, unread: Unread) -> DataFrame:
    options, paths = source.by_key, source.roots
    reader = spark.read.option("mode", "FAILFAST")
    if options.get("multiline"):
        reader = reader.option("multiLine", "true")
    declared = options.get("schema")
    if declared:
        table = reader.schema(str(declared)).json(paths)
        if unread.contents and not _many_in_a_store(source.files):
            names = [c.name for c in columns_of(table.schema) if c.type == "string"]
            lines = json_schema.json_lines(file.path for file in source.files)
            unread.refuse(lines.content(names))
        return table
    if options.get("multiline"):
        return reader.json(paths)
    files, folders = source.files, source.partitions
    if _many_in_a_store(files):
        lines = json_schema.json_lines_by_engine(spark.read.text(paths).select("value"))
    else:
        lines = json_schema.json_lines(file.path for file in files)
    unread.refuse(lines.content())
    schema = lines.schema()
    if not folders:
        return reader.schema(schema).json(paths)
    columns = TableSchema(schema, folders)
    return reader.schema(columns.raw()).json(paths).selectExpr(*columns.expressions())


def _many_in_a_store(files: list[FileEntry]) -> bool:
    """Whether lines in a store are too many to be fetched for a look at them."""
    if not files or isinstance(files[0].path, Path):
        return False
    if {file.path.suffix.lower() for file in files} & {*PACKED}:
        return False
    return sum(file.size_bytes for file in files) > _FETCHED_BYTES

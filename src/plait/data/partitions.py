"""Partitioned folders: the columns that are in the names of folders, with types and nulls.

Spark guesses their types, Sail gives text, and the two write null in different ways. So they
are always read as text and cast here, to the type that plait wrote down beside the data or
else to the one that Spark would guess.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING
from urllib.parse import unquote

from plait.data.files import Listing
from plait.storage.paths import AnyPath, relative

if TYPE_CHECKING:
    from pyspark.sql.connect.session import SparkSession
    from pyspark.sql.types import StructType

SCHEMA_FILE = "_schema.json"
NULL_PARTITION = "__HIVE_DEFAULT_PARTITION__"


@dataclass(frozen=True, slots=True)
class Column:
    """A column's name, and its type as Spark writes it: `array<int>`."""

    name: str
    type: str


@dataclass(frozen=True, slots=True)
class PartitionedSchema:
    """Columns of a partitioned table. data: those in files. partitions: column → type of those
    in the names of folders.
    """

    data: tuple[Column, ...]
    partitions: Mapping[str, str]

    def raw_ddl(self) -> str:
        """The columns as an engine is asked for them: partition columns as text."""
        columns = [*self.data, *(Column(name, "string") for name in self.partitions)]
        return ", ".join(f"{quoted(column.name)} {column.type}" for column in columns)


def typed_columns(schema: PartitionedSchema) -> list[str]:
    """SQL expressions that give the raw columns their types and their nulls."""
    plain = [quoted(column.name) for column in schema.data]
    return plain + [
        f"cast(nullif(nullif({quoted(name)}, ''), '{NULL_PARTITION}') as {kind}) as {quoted(name)}"
        for name, kind in schema.partitions.items()
    ]


def quoted(name: str) -> str:
    """A column's name as SQL."""
    return "`" + name.replace("`", "``") + "`"


def partitions(listing: Listing) -> dict[str, set[str | None]]:
    """Partition column → its values, from folders named `column=value` below a folder.

    In the order of nesting; empty when the first folder below is not of that kind. A folder
    without files says nothing, as in Spark.
    """
    found: dict[str, set[str | None]] = {}
    for file in listing.files:
        for folder in relative(file.path, listing.root).parts[:-1]:
            partition = partition_of(folder)
            if partition is None:
                break
            found.setdefault(partition.column, set()).add(partition.value)
    return found


def partition_types(listing: Listing) -> dict[str, str]:
    """Partition column → the type that Spark gives it, in the order of nesting."""
    return {name: partition_type(values) for name, values in partitions(listing).items()}


def partitioned_schema(spark: SparkSession, listing: Listing) -> PartitionedSchema | None:
    """The columns of a folder of Parquet that is partitioned, or None when it is not.

    The types are those that plait wrote down beside the data, else Spark's. Raises what the
    engine raises.
    """
    guessed = partition_types(listing)
    if not guessed:
        return None
    kept = kept_types(listing.root)
    types = {name: kept.get(name, kind) for name, kind in guessed.items()}
    columns = columns_of(spark.read.parquet(str(listing.root)).schema)
    return PartitionedSchema(tuple(c for c in columns if c.name not in types), types)


def columns_of(schema: StructType) -> tuple[Column, ...]:
    """The columns of a schema of Spark, in order."""
    return tuple(Column(field.name, field.dataType.simpleString()) for field in schema.fields)


def kept_types(path: AnyPath) -> dict[str, str]:
    """Column → type as plait wrote it down beside the data; empty when it did not."""
    from pyspark.sql.types import StructType

    try:
        text = (path / SCHEMA_FILE).read_text(encoding="utf-8")
        schema = StructType.fromJson(json.loads(text))
    except (OSError, ValueError, KeyError):
        return {}
    return {column.name: column.type for column in columns_of(schema)}


@dataclass(frozen=True, slots=True)
class Partition:
    """What the name of one folder says. value: None for null."""

    column: str
    value: str | None


def partition_of(folder: str) -> Partition | None:
    """What a folder's name says, or None when it is not of the kind `k=v`."""
    column, equals, value = folder.partition("=")
    if not equals or not column:
        return None
    decoded = unquote(value)
    return Partition(unquote(column), None if decoded in ("", NULL_PARTITION) else decoded)


def partition_type(values: Iterable[str | None]) -> str:
    """The type that Spark gives a partition column with these values."""
    texts = [value for value in values if value is not None]
    if not texts:
        return "string"
    return next(kind for kind, fits in _TYPES if all(fits(text) for text in texts))


def _is_integer(text: str, bits: int) -> bool:
    return re.fullmatch(r"[+-]?\d{1,19}", text) is not None and (
        -(2 ** (bits - 1)) <= int(text) < 2 ** (bits - 1)
    )


def _is_int(text: str) -> bool:
    return _is_integer(text, 32)


def _is_bigint(text: str) -> bool:
    return _is_integer(text, 64)


def _is_double(text: str) -> bool:
    return re.fullmatch(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", text) is not None


def _is_date(text: str) -> bool:
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def _is_timestamp(text: str) -> bool:
    try:
        return len(datetime.fromisoformat(text).isoformat()) <= len(text) + 7 and ":" in text
    except ValueError:
        return False


def _is_text(text: str) -> bool:  # noqa: ARG001 - the last resort takes all
    return True


_TYPES = (
    ("int", _is_int),
    ("bigint", _is_bigint),
    ("double", _is_double),
    ("date", _is_date),
    ("timestamp", _is_timestamp),
    ("string", _is_text),
)

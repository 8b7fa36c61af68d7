"""Partitioned folders: the columns that are in the names of folders, with types and nulls.

Spark guesses their types, Sail gives text, and the two write null in different ways. So they
are always read as text and cast here, to the type that plait wrote down beside the data or
else to the one that Spark would guess.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from plait.data.files import NULL_PARTITION, partition_type, partitions
from plait.storage.paths import AnyPath

if TYPE_CHECKING:
    from pyspark.sql.connect.session import SparkSession

SCHEMA_FILE = "_schema.json"


@dataclass(frozen=True, slots=True)
class PartitionedSchema:
    """Columns of a partitioned table: (name, type) of those in files, and of those in folders."""

    data: tuple[tuple[str, str], ...]
    partitions: Mapping[str, str]

    def raw_ddl(self) -> str:
        """The columns as an engine is asked for them: partition columns as text."""
        columns = [*self.data, *((name, "string") for name in self.partitions)]
        return ", ".join(f"{quoted(name)} {kind}" for name, kind in columns)


def typed_columns(schema: PartitionedSchema) -> list[str]:
    """SQL expressions that give the raw columns their types and their nulls."""
    plain = [quoted(name) for name, _ in schema.data]
    return plain + [
        f"cast(nullif(nullif({quoted(name)}, ''), '{NULL_PARTITION}') as {kind}) as {quoted(name)}"
        for name, kind in schema.partitions.items()
    ]


def quoted(name: str) -> str:
    """A column's name as SQL."""
    return "`" + name.replace("`", "``") + "`"


def partitioned_schema(spark: SparkSession, path: AnyPath) -> PartitionedSchema | None:
    """The columns of a folder of Parquet that is partitioned, or None when it is not."""
    found = partitions(path)
    if not found:
        return None
    kept = kept_types(path)
    types = {name: kept.get(name) or partition_type(values) for name, values in found.items()}
    fields = spark.read.parquet(str(path)).schema.fields
    data = tuple((f.name, f.dataType.simpleString()) for f in fields if f.name not in types)
    return PartitionedSchema(data, types)


def kept_types(path: AnyPath) -> dict[str, str]:
    """Column → type as plait wrote it down beside the data; empty when it did not."""
    from pyspark.sql.types import StructType

    try:
        text = (path / SCHEMA_FILE).read_text(encoding="utf-8")
        schema = StructType.fromJson(json.loads(text))
    except (OSError, ValueError, KeyError):
        return {}
    return {field.name: field.dataType.simpleString() for field in schema.fields}

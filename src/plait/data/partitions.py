"""Partitioned folders: the columns that are in the names of folders, with types and nulls.

Spark guesses their types, Sail gives text, and the two write null in different ways. So they
are always read as text and cast here, to the type that plait wrote down beside the data or
else to the one that Spark would guess.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from plait.data.files import Listing
from plait.data.partition_types import partition_type, plain_form
from plait.lang.sqltext import literal_of, quoted
from plait.storage.paths import AnyPath, relative

if TYPE_CHECKING:
    from pyspark.sql.types import DataType, StructField, StructType

SCHEMA_FILE = "_schema.json"
FOLDER = "folder"
NULL_PARTITION = "__HIVE_DEFAULT_PARTITION__"

_ESCAPED = re.compile(r"""[\x01-\x1f\x7f"#%'*/:=?\\{\[\]^]""")


@dataclass(frozen=True, slots=True)
class Column:
    """A column's name, and its type as Spark writes it: `array<int>`."""

    name: str
    type: str


@dataclass(frozen=True, slots=True)
class PartitionColumn:
    """A column in the names of folders.

    folder: its name as the folders have it, `a%3Db`. respelled: what an engine may give for a
    folder's value → the text that is to be cast to the type. Spark decodes `%C3%BC` letter by
    letter, and reads `2024-01` as a date.
    """

    name: str
    type: str
    folder: str
    respelled: Mapping[str, str]

    @property
    def raw(self) -> StructField:
        """The column as an engine is asked for it: text, under the name that Spark decodes.

        An engine that decodes no names finds in its metadata what the folders have, `FOLDER`.
        """
        from pyspark.sql.types import StringType, StructField

        name = unquote(self.folder, "latin-1")
        told = {FOLDER: self.folder} if name != self.folder else {}
        return StructField(name, StringType(), metadata=told)

    @property
    def expression(self) -> str:
        """SQL that gives the column its type and its nulls, from its text."""
        text = f"nullif(nullif({quoted(self.raw.name)}, ''), '{NULL_PARTITION}')"
        if self.respelled:
            pairs = ((literal_of(one), literal_of(other)) for one, other in self.respelled.items())
            cases = " ".join(f"when {given} then {right}" for given, right in pairs)
            text = f"case {text} {cases} else {text} end"
        return f"cast({text} as {self.type}) as {quoted(self.name)}"


@dataclass(frozen=True, slots=True)
class TableSchema:
    """The columns of a table. data: those in files. partitions: those in the names of folders,
    in the order of nesting.
    """

    data: StructType
    partitions: tuple[PartitionColumn, ...]

    @property
    def columns(self) -> tuple[Column, ...]:
        """The columns with their types, those of folders last."""
        named = {column.name.lower() for column in self.partitions}
        data = (column for column in columns_of(self.data) if column.name.lower() not in named)
        return (*data, *(Column(column.name, column.type) for column in self.partitions))

    def raw(self) -> StructType:
        """The columns as an engine is asked for them: partition columns as text."""
        from pyspark.sql.types import StructType

        named = {column.name.lower() for column in self.partitions}
        fields = [field for field in self.data if field.name.lower() not in named]
        return StructType([*fields, *(column.raw for column in self.partitions)])

    def expressions(self) -> list[str]:
        """SQL expressions that give the raw columns their types and their nulls."""
        plain = self.raw().names[: -len(self.partitions) or None]
        return [quoted(name) for name in plain] + [c.expression for c in self.partitions]


def ddl(schema: StructType) -> str:
    """The columns as SQL declares them; names may have any characters, also inside of structs."""
    return ", ".join(f"{quoted(field.name)} {_declared(field.dataType)}" for field in schema)


def ddl_type(described: Any) -> str:
    """A type as SQL declares it, from its description in the JSON of a schema."""
    from pyspark.sql.types import StructType

    field = {"name": "", "type": described, "nullable": True, "metadata": {}}
    return _declared(StructType.fromJson({"fields": [field]})[0].dataType)


def _declared(kind: DataType) -> str:
    from pyspark.sql import types as T  # noqa: N812 - Spark's own convention

    match kind:
        case T.StructType():
            inner = ", ".join(f"{quoted(f.name)}: {_declared(f.dataType)}" for f in kind)
            return f"struct<{inner}>"
        case T.ArrayType():
            return f"array<{_declared(kind.elementType)}>"
        case T.MapType():
            return f"map<{_declared(kind.keyType)}, {_declared(kind.valueType)}>"
        case _:
            return str(kind.simpleString())


def partitions(listing: Listing) -> dict[str, dict[str, str | None]]:
    """Partition column → each folder below named `column=value` → its value.

    In the order of nesting; empty when the first folder below is not of that kind. A folder
    without files says nothing, as in Spark.
    """
    found: dict[str, dict[str, str | None]] = {}
    folders = dict.fromkeys(relative(file.path, listing.root).parts[:-1] for file in listing.files)
    for names in folders:
        for name in names:
            partition = partition_of(name)
            if partition is None:
                break
            found.setdefault(partition.column, {})[name] = partition.value
    return found


def partition_columns(listing: Listing) -> tuple[PartitionColumn, ...]:
    """The partition columns of a folder, in the order of nesting.

    Their types are those that plait wrote down beside the data, else Spark's.
    """
    found = partitions(listing)
    kept = kept_types(listing.root) if found else {}
    return tuple(_column(name, values, kept.get(name)) for name, values in found.items())


def _column(name: str, folders: Mapping[str, str | None], kept: str | None) -> PartitionColumn:
    """folders: each folder's name → its value. kept: the type if plait wrote it down."""
    kind = kept or partition_type(folders.values())
    right = {value for value in folders.values() if value is not None}
    respelled: dict[str, str] = {}
    for folder, value in folders.items():
        if value is None:
            continue
        plain = value if kept else plain_form(value, kind)
        given = {value, unquote(folder.partition("=")[2], "latin-1")} - (right - {value})
        respelled |= {text: plain for text in given if text != plain}
    return PartitionColumn(name, kind, next(iter(folders)).partition("=")[0], respelled)


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


def folder_name(column: str, value: str) -> str:
    """The name of a partition's folder, as Spark writes it."""
    return f"{_escaped(column)}={_escaped(value) or NULL_PARTITION}"


def _escaped(text: str) -> str:
    return _ESCAPED.sub(lambda match: f"%{ord(match[0]):02X}", text)

"""The columns of Parquet files as Spark sees them, found in the files' footers.

Engines disagree about what other programs write: unsigned integers, dictionaries, nanoseconds,
files whose columns differ. So the columns are decided here, by Spark's rules, and an engine is
asked for exactly these. What no engine reads is refused, with the name of the column.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from plait.data.text_formats import distinct_names
from plait.errors import DataError
from plait.storage.listing import FileEntry
from plait.storage.paths import AnyPath, at_once, opened
from plait.worker.arrow_types import any_part, spark_type

if TYPE_CHECKING:
    import pyarrow as pa
    from pyspark.sql.types import DataType, StructField, StructType

ARROW_TYPE = "arrow type"
# Where Spark keeps the types of a table that it wrote, and Arrow those that Parquet lacks.
_SPARK_SCHEMA = b"org.apache.spark.sql.parquet.row.metadata"
_ARROW_SCHEMA = b"ARROW:schema"
_LOCAL_FOOTERS, _REMOTE_FOOTERS = 1000, 64
_MICROSECONDS = 'write microseconds: in pandas, to_parquet(…, coerce_timestamps="us")'
_MAX_DIGITS = 38


@dataclass(frozen=True, slots=True)
class ParquetColumns:
    """The columns of a table over one or more files of Parquet.

    schema: with the types that Spark has; all may be null. A field's metadata has the type in
    which Arrow would give the column, `ARROW_TYPE`, where that is not one of Parquet.
    left_out: what files have and the table does not, because it has the columns of the first.
    """

    schema: StructType
    left_out: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Footer:
    """What one file says. leaves: its columns of plain values, in order. text: the same.
    written: the schema as Spark wrote it down, if it did.
    """

    path: AnyPath
    arrow: pa.Schema
    leaves: tuple[Any, ...]
    text: str
    written: bytes | None


@dataclass(frozen=True, slots=True)
class _File:
    """The columns of one file, with the types that Spark's own reader has."""

    path: AnyPath
    columns: StructType


def parquet_columns(files: Sequence[FileEntry], *, merge: bool) -> ParquetColumns | None:
    """The columns of the first file by path, as Spark has them, or with `merge` of all files.

    At most some hundred footers are read, unless all have to be merged. None when the types
    are such as only Spark itself knows. Raises DataError for a file that is no Parquet, for a
    type that cannot be read, and for a column whose types in two files do not go together.
    """
    found = _distinct(_looked_at(files, merge))
    if found is None:
        return None
    first = found[0]
    columns = {field.name.lower(): field for field in first.columns}
    distinct_names(first.columns.names)
    left_out: dict[str, str] = {}
    for file in found[1:]:
        distinct_names(file.columns.names)
        for field in file.columns:
            known = columns.get(field.name.lower())
            if known is None and not merge:
                left_out.setdefault(field.name.lower(), field.name)
            elif known is None:
                columns[field.name.lower()] = field
            elif (both := _together(known.dataType, field.dataType, merge)) is None:
                raise _differ(first, file, known, field)
            else:
                told = {**field.metadata, **known.metadata}
                columns[field.name.lower()] = type(field)(known.name, both, metadata=told)
    return ParquetColumns(type(first.columns)(list(columns.values())), tuple(left_out.values()))


def _looked_at(files: Sequence[FileEntry], merge: bool) -> list[FileEntry]:
    """All files in the order in which Spark takes the first, or some of very many."""
    ordered = sorted(files, key=lambda file: str(file.path))
    most = _LOCAL_FOOTERS if isinstance(ordered[0].path, Path) else _REMOTE_FOOTERS
    if merge or len(ordered) <= most:
        return ordered
    return [ordered[index * (len(ordered) - 1) // (most - 1)] for index in range(most)]


def _distinct(files: list[FileEntry]) -> list[_File] | None:
    """Of files that are alike only the first; None for types that only Spark knows."""
    local = isinstance(files[0].path, Path)
    found: dict[tuple[object, ...], _File] = {}
    for footer in map(_footer, files) if local else at_once(_footer, files):
        if footer is None:
            return None
        key = (footer.written,) if footer.written else (footer.arrow, footer.text)
        if key not in found:
            made = _of_spark(footer) if footer.written else _of_others(footer)
            if made is None:
                return None
            found[key] = made
    return list(found.values())


@lru_cache(maxsize=4 * _LOCAL_FOOTERS)
def _footer(file: FileEntry) -> _Footer | None:
    """Read once for each state of a file. None for what only an engine can read."""
    import pyarrow as pa

    try:
        with opened(file.path) as parquet:
            schema, told = parquet.schema, parquet.metadata.metadata or {}
            return _Footer(
                file.path,
                _arrow_schema(parquet.schema_arrow, told.get(_ARROW_SCHEMA)),
                tuple(schema.column(index) for index in range(len(schema))),
                str(schema).partition("\n")[2],
                told.get(_SPARK_SCHEMA),
            )
    except pa.ArrowNotImplementedError:
        return None
    except pa.ArrowInvalid as problem:
        raise DataError(f"{file.path} is not a Parquet file: {problem}") from problem


def _arrow_schema(found: pa.Schema, told: bytes | None) -> pa.Schema:
    """The types in which Arrow's readers give the columns.

    found: by pyarrow, which passes over a note about dates that other readers follow.
    """
    import pyarrow as pa

    written = pa.ipc.read_schema(pa.py_buffer(base64.b64decode(told))) if told else found
    fields = [
        pa.field(field.name, pa.date64())
        if pa.types.is_date32(field.type)
        and field.name in written.names
        and pa.types.is_date64(written.field(field.name).type)
        else pa.field(field.name, field.type)
        for field in found
    ]
    return pa.schema(fields)


def _of_spark(footer: _Footer) -> _File | None:
    """By the types that Spark wrote down; None where some are of a user's own classes."""
    from pyspark.sql.types import StructField, StructType

    assert footer.written is not None
    if b'"udt"' in footer.written.replace(b" ", b""):
        return None
    columns = StructType.fromJson(json.loads(footer.written))
    return _File(footer.path, StructType([StructField(f.name, f.dataType) for f in columns]))


def _of_others(footer: _Footer) -> _File | None:
    """By the file's own types; None where engines are left to themselves."""
    import pyarrow as pa
    from pyspark.sql.types import StructField, StructType

    leaves = iter(footer.leaves)
    fields: list[StructField] = []
    for field in footer.arrow:
        if any_part(field.type, pa.types.is_duration):
            return None  # one engine has them as intervals, the other as numbers
        told = {ARROW_TYPE: str(field.type)} if any_part(field.type, _is_of_arrow) else {}
        try:
            fields.append(StructField(field.name, _type(field.type, leaves), metadata=told))
        except _UnreadableError as problem:
            raise DataError(
                f"the column '{field.name}' of {footer.path} holds {problem.what}, "
                "which cannot be read",
                hint=problem.hint,
            ) from None
    return _File(footer.path, StructType(fields))


class _UnreadableError(Exception):
    """A type that no engine reads. what: in words. hint: how to write the values instead."""

    def __init__(self, what: str, hint: str) -> None:
        super().__init__(what)
        self.what, self.hint = what, hint


def _type(kind: pa.DataType, leaves: Iterator[Any]) -> DataType:
    """Spark's type. leaves: the columns of the file, of which those of `kind` are taken."""
    import pyarrow as pa
    from pyspark.sql import types as T  # noqa: N812 - Spark's own convention

    is_a = pa.types
    if is_a.is_struct(kind):
        return T.StructType([T.StructField(each.name, _type(each.type, leaves)) for each in kind])
    if is_a.is_map(kind):
        key = _type(kind.key_type, leaves)
        return T.MapType(key, _type(kind.item_type, leaves))
    if any(is_list(kind) for is_list in _lists()):
        return T.ArrayType(_type(kind.value_type, leaves))
    leaf = next(leaves)
    if leaf.physical_type == "INT96":
        return T.TimestampType()
    if leaf.logical_type.type == "UUID":
        raise _UnreadableError("UUIDs", "write them as text")
    return _plain_type(kind)


def _plain_type(kind: pa.DataType) -> DataType:
    import pyarrow as pa
    from pyspark.sql import types as T  # noqa: N812
    from pyspark.sql.pandas.types import from_arrow_type

    is_a = pa.types
    if isinstance(kind, pa.BaseExtensionType):
        kind = kind.storage_type
    if is_a.is_dictionary(kind):
        kind = kind.value_type
    if is_a.is_timestamp(kind) and kind.unit == "ns":
        raise _UnreadableError("timestamps in nanoseconds", _MICROSECONDS)
    if is_a.is_timestamp(kind):
        return T.TimestampType() if kind.tz else T.TimestampNTZType()
    if is_a.is_decimal(kind) and kind.precision <= _MAX_DIGITS:
        return T.DecimalType(kind.precision, kind.scale)
    if is_a.is_decimal(kind):
        raise _UnreadableError(
            f"decimals of {kind.precision} digits",
            f"write them with at most {_MAX_DIGITS} digits, as text or as float64",
        )
    if is_a.is_time(kind):
        raise _UnreadableError("times of day", "write them as text, or as a number of seconds")
    if is_a.is_float16(kind):
        raise _UnreadableError("floats of 16 bits", "write them as float32")
    if is_a.is_null(kind):
        return T.NullType()
    return from_arrow_type(spark_type(kind), prefer_timestamp_ntz=True)


def _is_of_arrow(kind: pa.DataType) -> bool:
    """Whether Parquet lacks the type, so that Arrow's readers find it in a note of the writer."""
    import pyarrow as pa

    is_a = pa.types
    return (
        is_a.is_dictionary(kind)
        or is_a.is_date64(kind)
        or (any(is_list(kind) for is_list in _lists()) and not is_a.is_list(kind))
        or (is_a.is_decimal(kind) and not is_a.is_decimal128(kind))
    )


def _lists() -> tuple[Callable[[pa.DataType], bool], ...]:
    from pyarrow import types as is_a

    return (
        is_a.is_list,
        is_a.is_large_list,
        is_a.is_fixed_size_list,
        is_a.is_list_view,
        is_a.is_large_list_view,
    )


def _together(left: DataType, right: DataType, merge: bool) -> DataType | None:
    """The type of a column that two files have, or None when they do not go together.

    left: as known so far, right: of one more file. Without `merge` it is `left`, which may be
    wider than what the file has.
    """
    from pyspark.sql import types as T  # noqa: N812

    match left, right:
        case T.StructType(), T.StructType():
            return _structs_together(left, right, merge)
        case T.ArrayType(), T.ArrayType():
            inner = _together(left.elementType, right.elementType, merge)
            return inner and T.ArrayType(inner)
        case T.MapType(), T.MapType():
            key = _together(left.keyType, right.keyType, merge)
            value = _together(left.valueType, right.valueType, merge)
            return T.MapType(key, value) if key and value else None
        case T.DecimalType(), T.DecimalType() if merge and left.scale == right.scale:
            return left if left.precision >= right.precision else right
        case T.NullType(), _ if merge:
            return right
        case _, T.NullType() if merge:
            return left
    same = left.simpleString() == right.simpleString()
    return left if same or (not merge and _widens(right, left)) else None


def _structs_together(left: StructType, right: StructType, merge: bool) -> StructType | None:
    from pyspark.sql.types import StructField, StructType

    fields = {field.name.lower(): field for field in left}
    for field in right:
        known = fields.get(field.name.lower())
        both = field.dataType
        if known is not None:
            together = _together(known.dataType, field.dataType, merge)
            if together is None:
                return None
            both = together
        elif not merge:
            continue
        fields[field.name.lower()] = StructField(known.name if known else field.name, both)
    return StructType(list(fields.values()))


_WIDER = {
    "tinyint": ("smallint", "int", "bigint", "double"),
    "smallint": ("int", "bigint", "double"),
    "int": ("bigint", "double"),
    "float": ("double",),
    "date": ("timestamp_ntz",),
}


def _widens(found: DataType, wanted: DataType) -> bool:
    """Whether each value of a file's type `found` is read as one of `wanted`."""
    return wanted.simpleString() in _WIDER.get(found.simpleString(), ())


def _differ(first: _File, other: _File, known: StructField, field: StructField) -> DataError:
    return DataError(
        f"the column '{known.name}' is {known.dataType.simpleString()} in {first.path} and "
        f"{field.dataType.simpleString()} in {other.path}",
        hint="load the files one by one, cast the column to one type, and unite them",
    )

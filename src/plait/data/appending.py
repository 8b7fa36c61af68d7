"""Rows that are added to a table: its columns in its order, with its types and its spelling."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from plait.data.csv_layout import CsvLayout
from plait.data.files import Listing
from plait.data.outputs import Output
from plait.data.parquet_columns import parquet_columns
from plait.data.partitions import Column, TableSchema, columns_of, partitions
from plait.data.partitions import partition_columns as partitions_of
from plait.errors import DataError, suggestion
from plait.lang.sqltext import quoted

if TYPE_CHECKING:
    from pyspark.sql.connect.dataframe import DataFrame


def partition_columns(df: DataFrame, names: tuple[str, ...]) -> tuple[str, ...]:
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
    if hidden := [name for name in names if name.startswith(".")]:
        raise DataError(
            f"the table cannot be partitioned by '{hidden[0]}': engines pass over folders whose "
            "names begin with a point",
            hint=f"select …, `{hidden[0]}` as other_name, and partition by that",
        )
    if names and len(names) == len(spelled):
        raise DataError("a table cannot be partitioned by all of its columns")
    return tuple(spelled[name.lower()] for name in names)


def kept_partitions(df: DataFrame, output: Output, existing: Listing) -> tuple[str, ...]:
    """The partition columns of the existing files, as these spell them. Raises DataError."""
    kept, given = tuple(partitions(existing)), output.partition_by
    if given and tuple(n.lower() for n in kept) != tuple(n.lower() for n in given):
        raise DataError(
            f"'{output.target}' is partitioned by {', '.join(kept) or 'nothing'}, "
            f"not by {', '.join(given)}",
            hint=f"partitionBy {', '.join(kept)}" if kept else "leave partitionBy out",
        )
    partition_columns(df, kept)
    return kept


def spelled_as(df: DataFrame, names: tuple[str, ...]) -> DataFrame:
    """`df` with these columns in this spelling: names of folders are compared with their case."""
    spelled = {name.lower(): name for name in names}
    if set(names) <= set(df.columns):
        return df
    return df.select(
        *(df[quoted(name)].alias(spelled.get(name.lower(), name)) for name in df.columns)
    )


def fitted(df: DataFrame, output: Output, existing: Listing) -> DataFrame:
    """`df` with the columns in the order of the existing files. Raises DataError, OSError."""
    if output.format == "csv":
        return _fitted_csv(df, output, existing)
    if output.format != "parquet":
        return df
    old = _existing_columns(df, existing)
    new = {column.name.lower(): column for column in columns_of(df.schema)}
    if problems := differing_columns(old, new):
        raise DataError(
            f"the table does not fit what is in '{output.target}': {'; '.join(problems)}",
            hint="select the same columns with the same types",
        )
    return df.select(
        *(df[quoted(new[key].name)].alias(column.name) for key, column in old.items())
    )


def differing_columns(old: Mapping[str, Column], new: Mapping[str, Column]) -> list[str]:
    """What is wrong with columns that are to be added to others; both by lower-case name."""
    problems = [f"no column '{column.name}'" for key, column in old.items() if key not in new]
    problems += [f"a column '{column.name}' more" for key, column in new.items() if key not in old]
    return problems + [
        f"'{column.name}' is {new[key].type}, not {column.type}"
        for key, column in old.items()
        if key in new and new[key].type != column.type
    ]


def _fitted_csv(df: DataFrame, output: Output, existing: Listing) -> DataFrame:
    files = [file.path for file in existing.files if file.size_bytes]
    old = CsvLayout.of(dict(output.options)).first_fields(files) if files else []
    if not old:
        return df
    new = [name for name in df.columns if name not in output.partition_by]
    spelled = {name.lower(): name for name in new}
    same = {name.lower() for name in old} == set(spelled) if output.header else True
    if len(old) != len(new) or not same:
        columns_there = ", ".join(old) if output.header else f"{len(old)} columns"
        raise DataError(
            f"the table does not fit what is in '{output.target}': that has {columns_there}, "
            f"the table has {', '.join(new)}",
            hint="select the same columns",
        )
    columns = [(spelled[name.lower()], name) for name in old] if output.header else []
    columns = columns or [(name, name) for name in new]
    columns += [(name, name) for name in output.partition_by]
    return df.select(*(df[quoted(name)].alias(known) for name, known in columns))


def _existing_columns(df: DataFrame, existing: Listing) -> dict[str, Column]:
    """By name in lower case."""
    found = parquet_columns(existing.files, merge=False)
    schema = found.schema if found else df.sparkSession.read.parquet(str(existing.root)).schema
    table = TableSchema(schema, partitions_of(existing))
    return {column.name.lower(): column for column in table.columns}

"""Names, schemas and small contents of tables: over the DataFrame API, same on each engine."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from plait.data import arrow
from plait.data.show import shown
from plait.lang.sqltext import quoted
from plait.storage.listing import entries
from plait.storage.paths import AnyPath, row_counts
from plait.worker.arrow_types import spark_type

if TYPE_CHECKING:
    import pyarrow as pa
    from pyspark.sql.connect.dataframe import DataFrame
    from pyspark.sql.connect.session import SparkSession
    from pyspark.sql.types import DataType

_SAMPLE_ROWS = 1024
_WORD = re.compile(r"`((?:[^`]|``)+)`|\w+")
_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


@dataclass(frozen=True, slots=True)
class Preview:
    """The first rows of a table as text, null as None; total is None when nobody counted."""

    columns: tuple[tuple[str, str], ...]
    rows: tuple[tuple[str | None, ...], ...]
    total: int | None


@dataclass(frozen=True, slots=True)
class Materialized:
    """What was computed into a folder: rows, and bytes of Parquet."""

    rows: int
    size_bytes: int


def define(spark: SparkSession, view: str, df: DataFrame) -> None:  # noqa: ARG001
    """Make `df` known to SQL on `spark` as `view`. Raises what the engine's analysis raises."""
    df.createOrReplaceTempView(view)


@dataclass(slots=True)
class KeptNames:
    """The names that a session has bound, so that queries which share them bind them once.

    views: the view that each means. blocks: how many are open in which names stay bound from one
    query to the next, as long as the next does not say them with another meaning.
    """

    views: dict[str, str] = field(default_factory=dict)
    blocks: int = 0

    def drop(self, spark: SparkSession, names: Iterable[str] | None = None) -> None:
        """Let names mean nothing; all of them unless some are given."""
        for name in list(self.views if names is None else names):
            del self.views[name]
            spark.catalog.dropTempView(name)


def define_query(
    spark: SparkSession,
    sql: str,
    names: Mapping[str, str],
    output_view: str,
    kept: KeptNames | None = None,
) -> DataFrame:
    """Define `output_view` by `sql`, in which each key of `names` means the view of its value.

    The names are resolved now; `kept` says whether they mean something afterwards. No other
    thread may bind names in the same session meanwhile. Raises what the engine's analysis raises.
    """
    with bound(spark, sql, names, kept):
        df = spark.sql(sql)
        df.createOrReplaceTempView(output_view)
    return df


@contextlib.contextmanager
def bound(
    spark: SparkSession, sql: str, names: Mapping[str, str], kept: KeptNames | None = None
) -> Iterator[None]:
    """Let each key of `names` mean the view of its value while the block runs.

    kept: the names of the session that other queries have bound.

    Names are compared without case, as Spark does; an engine that does not gets every spelling
    that `sql` has. Raises what the engine's analysis raises.
    """
    kept = kept or KeptNames()
    words = {(m[1] or m[0]).replace("``", "`") for m in _WORD.finditer(sql)}
    wanted = {
        spelling: view
        for name, view in names.items()
        for spelling in {w for w in words if w.lower() == name.lower()} | {name}
    }
    said = {word.lower() for word in (*words, *wanted)}
    try:
        stale = [
            name
            for name in kept.views
            if (name.lower() in said or not kept.blocks)
            and _spellings(kept.views, name) != _spellings(wanted, name)
        ]
        kept.drop(spark, stale)
        for spelling, view in wanted.items():
            if kept.views.get(spelling) != view:
                _name(spark.table(view), spelling)
                kept.views[spelling] = view
        yield
    except BaseException:
        with suppress(Exception):  # the first failure counts, and an engine may be gone
            kept.drop(spark)
        kept.views.clear()
        raise
    if not kept.blocks:
        kept.drop(spark)


def _spellings(views: Mapping[str, str], name: str) -> dict[str, str]:
    """What all spellings of a name mean: for Spark they are one."""
    return {other: view for other, view in views.items() if other.lower() == name.lower()}


def _name(table: DataFrame, name: str) -> None:
    """Make `table` known as `name`. Raises what the engine's analysis raises.

    One engine reads the name of a view as SQL, so that an odd one has to be quoted; for the
    other the quotes would be part of the name, which shows when it is looked up.
    """
    if _PLAIN.fullmatch(name):
        table.createOrReplaceTempView(name)
        return
    from pyspark.errors import PySparkException

    spark, in_quotes = table.sparkSession, quoted(name)
    table.createOrReplaceTempView(in_quotes)
    try:
        _ = spark.table(in_quotes).schema
    except PySparkException:
        spark.catalog.dropTempView(in_quotes)
        table.createOrReplaceTempView(name)


def schema_of(spark: SparkSession, view: str) -> tuple[tuple[str, str], ...]:
    """(column, type) of a view; types as Spark writes them, `array<int>`."""
    return _columns(spark.table(view))


def preview(df: DataFrame, rows: int, *, count: bool = False) -> Preview:
    """The first `rows` rows of a table, as Spark's `show` prints their values.

    The total is known when the table has no more than `rows`, or with `count`, which computes
    it once more. Raises what the engine raises.
    """
    table = arrow.to_arrow(df.limit(rows + 1))
    zone = df.sparkSession.conf.get("spark.sql.session.timeZone") or "UTC"
    total = table.num_rows if table.num_rows <= rows else None
    if total is None and count:
        total = df.count()
    kept = table.slice(0, rows)
    columns = [
        [shown(value, kept.schema.field(i).type, zone) for value in kept.column(i)]
        for i in range(kept.num_columns)
    ]
    as_rows = tuple(zip(*columns, strict=True)) if columns else ()
    return Preview(_columns(df), as_rows, total)


def to_arrow(df: DataFrame) -> pa.Table:
    """The whole table as Arrow, in this process. Raises what the engine raises."""
    return arrow.to_arrow(df)


def bounded_arrow(df: DataFrame, limit_bytes: int, *, streams: bool) -> pa.Table | None:
    """The whole table when it takes at most `limit_bytes` as Arrow, else None.

    streams: whether the engine sends rows while it computes them, and stops when nobody
    takes them. Then the batches are counted as they come and the stream is dropped when
    there are too many, so that the table is computed once.
    """
    if not streams:
        return _sampled_arrow(df, limit_bytes)
    import pyarrow as pa

    schema = arrow.arrow_schema(df)
    kept: list[pa.Table] = []
    size = 0
    with contextlib.closing(arrow.parts(df, schema)) as parts:
        for part in parts:
            size += part.nbytes
            if size > limit_bytes:
                return None
            kept.append(part)
    return pa.concat_tables(kept) if kept else schema.empty_table()


def from_arrow(spark: SparkSession, table: pa.Table) -> DataFrame:
    """A small Arrow table (under 128 MB) as a table of the engine.

    Types that Spark lacks become the next wider ones: unsigned integers, dictionaries, large
    strings, other time units than microseconds. Raises what the engine raises.
    """
    import pyarrow as pa
    from pyspark.sql.pandas.types import from_arrow_schema

    schema = spark_schema(table.schema)
    nothing = table.num_rows == 0
    if nothing:  # the client makes no frame of nothing, so it makes one of a row of nulls
        schema = pa.schema([field.with_nullable(True) for field in schema])
        table = pa.table([pa.nulls(1, field.type) for field in schema], schema=schema)
    # without it, a timestamp that has no zone would be given one
    kind = from_arrow_schema(schema, prefer_timestamp_ntz=True)
    # not safe: what is finer than a microsecond is cut off, as Spark does
    made = spark.createDataFrame(table.cast(schema, safe=False), kind)
    return made.limit(0) if nothing else made


def spark_schema(schema: pa.Schema) -> pa.Schema:
    """The schema with the types that Spark has."""
    import pyarrow as pa

    return pa.schema([pa.field(f.name, spark_type(f.type), f.nullable) for f in schema])


def materialize(df: DataFrame, folder: AnyPath) -> Materialized:
    """Compute `df` once into Parquet in `folder`, which must not exist.

    `spark.read.parquet(str(folder))` is then the table. Raises what the engine raises.
    """
    import pyarrow.parquet as pq

    df.write.mode("overwrite").parquet(str(folder))
    if isinstance(folder, Path):
        folder.mkdir(parents=True, exist_ok=True)
    files = [file for file in entries(folder) if file.name.endswith(".parquet")]
    if not files:  # an engine may write nothing at all for a table without rows
        files = [folder / "part-00000-empty.parquet"]
        with files[0].open("wb") as out:
            pq.write_table(df.limit(0).toArrow(), out)
    return Materialized(sum(row_counts(files)), sum(file.stat().st_size for file in files))


def _columns(df: DataFrame) -> tuple[tuple[str, str], ...]:
    return tuple((field.name, field.dataType.simpleString()) for field in df.schema.fields)


def _sampled_arrow(df: DataFrame, limit_bytes: int) -> pa.Table | None:
    """As `bounded_arrow`, for an engine that gathers a whole result before it sends it.

    The first rows say how wide a row is; then at most as many rows are read as the limit has
    room for, and one more. Rows that grow wider further on can thus pass the limit in transit,
    by the factor that they are wider, but such a table is not returned.
    """
    width = sum(_width(field.dataType) for field in df.schema.fields) or 1
    first = max(1, min(_SAMPLE_ROWS, limit_bytes // width))
    sample = arrow.to_arrow(df.limit(first + 1))
    if sample.nbytes > limit_bytes:
        return None
    if sample.num_rows <= first:
        return sample
    room = limit_bytes * sample.num_rows // max(sample.nbytes, 1)
    if room <= sample.num_rows:
        return None
    table = arrow.to_arrow(df.limit(room + 1))
    return table if table.num_rows <= room and table.nbytes <= limit_bytes else None


def _width(kind: DataType) -> int:
    """About how many bytes of Arrow one value of a type takes."""
    from pyspark.sql import types as T  # noqa: N812 - Spark's own convention

    match kind:
        case T.StructType():
            return sum(_width(field.dataType) for field in kind.fields)
        case T.ArrayType():
            return 4 + 4 * _width(kind.elementType)
        case T.MapType():
            return 4 + 4 * (_width(kind.keyType) + _width(kind.valueType))
        case T.StringType() | T.BinaryType():
            return 24
        case T.DecimalType():
            return 16
        case _:
            return 8

"""The tables of a Hive metastore, which `hive` means where `spark.metastore` is set.

Spark asks the metastore, and reads and writes the tables; this module only adds what plait
promises beside that: a table that is saved appears whole or not at all, and a query may read
the table that it replaces.
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, TypeVar

from plait.catalog.base import DEFAULT_DATABASE, TableName, check_database_name
from plait.data.appending import differing_columns, partition_columns
from plait.data.partitions import Column, columns_of
from plait.data.text_formats import distinct_names
from plait.data.unread import NOTHING_UNREAD, Unread
from plait.data.writer import SaveRequest, Written
from plait.errors import BindError, DataError, suggestion
from plait.lang.sqltext import literal_of, quoted

if TYPE_CHECKING:
    from pyspark.sql.connect.dataframe import DataFrame
    from pyspark.sql.connect.session import SparkSession

    from plait.data.commit import RunFolder
    from plait.engines.base import DataEngine
    from plait.lang.statements import SaveMode

_LISTING_SECONDS = 30.0
_REFRESHED = 50
_STAGED = "plait_staged_"
_SCHEME = "hive://"
Result = TypeVar("Result")


@dataclass(slots=True)
class _Listing:
    """The tables of each database, kept for a while: a large metastore answers slowly.

    until: until when it holds, in seconds of `time.monotonic`.
    """

    tables: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    until: float = 0.0


@dataclass(frozen=True, slots=True)
class _Table:
    """A table of the metastore. kind: `MANAGED`, `EXTERNAL` or `VIEW`."""

    kind: str
    columns: tuple[Column, ...]
    partitions: tuple[str, ...]

    @property
    def managed(self) -> bool:
        return self.kind == "MANAGED"


@dataclass(frozen=True, slots=True)
class MetastoreTable:
    """A table that the metastore knows. notices: none."""

    name: TableName
    notices: tuple[str, ...] = ()

    def read(self, spark: SparkSession, unread: Unread = NOTHING_UNREAD) -> DataFrame:  # noqa: ARG002 - only Spark reaches a metastore
        """The table with the files that it has now. Raises what the engine raises."""
        spark.catalog.refreshTable(self.name.quoted)
        return spark.table(self.name.quoted)


class MetastoreCatalog:
    """The databases and tables of a Hive metastore.

    engine: gives the Spark that knows the metastore; it is started by the first question.
    Each method raises EngineError when the metastore does not answer.
    """

    def __init__(self, engine: Callable[[], DataEngine]) -> None:
        self._engine = engine
        self._listing = _Listing()

    @property
    def kind(self) -> str:
        """What `show tables` calls its tables."""
        return "metastore"

    def databases(self) -> tuple[str, ...]:
        """The names of all databases."""
        return tuple(sorted(self._tables()))

    def tables(self, database: str = DEFAULT_DATABASE) -> tuple[str, ...]:
        """The names of a database's tables. Raises BindError for an unknown database."""
        return self._tables()[self._require_database(database)]

    def names(self) -> tuple[str, ...]:
        """Every table as `db.table`, as of the last half minute."""
        found = self._tables()
        return tuple(
            f"{database}.{table}" for database in sorted(found) for table in found[database]
        )

    def exists(self, name: str) -> bool:
        """Whether there is a table `name` now. Raises BindError when it cannot be a name."""
        parsed = TableName.parse(name)
        return self._asked(lambda spark: bool(spark.catalog.tableExists(parsed.quoted)))

    def require(self, name: str) -> TableName:
        """The name of a table that is there. Raises BindError with the nearest name."""
        parsed = TableName.parse(name)
        if not self.exists(name):
            self._forget()
            self._require_database(parsed.database)
            known = [f"{parsed.database}.{table}" for table in self.tables(parsed.database)]
            raise BindError(
                f"there is no table '{parsed}' in the metastore",
                hint=suggestion(str(parsed), known) or f"database '{parsed.database}' is empty",
            )
        return parsed

    def create_database(self, name: str, *, if_not_exists: bool = False) -> None:
        """Make a database, beside `default`. Raises DataError when it is there."""
        check_database_name(name)
        if name.lower() in self._tables():
            if if_not_exists:
                return
            raise DataError(f"there is a database '{name}' already")

        def create(spark: SparkSession) -> None:
            # Spark would put it into its own folder for warehouses, not the metastore's.
            rows = spark.sql(f"DESCRIBE DATABASE {DEFAULT_DATABASE}").collect()
            root = next(str(row[1]) for row in rows if str(row[0]).lower() == "location")
            path = literal_of(f"{root.rstrip('/')}/{name.lower()}.db")
            spark.sql(f"CREATE DATABASE IF NOT EXISTS `{name}` LOCATION {path}").collect()

        self._change(create)

    def drop_database(self, name: str, *, cascade: bool = False, if_exists: bool = False) -> None:
        """Raises BindError when it is unknown, DataError when it has tables or is `default`."""
        check_database_name(name)
        if name.lower() == DEFAULT_DATABASE:
            raise DataError(f"the database '{DEFAULT_DATABASE}' cannot be dropped")
        self._forget()
        if if_exists and name.lower() not in self._tables():
            return
        if self.tables(name) and not cascade:
            raise DataError(
                f"the database '{name}' has tables",
                hint="drop database … cascade removes them too",
            )
        how = "CASCADE" if cascade else "RESTRICT"
        self._change(lambda spark: spark.sql(f"DROP DATABASE `{name}` {how}").collect())

    def drop_table(self, name: str, *, if_exists: bool = False) -> None:
        """Remove a table. Raises BindError when it is not there."""
        if if_exists and not self.exists(name):
            return
        parsed = self.require(name)
        what = "VIEW" if self._table(parsed).kind == "VIEW" else "TABLE"
        self._change(lambda spark: spark.sql(f"DROP {what} {parsed.quoted}").collect())

    def register(self, spark: SparkSession, names: Iterable[str]) -> None:
        """Nothing but that Spark forgets the files that it knew of these tables.

        More of them than a script names are all there are: those are left as Spark knows them.
        """
        from pyspark.errors import AnalysisException

        asked = list(names)
        for name in asked if len(asked) <= _REFRESHED else ():
            with suppress(AnalysisException):  # dropped meanwhile: the SQL itself will fail
                spark.catalog.refreshTable(TableName.parse(name).quoted)

    def find(self, name: str) -> MetastoreTable:
        """A table that is there. Raises BindError with the nearest name."""
        return MetastoreTable(self.require(name))

    def check_save(self, name: str, request: SaveRequest) -> None:
        """Raises BindError for an unknown database, CapabilityError, DataError."""
        request.check()
        parsed = TableName.parse(name)
        self._require_database(parsed.database)
        if request.mode != "ignore" and self.exists(name):
            _check_existing(parsed, request.mode, self._table(parsed))

    def save(self, df: DataFrame, name: str, request: SaveRequest, run: RunFolder) -> Written:  # noqa: ARG002
        """A new table is Parquet; an existing one stays as it is (format, path, rights) as long
        as its columns do. run: not used, as the metastore gives its tables their paths.
        """
        request.check()
        distinct_names(df.columns)
        partition_by = partition_columns(df, request.partition_by)
        parsed = TableName.parse(name)
        written = Written(None, 0, 0, f"{_SCHEME}{parsed}", table=name)
        self._require_database(parsed.database)
        existing = self._table(parsed) if self.exists(name) else None
        if existing is not None and request.mode == "ignore":
            return replace(written, skipped=True)
        if existing is not None:
            _check_existing(parsed, request.mode, existing)
        request.before_publishing()
        try:
            if existing is not None and request.mode == "append":
                _insert(_fitted(df, parsed, existing, partition_by), parsed, overwrite=False)
            else:
                self._replace(df, parsed, existing, partition_by)
        finally:
            self._forget()
        return written

    def size_bytes(self, name: str) -> None:  # noqa: ARG002
        """Not known: the metastore's Spark would have to be asked."""
        return

    def _replace(
        self,
        df: DataFrame,
        name: TableName,
        existing: _Table | None,
        partition_by: tuple[str, ...],
    ) -> None:
        """Compute the rows into a table of another name first: a query that fails then leaves
        what was there, and may read it.
        """
        spark = df.sparkSession
        staged = TableName(name.database, f"{_STAGED}{uuid.uuid4().hex[:12]}")
        writer = df.write.format("parquet")
        if partition_by:
            writer = writer.partitionBy(*partition_by)
        try:
            writer.saveAsTable(staged.quoted)
            if existing is not None and _same(df, existing, partition_by):
                if existing.partitions:
                    # A table of Hive's own formats would keep the partitions not written.
                    spark.sql(f"TRUNCATE TABLE {name.quoted}").collect()
                columns = [quoted(column.name) for column in existing.columns]
                rows = spark.table(staged.quoted).selectExpr(*columns)
                _insert(rows, name, overwrite=True)
                return
            if existing is not None:
                spark.sql(f"DROP TABLE {name.quoted}").collect()
            spark.sql(f"ALTER TABLE {staged.quoted} RENAME TO {name.quoted}").collect()
        finally:
            with suppress(Exception):
                spark.sql(f"DROP TABLE IF EXISTS {staged.quoted}").collect()

    def _table(self, name: TableName) -> _Table:
        def ask(spark: SparkSession) -> _Table:
            kind = spark.catalog.getTable(name.quoted).tableType
            columns = spark.catalog.listColumns(name.quoted)
            return _Table(
                str(kind),
                tuple(Column(column.name, column.dataType) for column in columns),
                tuple(column.name for column in columns if column.isPartition),
            )

        return self._asked(ask)

    def _require_database(self, name: str) -> str:
        if name.lower() not in self._tables():
            self._forget()
        known = self._tables()
        if name.lower() not in known:
            raise BindError(
                f"there is no database '{name}' in the metastore",
                hint=suggestion(name, sorted(known)),
            )
        return name.lower()

    def _tables(self) -> Mapping[str, tuple[str, ...]]:
        def ask(spark: SparkSession) -> Mapping[str, tuple[str, ...]]:
            found = {}
            for (database,) in spark.sql("SHOW DATABASES").collect():
                rows = spark.sql(f"SHOW TABLES IN `{database}`").collect()
                own = (row for row in rows if not row.isTemporary)
                names = sorted(row.tableName for row in own)
                found[database.lower()] = tuple(n for n in names if not n.startswith(_STAGED))
            return found

        if time.monotonic() >= self._listing.until:
            self._listing = _Listing(self._asked(ask), time.monotonic() + _LISTING_SECONDS)
        return self._listing.tables

    def _change(self, work: Callable[[SparkSession], object]) -> None:
        try:
            self._asked(work)
        finally:
            self._forget()

    def _forget(self) -> None:
        self._listing = _Listing()

    def _asked(self, question: Callable[[SparkSession], Result]) -> Result:
        engine = self._engine()
        try:
            return question(engine.session())
        except Exception as error:
            raise engine.translate(error) from error


def _check_existing(name: TableName, mode: SaveMode, existing: _Table) -> None:
    if mode == "errorIfExists":
        raise DataError(
            f"the table '{name}' exists already", hint="save overwrite …, append … or ignore …"
        )
    if existing.kind == "VIEW":
        raise DataError(f"'{name}' is a view of the metastore; only a table can be saved")
    if mode == "overwrite" and not existing.managed and existing.partitions:
        raise DataError(
            f"'{name}' is an external table with partitions, which cannot be replaced whole",
            hint="append to it, or save as another table",
        )


def _same(df: DataFrame, existing: _Table, partition_by: tuple[str, ...]) -> bool:
    """Whether rows of `df` are rows of the table, but for the order of columns."""
    if tuple(n.lower() for n in existing.partitions) != tuple(n.lower() for n in partition_by):
        return False
    return not _problems(df, existing)


def _problems(df: DataFrame, existing: _Table) -> list[str]:
    return differing_columns(
        {column.name.lower(): column for column in existing.columns},
        {column.name.lower(): column for column in columns_of(df.schema)},
    )


def _fitted(
    df: DataFrame, name: TableName, existing: _Table, partition_by: tuple[str, ...]
) -> DataFrame:
    """The columns by name, in the order of the table they are added to. Raises DataError."""
    given = tuple(n.lower() for n in partition_by)
    if given and given != tuple(n.lower() for n in existing.partitions):
        raise DataError(
            f"'{name}' is partitioned by {', '.join(existing.partitions) or 'nothing'}, "
            f"not by {', '.join(partition_by)}",
            hint="leave partitionBy out",
        )
    if problems := _problems(df, existing):
        raise DataError(
            f"the table does not fit '{name}': {'; '.join(problems)}",
            hint="select the same columns with the same types",
        )
    return df.selectExpr(*(quoted(column.name) for column in existing.columns))


def _insert(df: DataFrame, name: TableName, *, overwrite: bool) -> None:
    df.write.insertInto(name.quoted, overwrite=overwrite)

"""The catalog of the lake: databases and tables are folders of Parquet in the lake.

`<lake>/db1.db/table1` is the table `db1.table1`, for every embedded engine and every session.
Names are compared without case and kept in lower case, as Hive does. A table of plait's own
making has its schema beside the data in `_schema.json`, because a partition column is only
text in the name of a folder.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Concatenate, ParamSpec, TypeVar

from plait.catalog.base import DEFAULT_DATABASE, TableName, check_database_name
from plait.data import commit, sources, writer
from plait.data.files import listing
from plait.data.partitions import TableSchema, ddl
from plait.data.reader import FileTable
from plait.errors import BindError, DataError, suggestion
from plait.lang.sqltext import literal_of, quoted
from plait.storage.paths import AnyPath

if TYPE_CHECKING:
    from pyspark.sql.connect.dataframe import DataFrame
    from pyspark.sql.connect.session import SparkSession

    from plait.data.commit import RunFolder
    from plait.data.sources import ResolvedSource
    from plait.data.writer import SaveRequest, Written

_SUFFIX = ".db"
_RAW_DATABASE = "__plait_raw"
Given = ParamSpec("Given")
Found = TypeVar("Found")


def _lake_errors(
    method: Callable[Concatenate[LakeCatalog, Given], Found],
) -> Callable[Concatenate[LakeCatalog, Given], Found]:
    """The method, which raises DataError where the disk or the store does not answer."""

    @wraps(method)
    def checked(self: LakeCatalog, /, *args: Given.args, **kwargs: Given.kwargs) -> Found:
        try:
            return method(self, *args, **kwargs)
        except OSError as problem:
            raise DataError(
                f"the lake '{self.root}' cannot be read: {problem.strerror or problem}",
                hint="choose another lake: --lake DIR",
            ) from problem

    return checked


@dataclass(frozen=True, slots=True)
class LakeCatalog:
    """The databases and tables under one root, here or in a store.

    Each method raises DataError where the disk or the store does not answer.
    """

    root: AnyPath

    @property
    def kind(self) -> str:
        """What `show tables` calls its tables."""
        return "lake"

    @_lake_errors
    def databases(self) -> tuple[str, ...]:
        """The names of all databases, `default` among them."""
        found = {DEFAULT_DATABASE}
        if self.root.is_dir():
            found.update(
                folder.name.removesuffix(_SUFFIX)
                for folder in self.root.iterdir()
                if folder.name.endswith(_SUFFIX) and folder.is_dir()
            )
        return tuple(sorted(found))

    @_lake_errors
    def tables(self, database: str = DEFAULT_DATABASE) -> tuple[str, ...]:
        """The names of a database's tables. Raises BindError for an unknown database."""
        folder = self.database_path(database)
        if not folder.is_dir():
            return ()
        return tuple(sorted(f.name for f in folder.iterdir() if _is_table(f)))

    def names(self) -> tuple[str, ...]:
        """Every table as `db.table`."""
        return tuple(f"{d}.{table}" for d in self.databases() for table in self.tables(d))

    @_lake_errors
    def exists(self, name: str) -> bool:
        """Whether there is a table `name`. Raises BindError when it cannot be a name."""
        return _is_table(self.table_path(name))

    @_lake_errors
    def database_path(self, database: str) -> AnyPath:
        """The folder of a database. Raises BindError for an unknown one."""
        check_database_name(database)
        folder = _spelled(self.root, database + _SUFFIX)
        if not folder.is_dir() and database.lower() != DEFAULT_DATABASE:
            raise BindError(
                f"there is no database '{database}' in the lake {self.root}",
                hint=suggestion(database, self.databases()),
            )
        return folder

    @_lake_errors
    def table_path(self, name: str) -> AnyPath:
        """The folder of a table, whether it is there or not.

        Raises BindError for a name that cannot be one.
        """
        parsed = TableName.parse(name)
        return _spelled(_spelled(self.root, parsed.database + _SUFFIX), parsed.table)

    @_lake_errors
    def require(self, name: str) -> AnyPath:
        """The folder of a table that is there. Raises BindError with the nearest name."""
        parsed = TableName.parse(name)
        self.database_path(parsed.database)
        path = self.table_path(name)
        if not _is_table(path):
            known = [f"{parsed.database}.{table}" for table in self.tables(parsed.database)]
            raise BindError(
                f"there is no table '{parsed}' in the lake {self.root}",
                hint=suggestion(str(parsed), known) or f"database '{parsed.database}' is empty",
            )
        return path

    def create_database(self, name: str, *, if_not_exists: bool = False) -> None:
        """Make a database. Raises DataError when it is there or cannot be made."""
        check_database_name(name)
        folder = _spelled(self.root, name + _SUFFIX)
        try:
            folder.mkdir(parents=True, exist_ok=if_not_exists)
        except FileExistsError:
            raise DataError(f"there is a database '{name}' already") from None
        except OSError as problem:
            reason = problem.strerror or problem
            raise DataError(f"cannot make the database '{name}': {reason}") from problem

    def drop_database(self, name: str, *, cascade: bool = False, if_exists: bool = False) -> None:
        """Raises BindError when it is unknown, DataError when it has tables or is `default`."""
        if name.lower() == DEFAULT_DATABASE:
            raise DataError(f"the database '{DEFAULT_DATABASE}' cannot be dropped")
        if if_exists and name.lower() not in map(str.lower, self.databases()):
            return
        folder = self.database_path(name)
        tables = self.tables(name)
        if tables and not cascade:
            raise DataError(
                f"the database '{name}' has tables: {', '.join(tables[:5])}",
                hint="drop database … cascade removes them too",
            )
        self._discard(folder, f"database '{name}'")

    def drop_table(self, name: str, *, if_exists: bool = False) -> None:
        """Remove a table, whole or not at all. Raises BindError, DataError."""
        if if_exists and not self.exists(name):
            return
        self._discard(self.require(name), f"table '{name}'")

    def register(self, spark: SparkSession, names: Iterable[str]) -> None:
        """Make plain SQL on `spark` see these tables as they are now, spelled as in `names`.

        Registering again after the table was changed shows the new data. A partitioned table
        becomes a view that gives its partition columns their types; others are tables.
        Raises BindError for a table that is not there.
        """
        for name in names:
            source = sources.resolve_folder(self.require(name), name)
            _register(spark, TableName.parse(name), source)

    def find(self, name: str) -> FileTable:
        """Raises BindError with the nearest name, DataError."""
        source = sources.resolve_folder(self.require(name), name)
        sources.check(source)
        return FileTable(source)

    def check_save(self, name: str, request: SaveRequest) -> None:
        """Raises BindError for an unknown database, CapabilityError, DataError."""
        self._require_database_of(name)
        writer.check_folder(self.table_path(name), "parquet", request)

    def save(self, df: DataFrame, name: str, request: SaveRequest, run: RunFolder) -> Written:
        """A table of Parquet, as `plait.data.writer.write_folder` saves it."""
        self._require_database_of(name)
        return writer.write_folder(df, self.table_path(name), "parquet", request, run)

    @_lake_errors
    def size_bytes(self, name: str) -> int | None:
        """Of a table's files; None for a lake in a store and a table that is not there."""
        path = self.table_path(name)
        return listing(path).size_bytes if isinstance(path, Path) and path.exists() else None

    def _require_database_of(self, name: str) -> None:
        self.database_path(TableName.parse(name).database)

    def _discard(self, folder: AnyPath, what: str) -> None:
        try:
            commit.discard(self.root, folder)
        except OSError as problem:
            reason = problem.strerror or problem
            raise DataError(f"cannot drop the {what}: {reason}") from problem


def _spelled(folder: AnyPath, name: str) -> AnyPath:
    """The entry of `folder` called `name` in any case, else the path that it would have."""
    low = folder / name.lower()
    if low.exists() or not folder.is_dir():
        return low
    return next((e for e in folder.iterdir() if e.name.lower() == name.lower()), low)


def _is_table(folder: AnyPath) -> bool:
    return folder.is_dir() and not folder.name.startswith((".", "_"))


def _register(spark: SparkSession, name: TableName, source: ResolvedSource) -> None:
    # Spark then finds the partitions by listing the folder, as every other engine does
    spark.conf.set("spark.sql.hive.manageFilesourcePartitions", "false")
    _forget(spark, name)
    spark.sql(f"CREATE DATABASE IF NOT EXISTS `{name.database}`").collect()
    location = literal_of(source.roots[0])
    columns, partitions = source.parquet, source.partitions
    table = TableSchema(columns.schema, partitions) if columns else None
    if table is None or not table.partitions:
        declared = f"({ddl(table.raw())}) " if table else ""
        spark.sql(
            f"CREATE TABLE {name.quoted} {declared}USING parquet LOCATION {location}"
        ).collect()
        return
    raw = TableName(_RAW_DATABASE, f"{name.database}__{name.table}")
    spark.sql(f"CREATE DATABASE IF NOT EXISTS {_RAW_DATABASE}").collect()
    spark.sql(f"DROP TABLE IF EXISTS {raw.quoted}").collect()
    by = ", ".join(quoted(column.name) for column in table.partitions)
    spark.sql(
        f"CREATE TABLE {raw.quoted} ({ddl(table.raw())}) USING parquet "
        f"PARTITIONED BY ({by}) LOCATION {location}"
    ).collect()
    typed = ", ".join(table.expressions())
    spark.sql(f"CREATE VIEW {name.quoted} AS SELECT {typed} FROM {raw.quoted}").collect()


def _forget(spark: SparkSession, name: TableName) -> None:
    """Drop the table or the view; an engine may object to the wrong one of the two words."""
    from pyspark.errors import PySparkException

    for kind in ("VIEW", "TABLE"):
        with suppress(PySparkException):
            spark.sql(f"DROP {kind} IF EXISTS {name.quoted}").collect()

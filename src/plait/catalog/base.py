"""What a catalog is: where `db.table` is looked up, read, saved and dropped."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from plait.data.unread import NOTHING_UNREAD, Unread
from plait.errors import BindError

if TYPE_CHECKING:
    from pyspark.sql.connect.dataframe import DataFrame
    from pyspark.sql.connect.session import SparkSession

    from plait.data.commit import RunFolder
    from plait.data.writer import SaveRequest, Written

DEFAULT_DATABASE = "default"
_NAME = re.compile(r"[^\W_]\w*")


@dataclass(frozen=True, slots=True)
class TableName:
    """The two parts of a table's name, as they were written."""

    database: str
    table: str

    @classmethod
    def parse(cls, name: str) -> TableName:
        """`db.table` or `table` (of the database `default`), with or without backticks.

        Raises BindError for anything else.
        """
        parts = [part.strip().strip("`") for part in name.split(".")]
        if len(parts) == 1:
            parts = [DEFAULT_DATABASE, *parts]
        if len(parts) != 2 or not all(_NAME.fullmatch(part) for part in parts):
            raise BindError(
                f"'{name}' is not the name of a table",
                hint="a table is named database.table, of letters, digits and _",
            )
        return cls(parts[0], parts[1])

    @property
    def quoted(self) -> str:
        """The name as SQL."""
        return f"`{self.database}`.`{self.table}`"

    def __str__(self) -> str:
        return f"{self.database}.{self.table}"


def check_database_name(name: str) -> None:
    """Raise BindError for what cannot be the name of a database."""
    if not _NAME.fullmatch(name):
        raise BindError(f"'{name}' is not a name", hint="names are of letters, digits and _")


class CatalogTable(Protocol):
    """A table that was looked up."""

    @property
    def notices(self) -> tuple[str, ...]:
        """What whoever reads the table should know, one sentence each."""
        ...

    def read(self, spark: SparkSession, unread: Unread = NOTHING_UNREAD) -> DataFrame:
        """The table. unread: what the engine of `spark` does not read as Spark does.

        Raises CapabilityError for that, and what the engine raises.
        """
        ...


class Catalog(Protocol):
    """Databases and their tables. A table's `name` is `db.table`, compared without case.

    Each method raises DataError or EngineError when the lake or the metastore does not answer.
    """

    @property
    def kind(self) -> str:
        """What `show tables` calls its tables: `lake` or `metastore`."""
        ...

    def databases(self) -> tuple[str, ...]:
        """The names of all databases, `default` among them."""
        ...

    def tables(self, database: str = DEFAULT_DATABASE) -> tuple[str, ...]:
        """The names of a database's tables. Raises BindError for an unknown database."""
        ...

    def names(self) -> tuple[str, ...]:
        """Every table as `db.table`."""
        ...

    def exists(self, name: str) -> bool:
        """Whether there is a table `name` now. Raises BindError when it cannot be a name."""
        ...

    def create_database(self, name: str, *, if_not_exists: bool = False) -> None:
        """Make a database, beside `default`. Raises BindError, DataError when it is there."""
        ...

    def drop_database(self, name: str, *, cascade: bool = False, if_exists: bool = False) -> None:
        """Remove a database, with its tables if `cascade`.

        Raises BindError when it is unknown, DataError when it has tables or is `default`.
        """
        ...

    def drop_table(self, name: str, *, if_exists: bool = False) -> None:
        """Remove a table, whole or not at all. Raises BindError when it is not there."""
        ...

    def register(self, spark: SparkSession, names: Iterable[str]) -> None:
        """Make plain SQL on `spark` see these tables as they are now. Raises BindError."""
        ...

    def find(self, name: str) -> CatalogTable:
        """A table as it is now, after a look at its first files; nothing of it is read.

        Raises BindError with the nearest name, DataError.
        """
        ...

    def check_save(self, name: str, request: SaveRequest) -> None:
        """Refuse before a run what `save` would refuse, as far as that can be seen now.

        Raises BindError for an unknown database, CapabilityError, DataError.
        """
        ...

    def save(self, df: DataFrame, name: str, request: SaveRequest, run: RunFolder) -> Written:
        """Save `df` as a table, whole or not at all. run: whose staging folder is used.

        Raises what `check_save` raises, DataError for columns that do not fit what they are
        appended to, and what the engine raises.
        """
        ...

    def size_bytes(self, name: str) -> int | None:
        """Of a table's files; None where that is not known without asking elsewhere."""
        ...

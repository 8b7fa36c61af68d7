"""Tables as a session's user holds them, and what a run leaves."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa
    from pyspark.sql.connect.dataframe import DataFrame

    from plait.exchange.ray_table import RayTable
    from plait.runtime.state import TableHandle


class TableReader(Protocol):
    """What reads the tables of a session. Each method raises PlaitError."""

    def schema(self, table: TableHandle) -> tuple[tuple[str, str], ...]:
        """(column, Spark SQL type) of every column."""
        ...

    def frame(self, table: TableHandle) -> DataFrame:
        """The table as a DataFrame."""
        ...

    def rows(self, table: TableHandle) -> pa.Table:
        """All rows, in this process."""
        ...

    def on_ray(self, table: TableHandle) -> RayTable:
        """The table on Ray's side."""
        ...


@dataclass(frozen=True, slots=True)
class RunResult:
    """What a run leaves: its id, its last table (None without one), its tables by name."""

    run: str
    last: Table | None
    tables: Mapping[str, Table]


@dataclass(frozen=True, slots=True)
class Table:
    """A table of a session, which goes to whatever needs it.

    It is one binding: a later statement that uses the same name for another table does not
    change this one. It can be read as long as its session is open.
    """

    name: str
    _reader: TableReader
    _handle: TableHandle

    @property
    def schema(self) -> tuple[tuple[str, str], ...]:
        """(column, Spark SQL type) of every column."""
        return self._reader.schema(self._handle)

    def to_spark(self) -> DataFrame:
        """A DataFrame of the session's SparkSession; nothing is computed yet."""
        return self._reader.frame(self._handle)

    def to_arrow(self) -> pa.Table:
        """All rows in this process."""
        return self._reader.rows(self._handle)

    def to_pandas(self) -> pd.DataFrame:
        """All rows in this process, as pandas."""
        from plait.worker.arrow_types import to_pandas

        return to_pandas(self.to_arrow())

    def to_ray(self) -> RayTable:
        """The table on Ray's side; Ray is started if it does not run."""
        return self._reader.on_ray(self._handle)

    def __repr__(self) -> str:
        columns = ", ".join(f"{name}: {kind}" for name, kind in self.schema)
        return f"Table({self.name}: {columns})"

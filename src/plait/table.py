"""Tables as a session's user holds them, and what a run leaves."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from plait.plan.steps import TableRef

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa
    from pyspark.sql.connect.dataframe import DataFrame

    from plait.exchange.ray_table import RayTable
    from plait.session import Session


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
    change this one. It lives as long as its session.
    """

    name: str
    session: Session
    _ref: TableRef
    _handle: object

    @property
    def schema(self) -> tuple[tuple[str, str], ...]:
        """(column, Spark SQL type) of every column."""
        from plait.data import tables

        have = self.session.resources
        return have.guarded(lambda: tuple(tables.schema_of(have.spark(), self._ref.view)))

    def to_spark(self) -> DataFrame:
        """A DataFrame of the session's SparkSession; nothing is computed yet."""
        self.session._tables.keep([self._ref])
        have = self.session.resources
        return have.guarded(lambda: have.spark().table(self._ref.view))

    def to_arrow(self) -> pa.Table:
        """All rows in this process."""
        if (local := self.session._tables[self._ref].local) is not None:
            return local
        from plait.data import tables

        have = self.session.resources
        return have.guarded(lambda: tables.to_arrow(have.spark().table(self._ref.view)))

    def to_pandas(self) -> pd.DataFrame:
        """All rows in this process, as pandas."""
        frame: pd.DataFrame = self.to_arrow().to_pandas()
        return frame

    def to_ray(self) -> RayTable:
        """The table on Ray's side; Ray is started if it does not run."""
        return self.session._to_ray(self._ref)

    def __repr__(self) -> str:
        columns = ", ".join(f"{name}: {kind}" for name, kind in self.schema)
        return f"Table({self.name}: {columns})"

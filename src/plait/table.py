"""Tables as a session's user holds them, and what a run leaves."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from plait.errors import UsageError

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa
    from pyspark.sql.connect.dataframe import DataFrame

    from plait.events import TableShown
    from plait.exchange.ray_table import RayTable
    from plait.models.manifest import ModelVersion
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

    def first(self, table: TableHandle, count: int) -> pa.Table:
        """The first `count` rows, in this process."""
        ...

    def count(self, table: TableHandle) -> int:
        """How many rows there are."""
        ...

    def shown(self, table: TableHandle, count: int, *, total: bool) -> TableShown:
        """The first `count` rows as text; total: whether all rows are counted too."""
        ...

    def on_ray(self, table: TableHandle) -> RayTable:
        """The table on Ray's side."""
        ...


_NOTEBOOK_ROWS = 20


def checked(rows: int) -> int:
    """A number of rows to take. Raises UsageError for what is none."""
    if isinstance(rows, bool) or not isinstance(rows, int) or rows < 0:
        raise UsageError(f"a number of rows is wanted, not {rows!r}")
    return rows


@dataclass(frozen=True, slots=True)
class RunResult:
    """What a run leaves: its id, its last table (None without one), its tables by name, and
    the model versions that it has published.
    """

    run: str
    last: Table | None
    tables: Mapping[str, Table]
    models: tuple[ModelVersion, ...] = ()

    def __repr__(self) -> str:
        last = None if self.last is None else self.last.name
        return f"RunResult({self.run}: last={last}, tables={', '.join(self.tables)})"

    def _repr_html_(self) -> str:
        shown = [] if self.last is None else [self.last._repr_html_()]
        return "".join([*shown, *(model._repr_html_() for model in self.models)])


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

    @property
    def columns(self) -> tuple[str, ...]:
        """The names of the columns."""
        return tuple(name for name, _ in self.schema)

    def count(self) -> int:
        """How many rows there are; the engine counts them."""
        return self._reader.count(self._handle)

    def head(self, rows: int = 5) -> pd.DataFrame:
        """The first rows, as pandas."""
        from plait.worker.arrow_types import to_pandas

        return to_pandas(self._reader.first(self._handle, checked(rows)))

    def show(self, rows: int = 20) -> None:
        """Print the first rows with the names and types of their columns."""
        import shutil

        from plait.console.text import table

        shown = self._reader.shown(self._handle, checked(rows), total=False)
        print("\n".join(table(shown, shutil.get_terminal_size((120, 24)).columns)))

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

    def _repr_html_(self) -> str:
        from plait.console.html import table

        return table(self._reader.shown(self._handle, _NOTEBOOK_ROWS, total=True))

    def __repr__(self) -> str:
        columns = ", ".join(f"{name}: {kind}" for name, kind in self.schema)
        return f"Table({self.name}: {columns})"

"""The names of a session: tables, code and variables, and the tables of the lake."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol, TypeVar

from plait.errors import BindError, Span, suggestion
from plait.lang.statements import Name
from plait.plan.locations import Location, TableTarget
from plait.plan.steps import Code, TableRef

Bound = TypeVar("Bound")


class Lake(Protocol):
    """What the planner asks of the local catalog."""

    def databases(self) -> Sequence[str]:
        """Names of the databases."""
        ...

    def names(self) -> Sequence[str]:
        """Every table as `db.table`."""
        ...


class Versions:
    """Numbers the bindings of each name; no number is given twice. Safe for several threads."""

    def __init__(self) -> None:
        self._last: dict[str, int] = {}
        self._lock = threading.Lock()

    def next(self, name: str) -> int:
        """The number of a new binding of `name`, from 1 on."""
        with self._lock:
            self._last[name] = self._last.get(name, 0) + 1
            return self._last[name]

    def copy(self) -> Versions:
        """An independent copy, for a plan that is only looked at."""
        other = Versions()
        with self._lock:
            other._last = dict(self._last)
        return other


@dataclass(slots=True)
class Scope:
    """Which name means which table, and which text.

    Names of tables and code match in any case, as in Spark; those of variables (`values`) do
    not. A copy is planned on, and what it binds is merged only when the run is done, so that a
    failed script leaves the session's names as they were. Copies share `versions`: two plans
    never give two tables the same number.

    lake: every table as `db.table` in lower case. folders: of those, the ones whose folder is
    spelled otherwise, as it is spelled. lake_root: where the lake lies; None for a metastore,
    which gives each table a folder of its own.
    """

    tables: dict[str, TableRef] = field(default_factory=dict)
    codes: dict[str, Code] = field(default_factory=dict)
    values: dict[str, Code] = field(default_factory=dict)
    versions: Versions = field(default_factory=Versions)
    lake: set[str] = field(default_factory=set)
    databases: set[str] = field(default_factory=set)
    folders: dict[str, str] = field(default_factory=dict)
    lake_root: Location | None = None

    def copy(self) -> Scope:
        """A copy whose names are independent."""
        return Scope(
            dict(self.tables),
            dict(self.codes),
            dict(self.values),
            self.versions,
            set(self.lake),
            set(self.databases),
            dict(self.folders),
            self.lake_root,
        )

    def merge(self, before: Scope, after: Scope) -> None:
        """Take over what a script bound and unbound: `after` as against `before`."""
        for name in _merge(self.tables, before.tables, after.tables):
            self.codes.pop(name, None)
        for name in _merge(self.codes, before.codes, after.codes):
            self.tables.pop(name, None)
        _merge(self.values, before.values, after.values)

    def read_lake(self, lake: Lake, root: str | None = None) -> None:
        """Take over the lake's present tables. root: its path or URL; None for a metastore."""
        names = lake.names()
        self.databases = {name.lower() for name in lake.databases()} | {"default"}
        self.lake = {name.lower() for name in names}
        self.folders = {name.lower(): name for name in names if name != name.lower()}
        self.lake_root = None if root is None else Location.of(root)

    def bind(self, name: str) -> TableRef:
        """A new binding of a table's name; the earlier one is no longer meant by it."""
        ref = self.new_version(name)
        self.tables[ref.name] = ref
        self.codes.pop(ref.name, None)
        return ref

    def new_version(self, name: str) -> TableRef:
        """A table that no statement can name; what the name means stays as it is."""
        key = name.lower()
        return TableRef(key, self.versions.next(key))

    def find(self, name: str) -> TableRef | None:
        """The table that a name means now."""
        return self.tables.get(name.lower())

    def table(self, name: Name) -> TableRef:
        """The table that a name means now. Raises BindError."""
        found = self.find(name.text)
        if found is not None:
            return found
        if name.text.lower() in self.codes:
            raise BindError(f"'{name.text}' is code, not a table of data", span=name.span)
        raise self.unknown_table(name.text, name.span)

    def unknown_table(self, name: str, span: Span) -> BindError:
        """The error for a table that nobody made."""
        candidates = [*self.tables, *self.lake]
        hint = suggestion(name, candidates) or "nothing was loaded or selected before this line"
        return BindError(f"there is no table '{name}'", span=span, hint=hint)

    def lake_name(self, database: str | None, table: str) -> str:
        """`db.table` in lower case; a bare name lies in the database `default`."""
        return f"{database or 'default'}.{table}".lower()

    def lake_table(self, name: str) -> TableTarget:
        """The table `db.table`, which need not be there yet, and where it lies."""
        full = name.lower()
        database, _, table = self.folders.get(full, full).partition(".")
        return TableTarget(name, self.lake_location.below(f"{database}.db", table))

    def lake_database(self, name: str) -> Location:
        """Where a database lies."""
        return self.lake_location.below(f"{name.lower()}.db")

    @property
    def lake_location(self) -> Location:
        """The root of all tables of the lake or the metastore."""
        return self.lake_root or Location("table", "", "/")

    def code(self, name: str, span: Span) -> Code:
        """The text loaded by `load script.`. Raises BindError."""
        found = self.codes.get(name.lower())
        if found is None:
            hint = suggestion(name, list(self.codes))
            if name in self.values:
                hint = f"load it first: load script.`{name}` as {name};"
            raise BindError(f"there is no code '{name}'", span=span, hint=hint)
        return found


def _merge(
    names: dict[str, Bound], before: dict[str, Bound], after: dict[str, Bound]
) -> list[str]:
    """Bring `names` up to date with what became of `before`; the names that were bound."""
    for name in before.keys() - after.keys():
        names.pop(name, None)
    bound = {name: what for name, what in after.items() if before.get(name) != what}
    names.update(bound)
    return list(bound)

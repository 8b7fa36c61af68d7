"""The names of a session: tables, code and variables, and what the lake holds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

from plait.errors import BindError, Span, suggestion
from plait.lang.statements import Name
from plait.plan.steps import Code, TableRef


class Lake(Protocol):
    """What the planner asks of the local catalog."""

    def databases(self) -> Sequence[str]:
        """Names of the databases."""
        ...

    def names(self) -> Sequence[str]:
        """Every table as `db.table`."""
        ...


@dataclass(slots=True)
class Scope:
    """Which name means which table, and which text.

    Names match in any case, as in Spark. A copy is planned on, and taken over only when
    the run is done, so that a failed script leaves the session's names as they were.
    """

    tables: dict[str, TableRef] = field(default_factory=dict)
    codes: dict[str, Code] = field(default_factory=dict)
    values: dict[str, Code] = field(default_factory=dict)
    versions: dict[str, int] = field(default_factory=dict)
    lake: set[str] = field(default_factory=set)
    databases: set[str] = field(default_factory=set)

    def copy(self) -> Scope:
        """An independent copy."""
        return Scope(
            dict(self.tables),
            dict(self.codes),
            dict(self.values),
            dict(self.versions),
            set(self.lake),
            set(self.databases),
        )

    def read_lake(self, lake: Lake) -> None:
        """Take over what the lake holds now."""
        self.databases = {name.lower() for name in lake.databases()} | {"default"}
        self.lake = {name.lower() for name in lake.names()}

    def bind(self, name: str) -> TableRef:
        """A new binding of a table's name; the earlier one is no longer meant by it."""
        key = name.lower()
        self.versions[key] = self.versions.get(key, 0) + 1
        self.tables[key] = TableRef(key, self.versions[key])
        self.codes.pop(key, None)
        return self.tables[key]

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

    def code(self, name: str, span: Span) -> Code:
        """The text loaded by `load script.`. Raises BindError."""
        found = self.codes.get(name.lower())
        if found is None:
            hint = suggestion(name, list(self.codes))
            if name.lower() in self.values:
                hint = f"load it first: load script.`{name}` as {name};"
            raise BindError(f"there is no code '{name}'", span=span, hint=hint)
        return found

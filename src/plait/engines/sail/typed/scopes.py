"""What a name means at its place in a query: the columns of FROM, outer queries, aliases."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from pyspark.sql import types as T  # noqa: N812 - Spark's own convention
from pyspark.sql.types import DataType

Columns = tuple[tuple[str, DataType | None], ...]


@dataclass(frozen=True, slots=True)
class Source:
    """One item of FROM, by the name it has there.

    columns: None where nobody knows them. once: what USING names, which `*` has once.
    """

    name: str
    columns: Columns | None
    once: frozenset[str] = frozenset()


@dataclass(slots=True)
class Scope:
    """The names that one query sees, in lower case.

    tables: what its WITH and those around it define. aliases: its select list, as far as read.
    """

    parent: Scope | None = None
    sources: list[Source] = field(default_factory=list)
    tables: dict[str, Columns | None] = field(default_factory=dict)
    aliases: dict[str, DataType | None] = field(default_factory=dict)

    def inner(self, sources: Sequence[Source] = ()) -> Scope:
        """The scope of a query inside of this one."""
        return Scope(self, list(sources), dict(self.tables))

    def find(self, parts: Sequence[str]) -> DataType | None:
        """The type of `column`, `table.column` or a field `column.field`; None if unknown.

        Raises LookupError where no table has it.
        """
        names = [part.lower() for part in parts]
        scope: Scope | None = self
        while scope is not None:
            found, kind = scope._own(names)
            if found:
                return kind
            if any(source.columns is None for source in scope.sources):
                return None
            scope = scope.parent
        raise LookupError(names[0])

    def _own(self, names: list[str]) -> tuple[bool, DataType | None]:
        for source in self.sources:
            if len(names) > 1 and source.name == names[0]:
                if source.columns is None:
                    return True, None
                for name, kind in source.columns:
                    if name.lower() == names[1]:
                        return True, _field(kind, names[2:])
        for source in self.sources:
            for name, kind in source.columns or ():
                if name.lower() == names[0]:
                    return True, _field(kind, names[1:])
        if names[0] in self.aliases:
            return True, _field(self.aliases[names[0]], names[1:])
        return False, None

    def star(self, table: str = "") -> Columns | None:
        """The columns of `*`, or of `table.*`."""
        wanted = [one for one in self.sources if not table or one.name == table.lower()]
        if not wanted or any(one.columns is None for one in wanted):
            return None
        return tuple(
            column
            for one in wanted
            for column in one.columns or ()
            if table or column[0].lower() not in one.once
        )


def named(columns: Columns | None, names: Sequence[str]) -> Columns | None:
    """`columns` under the names that an alias `t(a, b)` gives them; none: their own."""
    if columns is None or not names:
        return columns
    if len(columns) != len(names):
        return None
    return tuple((name, kind) for name, (_, kind) in zip(names, columns, strict=True))


def _field(kind: DataType | None, names: Sequence[str]) -> DataType | None:
    for name in names:
        match kind:
            case T.StructType():
                kind = next((f.dataType for f in kind.fields if f.name.lower() == name), None)
            case T.MapType():
                kind = kind.valueType
            case _:
                return None
    return kind

"""Reads a query from its tables to its columns, gives every expression its type in Spark, and
notes the casts by which Sail's type and value are the same."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from pyspark.sql import types as T  # noqa: N812 - Spark's own convention
from pyspark.sql.types import DataType
from sqlglot import exp

from plait.engines.sail.typed import kinds
from plait.engines.sail.typed.names import generated_name
from plait.engines.sail.typed.scopes import Columns, Scope, Source, named
from plait.lang.sqltext import quoted

Tables = Callable[[str], Columns | None]
Handler = Callable[["Analysis", Any, Scope], DataType | None]
_WITHOUT_TYPE = (exp.DataType, exp.Identifier, exp.Var, exp.TableAlias)
_AROUND = (exp.Window, exp.Filter, exp.IgnoreNulls, exp.RespectNulls, exp.WithinGroup)


@dataclass(frozen=True, slots=True)
class Edit:
    """What has to stand instead of a node of the tree: `{}` in the template is the node.

    Without `{}` the template replaces the node, inside of which nothing is edited then.
    """

    node: Any
    template: str


@dataclass(slots=True)
class Analysis:
    """One query: `edits` in the order in which they are made, and what they do not reach.

    unsure: whether a type that may matter is not known.
    wrong: what Sail is known to do otherwise, and no cast mends.
    lost: whether it names tables or columns that are not there.
    tables: the columns of a table of the session, by its name in SQL.
    ask: the type of an expression without columns, as the engine has it.
    text: how a node is written.
    """

    tables: Tables
    ask: Callable[[str], DataType | None]
    text: Callable[[Any], str | None]
    handlers: Mapping[type, Handler]
    edits: list[Edit] = field(default_factory=list)
    unsure: bool = False
    wrong: list[str] = field(default_factory=list)
    lost: bool = False
    _kinds: dict[int, DataType | None] = field(default_factory=dict)
    _unnamed: list[tuple[Any, str]] = field(default_factory=list)

    # --- what handlers use ----------------------------------------------------------------

    def kind(self, node: Any, scope: Scope) -> DataType | None:
        """The type of an expression; its own parts are read and mended on the way."""
        key = id(node)
        if key not in self._kinds:
            handler = self.handlers.get(type(node))
            if handler is None and isinstance(node, exp.Func):
                handler = self.handlers[exp.Func]
            if handler is None:
                self.parts(node, scope)
            self._kinds[key] = None if handler is None else handler(self, node, scope)
        return self._kinds[key]

    def parts(self, node: Any, scope: Scope) -> list[DataType | None]:
        """The types of all expressions that a node is made of."""
        found = []
        for part in node.iter_expressions():
            if isinstance(part, exp.Query):
                columns = self.query(part, scope.inner())
                found.append(columns[0][1] if columns else None)
            elif not isinstance(part, _WITHOUT_TYPE):
                found.append(self.kind(part, scope))
        return found

    def cast(self, node: Any, kind: DataType) -> None:
        """Have `node` cast to a type, with the OVER that belongs to it."""
        while isinstance(node.parent, _AROUND) and node.parent.this is node:
            node = node.parent
        self.edits.append(Edit(node, f"cast({{}} as {kind.simpleString()})"))

    def read(self, tree: Any) -> None:
        """Read a whole query; columns that it does not name keep their names."""
        self.query(tree, Scope())
        changed: set[int] = set()
        for edit in self.edits:
            node = edit.node
            while node is not None and id(node) not in changed:
                changed.add(id(node))
                node = node.parent
        self.edits += [
            Edit(item, f"{{}} as {quoted(name)}")
            for item, name in self._unnamed
            if id(item) in changed
        ]

    def edited(self, node: Any) -> bool:
        """Whether something inside of a node is changed."""
        inside = {id(one) for one in node.walk()}
        return any(id(edit.node) in inside for edit in self.edits)

    # --- queries --------------------------------------------------------------------------

    def query(self, node: Any, scope: Scope) -> Columns | None:
        """The columns of a query; `scope` is its own, still without its tables."""
        if isinstance(node, exp.Subquery):
            self._with(node, scope)
            return self.query(node.this, scope)
        self._with(node, scope)
        if isinstance(node, exp.SetOperation):
            return self._set_operation(node, scope)
        if isinstance(node, exp.Select):
            return self._select(node, scope)
        if isinstance(node, exp.Values):
            return self._values(node, scope)
        self.parts(node, scope)
        return None

    def _with(self, node: Any, scope: Scope) -> None:
        clause = node.args.get("with_")
        for table in clause.expressions if clause is not None else ():
            name = table.alias.lower()
            if clause.args.get("recursive"):
                scope.tables[name] = None
            columns = self.query(table.this, scope.inner())
            names = [one.name for one in table.args["alias"].args.get("columns") or ()]
            scope.tables[name] = named(columns, names)

    def _select(self, node: Any, scope: Scope) -> Columns | None:
        self._from(node, scope)
        columns: list[tuple[str, DataType | None]] | None = []
        for item in node.expressions:
            found = self._item(item, scope)
            columns = None if found is None or columns is None else [*columns, *found]
        read = ("expressions", "from_", "joins", "laterals", "with_")
        for name, value in node.args.items():
            if name in read or value is None:
                continue
            for part in value if isinstance(value, list) else [value]:
                if isinstance(part, exp.Expression):
                    self.kind(part, scope)
        return None if columns is None else tuple(columns)

    def _item(self, item: Any, scope: Scope) -> Columns | None:
        """The columns that one item of a select list gives."""
        star = item if isinstance(item, exp.Star) else getattr(item, "this", None)
        if isinstance(star, exp.Star) and isinstance(item, (exp.Star, exp.Column)):
            if any(star.args.values()):
                return None
            return scope.star(item.table if isinstance(item, exp.Column) else "")
        if isinstance(item, exp.Aliases):
            self.kind(item.this, scope)
            return tuple((one.name, None) for one in item.args.get("expressions") or ())
        kind = self.kind(item, scope)
        name = item.alias if isinstance(item, exp.Alias) else generated_name(item)
        if not isinstance(item, exp.Alias):
            self._unnamed.append((item, name))
        scope.aliases[name.lower()] = kind
        return ((name, kind),)

    def _values(self, node: Any, scope: Scope) -> Columns | None:
        rows = [
            row.expressions if isinstance(row, exp.Tuple) else [row] for row in node.expressions
        ]
        found = [[self.kind(value, scope) for value in row] for row in rows]
        columns = []
        for index, column in enumerate(zip(*found, strict=False)):
            known = [kind for kind in column if kind is not None]
            kind = kinds.common(known) if len(known) == len(column) else None
            columns.append((f"col{index + 1}", kind))
        return tuple(columns)

    # --- from -----------------------------------------------------------------------------

    def _from(self, node: Any, scope: Scope) -> None:
        clause = node.args.get("from_")
        if clause is not None:
            self._source(clause.this, scope)
        for join in node.args.get("joins") or ():
            self._join(join, scope)
        for view in node.args.get("laterals") or ():
            self._lateral_view(view, scope)

    def _join(self, join: Any, scope: Scope) -> None:
        self._source(join.this, scope)
        if join.args.get("method") == "NATURAL":
            scope.sources[-1] = Source(scope.sources[-1].name, None)
        using = frozenset(one.name.lower() for one in join.args.get("using") or ())
        if using:
            scope.sources[-1] = replace(scope.sources[-1], once=using)
        if join.args.get("on") is not None:
            self.kind(join.args["on"], scope)

    def _source(self, node: Any, scope: Scope) -> None:
        alias = node.args.get("alias")
        names = [one.name for one in alias.args.get("columns") or ()] if alias is not None else []
        columns = self._columns_of(node, scope)
        if node.args.get("pivots"):
            columns = None
        scope.sources.append(Source(node.alias_or_name.lower(), named(columns, names)))
        for join in node.args.get("joins") or ():
            self._join(join, scope)
        for view in node.args.get("laterals") or ():
            self._lateral_view(view, scope)

    def _columns_of(self, node: Any, scope: Scope) -> Columns | None:
        match node:
            case exp.Table() if isinstance(node.this, exp.Identifier):
                if not node.db and node.name.lower() in scope.tables:
                    return scope.tables[node.name.lower()]
                columns = self.tables(".".join(quoted(part.name) for part in node.parts))
                self.lost |= columns is None
                return columns
            case exp.Table() if node.this.name.lower() == "range":
                return (("id", T.LongType()),)
            case exp.Subquery() | exp.Values():
                inner = Scope(scope.parent, [], dict(scope.tables))
                return self.query(node, inner)
            case exp.Lateral() if isinstance(node.this, exp.Subquery):
                return self.query(node.this, scope.inner())
        self.parts(node, scope)
        return None

    def _lateral_view(self, view: Any, scope: Scope) -> None:
        kind = self.kind(view.this, scope)
        alias = view.args.get("alias")
        names = [one.name for one in alias.args.get("columns") or ()] if alias is not None else []
        known: Sequence[DataType | None] = [None] * len(names)
        if isinstance(view.this, exp.Explode) and len(names) == 1:
            known = [kind]
        name = alias.name.lower() if alias is not None else ""
        scope.sources.append(Source(name, tuple(zip(names, known, strict=True))))

    # --- union ----------------------------------------------------------------------------

    def _set_operation(self, node: Any, scope: Scope) -> Columns | None:
        sides = _sides(node)
        found = [self.query(side, scope.inner()) for side in sides]
        for name in ("order", "limit", "offset"):
            if node.args.get(name) is not None:
                own = scope.inner([Source("", found[0])])
                self.kind(node.args[name], own)
        if node.args.get("by_name") or any(columns is None for columns in found):
            self.unsure = True
            return None
        known = [columns for columns in found if columns is not None]
        if len({len(columns) for columns in known}) != 1:
            return None
        together = [
            (first[0][0], _together([kind for _, kind in first]))
            for first in zip(*known, strict=True)
        ]
        if any(kind is None for _, kind in together):
            self.unsure = True
        for side, columns in zip(sides, known, strict=True):
            self._as_rows(side, columns, [kind for _, kind in together])
        return tuple(together)

    def _as_rows(self, side: Any, columns: Columns, together: Sequence[DataType | None]) -> None:
        """Cast the columns of one side of a UNION to the types that the whole has."""
        different = [
            kind
            if kind is not None and not kinds.same(own, kind) and kinds.castable(kind)
            else None
            for (_, own), kind in zip(columns, together, strict=True)
        ]
        if not any(different):
            return
        query = side
        while isinstance(query, exp.Subquery):
            query = query.this
        plain = isinstance(query, exp.Select) and len(query.expressions) == len(columns)
        items = query.expressions if plain else []
        if items and not any(item.is_star or self.text(item) is None for item in items):
            for item, kind in zip(items, different, strict=True):
                if kind is not None:
                    self.cast(item.this if isinstance(item, exp.Alias) else item, kind)
            return
        names = [name for name, _ in columns]
        if len({name.lower() for name in names}) != len(names):
            self.unsure = True
            return
        written = ", ".join(
            quoted(name)
            if kind is None
            else f"cast({quoted(name)} as {kind.simpleString()}) as {quoted(name)}"
            for name, kind in zip(names, different, strict=True)
        )
        self.edits.append(Edit(query, f"select {written} from ({{}})"))


def _sides(node: Any) -> list[Any]:
    """The queries that a chain of set operations brings together."""
    left = node.this
    plain = isinstance(left, exp.SetOperation) and not any(
        left.args.get(name) for name in ("with_", "order", "limit", "offset")
    )
    return [*(_sides(left) if plain else [left]), node.expression]


def _together(kinds_of_column: Sequence[DataType | None]) -> DataType | None:
    known = [kind for kind in kinds_of_column if kind is not None]
    return kinds.common(known) if len(known) == len(kinds_of_column) else None

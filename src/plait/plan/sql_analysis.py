"""What a command of Spark SQL does to the lake, as far as its text shows it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from plait.lang.cursor import QUERY_HEADS
from plait.lang.sqltext import blank, blank_comments, code_of, has_insert, outer_inserts
from plait.plan.sql_references import NameUse, name_use, parse_sql, plain_table_queries, use_of


@dataclass(frozen=True, slots=True)
class Command:
    """A SQL command that changes something or shows something.

    action: create_table, create_database, drop_table, drop_database, insert, view, show,
        refresh, refuse or unknown. target: the table or database it is about.
    query: the statement with blanks for all but the query inside (create … as, insert, view),
    so that offsets stay; None without one. columns: name and type of a plain create table, or
    the names given by an insert. by_name: `insert … by name`.
    reason: why it is refused, and what works.
    """

    action: str
    target: NameUse | None = None
    query: str | None = None
    overwrite: bool = False
    if_exists: bool = False
    cascade: bool = False
    columns: tuple[tuple[str, str], ...] = ()
    partition_by: tuple[str, ...] = ()
    by_name: bool = False
    reason: str = ""


_DESCRIBE = re.compile(
    r"\s*desc(?:ribe)?\s+(?:table\s+)?(?:extended\s+|formatted\s+)?"
    r"(?P<name>(?:\w+|`[^`]+`)(?:\.(?:\w+|`[^`]+`))?)\s*\Z",
    re.IGNORECASE,
)
_SELECT = re.compile(r"\bselect\b", re.IGNORECASE)
_SHOWS = ("show", "describe", "desc", "explain")
REFUSED = {
    "alter": "make the table anew with 'select … as t; save overwrite t as hive.`db.table`;'",
    "truncate": "use 'select * from db.table where false as t; save overwrite …'",
    "delete": "select the rows to keep and 'save overwrite' them as the table",
    "update": "select the changed rows and 'save overwrite' them as the table",
    "merge": "join in a select and 'save overwrite' the result as the table",
    "use": "write the database with the table: db.table",
    "cache": "nothing to do: a table that is read more than once is computed once by itself",
    "uncache": "nothing to do: a table that is read more than once is computed once by itself",
    "msck": "nothing to do: tables of the lake find their files by themselves",
    "analyze": "nothing to do: tables of the lake keep their statistics in Parquet",
    "clear": "nothing to do: plait keeps no cache that could be cleared",
    "reset": "settings last as long as the session; set the one you want",
    "comment": "the lake keeps no comments",
    "replace": "use 'save overwrite t as hive.`db.table`;'",
}


def command_of(sql: str) -> Command:
    """What a SQL statement other than a select does, on a lake of Parquet folders."""
    first = _first_word(sql)
    if described := _DESCRIBE.match(sql):
        parts = [part.strip("`") for part in described["name"].split(".")]
        table = name_use(parts, described.start("name"), len(described["name"]))
        return Command("describe", table)
    if first in _SHOWS:
        return Command("show", query=sql)
    if first in REFUSED:
        return Command("refuse", reason=REFUSED[first])
    if first == "refresh":
        return Command("refresh")
    return _parsed_command(sql)


def is_query(sql: str) -> bool:
    """Whether a statement gives a table, by its first word; `with … insert` does not."""
    return _first_word(sql) in QUERY_HEADS and not has_insert(sql)


def _first_word(sql: str) -> str:
    found = re.match(r"\s*(\w+|\()", blank_comments(sql))
    return found[1].lower() if found else ""


# What sqlglot's tree may hold of a command; whatever else it holds would be lost.
_ARGUMENTS = {
    "Create": {"this", "kind", "expression", "exists", "replace", "properties"},
    "Drop": {"tables", "kind", "exists", "cascade", "restrict", "purge"},
}
# Of a table: its layout and remarks change no row.
_PROPERTIES = (
    "FileFormatProperty", "PartitionedByProperty", "TemporaryProperty", "LocationProperty",
    "LikeProperty", "SchemaCommentProperty", "ClusteredByProperty", "ClusterProperty", "Property",
)  # fmt: skip


def _parsed_command(sql: str) -> Command:
    from sqlglot import exp

    sql = blank_comments(sql)
    if inserts := outer_inserts(sql):
        return _insert(sql, inserts)
    tree = parse_sql(plain_table_queries(sql))
    if isinstance(tree, exp.Expression) and (lost := _not_understood(tree)):
        return Command("refuse", reason=f"without this part the rest is understood: {lost}")
    match tree:
        case exp.Create():
            return _create(tree, sql)
        case exp.Drop():
            return _drop(tree)
        case _:
            return Command("unknown", reason="its text could not be read as Spark SQL")


def _not_understood(tree: Any) -> str | None:
    """A part of a command that nothing here reads, so that it must not be passed over."""
    understood = _ARGUMENTS.get(type(tree).__name__)
    if understood is None:
        return None
    for key, value in tree.args.items():
        if value and key not in understood:
            parts = value if isinstance(value, list) else [value]
            shown = ", ".join(p.sql("spark") if hasattr(p, "sql") else str(p) for p in parts)
            return f"{key.strip('_')} {shown}"
    properties = tree.args.get("properties")
    for each in properties.expressions if properties is not None else ():
        path = type(each).__name__ == "Property" and each.name.lower() == "path"
        if type(each).__name__ not in _PROPERTIES or path:
            return each.sql("spark") or type(each).__name__.removesuffix("Property").lower()
    return None


def _target(node: Any) -> NameUse | None:
    """The table that a command is about; None where an expression or a folder stands there."""
    from sqlglot import exp

    table = node.this if isinstance(node, exp.Schema) else node
    if not isinstance(table, exp.Table) or not isinstance(
        table.this or table.args["db"], exp.Identifier
    ):
        return None
    use = use_of(table)
    called = isinstance(node, exp.Schema) and use.full.lower() == "identifier"
    return None if called else use


_QUERY_BEGINS = ("SELECT", "WITH", "VALUES", "FROM")
_BEFORE_TARGET = ("CREATE", "REPLACE", "INTO", "OVERWRITE")


def _query_begins(sql: str) -> int | None:
    """Where the query inside a command begins; None without one, or where no text is SQL."""
    import sqlglot
    from sqlglot.errors import SqlglotError

    depth = 0
    before, head = "", -1
    try:
        tokens = sqlglot.Dialect.get_or_raise("spark").tokenize(sql)
    except SqlglotError:
        return None
    names = [token.token_type.name for token in tokens]
    for index, (token, name) in enumerate(zip(tokens, names, strict=True)):
        if head < 0 and depth == 0 and name in ("INSERT", "CREATE"):
            head = token.start
        elif head >= 0 and depth == 0:
            begins = name in _QUERY_BEGINS or (name == "TABLE" and before not in _BEFORE_TARGET)
            if name == "L_PAREN":
                inner = next((each for each in names[index:] if each != "L_PAREN"), "")
                begins = before == "ALIAS" or inner in (*_QUERY_BEGINS, "TABLE")
            if begins:
                return int(token.start)
        depth += (name == "L_PAREN") - (name == "R_PAREN")
        before = name
    return None


def _create(tree: Any, sql: str) -> Command:
    from sqlglot import exp

    kind, target = (tree.args.get("kind") or "").upper(), _target(tree.this)
    begins = None if tree.args.get("expression") is None else _query_begins(sql)
    query = None if begins is None else blank(sql[:begins]) + sql[begins:]
    exists = bool(tree.args.get("exists"))
    if target is None:
        return Command("unknown", reason="write the name itself behind 'create'")
    if tree.args.get("replace") and kind != "VIEW":
        return Command("refuse", reason="use 'save overwrite t as hive.`db.table`;'")
    if kind in ("DATABASE", "SCHEMA"):
        if tree.find(exp.LocationProperty) is not None:
            return Command("refuse", target, reason="a database is a folder of the lake")
        return Command("create_database", target, if_exists=exists)
    if kind == "TABLE":
        return _create_table(tree, target, query, exists)
    if kind == "VIEW" and query is not None:
        if _is_temporary(tree) and (exists or isinstance(tree.this, exp.Schema)):
            hint = "name the columns in the select, and leave out 'if not exists'"
            return Command("refuse", target, reason=hint)
        if _is_temporary(tree):
            return Command("view", target, query)
        return Command(
            "refuse", target, reason="a view that lasts is not kept; write 'select … as name;'"
        )
    return Command("refuse", target, reason=f"'create {kind.lower()}' is not kept in the lake")


def _is_temporary(tree: Any) -> bool:
    from sqlglot import exp

    properties = tree.args.get("properties")
    return properties is not None and properties.find(exp.TemporaryProperty) is not None


def _create_table(tree: Any, target: NameUse, query: str | None, exists: bool) -> Command:
    from sqlglot import exp

    properties = tree.args.get("properties")
    by: tuple[Any, ...] = ()
    for prop in properties.expressions if properties is not None else ():
        if reason := _property_refused(prop):
            return Command("refuse", target, reason=reason)
        if isinstance(prop, exp.PartitionedByProperty):
            by = tuple(prop.this.expressions)
    schema = tree.this.expressions if isinstance(tree.this, exp.Schema) else []
    typed = [column for column in (*schema, *by) if _has_type(column)]
    if reason := _columns_refused(schema, by, typed, query):
        return Command("refuse", target, reason=reason)
    columns = tuple((c.name, c.args["kind"].sql(dialect="spark")) for c in typed)
    names = tuple(column.name for column in by)
    return Command(
        "create_table", target, query, if_exists=exists, columns=columns, partition_by=names
    )


def _property_refused(prop: Any) -> str | None:
    """Why a table cannot be made with a property; None where it can."""
    from sqlglot import exp

    match prop:
        case exp.FileFormatProperty() if prop.name.lower() != "parquet":
            return "tables of the lake are Parquet: 'using parquet'"
        case exp.LocationProperty():
            return "use 'save t as parquet.`path`;' for a path"
        case exp.LikeProperty():
            return "use 'create table t as select * from other where false;'"
        case exp.TemporaryProperty():
            return "a table that does not last is made by 'select … as name;'"
        case _:
            return None


def _has_type(column: Any) -> bool:
    from sqlglot import exp

    return isinstance(column, exp.ColumnDef) and column.args.get("kind") is not None


def _columns_refused(
    schema: list[Any], by: tuple[Any, ...], typed: list[Any], query: str | None
) -> str | None:
    """Why a table cannot be made with these columns; None where it can."""
    from sqlglot import exp

    if schema and query is not None:
        return "a table takes its columns from its query: cast and name them there"
    if any(column not in typed for column in schema):
        return "the lake checks no keys: leave out what is no column with a type"
    if any(not isinstance(c, (exp.Identifier, exp.Column, exp.ColumnDef)) for c in by):
        return "partition by columns, not by what is computed of them"
    for column in typed:
        for constraint in column.args.get("constraints") or ():
            if not isinstance(constraint.args.get("kind"), exp.CommentColumnConstraint):
                text = constraint.sql("spark")
                return f"the lake keeps names and types of columns alone, not '{text}'"
        for part in column.args["kind"].find_all(exp.DataType):
            if part.this in exp.DataType.TEXT_TYPES and part.expressions:
                return (
                    f"the lake keeps no lengths of text: write '{column.name} string' instead of "
                    f"'{column.name} {part.sql('spark').lower()}'"
                )
    return None


def _drop(tree: Any) -> Command:
    kind = (tree.args.get("kind") or "").upper()
    actions = {"TABLE": "drop_table", "DATABASE": "drop_database", "SCHEMA": "drop_database"}
    if kind not in actions:
        return Command("refuse", reason=f"'drop {kind.lower()}' does nothing in the lake")
    exists, cascade = bool(tree.args.get("exists")), bool(tree.args.get("cascade"))
    tables = tree.args.get("tables") or [tree.this]
    target = _target(tables[0]) if len(tables) == 1 else None
    if target is None:
        return Command("unknown", reason="one name stands behind 'drop …'")
    return Command(actions[kind], target, if_exists=exists, cascade=cascade)


_NAME = r"(?:\w+|`(?:[^`]|``)+`)"
_INSERT = re.compile(
    rf"insert\s+(?P<how>into|overwrite)\s+(?:table\s+)?(?P<name>{_NAME}(?:\s*\.\s*{_NAME})*)"
    rf"(?:\s*\((?P<columns>\s*{_NAME}(?:\s*,\s*{_NAME})*\s*)\)|(?P<by_name>\s+by\s+name))?\s*",
    re.IGNORECASE,
)
_INSERT_REFUSED = {
    r"\bpartition\s*\(": "select the partition's columns too and "
    "use 'save append t as hive.`db.table` partitionBy …;'",
    r"\breplace\b": "select the rows that stay with the new ones and 'save overwrite' them",
    r"\bdirectory\b": "use 'save overwrite t as parquet.`path`;'",
    "": "what is done: insert into|overwrite [table] t [(columns) | by name] query",
}


def _insert(sql: str, inserts: list[int]) -> Command:
    """An insert, of which each word is read; one that says more than is done is refused.

    `with … insert into t select …` has its query in two pieces, with blanks between them.
    """
    if len(inserts) > 1:
        return Command("refuse", reason="write one insert for each table: insert into t from s …")
    head, begins = inserts[0], _query_begins(sql)
    if begins is None:
        return Command("unknown", reason="the query of this insert was not found")
    clause = sql[head:begins]
    found = _INSERT.fullmatch(clause)
    with_options = re.match(r"with\s*\(", sql[begins:], re.IGNORECASE)
    if found is None or with_options or found["name"].lower() == "identifier":
        code = code_of(clause, "_").lower()
        reason = next(why for what, why in _INSERT_REFUSED.items() if re.search(what, code))
        return Command("refuse", reason=reason)
    length = found.end("name") - found.start("name")
    target = name_use(_names(found["name"]), head + found.start("name"), length)
    return Command(
        "insert",
        target,
        sql[:head] + blank(clause) + sql[begins:],
        overwrite=found["how"].lower() == "overwrite",
        by_name=found["by_name"] is not None,
        columns=tuple((name, "") for name in _names(found["columns"] or "")),
    )


def _names(text: str) -> list[str]:
    """The names in a list of names, without their quotes."""
    return [name.strip("`").replace("``", "`") for name in re.findall(_NAME, text)]

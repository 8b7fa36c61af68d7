"""What a command of Spark SQL does to the lake, as far as its text shows it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from plait.lang.cursor import QUERY_HEADS
from plait.lang.sqltext import blank, blank_comments, has_insert
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
_SHOWS = ("show", "describe", "desc", "explain")
_REFUSED = {
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
    if first in _REFUSED:
        return Command("refuse", reason=_REFUSED[first])
    if first == "refresh":
        return Command("refresh")
    return _parsed_command(sql)


def is_query(sql: str) -> bool:
    """Whether a statement gives a table, by its first word; `with … insert` does not."""
    return _first_word(sql) in QUERY_HEADS and not has_insert(sql)


def _first_word(sql: str) -> str:
    found = re.match(r"\s*(\w+|\()", blank_comments(sql))
    return found[1].lower() if found else ""


def _parsed_command(sql: str) -> Command:
    from sqlglot import exp

    sql = blank_comments(sql)
    tree = parse_sql(plain_table_queries(sql))
    match tree:
        case exp.Create():
            return _create(tree, sql)
        case exp.Drop():
            return _drop(tree)
        case exp.Insert():
            return _insert(tree, sql)
        case _:
            return Command("unknown", reason="its text could not be read as Spark SQL")


def _target(node: Any) -> NameUse | None:
    from sqlglot import exp

    table = node if isinstance(node, exp.Table) else node.find(exp.Table)
    return None if table is None else use_of(table)


_QUERY_BEGINS = ("SELECT", "WITH", "VALUES", "FROM")
_BEFORE_TARGET = ("CREATE", "REPLACE", "INTO", "OVERWRITE")


def _query_in(tree: Any, sql: str) -> str | None:
    """The text of a command with blanks for all but the query inside.

    `with … insert into t select …` has its query in two pieces, with blanks between them.
    """
    if tree.args.get("expression") is None:
        return None
    import sqlglot

    depth = 0
    before, head = "", -1
    tokens = sqlglot.Dialect.get_or_raise("spark").tokenize(sql)
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
                return sql[:head] + blank(sql[head : token.start]) + sql[token.start :]
        depth += (name == "L_PAREN") - (name == "R_PAREN")
        before = name
    return None


def _create(tree: Any, sql: str) -> Command:
    kind, target = (tree.args.get("kind") or "").upper(), _target(tree.this)
    query = _query_in(tree, sql)
    exists = bool(tree.args.get("exists"))
    if tree.args.get("replace") and kind != "VIEW":
        return Command("refuse", reason="use 'save overwrite t as hive.`db.table`;'")
    if kind in ("DATABASE", "SCHEMA"):
        return Command("create_database", target, if_exists=exists)
    if kind == "TABLE":
        return _create_table(tree, target, query, exists)
    if kind == "VIEW" and query is not None:
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


def _create_table(tree: Any, target: NameUse | None, query: str | None, exists: bool) -> Command:
    from sqlglot import exp

    properties = tree.args.get("properties")
    for prop in properties.expressions if properties is not None else ():
        if isinstance(prop, exp.FileFormatProperty) and prop.name.lower() != "parquet":
            return Command(
                "refuse", target, reason="tables of the lake are Parquet: 'using parquet'"
            )
        if isinstance(prop, exp.LocationProperty):
            return Command("refuse", target, reason="use 'save t as parquet.`path`;' for a path")
    schema = tree.this if isinstance(tree.this, exp.Schema) else None
    columns = tuple(
        (column.name, column.args["kind"].sql(dialect="spark"))
        for column in (schema.expressions if schema is not None else ())
        if isinstance(column, exp.ColumnDef) and column.args.get("kind") is not None
    )
    partitioned = tree.find(exp.PartitionedByProperty)
    by = tuple(c.name for c in partitioned.this.expressions) if partitioned is not None else ()
    return Command(
        "create_table", target, query, if_exists=exists, columns=columns, partition_by=by
    )


def _drop(tree: Any) -> Command:
    kind = (tree.args.get("kind") or "").upper()
    actions = {"TABLE": "drop_table", "DATABASE": "drop_database", "SCHEMA": "drop_database"}
    if kind not in actions:
        return Command("refuse", reason=f"'drop {kind.lower()}' does nothing in the lake")
    exists, cascade = bool(tree.args.get("exists")), bool(tree.args.get("cascade"))
    return Command(actions[kind], _target(tree), if_exists=exists, cascade=cascade)


def _insert(tree: Any, sql: str) -> Command:
    from sqlglot import exp

    query = _query_in(tree, sql)
    if query is None:
        return Command("unknown", reason="the query of this insert was not found")
    if tree.args.get("where") is not None:
        return Command(
            "refuse",
            reason="select the rows that stay with the new ones and 'save overwrite' them",
        )
    if tree.find(exp.Partition) is not None:
        return Command(
            "refuse",
            reason="select the partition's columns too and "
            "use 'save append t as hive.`db.table` partitionBy …;'",
        )
    columns = tree.this.expressions if isinstance(tree.this, exp.Schema) else ()
    return Command(
        "insert",
        _target(tree.this),
        query,
        overwrite=bool(tree.args.get("overwrite")),
        by_name=bool(tree.args.get("by_name")),
        columns=tuple((column.name, "") for column in columns),
    )

"""What a piece of Spark SQL reads and does, as far as its text tells.

sqlglot's Spark dialect reads the text; where it cannot, `None` comes back and the engine's
own analysis has to decide. Nothing here guesses.
"""

from __future__ import annotations

import logging
import re
from dataclasses import dataclass
from typing import Any

FILE_FORMATS = frozenset({"parquet", "csv", "json", "text", "orc", "avro", "delta", "iceberg"})


@dataclass(frozen=True, slots=True)
class NameUse:
    """A table's name in SQL; `offset` and `length` are characters of the SQL text."""

    database: str | None
    table: str
    offset: int
    length: int

    @property
    def full(self) -> str:
        """`db.table`, or the bare name."""
        return f"{self.database}.{self.table}" if self.database else self.table


# --- the tables of a query ----------------------------------------------------------------

_LITERALS = re.compile(r"""'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"|--[^\n]*|/\*.*?\*/""", re.DOTALL)
_COMPLEX = re.compile(
    r"[`'\"]|\b(?:with|union|intersect|except|minus|lateral|values|table|pivot|unpivot"
    r"|tablesample|timestamp\s+as|version\s+as)\b",
    re.IGNORECASE,
)
_INNER_PARENS = re.compile(r"\([^()]*\)")
_FROM_CLAUSE = re.compile(
    r"\bfrom\b(?P<body>.*?)(?:\b(?:where|group|having|order|sort|cluster|distribute|limit|window"
    r"|qualify)\b.*)?$",
    re.IGNORECASE | re.DOTALL,
)
_TABLE = re.compile(
    r"(?:\A|\bjoin\b)\s*(?P<name>[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)?)(?![\w.]|\s*\x01)"
)


def tables_read(sql: str) -> tuple[NameUse, ...] | None:
    """The tables that a query reads, common table expressions left out.

    None when the text cannot be read; then only the engine knows.
    """
    flat = _flat_tables(sql)
    return flat if flat is not None else _parsed_tables(sql)


def _flat_tables(sql: str) -> tuple[NameUse, ...] | None:
    """The answer for one `select … from a join b on …` without subqueries, else None.

    It exists for speed: a long script is mostly made of these, and parsing each in full
    takes ten times as long. Whatever is not exactly of this form goes to the parser.
    """
    text = _LITERALS.sub(lambda m: "\x02" * len(m.group()), sql)
    if _COMPLEX.search(text) or len(re.findall(r"\bselect\b", text, re.IGNORECASE)) != 1:
        return None
    while (opened := _INNER_PARENS.sub(lambda m: "\x01" * len(m.group()), text)) != text:
        text = opened
    if "(" in text or ")" in text or len(re.findall(r"\bfrom\b", text, re.IGNORECASE)) != 1:
        return None
    clause = _FROM_CLAUSE.search(text)
    if clause is None or "," in clause["body"]:
        return None
    body, start = clause["body"], clause.start("body")
    uses = [
        _name_use(m["name"].split("."), start + m.start("name"), len(m["name"]))
        for m in re.finditer(_TABLE, body.lower())
    ]
    # The pattern runs over lower case only to find words; the names keep their own case.
    exact = tuple(
        _name_use(sql[u.offset : u.offset + u.length].split("."), u.offset, u.length) for u in uses
    )
    joins = len(re.findall(r"\bjoin\b", body, re.IGNORECASE))
    return exact if len(exact) == joins + 1 else None


def _name_use(parts: list[str], offset: int, length: int) -> NameUse:
    return NameUse(parts[0] if len(parts) == 2 else None, parts[-1], offset, length)


def _parse(sql: str) -> Any | None:
    """sqlglot's tree of one statement, or None where it cannot read it."""
    import sqlglot
    from sqlglot.errors import SqlglotError

    logger = logging.getLogger("sqlglot")
    before, logger.disabled = logger.disabled, True
    try:
        tree = sqlglot.parse_one(sql, read="spark")
    except (SqlglotError, RecursionError):
        return None
    finally:
        logger.disabled = before
    return tree


def readable(sql: str) -> bool:
    """Whether one statement follows the grammar of Spark SQL, as far as sqlglot knows it."""
    return _parse(sql) is not None


def _parsed_tables(sql: str) -> tuple[NameUse, ...] | None:
    tree = _parse(sql)
    if tree is None or type(tree).__name__ == "Command":
        return None
    return _uses_of(tree)


def _uses_of(tree: Any) -> tuple[NameUse, ...]:
    from sqlglot import exp

    uses: dict[tuple[str, int], NameUse] = {}
    for table in tree.find_all(exp.Table):
        if not isinstance(table.this, exp.Identifier):
            continue
        if not table.db and _is_common_table(table):
            continue
        use = _use_of(table)
        if (table.db or "").lower() not in FILE_FORMATS:
            uses[use.full.lower(), use.offset] = use
    return tuple(sorted(uses.values(), key=lambda use: use.offset))


def _is_common_table(table: Any) -> bool:
    """Whether a `with` in scope of this place defines the name.

    Inside its own definition a name means the outer table, unless the `with` is recursive.
    """
    from sqlglot import exp

    inside = table
    node = table.parent
    while node is not None:
        clause = node.args.get("with_") or node.args.get("with")
        if isinstance(clause, exp.With):
            for cte in clause.expressions:
                if cte is inside and not clause.args.get("recursive"):
                    break
                if cte.alias.lower() == table.name.lower():
                    return True
        if isinstance(node, exp.CTE):
            inside = node
            siblings = node.parent.expressions if isinstance(node.parent, exp.With) else []
            for cte in siblings:
                if cte is node:
                    break
                if cte.alias.lower() == table.name.lower():
                    return True
            # What follows in the same `with` is not visible here, so step over its owner.
            node = node.parent.parent if node.parent is not None else None
            node = node.parent if node is not None else None
            continue
        node = node.parent
    return False


def _use_of(table: Any) -> NameUse:
    meta = table.this.meta
    start, end = meta.get("start", 0), meta.get("end", 0)
    return NameUse(table.db or None, table.name, start, end - start + 1)


# --- commands -----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Command:
    """A SQL command that changes something or shows something.

    action: create_table, create_database, drop_table, drop_database, insert, view, show,
        refresh, refuse or unknown. target: the table or database it is about.
    query: the text of the query inside (create … as, insert, view), else None;
    query_offset: where that text begins. columns: name and type of a plain create table,
    or the names given by an insert. reason: why it is refused, and what works.
    """

    action: str
    target: NameUse | None = None
    query: str | None = None
    query_offset: int = 0
    overwrite: bool = False
    if_exists: bool = False
    cascade: bool = False
    columns: tuple[tuple[str, str], ...] = ()
    partition_by: tuple[str, ...] = ()
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
    "grant": "rights are those of the lake's storage",
    "revoke": "rights are those of the lake's storage",
}


def command_of(sql: str) -> Command:
    """What a SQL statement other than a select does, on a lake of Parquet folders."""
    first = (re.match(r"\s*(\w+)", _LITERALS.sub(_blank_comment, sql)) or [""])[0].strip().lower()
    if described := _DESCRIBE.match(sql):
        parts = [part.strip("`") for part in described["name"].split(".")]
        place = _name_use(parts, described.start("name"), len(described["name"]))
        return Command("describe", place)
    if first in _SHOWS:
        return Command("show", query=sql)
    if first in _REFUSED:
        return Command("refuse", reason=_REFUSED[first])
    if first == "refresh":
        return Command("refresh")
    return _parsed_command(sql)


def _blank_comment(match: re.Match[str]) -> str:
    text = match.group()
    return " " * len(text) if text.startswith(("--", "/*")) else text


def _parsed_command(sql: str) -> Command:
    from sqlglot import exp

    tree = _parse(sql)
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
    return None if table is None or table.catalog else _use_of(table)


def _query_in(tree: Any, sql: str) -> tuple[str | None, int]:
    """The query inside a command as it stands in the text, and where it begins.

    `with … insert into t select …` has its query in two pieces, which are put together.
    """
    if tree.args.get("expression") is None:
        return None, 0
    import sqlglot

    depth = 0
    before, head = "", -1
    for token in sqlglot.Dialect.get_or_raise("spark").tokenize(sql):
        name = token.token_type.name
        if head < 0 and depth == 0 and name in ("INSERT", "CREATE"):
            head = token.start
        elif head >= 0 and depth == 0:
            begins = name in ("SELECT", "WITH", "VALUES", "FROM")
            if begins or (name == "L_PAREN" and before == "ALIAS"):
                return sql[:head] + sql[token.start :], 0 if head else token.start
        depth += (name == "L_PAREN") - (name == "R_PAREN")
        before = name
    return None, 0


def _create(tree: Any, sql: str) -> Command:
    kind, target = (tree.args.get("kind") or "").upper(), _target(tree.this)
    query, offset = _query_in(tree, sql)
    exists = bool(tree.args.get("exists"))
    if tree.args.get("replace") and kind != "VIEW":
        return Command("refuse", reason="use 'save overwrite t as hive.`db.table`;'")
    if kind in ("DATABASE", "SCHEMA"):
        return Command("create_database", target, if_exists=exists)
    if kind == "TABLE":
        return _create_table(tree, target, query, offset, exists)
    if kind == "VIEW" and query is not None:
        if _is_temporary(tree):
            return Command("view", target, query, offset)
        return Command(
            "refuse", target, reason="a view that lasts is not kept; write 'select … as name;'"
        )
    return Command("refuse", target, reason=f"'create {kind.lower()}' is not kept in the lake")


def _is_temporary(tree: Any) -> bool:
    from sqlglot import exp

    properties = tree.args.get("properties")
    return properties is not None and properties.find(exp.TemporaryProperty) is not None


def _create_table(
    tree: Any, target: NameUse | None, query: str | None, offset: int, exists: bool
) -> Command:
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
        "create_table", target, query, offset, if_exists=exists, columns=columns, partition_by=by
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

    query, offset = _query_in(tree, sql)
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
        offset,
        overwrite=bool(tree.args.get("overwrite")),
        columns=tuple((column.name, "") for column in columns),
    )

"""What a query of Spark SQL refers to, as far as its text shows it.

sqlglot's Spark dialect reads the text. Where it cannot, or where a table may be named in a way
that the text does not show, the references are undetermined: the engine's own analysis then
decides among all that the text may mean. Nothing here guesses.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from plait.lang.sqltext import Part, blank, code_of, parts, quoted, replaced

FILE_FORMATS = frozenset({"parquet", "csv", "json", "text", "orc", "avro", "delta", "iceberg"})
_FILL = "\x02"  # stands for every character of a string or a quoted name
_STRING = "\x03"  # stands for every character of a string, where the two must not be mixed up
_CATALOG = "spark_catalog"


@dataclass(frozen=True, slots=True)
class NameUse:
    """A table's name in SQL; `offset` and `length` are characters of the SQL text.

    For files that are read as parquet.`path` the database is the format, the table the path.
    """

    database: str | None
    table: str
    offset: int
    length: int

    @property
    def full(self) -> str:
        """`db.table`, or the bare name."""
        return f"{self.database}.{self.table}" if self.database else self.table

    @property
    def quoted(self) -> str:
        """The same for SQL, whatever characters the names have."""
        names = [self.database, self.table] if self.database else [self.table]
        return ".".join(map(quoted, names))


def references(sql: str) -> tuple[NameUse, ...] | None:
    """Tables and files that a query reads, common table expressions left out.

    None when they are undetermined: the text cannot be read, or names a table by an
    expression or in a form that only the engine knows.
    """
    flat = _flat_references(sql)
    return flat if flat is not None else _parsed_references(sql)


def mentions(sql: str) -> Callable[[str], bool]:
    """Whether a query whose references are undetermined may refer to a table of a name.

    The test is for one name without its database, in any case. It never says no to a table
    that the query reads.
    """
    if _plainly_named(_without_remarks(sql)) is None:
        return lambda _: True
    text = sql.lower()
    words = set(re.findall(r"\w+", text))

    def mentioned(name: str) -> bool:
        lower = name.lower()
        return lower in words or (
            re.fullmatch(r"\w+", lower) is None and lower.replace("`", "``") in text
        )

    return mentioned


@dataclass(frozen=True, slots=True)
class SyntaxProblem:
    """Why a text is no SQL; `offset` and `length` are characters of it."""

    text: str
    offset: int
    length: int


def parse_sql(sql: str) -> Any | None:
    """sqlglot's tree of one statement, or None where it cannot read it."""
    from sqlglot.errors import SqlglotError

    try:
        return _parsed(sql)
    except (SqlglotError, RecursionError):
        return None


def readable(sql: str) -> bool:
    """Whether one statement follows the grammar of Spark SQL, as far as sqlglot knows it."""
    return parse_sql(sql) is not None


def syntax_problem(sql: str) -> SyntaxProblem | None:
    """Where one statement leaves the grammar of Spark SQL, as far as sqlglot knows it."""
    from sqlglot.errors import ParseError, SqlglotError

    text = _readable_form(sql)
    try:
        if text is not None:
            _parsed(text)
    except ParseError as problem:
        about = problem.errors[0] if problem.errors else {}
        word = str(about.get("highlight") or "")
        offset = _offset(sql, about.get("line") or 1, (about.get("col") or 1) - len(word))
        return SyntaxProblem(str(about.get("description") or problem), offset, len(word) or 1)
    except (SqlglotError, RecursionError):
        pass
    return None


def _offset(text: str, line: int, column: int) -> int:
    """line: from 1. column: from 0."""
    lines = text.split("\n")
    return sum(len(each) + 1 for each in lines[: line - 1]) + max(0, column)


def _parsed(sql: str) -> Any:
    """sqlglot's tree. Raises SqlglotError, RecursionError."""
    import sqlglot

    logger = logging.getLogger("sqlglot")
    before, logger.disabled = logger.disabled, True
    try:
        return sqlglot.parse_one(sql, read="spark")
    finally:
        logger.disabled = before


# --- the quick reader ---------------------------------------------------------------------

_COMPLEX = re.compile(
    r"[`'\"]|\|>|\b(?:with|union|intersect|except|minus|lateral|values|table|pivot|unpivot"
    r"|tablesample|identifier|stream|timestamp\s+as|version\s+as)\b"
)
_SELECT = re.compile(r"\bselect\b")
_FROM_OR_JOIN = re.compile(r"\b(?:from|join)\b")
_INNER_PARENS = re.compile(r"\([^()]*\)")
_FROM_CLAUSE = re.compile(
    r"\bfrom\b(?P<body>.*?)(?:\b(?:where|group|having|order|sort|cluster|distribute|limit|window"
    r"|qualify)\b.*)?$",
    re.DOTALL,
)
_TABLE = re.compile(r"(?:\A|\bjoin\b)\s*(?P<name>[a-z_]\w*(?:\.[a-z_]\w*)?)(?![\w.]|\s*\x01)")


def _flat_references(sql: str) -> tuple[NameUse, ...] | None:
    """The answer for one `select … from a join b on …` without subqueries, else None.

    It exists for speed: a long script is mostly made of these, and parsing each in full
    takes ten times as long. Whatever is not exactly of this form goes to the parser.
    """
    # All patterns are of lower case, which is quick; the names keep their own.
    text = replaced(sql, _filled).lower()
    if len(text) != len(sql) or _COMPLEX.search(text) or len(_SELECT.findall(text)) != 1:
        return None
    while (opened := _INNER_PARENS.sub(lambda m: "\x01" * len(m.group()), text)) != text:
        text = opened
    words = _FROM_OR_JOIN.findall(text)
    if "(" in text or ")" in text or words.count("from") != 1:
        return None
    clause = _FROM_CLAUSE.search(text)
    if clause is None or "," in clause["body"] or _FILL in clause["body"]:
        return None
    body, start = clause["body"], clause.start("body")
    uses: list[NameUse] = []
    for match in _TABLE.finditer(body):
        begin, end = start + match.start("name"), start + match.end("name")
        uses.append(name_use(sql[begin:end].split("."), begin, end - begin))
    return tuple(uses) if len(uses) == words.count("join") + 1 else None


def _filled(part: Part) -> str:
    """A quoted name is told from a string, because only the name may be a table's."""
    fill = {"name": _FILL, "text": _STRING}.get(part.kind)
    return blank(part.text) if fill is None else fill * len(part.text)


def name_use(names: list[str], offset: int, length: int) -> NameUse:
    """The use of a table's name of one or several parts; one of more than two names none."""
    if len(names) == 3 and names[0].lower() == _CATALOG:
        names = names[1:]
    return NameUse(".".join(names[:-1]) or None, names[-1], offset, length)


# --- the parser ---------------------------------------------------------------------------

_IDENTIFIER = re.compile(r"\bidentifier\s*\(", re.IGNORECASE)
_BLANKS = re.compile(r"\s*")
# `table t` stands for `select * from t` wherever a query may begin.
_TABLE_QUERY = re.compile(
    r"(?P<before>\A\s*|[()]\s*|\b(?:union|intersect|except|minus|all|distinct|as)\s+"
    r"|\binsert\s+(?:into|overwrite)\s+(?:table\s+)?[\w.\x02]+\s*(?:\([^()]*\)\s*)?)"
    r"table(?=\s+[\w\x02]|\x02)",
    re.IGNORECASE,
)
# A pipe's steps, and tables that are given to functions: only the engine reads these.
_OTHER_FORMS = re.compile(
    r"\|>|\bstream\s*(?:\(\s*)?[\w\x02]|\btable\s*\(\s*[\w.\x02]+\s*\)", re.IGNORECASE
)


def _parsed_references(sql: str) -> tuple[NameUse, ...] | None:
    text = _readable_form(sql)
    tree = None if text is None else parse_sql(text)
    return None if tree is None or type(tree).__name__ == "Command" else _uses_of(tree)


def _readable_form(sql: str) -> str | None:
    """`sql` without remarks, all names written plainly; None where only the engine can tell."""
    text = _plainly_named(_without_remarks(sql))
    return None if text is None or _OTHER_FORMS.search(code_of(text, _FILL)) else text


def _without_remarks(sql: str) -> str:
    """`sql` with blanks for comments and hints, which name tables that are named elsewhere."""
    return replaced(
        sql, lambda part: blank(part.text) if part.kind in ("hint", "comment") else part.text
    )


def _plainly_named(sql: str) -> str | None:
    """`sql` with every name where it is, but written plainly; None where an expression names.

    `identifier('t')` becomes `t`, and the query `table t` becomes `from t`. Offsets stay.
    """
    code = code_of(sql, _FILL)
    strings = {part.start: part for part in parts(sql) if part.kind == "text"}
    for call in reversed(list(_IDENTIFIER.finditer(code))):
        string = strings.get(_after_blanks(code, call.end()))
        end = None if string is None else _after_blanks(code, string.end)
        if string is None or end is None or code[end : end + 1] != ")":
            return None
        name = string.text.lstrip("rR")[1:-1]
        if "\\" in name or "''" in name:
            return None
        head = " " * (string.end - len(name) - 1 - call.start())
        sql = f"{sql[: call.start()]}{head}{name}{' ' * (end + 2 - string.end)}{sql[end + 1 :]}"
    return plain_table_queries(sql)


def plain_table_queries(sql: str) -> str:
    """`sql` with `from t` for each query `table t`, which means the same. Offsets stay."""
    for query in _TABLE_QUERY.finditer(code_of(sql, _FILL)):
        start = query.end("before")
        sql = f"{sql[:start]}from {sql[start + len('table') :]}"
    return sql


def _after_blanks(text: str, position: int) -> int:
    found = _BLANKS.match(text, position)
    return position if found is None else found.end()


def _uses_of(tree: Any) -> tuple[NameUse, ...]:
    from sqlglot import exp

    uses: dict[tuple[str, int], NameUse] = {}
    for table in tree.find_all(exp.Table):
        if not isinstance(table.this, (exp.Identifier, exp.Dot)):
            continue  # a function that gives a table
        if not table.db and _is_common_table(table):
            continue
        use = use_of(table)
        uses[use.full.lower(), use.offset] = use
    return tuple(sorted(uses.values(), key=lambda use: use.offset))


def use_of(table: Any) -> NameUse:
    """A table of sqlglot's tree as a use of its name."""
    names = [part.name for part in table.parts]
    meta = table.parts[-1].meta
    start, end = meta.get("start", 0), meta.get("end", 0)
    return name_use(names, start, end - start + 1)


def _is_common_table(table: Any) -> bool:
    """Whether a `with` in scope of this place defines the name.

    A definition sees those before it in its own `with`, itself where that is recursive, and
    those of the queries around; what follows in its own `with` it does not see.
    """
    from sqlglot import exp

    name, node = table.name.lower(), table.parent
    while node is not None:
        if isinstance(node, exp.CTE) and isinstance(node.parent, exp.With):
            clause = node.parent
            position = next(i for i, cte in enumerate(clause.expressions) if cte is node)
            visible = clause.expressions[: position + bool(clause.args.get("recursive"))]
            if any(cte.alias.lower() == name for cte in visible):
                return True
            node = clause.parent.parent if clause.parent is not None else None
            continue
        clause = node.args.get("with_") or node.args.get("with")
        if isinstance(clause, exp.With) and any(
            cte.alias.lower() == name for cte in clause.expressions
        ):
            return True
        node = node.parent
    return False

"""Statements of Spark SQL: their text is taken as it is, only its two ends are read."""

from __future__ import annotations

import re

from plait.errors import ParseError
from plait.lang.cursor import COMMAND_HEADS, QUERY_HEADS, Cursor
from plait.lang.lexer import CHAIN, Token
from plait.lang.sqltext import BACKTICK, blank_comments, has_insert, in_quotes
from plait.lang.statements import Name, Select, Sql

_tail = re.compile(rf"\bas\s+({CHAIN}|{BACKTICK})\s*\Z", re.IGNORECASE)
_first_word = re.compile(r"\w+|\(")
_next_statement = re.compile(
    r"[\r\n][ \t]*+(?P<next>load\s++\w++\s*+\.\s*+[`\"']"
    r"|(?:save(?:\s++(?:overwrite|append|errorIfExists|ignore))?|train|run|predict)"
    r"\s++\w++\s++as\s++\w++\s*+\.\s*+[`\"']|!\s*+(?:show|desc)\b"
    r"|(?P<set>set\s++[\w.`]++\s*+=\s*+[\"'])|(?P<select>select\b))",
    re.IGNORECASE,
)


def command(cursor: Cursor) -> Sql:
    """`create …`, `insert …` and the like: the whole text goes to the engine."""
    return Sql(cursor.expand(_body(cursor), cursor.piece.start), cursor.span)


def query(cursor: Cursor) -> Select | Sql:
    """`select … as t`; behind `with` or `from` also a command (`with … insert into …`)."""
    piece = cursor.piece
    body = _body(cursor)
    if piece.head in ("with", "from") and has_insert(body):
        return Sql(cursor.expand(body, piece.start), cursor.span)
    found = _tail.search(body)
    if found is None and "${" in body:
        return _expanded_query(cursor, cursor.expand(body, piece.start), body)
    if found is None:
        raise _no_table(cursor, body)
    sql = body[: found.start()].rstrip()
    if sql.lower() == piece.head:
        raise ParseError(f"expected a query between '{sql}' and 'as {found[1]}'", span=cursor.span)
    kind = "quoted" if found[1].startswith("`") else "word"
    start = piece.start + found.start(1)
    table = cursor.name_of(Token(kind, found[1], start, start + len(found[1])))
    return Select(cursor.expand(sql, piece.start), table, cursor.span)


def names_a_table(body: str) -> bool:
    """Whether a query, without comments, ends with `as NAME`."""
    return _tail.search(body) is not None


def from_variable(cursor: Cursor) -> Select | Sql | None:
    """A statement that begins with `${name}`, where the value begins a statement of SQL."""
    body = _body(cursor)
    sql = cursor.expand(body, cursor.piece.start).strip()
    first = _first_word.match(sql)
    head = first[0].lower() if first else ""
    if head in QUERY_HEADS:
        return _expanded_query(cursor, sql, body)
    return Sql(sql, cursor.span) if head in COMMAND_HEADS else None


def _expanded_query(cursor: Cursor, sql: str, body: str) -> Select:
    """A query whose beginning or end comes from a variable."""
    found = _tail.search(sql)
    if found is None:
        raise _no_table(cursor, body)
    name = found[1][1:-1].replace("``", "`") if found[1].startswith("`") else found[1]
    return Select(sql[: found.start()].rstrip(), Name(name, cursor.span), cursor.span)


def _no_table(cursor: Cursor, body: str) -> ParseError:
    last = re.search(r"\S+\Z", body)
    start = cursor.piece.start + (last.start() if last else 0)
    return ParseError(
        "expected 'as NAME' at the end of this statement",
        span=cursor.source.span(start, cursor.piece.start + len(body)),
        hint="the last 'as NAME' of a query names its table: select … as result;",
    )


def _body(cursor: Cursor) -> str:
    """The statement's text, comments blanked. Raises when it holds a second statement."""
    piece = cursor.piece
    body = blank_comments(cursor.text[piece.start : piece.end]).rstrip()
    if "\n" not in body and "\r" not in body:
        return body
    for found in _next_statement.finditer(body):
        offset = found.start("next")
        if _begins_another(piece.head, found, body) and not in_quotes(body, offset):
            start = cursor.resume = piece.start + offset
            word = re.split(r"\s", found["next"], maxsplit=1)[0]
            raise ParseError(
                f"expected ';' before '{word}'",
                span=cursor.source.span(start, start + len(word)),
                hint="the statement above lacks its ';'",
            )
    return body


def _begins_another(head: str, found: re.Match[str], body: str) -> bool:
    if found["set"]:
        return head not in ("update", "merge")
    if found["select"]:
        return head in ("select", "with") and bool(
            _tail.search(body, max(0, found.start() - 1000), found.start())
        )
    return True

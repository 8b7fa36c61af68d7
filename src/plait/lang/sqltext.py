"""The one scanner that knows what of a SQL text is code, and what a literal or a comment.

It reads Spark SQL: strings in '…' and "…" with backslash escapes, raw strings r'…', names in
backticks, comments `-- …` and `/* … */`, hints `/*+ … */`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Literal, NamedTuple, cast

LINE_COMMENT = r"--[^\r\n]*+"


def _nested_comment(depth: int) -> str:
    """Bracketed comments, with others inside them down to a depth; a hint inside is none."""
    inner = rf"|{_nested_comment(depth - 1)}" if depth else r"|(?!)"
    return rf"/\*(?:[^*/]++|\*(?!/)|/(?!\*(?!\+)){inner})*+\*/"


BLOCK_COMMENT = _nested_comment(8)
HINT = r"/\*\+(?:[^*]++|\*(?!/))*+\*/"
SINGLE = r"'(?:[^'\\]++|\\[\s\S])*+'"
DOUBLE = r'"(?:[^"\\]++|\\[\s\S])*+"'
BACKTICK = r"`(?:[^`]++|``)*+`"
RAW = r"""(?<=\b[rR])(?:'[^']*+'|"[^"]*+")"""

Kind = Literal["text", "name", "hint", "comment"]

# The look ahead skips what cannot begin a part: four times as fast as to try each form there.
_part = re.compile(
    r"(?=['\"`rR/-])"
    rf"(?:(?P<text>\b[rR](?:'[^']*+'|\"[^\"]*+\")|(?:{SINGLE})+|(?:{DOUBLE})+)|(?P<name>{BACKTICK})"
    rf"|(?P<hint>{HINT})|(?P<comment>{LINE_COMMENT}|{BLOCK_COMMENT}))"
)
_not_newline = re.compile(r"[^\r\n]")
_insert_or_bracket = re.compile(r"[()]|\binsert\b", re.IGNORECASE)
_escapes = {quote: re.compile(rf"\\(.)|{quote}{quote}", re.DOTALL) for quote in "'\""}


class Part(NamedTuple):
    """What of a SQL text is no code. start, end: offsets in it. text: as written."""

    kind: Kind
    text: str
    start: int
    end: int


def parts(sql: str) -> Iterator[Part]:
    """The strings, quoted names, hints and comments of `sql`, in order."""
    return map(_part_of, _part.finditer(sql))


def replaced(sql: str, instead: Callable[[Part], str]) -> str:
    """`sql` with another text for each of its parts that is no code."""
    return _part.sub(lambda match: instead(_part_of(match)), sql)


def blank_comments(sql: str) -> str:
    """`sql` with blanks in place of its comments; hints stay, line ends and offsets too."""
    if "--" not in sql and "/*" not in sql:
        return sql
    return replaced(sql, lambda part: blank(part.text) if part.kind == "comment" else part.text)


def code_of(sql: str, literal: str) -> str:
    """`sql` with blanks for comments and hints, and strings and quoted names filled.

    literal: the character that fills them, so that offsets stay as they are.
    """

    def instead(part: Part) -> str:
        return literal * len(part.text) if part.kind in ("text", "name") else blank(part.text)

    return replaced(sql, instead)


def blank(text: str) -> str:
    """As many blanks as `text` has characters; line ends stay."""
    return _not_newline.sub(" ", text)


def quoted(name: str) -> str:
    """A name as SQL, whatever characters it has."""
    return "`" + name.replace("`", "``") + "`"


def literal_of(text: str) -> str:
    """A text as SQL; `value_of` gives it back."""
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


def value_of(literal: str) -> str:
    """The value of a string as it is written: without quotes, prefix and escapes."""
    if literal[0] in "rR":
        return literal[2:-1]
    quote = literal[0]
    return _escapes[quote].sub(lambda match: match[1] or quote, literal[1:-1])


def has_insert(sql: str) -> bool:
    """Whether `insert` stands outside all parentheses: `with … insert into …`."""
    return bool(outer_inserts(sql))


def outer_inserts(sql: str) -> list[int]:
    """Where each `insert` stands that is outside all parentheses, as offsets."""
    depth, found = 0, []
    for match in _insert_or_bracket.finditer(code_of(sql, "_")):
        if match[0] in "()":
            depth += 1 if match[0] == "(" else -1
        elif depth == 0:
            found.append(match.start())
    return found


def in_quotes(sql: str, offset: int) -> bool:
    """Whether `offset` lies inside a string or a quoted name of `sql`."""
    return any(
        part.start < offset < part.end for part in parts(sql) if part.kind in ("text", "name")
    )


def _part_of(match: re.Match[str]) -> Part:
    return Part(cast("Kind", match.lastgroup), match[0], match.start(), match.end())

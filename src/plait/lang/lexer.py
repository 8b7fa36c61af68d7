"""Text → pieces (one statement each) → tokens, every one with its position.

Two regular expressions do the work, so that a long script costs no Python loop over its
characters: the first runs over a whole statement to the `;` that ends it, the second gives
the tokens of a statement of MLSQL. Statements of Spark SQL are not cut into tokens: their
text goes to the engine.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Container
from typing import NamedTuple

from plait.errors import ParseError, Span
from plait.lang.sqltext import BACKTICK, BLOCK_COMMENT, DOUBLE, LINE_COMMENT, RAW, SINGLE

TRIPLE = r"'''(?:[^']++|'(?!''))*+'''"
PART = r"(?:\w++|\$\{[^{}'\"`;\r\n]*\})++"
CHAIN = rf"{PART}(?:\.{PART})*+"
NUMBER = r"[-+]?(?:[0-9]++(?:\.[0-9]*+)?|\.[0-9]++)(?:[eE][-+]?[0-9]++)?(?![\w.$])"

_SKIP = rf"(?:\s++|{LINE_COMMENT}|{BLOCK_COMMENT})*+"
_PLAIN = rf"[^;'\"`/\-]++|{DOUBLE}|{BACKTICK}|{LINE_COMMENT}|{BLOCK_COMMENT}|-(?!-)|/(?!\*)"

_skip = re.compile(_SKIP)
_head = re.compile(r"\w++|[\s\S]")
_body = re.compile(rf"(?:{TRIPLE}|'(?!''){SINGLE[1:]}|{_PLAIN})*+")
_sql_body = re.compile(rf"(?:{RAW}|{SINGLE}|{_PLAIN})*+")
_newline = re.compile(r"\r\n|\n|\r")
_token = re.compile(
    rf"{_SKIP}(?:(?P<number>{NUMBER})|(?P<word>{CHAIN})(?!\s*+=)"
    rf"|(?P<text>{TRIPLE}|{SINGLE}|{DOUBLE})|(?P<quoted>{BACKTICK})(?!\s*+=)"
    rf"|(?P<key>{CHAIN}|{BACKTICK})\s*+=|(?P<end>\Z)|(?P<symbol>[\s\S]))"
)
_line_ending_statement = re.compile(r";[ \t]*(?:--[^\r\n]*)?(?=[\r\n]|\Z)")


class Token(NamedTuple):
    """The smallest part of a statement of MLSQL.

    kind: number, word (`a`, `a.b`, `a_${v}`), text (any string), quoted (in backticks), key
    (a word or quoted with a `=` behind it), symbol or end.
    text: as written. start, end: offsets in the script.
    """

    kind: str
    text: str
    start: int
    end: int


class Piece(NamedTuple):
    """The text of one statement: from its first word to its `;` (not included).

    head: the first word in lower case, or the first character.
    ended: whether a `;` stands at `end`; if not, `end` is the end of the script or the
    opening of a string or comment that is never closed.
    """

    head: str
    start: int
    end: int
    ended: bool


class Source:
    """The text of a script and the line and column of each offset in it.

    A byte order mark is dropped. Raises ParseError for text that no engine could take.
    """

    __slots__ = ("_current", "_lines", "_starts", "file", "text")

    def __init__(self, text: str, file: str) -> None:
        self.text = text.removeprefix("\ufeff")
        self.file = file
        self._starts = [0, *(m.end() for m in _newline.finditer(self.text))]
        self._lines = _newline.split(self.text)
        self._current = self._line_around(0)
        self._refuse_bad_characters()

    def span(self, start: int, end: int) -> Span:
        """The position from offset `start` to `end`, cut where its first line ends."""
        begin, after, number, line = self._current
        if not begin <= start < after:
            self._current = begin, after, number, line = self._line_around(start)
        length = min(end - start, begin + len(line) - start)
        return Span(self.file, number, start - begin + 1, length if length > 0 else 1, line)

    def line(self, offset: int) -> int:
        """The number of the line on which `offset` stands, from 1."""
        return bisect_right(self._starts, offset)

    def first_on_line(self, offset: int) -> bool:
        """Whether only white space stands before `offset` on its line."""
        begin = self._starts[bisect_right(self._starts, offset) - 1]
        return not self.text[begin:offset].strip()

    def _line_around(self, offset: int) -> tuple[int, int, int, str]:
        """Begin, begin of the next, number and text of the line: spans come line by line."""
        index = bisect_right(self._starts, offset) - 1
        last = index + 1 == len(self._starts)
        after = len(self.text) + 2 if last else self._starts[index + 1]
        return self._starts[index], after, index + 1, self._lines[index]

    def _refuse_bad_characters(self) -> None:
        where = self.text.find("\0")
        if where >= 0:
            raise ParseError(
                "the script contains a NUL character",
                span=self.span(where, where + 1),
                hint="is this file text in UTF-8?",
            )
        try:
            self.text.encode()
        except UnicodeEncodeError as problem:
            raise ParseError(
                "the script contains a character that is not valid Unicode",
                span=self.span(problem.start, problem.end),
                hint="is this file text in UTF-8?",
            ) from None


def next_piece(text: str, position: int, sql_heads: Container[str]) -> Piece | None:
    """The statement that begins at or after `position`, or None when only blanks are left.

    sql_heads: the first words whose statements are Spark SQL, where ''' has no meaning of
    its own (`''''` is a string there).
    """
    start = _end(_skip, text, position)
    if start == len(text):
        return None
    found = _head.match(text, start)
    head = found[0].lower() if found else ""
    end = _end(_sql_body if head in sql_heads else _body, text, start)
    return Piece(head, start, end, text.startswith(";", end))


def after_line_end(text: str, position: int) -> int:
    """Where to go on after a string that is never closed: after the next `;` that ends a line.

    position: offset of the string's opening quote.
    """
    found = _line_ending_statement.search(text, position)
    return found.end() if found else len(text)


def runaway_string(text: str, start: int, end: int) -> int | None:
    """Where a string opens that runs over the end of a statement's line.

    Its closing quote is most likely missing, so that the opening quote of the next string
    ends it. start, end: offsets in `text` of the statement.
    """
    for token in tokenize(text, start, end):
        string = token.kind == "text" and not token.text.startswith("'''")
        if string and _line_ending_statement.search(token.text, 0, len(token.text) - 1):
            return token.start
    return None


def tokenize(text: str, start: int, end: int) -> list[Token]:
    """The tokens of `text[start:end]`, comments left out; the last is of kind `end`."""
    make = tuple.__new__  # half the time of Token(…), of which a long script makes many
    tokens = [
        make(Token, (kind, match[kind], match.start(kind), match.end(kind)))
        for match in _token.finditer(text, start, end)
        if (kind := match.lastgroup)
    ]
    # Blanks before the end give the end twice: with the blanks, and without.
    if len(tokens) > 1 and tokens[-2].kind == "end":
        tokens.pop()
    return tokens


def _end(pattern: re.Pattern[str], text: str, position: int) -> int:
    match = pattern.match(text, position)
    return match.end() if match else position

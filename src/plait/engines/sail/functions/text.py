"""Writes the calls of a query as the table of functions says."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cache

from plait.engines.sail.functions.model import CallRewrite
from plait.engines.sail.functions.names import column_name, is_column
from plait.lang.sqltext import code_of, quoted

# A type of the same name stands after AS or after the name of a column, as in `c char(5)`.
_WORD = re.compile(r"(\w+)\s*$")
_BEFORE_VALUES = re.compile(
    r"(?:select|distinct|all|and|x?or|not|then|when|else|case|in|between|r?like|ilike|where|having"
    r"|on|by|values|if|escape|interval|div|is|from|using|limit|offset|union|except|intersect)",
    re.IGNORECASE,
)
_REST = re.compile(
    r"\s*(?:(?:filter|over)\s*(?=\()|(?:ignore|respect)\s+nulls\b|over\s+\w+)", re.IGNORECASE
)


def rewritten_calls(sql: str) -> str:
    """`sql` with every call that the table knows as Sail has to be given it.

    What the table cannot write stays; `unwritten` finds it.
    """
    if not _named().search(sql):
        return sql
    return _Rewriting(sql).text()


def unwritten(sql: str) -> Iterator[str]:
    """The names of the functions in `sql` that the table has, in a form that it cannot write."""
    if _named().search(sql):
        rewriting = _Rewriting(sql)
        rewriting.text()
        yield from rewriting.unwritten


@cache
def _rows() -> Mapping[str, CallRewrite]:
    from plait.engines.sail.functions.table import TABLE

    return {name: row for row in TABLE for name in row.names}


@cache
def _named() -> re.Pattern[str]:
    return re.compile(rf"(?<![\w.:`])({'|'.join(_rows())})\s*\(", re.IGNORECASE)


class _Rewriting:
    """One text and what is found in it. unwritten: names of calls that stay as they are."""

    def __init__(self, sql: str) -> None:
        self._sql = sql
        self._code = code_of(sql, "_")
        self.unwritten: list[str] = []

    def text(self) -> str:
        return self._between(0, len(self._sql))

    def _between(self, start: int, end: int) -> str:
        """The text from `start` to `end` with its calls rewritten, inner ones first."""
        written: list[str] = []
        while (found := _named().search(self._code, start, end)) is not None:
            written.append(self._sql[start : found.end()])
            start = found.end()
            if _is_type(self._code[: found.start()]):
                continue
            close = _closing(self._code, start, end)
            row = _rows()[found[1].lower()]
            arguments = tuple(
                self._between(*one).strip() for one in _arguments(self._code, start, close)
            )
            after = _rest(self._code, close + 1, end) if row.aggregate else close + 1
            rest = self._between(close + 1, after)
            call = row.make(arguments, rest)
            if call is None:
                self.unwritten.append(found[1])
            if call:
                written[-1] = written[-1][: found.start() - found.end()]
                written.append(call + self._name(row, found, after))
            else:
                written.append(f"{', '.join(arguments)}){rest}")
            start = after
        written.append(self._sql[start:end])
        return "".join(written)

    def _name(self, row: CallRewrite, found: re.Match[str], after: int) -> str:
        """AS and the name that Spark gives to a call which is a column of its own."""
        if not is_column(self._code, found.start(), after):
            return ""
        close = _closing(self._code, found.end(), after)
        given = [self._sql[slice(*one)] for one in _arguments(self._code, found.end(), close)]
        name = column_name(row, found[1].lower(), given) if close + 1 == after else None
        return "" if name is None else f" AS {quoted(name)}"


def _is_type(before: str) -> bool:
    word = _WORD.search(before)
    return word is not None and not _BEFORE_VALUES.fullmatch(word[1])


def _closing(code: str, start: int, end: int) -> int:
    """Where the bracket closes that opened before `start`."""
    depth = 1
    for index in range(start, end):
        depth += (code[index] in "([") - (code[index] in ")]")
        if depth == 0:
            return index
    return end


def _arguments(code: str, start: int, close: int) -> Iterator[tuple[int, int]]:
    """Where each argument of a call begins and ends."""
    if not code[start:close].strip():
        return
    depth, begin = 0, start
    for index in range(start, close):
        depth += (code[index] in "([") - (code[index] in ")]")
        if code[index] == "," and depth == 0:
            yield begin, index
            begin = index + 1
    yield begin, close


def _rest(code: str, start: int, end: int) -> int:
    """Where FILTER and OVER end that follow a call."""
    while (found := _REST.match(code, start, end)) is not None:
        start = found.end()
        if code.startswith("(", start):
            start = min(_closing(code, start + 1, end) + 1, end)
    return start

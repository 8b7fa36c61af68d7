"""The clauses of the queries in a text, each with its place, found by the tokens alone."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from sqlglot.dialects.dialect import Dialect
from sqlglot.tokens import TokenType

_CLAUSES = {
    TokenType.SELECT, TokenType.FROM, TokenType.WHERE, TokenType.GROUP_BY, TokenType.HAVING,
    TokenType.QUALIFY, TokenType.WINDOW, TokenType.ORDER_BY, TokenType.SORT_BY,
    TokenType.DISTRIBUTE_BY, TokenType.CLUSTER_BY, TokenType.LIMIT, TokenType.OFFSET,
}  # fmt: skip
# Words that are names as well, and beside what they are names.
_SOFT = {TokenType.QUALIFY, TokenType.WINDOW, TokenType.LIMIT, TokenType.OFFSET}
_NO_CLAUSE_BEFORE = {TokenType.SELECT, TokenType.COMMA, TokenType.DOT, TokenType.ALIAS}
_NO_CLAUSE_AFTER = {TokenType.COMMA, TokenType.FROM, TokenType.ALIAS, TokenType.EQ, TokenType.DOT}
_SETS = {TokenType.UNION, TokenType.INTERSECT, TokenType.EXCEPT}
_NAMES = {TokenType.VAR, TokenType.IDENTIFIER}


@dataclass(frozen=True, slots=True)
class Range:
    """Tokens from `first` up to before `end`."""

    first: int
    end: int


@dataclass(frozen=True, slots=True)
class Edit:
    """Another text for the characters from `start` up to before `end`."""

    start: int
    end: int
    text: str


@dataclass(slots=True)
class Select:
    """One SELECT with its clauses. defined: the text of the WITH that its names may need."""

    defined: str
    clauses: dict[TokenType, Range] = field(default_factory=dict)
    items: tuple[Range, ...] = ()
    combined: bool = False  # whether it stands beside UNION and the like

    @property
    def whole(self) -> Range:
        """All its tokens."""
        return Range(
            min(one.first for one in self.clauses.values()),
            max(one.end for one in self.clauses.values()),
        )


class Query:
    """A SQL text as tokens and as the selects that they make."""

    def __init__(self, sql: str) -> None:
        self.sql = sql
        self.tokens: Sequence[Any] = Dialect.get_or_raise("spark").tokenize(sql)

    @cached_property
    def closing(self) -> dict[int, int]:
        """Opening bracket → closing one, as numbers of tokens."""
        found, open_ones = {}, []
        for number, token in enumerate(self.tokens):
            if token.token_type in (TokenType.L_PAREN, TokenType.L_BRACKET):
                open_ones.append(number)
            elif token.token_type in (TokenType.R_PAREN, TokenType.R_BRACKET) and open_ones:
                found[open_ones.pop()] = number
        return found

    @cached_property
    def selects(self) -> list[Select]:
        """Every select, an inner one before the one around it."""
        found: list[Select] = []
        self._read(Range(0, len(self.tokens)), "", found)
        return found

    def kind(self, number: int) -> TokenType | None:
        """The type of a token; None beyond the last."""
        return self.tokens[number].token_type if 0 <= number < len(self.tokens) else None

    def word(self, number: int) -> str:
        """A token's text in capitals; '' for what is quoted, and beyond the last."""
        if not 0 <= number < len(self.tokens) or self.kind(number) is TokenType.IDENTIFIER:
            return ""
        return "" if self.kind(number) is TokenType.STRING else self.tokens[number].text.upper()

    def is_name(self, number: int) -> bool:
        """Whether a token is a name, quoted or not."""
        return self.kind(number) in _NAMES

    def text(self, span: Range) -> str:
        """The text of tokens."""
        if span.first >= span.end:
            return ""
        return self.sql[self.tokens[span.first].start : self.tokens[span.end - 1].end + 1]

    def edit(self, span: Range, text: str) -> Edit:
        """Another text for tokens."""
        return Edit(self.tokens[span.first].start, self.tokens[span.end - 1].end + 1, text)

    def outer(self, span: Range) -> Iterator[int]:
        """The tokens of `span` that no bracket within it is around, brackets included."""
        number = span.first
        while number < span.end:
            yield number
            number = self.closing.get(number, number + 1) if number in self.closing else number + 1

    def split(self, span: Range) -> tuple[Range, ...]:
        """`span` between its own commas."""
        found, first = [], span.first
        for number in self.outer(span):
            if self.kind(number) is TokenType.COMMA:
                found.append(Range(first, number))
                first = number + 1
        return (*found, Range(first, span.end)) if first < span.end else tuple(found)

    def _read(self, span: Range, defined: str, found: list[Select]) -> None:
        """Read one level of brackets: WITH, then selects beside one another."""
        first = span.first
        for number in self.outer(span):
            if self.kind(number) is TokenType.WITH and self.is_name(number + 1):
                first, defined = self._with(number + 1, span.end, defined, found)
                break
            if self.kind(number) in _CLAUSES:
                break
        level = self._level(Range(first, span.end), defined, found)
        for one in level:
            if TokenType.SELECT in one.clauses:
                one.combined = len(level) > 1
                one.items = self._items(one.clauses[TokenType.SELECT])
                found.append(one)

    def _level(self, span: Range, defined: str, found: list[Select]) -> list[Select]:
        """The selects of one level of brackets; those inside are read on the way."""
        level: list[Select] = []
        current: Select | None = None
        before: TokenType | None = None
        number = span.first
        while number < span.end:
            kind = self.kind(number)
            if number in self.closing:
                self._read(Range(number + 1, self.closing[number]), defined, found)
                number = self.closing[number]
            elif kind in _SETS and not self._is_star(number - 1):
                current = None
            elif kind in _CLAUSES and not self._is_no_clause(number):
                if current is None:
                    current = Select(defined)
                    level.append(current)
                if kind is not None and kind not in current.clauses:
                    current.clauses[kind] = Range(number, number + 1)
                before = kind
            if current is not None and before is not None:
                current.clauses[before] = Range(current.clauses[before].first, number + 1)
            number += 1
        return level

    def _with(self, number: int, end: int, defined: str, found: list[Select]) -> tuple[int, str]:
        """Read what WITH defines; where the query behind begins, and all that is defined."""
        while number < end:
            first = number
            opening = number
            while opening < end and self.kind(opening) is not TokenType.ALIAS:
                opening += 1
            opening += 1
            if opening not in self.closing:
                return number, defined
            self._read(Range(opening + 1, self.closing[opening]), defined, found)
            number = self.closing[opening] + 1
            text = self.text(Range(first, number))
            defined = f"{defined}, {text}" if defined else f"with {text}"
            if self.kind(number) is not TokenType.COMMA:
                break
            number += 1
        return number, defined

    def _items(self, clause: Range) -> tuple[Range, ...]:
        first = clause.first + 1
        if self.word(first) in ("DISTINCT", "ALL"):
            first += 1
        return self.split(Range(first, clause.end))

    def _is_star(self, number: int) -> bool:
        """`*` of a select list, after which EXCEPT names columns."""
        return self.kind(number) is TokenType.STAR

    def _is_no_clause(self, number: int) -> bool:
        """IS DISTINCT FROM, or a column that is called as a clause."""
        kind, before, after = (self.kind(number + i) for i in (0, -1, 1))
        if kind is TokenType.FROM:
            return self.word(number - 1) == "DISTINCT"
        return kind in _SOFT and (before in _NO_CLAUSE_BEFORE or after in _NO_CLAUSE_AFTER)


def edited(sql: str, edits: Sequence[Edit]) -> str:
    """`sql` with edits that do not overlap."""
    for edit in sorted(edits, key=lambda one: one.start, reverse=True):
        sql = f"{sql[: edit.start]}{edit.text}{sql[edit.end :]}"
    return sql

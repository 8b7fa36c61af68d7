"""What stands in FROM: tables, subqueries, and how they are joined."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from sqlglot.tokens import TokenType

from plait.engines.sail.syntax.clauses import Query, Range, Select

_KINDS = ("LEFT", "RIGHT", "FULL", "INNER", "CROSS", "SEMI", "ANTI", "OUTER", "NATURAL")
_NO_ALIAS = frozenset({*_KINDS, "JOIN", "ON", "USING", "LATERAL", "TABLESAMPLE", "PIVOT",
                       "UNPIVOT", "FOR", "VERSION", "TIMESTAMP"})  # fmt: skip


@dataclass(frozen=True, slots=True)
class Relation:
    """One table of FROM.

    primary: its name or its brackets. whole: with its alias. name: by which its columns are
    qualified, in lower case. join: the kind of the join before it, '' for the first one.
    keys: what USING names; natural: NATURAL was written. using: the tokens of USING (…).
    """

    primary: Range
    whole: Range
    name: str
    join: str
    natural: bool
    keys: tuple[str, ...]
    using: Range | None


def relations(query: Query, select: Select) -> list[Relation]:
    """The tables of a select's FROM, as far as they can be told; what is behind LATERAL is not."""
    clause = select.clauses.get(TokenType.FROM)
    return [] if clause is None else list(_relations(query, clause))


def _relations(query: Query, clause: Range) -> Iterator[Relation]:
    kinds: list[str] = []
    number = clause.first + 1
    while number < clause.end:
        relation = _relation(query, number, clause.end, kinds)
        yield relation
        number, kinds = relation.whole.end, []
        if relation.using is not None:
            number = relation.using.end
        while number < clause.end:
            word = query.word(number)
            if word in _KINDS:
                kinds.append(word)
            elif word == "LATERAL":
                return
            elif word == "JOIN" or query.kind(number) is TokenType.COMMA:
                kinds = [*kinds, "INNER"] if word == "JOIN" else ["CROSS"]
                number += 1
                break
            number = query.closing.get(number, number) + 1


def _relation(query: Query, first: int, end: int, kinds: list[str]) -> Relation:
    number = first
    if query.word(number) == "VALUES":
        number += 1
        while number in query.closing:
            number = query.closing[number] + 1
            number += query.kind(number) is TokenType.COMMA and number + 1 in query.closing
    elif number not in query.closing:  # a dotted name, or a function with its arguments
        number += 1
        while number < end and query.kind(number) is TokenType.DOT:
            number += 2
        if number in query.closing and number < end:
            number = query.closing[number] + 1
    else:
        number = query.closing[number] + 1
    primary = Range(first, number)
    if query.word(number) == "AS":
        number += 1
    name = query.tokens[primary.end - 1].text.lower()
    if number < end and query.is_name(number) and query.word(number) not in _NO_ALIAS:
        name = query.tokens[number].text.lower()
        number += 1
        if number in query.closing and number < end:
            number = query.closing[number] + 1
    whole, keys, using = Range(first, number), (), None
    if query.word(number) == "USING" and number + 1 in query.closing:
        close = query.closing[number + 1]
        using = Range(number, close + 1)
        keys = tuple(query.tokens[one.first].text for one in query.split(Range(number + 2, close)))
    join = next((one for one in kinds if one not in ("OUTER", "NATURAL")), "")
    return Relation(primary, whole, name, join, "NATURAL" in kinds, keys, using)

"""Where the nodes of sqlglot's tree stand in the text."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from typing import Any

from sqlglot import exp
from sqlglot.dialects.dialect import Dialect

_OPEN, _CLOSE = "([", ")]"
# What ends a query that stands beside UNION without brackets.
_AFTER = ("UNION", "INTERSECT", "EXCEPT", "MINUS", "ORDER", "SORT", "CLUSTER", "DISTRIBUTE",
          "LIMIT", "OFFSET", ";")  # fmt: skip
_WORD_AFTER = {exp.Window: "OVER", exp.WithinGroup: "GROUP", exp.Filter: "FILTER"}


class Places:
    """The text of a query by its tokens, which are read when one is looked for."""

    def __init__(self, sql: str, tree: Any) -> None:
        self._sql = sql
        self._tree = tree

    @cached_property
    def _tokens(self) -> list[Any]:
        return list(Dialect.get_or_raise("spark").tokenize(self._sql))

    @cached_property
    def _words(self) -> list[str]:
        return [
            token.text.upper() if self._sql[token.start] not in "'\"`" else ""
            for token in self._tokens
        ]

    @cached_property
    def _starts(self) -> dict[int, int]:
        # 2.5d is three tokens in one place: the first stands for it.
        return {token.start: index for index, token in reversed(list(enumerate(self._tokens)))}

    @cached_property
    def _ends(self) -> dict[int, int]:
        return {token.end: index for index, token in enumerate(self._tokens)}

    @cached_property
    def _words_of_nodes(self) -> dict[int, int]:
        """The tokens of null, true and false, which the tree does not place, in their order."""
        nodes = [one for one in _in_order(self._tree) if isinstance(one, (exp.Null, exp.Boolean))]
        found = [i for i, word in enumerate(self._words) if word in ("NULL", "TRUE", "FALSE")]
        if len(nodes) != len(found):
            return {}
        return {id(node): index for node, index in zip(nodes, found, strict=True)}

    def span(self, node: Any) -> tuple[int, int] | None:
        """Where a node begins and ends (up to before), or None where it cannot be found."""
        found = self._find(node)
        if found is None:
            return None
        first, last = found
        return self._tokens[first].start, self._tokens[last].end + 1

    def text(self, node: Any) -> str | None:
        """How a node is written, or None where it cannot be found."""
        span = self.span(node)
        return None if span is None else self._sql[slice(*span)]

    def _find(self, node: Any) -> tuple[int, int] | None:
        """The first and the last token of a node."""
        own = self._own(node)
        spans = [span for part in node.iter_expressions() if (span := self._find(part))]
        hull = _hull([*spans, *([own] if own else [])])
        if hull is None:
            return None
        first, last = hull
        match node:
            case exp.Paren() | exp.Subquery() | exp.Tuple():
                return self._bracketed(first, last)
            case exp.Case():
                return self._between("CASE", "END", first)
            case exp.Select():
                return self._query(node, first, last)
            case exp.Neg():
                return first - 1, last
            case exp.Window() | exp.WithinGroup() | exp.Filter():
                return self._after(node, _WORD_AFTER[type(node)], last)
            case exp.Bracket() if node.args.get("offset") is not None:
                return self._call(node, own, first, last)  # element_at(x, i)
            case exp.Bracket():
                index = self._find(node.expressions[0])
                around = None if index is None else self._bracketed(*index)
                return None if around is None else (first, around[1])
            case exp.If() if isinstance(node.parent, exp.Case):
                return hull
            case exp.Cast():
                return self._cast(node, first, last)
            case exp.Func() | exp.Binary():
                return self._call(node, own, first, last)
        return hull

    def _cast(self, node: Any, first: int, last: int) -> tuple[int, int] | None:
        literal = isinstance(node.this, exp.Literal)
        if literal and first < last and self._tokens[first].start == self._tokens[last].start:
            return first, last  # 2.5d
        if (own := self._own(node)) is not None:
            return own[0], self._closing(own[0] + 1, last)  # double(x)
        value = self._find(node.this)
        following = "AS" if value is None else self._word(value[1] + 1)
        if following == "::":
            return first, last + (1 if self._word(last + 1) == ")" else 2)
        if self._word(first - 1) == "(" and following == "AS":
            return self._named_brackets(first, last)
        return first - (self._words[first] == ""), last  # date'…'

    def _call(
        self, node: Any, own: tuple[int, int] | None, first: int, last: int
    ) -> tuple[int, int] | None:
        if own is not None:
            return own[0], self._closing(own[0] + 1, last)
        if isinstance(node, (exp.Connector, exp.Binary)):
            return first, last
        return self._named_brackets(first, last)

    def _named_brackets(self, first: int, last: int) -> tuple[int, int] | None:
        around = self._bracketed(first, last)
        return None if around is None else (around[0] - 1, around[1])

    def _word(self, index: int) -> str:
        return self._words[index] if 0 <= index < len(self._words) else ""

    def _own(self, node: Any) -> tuple[int, int] | None:
        if isinstance(node, (exp.Null, exp.Boolean)):
            index = self._words_of_nodes.get(id(node))
            return None if index is None else (index, index)
        start, end = node.meta.get("start"), node.meta.get("end")
        if start is None or start not in self._starts or end not in self._ends:
            return None
        return self._starts[start], self._ends[end]

    def _bracketed(self, first: int, last: int) -> tuple[int, int] | None:
        """The brackets next around tokens."""
        depth = 0
        for index in range(first - 1, -1, -1):
            depth += (self._words[index] in (")", "]")) - (self._words[index] in ("(", "["))
            if depth < 0:
                return index, self._closing(index, last)
        return None

    def _closing(self, opening: int, last: int) -> int:
        """The token that closes the bracket which opens at `opening`."""
        depth = 0
        for index in range(opening, len(self._words)):
            depth += (self._words[index] in ("(", "[")) - (self._words[index] in (")", "]"))
            if depth == 0:
                return index
        return last

    def _between(self, begin: str, end: str, first: int) -> tuple[int, int] | None:
        """From the word `begin` next before to the word `end` next after."""
        depth = 0
        for left in range(first - 1, -1, -1):
            depth += (self._words[left] == end) - (self._words[left] == begin)
            if depth < 0:
                depth = 0
                for right in range(left, len(self._words)):
                    depth += (self._words[right] == begin) - (self._words[right] == end)
                    if depth == 0:
                        return left, right
        return None

    def _query(self, node: Any, first: int, last: int) -> tuple[int, int] | None:
        word = "WITH" if node.args.get("with_") is not None else "SELECT"
        begin = next((i for i in range(first, -1, -1) if self._words[i] == word), None)
        if begin is None:
            return None
        depth, end = 0, last
        for index in range(last + 1, len(self._words)):
            depth += (self._words[index] in ("(", "[")) - (self._words[index] in (")", "]"))
            if depth < 0 or (depth == 0 and self._words[index] in _AFTER):
                break
            end = index
        return begin, end

    def _after(self, node: Any, word: str, last: int) -> tuple[int, int] | None:
        """A call, and the bracket or the name that follows `word` after it."""
        inner = self._find(node.this)
        if inner is None:
            return None
        at = next((i for i in range(inner[1], len(self._words)) if self._words[i] == word), None)
        if at is None or at + 1 == len(self._words):
            return None
        return inner[0], self._closing(at + 1, last) if self._words[at + 1] == "(" else at + 1


def _in_order(node: Any) -> Iterator[Any]:
    """The nodes of a tree about as they stand in the text: what WITH defines comes first."""
    yield node
    clause = node.args.get("with_")
    if clause is not None:
        yield from _in_order(clause)
    for part in node.iter_expressions():
        if part is not clause:
            yield from _in_order(part)


def _hull(spans: list[tuple[int, int]]) -> tuple[int, int] | None:
    return (min(s[0] for s in spans), max(s[1] for s in spans)) if spans else None

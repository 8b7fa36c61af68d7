"""LIKE ANY and ALL, QUALIFY, and names that a select gives and uses itself."""

from __future__ import annotations

import re
from collections.abc import Sequence

from sqlglot.tokens import TokenType

from plait.engines.sail.syntax.clauses import Edit, Query, Range, Select
from plait.engines.sail.syntax.rule import Ask, cannot, queried
from plait.lang.sqltext import quoted

_OWN_NAME = "a name that the select itself gives"
# Calls that give other rows or another value each time they stand in a query.
_ONCE = re.compile(
    r"\b(?:explode|explode_outer|posexplode|posexplode_outer|inline|inline_outer|stack|json_tuple"
    r"|variant_explode|rand|randn|random|randstr|uuid|shuffle|uniform"
    r"|monotonically_increasing_id)\s*\(",
    re.IGNORECASE,
)
_LIKES = ("LIKE", "ILIKE")
_MANY = {"ANY": "or", "SOME": "or", "ALL": "and"}
# What a value that stands before LIKE cannot be part of.
_BEFORE_VALUE = frozenset({"AND", "OR", "NOT", "WHERE", "WHEN", "THEN", "ELSE", "CASE", "ON",
                          "HAVING", "SELECT", "DISTINCT", "QUALIFY", "BY", ",", "(", "[", "->",
                          "="})  # fmt: skip
_VALUE_ENDS = (TokenType.R_PAREN, TokenType.R_BRACKET, TokenType.NUMBER, TokenType.STRING,
               TokenType.END)  # fmt: skip
_QUALIFIED = "__plait_qualified"


def like_any(query: Query, select: Select, ask: Ask) -> Sequence[Edit]:  # noqa: ARG001
    """x LIKE ANY (a, b) as (x LIKE a OR x LIKE b); with ALL it is AND."""
    whole = select.whole
    for number in range(whole.first, whole.end):
        joined = _MANY.get(query.word(number + 1))
        if query.word(number) not in _LIKES or joined is None or number + 2 not in query.closing:
            continue
        close = query.closing[number + 2]
        negated = query.word(number - 1) == "NOT"
        last = number - 1 if negated else number
        first = _value_before(query, last, whole.first)
        value = query.text(Range(first, last))
        like = ("not " if negated else "") + query.word(number).lower()
        patterns = query.split(Range(number + 3, close))
        one_by_one = f" {joined} ".join(f"{value} {like} {query.text(one)}" for one in patterns)
        return (query.edit(Range(first, close + 1), f"({one_by_one})"),)
    return ()


def _value_before(query: Query, end: int, least: int) -> int:
    """Where the value that ends before a token begins."""
    opening = {close: start for start, close in query.closing.items()}
    number = end - 1
    while number >= least:
        number = opening.get(number, number)
        if query.word(number - 1) in _BEFORE_VALUE:
            return number
        number -= 1
    return least


def qualify(query: Query, select: Select, ask: Ask) -> Sequence[Edit]:
    """A filter of the select as a subquery, in which the condition is one more column."""
    clause = select.clauses.get(TokenType.QUALIFY)
    if clause is None:
        return ()
    if TokenType.GROUP_BY in select.clauses:
        raise cannot("QUALIFY", "it stands behind GROUP BY")
    listed, names = select.clauses[TokenType.SELECT], _names(query, select, ask, "QUALIFY")
    condition = _replaced(query, select, Range(clause.first + 1, clause.end), ask)
    distinct = query.word(listed.first + 1) == "DISTINCT"
    items = query.text(Range(select.items[0].first, listed.end))
    order = select.clauses.get(TokenType.ORDER_BY)
    for number in range(order.first + 1, order.end) if order else ():
        name = query.is_name(number) and query.kind(number + 1) is not TokenType.L_PAREN
        known = _plain(query, number).lower() in {one.lower() for one in names}
        if name and not (known and query.kind(number - 1) is not TokenType.DOT):
            raise cannot(
                "QUALIFY", f"its ORDER BY names '{query.text(Range(number, number + 1))}'"
            )
    chosen = ", ".join(map(quoted, names))
    head = f"select {'distinct ' if distinct else ''}{chosen} from (select {items},"
    head += f" ({condition}) as {_QUALIFIED}"
    return (
        query.edit(listed, head),
        query.edit(clause, f") where {_QUALIFIED}"),
    )


def _names(query: Query, select: Select, ask: Ask, what: str) -> tuple[str, ...]:
    """The columns of a select, of which no two have one name."""
    clauses = [
        query.text(span)
        for kind, span in sorted(select.clauses.items(), key=lambda one: one[1].first)
        if kind not in (TokenType.QUALIFY, TokenType.ORDER_BY, TokenType.LIMIT, TokenType.OFFSET)
    ]
    names = ask(queried(select, " ".join(clauses)))
    if names is None:
        raise cannot(what, "the columns are not known before")
    if len({name.lower() for name in names}) < len(names):
        raise cannot(what, "two columns have one name")
    return names


def _plain(query: Query, number: int) -> str:
    return str(query.tokens[number].text)


def _aliases(query: Query, items: Sequence[Range]) -> dict[str, str]:
    """What a select list calls its columns, in lower case → the expression."""
    found = {}
    for item in items:
        explicit = item.end - item.first > 2 and query.word(item.end - 2) == "AS"
        value = Range(item.first, item.end - (2 if explicit else 1))
        if explicit or _has_implicit(query, item):
            found[_plain(query, item.end - 1).lower()] = query.text(value)
    return found


def _has_implicit(query: Query, item: Range) -> bool:
    """Whether the last name of a column is its alias without AS: a value ends before it."""
    before = item.end - 2
    if before < item.first or not query.is_name(item.end - 1):
        return False
    return query.is_name(before) or query.kind(before) in _VALUE_ENDS


def _uses(query: Query, span: Range, names: dict[str, str]) -> list[int]:
    """Tokens of `span` that may mean one of `names`."""
    found = []
    for number in range(span.first, span.end):
        if not query.is_name(number) or _plain(query, number).lower() not in names:
            continue
        if query.kind(number - 1) in (TokenType.DOT, TokenType.ALIAS):
            continue
        if query.kind(number + 1) not in (TokenType.L_PAREN, TokenType.DOT, TokenType.ARROW):
            found.append(number)
    return found


def _columns(query: Query, select: Select, ask: Ask) -> set[str] | None:
    """The columns of FROM in lower case."""
    source = select.clauses.get(TokenType.FROM)
    if source is None:
        return set()
    names = ask(queried(select, f"select * {query.text(source)}"))
    return None if names is None else {name.lower() for name in names}


def _replaced(query: Query, select: Select, span: Range, ask: Ask) -> str:
    """The text of `span` with the select's aliases as their expressions."""
    aliases = _aliases(query, select.items)
    uses = _uses(query, span, aliases)
    columns = _columns(query, select, ask) if uses else set()
    text, start = query.text(span), query.tokens[span.first].start
    for number in reversed(uses):
        name = _plain(query, number).lower()
        if columns is not None and name not in columns:
            token = query.tokens[number]
            text = f"{text[: token.start - start]}({aliases[name]}){text[token.end + 1 - start :]}"
    return text


def own_aliases(query: Query, select: Select, ask: Ask) -> Sequence[Edit]:
    """A name that the select list itself gives, written as what it stands for."""
    for index, item in enumerate(select.items):
        aliases = _aliases(query, select.items[:index])
        uses = _uses(query, item, aliases) if aliases else []
        named = bool(_aliases(query, [item]))
        uses = [number for number in uses if not (named and number == item.end - 1)]
        if not uses or any(query.kind(n) is TokenType.ARROW for n in range(item.first, item.end)):
            continue
        columns = _columns(query, select, ask)
        if columns is None:
            return ()
        uses = [number for number in uses if _plain(query, number).lower() not in columns]
        if not uses:
            continue
        alone = item.end - item.first == 1
        if not named and not alone:
            raise cannot(_OWN_NAME, "the column that uses it has none")
        edits = []
        for number in uses:
            if _ONCE.search(aliases[_plain(query, number).lower()]):
                raise cannot(_OWN_NAME, "what it stands for is computed once, not twice")
            text = f"({aliases[_plain(query, number).lower()]})"
            if alone:
                text += f" as {query.text(item)}"
            edits.append(query.edit(Range(number, number + 1), text))
        return edits
    return ()

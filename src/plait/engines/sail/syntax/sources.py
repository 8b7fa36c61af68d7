"""PIVOT, UNPIVOT, TABLESAMPLE of rows, and WHERE behind LATERAL VIEW."""

from __future__ import annotations

from collections.abc import Sequence

from sqlglot.tokens import TokenType

from plait.engines.sail.syntax.clauses import Edit, Query, Range, Select
from plait.engines.sail.syntax.relations import relations
from plait.engines.sail.syntax.rule import Ask, cannot, queried
from plait.lang.sqltext import literal_of, quoted, value_of

_ROW = "__plait_row"


def sampled_rows(query: Query, select: Select, ask: Ask) -> Sequence[Edit]:  # noqa: ARG001
    """TABLESAMPLE (n ROWS) as a subquery with LIMIT, which is what Spark makes of it."""
    for one in relations(query, select):
        number = one.primary.end
        if query.word(number) != "TABLESAMPLE" or number + 1 not in query.closing:
            continue
        close = query.closing[number + 1]
        if close != number + 4 or query.word(number + 3) != "ROWS":
            continue
        limit, primary = query.text(Range(number + 2, number + 3)), query.text(one.primary)
        text = f"(select * from {primary} limit {limit})"
        aliased = query.word(close + 1) == "AS" or query.kind(close + 1) is TokenType.VAR
        if query.is_name(one.primary.end - 1) and not aliased:
            text += f" as {quoted(one.name)}"
        return (query.edit(Range(one.primary.first, close + 1), text),)
    return ()


def lateral_where(query: Query, select: Select, ask: Ask) -> Sequence[Edit]:
    """FROM with its LATERAL VIEWs as a subquery: Sail filters before it makes their columns."""
    source, where = select.clauses.get(TokenType.FROM), select.clauses.get(TokenType.WHERE)
    if source is None or where is None:
        return ()
    views = [n for n in query.outer(source) if query.word(n) == "LATERAL"
             and query.word(n + 1) == "VIEW"]  # fmt: skip
    if not views:
        return ()
    names = ask(queried(select, f"select * {query.text(source)}"))
    if names is None or len({name.lower() for name in names}) < len(names):
        raise cannot("WHERE behind LATERAL VIEW", "a column is not known, or two have one name")
    tables = {one.name for one in relations(query, select)}
    tables |= {query.tokens[n].text.lower() for n in map(lambda n: _view_name(query, n), views)}
    return [
        query.edit(source, f"from (select * {query.text(source)})"),
        *_unqualified(query, select, tables, names),
    ]


def _view_name(query: Query, number: int) -> int:
    """The token that names the table of a LATERAL VIEW."""
    while number not in query.closing:
        number += 1
    return query.closing[number] + 1


def _unqualified(
    query: Query, select: Select, tables: set[str], names: Sequence[str]
) -> list[Edit]:
    source, whole = select.clauses[TokenType.FROM], select.whole
    known = {name.lower() for name in names}
    edits = []
    for number in (*range(whole.first, source.first), *range(source.end, whole.end)):
        qualifies = query.is_name(number) and query.kind(number + 1) is TokenType.DOT
        if not qualifies or query.kind(number - 1) is TokenType.DOT:
            continue
        if query.tokens[number].text.lower() not in tables:
            continue
        if query.tokens[number + 2].text.lower() not in known or _has_inner(query, select):
            name = query.text(Range(number, number + 3))
            raise cannot("WHERE behind LATERAL VIEW", f"'{name}' stands in it")
        edits.append(query.edit(Range(number, number + 2), ""))
    return edits


def _has_inner(query: Query, select: Select) -> bool:
    whole = select.whole
    return any(
        query.kind(number) is TokenType.SELECT and number != select.clauses[TokenType.SELECT].first
        for number in range(whole.first, whole.end)
        if number
        not in range(select.clauses[TokenType.FROM].first, select.clauses[TokenType.FROM].end)
    )


def _operator(query: Query, select: Select, word: str) -> tuple[Range, int, int] | None:
    """The table before PIVOT or UNPIVOT, and the brackets behind it."""
    source = select.clauses.get(TokenType.FROM)
    first = source.first + 1 if source else 0
    for number in query.outer(source) if source else ():
        if query.kind(number) is TokenType.COMMA:
            first = number + 1
        if query.word(number) == word:
            opening = next((n for n in range(number, number + 5) if n in query.closing), None)
            if opening is not None:
                return Range(first, number), opening, query.closing[opening]
    return None


def _aliased(query: Query, span: Range) -> tuple[Range, str | None]:
    """An expression, and the name that AS gives it."""
    if span.end - span.first > 2 and query.word(span.end - 2) == "AS":
        alias = query.tokens[span.end - 1]
        text = query.text(Range(span.end - 1, span.end))
        is_text = query.kind(span.end - 1) is TokenType.STRING
        return Range(span.first, span.end - 2), value_of(text) if is_text else alias.text
    return span, None


def _listed(query: Query, span: Range) -> list[Range]:
    """`a` or `(a, b)` as one column or more."""
    if query.closing.get(span.first) == span.end - 1:
        return list(query.split(Range(span.first + 1, span.end - 1)))
    return [span]


def pivoted(query: Query, select: Select, ask: Ask) -> Sequence[Edit]:
    """Groups by all other columns and the pivot's, then each value's row as columns."""
    found = _operator(query, select, "PIVOT")
    if found is None:
        return ()
    before, opening, close = found
    inside = Range(opening + 1, close)
    middle = next((n for n in query.outer(inside) if query.word(n) == "FOR"), None)
    within = next((n for n in query.outer(inside) if query.word(n) == "IN"), None)
    source = query.text(before)
    names = ask(queried(select, f"select * from {source}"))
    if middle is None or within is None or within + 1 not in query.closing or names is None:
        raise cannot("PIVOT", "the columns are not known before")
    keys = [query.text(one) for one in _listed(query, Range(middle + 1, within))]
    totals = [_aliased(query, one) for one in query.split(Range(inside.first, middle))]
    used = {query.tokens[n].text.lower() for n in range(inside.first, within) if query.is_name(n)}
    others = [quoted(name) for name in names if name.lower() not in used]
    columns = []
    for value in query.split(Range(within + 2, query.closing[within + 1])):
        written, name = _aliased(query, value)
        parts = [query.text(one) for one in _listed(query, written)]
        name = _value_name(query, written) if name is None else name
        match = " and ".join(f"{_ROW}{i} <=> {part}" for i, part in enumerate(parts))
        for i, (total, alias) in enumerate(totals):
            called = alias if alias is not None else _name_of(query, select, total, source, ask)
            title = name if len(totals) == 1 else f"{name}_{called}"
            columns.append(
                f"any_value(__plait_total{i}) filter (where {match}) as {quoted(title)}"
            )
    inner = [f"{key} as {_ROW}{i}" for i, key in enumerate(keys)]
    inner += [f"{query.text(total)} as __plait_total{i}" for i, (total, _) in enumerate(totals)]
    grouped = ", ".join([*others, *keys])
    by = f" group by {', '.join(others)}" if others else ""
    text = f"(select {', '.join([*others, *columns])} from (select {', '.join([*others, *inner])}"
    text += f" from {source} group by {grouped}){by})"
    return (query.edit(Range(before.first, close + 1), text),)


def _name_of(query: Query, select: Select, total: Range, source: str, ask: Ask) -> str:
    names = ask(queried(select, f"select {query.text(total)} from {source}"))
    if names is None:
        raise cannot("PIVOT", f"the name of '{query.text(total)}' is not known before")
    return names[0]


def _value_name(query: Query, span: Range) -> str:
    """The name of a pivot's column, which is its value as text."""
    text = query.text(span)
    if span.end - span.first == 1:
        if query.kind(span.first) is TokenType.STRING:
            return value_of(text)
        if query.kind(span.first) is TokenType.NUMBER or text.lower() in ("true", "false", "null"):
            return text.lower()
    raise cannot("PIVOT", f"the value {text} has no name: give it one with AS")


def unpivoted(query: Query, select: Select, ask: Ask) -> Sequence[Edit]:
    """Each row once for each of the columns, which CASE picks by a number."""
    found = _operator(query, select, "UNPIVOT")
    if found is None:
        return ()
    before, opening, close = found
    inside = Range(opening + 1, close)
    middle = next((n for n in query.outer(inside) if query.word(n) == "FOR"), None)
    names = ask(queried(select, f"select * from {query.text(before)}"))
    if middle is None or query.word(middle + 2) != "IN" or names is None:
        raise cannot("UNPIVOT", "the columns are not known before")
    values = [query.text(one) for one in _listed(query, Range(inside.first, middle))]
    columns = [_aliased(query, one) for one in query.split(Range(middle + 4, close - 1))]
    parts = [[query.text(one) for one in _listed(query, written)] for written, _ in columns]
    if any(
        alias is None and len(each) > 1 for (_, alias), each in zip(columns, parts, strict=True)
    ):
        raise cannot("UNPIVOT", "several columns together have no name: give them one with AS")
    used = {part.strip("`").lower() for each in parts for part in each}
    others = ", ".join(quoted(name) for name in names if name.lower() not in used)
    rows = ", ".join(
        f"({i}, {literal_of(query.tokens[written.end - 1].text if alias is None else alias)})"
        for i, (written, alias) in enumerate(columns)
    )
    label = query.text(Range(middle + 1, middle + 2))
    cases = [
        "case "
        + " ".join(f"when {_ROW} = {i} then {each[j]}" for i, each in enumerate(parts))
        + f" end as {value}"
        for j, value in enumerate(values)
    ]
    picked = ", ".join(filter(None, (others, label, *cases)))
    text = f"(select {picked} from {query.text(before)} cross join"
    text += f" (values {rows}) as __plait_names({_ROW}, {label}))"
    words = {query.word(n) for n in range(before.end, opening)}
    if "INCLUDE" not in words:
        any_value = " or ".join(f"{value} is not null" for value in values)
        text = f"(select * from {text} where {any_value})"
    return (query.edit(Range(before.first, close + 1), text),)

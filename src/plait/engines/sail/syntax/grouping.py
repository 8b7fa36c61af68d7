"""GROUP BY ALL, ORDER BY ALL, GROUPING SETS behind columns, and how rows are distributed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlglot import exp
from sqlglot.tokens import TokenType

from plait.engines.sail.syntax.clauses import Edit, Query, Range, Select
from plait.engines.sail.syntax.rule import Ask, cannot, queried
from plait.plan.sql_references import parse_sql

# Aggregates of Spark that sqlglot has no class for.
_AGGREGATES = frozenset({
    "any", "bitmap_construct_agg", "bitmap_or_agg", "bit_and", "bit_or", "bit_xor", "bool_and",
    "bool_or", "count_min_sketch", "every", "grouping", "grouping_id", "histogram_numeric",
    "hll_sketch_agg", "hll_union_agg", "kurtosis", "listagg", "mode", "percentile", "regr_avgx",
    "regr_avgy", "regr_count", "regr_intercept", "regr_r2", "regr_slope", "regr_sxx", "regr_sxy",
    "regr_syy", "skewness", "some", "std", "string_agg", "try_avg", "try_sum",
})  # fmt: skip


def group_by_all(query: Query, select: Select, ask: Ask) -> Sequence[Edit]:  # noqa: ARG001
    """The numbers of the selected columns that hold no aggregate."""
    clause = select.clauses.get(TokenType.GROUP_BY)
    if clause is None or query.text(Range(clause.first + 1, clause.end)).upper() != "ALL":
        return ()
    numbers = []
    for number, item in enumerate(select.items, 1):
        text = query.text(item)
        tree: Any = parse_sql(f"select {text}")
        if tree is None or tree.is_star:
            raise cannot("GROUP BY ALL", f"the columns of '{text}' are not known by their text")
        value = tree.expressions[0]
        if not any(_is_aggregate(node) for node in _own(value)):
            numbers.append(str(number))
        elif any(
            isinstance(node, exp.Column) and not _inside(node, value) for node in _own(value)
        ):
            raise cannot("GROUP BY ALL", f"'{text}' has a column beside an aggregate")
    if not numbers:
        return (query.edit(clause, ""),)
    return (query.edit(clause, f"group by {', '.join(numbers)}"),)


def _own(value: Any) -> list[Any]:
    """The nodes of an expression without those of subqueries."""
    return list(value.walk(prune=lambda node: isinstance(node, (exp.Subquery, exp.Select))))


def _is_aggregate(node: Any) -> bool:
    named = isinstance(node, exp.Anonymous) and node.name.lower() in _AGGREGATES
    windowed = isinstance(node.parent, (exp.Window, exp.IgnoreNulls, exp.RespectNulls))
    of_window = isinstance(node, (exp.Lag, exp.Lead, exp.FirstValue, exp.LastValue, exp.NthValue))
    return (isinstance(node, exp.AggFunc) or named) and not windowed and not of_window


def _inside(node: Any, value: Any) -> bool:
    """Whether an aggregate is around a column."""
    while node is not value:
        node = node.parent
        if _is_aggregate(node):
            return True
    return False


def order_by_all(query: Query, select: Select, ask: Ask) -> Sequence[Edit]:
    """The numbers of all selected columns, with the direction that was written."""
    clause = select.clauses.get(TokenType.ORDER_BY)
    if clause is None or query.word(clause.first + 1) != "ALL":
        return ()
    how = query.text(Range(clause.first + 2, clause.end))
    if how.strip("() ,").upper() not in _DIRECTIONS:
        return ()  # a column of that name
    start = select.clauses[TokenType.SELECT].first
    names = ask(queried(select, query.text(Range(start, clause.first))))
    if names is None:
        raise cannot("ORDER BY ALL", "the columns are not known before")
    keys = ", ".join(f"{number} {how}".strip() for number in range(1, len(names) + 1))
    return (query.edit(clause, f"order by {keys}"),)


_DIRECTIONS = {
    " ".join(filter(None, (way, nulls)))
    for way in ("", "ASC", "DESC")
    for nulls in ("", "NULLS FIRST", "NULLS LAST")
}


def grouping_sets(query: Query, select: Select, ask: Ask) -> Sequence[Edit]:  # noqa: ARG001
    """GROUP BY a, b GROUPING SETS (…) without a, b, which the sets name themselves."""
    clause = select.clauses.get(TokenType.GROUP_BY)
    if clause is None:
        return ()
    for number in query.outer(Range(clause.first + 2, clause.end)):
        if query.kind(number) is TokenType.GROUPING_SETS:
            before = query.kind(number - 1)
            if before is TokenType.COMMA:
                return ()
            return (query.edit(Range(clause.first + 1, number), ""),)
    return ()


def distribution(query: Query, select: Select, ask: Ask) -> Sequence[Edit]:  # noqa: ARG001
    """DISTRIBUTE BY goes, CLUSTER BY is SORT BY: the rows are the same ones."""
    edits = []
    if (clause := select.clauses.get(TokenType.DISTRIBUTE_BY)) is not None:
        edits.append(query.edit(clause, ""))
    if (clause := select.clauses.get(TokenType.CLUSTER_BY)) is not None:
        edits.append(query.edit(Range(clause.first, clause.first + 1), "sort by"))
    return edits


def from_first(query: Query, select: Select, ask: Ask) -> Sequence[Edit]:  # noqa: ARG001
    """FROM … SELECT … with its clauses in the usual order."""
    source, listed = select.clauses.get(TokenType.FROM), select.clauses[TokenType.SELECT]
    if source is None or source.first > listed.first:
        return ()
    text = query.text(source)
    return (query.edit(source, ""), query.edit(listed, f"{query.text(listed)} {text}"))

"""Puts casts into the text of a query, so that Sail's answer has Spark's values and types."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

from pyspark.sql.types import DataType
from sqlglot import exp

from plait.engines.sail.typed.analysis import Analysis, Edit, Tables
from plait.engines.sail.typed.functions import HANDLERS
from plait.engines.sail.typed.places import Places
from plait.lang.sqltext import code_of
from plait.plan.sql_references import parse_sql

# What a query has to have before types can matter to it.
_MATTERS = re.compile(
    r"[/%+]|(?<!\bselect)(?<!\bselect\s)(?<!\.)\*(?!\s*[,)])|[\w)\]]\s*-\s*[\w(]"
    r"|-\s*(?:2147483648|9223372036854775808)\b"
    r"|\w\s*\[|\|\||\bstring\b|\b(?:avg|mean|try_avg|mod|pmod|round|ceil|ceiling|floor|nullif|case|if|nvl2?|ifnull|array"
    r"|map|coalesce|greatest|least|percentile_cont|div|sum|concat|concat_ws|array_contains|union|intersect|except|minus)\b",
    re.IGNORECASE,
)
_PLACEHOLDER = "placeholder_of_plait"


@dataclass(frozen=True, slots=True)
class Fitted:
    """A query as Sail has to be given it.

    read: whether the text could be read at all. unsure: whether a type that may matter is not
    known. wrong: what no cast mends.
    """

    sql: str
    read: bool = True
    unsure: bool = False
    wrong: tuple[str, ...] = ()


def fitted(sql: str, tables: Tables, ask: Callable[[str], DataType | None]) -> Fitted:
    """`sql` with the casts by which Sail's types and values are Spark's.

    tables: the columns of a table, by its name in SQL; None where there is none.
    ask: the type of an expression without columns, as the engine has it.
    """
    if not _MATTERS.search(code_of(sql, "_")):
        return Fitted(sql)
    tree = parse_sql(sql)
    query = tree if isinstance(tree, exp.Query) else tree and tree.find(exp.Query)
    if query is None:
        return Fitted(sql, read=False)
    places = Places(sql, tree)
    analysis = Analysis(tables, ask, places.text, HANDLERS)
    try:
        analysis.read(query)
    except RecursionError:
        return Fitted(sql, read=False)
    if analysis.lost:
        return Fitted(sql)
    text = _edited(sql, tree, places, analysis.edits) if analysis.edits else sql
    if text is None:
        return Fitted(sql, wrong=("numbers of several types, in a place that is not found",))
    return Fitted(text, True, analysis.unsure, tuple(dict.fromkeys(analysis.wrong)))


def _edited(sql: str, tree: Any, places: Places, edits: list[Edit]) -> str | None:
    """The text with the edits; None where it would not mean exactly the tree with them."""
    heads: dict[int, list[tuple[int, int, str]]] = defaultdict(list)
    tails: dict[int, list[tuple[int, int, str]]] = defaultdict(list)
    replaced: dict[int, int] = {}
    for number, edit in enumerate(edits):
        span = places.span(edit.node)
        if span is None:
            return None
        head, hole, tail = edit.template.partition("{}")
        length = span[1] - span[0]
        heads[span[0]].append((-length, -number, head))
        tails[span[1]].append((length, number, tail))
        if not hole:
            replaced[span[0]] = span[1]
    pieces, last = [], 0
    for place in sorted({*heads, *tails}):
        inserted = [text for *_, text in (*sorted(tails[place]), *sorted(heads[place]))]
        pieces += [sql[last:place], *inserted]
        last = replaced.get(place, place)
    text = "".join([*pieces, sql[last:]])
    made = _with_edits(tree, edits)
    return text if made is not None and parse_sql(text) == made else None


def _with_edits(tree: Any, edits: list[Edit]) -> Any:
    root = exp.Tuple(expressions=[tree])
    outermost: dict[int, Any] = {}
    for edit in edits:
        inner = outermost.get(id(edit.node), edit.node)
        around = _template(edit.template)
        if around is None:
            return None
        around = _in_lambdas(around.copy(), edit.node)
        hole = next((c for c in around.find_all(exp.Column) if c.name == _PLACEHOLDER), None)
        select = None if hole is None else hole.find_ancestor(exp.Select)
        inner.replace(around)
        if hole is not None:
            (select or hole).replace(inner)
        outermost[id(edit.node)] = around
    return root.expressions[0]


def _in_lambdas(made: Any, node: Any) -> Any:
    """A template's tree where `node` stands: what a lambda around it calls so is no column."""
    names: set[str] = set()
    above = node.find_ancestor(exp.Lambda)
    while above is not None:
        names.update(one.name for one in above.expressions)
        above = above.find_ancestor(exp.Lambda)
    for column in list(made.find_all(exp.Column)) if names else ():
        if column.name in names and len(column.parts) == 1:
            column.replace(column.this)
    return made


@cache
def _template(template: str) -> Any:
    """The tree of a template."""
    if template.startswith("select "):
        return parse_sql(template.replace("{}", f"select {_PLACEHOLDER}"))
    query: Any = parse_sql("select " + template.replace("{}", _PLACEHOLDER))
    return None if query is None else query.expressions[0].pop()

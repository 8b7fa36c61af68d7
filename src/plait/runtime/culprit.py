"""Whose expression failed: queries are lazy, so a later statement computes what an earlier says.

Spark shows the text of the expression. Where the engine does not say, the tables below the step
that failed are computed one after the other, for some seconds, until one fails in the same way.
"""

from __future__ import annotations

import contextlib
import re
import threading
import time
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from plait.errors import AnalysisError, EngineError, PlaitError, Span
from plait.plan.builder import position_in
from plait.plan.sql_references import parse_sql
from plait.plan.steps import Query, Step, TableRef
from plait.runtime.state import RunState

if TYPE_CHECKING:
    from pyspark.sql.connect.dataframe import DataFrame

_SEARCH_SECONDS = 10.0
# Not about an expression, so that computing once more would only fail again, or take long.
_OTHER = re.compile(
    r"memory|does not answer|\bserver\b|\bprocess\b|executors|cluster|session|metastore"
    r"|filesystem|\bos error\b|no space|object store",
    re.IGNORECASE,
)
_CONTEXT = re.compile(
    r"== SQL[^\n]*\(line (?P<line>\d+), position (?P<column>\d+)\) ==\n"
    r"(?P<text>[^\n]*)\n(?P<indent> *)(?P<marks>\^+)"
)
_QUOTED = re.compile(r"'[^']*'|\d+")
# What a query may be made of without computing anything that can fail.
_PLAIN = (
    "Select", "Column", "Identifier", "Star", "Alias", "Literal", "From", "Table", "TableAlias",
    "Limit", "Order", "Ordered", "Null", "Boolean", "Subquery", "With", "CTE", "Paren",
    "Distinct", "Group", "Count", "Union",
)  # fmt: skip


def at_its_statement(ctx: RunState, step: Step, error: PlaitError) -> PlaitError:
    """A failure of a step at the statement whose expression has failed, as far as it shows.

    Of an engine's analysis too, which Sail answers where a row is wrong.
    """
    if type(error) not in (EngineError, AnalysisError) or error.engine is None or error.span:
        return error
    if type(error) is AnalysisError:
        error = _while_it_ran(error)
    below = queries_below(ctx, step.inputs)
    if not below or _OTHER.search(error.message):
        return error
    return error.at(_in_context(below, error.cause or "") or _searched(ctx, below, error))


def _while_it_ran(error: AnalysisError) -> EngineError:
    """What an engine says of a row in the words of its analysis."""
    failed = EngineError(error.message, engine=error.engine, cause=error.cause, hint=error.hint)
    failed.__cause__ = error.__cause__
    return failed


def queries_below(ctx: RunState, refs: Iterable[TableRef]) -> list[Query]:
    """The queries that are computed for tables, each once, those below first."""
    return list(dict.fromkeys(_queries(ctx, refs)))


def _queries(ctx: RunState, refs: Iterable[TableRef]) -> Iterator[Query]:
    for ref in refs:
        record = ctx.tables[ref]
        if record.folder is None and record.local is None and isinstance(record.made_by, Query):
            yield from _queries(ctx, record.over)
            yield record.made_by


def _in_context(below: Iterable[Query], cause: str) -> Span | None:
    """The place that Spark shows: a line of the statement with the expression underlined."""
    if (shown := _CONTEXT.search(cause)) is None:
        return None
    begin, length = len(shown["indent"]), len(shown["marks"])
    word = shown["text"][begin : begin + length]
    line, column = int(shown["line"]) - 1, int(shown["column"]) - 1
    for query in below:
        lines = query.sql.split("\n")
        if line < len(lines) and lines[line][column : column + length] == word:
            offset = sum(len(each) + 1 for each in lines[:line]) + column
            return position_in(query.sql, offset, length, query.span)
    return None


def _searched(ctx: RunState, below: list[Query], error: PlaitError) -> Span | None:
    """The statement of the first table that fails alike, or the only one that computes."""
    suspects = [query for query in below if _computes(query.sql)]
    alike = None
    until = time.monotonic() + _SEARCH_SECONDS
    for query in suspects if len(suspects) > 1 else ():
        left = until - time.monotonic()
        if left <= 0 or ctx.cancel.is_set():
            return None
        found = _failure(ctx, query, left)
        if found is not None and found.message == error.message:
            return query.span
        if found is not None and _kind(found) == _kind(error):
            alike = alike or query.span
    return alike or (suspects[0].span if len(suspects) == 1 else None)


def _kind(error: PlaitError) -> str:
    return _QUOTED.sub("", error.message)


def _computes(sql: str) -> bool:
    """Whether a query has an expression that may fail for some rows."""
    tree = parse_sql(sql)
    return tree is None or any(type(node).__name__ not in _PLAIN for node in tree.walk())


def _failure(ctx: RunState, query: Query, seconds: float) -> PlaitError | None:
    """How a table fails, computed by itself for so many seconds at most."""
    spark, tag = ctx.engine.session(), f"{ctx.id}-{query.id}-search"
    stopped = threading.Timer(seconds, lambda: ctx.engine.interrupt(tag, shared=True))
    stopped.daemon = True
    spark.addTag(tag)
    stopped.start()
    try:
        ctx.guarded(lambda: _compute(spark.table(query.outputs[0].view)))
    except PlaitError as error:
        return error
    finally:
        stopped.cancel()
        with contextlib.suppress(Exception):
            spark.removeTag(tag)
    return None


def _compute(df: DataFrame) -> None:
    """Have all rows computed, and keep none."""
    from plait.data.arrow import arrow_schema, parts

    for _ in parts(df, arrow_schema(df)):
        pass

"""Where in a statement stands what the engine refuses, as far as its error shows it."""

from __future__ import annotations

import re

from plait.errors import AnalysisError, PlaitError, Span
from plait.lang.sqltext import replaced
from plait.plan.builder import position_in
from plait.plan.steps import Plan, Query

_NAMED = re.compile(r"there is no (?:column|function|table) (\S+)|the column (\S+) exists in more")
_WRONG_WORD = re.compile(
    r"(?:not understood at|at or near) '(?P<word>[^']+)'(?: \(character (?P<offset>\d+)\))?"
)
_SYNTAX = re.compile(r"not understood at '|syntax error\b", re.IGNORECASE)
_LINE = re.compile(r"\bline (\d+),? pos(?:ition)? (\d+)")


def is_syntax(error: PlaitError) -> bool:
    """Whether the engine cannot read the text, whatever its tables are."""
    return _SYNTAX.search(error.message) is not None


def place(errors: list[PlaitError], plan: Plan) -> None:
    """Move each error of the engine's analysis to the words of its statement that it is about.

    errors: at the spans of the statements of `plan`. One whose words are not found stays.
    """
    queries = {step.span: step.sql for step in plan.steps if isinstance(step, Query)}
    for error in errors:
        if isinstance(error, AnalysisError) and error.engine and error.span in queries:
            error.span = _placed(error, queries[error.span], error.span)


def _placed(error: PlaitError, sql: str, span: Span) -> Span:
    line = _LINE.search(error.cause or "")
    on_line = int(line[1]) if line is not None else None
    if found := _NAMED.search(error.message):
        word = (found[1] or found[2]).rpartition(".")[2]
        first = _occurrence(sql, word, on_line)
        return span if first is None else position_in(sql, first, len(word), span)
    if found := _WRONG_WORD.search(error.message):
        word, offset = found["word"], found["offset"]
        if offset is not None and sql[int(offset) :].startswith(word):
            return position_in(sql, int(offset), len(word), span)
        first = None if on_line is None else _occurrence(sql, word, on_line)
        return span if first is None else position_in(sql, first, len(word), span)
    return span


def _occurrence(sql: str, word: str, line: int | None) -> int | None:
    """Where `word` first stands in the code of `sql`, on its `line` (from 1) if it does there."""
    code = replaced(sql, lambda part: "\0" * len(part.text) if part.kind == "text" else part.text)
    edges = (r"(?<!\w)", r"(?!\w)") if re.fullmatch(r"\w+", word) else ("", "")
    places = [m.start() for m in re.finditer(re.escape(word).join(edges), code, re.IGNORECASE)]
    there = [at for at in places if line is not None and sql.count("\n", 0, at) + 1 == line]
    return next(iter(there or places), None)

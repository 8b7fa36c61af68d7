"""All that the engine's analysis finds wrong in one statement, each at its own words.

An engine names the first unknown column or function and stops. So each one that it names is put
out of the way, by a null in its place, and the engine is asked again.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from plait.errors import AnalysisError, PlaitError, Span
from plait.lang.sqltext import code_of
from plait.plan.builder import position_in
from plait.plan.sql_references import parse_sql

_MOST = 20  # so many are shown of one statement
_MOST_PLACES = 8  # of one name, of which each costs a question
_UNKNOWN = re.compile(r"there is no (column|function) (\S+)")
Ask = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Unknown:
    """The column or function that an error is about; name: in lower case, `t.a` as `t.a`."""

    kind: Literal["column", "function"]
    name: str


@dataclass(frozen=True, slots=True)
class _Use:
    """A place in the SQL where a name stands, in characters.

    scope: uses of one name in one scope mean the same. edits: (start, end, text) by which the
    statement does without it.
    """

    start: int
    end: int
    scope: int
    edits: tuple[tuple[int, int, str], ...]


def unknown_in(error: PlaitError) -> Unknown | None:
    """What does not exist, if that is what the engine's analysis says."""
    found = _UNKNOWN.match(error.message)
    if found is None or not isinstance(error, AnalysisError) or error.engine is None:
        return None
    return Unknown("column" if found[1] == "column" else "function", found[2].lower())


def all_wrong(sql: str, span: Span, first: PlaitError, ask: Ask) -> list[PlaitError]:
    """`first`, and what else is unknown in a statement; each at its own words.

    span: of the statement. ask: raises what the engine's analysis finds first in a text.
    An error that is not about an unknown name, or whose words are not found, stays as it is.
    """
    found: list[PlaitError] = []
    gone: list[_Use] = []
    error: PlaitError | None = first
    while error is not None and len(found) < _MOST:
        unknown = unknown_in(error)
        uses = [] if unknown is None else _uses(sql, unknown, gone)
        wrong = [] if unknown is None else _wrong(sql, unknown, uses, gone, ask)
        if not wrong:
            break
        for use in wrong:
            length = use.end - use.start
            each = copy.copy(error)
            each.span = position_in(sql, use.start, length, span)
            if error is not first and error.cause:  # below it stands a plan of the edited text
                each.cause = error.cause.splitlines()[0]
            found.append(each)
        gone += wrong
        error = _answer(ask, _without(sql, gone))
    return found or [first]


def _answer(ask: Ask, sql: str) -> PlaitError | None:
    try:
        ask(sql)
    except AnalysisError as error:
        return error
    return None


def _wrong(
    sql: str, unknown: Unknown, uses: Sequence[_Use], gone: Sequence[_Use], ask: Ask
) -> list[_Use]:
    """Those of the uses of a name at which it means nothing.

    A name may exist in one part of a statement and not in another, which only the engine can
    tell: it is asked about each scope with the others out of the way.
    """
    scopes = list(dict.fromkeys(use.scope for use in uses))
    if len(scopes) <= 1:
        return list(uses)
    wrong: list[_Use] = []
    for scope in scopes[:_MOST_PLACES]:
        others = [use for use in uses if use.scope != scope]
        answer = _answer(ask, _without(sql, [*gone, *others]))
        if answer is not None and unknown_in(answer) == unknown:
            wrong += [use for use in uses if use.scope == scope]
    return wrong


def _without(sql: str, uses: Sequence[_Use]) -> str:
    edits = sorted((edit for use in uses for edit in use.edits), reverse=True)
    for start, end, text in edits:
        sql = sql[:start] + text + sql[end:]
    return sql


def _uses(sql: str, unknown: Unknown, gone: Sequence[_Use]) -> list[_Use]:
    uses = _columns(sql, unknown.name) if unknown.kind == "column" else _calls(sql, unknown.name)
    taken = {(use.start, use.end) for use in gone}
    return [use for use in uses if (use.start, use.end) not in taken]


def _columns(sql: str, name: str) -> list[_Use]:
    from sqlglot import exp

    tree = parse_sql(sql)
    found = []
    for column in tree.find_all(exp.Column) if tree is not None else ():
        parts = [part for part in column.parts if "start" in part.meta]
        if ".".join(part.name for part in parts).lower() != name:
            continue
        start, end = parts[0].meta["start"], parts[-1].meta["end"] + 1
        text = f"null as {sql[parts[-1].meta['start'] : end]}" if _is_listed(column) else "null"
        lines = "\n" * sql.count("\n", start, end)
        edits = ((start, end, text + lines),)
        found.append(_Use(parts[-1].meta["start"], end, _scope(column, name), edits))
    return sorted(found, key=lambda use: use.start)


def _scope(column: Any, name: str) -> int:
    """The select around a column; only itself, where an alias may be meant in a part of it."""
    from sqlglot import exp

    select = column.find_ancestor(exp.Select)
    if select is None or any(each.alias.lower() == name for each in select.expressions):
        return id(column)
    return id(select)


def _is_listed(column: Any) -> bool:
    """Whether a column stands by itself in a select list, which names a column of the result."""
    from sqlglot import exp

    return isinstance(column.parent, exp.Select) and column.arg_key == "expressions"


def _calls(sql: str, name: str) -> list[_Use]:
    code = code_of(sql, "_")
    found = []
    for call in re.finditer(rf"(?<![\w.]){re.escape(name)}\s*(?=\()", code, re.IGNORECASE):
        closes = _closing(code, call.end())
        if closes is not None:
            edits = (
                (call.start(), call.end(), "(case when struct"),
                (closes, closes, " is null then null end)"),
            )
            found.append(_Use(call.start(), call.start() + len(name), 0, edits))
    return found


def _closing(code: str, opens: int) -> int | None:
    """The offset behind the parenthesis that closes the one at `opens`."""
    depth = 0
    for at in range(opens, len(code)):
        depth += (code[at] == "(") - (code[at] == ")")
        if depth == 0:
            return at + 1
    return None

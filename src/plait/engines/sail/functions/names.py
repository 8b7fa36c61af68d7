"""The name that Spark gives to a column which is a call and has no name of its own."""

from __future__ import annotations

import re
from collections.abc import Sequence

from plait.engines.sail.functions.model import CallRewrite
from plait.engines.sail.functions.split import inside

_CLAUSE = re.compile(
    r"\b(?:select|from|where|having|by|on|values|limit|set|using|qualify|lateral|window)\b",
    re.IGNORECASE,
)
_BEGINS = re.compile(r"(?:\bselect|\bselect\s+(?:distinct|all)|,)\s*$", re.IGNORECASE)
_ENDS = re.compile(
    r"\s*(?:$|[,;)]|(?:from|where|group|having|order|sort|cluster|distribute|limit|offset|union"
    r"|except|minus|intersect|qualify|window|lateral)\b)",
    re.IGNORECASE,
)
# A column, a number, a text or a constant; what else there is Spark may show in another way.
_PLAIN = re.compile(
    r"(?:\w+\.)*(?!null\b|true\b|false\b)(?P<name>[a-z_]\w*)|(?P<number>-?\d+(?:\.\d+)?)"
    r"|'(?P<text>[^'\\]*)'|(?P<constant>null|true|false)",
    re.IGNORECASE,
)
_CALL = re.compile(r"(array|struct|concat|coalesce|lower|upper)\s*\(", re.IGNORECASE)


def is_column(code: str, start: int, end: int) -> bool:
    """Whether what stands there is the whole of a column of a SELECT, without a name.

    start, end: offsets in `code`.
    """
    before = code[:start]
    if not _BEGINS.search(before) or not _ENDS.match(code, end):
        return False
    depth, clause = 0, ""
    for index in range(start - 1, -1, -1):
        depth += (code[index] in ")]") - (code[index] in "([")
        if depth < 0:
            break
        if depth == 0 and (word := _CLAUSE.match(before, index)) is not None:
            clause = word[0].lower()
            break
    return clause == "select"


def column_name(row: CallRewrite, function: str, arguments: Sequence[str]) -> str | None:
    """The name of a column that is this call, or None where Spark's is not sure."""
    shown = [_shown(one.strip()) for one in arguments]
    known = [one for one in shown if one is not None]
    if len(known) < len(arguments):
        return None
    if (form := row.shown.get(len(arguments))) is not None:
        return form.format(*known, function=function)
    return f"{function}({', '.join(known)})"


def _shown(argument: str) -> str | None:
    """An argument as Spark shows it, or None where that is not sure."""
    if (plain := _PLAIN.fullmatch(argument)) is not None:
        kind = plain.lastgroup or "name"
        if kind == "constant":
            return "NULL" if plain[0].lower() == "null" else plain[0].lower()
        return plain[kind]
    if (call := _CALL.match(argument)) is not None:
        inner = inside(argument, call[1])
        shown = [_shown(one) for one in inner or ()]
        if inner is not None and None not in shown:
            return f"{call[1].lower()}({', '.join(one for one in shown if one is not None)})"
    return None

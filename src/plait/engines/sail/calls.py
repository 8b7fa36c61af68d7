"""Names of functions in lower case: Sail names a column after a call as it is written."""

from __future__ import annotations

import re
from functools import cache

from plait.lang.sqltext import code_of

# A word with a capital before a bracket; not after a dot, and not a name given by AS.
_CALL = re.compile(r"(?<![\w.])(?<!\bas\s)(?=\w*[A-Z])([A-Za-z_]\w*)(?=\s*\()", re.ASCII)


def lower_calls(sql: str) -> str:
    """`sql` with the functions that Spark has written in lower case, as Spark names a column."""
    if not _CALL.search(sql):
        return sql
    known = _functions()
    found = [m for m in _CALL.finditer(code_of(sql, "_")) if m[1].lower() in known]
    for one in reversed(found):
        sql = f"{sql[: one.start(1)]}{one[1].lower()}{sql[one.end(1) :]}"
    return sql


@cache
def _functions() -> frozenset[str]:
    import pyspark.sql.functions as functions

    return frozenset(name for name in functions.__all__ if name.islower())

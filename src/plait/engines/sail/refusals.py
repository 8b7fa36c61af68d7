"""Whether an error of Sail's analysis is a limit of Sail, or a mistake in the query.

A misspelt name is wrong on every engine and no reason to start Spark. What Sail's grammar,
its types or its scopes of names do not have is a reason.
"""

from __future__ import annotations

import re

from plait.errors import AnalysisError, CapabilityError, PlaitError
from plait.plan.sql_references import readable

_TYPES = re.compile(
    r"coerce|signature|not (?:yet )?(?:implemented|support)|unsupported|expects? |expected ",
    re.IGNORECASE,
)


def is_limit_of_sail(error: PlaitError, sql: str) -> bool:
    """Whether Sail refuses `sql` with `error` for a limit of its own; Spark may accept it then."""
    if error.engine != "sail":
        return False
    if isinstance(error, CapabilityError):
        return True
    if not isinstance(error, AnalysisError):
        return False
    kind, _, name = error.message.rpartition(" ")
    match kind:
        case "there is no column":
            # A name that was given earlier in the same select list.
            again = rf"\bas\s+{name}\b|[\d)'\"\]]\s+{name}\s*(?:,|\bfrom\b)"
            return _given(name, again, sql)
        case "there is no table":
            # For Sail, names in WITH that differ in upper and lower case are different.
            return _given(name, rf"\b{name}\s+as\s*\(", sql)
        case "there is no function":
            return False
    if error.message.startswith("the SQL is not understood"):
        return readable(sql)
    return _TYPES.search(error.message) is not None


def _given(name: str, pattern: str, sql: str) -> bool:
    return re.fullmatch(r"\w+", name) is not None and (
        re.search(pattern, sql, re.IGNORECASE) is not None
    )

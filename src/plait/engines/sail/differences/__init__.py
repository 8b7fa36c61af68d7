"""What Sail does not do, or does otherwise than Spark, as data.

A test runs each row's example on both engines, so that a row that is no longer true fails
there. Nothing here imports an engine: a script is checked against it before anything starts.

Policy `route`: `lacking` and `lacking_format` find it, `auto` then takes Spark, and a run on
Sail is refused. `rewrite`: `plait.engines.sail.rewrites` changes the request. `warn`: only the
data or the types of columns show it; `warned_about` finds what might matter to a query.
"""

from __future__ import annotations

from plait.engines.sail.differences.files import FILES, UNREAD
from plait.engines.sail.differences.functions import FUNCTIONS, MISSING
from plait.engines.sail.differences.model import Difference, Policy, Severity, read
from plait.engines.sail.differences.rewritten import REFUSED, REWRITTEN
from plait.engines.sail.differences.syntax import SYNTAX
from plait.engines.sail.differences.warned import WARNED

__all__ = [
    "DIFFERENCES",
    "LACKING_FORMATS",
    "MISSING",
    "UNREAD",
    "Difference",
    "Policy",
    "Severity",
    "lacking",
    "lacking_format",
    "warned_about",
]

# Formats that Spark reads or writes and Sail does not.
LACKING_FORMATS = {
    name: Difference(f"format-{name}", f"the format {name}", "refused", "route", "")
    for name in ("libsvm", "orc", "xml", "image")
}
DIFFERENCES: tuple[Difference, ...] = (
    *SYNTAX,
    *FUNCTIONS,
    *REFUSED,
    *FILES,
    *LACKING_FORMATS.values(),
    *REWRITTEN,
    *WARNED,
)


def lacking(sql: str) -> list[Difference]:
    """What `sql` uses that needs Spark; nothing when Sail answers it as Spark does."""
    return _found(sql, "route")


def warned_about(sql: str) -> list[Difference]:
    """What Sail might answer otherwise, depending on the data of the tables in `sql`."""
    return _found(sql, "warn")


def lacking_format(fmt: str) -> list[Difference]:
    """The row of a format that Sail lacks, or nothing."""
    found = LACKING_FORMATS.get(fmt.lower())
    return [] if found is None else [found]


def _found(sql: str, policy: Policy) -> list[Difference]:
    text = read(sql)
    return [
        row
        for row in DIFFERENCES
        if row.policy == policy and row.detect is not None and row.detect(text)
    ]

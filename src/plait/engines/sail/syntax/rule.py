"""What every rewriting of a clause gets, and what it may say."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from plait.engines.sail.syntax.clauses import Edit, Query, Select
from plait.errors import CapabilityError

# The columns of a query's result, in order; None where the engine does not understand it.
Ask = Callable[[str], tuple[str, ...] | None]
# The edits that a select needs; none where the rule is not about it.
Rule = Callable[[Query, Select, Ask], Sequence[Edit]]


def cannot(what: str, why: str) -> CapabilityError:
    """Why a clause cannot be written otherwise here."""
    return CapabilityError(
        f"Sail does not know {what}, and plait cannot write it otherwise here: {why}",
        engine="sail",
        hint="write it without, or run it on Spark: --engine spark",
    )


def queried(select: Select, text: str) -> str:
    """A query in which the names of `select`'s WITH hold."""
    return f"{select.defined} {text}" if select.defined else text

"""One row of the table of functions that are written otherwise for Sail."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from plait.lang.sqltext import code_of

# Arguments and what follows the call (FILTER, OVER) as SQL → the call as Sail is given it, or
# None where it cannot be written. `KEPT` leaves the call as it is: Sail's answer is Spark's.
Make = Callable[[tuple[str, ...], str], str | None]
KEPT = ""
_RANDOM = re.compile(
    r"\b(?:rand|randn|random|uuid|shuffle|randstr|uniform|monotonically_increasing_id"
    r"|spark_partition_id)\s*\(",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class CallRewrite:
    """How the calls of a function are written for Sail.

    names: what it is called. make: the rewriting of one call.
    aggregate: whether FILTER and OVER after the call belong to it.
    shown: the name of its column in Spark by the number of arguments, where it is not the call.
    """

    names: tuple[str, ...]
    make: Make
    aggregate: bool = False
    shown: Mapping[int, str] = field(default_factory=dict)


def template(text: str, *counts: int) -> Make:
    """A rewriting by a text in which `{0}` stands for the first argument, and so on.

    counts: the numbers of arguments that it is for; a call with another is left as it is.
    An argument that stands in it more than once may not be random.
    """
    repeated = [n for n in range(max(counts)) if text.count(f"{{{n}}}") > 1]

    def make(arguments: tuple[str, ...], _: str) -> str | None:
        if len(arguments) not in counts:
            return KEPT
        if any(is_random(arguments[n]) for n in repeated):
            return None
        return text.format(*arguments)

    return make


def is_random(*arguments: str) -> bool:
    """Whether an expression gives another value each time it is evaluated."""
    return any(_RANDOM.search(code_of(one, "_")) is not None for one in arguments)

"""Which way a table takes to the other engine: a decision, without doing anything."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Way = Literal["client", "direct", "lake"]


@dataclass(frozen=True, slots=True)
class Choice:
    """The way taken and the reason, in words for the reader."""

    method: Way
    why: str


def choose(
    *, asked: str, in_lake: bool, fits_client: bool, limit: int, unreachable: str | None
) -> Choice:
    """The way of one table.

    asked: what the statement or the settings say: 'auto', 'client', 'direct' or 'lake'.
    in_lake: the table already lies in the lake as Parquet. fits_client: whether its size is
    within `limit` bytes. unreachable: why executors cannot reach Ray's nodes, None if they can.
    """
    size = f"{limit / 2**20:g} MiB"
    match asked:
        case "client" | "direct":
            return Choice("client" if asked == "client" else "direct", "asked for")
        case "lake":
            return Choice("lake", "asked for")
        case _ if in_lake:
            return Choice("lake", "it was computed once and lies there already")
        case _ if fits_client:
            return Choice("client", f"at most {size}")
        case _ if unreachable is None:
            return Choice("direct", f"more than {size}")
        case _:
            return Choice("lake", f"more than {size}, and {unreachable}")

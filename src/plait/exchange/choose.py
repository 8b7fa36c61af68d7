"""Which way a table takes to the other engine: a decision, without doing anything."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Choice:
    """The way taken and the reason, in words for the reader."""

    method: Literal["client", "lake"]
    why: str


def choose(*, asked: str, in_lake: bool, fits_client: bool, limit: int) -> Choice:
    """The way of one table.

    asked: what the plan says: 'auto', 'client' or 'lake'. in_lake: the table already lies
    in the lake as Parquet. fits_client: whether its measured size is within `limit` bytes.
    """
    size = f"{limit / 2**20:g} MiB"
    if in_lake:
        return Choice("lake", "it was computed once and lies there already")
    if asked == "lake":
        return Choice("lake", "predictions never pass the client")
    if fits_client:
        return Choice("client", f"at most {size}")
    return Choice("lake", f"more than {size}")

"""The only place that decides by which method a table goes to the other engine.

Nothing is carried here. What a decision needs to know and takes time to find out is asked of a
`Candidate`, and only when it matters.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, Protocol

from plait.plan.steps import Apply, Exchange
from plait.settings import ExchangeMethod, ExchangeSettings, parse_size

if TYPE_CHECKING:
    from plait.exchange.ray_table import RayTable

Method = Literal["client", "direct", "lake"]
# Rows take more room than the files they come from: text is typed, Parquet is unpacked.
_UNPACKED = 2


@dataclass(frozen=True, slots=True)
class Choice:
    """The method, and the reason in words for the reader."""

    method: Method
    why: str


class Candidate(Protocol):
    """A table of the data engine that is to go to Ray."""

    @property
    def in_lake(self) -> bool:
        """Whether it lies in the lake as Parquet already."""
        ...

    def fits(self, limit_bytes: int, *, exactly: bool) -> bool:
        """Whether it takes at most so many bytes.

        exactly: its own size decides; otherwise an engine's estimate may say no.
        """
        ...

    def obstacle(self) -> str | None:
        """Why executors cannot send to Ray's nodes, in words; None when they can."""
        ...


def asked_method(step: Exchange | Apply, settings: ExchangeSettings) -> ExchangeMethod:
    """What the statement asks for, or else the settings; 'auto' leaves the choice to `choose`."""
    asked = step.method if isinstance(step, Exchange) else step.exchange
    return asked if asked != "auto" else settings.method


def client_limit_bytes(settings: ExchangeSettings) -> int:
    """Bytes up to which a table counts as small, and goes through the client."""
    return parse_size(settings.client_limit)


def choose(asked: ExchangeMethod, table: Candidate, limit_bytes: int) -> Choice:
    """How a table goes to Ray. limit_bytes: up to which it goes through the client."""
    size = f"{limit_bytes / 2**20:g} MiB"
    if asked != "auto":
        return Choice(asked, "asked for")
    if table.in_lake:
        return Choice("lake", "it was computed once and lies there already")
    if table.fits(limit_bytes, exactly=False):
        return Choice("client", f"at most {size}")
    obstacle = table.obstacle()
    if obstacle is None:
        return Choice("direct", f"more than {size}")
    if table.fits(limit_bytes, exactly=True):  # only an estimate spoke against it
        return Choice("client", f"at most {size}")
    return Choice("lake", f"more than {size}, and {obstacle}")


def choose_back(
    asked: ExchangeMethod, table: RayTable, limit_bytes: int, obstacle: str | None
) -> Choice:
    """How a table of Ray comes to the data engine. obstacle: as of a `Candidate`."""
    if table.files:
        return Choice("lake", "tasks wrote Parquet, the engine reads it")
    if asked == "lake":
        return Choice("lake", "asked for")
    if asked == "client" or (asked == "auto" and table.bytes <= limit_bytes):
        return Choice("client", "small enough")
    if asked == "auto" and obstacle is not None:
        return Choice("lake", f"large, and {obstacle}")
    return Choice("direct", "executors fetch it from Ray's nodes")


def choose_local(asked: ExchangeMethod, size_bytes: int, limit_bytes: int) -> Choice:
    """How rows of this process, which takes `size_bytes` for them, come to the data engine."""
    if asked == "lake":
        return Choice("lake", "asked for")
    if asked == "client" or size_bytes <= limit_bytes:
        return Choice("client", "small enough")
    return Choice("lake", f"more than {limit_bytes / 2**20:g} MiB")


def choose_output(asked: ExchangeMethod, table: RayTable, limit_bytes: int) -> Method:
    """How what tasks make of a table leaves them: as was asked, or as their table came."""
    if asked != "auto":
        return asked
    if table.files:
        return "lake"
    return "client" if table.bytes <= limit_bytes else "direct"


def expected_small(asked: ExchangeMethod, files_bytes: int, limit_bytes: int) -> bool:
    """Whether a table will go through the client, by the size of the files it is made of."""
    return asked == "auto" and files_bytes * _UNPACKED <= limit_bytes


def may_go_direct(step: Exchange, settings: ExchangeSettings, *, in_lake: bool) -> bool:
    """Whether a table may be sent by executors, before its size is known."""
    asked = asked_method(step, settings)
    return asked == "direct" or (asked == "auto" and not step.small and not in_lake)

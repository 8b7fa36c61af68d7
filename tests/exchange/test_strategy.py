"""The way a table takes follows from what was asked, where it lies and how large it is."""

from __future__ import annotations

import pytest

from plait.exchange.strategy import choose


@pytest.mark.parametrize(
    ("asked", "in_lake", "fits", "unreachable", "method"),
    [
        ("auto", False, True, None, "client"),
        ("auto", False, False, None, "direct"),
        ("auto", False, False, "a wall stands there", "lake"),
        ("auto", True, True, None, "lake"),
        ("lake", False, True, None, "lake"),
        ("direct", True, True, None, "direct"),
        ("client", True, False, None, "client"),
    ],
)
def test_choice(
    asked: str, in_lake: bool, fits: bool, unreachable: str | None, method: str
) -> None:
    choice = choose(
        asked=asked, in_lake=in_lake, fits_client=fits, limit=2**26, unreachable=unreachable
    )
    assert choice.method == method
    assert unreachable is None or unreachable in choice.why

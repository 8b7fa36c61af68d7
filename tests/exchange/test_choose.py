"""The way a table takes follows from what was asked, where it lies and how large it is."""

from __future__ import annotations

import pytest

from plait.exchange.choose import choose


@pytest.mark.parametrize(
    ("asked", "in_lake", "fits", "method"),
    [
        ("auto", False, True, "client"),
        ("auto", False, False, "lake"),
        ("auto", True, True, "lake"),
        ("lake", False, True, "lake"),
        ("lake", True, False, "lake"),
    ],
)
def test_choice(asked: str, in_lake: bool, fits: bool, method: str) -> None:
    choice = choose(asked=asked, in_lake=in_lake, fits_client=fits, limit=2**26)
    assert choice.method == method
    assert choice.why

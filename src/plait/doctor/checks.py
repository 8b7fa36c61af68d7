"""What is checked on executors and on Ray's nodes alike."""

from __future__ import annotations

from collections.abc import Iterable

from plait.errors import SetupError

OLDEST_PYARROW = 18


def clock_skew(before: float, other: float, after: float) -> float:
    """By how many seconds a clock is certainly wrong.

    before, after: seconds, when the question was sent and the answer came by this machine's
    clock. other: seconds, the answer of the other clock. 0 when it is between the two.
    """
    return min(0.0, other - before) + max(0.0, other - after)


def refuse_old_pyarrow(versions: Iterable[tuple[str, str | None]]) -> None:
    """Raise SetupError where pyarrow is missing or too old. versions: (who has it, version)."""
    wrong = sorted({
        f"{who}: {version or 'none'}"
        for who, version in versions
        if version is None or int(version.partition(".")[0]) < OLDEST_PYARROW
    })  # fmt: skip
    if wrong:
        raise SetupError(
            f"pyarrow is missing or older than {OLDEST_PYARROW}: {', '.join(wrong)}",
            hint=f"install pyarrow>={OLDEST_PYARROW} there",
        )

"""What a step leaves behind."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class StepResult:
    """rows and bytes where they are known; summary: one phrase for the screen.

    waited_seconds: how long the step waited for what other steps use too (Ray, an environment),
    which is not its own time.
    """

    rows: int | None = None
    bytes: int | None = None
    summary: str = ""
    waited_seconds: float = 0.0

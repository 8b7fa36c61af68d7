"""What a step leaves behind."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class StepResult:
    """rows and bytes where they are known; summary: one phrase for the screen."""

    rows: int | None = None
    bytes: int | None = None
    summary: str = ""

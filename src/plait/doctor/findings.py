"""What the doctor finds: one line for each part that it tries."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from plait.errors import PlaitError

Part = Literal["package", "engine", "storage", "machine", "cluster"]
State = Literal["ok", "missing", "failed", "warning", "info"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the examination.

    state: 'missing' is something that could be installed but need not be. hint: the command
    that installs it, or what to do. seconds: how long it took to start.
    """

    part: Part
    name: str
    state: State
    text: str
    hint: str | None = None
    seconds: float | None = None


def tried(part: Part, name: str, attempt: Callable[[], str]) -> Finding:
    """The finding of one attempt, which returns a sentence or raises. Raises nothing itself."""
    began = time.monotonic()
    try:
        text = attempt()
    except PlaitError as error:
        return failed(part, name, error)
    except Exception as error:
        text = f"{type(error).__name__}: {error}"
        return Finding(part, name, "failed", text, "see above; reinstall plait if in doubt")
    return Finding(part, name, "ok", text, seconds=round(time.monotonic() - began, 2))


def failed(part: Part, name: str, error: PlaitError) -> Finding:
    """The finding that an error makes."""
    cause = f"\n{error.cause}" if error.cause else ""
    return Finding(part, name, "failed", error.message + cause, error.hint)

"""Where an estimator tells what happens; the runtime makes events of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Callbacks:
    """What happens while a step trains or predicts; called from any thread.

    on_log(source, text, stream): a line that a task printed or logged, and its metrics;
    source is the task's name (`group 0`), stream 'stdout' or 'stderr'.
    on_progress(message, done, total, unit): how far the step is.
    """

    on_log: Callable[[str, str, str], None]
    on_progress: Callable[[str, float | None, float | None, str], None]

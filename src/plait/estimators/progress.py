"""How far a training is, over all of its groups."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field

from plait.estimators.base import Callbacks
from plait.worker.messages import TaskMessage


@dataclass(slots=True)
class GroupProgress:
    """Hands on what groups say, with the share of the whole training that is done.

    groups: how many there are. A group that has not said how far it is counts once it has ended.
    Safe for several threads.
    """

    callbacks: Callbacks
    groups: int
    _done: dict[str, float] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def begin(self) -> None:
        """Show that nothing is done."""
        self.callbacks.on_progress("training", 0, self.groups, "groups")

    def ended(self, group: str) -> None:
        """A group has ended, well or not."""
        self._show(group, 1.0, group)

    def take(self, group: str, message: TaskMessage) -> None:
        """Show what a group sent by `log`, `log_metric`, `progress` and `save_model`."""
        on_log = self.callbacks.on_log
        match message["kind"]:
            case "log":
                on_log(group, message["text"], "stdout")
            case "metric":
                on_log(group, f"{message['name']} = {message['value']:g}", "stdout")
            case "progress":
                text = f"{group}: {message['text']}" if message["text"] else group
                self._show(group, message["fraction"], text)
            case "model":
                on_log(group, "model saved", "stdout")
            case "rows":
                pass  # of a prediction

    def _show(self, group: str, fraction: float, text: str) -> None:
        with self._lock:
            self._done[group] = fraction
            done = round(sum(self._done.values()), 2)
        self.callbacks.on_progress(text, done, self.groups, "groups", group, fraction)

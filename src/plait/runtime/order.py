"""Effects in the order of the script, although steps run side by side.

What a step leaves for others to see (files, a model version, a printed answer) appears only when
every step before it has ended well. So a script that fails leaves what its statements before the
failure make, and nothing of those behind it.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable

from plait.errors import CancelledError

_LOOK_SECONDS = 0.2


class Order:
    """Which steps have not ended yet, and which have failed. Safe for several threads.

    ids: of the steps, in the order of the plan. cancel: set when the run is stopped.
    """

    def __init__(self, ids: Iterable[int], cancel: threading.Event) -> None:
        self.position = {number: place for place, number in enumerate(ids)}
        self._open = set(self.position.values())
        self._called_off: set[int] = set()
        self._first = 0  # the first that is still to end
        self._failed = len(self.position)
        self._waiting = 0
        self._changed = threading.Condition()
        self._cancel = cancel

    @property
    def waiting(self) -> int:
        """How many steps wait for their turn, and do nothing else."""
        return self._waiting

    def wait(self, step: int) -> None:
        """Wait until every step before `step` has ended well.

        Raises CancelledError when one of them has failed or the run is stopped.
        """
        place = self.position[step]
        with self._changed:
            self._waiting += 1
            try:
                while self._stays(place) and self._first < place:
                    self._changed.wait(_LOOK_SECONDS)
            finally:
                self._waiting -= 1
            if not self._stays(place):
                raise CancelledError("stopped: a statement before it has failed")

    def is_next(self, step: int) -> bool:
        """Whether every step before `step` has ended well."""
        with self._changed:
            return self.position[step] == self._first

    def any_ended(self, steps: Iterable[int]) -> bool:
        """Whether one of these steps has ended well."""
        with self._changed:
            return any(self.position[step] not in self._open for step in steps)

    def ended(self, step: int) -> None:
        """A step has ended well."""
        with self._changed:
            self._open.discard(self.position[step])
            self._move_on()

    def called_off(self, step: int) -> None:
        """A step is not done, because of a failure; nobody waits for it, and nobody sees it."""
        with self._changed:
            self._called_off.add(self.position[step])
            self._move_on()

    def failed(self, step: int) -> bool:
        """A step has failed; whether it is the first of the script so far."""
        with self._changed:
            first = self.position[step] < self._failed
            self._failed = min(self._failed, self.position[step])
            self._changed.notify_all()
        return first

    def before_failure(self, step: int) -> bool:
        """Whether a step stands before all that have failed."""
        return self.position[step] < self._failed

    def _move_on(self) -> None:
        count = len(self.position)
        while self._first < count and (
            self._first not in self._open or self._first in self._called_off
        ):
            self._first += 1
        self._changed.notify_all()

    def _stays(self, place: int) -> bool:
        return place < self._failed and not self._cancel.is_set()

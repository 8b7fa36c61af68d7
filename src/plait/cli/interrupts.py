"""Ctrl-C, SIGTERM and a closed terminal raise `KeyboardInterrupt`; the second one ends at once."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import threading
import time
from collections.abc import Iterator
from types import FrameType

_CODE = 130
# `timeout` and process managers signal the process and its group: that is one interrupt.
_SAME_SECONDS = 0.2
_SHOW_CURSOR = b"\x1b[?25h"


class Interrupts:
    """While entered, the first signal raises KeyboardInterrupt, the next ends the process.

    The engines' server processes notice that this process is gone and end themselves.
    """

    def __init__(self) -> None:
        self._first: float | None = None
        self._deferred = False
        self._repeated = False
        self.asked_to_end = False
        self._before: dict[int, object] = {}

    def __enter__(self) -> Interrupts:
        if threading.current_thread() is threading.main_thread():
            for name in ("SIGINT", "SIGTERM", "SIGHUP"):
                number = getattr(signal, name, None)
                # A signal that was ignored from the start (nohup, a background job) stays ignored.
                if number is not None and signal.getsignal(number) != signal.SIG_IGN:
                    self._before[number] = signal.signal(number, self._on_signal)
        return self

    def __exit__(self, *_: object) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)  # type: ignore[arg-type]

    @contextlib.contextmanager
    def deferred(self) -> Iterator[None]:
        """No KeyboardInterrupt is raised inside, so that what is being closed is closed fully."""
        self._deferred = True
        try:
            yield
        finally:
            self._deferred = False

    @contextlib.contextmanager
    def repeated(self) -> Iterator[None]:
        """Each Ctrl-C raises KeyboardInterrupt inside; `asked_to_end` says whether another
        signal came.
        """
        self._repeated = True
        try:
            yield
        finally:
            self._repeated = False

    def _on_signal(self, number: int, _frame: FrameType | None) -> None:
        if self._repeated and number == signal.SIGINT:
            raise KeyboardInterrupt
        self.asked_to_end = number != signal.SIGINT
        now = time.monotonic()
        if self._first is None:
            self._first = now
            if not self._deferred:
                raise KeyboardInterrupt
        elif now - self._first > _SAME_SECONDS:
            if sys.stdout is not None and sys.stdout.isatty():
                os.write(1, _SHOW_CURSOR)
            os._exit(_CODE)

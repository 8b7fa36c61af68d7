"""Work in a thread of its own, while this one draws what happens and takes Ctrl-C."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable
from typing import TypeVar

from plait.events import Envelope, OnEvent

Result = TypeVar("Result")
_POLL_SECONDS = 0.25


def followed(
    work: Callable[[OnEvent, threading.Event], Result],
    on_event: OnEvent,
    on_interrupt: Callable[[], None],
    on_wait: Callable[[], None] = lambda: None,
) -> Result:
    """Do work to its end; its result.

    work: is given what takes its events, and what is set to cancel it. on_event: is called in
    this thread with each event. on_interrupt: is called after a KeyboardInterrupt here, which
    cancels the work and is not raised. on_wait: is called here while no event comes, some times a
    second. Raises what work raises.
    """
    events: queue.SimpleQueue[Envelope | None] = queue.SimpleQueue()
    cancel = threading.Event()
    outcome: list[Result | BaseException] = []

    def in_thread() -> None:
        try:
            outcome.append(work(events.put, cancel))
        except BaseException as error:
            outcome.append(error)
        finally:
            events.put(None)

    thread = threading.Thread(target=in_thread, name="plait-run", daemon=True)
    thread.start()
    while True:
        try:
            envelope = events.get(timeout=_POLL_SECONDS)
            if envelope is None:
                break
            on_event(envelope)
        except queue.Empty:
            on_wait()
        except KeyboardInterrupt:
            if not cancel.is_set():
                cancel.set()
                on_interrupt()
    thread.join()
    end = outcome[0]
    if isinstance(end, BaseException):
        raise end
    return end

"""What the tasks of a cluster print: lines with the task they belong to, and messages.

Ray's driver receives the output of every worker of its job and hands it to its listeners; one
of them prints, and is silenced, and this is another. What a worker prints between the marks
that `plait.worker.channel` sets belongs to the task of that mark. Other workers run tasks that
the user's code started; their lines go to the task that started them.
"""

from __future__ import annotations

import contextlib
import json
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from plait.compute import ray_internals, task_states
from plait.worker.channel import PREFIX
from plait.worker.script.source import shortened

OnLog = Callable[[str, str, str], None]
OnMessage = Callable[[str, dict[str, Any]], None]
Stream = tuple[str, str, bool]

_NAME = "plait"
_NOT_WORKERS = ("autoscaler", "raylet", "gcs_server", "")
_KEPT_LINES = 30
_LONGEST_LINE = 10_000
_REMEMBERED = 5.0
_SILENCE = 0.8
_LONGEST_TAIL = 2.0


@dataclass(slots=True, eq=False)
class TaskOutput:
    """The output of one task: who wants it, and what it has told so far.

    ended: the streams that have come to their end mark. children: whether it started Ray
    tasks of its own, whose output comes when it comes. exit_code: of an announced
    `os._exit`. memory: the text of the memory limit that ended it. lost: whether its
    process is gone, so that no end mark will come. tail: its last lines
    on stderr, for a process that dies without a word.
    """

    token: str
    source: str
    on_log: OnLog
    on_message: OnMessage
    task_id: str = ""
    ended: set[bool] = field(default_factory=set)
    children: bool = False
    exit_code: int | None = None
    memory: str | None = None
    lost: bool = False
    tail: deque[str] = field(default_factory=lambda: deque(maxlen=_KEPT_LINES))
    last: float = field(default_factory=time.monotonic)

    @property
    def complete(self) -> bool:
        """Whether all that the task printed has arrived."""
        return len(self.ended) == 2

    def settled(self, since: float) -> bool:
        """Whether nothing more is to be expected of a task that ended at `since`."""
        now = time.monotonic()
        silent = now - max(self.last, since)
        if not self.complete:
            return now - since > _LONGEST_TAIL or (self.lost and silent > _SILENCE)
        return not self.children or silent > _SILENCE or now - since > _LONGEST_TAIL

    def line(self, text: str, is_err: bool) -> None:
        """Hand on one line."""
        self.last = time.monotonic()
        if is_err:
            self.tail.append(text)
        self.on_log(self.source, text, "stderr" if is_err else "stdout")

    def message(self, message: dict[str, Any]) -> None:
        """Hand on one message, or keep it when it is about the process itself."""
        self.last = time.monotonic()
        match message:
            case {"kind": "exit", "code": int(code)}:
                self.exit_code = code
            case {"kind": "children"}:
                self.children = True
            case {"kind": "memory", "text": str(text)}:
                self.memory = text
            case _:
                self.on_message(self.source, message)


class LogRouter:
    """Sorts the lines of all workers into the feeds that are open."""

    def __init__(self) -> None:
        self.changed = threading.Condition()
        self._name = f"{_NAME} {id(self)}"
        self._feeds: dict[str, TaskOutput] = {}
        self._streams: dict[Stream, TaskOutput] = {}
        self._owners: dict[str, tuple[float, TaskOutput | None]] = {}

    def attach(self) -> None:
        """Listen to the workers of this process' Ray job, instead of Ray's own printing."""
        ray_internals.print_worker_output(False)
        ray_internals.add_output_listener(self._name, self._receive)

    def detach(self) -> None:
        """Stop listening; Ray prints again when no other session of this process listens."""
        left = ray_internals.remove_output_listener(self._name)
        ray_internals.print_worker_output(not any(name.startswith(_NAME) for name in left))

    def open(self, feed: TaskOutput) -> None:
        """Begin to collect for `feed`, under its token."""
        with self.changed:
            self._feeds[feed.token] = feed

    def close(self, feed: TaskOutput) -> None:
        """Forget `feed`: what comes later for it is dropped."""
        with self.changed:
            self._feeds.pop(feed.token, None)
            self._streams = {k: f for k, f in self._streams.items() if f is not feed}
            self._owners.clear()

    def _receive(self, batch: Mapping[str, Any]) -> None:
        """One batch of lines of one stream; called in Ray's own thread, so never raises."""
        pid = str(batch.get("pid", ""))
        if pid in _NOT_WORKERS:
            return
        stream: Stream = (str(batch.get("ip", "")), pid, bool(batch.get("is_err")))
        task = str(batch.get("task_name") or batch.get("actor_name") or "")
        for line in batch.get("lines", ()):
            with contextlib.suppress(Exception):
                self._line(stream, task, str(line))
        with self.changed:
            self.changed.notify_all()

    def _line(self, stream: Stream, task: str, line: str) -> None:
        text, mark, message = line.partition(PREFIX)
        if text.strip() or not mark:
            self._text(stream, task, text.rstrip("\r\n"))
        if mark:
            self._message(stream, json.loads(message))

    def _message(self, stream: Stream, message: dict[str, Any]) -> None:
        match message:
            case {"kind": "begin", "token": token}:
                with self.changed:
                    feed = self._feeds.get(token)
                    if feed is not None:
                        feed.ended.discard(stream[2])
                        self._streams[stream] = feed
            case {"kind": "end", "token": token}:
                with self.changed:
                    feed = self._feeds.get(token)
                    self._streams.pop(stream, None)
                    if feed is not None:
                        feed.ended.add(stream[2])
            case _:
                feed = self._streams.get(stream)
                if feed is not None:
                    feed.message(message)

    def _text(self, stream: Stream, task: str, text: str) -> None:
        text = shortened(text, _LONGEST_LINE)
        feed = self._streams.get(stream)
        if feed is not None:
            feed.line(text, stream[2])
        elif task:
            self._nested(stream, task, text)

    def _nested(self, stream: Stream, task: str, text: str) -> None:
        """A line of a task that the user's code started: to its starter, if that is known."""
        kind = "stderr" if stream[2] else "stdout"
        feeds = list(self._feeds.values())
        if not feeds:
            return
        owner = feeds[0] if len(feeds) == 1 else self._owner(stream[1], feeds)
        if owner is not None:
            owner.last = time.monotonic()
            owner.on_log(owner.source, text, kind)
        else:
            feeds[-1].on_log(task, text, kind)

    def _owner(self, pid: str, feeds: list[TaskOutput]) -> TaskOutput | None:
        """The feed whose task started what the worker `pid` runs, looked up now and then."""
        known = self._owners.get(pid)
        now = time.monotonic()
        if known is not None and now - known[0] < (_REMEMBERED if known[1] else 1.0):
            return known[1]
        by_task = {feed.task_id: feed for feed in feeds if feed.task_id}
        found = next((by_task[t] for t in task_states.line_of(pid) if t in by_task), None)
        self._owners[pid] = (now, found)
        return found

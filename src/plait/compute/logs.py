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
from collections.abc import Callable
from dataclasses import dataclass, field

from plait.compute import ray_internals, task_states
from plait.worker.channel import PREFIX
from plait.worker.messages import Message, ProcessMessage, TaskMessage
from plait.worker.script.source import shortened

OnLog = Callable[[str, str, str], None]
OnMessage = Callable[[str, TaskMessage], None]

_NAME = "plait"
_NOT_WORKERS = ("autoscaler", "raylet", "gcs_server", "")
_KEPT_LINES = 30
_LONGEST_LINE = 10_000
_REMEMBERED_SECONDS = 5.0
_UNKNOWN_SECONDS = 1.0
_SILENCE_SECONDS = 0.8
_LONGEST_TAIL_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class Stream:
    """One of the two output streams of a worker process."""

    address: str
    pid: str
    is_err: bool


@dataclass(slots=True, eq=False)
class TaskOutput:
    """The output of one task: who receives it, and what has come so far.

    ended: the streams (whether stderr) that have come to their end mark. children: whether
    it started Ray tasks of its own, whose output may come later. exit_code: of an announced
    `os._exit`. memory: the text of the memory limit that ended it. lost: whether its
    process ended without an answer, so that no end mark will come. tail: its last lines
    on stderr, for a process that dies without a message. last: when something came last, by
    the monotonic clock.
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

    def settled(self, ended_at_seconds: float) -> bool:
        """Whether nothing more is to be expected of a task that ended then (monotonic clock)."""
        now = time.monotonic()
        silent = now - max(self.last, ended_at_seconds) > _SILENCE_SECONDS
        late = now - ended_at_seconds > _LONGEST_TAIL_SECONDS
        if not self.complete:
            return late or (self.lost and silent)
        return not self.children or silent or late

    def line(self, text: str, is_err: bool) -> None:
        """Hand on one line."""
        self.last = time.monotonic()
        if is_err:
            self.tail.append(text)
        self.on_log(self.source, text, "stderr" if is_err else "stdout")

    def message(self, message: TaskMessage | ProcessMessage) -> None:
        """Hand on one message, or keep it when it is about the process itself."""
        self.last = time.monotonic()
        match message["kind"]:
            case "exit":
                self.exit_code = message["code"]
            case "children":
                self.children = True
            case "memory":
                self.memory = message["text"]
            case _:
                self.on_message(self.source, message)


@dataclass(frozen=True, slots=True)
class _Starter:
    """The output of the task that started what a worker runs (None: unknown), and since when."""

    output: TaskOutput | None
    found_at: float

    @property
    def is_fresh(self) -> bool:
        age = time.monotonic() - self.found_at
        return age < (_REMEMBERED_SECONDS if self.output is not None else _UNKNOWN_SECONDS)


class LogRouter:
    """Sorts the lines of all workers into the outputs of the tasks that run."""

    def __init__(self) -> None:
        self.changed = threading.Condition()
        self._name = f"{_NAME} {id(self)}"
        self._outputs: dict[str, TaskOutput] = {}
        self._streams: dict[Stream, TaskOutput] = {}
        self._starters: dict[str, _Starter] = {}

    def attach(self) -> None:
        """Listen to the workers of this process' Ray job, instead of Ray's own printing."""
        ray_internals.print_worker_output(False)
        ray_internals.add_output_listener(self._name, self._receive)

    def detach(self) -> None:
        """Stop listening; Ray prints again when no other session of this process listens."""
        left = ray_internals.remove_output_listener(self._name)
        ray_internals.print_worker_output(not any(name.startswith(_NAME) for name in left))

    def open(self, output: TaskOutput) -> None:
        """Begin to collect the output of a task, under its token."""
        with self.changed:
            self._outputs[output.token] = output

    def close(self, output: TaskOutput) -> None:
        """Forget the output of a task: what comes later for it is dropped."""
        with self.changed:
            self._outputs.pop(output.token, None)
            self._streams = {k: o for k, o in self._streams.items() if o is not output}
            self._starters.clear()

    def _receive(self, batch: ray_internals.OutputBatch) -> None:
        """One batch of lines of one stream; called in Ray's own thread, so never raises."""
        pid = str(batch.get("pid", ""))
        if pid in _NOT_WORKERS:
            return
        stream = Stream(str(batch.get("ip", "")), pid, bool(batch.get("is_err")))
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

    def _message(self, stream: Stream, message: Message) -> None:
        match message["kind"]:
            case "begin":
                with self.changed:
                    output = self._outputs.get(message["token"])
                    if output is not None:
                        output.ended.discard(stream.is_err)
                        self._streams[stream] = output
            case "end":
                with self.changed:
                    output = self._outputs.get(message["token"])
                    self._streams.pop(stream, None)
                    if output is not None:
                        output.ended.add(stream.is_err)
            case _:
                output = self._streams.get(stream)
                if output is not None:
                    output.message(message)

    def _text(self, stream: Stream, task: str, text: str) -> None:
        text = shortened(text, _LONGEST_LINE)
        output = self._streams.get(stream)
        if output is not None:
            output.line(text, stream.is_err)
        elif task:
            self._nested(stream, task, text)

    def _nested(self, stream: Stream, task: str, text: str) -> None:
        """A line of a task that the user's code started: to its starter, if that is known."""
        kind = "stderr" if stream.is_err else "stdout"
        outputs = list(self._outputs.values())
        if not outputs:
            return
        starter = outputs[0] if len(outputs) == 1 else self._starter(stream.pid, outputs)
        if starter is not None:
            starter.last = time.monotonic()
            starter.on_log(starter.source, text, kind)
        else:
            outputs[-1].on_log(task, text, kind)

    def _starter(self, pid: str, outputs: list[TaskOutput]) -> TaskOutput | None:
        """The output of the task that started what the worker `pid` runs."""
        known = self._starters.get(pid)
        if known is None or not known.is_fresh:
            by_task = {output.task_id: output for output in outputs if output.task_id}
            line = task_states.ancestors_of_process(pid)
            found = next((by_task[task] for task in line if task in by_task), None)
            known = self._starters[pid] = _Starter(found, time.monotonic())
        return known.output

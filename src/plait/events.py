"""What happens in a run. Every screen, log and `--json` line is made of these alone."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from dataclasses import asdict, dataclass, field, fields
from datetime import UTC, datetime
from typing import Any, Literal, get_args


@dataclass(frozen=True, slots=True)
class RunStarted:
    """run: the run's id. steps: one (id, kind, label) for each step of the plan."""

    run: str
    script: str
    engine: str
    steps: tuple[tuple[int, str, str], ...]


@dataclass(frozen=True, slots=True)
class StepStarted:
    """A step begins; `line` is the script's line that it comes from."""

    step: int
    kind: str
    label: str
    line: int
    engine: str


@dataclass(frozen=True, slots=True)
class StepProgress:
    """How far a step is; done/total count `unit` (groups, blocks, packages …).

    part: which of several that run side by side has got on, such as `group 0`; share: how much
    of that part is done, from 0 to 1.
    """

    step: int
    message: str
    done: float | None = None
    total: float | None = None
    unit: str = ""
    part: str = ""
    share: float | None = None


@dataclass(frozen=True, slots=True)
class StepLog:
    """A line that the user's code printed, or a metric it logged."""

    step: int
    source: str
    text: str
    stream: Literal["stdout", "stderr"] = "stdout"


@dataclass(frozen=True, slots=True)
class TableTransferred:
    """A table went to the other engine: by which method, why, and how fast."""

    step: int
    table: str
    method: str
    why: str
    rows: int
    bytes: int
    seconds: float

    @property
    def rate(self) -> float:
        """Megabytes (10^6) a second."""
        return self.bytes / 1e6 / self.seconds if self.seconds > 0 else 0.0


@dataclass(frozen=True, slots=True)
class Notice:
    """Something the reader should know: a choice, a repair, a warning."""

    text: str
    step: int | None = None
    level: Literal["info", "warning"] = "info"


@dataclass(frozen=True, slots=True)
class StepFinished:
    """A step ended well. rows and bytes are None where nobody counted them."""

    step: int
    seconds: float
    rows: int | None = None
    bytes: int | None = None
    summary: str = ""


@dataclass(frozen=True, slots=True)
class TableShown:
    """A table for the reader's eyes: typed header, rows as text, total count if known."""

    step: int
    title: str
    columns: tuple[tuple[str, str], ...]
    rows: tuple[tuple[str | None, ...], ...]
    total: int | None


@dataclass(frozen=True, slots=True)
class ModelPublished:
    """A model version stands."""

    step: int
    path: str
    version: int
    score: float | None
    metric: str | None


@dataclass(frozen=True, slots=True)
class StepFailed:
    """A step failed; `error` is the whole rendered error."""

    step: int
    error: str
    seconds: float


@dataclass(frozen=True, slots=True)
class RunFinished:
    """The run is over. seconds: wall time by step id."""

    run: str
    status: Literal["done", "failed", "cancelled"]
    seconds: float
    steps: tuple[tuple[int, float], ...] = field(default=())


Event = (
    RunStarted
    | StepStarted
    | StepProgress
    | StepLog
    | TableTransferred
    | Notice
    | StepFinished
    | TableShown
    | ModelPublished
    | StepFailed
    | RunFinished
)
Emit = Callable[[Event], None]


def ignore(_: object) -> None:
    """Take an event or an envelope to which nobody listens."""


@dataclass(frozen=True, slots=True)
class Envelope:
    """An event, and where it belongs: it can be stored, sent and replayed.

    run: the run's id. number: 1, 2, 3 … within the run; 0 for what is said about it from
    outside. time: when it happened, in UTC.
    """

    run: str
    number: int
    time: datetime
    event: Event

    @classmethod
    def now(cls, run: str, number: int, event: Event) -> Envelope:
        """An event that happens now."""
        return cls(run, number, datetime.now(UTC), event)


OnEvent = Callable[[Envelope], None]


def numbered(run: str, on_event: OnEvent) -> Emit:
    """What takes the events of a run, from several threads, and hands them on in envelopes.

    on_event: is never called twice at once, and gets the numbers in order.
    """
    lock, count = threading.Lock(), 0

    def emit(event: Event) -> None:
        nonlocal count
        with lock:
            count += 1
            on_event(Envelope.now(run, count, event))

    return emit


def to_json(envelope: Envelope) -> str:
    """One line of JSON: `run`, `number`, `time` (ISO 8601), `event` (its name) and its fields."""
    event = envelope.event
    head = {"run": envelope.run, "number": envelope.number, "time": envelope.time.isoformat()}
    body: dict[str, Any] = {**head, "event": type(event).__name__, **asdict(event)}
    return json.dumps(body, ensure_ascii=False, default=str)


_KINDS: dict[str, type] = {kind.__name__: kind for kind in get_args(Event)}


def from_json(line: str) -> Envelope | None:
    """The envelope that `to_json` wrote; None for a line that is none that is known here.

    Fields that a later plait has added are left out.
    """
    try:
        body = json.loads(line)
        kind = _KINDS[body["event"]]
        known = {spec.name for spec in fields(kind)}
        event: Event = kind(**{k: _frozen(v) for k, v in body.items() if k in known})
        time = datetime.fromisoformat(body["time"])
        return Envelope(str(body["run"]), int(body["number"]), time, event)
    except (ValueError, KeyError, TypeError):
        return None


def _frozen(value: Any) -> Any:
    return tuple(_frozen(each) for each in value) if isinstance(value, list) else value

"""What is asked of Ray and what comes of it: one task's request, and its outcome."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from plait.compute.environment import RuntimeEnvironment
from plait.errors import PlaitError, Span
from plait.plan.training import Resources

RequestT = TypeVar("RequestT")
AnswerT = TypeVar("AnswerT")


@dataclass(frozen=True, slots=True)
class TaskRequest(Generic[RequestT, AnswerT]):
    """One call of `function(payload)` in a worker of its own environment.

    function: importable under its name there (`plait.worker.*`), or self-contained.
    environment: None for the platform's own interpreter. name: shown with its log lines.
    own_process: whether a new process runs it, in which nothing ran before and nothing will
    afterwards; the Ray tasks that it starts have such processes too.
    """

    name: str
    function: Callable[[RequestT], AnswerT]
    payload: RequestT = field(repr=False)  # it may hold keys of the storage
    resources: Resources
    environment: RuntimeEnvironment | None
    span: Span
    own_process: bool = False


@dataclass(frozen=True, slots=True)
class Outcome(Generic[AnswerT]):
    """How a request ended: its value, or its error; seconds since it was handed to Ray."""

    request: TaskRequest[Any, AnswerT]
    value: AnswerT | None
    error: PlaitError | None
    seconds: float

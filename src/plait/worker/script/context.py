"""The parameter group that this worker process is running, and what it left behind."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from plait.worker.messages import ModelDescription
    from plait.worker.script.table import TaskTable

_INTEGER = re.compile(r"[+-]?(0|[1-9][0-9]*)")
_NUMBER = re.compile(r"[+-]?([0-9]+\.[0-9]*|\.[0-9]+|[0-9]+(?=[eE]))([eE][+-]?[0-9]+)?")
_WORDS = {"true": True, "false": False, "null": None}


def typed(text: str) -> Any:
    """An option's text as int, float, bool or None where it looks like one, else as it is.

    `007` stays text: leading zeros mean something to whoever wrote them.
    """
    word = text.strip()
    if word.lower() in _WORDS:
        return _WORDS[word.lower()]
    if _INTEGER.fullmatch(word):
        return int(word)
    if _NUMBER.fullmatch(word):
        return float(word)
    return text


def typed_options(options: Mapping[str, str]) -> dict[str, Any]:
    """Every value of `options` by `typed`."""
    return {key: typed(value) for key, value in options.items()}


@dataclass(slots=True)
class TaskContext:
    """One group while it runs; `metrics` and `saved` are filled by the script.

    model_folder: where `save_model` writes. file_format: how `data_folder` is written.
    lock: the environment's exact packages, for the model's own requirements.txt.
    """

    group: int
    data: TaskTable
    validation: TaskTable | None
    params: dict[str, Any]
    system_params: dict[str, Any]
    model_folder: Path
    file_format: str = "parquet"
    lock: str | None = None
    metrics: dict[str, float] = field(default_factory=dict)
    saved: ModelDescription | None = None
    last_progress: float = 0.0

    @property
    def data_folder(self) -> str:
        """The training table as files in `file_format`."""
        return self.data.folder(self.file_format)


_current: list[TaskContext] = []


def bind(context: TaskContext) -> None:
    """Make `context` the current one; the worker process may have run others before."""
    _current[:] = [context]


def release() -> None:
    """Forget the current context: what runs next in this worker process is another task."""
    _current.clear()


def current(wanted: str) -> TaskContext:
    """The running group's context. Raises RuntimeError, which says what `wanted` needs."""
    if not _current:
        raise RuntimeError(
            f"{wanted} exists only in the script that a train statement runs, in its own task; "
            "give what a further Ray task needs to it as an argument"
        )
    return _current[0]

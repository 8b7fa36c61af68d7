"""Runs as files of JSON lines: the events as they happened, and the error that ended them.

A file is named after the moment at which its run began, so that their names are in order.
"""

from __future__ import annotations

import contextlib
import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC
from pathlib import Path
from typing import IO

from plait.console.errors import error_from_data, error_to_json
from plait.errors import CancelledError, PlaitError, UsageError, suggestion
from plait.events import (
    Envelope,
    Notice,
    OnEvent,
    RunStarted,
    StepLog,
    StepProgress,
    from_json,
    ignore,
    to_json,
)
from plait.settings import Settings

# A run keeps no more than this of what its steps print and of their progress.
_MOST_BYTES = 2_000_000


@dataclass(frozen=True, slots=True)
class History:
    """The runs below a folder. kept: how many; with 0 none is written."""

    folder: Path
    kept: int

    @classmethod
    def of(cls, settings: Settings) -> History:
        """Those of a session with these settings."""
        return cls(settings.cache_path / "history", settings.runs_kept)

    @contextlib.contextmanager
    def recording(self, on_event: OnEvent | None) -> Iterator[OnEvent]:
        """What takes the events of one run, keeps them and hands them on; the error that ends
        the block is kept too.

        Where the cache cannot be written, a warning says so and nothing is kept.
        """
        recorder = _Recorder(self, on_event or ignore)
        try:
            yield recorder.on
        except PlaitError as error:
            recorder.failed(error)
            raise
        except KeyboardInterrupt:
            recorder.failed(CancelledError("the run was interrupted"))
            raise
        finally:
            recorder.close()

    def files(self) -> list[Path]:
        """One for each run, the oldest first."""
        with contextlib.suppress(OSError):
            return sorted(self.folder.glob("*.jsonl"))
        return []

    def file(self, run: str) -> Path:
        """The file of a run. run: its id, or the beginning of it. Raises UsageError."""
        by_id = {_id(path): path for path in self.files()}
        found = [name for name in by_id if name.startswith(run)]
        if run in by_id or len(found) == 1:
            return by_id[run if run in by_id else found[0]]
        if found:
            raise UsageError(f"'{run}' begins the ids of {len(found)} runs: {', '.join(found)}")
        hint = suggestion(run, list(by_id)[::-1]) or "only runs of this machine are kept"
        raise UsageError(f"there is no run '{run}'", hint=hint)

    def make_room(self) -> None:
        """Remove the oldest runs, so that there is room for one more. Raises OSError."""
        files = self.files()
        for path in files[: max(0, len(files) + 1 - self.kept)]:
            path.unlink(missing_ok=True)


@dataclass(frozen=True, slots=True)
class Recorded:
    """What was kept of a run. error: what ended it."""

    id: str
    events: tuple[Envelope, ...]
    error: PlaitError | None


def read(path: Path, *, logs: bool = True) -> Recorded:
    """The events of a run, and its error; a line that was cut off is left out.

    logs: also what its steps printed, and their progress. Raises UsageError.
    """
    events: list[Envelope] = []
    error: PlaitError | None = None
    try:
        with path.open(encoding="utf-8") as lines:
            for line in lines:
                if not logs and (
                    '"event": "StepLog"' in line or '"event": "StepProgress"' in line
                ):
                    continue
                envelope = from_json(line)
                if envelope is not None:
                    events.append(envelope)
                elif '"event": "Error"' in line:
                    with contextlib.suppress(ValueError):
                        error = error_from_data(json.loads(line))
    except OSError as problem:
        raise UsageError(f"'{path}' cannot be read: {problem.strerror or problem}") from None
    return Recorded(_id(path), tuple(events), error)


def _id(path: Path) -> str:
    return path.stem.rpartition("-")[2]


class _Recorder:
    """Writes one run. A run that never starts leaves no file."""

    def __init__(self, history: History, on_event: OnEvent) -> None:
        self._history = history
        self._next = on_event
        self._file: IO[str] | None = None
        self._lock = threading.Lock()
        self._left = _MOST_BYTES

    def on(self, envelope: Envelope) -> None:
        """Keep an event and hand it on."""
        self._next(envelope)
        try:
            self._keep(envelope)
        except OSError as problem:
            self.close()
            text = f"this run is not kept in {self._history.folder}: {problem.strerror or problem}"
            self._next(Envelope.now(envelope.run, 0, Notice(text, level="warning")))

    def failed(self, error: PlaitError) -> None:
        """Keep the error that ended the run."""
        with contextlib.suppress(OSError):
            self._write(error_to_json(error))

    def close(self) -> None:
        """Nothing more is written."""
        with self._lock:
            file, self._file = self._file, None
        if file is not None:
            with contextlib.suppress(OSError):
                file.close()

    def _keep(self, envelope: Envelope) -> None:
        if isinstance(envelope.event, RunStarted) and self._history.kept > 0:
            self._open(envelope)
        line = to_json(envelope)
        if isinstance(envelope.event, (StepLog, StepProgress)):
            left, self._left = self._left, self._left - len(line)
            if self._left < 0:
                if left >= 0:
                    cut = Notice("more than 2 MB were printed; the rest is not kept")
                    self._write(to_json(Envelope.now(envelope.run, 0, cut)))
                return
        self._write(line)

    def _open(self, envelope: Envelope) -> None:
        folder = self._history.folder
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._history.make_room()
        began = envelope.time.astimezone(UTC)
        path = folder / f"{began:%Y%m%dT%H%M%S.%f}-{envelope.run}.jsonl"
        self._file = path.open("w", encoding="utf-8", errors="backslashreplace", buffering=1)

    def _write(self, line: str) -> None:
        with self._lock:
            if self._file is not None:
                self._file.write(line + "\n")

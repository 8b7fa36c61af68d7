"""What the kept events of a run add up to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from plait.console import text as show
from plait.console.summary import RunSummary, StepState
from plait.events import Envelope, ModelPublished, RunStarted, TableShown
from plait.history.store import Recorded

# "unfinished": it goes on, or its process was killed.
Outcome = Literal["done", "failed", "cancelled", "unfinished"]


@dataclass(frozen=True, slots=True)
class PastRun:
    """One run.

    seconds: what it took; None while it is not finished. steps: those that have begun.
    tables: what was printed or saved, with its number of rows where somebody counted them.
    error: the headline of what ended it.
    """

    id: str
    script: str
    engine: str
    started: datetime
    seconds: float | None
    outcome: Outcome
    steps: tuple[StepState, ...]
    tables: Mapping[str, int | None]
    models: tuple[ModelPublished, ...]
    error: str | None

    @property
    def took(self) -> str:
        """The time it took, for a reader."""
        return "" if self.seconds is None else show.seconds(self.seconds)

    def as_data(self) -> dict[str, Any]:
        """What `--json` prints."""
        return {
            "run": self.id,
            "script": self.script,
            "engine": self.engine,
            "started": self.started.isoformat(),
            "seconds": self.seconds,
            "outcome": self.outcome,
            "error": self.error,
            "tables": [{"table": name, "rows": rows} for name, rows in self.tables.items()],
            "models": [
                {"path": m.path, "version": m.version, "metric": m.metric, "score": m.score}
                for m in self.models
            ],
            "steps": [
                {
                    "step": s.id, "kind": s.kind, "label": s.label, "state": s.state,
                    "engine": s.engine, "seconds": s.seconds, "rows": s.rows,
                }
                for s in self.steps
            ],
        }  # fmt: skip


def past_run(recorded: Recorded) -> PastRun | None:
    """A run of its events; None where not even its start was kept whole."""
    first = next((each for each in recorded.events if isinstance(each.event, RunStarted)), None)
    if first is None or not isinstance(first.event, RunStarted):
        return None
    summary = summary_of(recorded.events)
    end, error = summary.end, recorded.error
    return PastRun(
        id=recorded.id,
        script=first.event.script,
        engine=first.event.engine,
        started=first.time,
        seconds=None if end is None else end.seconds,
        outcome="unfinished" if end is None else end.status,
        steps=tuple(step for step in summary.steps.values() if step.state != "not run"),
        tables=_tables(recorded.events, summary),
        models=tuple(summary.models),
        error=None if error is None else show.headline(error.render()),
    )


def summary_of(events: tuple[Envelope, ...]) -> RunSummary:
    """The state of every step after these events, on the clock of the events."""
    at = 0.0
    summary = RunSummary(lambda: at)
    for envelope in events:
        at = envelope.time.timestamp()
        summary.add(envelope.event)
    return summary


def _tables(events: tuple[Envelope, ...], summary: RunSummary) -> dict[str, int | None]:
    found: dict[str, int | None] = {}
    for step in summary.steps.values():
        if step.kind == "write" and step.state == "done":
            found[step.label] = step.rows
    for envelope in events:
        if isinstance(envelope.event, TableShown):
            found[envelope.event.title] = envelope.event.total
    return found

"""Two runs side by side."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any

from plait.console import text as show
from plait.console.summary import StepState
from plait.history.past import PastRun

_LISTED = 30
# Steps that took less in both runs are not worth a line.
_SHORTEST_SECONDS = 0.01


@dataclass(frozen=True, slots=True)
class Row:
    """What both runs have to say about one thing; None where a run does not have it."""

    what: str
    one: str | float | int | None
    other: str | float | int | None


@dataclass(frozen=True, slots=True)
class Comparison:
    """Facts, models, tables (rows) and steps (seconds) of two runs."""

    facts: tuple[Row, ...]
    models: tuple[Row, ...]
    tables: tuple[Row, ...]
    steps: tuple[Row, ...]

    def as_data(self) -> dict[str, Any]:
        """What `--json` prints: for each thing the values of both runs."""
        parts = {"facts": self.facts, "models": self.models, "rows": self.tables,
                 "seconds": self.steps}  # fmt: skip
        return {
            name: [{"what": row.what, "one": row.one, "other": row.other} for row in rows]
            for name, rows in parts.items()
        }


def compare(one: PastRun, other: PastRun) -> Comparison:
    """Steps are the same when their kind, their text and their place among equals are."""
    facts = [
        Row(name, getattr(one, key), getattr(other, key))
        for name, key in (
            ("run", "id"), ("script", "script"), ("engine", "engine"), ("outcome", "outcome"),
            ("error", "error"), ("took", "took"),
        )
    ]  # fmt: skip
    facts.insert(2, Row("began", *(f"{r.started.astimezone():%F %T}" for r in (one, other))))
    return Comparison(
        tuple(row for row in facts if row.one or row.other),
        tuple(_joined(_models(one), _models(other))),
        tuple(_joined(dict(one.tables), dict(other.tables))),
        tuple(_joined(_seconds(one.steps), _seconds(other.steps))),
    )


def lines(found: Comparison, width: int) -> list[str]:
    """A comparison as text. width: columns of the terminal."""
    shown = _block("", found.facts, width)
    if found.models:
        shown += ["", *_block("model", found.models, width)]
    if found.tables:
        shown += ["", *_block("rows of", found.tables, width)]
    long = [
        row
        for row in found.steps
        if max(_number(row.one), _number(row.other)) >= _SHORTEST_SECONDS
    ]
    long.sort(key=lambda row: -abs(_number(row.one) - _number(row.other)))
    if long:
        shown += ["", *_block("seconds of", long[:_LISTED], width)]
    if len(long) > _LISTED:
        shown.append(f"and {len(long) - _LISTED:,} steps that differ less")
    return shown


def _block(title: str, rows: tuple[Row, ...] | list[Row], width: int) -> list[str]:
    room = max(20, (width - 4) // 3)
    texts = [(row.what, _text(row.one), _text(row.other)) for row in rows]
    cells = [tuple(show.fit(show.clean(cell), room) for cell in row) for row in texts]
    wide = [max((show.cells(row[i]) for row in cells), default=0) for i in range(3)]
    head = [title] if title else []
    return head + [
        "  ".join(cell + " " * (wide[i] - show.cells(cell)) for i, cell in enumerate(row)).rstrip()
        for row in cells
    ]


def _text(value: str | float | int | None) -> str:
    match value:
        case None:
            return "-"
        case float():
            return f"{value:.2f}"
        case int():
            return f"{value:,}"
        case _:
            return value


def _number(value: str | float | int | None) -> float:
    return float(value) if isinstance(value, (int, float)) else 0.0


def _models(run: PastRun) -> dict[str, str]:
    return {
        model.path: f"version {model.version}"
        + ("" if model.score is None else f", {model.metric or 'score'} {model.score:g}")
        for model in run.models
    }


def _seconds(steps: tuple[StepState, ...]) -> dict[str, float]:
    seen: Counter[str] = Counter()
    found = {}
    for step in steps:
        name = f"{step.kind} {step.label}"
        seen[name] += 1
        found[name if seen[name] == 1 else f"{name} ({seen[name]})"] = step.seconds
    return found


def _joined(one: Any, other: Any) -> list[Row]:
    names = [*one, *(name for name in other if name not in one)]
    return [Row(name, one.get(name), other.get(name)) for name in names]

"""What a verification found, as lines or as JSON."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from plait.verify.compare import Compared, Status

if TYPE_CHECKING:
    from plait.console.out import Out


@dataclass(frozen=True, slots=True)
class Refusal:
    """What Sail does not do. line: of the script, 0 for the script as a whole."""

    line: int
    why: str


@dataclass(frozen=True, slots=True)
class EarlyEnd:
    """A run that failed before the script's end, and the line that failed."""

    engine: str
    line: int
    why: str


@dataclass(frozen=True, slots=True)
class Verified:
    """What a verification found.

    tolerance: how far two floating-point numbers may be apart, relative to the larger one.
    not_on_sail: what Sail does not do. ended: the runs that failed before the script's end.
    """

    file: str
    tolerance: float
    tables: tuple[Compared, ...]
    not_on_sail: tuple[Refusal, ...] = ()
    ended: tuple[EarlyEnd, ...] = ()

    @property
    def sound(self) -> bool:
        """Whether no table differs and nothing failed."""
        return not self.ended and all(table.status in ("same", "skipped") for table in self.tables)


def report(found: Verified, out: Out, *, as_json: bool) -> None:
    """Write what was found as lines, or as one JSON document."""
    if as_json:
        out.line(json.dumps({**asdict(found), "sound": found.sound}, ensure_ascii=False))
        return
    if found.not_on_sail:
        for refusal in found.not_on_sail:
            out.line(f"not run on Sail because of line {refusal.line}: {refusal.why}")
        out.line(f"{found.file}: nothing to compare; with --engine auto it runs on Spark")
        return
    width = max((len(table.table) for table in found.tables), default=0)
    for table in found.tables:
        out.line(f"{table.table:<{width}}  line {table.line:<4} {_result(table)}")
        for engine, rows in (("Spark", table.spark), ("Sail", table.sail)):
            for row in rows:
                out.line(f"  only on {engine:<5}  {row}")
    for end in found.ended:
        out.line(f"the run on {end.engine} ended at line {end.line}: {end.why}")
    out.line(_summary(found))


def _result(table: Compared) -> str:
    match table.status:
        case "same":
            return f"same ({table.rows} rows)"
        case "skipped":
            return f"not compared: {table.why}"
        case _:
            return f"{table.status}: {table.why}"


def _summary(found: Verified) -> str:
    counts = Counter(table.status for table in found.tables)
    words: dict[Status, str] = {
        "same": "same",
        "different": "different",
        "failed": "failed on both",
        "skipped": "not compared",
    }
    parts = [f"{counts[status]} {word}" for status, word in words.items() if counts[status]]
    return (
        f"{found.file}: {', '.join(parts) or 'no tables'} "
        f"(numbers within {found.tolerance:g}; only a scratch folder was written to)"
    )

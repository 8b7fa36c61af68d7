"""What a verification found, and how it is told."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from plait.verify.compare import Compared, Status

if TYPE_CHECKING:
    from plait.console.out import Out


@dataclass(frozen=True, slots=True)
class Verified:
    """What a verification found.

    not_on_sail: (line, reason) of what Sail does not do. ended: (engine, line, reason) of a
    run that failed there.
    """

    file: str
    tolerance: float
    tables: tuple[Compared, ...]
    not_on_sail: tuple[tuple[int, str], ...] = ()
    ended: tuple[tuple[str, int, str], ...] = ()

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
        for line, why in found.not_on_sail:
            out.line(f"not run on Sail because of line {line}: {why}")
        out.line(f"{found.file}: nothing to compare; with --engine auto it runs on Spark")
        return
    width = max((len(table.table) for table in found.tables), default=0)
    for table in found.tables:
        out.line(f"{table.table:<{width}}  line {table.line:<4} {_said(table)}")
        for engine, rows in (("Spark", table.spark), ("Sail", table.sail)):
            for row in rows:
                out.line(f"  only on {engine:<5}  {row}")
    for engine, line, why in found.ended:
        out.line(f"the run on {engine} ended at line {line}: {why}")
    out.line(_summary(found))


def _said(table: Compared) -> str:
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
        f"(numbers within {found.tolerance:g}; nothing outside of a scratch folder was written)"
    )

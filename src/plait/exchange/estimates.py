"""How much a plan's transfers are expected to carry, by the sizes of the files behind them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from plait.catalog.sources import Sources
from plait.plan.explain import late_tables
from plait.plan.steps import Exchange, Plan, Query, Read, Step, TableRef

# Rows take more room than the files they come from: text is typed, Parquet is unpacked.
_UNPACKED = 2


def with_expectations(plan: Plan, limit_bytes: int, sources: Sources) -> Plan:
    """The plan in which each transfer to Ray says how large it will be, as far as files show.

    limit_bytes: up to which a table goes through the client. Only files of this machine are
    looked at, and only their sizes; nothing is expected of what the script itself writes.
    """
    if not any(isinstance(step, Exchange) and step.to == "ray" for step in plan.steps):
        return plan
    late = late_tables(plan)
    sizes: dict[TableRef, int | None] = {}
    steps: list[Step] = []
    for step in plan.steps:
        match step:
            case Read() | Query() if late.intersection(step.outputs):
                pass
            case Read():
                sizes.update(dict.fromkeys(step.outputs, sources.size_bytes(step)))
            case Query():
                sizes.update(dict.fromkeys(step.outputs, _query(step, sizes, sources)))
            case Exchange(to="ray"):
                steps.append(_expecting(step, sizes.get(step.inputs[0]), limit_bytes))
                continue
            case _:
                pass
        steps.append(step)
    return Plan(tuple(steps))


def _expecting(step: Exchange, size: int | None, limit: int) -> Exchange:
    if size is None:
        return step
    reads = f"up to {size / 1e6:.1f} MB of files are read for it"
    small = step.method == "auto" and size * _UNPACKED <= limit
    return replace(step, expected=f"client, {reads}" if small else reads, small=small)


def _query(step: Query, sizes: dict[TableRef, int | None], sources: Sources) -> int | None:
    parts = [sizes.get(ref) for ref in step.inputs]
    parts += [sources.table_bytes(table.name) for table in step.lake_tables]
    return _sum(parts) if parts and not step.files else None


def _sum(sizes: Iterable[int | None]) -> int | None:
    known = list(sizes)
    return None if None in known else sum(size or 0 for size in known)

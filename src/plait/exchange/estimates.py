"""How much a plan's transfers are expected to carry, by the sizes of the files behind them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING

from plait.catalog.sources import Sources
from plait.exchange.strategy import expected_small
from plait.plan.explain import late_tables
from plait.plan.steps import Exchange, Plan, Query, Read, Step, TableRef

if TYPE_CHECKING:
    from pyspark.sql.connect.dataframe import DataFrame

# Files are smaller than the rows in them: Spark's size of a compressed scan is a lower bound.
_UNPACKED = 4
_SIZE = re.compile(r"Statistics\(sizeInBytes=([\d.E+]+) (\w+)")
_UNITS = {name: 2 ** (10 * power) for power, name in enumerate(("B", "KiB", "MiB", "GiB", "TiB"))}


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
    return replace(plan, steps=tuple(steps))


def _expecting(step: Exchange, size: int | None, limit: int) -> Exchange:
    if size is None:
        return step
    reads = f"up to {size / 1e6:.1f} MB of files are read for it"
    small = expected_small(step.method, size, limit)
    return replace(step, expected=f"client, {reads}" if small else reads, small=small)


def _query(step: Query, sizes: dict[TableRef, int | None], sources: Sources) -> int | None:
    parts = [sizes.get(ref) for ref in step.inputs]
    parts += [sources.table_bytes(table.name) for table in step.lake_tables]
    return _sum(parts) if parts and not step.files else None


def _sum(sizes: Iterable[int | None]) -> int | None:
    known = list(sizes)
    return None if None in known else sum(size or 0 for size in known)


def estimated_bytes(df: DataFrame) -> int | None:
    """About how many bytes the rows of `df` take, by Spark's own statistics; None if unknown.

    Nothing is computed. Source: the first node of the optimized plan in `EXPLAIN COST`.
    """
    found = _SIZE.search(df._explain_string(mode="cost"))
    if found is None or found[2] not in _UNITS:
        return None
    return int(float(found[1]) * _UNITS[found[2]] * _UNPACKED)

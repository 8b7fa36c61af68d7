"""What a plan's crossings are expected to carry, told from the files that are read for them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from itertools import islice
from pathlib import Path

from plait.catalog.lake import LakeCatalog
from plait.data.files import data_files, expand
from plait.errors import PlaitError
from plait.plan.locations import TableTarget
from plait.plan.steps import Exchange, Plan, Query, Read, Step, TableRef

_MOST_FILES = 1000
# Rows take more room than the files they come from: text is typed, Parquet is unpacked.
_UNPACKED = 2


def with_expectations(plan: Plan, limit: int, catalog: object) -> Plan:
    """The plan in which each crossing to Ray says how large it will be, as far as files tell.

    limit: bytes up to which a table goes through the client. Only files of this machine are
    looked at, and only their sizes.
    """
    if not any(isinstance(step, Exchange) and step.to == "ray" for step in plan.steps):
        return plan
    sizes: dict[TableRef, int | None] = {}
    steps: list[Step] = []
    for step in plan.steps:
        match step:
            case Read():
                sizes.update(dict.fromkeys(step.outputs, _read(step, catalog)))
            case Query():
                sizes.update(dict.fromkeys(step.outputs, _query(step, sizes, catalog)))
            case Exchange(to="ray"):
                steps.append(_expecting(step, sizes.get(step.inputs[0]), limit))
                continue
            case _:
                pass
        steps.append(step)
    return Plan(tuple(steps))


def _expecting(step: Exchange, size: int | None, limit: int) -> Exchange:
    if size is None:
        return step
    told = f"up to {size / 1e6:.1f} MB of files are read for it"
    small = step.method == "auto" and size * _UNPACKED <= limit
    return replace(step, expected=f"client, {told}" if small else told, small=small)


def _query(step: Query, sizes: dict[TableRef, int | None], catalog: object) -> int | None:
    parts = [sizes.get(ref) for ref in step.inputs]
    parts += [_lake_table(table.name, catalog) for table in step.lake_tables]
    return _sum(parts) if parts else None


def _read(step: Read, catalog: object) -> int | None:
    source = step.source
    if isinstance(source, TableTarget):
        return _lake_table(source.name, catalog)
    if source.location.scheme:
        return None
    try:
        return _sum(_bytes(path) for path in expand(source.path) if isinstance(path, Path))
    except (PlaitError, OSError):
        return None


def _lake_table(name: str, catalog: object) -> int | None:
    if not isinstance(catalog, LakeCatalog):
        return None
    try:
        path = catalog.table_path(name)
        return _bytes(path) if isinstance(path, Path) and path.exists() else None
    except (PlaitError, OSError):
        return None


def _bytes(path: Path) -> int | None:
    files = list(islice(data_files(path), _MOST_FILES + 1))
    return sum(f.stat().st_size for f in files) if len(files) <= _MOST_FILES else None


def _sum(sizes: Iterable[int | None]) -> int | None:
    known = list(sizes)
    return None if None in known else sum(size or 0 for size in known)

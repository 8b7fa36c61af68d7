"""Which tables are computed once: a pass over the finished steps.

A query is lazy: every heavy consumer (a write, an exchange, the preview) computes it anew
with everything below it. So a query's table is materialised when two heavy consumers reach
it, and also when what it reads is overwritten before its last consumer has run.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from plait.plan.locations import LocationIndex, PathTarget
from plait.plan.steps import Materialize, Preview, Query, Step, TableRef, Write

# After these, the target holds the table and nothing else.
WHOLE = ("overwrite", "errorIfExists")


def compute_once(steps: Sequence[Step]) -> tuple[Step, ...]:
    """The steps with Materialize where it pays, numbered in order."""
    steps = [_preview_of_written(step, steps) for step in steps]
    counts = demand(steps)
    position = {step.id: index for index, step in enumerate(steps)}
    changes = tuple(_changed_later(steps, position))
    overwritten = _overwritten(steps, position, changes)
    made: list[Step] = []
    waits: dict[int, list[int]] = defaultdict(list)
    next_id = len(steps) + 1
    for step in steps:
        made.append(step)
        if not step.lazy:
            continue
        table = step.outputs[0]
        several = isinstance(step, Query) and counts[table] >= 2
        if several or table in overwritten:
            made.append(_once(next_id, step, max(1, counts[table])))
            for writer in overwritten.get(table, ()):
                waits[writer].append(next_id)
            next_id += 1
    for writer, readers in _read_before(steps, position, changes).items():
        waits[writer].extend(readers)
    return _numbered([_with_waits(step, waits) for step in made])


def outlive_sources(steps: Sequence[Step]) -> tuple[Step, ...]:
    """The steps with Materialize for every table whose source a later step changes.

    All tables can then still be read when the last step has run. Ids stay as they are.
    """
    computed = {s.outputs[0]: s.id for s in steps if isinstance(s, Materialize)}
    position = {step.id: index for index, step in enumerate(steps)}
    changed: dict[int, list[int]] = defaultdict(list)
    for step, writer in _changed_later(steps, position):
        if step.lazy:
            changed[step.id].append(writer)
    made: list[Step] = []
    waits: dict[int, list[int]] = defaultdict(list)
    next_id = 1 + max((step.id for step in steps), default=0)
    for step in steps:
        made.append(step)
        if step.id not in changed:
            continue
        table = step.outputs[0]
        if table not in computed:
            computed[table], next_id = next_id, next_id + 1
            made.append(_once(computed[table], step))
        for writer in changed[step.id]:
            waits[writer].append(computed[table])
    return tuple(_with_waits(step, waits) for step in made)


def _once(number: int, step: Step, consumers: int = 1) -> Materialize:
    """The step that computes the table of `step`."""
    tables = step.outputs
    return Materialize(
        id=number, span=step.span, inputs=tables, outputs=tables, consumers=consumers
    )


def _with_waits(step: Step, waits: dict[int, list[int]]) -> Step:
    return replace(step, after=(*step.after, *waits[step.id])) if step.id in waits else step


def demand(steps: Sequence[Step]) -> dict[TableRef, int]:
    """How many heavy consumers compute each table; one computed once is one consumer."""
    counts: dict[TableRef, int] = defaultdict(int)
    for step in reversed(steps):
        if step.lazy:
            passed = min(1, n) if (n := counts[step.outputs[0]]) >= 2 else n
        else:
            passed = step.passes
        for table in step.inputs:
            counts[table] += passed
    return counts


def _preview_of_written(step: Step, steps: Sequence[Step]) -> Step:
    """Let the preview read what the one write of its table left, instead of computing again."""
    if not isinstance(step, Preview):
        return step
    consumers = [s for s in steps if s is not step and step.inputs[0] in s.inputs]
    match consumers:
        case [Write(partition_by=()) as write] if write.mode in WHOLE and _is_parquet(write):
            return replace(step, written_by=write.id, after=(*step.after, write.id))
        case _:
            return step


def _is_parquet(step: Write) -> bool:
    return not isinstance(step.target, PathTarget) or step.target.format == "parquet"


def _overwritten(
    steps: Sequence[Step], position: Mapping[int, int], changes: Sequence[tuple[Step, int]]
) -> dict[TableRef, list[int]]:
    """Tables whose source a later step overwrites while a consumer still comes after it."""
    last_use: dict[TableRef, int] = defaultdict(int)
    for step in reversed(steps):
        reach = position[step.id]
        if step.lazy:
            reach = last_use[step.outputs[0]]
        elif not step.heavy:
            continue
        for table in step.inputs:
            last_use[table] = max(last_use[table], reach)
    found: dict[TableRef, list[int]] = defaultdict(list)
    for step, writer in changes:
        if not step.lazy:
            continue
        if position[writer] < last_use[step.outputs[0]]:
            found[step.outputs[0]].append(writer)
    return found


def _read_before(
    steps: Sequence[Step], position: Mapping[int, int], changes: Sequence[tuple[Step, int]]
) -> dict[int, list[int]]:
    """For each step that changes a location, the steps before it that read what was there."""
    users: dict[TableRef, list[Step]] = defaultdict(list)
    for step in steps:
        for table in step.inputs:
            users[table].append(step)
    found: dict[int, list[int]] = defaultdict(list)
    for step, writer in changes:
        readers = _readers(step.outputs[0], users) if step.lazy else {step.id}
        found[writer] += [r for r in readers if position[r] < position[writer]]
    return found


def _changed_later(
    steps: Sequence[Step], position: Mapping[int, int]
) -> Iterator[tuple[Step, int]]:
    """Each step that reads a location, with each later step (its id) that changes it.

    position: the index of each step in `steps`, by its id.
    """
    writers = LocationIndex()
    for step in steps:
        for location in step.writes:
            writers.add(location, step.id)
    for step in steps:
        for location in step.reads:
            for writer in writers.touching(location):
                if position[writer] > position[step.id]:
                    yield step, writer


def _readers(table: TableRef, users: dict[TableRef, list[Step]]) -> set[int]:
    """The heavy steps that compute a table, by themselves or in a query above it."""
    found, todo = set[int](), [table]
    seen = {table}
    while todo:
        for step in users[todo.pop()]:
            if step.heavy:
                found.add(step.id)
            elif step.lazy and step.outputs[0] not in seen:
                seen.add(step.outputs[0])
                todo.append(step.outputs[0])
    return found


def _numbered(steps: Sequence[Step]) -> tuple[Step, ...]:
    """The steps with ids 1, 2, 3 … in order, and every mention of an id with them."""
    ids = {step.id: index for index, step in enumerate(steps, start=1)}
    return tuple(step.renumbered(ids) for step in steps)

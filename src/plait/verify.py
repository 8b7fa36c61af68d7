"""`plait verify`: one script on both data engines, and every table of it compared.

Only what defines tables is done: settings, loads and queries. Nothing is saved, inserted,
trained or predicted, so the lake and all files stay as they are; a table that depends on
such a step is not compared, and the report says so.
"""

from __future__ import annotations

import json
import math
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any, Literal

from plait.config import Settings
from plait.data import choose
from plait.errors import AnalysisError, CapabilityError, PlaitError, ScriptErrors, UsageError
from plait.plan.steps import Materialize, Plan, Query, Read, SetConf, Step, TableRef, kind
from plait.session import Session
from plait.table import Table

if TYPE_CHECKING:
    import pyarrow as pa

    from plait.console import Out

Status = Literal["same", "different", "skipped", "failed"]
_SHOWN = 5
_WIDTH = 200


@dataclass(frozen=True, slots=True)
class Compared:
    """One table: whether both engines gave the same rows, and what each alone gave.

    why: what differs, or why there is nothing to compare.
    spark, sail: the first rows that only this engine gave, as JSON.
    """

    table: str
    line: int
    status: Status
    rows: int | None = None
    why: str = ""
    spark: tuple[str, ...] = ()
    sail: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Verified:
    """What a verification found. not_on_sail: (line, reason) of what Sail does not do."""

    file: str
    tolerance: float
    tables: tuple[Compared, ...]
    not_on_sail: tuple[tuple[int, str], ...] = ()

    @property
    def sound(self) -> bool:
        """Whether no table differs."""
        return all(table.status in ("same", "skipped") for table in self.tables)


def verify(
    text: str,
    file: str,
    variables: dict[str, str],
    settings: Settings,
    tolerance: float = 1e-9,
) -> Verified:
    """Run a script's queries on Sail and on Spark and compare all its tables.

    tolerance: how far two floating-point numbers may be apart, relative to the larger one.
    Raises ScriptError for a script that is wrong, SetupError where an engine is missing.
    """
    with Session(replace(settings, engine="spark")) as spark:
        plan = spark.prepare(text, file, variables).plan
        needs = _needs(plan, settings)
        if needs:
            return Verified(file, tolerance, (), needs)
        kept = _comparable(plan)
        part = Plan(tuple(step for step in plan.steps if step.id in kept))
        with Session(replace(settings, engine="sail")) as sail:
            refused = _refused(sail, part, file)
            spark.define(part, file)
            if refused:
                return Verified(file, tolerance, (), refused)
            tables = tuple(
                _skipped(step, ref, plan, kept)
                if step.id not in kept
                else _compared(step, ref, spark, sail, tolerance)
                for step in plan.steps
                for ref in step.outputs
                if ref.side == "data" and not isinstance(step, Materialize)
            )
    return Verified(file, tolerance, tables)


def _needs(plan: Plan, settings: Settings) -> tuple[tuple[int, str], ...]:
    """What sends the script to Spark before Sail is asked."""
    try:
        choose.engine_for(plan, "sail", None, settings.time_zone)
    except CapabilityError as error:
        return (_place(error),)
    except ScriptErrors as errors:
        return tuple(_place(error) for error in errors.errors)
    return ()


def _refused(sail: Session, plan: Plan, file: str) -> tuple[tuple[int, str], ...]:
    """What Sail's own analysis refuses; whether it is wrong for Spark too shows there."""
    try:
        sail.define(plan, file)
    except (AnalysisError, CapabilityError) as error:
        return (_place(error),)
    except ScriptErrors as errors:
        return tuple(_place(error) for error in errors.errors)
    return ()


def _place(error: PlaitError) -> tuple[int, str]:
    return (error.span.line if error.span is not None else 0, error.message)


def _comparable(plan: Plan) -> set[int]:
    """The steps that define a table without anything having been written or trained."""
    kept: set[int] = set()
    made: set[TableRef] = set()
    for step in plan.steps:
        if (
            isinstance(step, (SetConf, Read, Query, Materialize))
            and made.issuperset(step.inputs)
            and kept.issuperset(step.after)
        ):
            kept.add(step.id)
            made.update(step.outputs)
    return kept


def _skipped(step: Step, ref: TableRef, plan: Plan, kept: set[int]) -> Compared:
    makers = {out: other for other in plan.steps for out in other.outputs}
    before = [other for other in plan.steps if other.id in step.after]
    before += [makers[one] for one in step.inputs if one in makers]
    cause = next((other for other in before if other.id not in kept), step)
    why = f"it depends on line {cause.span.line} ({kind(cause)}), which is not run"
    return Compared(ref.name, step.span.line, "skipped", why=why)


# --- comparing one table ----------------------------------------------------------------------


def _compared(
    step: Step, ref: TableRef, spark: Session, sail: Session, tolerance: float
) -> Compared:
    here = Compared(ref.name, step.span.line, "different")
    theirs, ours = _rows(spark, ref), _rows(sail, ref)
    if isinstance(theirs, str) and isinstance(ours, str):
        return replace(here, status="failed", why=f"it fails on both: {theirs}")
    if isinstance(theirs, str) or isinstance(ours, str):
        return _one_failed(here, theirs, ours)
    if theirs.column_names != ours.column_names:
        why = f"columns: {_names(theirs)} on Spark, {_names(ours)} on Sail"
        return replace(here, why=why)
    kinds = [
        f"{name} is {theirs.schema.field(at).type} on Spark, {ours.schema.field(at).type} on Sail"
        for at, name in enumerate(theirs.column_names)
        if family(theirs.schema.field(at).type) != family(ours.schema.field(at).type)
    ]
    only_spark, only_sail = differing(_values(theirs), _values(ours), tolerance)
    if not only_spark and not only_sail and not kinds:
        return replace(here, status="same", rows=theirs.num_rows)
    parts = [*kinds]
    if only_spark or only_sail:
        parts.append(
            f"{len(only_spark)} of {theirs.num_rows} rows only on Spark, "
            f"{len(only_sail)} of {ours.num_rows} only on Sail"
        )
    return replace(
        here,
        why="; ".join(parts),
        spark=_shown(theirs.column_names, only_spark),
        sail=_shown(ours.column_names, only_sail),
    )


def _rows(session: Session, ref: TableRef) -> pa.Table | str:
    """All rows of a table, or why the engine fails."""
    try:
        return Table(ref.name, session, ref).to_arrow()
    except PlaitError as error:
        return error.message


def _one_failed(here: Compared, theirs: pa.Table | str, ours: pa.Table | str) -> Compared:
    if isinstance(theirs, str):
        assert not isinstance(ours, str)
        shown = _shown(ours.column_names, list(_values(ours)))
        return replace(here, why=f"Spark fails: {theirs}; Sail answers", sail=shown)
    shown = _shown(theirs.column_names, list(_values(theirs)))
    return replace(here, why=f"Sail fails: {ours}; Spark answers", spark=shown)


def _names(table: pa.Table) -> str:
    return ", ".join(table.column_names)


def family(kind: pa.DataType) -> str:
    """What of a type has to be the same: not how wide a number is, nor what may be null."""
    import pyarrow as pa

    is_ = pa.types
    if is_.is_integer(kind):
        return "integer"
    if is_.is_floating(kind):
        return "float"
    if is_.is_decimal(kind):
        return "decimal"
    if is_.is_struct(kind):
        return f"struct<{', '.join(f'{one.name}: {family(one.type)}' for one in kind)}>"
    if is_.is_map(kind):
        return f"map<{family(kind.key_type)}, {family(kind.item_type)}>"
    if is_.is_list(kind) or is_.is_large_list(kind):
        return f"list<{family(kind.value_type)}>"
    return str(kind).removeprefix("large_")


Row = tuple[Any, ...]


def _values(table: pa.Table) -> Iterator[Row]:
    for batch in table.to_batches(max_chunksize=65536):
        columns = [column.to_pylist() for column in batch.columns]
        for at in range(batch.num_rows):
            yield tuple(_hashable(column[at]) for column in columns)


def _hashable(value: Any) -> Any:
    match value:
        case dict():
            return tuple((key, _hashable(one)) for key, one in value.items())
        case list() | tuple():
            return tuple(_hashable(one) for one in value)
        case float() if math.isnan(value):
            return "NaN"
        case _:
            return value


def differing(
    left: Iterator[Row], right: Iterator[Row], tolerance: float
) -> tuple[list[Row], list[Row]]:
    """The rows of two multisets that have no partner in the other.

    Rows are partners when they are equal, or differ only in floating-point numbers that are
    within `tolerance` of each other.
    """
    count = Counter(left)
    count.subtract(Counter(right))
    only_left = [row for row, times in count.items() for _ in range(times)]
    only_right = [row for row, times in count.items() for _ in range(-times)]
    near: defaultdict[Row, list[Row]] = defaultdict(list)
    for row in only_right:
        near[_without_floats(row)].append(row)
    alone = [
        row
        for row in only_left
        if not _take_near(row, near.get(_without_floats(row), []), tolerance)
    ]
    return alone, [row for rows in near.values() for row in rows]


def _take_near(row: Row, rows: list[Row], tolerance: float) -> bool:
    """Whether `rows` has a partner of `row`, which is then taken out."""
    for at, other in enumerate(rows):
        pairs = zip(_floats(row), _floats(other), strict=True)
        if all(math.isclose(a, b, rel_tol=tolerance, abs_tol=tolerance) for a, b in pairs):
            del rows[at]
            return True
    return False


def _without_floats(value: Any) -> Any:
    if isinstance(value, tuple):
        return tuple(_without_floats(one) for one in value)
    return "a number" if isinstance(value, float) else value


def _floats(value: Any) -> Iterator[float]:
    if isinstance(value, tuple):
        for one in value:
            yield from _floats(one)
    elif isinstance(value, float):
        yield value


def _shown(names: Sequence[str], rows: Sequence[Row]) -> tuple[str, ...]:
    """The first rows as JSON, in an order that does not depend on the engine."""
    first = sorted(rows, key=repr)[:_SHOWN]
    texts = (
        json.dumps(dict(zip(names, row, strict=True)), default=str, ensure_ascii=False)
        for row in first
    )
    return tuple(text if len(text) <= _WIDTH else f"{text[: _WIDTH - 1]}…" for text in texts)


# --- the report -------------------------------------------------------------------------------


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
        f"(numbers within {found.tolerance:g}; nothing was saved or trained)"
    )


def tolerance_of(text: str) -> float:
    """The option's value. Raises UsageError for what is no tolerance."""
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 <= value < 1:
        raise UsageError(f"--tolerance takes a number from 0 to 1, not '{text}'")
    return value

"""`python -m benchmarks.answers`: every statement on Spark and on Sail, types and values compared.

Each engine has one session, in which the tables are loaded once. A statement goes through it as
a user's query does: it is checked, analysed and then computed.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from benchmarks.answers.suites import Statement, Suite, suites
from benchmarks.facts import machine
from plait import Session, connect
from plait.errors import PlaitError, ScriptError
from plait.verify.compare import Compared, compared

if TYPE_CHECKING:
    import pyarrow as pa

Outcome = Literal["same", "refused", "different", "fails on both"]
_TOLERANCE = 1e-9
_OUTCOMES: tuple[Outcome, ...] = ("same", "refused", "different", "fails on both")


@dataclass(frozen=True, slots=True)
class Answer:
    """What one engine made of a statement. failure: its message instead of rows.

    refused: whether it failed before anything was computed. types: of the columns, in Spark SQL.
    """

    seconds: float
    rows: pa.Table | None = None
    types: tuple[tuple[str, str], ...] = ()
    failure: str = ""
    refused: bool = False


@dataclass(frozen=True, slots=True)
class Judged:
    """The comparison of one statement. why: what is not the same. rows: of Spark.

    spark, sail: seconds."""

    suite: str
    statement: str
    outcome: Outcome
    why: str
    rows: int
    spark: float
    sail: float


def answer(session: Session, sql: str, before: str = "") -> Answer:
    """Compute one query in a session. before: statements that prepare it."""
    begun = time.perf_counter()
    try:
        if before:
            session.run(before)
        table = session.sql(sql)
        rows = table.to_arrow()
    except PlaitError as error:
        first = error.errors[0] if hasattr(error, "errors") else error
        refused = isinstance(error, ScriptError)
        message = f"{first.message}{f' ({first.cause})' if first.cause else ''}"
        return Answer(
            time.perf_counter() - begun, failure=" ".join(message.split()), refused=refused
        )
    seconds = time.perf_counter() - begun
    return Answer(seconds, rows, table.schema)


def judged(suite: Suite, statement: Statement, spark: Session, sail: Session) -> Judged:
    """One statement on both engines.

    Where a LIMIT cuts rows off that its ORDER BY leaves equal, each engine may keep others:
    what differs is compared again without the LIMIT.
    """
    answers = tuple(answer(one, statement.sql, statement.before) for one in (spark, sail))
    outcome, why = _compared(*answers)
    whole = statement.without_limit
    if outcome == "different" and whole is not None and not _types(*answers):
        again, rest = _compared(answer(spark, whole), answer(sail, whole))
        if again == "same":
            outcome, why = "same", "without its limit"
        else:
            why = rest
    rows = 0 if answers[0].rows is None else answers[0].rows.num_rows
    times = (one.seconds for one in answers)
    return Judged(suite.name, statement.name, outcome, why, rows, *times)


def _compared(spark: Answer, sail: Answer) -> tuple[Outcome, str]:
    if spark.failure and sail.failure:
        return "fails on both", f"Spark: {spark.failure}; Sail: {sail.failure}"
    if sail.failure:
        return ("refused" if sail.refused else "different"), sail.failure
    if spark.rows is None or sail.rows is None:
        return "different", f"Spark fails: {spark.failure}"
    found = compared(Compared("", 0, "skipped"), spark.rows, sail.rows, _TOLERANCE)
    parts = [found.why] if found.status != "same" else []
    if found.spark and found.sail:
        parts.append(f"Spark {found.spark[0]}, Sail {found.sail[0]}")
    why = "; ".join(parts + _types(spark, sail))
    return ("different" if why else "same"), why


def _types(spark: Answer, sail: Answer) -> list[str]:
    """The columns whose types are not the same."""
    return [
        f"{name} is {kind} on Spark, {other} on Sail"
        for (name, kind), (_, other) in zip(spark.types, sail.types, strict=False)
        if kind != other
    ]


def run(suite: Suite, data: Path, only: Sequence[str]) -> Iterator[Judged]:
    """All statements of a suite, or those of these names."""
    loads = "".join(
        f"load parquet.`{file}` as {file.stem};\n" for file in sorted(data.glob("*.parquet"))
    )
    with (
        tempfile.TemporaryDirectory(prefix="plait-answers-") as lake,
        connect(f"{lake}/spark", engine="spark") as spark,
        connect(f"{lake}/sail", engine="sail") as sail,
    ):
        for session in (spark, sail):
            session.run(loads)
        for statement in suite.statements:
            if only and statement.name not in only:
                continue
            one = judged(suite, statement, spark, sail)
            if "has died" in one.why:
                sys.exit(f"{suite.name} {statement.name}: {one.why}")
            print(f"  {suite.name} {one.statement}: {one.outcome}", file=sys.stderr, flush=True)
            yield one


def table(found: Sequence[Judged]) -> str:
    """One line for each suite, as Markdown."""
    names = " | ".join(_OUTCOMES)
    head = f"| suite | statements | {names} | same, but no row | Spark s | Sail s | ratio |"
    lines = [head, "|---" * (len(_OUTCOMES) + 6) + "|"]
    for name in dict.fromkeys(one.suite for one in found):
        these = [one for one in found if one.suite == name]
        count = Counter(one.outcome for one in these)
        counts = " | ".join(str(count[outcome]) for outcome in _OUTCOMES)
        empty = sum(one.outcome == "same" and not one.rows for one in these)
        both = [one for one in these if one.outcome in ("same", "different")]
        spark, sail = sum(one.spark for one in both), sum(one.sail for one in both)
        ratio = f"{spark / sail:.1f} ×" if sail else ""
        times = f"{spark:.1f} | {sail:.1f} | {ratio}"
        lines.append(f"| {name} | {len(these)} | {counts} | {empty} | {times} |")
    return "\n".join(lines)


def main() -> None:
    """Parse the arguments, run the suites, print what they gave."""
    known = suites()
    parser = argparse.ArgumentParser(prog="python -m benchmarks.answers", description=__doc__)
    parser.add_argument("--data", type=Path, default=Path("data/answers"), help="made once here")
    parser.add_argument("--scale", type=float, default=0.1, help="GB of each suite (0.1)")
    parser.add_argument("--suite", nargs="+", choices=known, default=list(known))
    parser.add_argument("--only", nargs="+", default=(), help="names of statements: q1 q14b")
    arguments = parser.parse_args()
    facts, found = machine(), []
    for name in arguments.suite:
        data = known[name].data(arguments.data.absolute(), arguments.scale)
        found += run(known[name], data, arguments.only)
    print("\n".join(facts), table(found), sep="\n\n", end="\n\n")
    for one in found:
        if one.why:
            print(f"- {one.suite} {one.statement}, {one.outcome}: {one.why[:600]}")


if __name__ == "__main__":
    main()

"""What a plan shows to be a likely mistake, and no engine says before it runs."""

from __future__ import annotations

import re
from collections.abc import Iterator

from plait.lang.sqltext import code_of
from plait.plan.builder import position_in
from plait.plan.explain import late_tables
from plait.plan.materialization import demand
from plait.plan.sql_references import syntax_problem
from plait.plan.steps import Plan, Query, Remark, TableRef

_CHECKS = re.compile(r"\b(assert_true|raise_error)\s*\(", re.IGNORECASE)


def remarks_on(plan: Plan) -> Iterator[Remark]:
    """The likely mistakes, in the order of the plan."""
    late = late_tables(plan)
    wanted: dict[TableRef, int] = {}
    for step in plan.steps:
        if not isinstance(step, Query):
            continue
        table = step.outputs[0]
        if (found := _check_in(step.sql)) is not None:
            wanted = wanted or demand(plan.steps)
            if not wanted[table]:
                place = position_in(step.sql, found.start(1), len(found[1]), step.span)
                text = f"{found[1]} never runs, because nothing computes the table '{table.name}'"
                yield Remark(text, place)
        if table in late and (problem := syntax_problem(step.sql)) is not None:
            place = position_in(step.sql, problem.offset, problem.length, step.span)
            text = f"the SQL does not seem to be right here ({problem.text})"
            yield Remark(
                f"{text}; the engine reads it only when the steps before it have run",
                place,
                table,
            )


def _check_in(sql: str) -> re.Match[str] | None:
    """The first call of a function that checks; the plain search is quick, and mostly fails."""
    lower = sql.lower()
    if "assert_true" not in lower and "raise_error" not in lower:
        return None
    return _CHECKS.search(code_of(sql, "_"))

"""What the engine finds wrong is shown at its own words."""

from __future__ import annotations

import pytest

from plait.errors import AnalysisError, EngineError, PlaitError, Span
from plait.lang.parser import parse
from plait.plan.planner import plan
from plait.plan.scope import Scope
from plait.plan.steps import Plan, Query
from plait.runtime.positions import place

TEXT = """select 1 as kind, 'mas' as note as t;
select
  kind,
  avg(mas) as mean, -- mas
  count(*) as males
  count(*) as n
from t
group by kind
as u;"""


def planned() -> tuple[Plan, Query]:
    made = plan(parse(TEXT, "s.mlsql", {}).statements, Scope())
    return made, next(step for step in made.steps if step.span.line == 2)


@pytest.mark.parametrize(
    ("message", "cause", "line", "column", "length"),
    [
        ("there is no column mas", "", 4, 7, 3),
        ("there is no column t.mas", "line 3 pos 6", 4, 7, 3),
        ("there is no function count", "line 5 pos 2", 6, 3, 5),
        ("Syntax error at or near 'count'", "[PARSE_SYNTAX_ERROR] … (line 5, pos 2)", 6, 3, 5),
        ("the SQL is not understood at 'count' (character 64)", "", 6, 3, 5),
        ("there is no column nowhere", "", 2, 1, 6),
        ("the SQL is not understood at 'count' (character 3)", "", 2, 1, 6),
        ("something else", "", 2, 1, 6),
    ],
)
def test_an_error_is_moved_to_the_words_that_it_is_about(
    message: str, cause: str, line: int, column: int, length: int
) -> None:
    made, query = planned()
    error = AnalysisError(message, span=query.span, engine="sail", cause=cause)
    place([error], made)
    assert error.span is not None
    assert (error.span.line, error.span.column, error.span.length) == (line, column, length)
    assert error.span.text == TEXT.splitlines()[line - 1].partition(" --")[0].ljust(
        len(error.span.text)
    )


def test_other_errors_stay_where_they_are() -> None:
    made, query = planned()
    elsewhere = Span("s.mlsql", 40, 1)
    errors: list[PlaitError] = [
        AnalysisError("there is no column mas", span=query.span),
        EngineError("there is no column mas", span=query.span, engine="sail"),
        AnalysisError("there is no column mas", span=elsewhere, engine="sail"),
    ]
    place(errors, made)
    assert [error.span for error in errors] == [query.span, query.span, elsewhere]

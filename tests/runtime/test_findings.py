"""All that the engine's analysis finds in one statement, each at its own words."""

from __future__ import annotations

import pytest

from plait.engines.base import DataEngine, guarded
from plait.errors import AnalysisError, PlaitError, Span
from plait.runtime.findings import all_wrong

TABLE = "(select 1 as a, 'x' as b, named_struct('f', 1) as st)"
# The columns and functions that mean nothing where they stand are written with a capital.
STATEMENTS = (
    f"""select
  a, Nowhere, -- Nowhere
  t.Wrong + 1 as more, 'Wrong' as text,
  Nofun(a, Missing, ')') as f,
  count(*) filter (where Nowhere = 'x') as n
from {TABLE} t where Zero > 1 group by a, Nowhere""",
    # A name that exists in one part of a statement, and not in another.
    f"""with t as {TABLE}
select k from (select a as k from t) q where A > 1 and k in (select a from t)""",
    # What is found wrong inside is not found again outside, where it would have a value.
    f"select w.Wrong, More from (select Wrong from {TABLE}) w",
    f"select max(Wrong) over (partition by Other) as m from {TABLE} order by `Third`",
    # The alias is meant in the order, and not in the where clause.
    f"select a as x from {TABLE} where x > 1 order by x",
)  # fmt: skip


def questions(engine: DataEngine, sql: str) -> list[tuple[int, int, str]]:
    """Line, column and the word of each finding."""

    def ask(text: str) -> None:
        guarded(engine, lambda: engine.session().sql(text).schema)

    with pytest.raises(AnalysisError) as failed:
        ask(sql)
    span = Span("s.mlsql", 1, 1, 1, sql.split("\n")[0])
    found = all_wrong(sql, span, failed.value, ask)
    places = sorted((e.span.line, e.span.column, e.span.length) for e in found if e.span)
    lines = sql.split("\n")
    return [(ln, col, lines[ln - 1][col - 1 : col - 1 + length]) for ln, col, length in places]


@pytest.mark.parametrize("sql", STATEMENTS)
def test_each_unknown_name_is_found_where_it_stands(engine: DataEngine, sql: str) -> None:
    found = [word.strip("`") for _, _, word in questions(engine, sql)]
    expected = {
        STATEMENTS[0]: ["Nowhere", "Wrong", "Nofun", "Missing", "Nowhere", "Zero", "Nowhere"],
        STATEMENTS[1]: ["A"],
        STATEMENTS[2]: ["More", "Wrong"],
        STATEMENTS[3]: ["Wrong", "Other", "Third"],
        STATEMENTS[4]: ["x"],
    }
    assert found == expected[sql]


def test_what_is_no_unknown_name_stays_as_it_is(engine: DataEngine) -> None:
    span = Span("s.mlsql", 1, 1)

    def never(_: str) -> None:
        raise AssertionError("asked for nothing")

    for text in ("two columns are called x", "there is no column hidden"):
        first: PlaitError = AnalysisError(text, span=span, engine=engine.name)
        assert all_wrong("select 1 as a", span, first, never) == [first]
        assert first.span is span

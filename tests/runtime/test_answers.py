"""Answers of commands: printed in the script's order, and tables if the script names them."""

from __future__ import annotations

import pytest

from plait.errors import AnalysisError, BindError, PlaitError
from plait.events import TableShown

from ..conftest import Runner

ROWS = "select id as a, concat('v', id % 2) as b from range(30) as t;\n"


def test_an_answer_that_is_named_is_a_table(run: Runner) -> None:
    result = run(f"""{ROWS}!profile t;
!lastCommand named about;
select column, distinct from about where type = 'string' as texts;
!desc t; !lastCommand named columns;
!show t 4; !lastCommand named few;
show databases; !lastCommand named bases;
!show tables; !lastCommand named made;
!show models `${{dir}}/none`; !lastCommand named models;
select (select count(*) from columns) as c, (select count(*) from few) as f,
  (select count(*) from made where `table` = 'few') as m, (select sum(score) from models) as s,
  (select count(*) > 0 from bases) as b
as counts;""")
    titles = [event.title for event in run.of(TableShown)]
    path = f"models {run.folder}/none"
    assert titles == ["profile t", "desc t", "t", "show databases", "tables", path, "counts"]
    assert result.tables["texts"].to_arrow().to_pylist() == [{"column": "b", "distinct": 2}]
    assert result.last is not None
    made = {"c": 2, "f": 4, "m": 1, "s": None, "b": True}
    assert result.last.to_arrow().to_pylist() == [made]


def test_what_is_wrong_with_an_answer_that_is_named(run: Runner) -> None:
    with pytest.raises(AnalysisError) as failed:
        run.session.check(f"{ROWS}!profile t;\n!lastCommand named p;\nselect nul from p as q;")
    assert failed.value.span is not None
    assert (failed.value.span.line, failed.value.span.column) == (4, 8)
    with pytest.raises(BindError, match="no command before this line"):
        run.session.check(f"{ROWS}!lastCommand named p; select * from p as q;")
    with pytest.raises(PlaitError, match="there is no table 'nowhere'"):
        run.session.check("!profile nowhere;")

"""Names of variables are taken as written; names of tables and of code match in any case."""

from __future__ import annotations

import pytest

from plait.errors import BindError
from plait.plan.python_alg import PythonProgram
from plait.plan.steps import Fit

TWO = "set Code = 'first'; set code = 'second';\n"
TRAIN = 'select 1 as x as t; train t as PythonAlg.`/m` where scripts="{}";'


@pytest.mark.parametrize(("variable", "text"), [("Code", "first"), ("code", "second")])
def test_load_script_takes_the_variable_of_exactly_that_name(planned, variable, text) -> None:
    plan = planned(TWO + f"load script.`{variable}` as py;" + TRAIN.format("PY"))
    fit = next(step for step in plan.steps if isinstance(step, Fit))
    assert isinstance(fit.own, PythonProgram)
    assert [code.text for code in fit.own.scripts] == [text]


def test_another_spelling_is_no_variable(planned) -> None:
    with pytest.raises(BindError, match="no variable 'CODE'") as caught:
        planned(TWO + "load script.`CODE` as py;")
    assert caught.value.span.line == 2
    assert "did you mean" in (caught.value.hint or "")

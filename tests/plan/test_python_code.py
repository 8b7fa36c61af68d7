"""What the code of a training shows before anything runs."""

from __future__ import annotations

import threading

import pytest

from plait.errors import DataError, ParseError, ScriptErrors
from plait.plan.python_code import imported_modules, metric_names, syntax_error
from plait.plan.steps import Code
from plait.runtime.environments import EnvironmentPool

from .conftest import Planner

TRAIN = """select 1 as a as t;
set code = '''
from plait import task

{body}
''';
load script.`code` as code;
train t as PythonAlg.`m` where scripts="code"{more};"""


def code(text: str, name: str = "code") -> Code:
    return Code(name, text, "s.mlsql", 10)


def test_code_that_is_not_python_is_shown_at_its_line(planned: Planner) -> None:
    with pytest.raises(ParseError) as refused:
        planned(TRAIN.format(body="def f(:\n    pass", more=""))
    error = refused.value
    assert "the code 'code' is not Python" in error.message
    assert (error.span.line, error.span.column, error.span.text) == (5, 7, "def f(:")


def test_each_wrong_code_is_shown(planned: Planner) -> None:
    text = TRAIN.format(body="return 1", more=' and entryPoint="code"')
    text = text.replace('="code" and', '="code,other" and')
    text = text.replace(
        "load", "set other = '''x = = 1''';\nload script.`other` as other;\nload", 1
    )
    with pytest.raises(ScriptErrors) as refused:
        planned(text)
    lines = [(error.span.line, error.message) for error in refused.value.errors]
    assert [line for line, _ in lines] == [5, 7]


def test_code_that_is_indented_as_a_whole_is_read_as_it_will_be_run(planned: Planner) -> None:
    planned(TRAIN.replace("from plait", "    from plait").format(body="    x = 1", more=""))
    with pytest.raises(ParseError) as refused:
        planned(TRAIN.replace("from plait", "    from plait").format(body="    x = = 1", more=""))
    assert (refused.value.span.line, refused.value.span.column) == (5, 9)


def test_code_for_another_python_is_left_to_that_python() -> None:
    wrong = code("match = = 1")
    assert syntax_error(wrong, code("numpy\n", "env")) is not None
    assert syntax_error(wrong, code("dependencies:\n- python=3.14\n- numpy", "env")) is None
    assert syntax_error(code('x = "\\d"'), None) is None  # a warning of Python is no error


GROUPS = ' and metric="auc" and mode="max" and fitParam.0.a="1" and fitParam.1.a="2"'


def test_groups_that_are_ranked_by_nothing_are_remarked(planned: Planner) -> None:
    (remark,) = planned(TRAIN.format(body="task.log(1)", more=GROUPS)).remarks
    assert "the code logs nothing" in remark.text and "'auc'" in remark.text
    assert remark.span.line == 8


@pytest.mark.parametrize(
    "body",
    [
        'task.log_metric("auc", 1)',
        "for name in names: task.log_metric(name, 1)",
        "report = task.log_metric",
        "from plait.task import log_metric as say\nsay('auc', 1)",
    ],
)
def test_no_remark_where_the_metric_may_be_logged(planned: Planner, body: str) -> None:
    assert planned(TRAIN.format(body=body, more=GROUPS)).remarks == ()


def test_no_remark_on_one_group(planned: Planner) -> None:
    assert (
        planned(TRAIN.format(body="pass", more=' and metric="auc" and mode="max"')).remarks == ()
    )


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("from plait.task import log_metric\nlog_metric('a', 1)\nlog_metric(name='b')", "ab"),
        ("    import plait.task as t\n    t.log_metric('a', 1)", "a"),
        ("print('log_metric')", ""),
        ("for n in 'ab':\n    task.log_metric(f'{n}', 1)", None),
        ("fit(callback=task.log_metric); task.log_metric('a', 1)", None),
        ("from plait.task import log_metric as m\nm('a', 1)", None),
        ("task.log_metric(*pair)", None),
        ("if", None),
    ],
)  # fmt: skip
def test_which_metrics_code_shows_that_it_logs(text: str, names: str | None) -> None:
    assert metric_names([code(text)]) == (None if names is None else frozenset(names))


def test_imports() -> None:
    text = """import json, numpy.linalg
from other import x
try:
    import absent
except ImportError:
    pass
def f():
    from sklearn.svm import SVC
    from . import y
    import numpy
"""
    found = list(imported_modules([code(text), code("import code", "other")]))
    assert [(name, span.line) for name, span in found] == [("numpy", 10), ("sklearn", 17)]


def test_which_modules_an_environment_lacks() -> None:
    env = code("scikit-learn\nopencv-python", "env")
    cancel = threading.Event()
    pool = EnvironmentPool(None, print, cancel, iter(()))  # type: ignore[arg-type]
    assert pool.lacks(None, "no_such_module", local=True)
    assert not pool.lacks(None, "pyarrow", local=True)
    assert not pool.lacks(None, "no_such_module", local=False)
    assert not pool.lacks(env, "no_such_module", local=True)  # not resolved: nothing is known
    pool._locks[env.text] = "scikit-learn==1.7\nopencv-python==4.9\nnumpy==2.1\n"
    lacking = ["sklearn", "cv2", "numpy", "torch"]
    assert [name for name in lacking if pool.lacks(env, name, local=True)] == ["torch"]


def test_a_target_that_an_earlier_statement_made_is_refused(planned: Planner) -> None:
    with pytest.raises(DataError) as refused:
        planned("select 1 as a as t;\nsave t as csv.`/o/x`;\nsave t as csv.`/o/./x`;")
    assert "line 2 writes it" in refused.value.message
    assert (refused.value.span.line, refused.value.exit_code) == (3, 2)
    planned("select 1 as a as t; save t as csv.`/o/x`; save append t as csv.`/o/x`;")
    again = "drop table default.n; save t as hive.`default.n`;"
    planned(f"select 1 as a as t; save t as hive.`default.n`; {again}", ())

from __future__ import annotations

import json
import pickle
import sys
from pathlib import Path

import pyarrow.parquet as pq
import pytest

import plait.task
from plait.worker.script.context import typed
from plait.worker.script.runner import run_group

from .groups import ROWS, file_table, payload


def test_a_script_that_uses_nothing_is_just_run(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    answer = run_group(payload(tmp_path, "if __name__ == '__main__':\n    print('ran')\n"))
    assert capsys.readouterr().out == "ran\n"
    assert (answer["status"], answer["metrics"], answer["model"]) == ("success", {}, None)
    assert answer["started"] <= answer["ended"]


def test_the_data_in_every_form(tmp_path: Path) -> None:
    script = """
import plait.task as task
from plait.task import data, params
assert len(data) == 8 and data.columns == ["x", "y", "label"], data
assert data.to_arrow().num_rows == 8
assert data.schema.field("label").type == "int64"
assert list(data.to_pandas()["x"]) == [0, 1, 2, 3, 4, 5, 6, 7]
assert [b.num_rows for b in data.batches(3)] == [3, 1, 3, 1]
assert data.head(2).num_rows == 2
assert task.validation.to_arrow().num_rows == 8
assert params == {"depth": 3, "rate": 0.5, "deep": True, "none": None, "name": "a b", "zip": "007"}
assert task.system_params == {"seed": 1} and task.group == 0
"""
    params = {
        "depth": "3", "rate": "0.5", "deep": "True", "none": "null", "name": "a b", "zip": "007",
    }  # fmt: skip
    answer = run_group(
        payload(
            tmp_path,
            script,
            params=params,
            system_params={"seed": "1"},
            validation=file_table(tmp_path / "valid", name="valid").payload(),
        )
    )
    assert answer["status"] == "success", answer


@pytest.mark.parametrize("format", ["json", "parquet"])
def test_the_data_as_files(tmp_path: Path, format: str) -> None:
    script = "import plait.task\nprint(plait.task.data_folder)\nraise SystemExit(0)\n"
    answer = run_group(payload(tmp_path, script, file_format=format))
    assert answer["status"] == "success"
    folder = tmp_path / "work" / "group-0" / "data" / f"data.{format}"
    if format == "parquet":
        assert pq.read_table(folder).sort_by("x").equals(ROWS)
    else:
        lines = (folder / "part-00000.json").read_text().splitlines()
        assert [json.loads(line) for line in lines] == ROWS.to_pylist()


def test_an_empty_table(tmp_path: Path) -> None:
    script = """
import plait.task
assert plait.task.data.to_pandas().empty
assert plait.task.data.to_arrow().schema == plait.task.data.schema
assert list(plait.task.data.batches()) == []
plait.task.data.folder("json"), plait.task.data.folder()
"""
    empty = {**file_table(tmp_path).payload(), "files": [], "rows": 0}
    assert run_group(payload(tmp_path, script, table=empty))["status"] == "success"


def test_line_numbers_are_those_of_the_file(tmp_path: Path) -> None:
    script = "import helper\n\ndef f():\n    return helper.g({})\n\nf()\n"
    answer = run_group(payload(tmp_path, script, ("helper", "def g(d):\n    return d['key']\n")))
    assert answer["status"] == "failed"
    assert answer["error"] == "KeyError: 'key'"
    assert answer["line"] == 102
    shown = answer["traceback"].splitlines()
    assert [line.strip() for line in shown if "File" in line] == [
        'File "work.mlsql", line 16, in <module>',
        'File "work.mlsql", line 14, in f',
        'File "work.mlsql", line 102, in g',
    ]
    assert "    return helper.g({})" in shown
    assert "    return d['key']" in shown
    assert "runner.py" not in answer["traceback"]


def test_a_failure_inside_a_library_shows_where_it_ended(tmp_path: Path) -> None:
    answer = run_group(payload(tmp_path, "import json\njson.loads('{')\n"))
    assert answer["line"] == 12
    assert answer["error"].startswith("JSONDecodeError: ")
    assert answer["traceback"].count("File ") == 2


def test_a_failure_with_a_cause_keeps_it(tmp_path: Path) -> None:
    script = "try:\n    1 / 0\nexcept Exception as e:\n    raise ValueError('bad\\nrow') from e\n"
    answer = run_group(payload(tmp_path, script))
    assert answer["error"] == "ValueError: bad"
    assert "ZeroDivisionError" in answer["traceback"]


def test_a_syntax_error_has_its_line(tmp_path: Path) -> None:
    answer = run_group(payload(tmp_path, "x = 1\nif x\n    pass\n"))
    assert (answer["status"], answer["line"]) == ("failed", 12)
    assert answer["error"] == "SyntaxError: expected ':'"
    assert 'File "work.mlsql", line 12' in answer["traceback"]


@pytest.mark.parametrize(
    ("code", "status"), [("", "success"), ("0", "success"), ("3", "failed"), ("'no'", "failed")]
)
def test_exit_codes(tmp_path: Path, code: str, status: str) -> None:
    answer = run_group(payload(tmp_path, f"import sys\nsys.exit({code})\n"))
    assert answer["status"] == status
    if status == "failed":
        expected = {"3": "the script left with exit code 3", "'no'": "the script left with: no"}
        assert answer["error"] == expected[code]


def test_an_interrupt_goes_through(tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt):
        run_group(payload(tmp_path, "raise KeyboardInterrupt"))
    with pytest.raises(RuntimeError, match="exists only in the script"):
        plait.task.data  # noqa: B018 - looking is the test


def test_an_indented_script(tmp_path: Path) -> None:
    answer = run_group(payload(tmp_path, "\n    x = 1\n    if x:\n        raise OSError(x)\n"))
    assert (answer["error"], answer["line"]) == ("OSError: 1", 14)


def test_one_worker_runs_one_script_after_another(tmp_path: Path) -> None:
    main = sys.modules["__main__"]
    script = "import helper, pickle\nclass A: pass\npickle.dumps(A())\nassert helper.value == {}\n"
    for value in (1, 2):
        wanted = script.replace("{}", str(value))
        answer = run_group(payload(tmp_path, wanted, ("helper", f"value = {value}")))
        assert answer["status"] == "success", answer
    assert "helper" not in sys.modules
    assert sys.modules["__main__"] is main


def test_metrics_keep_the_last_value(tmp_path: Path) -> None:
    script = """
from plait.task import log, log_metric, progress
log_metric("auc", 0.5)
log_metric("auc", 0.75)
log_metric("n", 3)
progress(0.5, "half")
log("done")
"""
    answer = run_group(payload(tmp_path, script))
    assert answer["metrics"] == {"auc": 0.75, "n": 3.0}, answer


def test_a_metric_that_is_no_number(tmp_path: Path) -> None:
    answer = run_group(payload(tmp_path, "import plait.task as t\nt.log_metric('a', 'much')\n"))
    assert (answer["status"], answer["line"]) == ("failed", 12)
    assert answer["error"].startswith("ValueError: could not convert")


def test_what_a_dead_attempt_left_is_removed(tmp_path: Path) -> None:
    (tmp_path / "group-0").mkdir()
    (tmp_path / "group-0" / "old").write_text("half")
    run_group(payload(tmp_path, "pass"))
    assert not (tmp_path / "group-0").exists()


def test_types_of_options() -> None:
    assert [typed(t) for t in ("1", "-1", "1.5", "1e-3", ".5", "2.")] == [1, -1, 1.5, 1e-3, 0.5, 2]
    assert [typed(t) for t in ("true", "False", "NULL")] == [True, False, None]
    same = ["01", "1_000", "nan", "inf", "1.2.3", "", "1e", "e3", "[1]", "0x1"]
    assert [typed(t) for t in same] == same


def test_the_answer_can_be_pickled(tmp_path: Path) -> None:
    script = "import plait.task as t\nt.save_model(lambda f: f['x'])\n"
    answer = run_group(payload(tmp_path, script))
    assert pickle.loads(pickle.dumps(answer)) == answer


def test_an_exception_that_cannot_say_what_it_is(tmp_path: Path) -> None:
    script = """
class Odd(Exception):
    def __str__(self):
        raise RuntimeError("no text")
raise Odd()
"""
    answer = run_group(payload(tmp_path, script))
    assert (answer["status"], answer["error"]) == ("failed", "Odd")
    assert "runner.py" not in answer["traceback"]


def test_a_long_message_is_shortened(tmp_path: Path) -> None:
    answer = run_group(payload(tmp_path, "raise ValueError('x' * 3_000_000)\n"))
    assert answer["error"].startswith("ValueError: xxx") and len(answer["error"]) < 1100
    assert len(answer["traceback"]) < 21_000


def test_a_script_is_what_it_would_be_on_the_command_line(tmp_path: Path) -> None:
    script = """
import argparse, sys
parser = argparse.ArgumentParser()
parser.add_argument("--k", type=float, default=2.0)
assert parser.parse_args().k == 2.0
assert __name__ == "__main__" and sys.modules["__main__"].__file__ == __file__
assert sys.argv == [__file__] == ["work.mlsql"], sys.argv
"""
    before = list(sys.argv)
    answer = run_group(payload(tmp_path, script))
    assert answer["status"] == "success", answer
    assert sys.argv == before


@pytest.mark.parametrize("method", ["spawn", "forkserver"])
def test_a_pool_of_new_processes_runs_the_scripts_functions(tmp_path: Path, method: str) -> None:
    script = f"""
import multiprocessing as mp
from concurrent.futures import ProcessPoolExecutor
from plait import task
import helper
def square(x):
    return helper.square(x)
if __name__ == "__main__":
    context = mp.get_context("{method}")
    with context.Pool(1) as pool:
        assert pool.map(square, range(4)) == [0, 1, 4, 9]
    with ProcessPoolExecutor(1, mp_context=context) as pool:
        assert list(pool.map(helper.square, [5])) == [25]
    task.log_metric("ran", 1)
"""
    helper = ("helper", "def square(x):\n    return x * x\n")
    answer = run_group(payload(tmp_path, script, helper))
    assert answer["metrics"] == {"ran": 1.0}, answer


def test_a_pool_whose_processes_cannot_run_the_script_fails(tmp_path: Path) -> None:
    """multiprocessing itself starts such processes again and again, and waits for ever."""
    script = """
import multiprocessing as mp
from plait import task
frame = task.data.to_pandas()
def square(x):
    return x * x
with mp.get_context("spawn").Pool(1) as pool:
    pool.map(square, range(4))
"""
    answer = run_group(payload(tmp_path, script))
    assert (answer["status"], answer["line"]) == ("failed", 18), answer
    assert "plait.task.data exists only in the script" in answer["error"]
    assert "(line 14); put what only the training itself" in answer["error"]

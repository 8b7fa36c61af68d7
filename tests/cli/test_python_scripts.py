"""`plait run script.py`: the script as Python runs it, with both engines where it looks."""

from __future__ import annotations

import json
import signal
import sys
import time
from importlib.util import find_spec
from pathlib import Path

import pytest

from plait.engines.packages import installed
from plait.errors import CapabilityError, ParseError
from plait.scripts.requirements import Requirements, requirements_of
from plait.scripts.run import spark_for
from plait.settings import Settings
from tests.cli.processes import MARKER, left_after, wait_for

EXAMPLES = Path(__file__).parents[2] / "examples"
needs_spark = pytest.mark.skipif(
    not installed().spark, reason="needs Apache Spark: pip install 'plait[spark]'"
)
needs_sail = pytest.mark.skipif(
    not installed().sail, reason="needs Sail: pip install 'plait[embedded]'"
)


# --- what a script needs ----------------------------------------------------------------------


def test_what_a_script_uses_is_determined_from_its_imports(tmp_path: Path) -> None:
    (tmp_path / "helper.py").write_text("from deeper import x\n")
    (tmp_path / "deeper.py").write_text("def f():\n    import ray.data\n")
    file = str(tmp_path / "s.py")
    assert requirements_of(file, "import os\n") == Requirements(False, False, ())
    assert requirements_of(file, "import helper\n").ray
    assert requirements_of(file, "from pyspark.sql import functions as F\n").spark
    assert requirements_of(file, "import importlib\nimportlib.import_module('ray')\n").ray
    assert not requirements_of(file, "array = 'import ray'\n# import pyspark\n").ray


def test_what_only_spark_has_is_found_where_it_stands(tmp_path: Path) -> None:
    text = (
        "from pyspark import SparkContext\n"
        "from pyspark.ml.linalg import Vectors\n"
        "'é'; df.rdd.map(f)\n"
        "spark.read.format('libsvm')\n"
    )
    found = requirements_of(str(tmp_path / "s.py"), text).classic
    assert sorted((need.span.line, need.what) for need in found) == [
        (1, "SparkContext"),
        (2, "pyspark.ml.linalg"),
        (3, ".rdd"),
        (4, "the format libsvm"),
    ]
    assert next(need.span for need in found if need.what == ".rdd").column == 6


def test_sail_is_refused_where_a_script_needs_more() -> None:
    text = "import pyspark\nx.sparkContext\n"
    with pytest.raises(CapabilityError, match=r"only Apache Spark can: \.sparkContext"):
        spark_for(requirements_of("s.py", text), Settings(engine="sail"))
    assert spark_for(Requirements(False, True, ()), Settings()) is None


def test_a_script_that_is_not_python_is_refused_before_anything_starts() -> None:
    with pytest.raises(ParseError) as caught:
        requirements_of("s.py", "x = 1\ny = (\n")
    assert caught.value.span is not None and caught.value.span.line == 2
    with pytest.raises(ParseError):
        requirements_of("s.py", "x = '\0'\n")


# --- as Python itself would -------------------------------------------------------------------


def test_the_script_is_main_with_its_own_arguments(plait) -> None:
    plait.script("VALUE = 41\n", "beside.py")
    plait.script(
        "import sys, pickle, multiprocessing, beside\n"
        "class Own: pass\n"
        "def more(x): return x + 1\n"
        "if __name__ == '__main__':\n"
        "    print(sys.argv, __file__)\n"
        "    print(type(pickle.loads(pickle.dumps(Own()))).__module__)\n"
        "    with multiprocessing.get_context('spawn').Pool(1) as pool:\n"
        "        print(pool.map(more, [beside.VALUE]))\n",
        "s.py",
    )
    done = plait("run", "s.py", "--epochs", "3")
    assert done.returncode == 0, done.stderr
    assert done.stdout == "['s.py', '--epochs', '3'] s.py\n__main__\n[42]\n"


def test_a_failing_script_has_its_own_traceback_and_its_line_is_named(plait) -> None:
    text = "import json\ndef load():\n    return json.loads('{')\nload()\n"
    plait.script(text, "s.py")
    done = plait("run", "s.py")
    assert done.returncode == 1
    assert done.stderr.startswith("Traceback (most recent call last):\n")
    assert "pyscript" not in done.stderr
    headline = done.stderr[done.stderr.index("task error") :]
    assert "the script failed: JSONDecodeError: " in headline
    assert "at s.py:3:5" in headline
    assert "    3 |     return json.loads('{')" in headline


@pytest.mark.parametrize(
    ("text", "code", "words"),
    [
        ("import sys; sys.exit(0)", 0, ""),
        ("import sys; sys.exit(3)", 1, "ended with exit code 3"),
        ("import os; os._exit(7)", 1, "ended with exit code 7"),
        ("import os; os.kill(os.getpid(), 9)", 1, "killed by SIGKILL"),
        ("x = (", 2, "was never closed"),
    ],
)
def test_exit_codes(plait, text: str, code: int, words: str) -> None:
    done = plait("run", plait.script(text, "s.py"))
    assert (done.returncode, done.stdout) == (code, "")
    assert words in done.stderr


def test_with_json_what_the_script_prints_becomes_events(plait) -> None:
    plait.script("import sys\nprint('out é')\nprint('err', file=sys.stderr)\n", "s.py")
    done = plait("run", "--json", "s.py")
    events = [json.loads(line) for line in done.stdout.splitlines()]
    logs = {(e["stream"], e["text"]) for e in events if e["event"] == "StepLog"}
    assert logs == {("stdout", "out é"), ("stderr", "err")}
    assert events[0]["event"] == "RunStarted"
    assert (events[-1]["event"], events[-1]["status"]) == ("RunFinished", "done")


def test_a_script_without_engines_starts_none(plait) -> None:
    text = "import os\nprint([k for k in os.environ if k in ('RAY_ADDRESS', 'SPARK_REMOTE')])\n"
    done = plait("run", plait.script(text, "s.py"))
    assert (done.stdout, done.stderr) == ("[]\n", "")


# --- how it ends ------------------------------------------------------------------------------

STUBBORN = """\
import pathlib, signal, subprocess, sys, time
subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"], start_new_session=True)
pathlib.Path("ready").touch()
try:
    time.sleep(600)
except KeyboardInterrupt:
    pathlib.Path("interrupted").touch()
    raise
"""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupt_reaches_the_script_and_leaves_no_process(plait, tmp_path, number) -> None:
    process = plait.start("run", plait.script(STUBBORN, "s.py"), **{MARKER: str(tmp_path)})
    wait_for(tmp_path / "ready")
    process.send_signal(number)
    _, err = process.communicate(timeout=30)
    assert process.returncode == 130
    assert (tmp_path / "interrupted").exists()
    assert "cancelled error" in err
    assert left_after(str(tmp_path)) == []


def test_a_script_that_ignores_the_interrupt_is_ended(plait, tmp_path) -> None:
    text = "import signal\nsignal.signal(signal.SIGINT, signal.SIG_IGN)\n" + STUBBORN
    process = plait.start("run", plait.script(text, "s.py"), **{MARKER: str(tmp_path)})
    wait_for(tmp_path / "ready")
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=40)
    assert process.returncode == 130
    assert left_after(str(tmp_path)) == []


def test_a_second_interrupt_ends_plait_at_once(plait, tmp_path) -> None:
    text = "import signal\nsignal.signal(signal.SIGINT, signal.SIG_IGN)\n" + STUBBORN
    text = text.replace(", start_new_session=True", "")
    process = plait.start("run", plait.script(text, "s.py"), **{MARKER: str(tmp_path)})
    wait_for(tmp_path / "ready")
    process.send_signal(signal.SIGINT)
    time.sleep(0.5)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=30)
    # Not the orderly end, which reports that the run was cancelled.
    assert (process.returncode, out, err) == (130, "", "")
    assert left_after(str(tmp_path)) == []


def test_the_script_ends_with_a_plait_that_is_killed(plait, tmp_path) -> None:
    text = "import pathlib, time\npathlib.Path('ready').touch()\ntime.sleep(600)\n"
    process = plait.start("run", plait.script(text, "s.py"), **{MARKER: str(tmp_path)})
    wait_for(tmp_path / "ready")
    process.kill()
    process.communicate(timeout=30)
    assert left_after(str(tmp_path)) == []


# --- with the engines -------------------------------------------------------------------------


@needs_sail
def test_a_script_finds_sail_by_spark_connect(plait, tmp_path) -> None:
    plait.script(
        "from pyspark.sql import SparkSession\n"
        "spark = SparkSession.builder.getOrCreate()\n"
        "print(spark.range(10).selectExpr('sum(id) as s').collect()[0].s)\n",
        "s.py",
    )
    done = plait("run", "--engine", "sail", "s.py", **{MARKER: str(tmp_path)})
    assert (done.returncode, done.stdout) == (0, "45\n"), done.stderr
    assert left_after(str(tmp_path)) == []


def test_a_script_finds_ray_and_so_do_its_tasks(plait, tmp_path) -> None:
    plait.script(
        "import ray\n"
        "ray.init(log_to_driver=False)\n"
        "@ray.remote\n"
        "def f(x): return x * x\n"
        "print(ray.get([f.remote(i) for i in range(4)]))\n",
        "s.py",
    )
    done = plait("run", "s.py", **{MARKER: str(tmp_path)})
    assert (done.returncode, done.stdout) == (0, "[0, 1, 4, 9]\n"), done.stderr
    assert left_after(str(tmp_path)) == []
    assert list(tmp_path.glob("plait-lake/_staging/*")) == []


@needs_spark
@pytest.mark.skipif(not find_spec("sklearn"), reason="needs scikit-learn")
def test_the_pyspark_seed_trains_on_ray_inside_sparks_workers(plait, tmp_path) -> None:
    script = str(EXAMPLES / "seed_pyspark.py")
    done = plait("run", script, str(tmp_path / "out"), **{MARKER: str(tmp_path)})
    assert done.returncode == 0, done.stderr
    scores = {
        line.partition(":")[0]: float(line.split()[2])
        for line in done.stdout.splitlines()
        if ": accuracy" in line
    }
    assert set(scores) == {"SVC", "BAYES"}
    assert min(scores.values()) > 0.85
    import pyarrow.dataset as ds

    saved = ds.dataset(tmp_path / "out" / "models", format="parquet").to_table()
    assert sorted(saved.column("model").to_pylist()) == ["BAYES", "SVC"]
    assert left_after(str(tmp_path)) == []


def test_this_python_runs_the_script(plait) -> None:
    done = plait("run", plait.script("import sys; print(sys.executable)", "s.py"))
    assert done.stdout.strip() == sys.executable

"""`plait verify`: one script on both engines, every table compared."""

from __future__ import annotations

import json
import signal
from pathlib import Path

import pytest

from plait.engines.packages import installed
from plait.verify.compare import differing, family
from tests.conftest import wait_until

pytestmark = pytest.mark.skipif(
    not (installed().sail and installed().spark), reason="needs Sail and Spark"
)
SAME = """\
load csv.`in.csv` where header="true" and inferSchema="true" as t;
select name, n / 3 as third, array(n, null) as a from t as u;
save overwrite u as parquet.`out`;
load parquet.`out` as back;
select count(*) as c from u as ${last};
"""
DIFFERENT = """\
select * from values (2147483647) t(v) as big;
select v + 1 as s from big as total;
select regexp_replace(word, '[^\\\\w]', '_') as w from values ('aé'), ('b') t(word) as words;
select max(d) - min(d) as x from values (date'2024-01-01'), (date'2024-01-05') t(d) as mixed;
"""


FIT = """\
set fit = '''
from pathlib import Path
from plait import task

with Path("${folder}/trainings").open("a") as file:
    file.write("one\\n")
frame = task.data.to_pandas()

class Ratio:
    def __init__(self, k):
        self.k = k
    def predict(self, frame):
        return frame["x"] * self.k

task.log_metric("k", frame["y"].mean() / frame["x"].mean())
task.save_model(Ratio(frame["y"].mean() / frame["x"].mean()), features=["x"], name="guess")
''';
load script.`fit` as fit;
"""
# Everything that a script may leave behind, most of it onto what an earlier run has left.
LEAVES = f"""\
{FIT}
select id as i, id * 2d as x, id * 6d as y from range(100) as made;
save overwrite made as csv.`out/csv` where header="true";
load csv.`out/csv` where header="true" and inferSchema="true" as read;
save append made as parquet.`out/log`;
save ignore made as json.`out/once`;
load parquet.`out/log` as log;

create database if not exists d;
select *, i % 3 as part from made as parts;
save overwrite parts as hive.`d.big` partitionBy part;
load hive.`d.big` as first_big;
select i, x from d.big as from_sql;
select x, y from first_big where i < 3 as few;
save overwrite few as hive.`d.big`;
load hive.`d.big` as second_big;
select count(*) as n from default.kept as kept_count;
create table if not exists added (n bigint);
insert into added select count(*) from log;
load hive.`added` as added_so_far;
drop table if exists old;

train made as PythonAlg.`out/model` where scripts="fit" as trained;
select count(*) as n, max(k) as k from (select 1 as k, * from trained) as of_trained;
predict read as PythonAlg.`out/model` as predicted;
predict read as PythonAlg.`out/model` where modelVersion="1" as by_the_first;
predict read as PythonAlg.`other/model` as by_another;
save overwrite predicted as parquet.`out/predicted`;
select sum(guess) as s from predicted as summary;
"""
BEFORE = f"""\
{FIT}
select id as i, id * 2d as x, id * 4d as y from range(10) as made;
save made as parquet.`out/log`;
save made as json.`out/once`;
save made as hive.`default.kept`;
save made as hive.`default.old`;
select 7L as n as one;
save one as hive.`default.added`;
train made as PythonAlg.`out/model` where scripts="fit";
train made as PythonAlg.`other/model` where scripts="fit";
"""


def test_the_same_tables(plait, tmp_path) -> None:
    plait.script("name,n\na,1\nb,2\nb,2\n", "in.csv")
    done = plait("verify", plait.script(SAME), "--var", "last=number")
    assert done.returncode == 0, done.stderr + done.stdout
    lines = [" ".join(line.split()) for line in done.stdout.splitlines()]
    assert lines[:2] == ["t line 1 same (3 rows)", "u line 2 same (3 rows)"]
    assert lines[2:4] == ["back line 4 same (3 rows)", "number line 5 same (1 rows)"]
    assert lines[4].startswith("script.mlsql: 4 same (")
    assert {path.name for path in tmp_path.iterdir()} == {"in.csv", "script.mlsql"}


def test_tables_that_differ_are_shown(plait) -> None:
    done = plait("verify", "--json", plait.script(DIFFERENT))
    assert done.returncode == 1, done.stderr + done.stdout
    found = json.loads(done.stdout)
    tables = {table["table"]: table for table in found["tables"]}
    assert not found["sound"]
    assert {name: table["status"] for name, table in tables.items()} == {
        "big": "same", "total": "different", "words": "different", "mixed": "different",
    }  # fmt: skip
    assert "Spark fails" in tables["total"]["why"]
    assert tables["total"]["sail"] == ['{"s": -2147483648}']
    assert (tables["words"]["spark"], tables["words"]["sail"]) == (
        ['{"w": "a_"}'],
        ['{"w": "aé"}'],
    )
    assert tables["mixed"]["why"].startswith("x is duration[us] on Spark, int64 on Sail")


def test_what_is_routed_is_not_compared(plait) -> None:
    text = "select 1 a as t;\nselect bround(2.5d) as b from t as u;\n"
    done = plait("verify", plait.script(text))
    assert done.returncode == 0, done.stderr
    assert "not run on Sail because of line 2:" in done.stdout
    assert "bround" in done.stdout and "nothing to compare" in done.stdout


def test_a_wrong_script(plait) -> None:
    done = plait("verify", plait.script("select nothing from t as u;\n"))
    assert done.returncode == 2
    assert "script.mlsql:1" in done.stderr and done.stdout == ""
    assert plait("verify", plait.script("x = 1\n", "a.py")).returncode == 2
    assert plait("verify", plait.script(DIFFERENT), "--tolerance", "many").returncode == 2


def files(folder: Path) -> dict[str, bytes]:
    """Every file below a folder, but for what counts the trainings."""
    found = (path for path in folder.rglob("*") if path.is_file() and path.name != "trainings")
    return {str(path.relative_to(folder)): path.read_bytes() for path in found}


def test_what_a_script_leaves_is_compared_and_not_left(plait, tmp_path) -> None:
    folder = f"folder={tmp_path}"
    done = plait("run", plait.script(BEFORE), "--var", folder)
    assert done.returncode == 0, done.stderr
    plait.script(LEAVES)
    before = files(tmp_path)
    trainings = tmp_path / "trainings"
    trainings.unlink()

    done = plait("verify", "--json", "script.mlsql", "--var", folder)
    assert done.returncode == 0, done.stderr + done.stdout
    tables = {table["table"]: table for table in json.loads(done.stdout)["tables"]}
    skipped = {name: table["why"] for name, table in tables.items() if table["status"] != "same"}
    assert skipped == {"trained": "it is the report of a training, which runs once"}
    rows = {name: table["rows"] for name, table in tables.items()}
    assert (rows["log"], rows["first_big"], rows["from_sql"]) == (110, 100, 100)
    assert (rows["second_big"], rows["added_so_far"], rows["by_another"]) == (3, 2, 100)
    assert trainings.read_text("utf-8") == "one\n"
    assert files(tmp_path) == before
    assert not list(tmp_path.rglob("_staging"))


def test_a_prediction_from_other_features_differs(plait) -> None:
    words = """\
select length(regexp_replace(w, '[^\\\\w]', '')) * 1d as x from values ('aé'), ('b') t(w) as later;
select 2d as x, 4d as y as made;
train made as PythonAlg.`model` where scripts="fit";
predict later as PythonAlg.`model` as predicted;
save predicted as parquet.`out`;
load parquet.`out` as back;
"""
    done = plait("verify", "--json", plait.script(FIT + words), "--var", f"folder={plait.folder}")
    assert done.returncode == 1, done.stderr + done.stdout
    tables = {table["table"]: table for table in json.loads(done.stdout)["tables"]}
    assert tables["made"]["status"] == "same"
    for name in ("predicted", "back"):
        assert tables[name]["why"] == "1 of 2 rows only on Spark, 1 of 2 only on Sail"
        assert tables[name]["spark"] == ['{"x": 1.0, "guess": 2.0}']
        assert tables[name]["sail"] == ['{"x": 2.0, "guess": 4.0}']
    assert {path.name for path in plait.folder.iterdir()} == {"script.mlsql", "trainings"}


def test_a_save_that_fails_on_one_engine(plait, tmp_path) -> None:
    text = """\
select 1 as one as t;
select v + 1 as s from values (2147483647) t(v) as total;
save total as parquet.`out`;
load parquet.`out` as back;
select * from t as again;
train t as PythonAlg.`model` where scripts="fit" as trained;
predict again as PythonAlg.`model` as predicted;
"""
    text = f"{FIT.replace('frame = task', 'import time; time.sleep(60); frame = task')}{text}"
    done = plait("verify", "--json", plait.script(text), "--var", f"folder={tmp_path}")
    assert done.returncode == 1, done.stderr + done.stdout
    found = json.loads(done.stdout)
    tables = {table["table"]: table for table in found["tables"]}
    assert {name: table["status"] for name, table in tables.items()} == {
        "t": "same", "total": "different", "back": "different", "again": "same",
        "trained": "skipped", "predicted": "skipped",
    }  # fmt: skip
    (end,) = found["ended"]
    line = end["line"]
    assert end["engine"] == "Spark" and line > 1
    assert f"Spark fails: line {line} fails" in tables["back"]["why"]
    assert tables["predicted"]["why"] == "the run on Spark ended before it was made"
    assert {path.name for path in tmp_path.iterdir()} <= {"script.mlsql", "trainings"}


def test_a_training_that_fails_is_the_scripts_failure(plait, tmp_path) -> None:
    text = (
        FIT.replace("frame = task", "1 / 0; frame = task")
        + """\
select 2d as x, 4d as y as made;
save made as hive.`t`;
train made as PythonAlg.`model` where scripts="fit" as trained;
"""
    )
    done = plait("verify", plait.script(text), "--var", f"folder={tmp_path}")
    assert done.returncode == 1 and "ZeroDivisionError" in done.stderr
    assert {path.name for path in tmp_path.iterdir()} == {"script.mlsql", "trainings"}


def test_an_interrupt_leaves_nothing(plait, tmp_path) -> None:
    text = (
        FIT.replace("frame = task", "import time; time.sleep(60); frame = task")
        + """\
select 2d as x, 4d as y as made;
save made as hive.`t`;
train made as PythonAlg.`model` where scripts="fit" as trained;
"""
    )
    process = plait.start("verify", plait.script(text), "--var", f"folder={tmp_path}")
    assert wait_until((tmp_path / "trainings").exists, 90)
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=60)
    assert process.returncode == 130
    assert {path.name for path in tmp_path.iterdir()} == {"script.mlsql", "trainings"}


def test_rows_within_the_tolerance_are_partners() -> None:
    left = [("a", 1.0, (2.0, "x")), ("a", 1.0, (2.0, "x")), ("b", 0.0, ())]
    right = [("a", 1.0 + 1e-12, (2.0, "x")), ("a", 1.0, (2.0 - 1e-11, "x")), ("b", 1e-3, ())]
    only_left, only_right = differing(iter(left), iter(right), 1e-9)
    assert (only_left, only_right) == ([left[2]], [right[2]])
    assert differing(iter(left), iter(right), 1e-2) == ([], [])
    assert differing(iter(left), iter(left[:2]), 1e-9) == ([left[2]], [])


def test_a_type_counts_by_its_family() -> None:
    import pyarrow as pa

    assert family(pa.int32()) == family(pa.int64())
    assert family(pa.decimal128(5, 2)) == family(pa.decimal128(10, 4)) != family(pa.float64())
    assert family(pa.list_(pa.field("x", pa.int8(), nullable=False))) == family(
        pa.list_(pa.int64())
    )
    assert family(pa.timestamp("us")) != family(pa.timestamp("us", "UTC"))

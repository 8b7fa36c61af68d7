"""What plait was made for: drivers here, executors in YARN, data in HDFS and a Hive table,
Python in Ray.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from plait.errors import EngineError
from plait.events import TableShown
from plait.session import Session, connect
from tests.conftest import Plait, Runner
from tests.services.hive import Hive
from tests.services.yarn import Yarn

# Everything is downloaded and started first.
pytestmark = pytest.mark.timeout(1200)
ROOT = Path(__file__).parents[2]
EVERYWHERE = ROOT / "examples" / "everywhere.mlsql"
SCRIPT = """
select id as x, id * 2.0 as y from range(200) as made;
save overwrite made as csv.`${data}/in` where header="true";
load csv.`${data}/in` where header="true" and inferSchema="true" as points;
save overwrite points as hive.`default.points`;
load hive.`default.points` as stored;
select * from stored where x < 100 as half;
save overwrite half as parquet.`${data}/half`;
load parquet.`${data}/half` as back;
set mean='''
from plait import task
frame = task.data.to_pandas()
class Mean:
    def __init__(self, value):
        self.value = value
    def predict(self, frame):
        return [self.value] * len(frame)
task.log_metric("mean", float(frame["y"].mean()))
task.save_model(Mean(float(frame["y"].mean())))
''';
load script.`mean` as mean;
train back as PythonAlg.`${data}/model` where scripts="mean" as trained;
predict stored as PythonAlg.`${data}/model` as predicted;
select count(*) as n, sum(y) as s, avg(prediction) as p from predicted as last;
"""
CLASSIC = """
from pyspark.sql import SparkSession
spark = SparkSession.builder.getOrCreate()
sc = spark.sparkContext
print(sc.master, sc.parallelize(range(10), 2).map(lambda x: x * x).sum())
"""


@pytest.fixture(scope="module")
def session(
    hadoop: Yarn, metastore: Hive, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Session]:
    with pytest.MonkeyPatch.context() as patch:
        for name, value in hadoop.environ.items():
            patch.setenv(name, value)
        settings = {**hadoop.settings, **metastore.settings, "ray.num_cpus": 2}
        with connect(f"{hadoop.hdfs}/lake", **settings) as opened:
            yield opened


def test_the_script_of_the_laptop(session: Session, hadoop: Yarn, tmp_path: Path) -> None:
    run = Runner(session, tmp_path)
    result = run(SCRIPT, data=f"{hadoop.hdfs}/user/root/points")
    assert result.last.to_arrow().to_pylist() == [{"n": 200, "s": 39800.0, "p": 99.0}]
    assert hadoop.containers(), "its executors are YARN's"


def test_the_table_lies_in_the_warehouse(session: Session, hadoop: Yarn, tmp_path: Path) -> None:
    run = Runner(session, tmp_path)
    run("select 1 as a as t; save overwrite t as hive.`default.placed`; !show tables;")
    assert ("default.placed", "metastore") in run.of(TableShown)[-1].rows
    rows = session.spark.sql("describe table extended default.placed").collect()
    place = next(row[1] for row in rows if row[0] == "Location")
    assert place.startswith(f"{hadoop.hdfs}/warehouse")


def test_python_runs_in_yarns_containers(session: Session, hadoop: Yarn) -> None:
    def where(batches):
        import os

        import pyarrow as pa

        for batch in batches:
            yield pa.RecordBatch.from_pydict({"parent": [os.getppid()] * batch.num_rows})

    rows = session.spark.range(2).mapInArrow(where, "parent long").collect()
    above = {parent.pid for row in rows for parent in psutil.Process(row.parent).parents()}
    assert above & {process.pid for process in hadoop.containers()}


def test_a_plain_script_on_yarn(session: Session, hadoop: Yarn, plait: Plait) -> None:
    options = [f"--set={key}={value}" for key, value in hadoop.settings.items()]
    script = plait.script(CLASSIC, "classic.py")
    done = plait("run", *options, script, **hadoop.environ)
    assert done.returncode == 0, done.stderr
    assert "yarn 285" in done.stdout


def test_more_than_yarn_ever_gives(hadoop: Yarn, session: Session, tmp_path: Path) -> None:
    asked = {**hadoop.settings, "spark.conf.spark.executor.memory": "20g"}
    with connect(tmp_path / "lake", **asked) as other, pytest.raises(EngineError) as caught:
        other.run("select 1 as a as t; select * from t as last;")
    assert "20480" in str(caught.value.cause)


def test_a_yarn_that_is_not_there(hadoop: Yarn, session: Session, tmp_path: Path) -> None:
    place = {"spark.conf.spark.hadoop.yarn.resourcemanager.address": "127.0.0.1:1"}
    with (
        connect(tmp_path / "lake", **{**hadoop.settings, **place}) as other,
        pytest.raises(EngineError, match=r"YARN's resource manager .* does not answer"),
    ):
        other.run("select 1 as a as t; select * from t as last;")


def test_the_example_gives_the_same_as_on_a_laptop(
    session: Session, hadoop: Yarn, plait: Plait, tmp_path: Path
) -> None:
    run = Runner(session, tmp_path)
    run(EVERYWHERE.read_text(encoding="utf-8"), root=f"{hadoop.hdfs}/user/root/everywhere")
    there = run.of(TableShown)[-1]
    done = plait("run", str(EVERYWHERE), "--engine", "sail", "--json")
    assert done.returncode == 0, done.stderr
    events = [json.loads(line) for line in done.stdout.splitlines()]
    here = [event for event in events if event["event"] == "TableShown"][-1]
    assert here["columns"] == [list(column) for column in there.columns]
    assert here["rows"] == [list(row) for row in there.rows]
    assert len(there.rows) == 12


def test_models_are_versioned_in_hdfs(hadoop: Yarn, session: Session) -> None:
    """The suite of remote model stores, which takes HDFS in where there is one."""
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "tests/models/test_remote_store.py"],
        cwd=ROOT,
        env={**os.environ, **hadoop.environ},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout[-4000:]
    assert "skipped" not in done.stdout.splitlines()[-1]

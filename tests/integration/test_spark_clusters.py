"""Real remote Sparks: a standalone cluster, and a Spark Connect server."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pytest

from plait.data import tables
from plait.engines.spark.older_servers import accommodate
from plait.errors import EngineError, ExecutorPythonError, PlaitError, UsageError
from plait.events import StepStarted
from plait.session import Session, connect
from tests.conftest import Plait, Runner, all_gone
from tests.services.connect_server import ConnectServer, connect_server
from tests.services.pythons import OURS, other_python
from tests.services.standalone import Standalone, standalone

SCRIPT = """
load csv.`${dir}/in.csv` where header="true" and inferSchema="true" as t;
select b, sum(a) as s from t group by b as g;
save overwrite g as parquet.`${dir}/out`;
load parquet.`${dir}/out` as back;
select * from back order by b as last;
"""
ROWS = [{"b": "x", "s": 4}, {"b": "y", "s": 2}]
CLASSIC = """
from pyspark.sql import SparkSession
import ray

spark = SparkSession.builder.getOrCreate()
sc = spark.sparkContext
known = sc.broadcast({1: "one", 2: "two"})

def named(rows):
    import ray
    ray.init(logging_level="error")
    nodes = len(ray.nodes())
    return [(known.value.get(row, "many"), nodes) for row in rows]

print(sc.master.split(":")[0], sc.parallelize([1, 2, 3], 2).mapPartitions(named).collect())
print(spark.range(5).selectExpr("sum(id)").first()[0])
"""
SERVED = """
from pyspark.sql import SparkSession
from pyspark.sql.functions import udf
spark = SparkSession.builder.getOrCreate()
print(type(spark).__module__, spark.range(3).select(udf(lambda x: x * 2, "long")("id")).collect())
"""


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Standalone]:
    with standalone(tmp_path_factory.mktemp("cluster")) as service:
        yield service


@pytest.fixture(scope="module")
def on_cluster(cluster: Standalone, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Session]:
    lake = tmp_path_factory.mktemp("lake")
    with connect(lake, **{**cluster.settings, "spark.conf.spark.cores.max": "1"}) as session:
        yield session


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ConnectServer]:
    with connect_server(tmp_path_factory.mktemp("server")) as service:
        yield service


def runner(session: Session, folder: Path) -> Runner:
    (folder / "in.csv").write_text("a,b\n1,x\n2,y\n3,x\n", encoding="utf-8")
    return Runner(session, folder)


def test_one_script_on_a_standalone_cluster(on_cluster: Session, tmp_path: Path) -> None:
    run = runner(on_cluster, tmp_path)
    assert run(SCRIPT).last.to_arrow().to_pylist() == ROWS
    assert on_cluster.spark.conf.get("spark.master").startswith("spark://127.0.0.1:")


def test_python_runs_on_its_executors(
    on_cluster: Session, cluster: Standalone, tmp_path: Path
) -> None:
    def where(batches):
        import os

        import pyarrow as pa

        for batch in batches:
            yield pa.RecordBatch.from_pydict({"parent": [os.getppid()] * batch.num_rows})

    frame = on_cluster.spark.range(4).mapInArrow(where, "parent long")
    # A worker's parent is PySpark's daemon, whose parent is the executor.
    import psutil

    daemons = {row.parent for row in frame.collect()}
    parents = {psutil.Process(pid).ppid() for pid in daemons}
    assert parents <= {executor.pid for executor in cluster.executors()}


def test_an_executor_that_dies_is_replaced(on_cluster: Session, cluster: Standalone) -> None:
    killed = cluster.kill_executor()
    assert on_cluster.sql("select sum(id) as s from range(1000)").to_arrow()["s"].to_pylist() == [
        499500
    ]
    assert killed not in {executor.pid for executor in cluster.executors()}


def test_the_executors_python_does_not_fit(cluster: Standalone, tmp_path: Path) -> None:
    other = other_python(tmp_path)
    python = tmp_path / "python"
    size = {"spark.conf.spark.cores.max": "1", "spark.python": str(python)}
    before = {executor.pid for executor in cluster.executors()}
    with connect(tmp_path / "lake", **{**cluster.settings, **size}) as session:
        frame = session.spark.range(1).mapInArrow(lambda batches: batches, "id long")
        with pytest.raises(ExecutorPythonError) as caught:
            session.resources.guarded(frame.collect)
        assert caught.value.message == f"Spark's executors have no Python at {python}"
        python.symlink_to(other.path)
        with pytest.raises(ExecutorPythonError) as caught:
            session.resources.guarded(frame.collect)
        own = [each for each in cluster.executors() if each.pid not in before]
    assert own and all_gone(own), "executors end with their driver"
    assert not (tmp_path / "lake").exists(), "and so do its settings, which hold secrets"
    message = f"Spark's executors run Python {other.version}, plait runs Python {OURS}"
    assert caught.value.message == message
    assert "spark.python" in caught.value.hint


def test_a_cluster_with_less_room_than_asked(cluster: Standalone, tmp_path: Path) -> None:
    asked = {"spark.conf.spark.executor.memory": "8g", "spark.start_timeout": 20}
    with (
        connect(tmp_path / "lake", **{**cluster.settings, **asked}) as session,
        pytest.raises(EngineError, match="gave no executor within 20 seconds") as caught,
    ):
        session.run("select 1 as a as t; select * from t as last;")
    assert "spark.executor.memory" in caught.value.hint


def test_no_master(tmp_path: Path) -> None:
    with (
        connect(tmp_path / "lake", **{"spark.master": "spark://127.0.0.1:1"}) as session,
        pytest.raises(EngineError, match=r"the Spark master .* does not answer"),
    ):
        session.run("select 1 as a as t; select * from t as last;")


def test_a_plain_script_with_its_driver_in_it(cluster: Standalone, plait: Plait) -> None:
    options = [f"--set={key}={value}" for key, value in cluster.settings.items()]
    options.append("--set=spark.conf.spark.cores.max=1")
    done = plait("run", *options, plait.script(CLASSIC, "classic.py"))
    assert done.returncode == 0, done.stderr
    assert "spark [('one', 1), ('two', 1), ('many', 1)]" in done.stdout
    assert "10" in done.stdout.split()


# --- a Spark Connect server -------------------------------------------------------------------


def test_one_script_on_a_connect_server(server: ConnectServer, tmp_path: Path) -> None:
    with connect(tmp_path / "lake", **server.settings) as session:
        assert runner(session, tmp_path)(SCRIPT).last.to_arrow().to_pylist() == ROWS
        assert session.spark.conf.get("spark.sql.session.timeZone") == "UTC"
    assert server.server.alive, "it is not ours to end"


def test_a_session_there_ends_with_ours(server: ConnectServer, tmp_path: Path) -> None:
    with connect(tmp_path / "lake", **server.settings) as session:
        identity = session.spark.session_id
        assert session.sql("select 1 as a").to_arrow().num_rows == 1
    again = f"{server.url}/;session_id={identity}"
    with (
        connect(tmp_path / "lake", **{**server.settings, "spark.remote": again}) as session,
        pytest.raises(EngineError, match="has ended this session"),
    ):
        session.sql("select 1 as a").to_arrow()


@pytest.mark.parametrize(
    ("change", "kind", "message"),
    [
        ({"spark.token": "wrong-one"}, EngineError, "does not accept the token"),
        ({"spark.remote": "sc://127.0.0.1:1"}, EngineError, "does not answer"),
        ({"spark.conf.spark.executor.memory": "1g"}, UsageError, "cannot change"),
        ({"spark.metastore": "thrift://127.0.0.1:1"}, UsageError, "has no Hive catalog"),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else "",
)
def test_a_connect_server_that_will_not_do(
    server: ConnectServer, tmp_path: Path, change: dict, kind: type[PlaitError], message: str
) -> None:
    with (
        connect(tmp_path / "lake", **{**server.settings, **change}) as session,
        pytest.raises(kind, match=message) as caught,
    ):
        session.run("select 1 as a as t; select * from t as last;")
    shown = str(caught.value)
    assert "wrong-one" not in shown
    assert server.token not in shown


def test_a_table_goes_to_a_server_as_to_an_older_one(
    server: ConnectServer, tmp_path: Path
) -> None:
    with connect(tmp_path / "lake", **server.settings) as session:
        accommodate(session.spark, (4, 0))
        rows = pa.table({"k": range(300_000)})  # to one of 4.2 it would go in chunks
        there = tables.from_arrow(session.spark, rows)
        assert there.selectExpr("sum(k) as k").toArrow().to_pylist() == [{"k": 44999850000}]


def test_a_plain_script_on_a_connect_server(server: ConnectServer, plait: Plait) -> None:
    environ = {"SPARK_REMOTE": server.url, "PLAIT_SPARK_TOKEN": server.token}
    done = plait("run", plait.script(SERVED, "served.py"), **environ)
    assert done.returncode == 0, done.stderr
    assert "pyspark.sql.connect" in done.stdout
    assert "<lambda>(id)=4" in done.stdout
    refused = plait("run", plait.script(CLASSIC, "classic.py"), **environ)
    assert refused.returncode == 2
    assert "spark.sparkContext" in refused.stderr, "the line that cannot work there"
    assert "spark.master" in refused.stderr


def test_a_connect_server_killed_in_mid_query(tmp_path: Path) -> None:
    long = "select sum(sqrt(a.id * b.id)) as s from range(1000000) a, range(10000000) b"
    with connect_server(tmp_path / "server") as service:
        with connect(tmp_path / "lake", **service.settings) as session:
            run = Runner(session, tmp_path)
            killer = threading.Thread(target=_kill_when_busy, args=(service, run))
            killer.start()
            with pytest.raises(EngineError, match="Spark does not answer") as caught:
                run(f"{long} as r; select * from r as last;")
            killer.join()
            began = time.monotonic()
        assert time.monotonic() - began < 30, "nothing waits for a server that is gone"
    assert caught.value.span.line == 1


def _kill_when_busy(service: ConnectServer, run: Runner) -> None:
    while not run.of(StepStarted):
        time.sleep(0.1)
    time.sleep(2)
    service.server.kill()

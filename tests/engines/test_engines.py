"""The life of the engines' processes, what their sessions are, and how their errors read."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from plait.engines.base import DataEngine
from plait.engines.sail.engine import SailEngine
from plait.engines.spark.engine import SparkEngine, classic_environment
from plait.errors import (
    AnalysisError,
    CancelledError,
    CapabilityError,
    DataError,
    EngineError,
    PlaitError,
    SetupError,
    UsageError,
)
from plait.settings import Settings

SLOW = "select count(*) c from range(4000000000) where hash(id) % 7 = 3"


def error_of(engine: DataEngine, work: Callable[[], object]) -> PlaitError:
    with pytest.raises(Exception) as caught:
        work()
    return engine.translate(caught.value)


def wait_gone(pids: list[int], seconds: float) -> list[int]:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline and any(map(running, pids)):
        time.sleep(0.1)
    return [pid for pid in pids if running(pid)]


def running(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def tree(pid: int) -> list[int]:
    return [pid, *(child.pid for child in psutil.Process(pid).children(recursive=True))]


def test_sail_starts_and_stops_without_a_trace(tmp_path: Path) -> None:
    engine = SailEngine(Settings(), tmp_path)
    assert not engine.started
    engine.start()
    assert engine.session().sql("select 1 a").toArrow().to_pylist() == [{"a": 1}]
    assert engine.started and engine.pid is not None
    pids = tree(engine.pid)
    assert {c.laddr.ip for c in psutil.Process(engine.pid).net_connections() if c.laddr} == {
        "127.0.0.1"
    }
    engine.stop()
    engine.stop()
    assert not engine.started
    assert wait_gone(pids, 5) == []
    with pytest.raises(EngineError, match="stopped"):
        engine.session()


def test_two_sessions_in_one_process_do_not_see_each_other(
    sail: DataEngine, tmp_path: Path
) -> None:
    other = SailEngine(Settings(), tmp_path)
    try:
        sail.session().sql("select 1 a").createOrReplaceTempView("only_mine")
        error = error_of(other, lambda: other.session().sql("select * from only_mine").toArrow())
        assert isinstance(error, AnalysisError)
        assert other.session().session_id != sail.session().session_id
    finally:
        other.stop()


_PARENT = """
import sys, time
from pathlib import Path
from plait.settings import Settings
from plait.engines.{module}.engine import {name}
engine = {name}(Settings(), Path(sys.argv[1]))
engine.start()
engine.session()
print(engine.pid, flush=True)
time.sleep(600)
"""


@pytest.mark.parametrize(
    ("module", "name", "processes"), [("sail", "SailEngine", 1), ("spark", "SparkEngine", 2)]
)
def test_a_killed_parent_leaves_no_server(
    module: str, name: str, processes: int, tmp_path: Path
) -> None:
    code = _PARENT.format(module=module, name=name)
    parent = subprocess.Popen(
        [sys.executable, "-c", code, str(tmp_path)], stdout=subprocess.PIPE, text=True
    )
    assert parent.stdout is not None
    pids = tree(int(parent.stdout.readline()))
    assert len(pids) == processes
    parent.kill()
    parent.wait()
    parent.stdout.close()
    assert wait_gone(pids, 10) == []


def test_a_supervisor_that_is_killed_takes_its_server_along(tmp_path: Path) -> None:
    from plait.engines.supervisor import supervised

    supervisor = subprocess.Popen(supervised(["sleep", "600"]), stdin=subprocess.PIPE)
    child: list[psutil.Process] = []
    while not child:
        time.sleep(0.05)
        child = psutil.Process(supervisor.pid).children()
    supervisor.kill()
    supervisor.wait()
    assert wait_gone([child[0].pid], 5) == []


def test_sail_killed_in_mid_query_is_told_within_seconds(tmp_path: Path) -> None:
    engine = SailEngine(Settings(), tmp_path)
    session = engine.session()
    assert engine.pid is not None
    killer = threading.Timer(0.7, os.kill, (engine.pid, signal.SIGKILL))
    killer.start()
    begun = time.monotonic()
    error = error_of(engine, lambda: session.sql(SLOW).toArrow())
    assert time.monotonic() - begun < 10
    assert isinstance(error, EngineError)
    assert "died" in error.message and "SIGKILL" in error.message
    assert error.hint is not None and "memory" in error.hint
    engine.stop()


def test_a_server_that_does_not_start_shows_its_log(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SAIL_MODE", "")
    settings = Settings()
    object.__setattr__(settings.spark, "driver_memory", "1t9")
    engine = SparkEngine(settings, tmp_path)
    try:
        with pytest.raises(EngineError) as caught:
            engine.session()
        assert "Xmx" in (caught.value.cause or "")
        assert not engine.started
    finally:
        engine.stop()


def test_interrupt_stops_a_query(engine: DataEngine) -> None:
    session = engine.session()
    found: list[BaseException] = []

    def work() -> None:
        try:
            session.sql(SLOW).toArrow()
        except BaseException as error:
            found.append(error)

    thread = threading.Thread(target=work)
    thread.start()
    time.sleep(1.0)
    engine.interrupt()
    thread.join(20)
    assert not thread.is_alive()
    assert isinstance(engine.translate(found[0]), CancelledError)
    assert session.sql("select 1 a").toArrow().num_rows == 1


def test_sail_is_killed_when_it_does_not_listen(tmp_path: Path) -> None:
    engine = SailEngine(Settings(), tmp_path)
    session = engine.session()
    found: list[BaseException] = []
    # A join that never yields: neither the query nor the question to stop it is answered.
    deaf = (
        "select sum(a.id * b.id) from range(300000) a join range(300000) b on a.id % 7 = b.id % 7"
    )

    def work() -> None:
        try:
            session.sql(deaf).toArrow()
        except BaseException as error:
            found.append(error)

    thread = threading.Thread(target=work)
    thread.start()
    time.sleep(1.0)
    engine.interrupt()
    thread.join(5)
    assert not thread.is_alive()
    assert isinstance(engine.translate(found[0]), CancelledError)
    engine.stop()


def test_the_time_zone_is_utc(engine: DataEngine) -> None:
    session = engine.session()
    assert session.conf.get("spark.sql.session.timeZone") == "UTC"
    sql = "select cast(timestamp'2024-07-01 12:00:00' as string) s, unix_timestamp('1970-01-02') u"
    rows = session.sql(sql.replace("-02'", "-02 00:00:00'")).toArrow().to_pylist()
    assert rows == [{"s": "2024-07-01 12:00:00", "u": 86400}]


def test_a_view_keeps_the_table_that_it_was_made_from(engine: DataEngine) -> None:
    session = engine.session()
    session.sql("select 1 as a").createOrReplaceTempView("rebound")
    session.sql("select a from rebound").createOrReplaceTempView("kept")
    session.sql("select 2 as a").createOrReplaceTempView("rebound")
    assert session.sql("select * from kept").toArrow().to_pylist() == [{"a": 1}]
    session.sql("select a + 1 as a from rebound").createOrReplaceTempView("rebound")
    assert session.sql("select * from rebound").toArrow().to_pylist() == [{"a": 3}]


def test_an_unknown_column_is_told_with_the_nearest(engine: DataEngine) -> None:
    session = engine.session()
    session.sql("select 1 as features, 2 as label").createOrReplaceTempView("misspelt")
    error = error_of(engine, lambda: session.sql("select featurse from misspelt").schema)
    assert isinstance(error, AnalysisError)
    assert error.message == "there is no column featurse"
    assert error.hint is not None and "features" in error.hint
    assert error.engine == engine.name


@pytest.mark.parametrize(
    ("sql", "kind", "headline"),
    [
        ("selec 1", AnalysisError, "selec"),
        ("select * from nowhere", AnalysisError, "there is no table nowhere"),
        ("select no_function(1)", AnalysisError, "there is no function no_function"),
        ("select 1 / 0", EngineError, "division by zero"),
        ("select cast('x' as int)", EngineError, "the text 'x' cannot be cast"),
    ],
)
def test_errors_read_the_same_on_both(
    sql: str, kind: type[PlaitError], headline: str, engine: DataEngine
) -> None:
    error = error_of(engine, lambda: engine.session().sql(sql).toArrow())
    assert type(error) is kind
    assert headline in error.message
    for foreign in ("Exception", "SQLSTATE", "grpc", "ObjectName", "\n"):
        assert foreign not in error.message
    assert error.cause


def test_files_that_cannot_be_read_or_written(engine: DataEngine, tmp_path: Path) -> None:
    session = engine.session()
    broken = tmp_path / "broken.parquet"
    broken.write_text("hello")
    unreadable = error_of(engine, lambda: session.read.parquet(str(broken)).toArrow())
    assert isinstance(unreadable, DataError)
    unwritable = error_of(engine, lambda: session.range(1).write.parquet("/proc/no/such"))
    assert isinstance(unwritable, DataError)
    assert "/proc/no/such" in unwritable.message


def test_only_the_token_opens_spark(spark: DataEngine) -> None:
    from pyspark.sql.connect.session import SparkSession

    port = spark.session().client.host, spark.session().client._builder.url.port
    stranger = SparkSession(connection=f"sc://127.0.0.1:{port[1]}", userId="stranger")
    stranger.release_session_on_close = False
    try:
        with pytest.raises(Exception, match="UNAUTHENTICATED"):
            stranger.sql("select 1").toArrow()
    finally:
        stranger.client.close()
    supervisor = psutil.Process(spark.pid)  # type: ignore[attr-defined]
    for process in (supervisor, *supervisor.children()):
        assert not any("token" in part.lower() for part in process.cmdline())


def test_spark_runs_python_functions_with_this_python(spark: DataEngine) -> None:
    def who(batches):  # type: ignore[no-untyped-def]
        import sys

        import pyarrow as pa

        for _ in batches:
            yield pa.RecordBatch.from_pydict({"python": [sys.executable]})

    frame = spark.session().range(1).mapInArrow(who, "python string")
    assert frame.toArrow().to_pylist() == [{"python": sys.executable}]


_CLASSIC = """
from pyspark.sql import SparkSession
spark = SparkSession.builder.getOrCreate()
sc = spark.sparkContext
print(type(spark).__module__, sc.master, spark.conf.get("spark.sql.session.timeZone"),
      sc.parallelize([1, 2], 1).map(lambda x: x + 1).sum(), sc.uiWebUrl,
      spark.conf.get("spark.driver.host"))
"""


def test_a_script_gets_a_classic_session(tmp_path: Path) -> None:
    settings = Settings(cache=str(tmp_path / "cache"))
    done = subprocess.run(
        [sys.executable, "-c", _CLASSIC],
        env=classic_environment(settings, tmp_path / "run"),
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout.split() == [
        "pyspark.sql.session", "local[*]", "UTC", "5", "None", "127.0.0.1",
    ], done.stderr  # fmt: skip
    assert {entry.name for entry in tmp_path.iterdir()} == {"cache", "run"}


def test_what_is_missing_is_said_with_its_pip_line(monkeypatch: pytest.MonkeyPatch) -> None:
    from plait.engines import packages

    both = packages.Installed("4.2.1", "4.2.0", "0.7.2", None)
    with pytest.raises(SetupError, match="overwrite each other") as caught:
        packages.refuse_both_clients(both)
    assert "pip uninstall" in (caught.value.hint or "")
    nothing = packages.Installed(None, None, None, None)
    monkeypatch.setattr(packages, "installed", lambda: nothing)
    for require, line in (
        (packages.require_sail, "pip install 'plait[embedded]'"),
        (packages.require_spark, "pip install 'plait[spark]'"),
    ):
        with pytest.raises(SetupError) as missing:
            require()
        assert missing.value.hint == line


def test_only_a_local_master(tmp_path: Path) -> None:
    from plait.settings import load_settings

    settings = load_settings({"spark.master": "yarn"}, folder=tmp_path, environ={})
    with pytest.raises(UsageError, match="yarn"):
        SparkEngine(settings, tmp_path).start()


def test_what_sail_lacks_is_a_capability_error(sail: DataEngine) -> None:
    error = error_of(sail, lambda: sail.session().read.format("orc").load("/").schema)
    assert isinstance(error, CapabilityError)

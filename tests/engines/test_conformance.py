"""What every data engine has to give: each promise of `DataEngine`, tested on all of them.

The engines are Sail, Spark with a driver of plait's own, and Spark behind a Connect server
that was there before. A new engine joins by its name in `tests/engine_fixtures.py`.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from plait.engines.base import DataEngine
from plait.engines.managed import ServedEngine
from plait.engines.routing import make_engine
from plait.errors import AnalysisError, CancelledError, DataError, EngineError, PlaitError
from plait.settings import Settings

from .helpers import SLOW, error_of, process_tree, still_running

_LOOPBACK = {"127.0.0.1", "::1"}


@pytest.fixture(params=["sail", "spark", "remote_spark"])
def engine(request: pytest.FixtureRequest) -> DataEngine:
    """Each engine in turn, shared by all tests."""
    found: DataEngine = request.getfixturevalue(request.param)
    return found


@pytest.fixture(params=["sail", "spark"])
def fresh(
    request: pytest.FixtureRequest, settings: Settings, tmp_path: Path
) -> Iterator[ServedEngine]:
    """Each engine that has a server of its own, not started yet."""
    made = make_engine(request.param, settings, tmp_path / "run")
    assert isinstance(made, ServedEngine)
    yield made
    made.stop()


# --- its life -------------------------------------------------------------------------------


def test_it_starts_and_stops_without_a_trace(
    fresh: ServedEngine, engines: list[DataEngine]
) -> None:
    assert not fresh.started
    fresh.interrupt("run")
    fresh.start()
    assert fresh.started and fresh.pid is not None
    session = fresh.session()
    assert fresh.session() is session
    assert session.sql("select 1 a").toArrow().to_pylist() == [{"a": 1}]
    pids = process_tree(fresh.pid)
    assert _addresses(pids) and _addresses(pids) <= _LOOPBACK
    for other in engines:
        other.session().sql("select 1 a").createOrReplaceTempView("only_mine")
        assert other.session().session_id != session.session_id
    error = error_of(fresh, lambda: session.sql("select * from only_mine").toArrow())
    assert isinstance(error, AnalysisError)
    fresh.stop()
    fresh.stop()
    assert not fresh.started
    assert still_running(pids, within_seconds=5) == []
    with pytest.raises(EngineError, match="stopped"):
        fresh.session()


def _addresses(pids: list[int]) -> set[str]:
    """The local addresses of all connections of some processes."""
    connections = [one for pid in pids for one in psutil.Process(pid).net_connections("inet")]
    return {one.laddr.ip.removeprefix("::ffff:") for one in connections if one.laddr}


def test_a_server_killed_in_mid_query_is_reported_within_seconds(fresh: ServedEngine) -> None:
    session = fresh.session()
    assert fresh.pid is not None
    killer = threading.Timer(0.7, os.kill, (fresh.pid, signal.SIGKILL))
    killer.start()
    begun = time.monotonic()
    error = error_of(fresh, lambda: session.sql(SLOW).toArrow())
    assert time.monotonic() - begun < 10
    assert isinstance(error, EngineError)
    assert "died" in error.message and "SIGKILL" in error.message
    assert error.hint is not None and "memory" in error.hint


def test_interrupt_stops_a_query(engine: DataEngine) -> None:
    session = engine.session()
    found: list[BaseException] = []

    def work() -> None:
        session.addTag("run")
        try:
            session.sql(SLOW).toArrow()
        except BaseException as error:
            found.append(error)

    thread = threading.Thread(target=work)
    thread.start()
    time.sleep(1.0)
    engine.interrupt("another run")
    assert thread.is_alive() and not found
    engine.interrupt("run")
    thread.join(20)
    assert not thread.is_alive()
    assert isinstance(engine.translate(found[0]), CancelledError)
    assert session.sql("select 1 a").toArrow().num_rows == 1


def test_two_sessions_on_one_server_have_their_own_views(
    spark: DataEngine, remote_spark: DataEngine
) -> None:
    spark.session().sql("select 1 a").createOrReplaceTempView("of_the_first")
    work = remote_spark.session().sql
    assert isinstance(
        error_of(remote_spark, lambda: work("select * from of_the_first").toArrow()), AnalysisError
    )


# --- its session ----------------------------------------------------------------------------


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


def test_python_functions_run_under_this_python(engine: DataEngine) -> None:
    def who(batches):  # type: ignore[no-untyped-def]
        import sys

        import pyarrow as pa

        for _ in batches:
            yield pa.RecordBatch.from_pydict({"python": [sys.executable]})

    frame = engine.session().range(1).mapInArrow(who, "python string")
    assert frame.toArrow().to_pylist() == [{"python": sys.executable}]


# --- its errors -----------------------------------------------------------------------------


def test_every_exception_becomes_an_error_of_plait(engine: DataEngine) -> None:
    own = DataError("the disk is full")
    assert engine.translate(own) is own
    assert isinstance(engine.translate(KeyboardInterrupt()), CancelledError)
    unknown = engine.translate(RuntimeError("[CODE.X] no such thing SQLSTATE: 42000"))
    assert isinstance(unknown, EngineError)
    assert unknown.message.endswith("failed: no such thing")
    assert unknown.engine == engine.name


def test_an_unknown_column_comes_with_the_nearest(engine: DataEngine) -> None:
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
def test_errors_read_the_same_on_every_engine(
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

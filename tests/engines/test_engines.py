"""What is special to one engine: its processes, its start, its limits; see test_conformance.py."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from pathlib import Path

import psutil
import pytest

from plait.engines.base import DataEngine
from plait.engines.packages import installed
from plait.engines.sail.engine import SailEngine
from plait.engines.spark.engine import SparkEngine, classic_environment
from plait.errors import (
    CancelledError,
    CapabilityError,
    EngineError,
    SetupError,
    UsageError,
)
from plait.settings import Settings

from .helpers import error_of, process_tree, still_running

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
    pids = process_tree(int(parent.stdout.readline()))
    assert len(pids) == processes
    parent.kill()
    parent.wait()
    parent.stdout.close()
    assert still_running(pids, within_seconds=10) == []


def test_a_supervisor_that_is_killed_takes_its_server_along(tmp_path: Path) -> None:
    from plait.engines.supervisor import supervised

    supervisor = subprocess.Popen(supervised(["sleep", "600"]), stdin=subprocess.PIPE)
    child: list[psutil.Process] = []
    while not child:
        time.sleep(0.05)
        child = psutil.Process(supervisor.pid).children()
    supervisor.kill()
    supervisor.wait()
    assert still_running([child[0].pid], within_seconds=5) == []


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


def test_sail_is_killed_when_it_does_not_listen(tmp_path: Path) -> None:
    engine = SailEngine(Settings(), tmp_path)
    session = engine.session()
    found: list[BaseException] = []
    # A join that never yields: neither the query nor the question to stop it is answered.
    deaf = (
        "select sum(a.id * b.id) from range(300000) a join range(300000) b on a.id % 7 = b.id % 7"
    )

    def work() -> None:
        session.addTag("run")
        try:
            session.sql(deaf).toArrow()
        except BaseException as error:
            found.append(error)

    thread = threading.Thread(target=work)
    thread.start()
    time.sleep(1.0)
    engine.interrupt("run")
    thread.join(5)
    assert not thread.is_alive()
    assert isinstance(engine.translate(found[0]), CancelledError)
    engine.stop()


CLOSED = """\
import sys
from pathlib import Path
from plait.engines.connect import close_session
from plait.engines.sail.engine import SailEngine
from plait.settings import Settings

engine = SailEngine(Settings(), Path(sys.argv[1]))
client = engine.session().client
stub, request = client._stub, client._execute_plan_request_with_metadata()
close_session(engine.session())
try:
    stub.ExecutePlan(request)
except ValueError as error:
    print(error)
engine.stop()
"""


@pytest.mark.skipif(not installed().sail, reason="needs Sail")
def test_a_request_after_the_session_is_closed_is_an_error_and_no_crash(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", CLOSED, str(tmp_path)], capture_output=True, text=True, timeout=120
    )
    assert (done.returncode, done.stdout) == (0, "the session is closed\n"), done.stderr


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

"""Fixtures for tests that run whole scripts on the real engines."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import psutil
import pytest

from plait.events import Envelope, Event
from plait.session import Session, connect
from plait.table import RunResult

from .engine_fixtures import (
    engine,
    engines,
    remote_spark,
    sail,
    settings,
    spark,
    unrewritten,
)
from .services.s3 import S3Service, s3

__all__ = ["engine", "engines", "remote_spark", "sail", "settings", "spark", "unrewritten"]

# Whoever runs the tests in the background of a shell ignores Ctrl-C, and so would all that they
# start; some of them send it.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)
# The runs of tests do not take the place of a developer's own in the history of this machine.
os.environ.setdefault("PLAIT_RUNS_KEPT", "0")
# The tests start Java some twenty times and compute little: the quick compiler is enough.
os.environ.setdefault("JDK_JAVA_OPTIONS", "-XX:TieredStopAtLevel=1")
# The files that take longest, longest first: several workers take whole files in turn, and one
# that is begun last leaves the other workers idle.
_LONGEST = (
    "integration/test_executors_python.py",
    "cli/test_verify.py",
    "integration/test_failures.py",
    "integration/test_spark_clusters.py",
    "integration/test_transfer_failures.py",
    "cli/test_doctor.py",
    "cli/test_python_scripts.py",
    "exchange/test_conformance.py",
    "integration/test_spark_metastore.py",
    "engines/test_differences.py",
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The longest files come first, all others in the order in which they were found."""
    folder = Path(__file__).parent
    place = {folder / name: index for index, name in enumerate(_LONGEST)}
    items.sort(key=lambda item: place.get(item.path, len(_LONGEST)))


@dataclass
class Runner:
    """A session and the events of its last run."""

    session: Session
    folder: Path
    events: list[Event] = field(default_factory=list)

    def __call__(self, text: str, **variables: str) -> RunResult:
        self.events.clear()
        return self.session.run(
            text, "test.mlsql", {"dir": str(self.folder), **variables}, on_event=self._hear
        )

    def _hear(self, envelope: Envelope) -> None:
        self.events.append(envelope.event)

    def of(self, kind: type) -> list:
        return [event for event in self.events if isinstance(event, kind)]


@pytest.fixture(scope="session")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Environments and Java wrappers made by the tests, shared by all of them."""
    return tmp_path_factory.mktemp("cache")


@pytest.fixture(scope="session")
def s3_service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[S3Service]:
    """An S3 store on this machine, one for all tests."""
    with s3(tmp_path_factory.mktemp("s3")) as service:
        yield service


@pytest.fixture(scope="session")
def ray_session(tmp_path_factory: pytest.TempPathFactory, cache: Path) -> Iterator[Session]:
    """One session on Sail and a local Ray of two CPUs, for all tests that train."""
    lake = tmp_path_factory.mktemp("lake")
    settings = {"ray.num_cpus": 2, "cache": str(cache), "ray.pending_timeout": 4}
    with connect(lake, engine="sail", **settings) as session:
        yield session


@pytest.fixture
def run(ray_session: Session, tmp_path: Path) -> Runner:
    return Runner(ray_session, tmp_path)


@dataclass
class Plait:
    """plait as a user starts it, in a folder of its own."""

    folder: Path
    cache: Path

    def start(self, *arguments: str, **environ: str) -> subprocess.Popen[str]:
        inherited = {k: v for k, v in os.environ.items() if not k.startswith(("RAY_", "PLAIT_"))}
        own = {"PLAIT_CACHE": str(self.cache), "PLAIT_RAY_NUM_CPUS": "2"}
        return subprocess.Popen(
            [sys.executable, "-m", "plait", *arguments],
            cwd=self.folder,
            env={**inherited, **own, **environ},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def __call__(self, *arguments: str, **environ: str) -> subprocess.CompletedProcess[str]:
        process = self.start(*arguments, **environ)
        out, err = process.communicate(timeout=240)
        return subprocess.CompletedProcess(process.args, process.returncode, out, err)

    def script(self, text: str, name: str = "script.mlsql") -> str:
        (self.folder / name).write_text(text, encoding="utf-8")
        return name


@pytest.fixture
def plait(tmp_path: Path, cache: Path) -> Plait:
    return Plait(tmp_path, cache)


def descendants(pid: int) -> list[psutil.Process]:
    """Every process below `pid`, while it still lives."""
    return psutil.Process(pid).children(recursive=True)


def wait_until(what: Callable[[], bool], seconds: float = 10.0) -> bool:
    """Whether something becomes true within a time."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if what():
            return True
        time.sleep(0.1)
    return what()


def all_gone(processes: list[psutil.Process], seconds: float = 10.0) -> bool:
    """Whether processes have ended (or are only waiting to be reaped) within a time."""

    def gone() -> bool:
        for process in processes:
            try:
                if process.is_running() and process.status() != psutil.STATUS_ZOMBIE:
                    return False
            except psutil.NoSuchProcess:
                continue
        return True

    return wait_until(gone, seconds)

"""Leases of real processes: who lives keeps a folder, who is killed loses it, also in S3."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from plait.storage.lease import FOREIGN_SECONDS, HEARTBEAT_SECONDS, Lease, give_up, is_free
from plait.storage.paths import AnyPath, path_of
from plait.worker.processes import ProcessId
from tests.conftest import wait_until
from tests.services.s3 import S3Service

# Takes a lease, says so, and ends when its standard input does.
HOLD = """
import sys
from plait.settings import StorageSettings
from plait.storage.lease import Lease
from plait.storage.paths import path_of
from plait.worker import processes
if sys.argv[3] == "elsewhere":
    processes._space = lambda: "0123456789abcdef"
lease = Lease.take(path_of(sys.argv[1]), float(sys.argv[2]))
print("held", flush=True)
sys.stdin.read()
"""


@pytest.fixture(params=["disk", "s3"])
def file(request: pytest.FixtureRequest, tmp_path: Path) -> AnyPath:
    if request.param == "disk":
        return tmp_path / "owner.json"
    return in_s3(request.getfixturevalue("s3_service"), tmp_path)


def in_s3(service: S3Service, tmp_path: Path) -> AnyPath:
    return path_of(f"s3a://{service.bucket}/{tmp_path.name}/owner.json", service.storage)


@contextmanager
def held(
    file: AnyPath, where: str = "here", beat_seconds: float = 0.3
) -> Iterator[subprocess.Popen[str]]:
    """A process of its own that holds a lease; where: on this host or on another one."""
    keys = {} if isinstance(file, Path) else file.storage.aws_environ()
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(file), str(beat_seconds), where],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, **keys},
    )
    try:
        assert process.stdout is not None and process.stdout.readline() == "held\n"
        yield process
    finally:
        process.kill()
        process.wait()
        assert process.stdout is not None
        process.stdout.close()


def test_what_a_killed_process_held_is_free_at_once(file: AnyPath) -> None:
    with held(file, beat_seconds=HEARTBEAT_SECONDS) as process:
        assert not is_free(file)
        os.kill(process.pid, signal.SIGKILL)
        # It is not reaped yet: a zombie holds nothing.
        assert wait_until(lambda: is_free(file), 5)
        process.wait()
        assert is_free(file)


def test_a_process_that_ends_is_not_kept_alive_by_its_heartbeat(file: AnyPath) -> None:
    with held(file, beat_seconds=HEARTBEAT_SECONDS) as process:
        assert process.stdin is not None
        process.stdin.close()
        assert process.wait(20) == 0
        assert is_free(file)


def test_a_paused_process_keeps_its_folder(tmp_path: Path) -> None:
    """As after a long collection of garbage, or the sleep of a laptop."""
    file = tmp_path / "owner.json"
    with held(file) as process:
        os.kill(process.pid, signal.SIGSTOP)
        os.utime(file, (0, 0))
        assert not is_free(file, 0.5)
        os.kill(process.pid, signal.SIGCONT)


def test_another_hosts_lease_is_kept_by_its_heartbeat_alone(
    tmp_path: Path, s3_service: S3Service
) -> None:
    """On a disk and in a store, both at once."""
    with ExitStack() as stack:
        leases = [
            (file, stack.enter_context(held(file, "elsewhere")))
            for file in (tmp_path / "owner.json", in_s3(s3_service, tmp_path))
        ]
        time.sleep(4)
        # The process and its number are seen from here, and must not count.
        assert [is_free(file, 3.5) for file, _ in leases] == [False, False]
        for _, process in leases:
            process.kill()
            process.wait()
        assert [is_free(file, 3.5) for file, _ in leases] == [False, False]
        for file, _ in leases:
            assert wait_until(partial(is_free, file, 3.5), 10)


def test_a_process_of_the_same_number_in_another_container_is_another_one(tmp_path: Path) -> None:
    file = tmp_path / "owner.json"
    note = json.loads(Lease(file).note)
    for change, free in (
        ({}, False),
        ({"pid": 2**22 + 1}, True),
        ({"started": note["started"] - 1}, True),  # a number that was given away again
        ({"pid": 2**22 + 1, "space": "another kernel"}, False),
        ({"space": "another kernel"}, False),
    ):
        file.write_text(json.dumps({**note, **change}))
        assert is_free(file) is free, change


@pytest.mark.parametrize(
    "note", [b"", b"{", b"[]", b'{"host": "a", "pid": 1}', b'{"pid": null}', b"\xff\x00"]
)
def test_what_is_no_lease_is_judged_by_its_age(tmp_path: Path, note: bytes) -> None:
    file = tmp_path / "owner.json"
    file.write_bytes(note)
    assert not is_free(file)
    old = time.time() - FOREIGN_SECONDS - 10
    os.utime(file, (old, old))
    assert is_free(file)
    assert [each.name for each in tmp_path.iterdir()] == ["owner.json"]
    with pytest.raises(FileNotFoundError):
        is_free(tmp_path / "nothing.json")


def test_ages_are_those_of_the_disks_own_clock(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A host whose clock is days fast takes nothing from another one."""
    file = tmp_path / "owner.json"
    file.write_text("{}")
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now + 7 * 24 * 3600)
    assert not is_free(file)


def test_nothing_is_written_after_the_release(file: AnyPath) -> None:
    others = set(threading.enumerate())
    lease = Lease.take(file, 0.2)
    heart = next(t for t in set(threading.enumerate()) - others if t.name == "plait-lease")
    first = file.stat().st_mtime
    assert wait_until(lambda: file.stat().st_mtime > first, 10)
    assert lease.is_held()
    lease.release()
    lease.release()
    assert not heart.is_alive()
    file.unlink()
    time.sleep(1)
    assert not file.exists()


def test_a_lease_that_was_taken_away_does_not_come_back(file: AnyPath) -> None:
    lease = Lease.take(file, 0.2)
    file.unlink()
    assert not lease.is_held()
    time.sleep(1)
    assert not file.exists()
    file.write_text(Lease(file).note)
    assert not lease.is_held()


def test_a_process_has_a_name_of_its_own() -> None:
    here = ProcessId.here()
    assert ProcessId.parse(str(here)) == here
    assert here.is_running() is True
    assert replace(here, started=here.started + 1).is_running() is False
    assert replace(here, space="0" * 16).is_running() is None
    assert replace(here, pid=threading.get_native_id(), started=0).is_running() is False
    for text in ("", "x-1-2", "work-123-host-abc"):
        with pytest.raises(ValueError, match="names no process"):
            ProcessId.parse(text)


def test_a_lease_that_is_given_up_is_free_and_lost(file: AnyPath) -> None:
    lease = Lease.take(file, 0.2)
    give_up(file)
    assert is_free(file)
    assert not lease.is_held()
    time.sleep(1)
    assert is_free(file), "its heartbeat writes nothing any more"

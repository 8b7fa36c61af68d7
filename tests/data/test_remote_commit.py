"""Outputs in a store that renames nothing: what is whole after a death, and what is swept."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from plait.data import commit
from plait.data.commit import RunFolder, open_run, sweep
from plait.settings import StorageSettings
from plait.storage.credentials import Storage
from plait.storage.paths import AnyPath, RemotePath, path_of
from tests.services.s3 import S3Service

_HEAD = """
import os, signal, sys
from pathlib import Path
from plait.settings import StorageSettings
from plait.data import commit, commit_s3
from plait.storage.paths import RemotePath, path_of
from plait.storage.credentials import Storage

storage = Storage.of(StorageSettings())
root, scratch, lake = path_of(sys.argv[1], storage), Path(sys.argv[2]), sys.argv[3]
run = commit.open_run(root if lake == 's3' else scratch, scratch, 'dead', storage)
target = root / 't'
staged = run.unique('s') if run.owns(target) else run.beside(target)
for name in ('new1.csv', 'k=/new2.csv', '_SUCCESS', '_schema.json'):
    (staged / name).write_text('new')

def dies_at(method, nth):
    calls, real = [], getattr(RemotePath, method)
    def counted(self, *given, **named):
        if '/t/' in str(self) or any('/t/' in str(each) for each in given):
            calls.append(self)
            if len(calls) == nth:
                os.kill(os.getpid(), signal.SIGKILL)
        return real(self, *given, **named)
    setattr(RemotePath, method, counted)
"""


@pytest.fixture
def root(s3_service: S3Service, tmp_path: Path) -> RemotePath:
    found = path_of(f"s3a://{s3_service.bucket}/{tmp_path.name}", _storage(s3_service))
    assert isinstance(found, RemotePath)
    return found


def _storage(service: S3Service) -> Storage:
    from plait.settings import load_settings

    return Storage.of(load_settings(service.settings, folder=Path("/"), environ={}).storage)


def _dies(service: S3Service, root: RemotePath, code: str, scratch: Path, lake: str) -> None:
    keys = {
        "AWS_ENDPOINT_URL": service.endpoint,
        "AWS_ACCESS_KEY_ID": service.access_key,
        "AWS_SECRET_ACCESS_KEY": service.secret_key,
        "AWS_REGION": "us-east-1",
    }
    done = subprocess.run(
        [sys.executable, "-c", _HEAD + code, str(root), str(scratch), lake],
        check=False,
        timeout=120,
        env={**os.environ, **keys},
    )
    assert done.returncode == -signal.SIGKILL


def _names(path: AnyPath) -> set[str]:
    assert isinstance(path, RemotePath)
    if not path.is_dir():
        return set()
    return {str(each.relative_to(path)) for each in path.walk() if each.is_file()}


def _swept(root: RemotePath, scratch: Path, lake: str) -> None:
    if lake == "s3":
        assert sweep(root) == ("dead",)
    else:
        assert sweep(scratch, root.storage) == ("dead",)
    assert not {name for name in _names(root) if "staging" in name}


@pytest.mark.parametrize("lake", ["s3", "here"])
@pytest.mark.parametrize(
    ("method", "nth", "stays"),
    [("copy_to", 2, "old"), ("unlink", 2, "new"), ("write_text", 1, "new")],
)
def test_a_death_in_an_overwrite_leaves_the_old_or_the_new(
    s3_service: S3Service,
    root: RemotePath,
    tmp_path: Path,
    method: str,
    nth: int,
    stays: str,
    lake: str,
) -> None:
    target = root / "t"
    for name in ("old1.csv", "k=1/old2.csv", "_SUCCESS", "_schema.json"):
        (target / name).write_text("old")
    code = f"dies_at('{method}', {nth})\ncommit.replace(run, staged, target)"
    _dies(s3_service, root, code, tmp_path, lake)
    _swept(root, tmp_path, lake)
    new = {"new1.csv", "k=__HIVE_DEFAULT_PARTITION__/new2.csv"}
    data = {"old1.csv", "k=1/old2.csv"} if stays == "old" else new
    assert _names(target) == data | {"_SUCCESS", "_schema.json"}
    assert (target / "_schema.json").read_text() == stays


@pytest.mark.parametrize("lake", ["s3", "here"])
def test_a_death_in_an_append_leaves_what_was_there(
    s3_service: S3Service, root: RemotePath, tmp_path: Path, lake: str
) -> None:
    target = root / "t"
    for name in ("old1.csv", "_SUCCESS"):
        (target / name).write_text("old")
    code = (
        "(staged / '_SUCCESS').unlink(); (staged / '_schema.json').unlink()\n"
        "dies_at('copy_to', 2)\ncommit.add(run, staged, target)"
    )
    _dies(s3_service, root, code, tmp_path, lake)
    _swept(root, tmp_path, lake)
    assert _names(target) == {"old1.csv", "_SUCCESS"}


def test_what_a_store_does_not_let_be_undone_waits(
    s3_service: S3Service, root: RemotePath, tmp_path: Path
) -> None:
    _dies(s3_service, root, "os.kill(os.getpid(), signal.SIGKILL)", tmp_path, "here")
    nowhere = Storage.of(StorageSettings(endpoint="http://127.0.0.1:1", region="x"), {})
    assert sweep(tmp_path, nowhere) == ()
    assert len(_names(root)) == 4
    _swept(root, tmp_path, "here")
    assert _names(root) == set()


def test_a_death_in_a_drop_is_ended(
    s3_service: S3Service, root: RemotePath, tmp_path: Path
) -> None:
    (root / "t" / "a.csv").write_text("1")
    code = (
        "def die(*_): os.kill(os.getpid(), signal.SIGKILL)\nRemotePath.remove_tree = die\n"
        "commit.discard(root, target)"
    )
    _dies(s3_service, root, code, tmp_path, "here")
    assert (root / "t" / "a.csv").exists()
    assert len(sweep(root)) == 1
    assert not _names(root / "t")
    _swept(root, tmp_path, "here")


def test_files_are_added_under_free_names(root: RemotePath, tmp_path: Path) -> None:
    run = open_run(root, tmp_path, "adding", root.storage)
    (root / "t" / "a.csv").write_text("old")
    staged = run.unique("s")
    assert isinstance(staged, RemotePath)
    (staged / "a.csv").write_text("new")
    (added,) = commit.add(run, staged, root / "t")
    assert added.read_text() == "new"
    assert (root / "t" / "a.csv").read_text() == "old"
    run.remove()
    assert {name for name in _names(root) if "_staging" in name} == set()


def test_a_failed_publication_is_undone_at_once(
    root: RemotePath, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = open_run(root, tmp_path, "failing", root.storage)
    for name in ("old.csv", "_SUCCESS"):
        (root / "t" / name).write_text("old")
    staged = run.unique("s")
    assert isinstance(staged, RemotePath)
    for name in ("a.csv", "b.csv"):
        (staged / name).write_text("new")
    real = RemotePath.copy_to

    def full(self: RemotePath, target: RemotePath) -> None:
        if self.name == "b.csv":
            raise OSError(28, "the store is full")
        real(self, target)

    monkeypatch.setattr(RemotePath, "copy_to", full)
    with pytest.raises(OSError, match="full"):
        commit.replace(run, staged, root / "t")
    assert _names(root / "t") == {"old.csv", "_SUCCESS"}
    run.remove()


def test_living_and_distant_runs_are_not_swept(root: RemotePath, tmp_path: Path) -> None:
    living = RunFolder.create(tmp_path, "living", root)
    lease = root / "_staging" / "distant" / "owner.json"
    # The same host name and a number that is free here: another container, perhaps.
    holder = json.loads((living.shared / "owner.json").read_text())
    lease.write_text(json.dumps({**holder, "pid": 2**22 + 1, "space": "another kernel"}))
    assert sweep(root) == ()
    assert lease.exists()
    lease.write_text(json.dumps({**holder, "pid": 2**22 + 1}))
    assert sweep(root) == ("distant",)
    living.remove()
    assert _names(root) == set()


def test_a_lake_that_is_not_there(s3_service: S3Service, tmp_path: Path) -> None:
    lake = path_of("s3a://no-such-bucket/lake", _storage(s3_service))
    with pytest.raises(OSError, match="no bucket 'no-such-bucket'"):
        open_run(lake, tmp_path, "r", _storage(s3_service))
    assert list(tmp_path.rglob("owner.json")) == []


def test_a_silent_store_is_given_up_soon() -> None:
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()
        endpoint = f"http://127.0.0.1:{server.getsockname()[1]}"
        storage = Storage.of(StorageSettings(endpoint=endpoint, region="x"), {})
        began = time.monotonic()
        with pytest.raises(OSError, match="does not answer"):
            path_of("s3a://bucket/t", storage).exists()
        assert time.monotonic() - began < 60  # and not minutes


def test_paths_have_one_name() -> None:
    storage = Storage.of(StorageSettings(), {})
    path = path_of("s3a://b//x/./y/", storage)
    assert str(path) == "s3a://b/x/y"
    assert path == path_of("s3a://b/x/y", storage)
    assert str(path_of("hdfs://nn:9000/", storage) / "t") == "hdfs://nn:9000/t"
    assert str(path_of("hdfs:/a/b", storage)) == "hdfs:///a/b"

"""Outputs in HDFS: published by renaming, whole after a death, refused in words."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from plait.data import commit
from plait.data.commit import RunFolder, open_run, sweep
from plait.models.store import ModelStore, find_models
from plait.settings import StorageSettings
from plait.storage import exclusive
from plait.storage.credentials import Storage
from plait.storage.lease import Lease, is_free
from plait.storage.listing import list_files
from plait.storage.paths import AnyPath, RemotePath, path_of, relative
from tests.conftest import wait_until
from tests.models.versions import train_once
from tests.services.yarn import Yarn


@pytest.fixture
def root(hadoop: Yarn, tmp_path: Path) -> RemotePath:
    storage = Storage.of(StorageSettings(webhdfs=hadoop.webhdfs, hdfs_user="root"), {})
    found = path_of(f"{hadoop.hdfs}/lake/{tmp_path.name}", storage)
    assert isinstance(found, RemotePath)
    return found


def _names(place: AnyPath) -> set[str]:
    return {str(relative(each, place)) for each in place.rglob("*") if each.is_file()}


def _staged(run: RunFolder, text: str) -> AnyPath:
    folder = run.unique("s")
    for name in ("a.csv", "k=1%2F2 x/b.csv"):
        assert isinstance(folder, RemotePath)
        (folder / name).write_text(text)
    return folder


def test_overwrite_append_and_drop(root: RemotePath, tmp_path: Path) -> None:
    run = open_run(root, tmp_path, "living", root.storage)
    target = root / "db.db" / "t"
    for text in ("old", "new"):
        commit.replace(run, _staged(run, text), target)
    assert _names(target) == {"a.csv", "k=1%2F2 x/b.csv"}
    assert (target / "a.csv").read_text() == "new"
    added = commit.add(run, _staged(run, "more"), target)
    assert len(_names(target)) == 4
    assert {file.read_text() for file in added} == {"more"}
    commit.discard(root, target)
    run.remove()
    assert _names(root) == set()


@pytest.mark.parametrize(("dies_at", "stays"), [(1, "old"), (2, "old"), (3, "new")])
def test_a_death_in_an_overwrite(
    root: RemotePath, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, dies_at: int, stays: str
) -> None:
    run = open_run(root, tmp_path, "dead", root.storage)
    target = root / "t"
    commit.replace(run, _staged(run, "old"), target)
    staged, calls, real = _staged(run, "new"), [0], RemotePath.rename

    def rename(self: RemotePath, to: RemotePath) -> None:
        calls[0] += 1
        if calls[0] == dies_at:
            raise KeyboardInterrupt
        real(self, to)

    monkeypatch.setattr(RemotePath, "rename", rename)
    # What a killed process would have done after that is not done either.
    monkeypatch.setattr(commit, "_undo_overwrite", lambda *_: None)
    monkeypatch.setattr(RemotePath, "unlink", lambda *_, **__: None)
    if dies_at < 3:
        with pytest.raises(KeyboardInterrupt):
            commit.replace(run, staged, target)
    else:
        commit.replace(run, staged, target)
    monkeypatch.undo()
    monkeypatch.setattr(commit, "is_free", lambda _: True)
    assert sweep(root) == ("dead",)
    assert (target / "a.csv").read_text() == stays
    assert all("_staging" not in name for name in _names(root))


def test_what_is_refused(hadoop: Yarn, root: RemotePath) -> None:
    stranger = Storage.of(StorageSettings(webhdfs=hadoop.webhdfs, hdfs_user="stranger"), {})
    with pytest.raises(OSError, match="access is denied to stranger"):
        (path_of(f"{hadoop.hdfs}/forbidden/a", stranger)).write_text("x")
    nowhere = Storage.of(StorageSettings(webhdfs="http://127.0.0.1:1"), {})
    with pytest.raises(OSError, match="does not answer"):
        path_of(f"{hadoop.hdfs}/x", nowhere).exists()
    with pytest.raises(OSError, match="webhdfs is not set"):
        path_of(f"{hadoop.hdfs}/x", Storage.of(StorageSettings(), {})).exists()
    (root / "a").write_text("x")
    with pytest.raises(OSError, match="did not move"):
        (root / "a").rename(root / "no" / "folder")


def test_of_many_who_create_a_file_one_succeeds(root: RemotePath) -> None:
    (root / "ready").touch()
    with ThreadPoolExecutor(6) as pool:
        made = list(
            pool.map(
                lambda n: exclusive.create(root / "1.json", str(n), root / f"{n}.spare"), range(6)
            )
        )
    assert made.count(True) == 1
    assert (root / "1.json").read_text() == str(made.index(True))
    (root / "1.json").write_text("replaced")
    assert (root / "1.json").read_text() == "replaced"
    assert [each.name for each in root.iterdir() if each.name.endswith(".tmp")] == []


def test_a_lease_and_a_listing(root: RemotePath) -> None:
    lease = Lease.take(root / "owner.json", 0.3)
    before, seen = (root / "owner.json").stat().st_mtime, 0
    while (root / "owner.json").stat().st_mtime < before + 2:
        assert lease.is_held() and not is_free(root / "owner.json")
        seen += 1
    assert seen > 10  # the file is never missing, and never half written
    lease.release()
    (root / "owner.json").write_text(json.dumps({"host": "elsewhere"}))
    assert not is_free(root / "owner.json")
    assert wait_until(lambda: is_free(root / "owner.json", 1.0), 20)
    (root / "k=1%2F2 x" / "a.csv").write_text("22")
    found = {str(e.path.relative_to(root)): e.size_bytes for e in list_files(root, _hidden)}
    assert found == {"owner.json": 21, "k=1%2F2 x/a.csv": 2}
    assert [e.size_bytes for e in list_files(root / "k=1%2F2 x" / "a.csv")] == [2]


def _hidden(name: str) -> bool:
    return name.startswith(".")


def test_models(hadoop: Yarn, root: RemotePath) -> None:
    store = ModelStore(str(root / "m"), root.storage)
    first, second = train_once(store, root.storage), train_once(store, root.storage)
    assert store.versions() == (first, second)
    assert find_models(str(root), root.storage) == [store.path]
    staged = store.begin()
    store.discard(staged)
    store.keep_only(second)
    assert store.versions() == (second,)
    assert _names(root / "m" / "drafts") == set()

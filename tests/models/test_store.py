from __future__ import annotations

import errno
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from plait.errors import ModelError
from plait.models.manifest import from_json, to_json
from plait.models.store import ModelStore

from .versions import VERSION, lease_of, train_once, version_for


def test_a_manifest_survives_json() -> None:
    assert from_json(to_json(VERSION), "") == VERSION


def test_versions_count_from_one(store: ModelStore) -> None:
    assert store.versions() == ()
    first, second = train_once(store), train_once(store)
    assert [first.number, second.number] == [1, 2]
    assert store.versions() == (first, second)
    assert store.latest() == second
    assert store.get(1) == first
    assert (first.folder / "MLmodel").is_file()
    assert list((Path(store.path) / "drafts").iterdir()) == []


def test_a_model_can_be_moved(store: ModelStore, tmp_path: Path) -> None:
    train_once(store)
    Path(store.path).rename(tmp_path / "elsewhere")
    assert (ModelStore(tmp_path / "elsewhere").latest().folder / "MLmodel").is_file()


def test_a_staged_version_is_not_a_version(store: ModelStore) -> None:
    staged = store.begin()
    (staged.folder / "half").write_text("…")
    assert store.versions() == ()
    with pytest.raises(ModelError, match="no model in"):
        store.latest()
    store.discard(staged)
    assert not Path(store.path).exists()


def test_discard_leaves_what_others_made(store: ModelStore) -> None:
    mine, other = store.begin(), store.begin()
    store.discard(mine)
    assert not mine.folder.exists()
    assert store.publish(other, version_for(store, other)).number == 1


def test_get_says_what_there_is(store: ModelStore) -> None:
    train_once(store)
    train_once(store)
    with pytest.raises(ModelError) as caught:
        store.get(7)
    assert "no version 7" in caught.value.message
    assert caught.value.hint == "there is: 1, 2"


def test_keep_only_removes_older_versions_alone(store: ModelStore) -> None:
    old, middle, new = (train_once(store) for _ in range(3))
    store.keep_only(middle)
    assert store.versions() == (middle, new)
    assert not old.folder.exists()
    assert sorted(p.name for p in (Path(store.path) / "data").iterdir()) == sorted(
        Path(v.model).parts[1] for v in (middle, new)
    )
    assert train_once(store).number == 4


def test_a_broken_manifest_is_named(store: ModelStore) -> None:
    train_once(store)
    manifest = Path(store.path) / "versions" / "000001.json"
    for text in ("", "{", "[]", '{"format": 1}', '{"format": 99}', "\x00"):
        manifest.write_text(text)
        with pytest.raises(ModelError, match=r"000001\.json is broken"):
            store.latest()


def test_a_path_that_is_no_model(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("mine")
    for act in (ModelStore(tmp_path).begin, ModelStore(tmp_path).latest):
        with pytest.raises(ModelError, match="not a model's folder"):
            act()
    with pytest.raises(ModelError, match="is a file"):
        ModelStore(tmp_path / "notes.txt").begin()
    with pytest.raises(ModelError, match="cannot be written"):
        ModelStore(tmp_path / "notes.txt" / "below").begin()
    assert sorted(p.name for p in tmp_path.iterdir()) == ["notes.txt"]


def test_a_path_that_cannot_be_written() -> None:
    with pytest.raises(ModelError, match="cannot be written"):
        ModelStore("/proc/plait/model").begin()


def test_without_hard_links(store: ModelStore, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise OSError(errno.EPERM, "Operation not permitted")

    monkeypatch.setattr(os, "link", refuse)
    assert [train_once(store).number for _ in range(2)] == [1, 2]
    (Path(store.path) / "versions" / "000003.claim").touch()  # its process died at this moment
    assert train_once(store).number == 4
    assert [v.number for v in store.versions()] == [1, 2, 4]


def test_sweep_spares_the_living(store: ModelStore) -> None:
    published, staged = train_once(store), store.begin()
    assert store.sweep() == ()
    assert staged.folder.is_dir()
    assert store.versions() == (published,)


def test_what_is_kept_is_no_version_and_never_swept(store: ModelStore) -> None:
    staged = store.begin()
    (staged.folder / "model").write_text("x")
    store.keep(staged)
    assert (store.sweep(), store.versions()) == ((), ())
    assert train_once(store).number == 1
    assert (staged.folder / "model").is_file()


def test_what_another_host_swept_is_not_published(store: ModelStore) -> None:
    """As when this process slept for hours: the model's files are gone."""
    staged = store.begin()
    lease_of(store, staged).unlink()
    with pytest.raises(ModelError, match="removed as abandoned"):
        store.publish(staged, version_for(store, staged))
    assert store.versions() == ()


BEGIN_AND_DIE = """
import os, sys
from plait.models.store import ModelStore
staged = ModelStore(sys.argv[1]).begin()
(staged.folder / "half").write_text("x")
print(staged.folder, flush=True)
os.kill(os.getpid(), 9)
"""


def test_sweep_removes_what_the_dead_staged(store: ModelStore) -> None:
    ended = subprocess.run(
        [sys.executable, "-c", BEGIN_AND_DIE, str(store.path)], capture_output=True, text=True
    )
    left = Path(ended.stdout.strip())
    assert (left / "half").is_file(), ended.stderr
    assert store.versions() == ()
    assert store.sweep() == (str(left),)
    assert not left.exists()
    assert list((Path(store.path) / "drafts").iterdir()) == []


def test_sweep_waits_for_other_hosts(store: ModelStore) -> None:
    staged = store.begin()
    lease_of(store, staged).write_text(json.dumps({"host": "elsewhere", "pid": 1, "started": 0.0}))
    assert store.sweep() == ()
    os.utime(lease_of(store, staged), (0, 0))
    assert store.sweep() == (staged.location,)


def test_sweep_removes_nothing_beside_a_broken_manifest(store: ModelStore) -> None:
    train_once(store)
    (Path(store.path) / "versions" / "000001.json").write_text("{")
    staged = store.begin()
    lease_of(store, staged).write_text(json.dumps({"host": "elsewhere", "pid": 1, "started": 0.0}))
    os.utime(lease_of(store, staged), (0, 0))
    assert store.sweep() == ()
    assert staged.folder.is_dir()


def test_sweep_keeps_what_died_after_its_publication(store: ModelStore) -> None:
    version = train_once(store)
    unique = Path(version.model).parts[1]
    owner = Path(store.path) / "drafts" / f"{unique}.json"
    owner.write_text(json.dumps({"host": "elsewhere", "pid": 1, "started": 0.0}))
    os.utime(owner, (0, 0))
    assert store.sweep() == ()
    assert not owner.exists()
    assert (version.folder / "MLmodel").is_file()


PUBLISH_MANY = """
import sys, time
from tests.models.versions import train_once
from plait.models.store import ModelStore
store = ModelStore(sys.argv[1])
while time.time() < float(sys.argv[2]):
    pass
print([train_once(store).number for _ in range(5)])
"""


def test_processes_that_publish_at_once_get_versions_of_their_own(store: ModelStore) -> None:
    import time

    root = Path(__file__).parents[2]
    command = [sys.executable, "-c", PUBLISH_MANY, str(store.path), str(time.time() + 1.5)]
    running = [
        subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=root) for _ in range(3)
    ]
    numbers = [number for each in running for number in json.loads(each.communicate()[0])]
    assert sorted(numbers) == list(range(1, 16))
    versions = store.versions()
    assert [v.number for v in versions] == list(range(1, 16))
    assert len({v.model for v in versions}) == 15
    assert all((v.folder / "MLmodel").is_file() for v in versions)

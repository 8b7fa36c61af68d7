"""Versions of models in S3: complete or absent, also when several publish at once.

The same in HDFS, where HADOOP_CONF_DIR names one that can be written below /tmp.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import uuid
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pyarrow.fs as pafs
import pytest

from plait.cli.main import main
from plait.errors import ModelError
from plait.models.store import ModelStore
from plait.settings import load_settings
from plait.storage.credentials import Storage
from tests.services.s3 import S3Service

from .versions import train_once, version_for, write


def storage_of(service: S3Service, **other: str) -> Storage:
    settings = {**service.settings, **{f"storage.{key}": value for key, value in other.items()}}
    return Storage.of(load_settings(settings, folder=Path("/"), environ={}).storage, {})


STORES = ["s3", "hdfs"] if "HADOOP_CONF_DIR" in os.environ else ["s3"]


@pytest.fixture(params=STORES)
def settings(request: pytest.FixtureRequest) -> dict[str, str]:
    """plait's settings for the store; those of HDFS are in the environment."""
    return request.getfixturevalue("s3_service").settings if request.param == "s3" else {}


@pytest.fixture
def storage(settings: dict[str, str]) -> Storage:
    return Storage.of(load_settings(settings, folder=Path("/")).storage)


@pytest.fixture
def store(settings: dict[str, str], storage: Storage) -> ModelStore:
    root = "s3a://lake" if settings else "hdfs:///tmp"
    return ModelStore(f"{root}/tests/{uuid.uuid4().hex}/model", storage)


def names(storage: Storage, location: str) -> list[str]:
    """Every object below a location."""
    files, root = storage.filesystem(location)
    found = files.get_file_info(pafs.FileSelector(root, recursive=True, allow_not_found=True))
    return sorted(info.path.removeprefix(f"{root}/") for info in found if info.is_file)


def test_versions_count_from_one(store: ModelStore, storage: Storage, tmp_path: Path) -> None:
    assert store.versions() == ()
    first, second = train_once(store, storage), train_once(store, storage)
    assert [first.number, second.number] == [1, 2]
    assert store.versions() == (first, second)
    assert (store.latest(), store.get(1)) == (second, first)
    with pytest.raises(ModelError, match="no version 7"):
        store.get(7)
    assert names(storage, f"{store.path}/drafts") == []
    assert (store.fetch(first, tmp_path / "model") / "MLmodel").read_text() == "flavors: {}\n"
    with pytest.raises(ModelError, match="in no folder of this machine"):
        _ = first.folder


def test_a_staged_version_is_not_a_version(store: ModelStore, storage: Storage) -> None:
    staged = store.begin()
    write(storage, f"{staged.location}/half", "…")
    assert store.versions() == ()
    with pytest.raises(ModelError, match="no model in"):
        store.latest()
    store.discard(staged)
    assert names(storage, store.path) == []


def test_keep_only_removes_older_versions_alone(store: ModelStore, storage: Storage) -> None:
    old, middle, new = (train_once(store, storage) for _ in range(3))
    store.keep_only(middle)
    assert store.versions() == (middle, new)
    assert names(storage, old.location) == []
    assert names(storage, middle.location) == ["MLmodel"]
    assert train_once(store, storage).number == 4


def test_publishers_at_once_get_versions_of_their_own(store: ModelStore, storage: Storage) -> None:
    with ThreadPoolExecutor(6) as pool:
        done = list(pool.map(lambda _: train_once(store, storage), range(12)))
    assert sorted(version.number for version in done) == list(range(1, 13))
    assert [version.number for version in store.versions()] == list(range(1, 13))
    assert len({version.model for version in store.versions()}) == 12


BEGIN_AND_DIE = """
import json, os, sys
from pathlib import Path
from plait.settings import load_settings
from plait.models.store import ModelStore
from plait.storage.credentials import Storage
storage = Storage.of(load_settings(json.loads(sys.stdin.read()), folder=Path("/")).storage)
staged = ModelStore(sys.argv[1], storage).begin()
files, path = storage.filesystem(staged.location + "/half")
files.open_output_stream(path).close()
print(staged.location, flush=True)
os.kill(os.getpid(), 9)
"""


def test_sweep_removes_what_the_dead_staged(
    store: ModelStore, storage: Storage, settings: dict[str, str]
) -> None:
    kept, alive = train_once(store, storage), store.begin()
    ended = subprocess.run(
        [sys.executable, "-c", BEGIN_AND_DIE, store.path],
        input=json.dumps(settings),
        capture_output=True,
        text=True,
    )
    left = ended.stdout.strip()
    assert names(storage, left) == ["half"], ended.stderr
    assert store.sweep() == (left,)
    assert names(storage, left) == []
    assert store.versions() == (kept,)
    assert store.publish(alive, version_for(store, alive)).number == 2


def test_a_machine_of_the_same_name_is_another_one(store: ModelStore, storage: Storage) -> None:
    staged = store.begin()
    owner = f"{store.path}/drafts/{staged.unique}.json"
    files, path = storage.filesystem(owner)
    note = json.loads(files.open_input_file(path).read())
    for space, swept in (("another kernel", ()), (note["space"], (staged.location,))):
        write(storage, owner, json.dumps({**note, "pid": 2**22 + 1, "space": space}))
        assert store.sweep() == swept


def test_a_path_that_is_no_model(store: ModelStore, storage: Storage) -> None:
    write(storage, f"{store.path}/notes.txt", "mine")
    for act in (store.begin, store.latest):
        with pytest.raises(ModelError, match=r"not a model's folder; it holds notes\.txt"):
            act()
    with pytest.raises(ModelError, match="is a file"):
        ModelStore(f"{store.path}/notes.txt", storage).begin()
    with pytest.raises(ModelError, match="neither a local path nor"):
        ModelStore("gs://bucket/model", storage)


@pytest.mark.parametrize(
    ("change", "words", "hint"),
    [
        ({"secret_key": "wrong"}, "does not accept the key", "storage.secret_key"),
        ({"access_key": "nobody"}, "does not accept the key", "storage.access_key"),
        ({"endpoint": "http://127.0.0.1:9"}, "does not answer", "storage.endpoint"),
        ({"bucket": "nowhere"}, "no bucket 'nowhere'", "make the bucket"),
    ],
)
def test_what_is_wrong_with_the_store_is_said(
    s3_service: S3Service, change: dict[str, str], words: str, hint: str
) -> None:
    bucket = change.pop("bucket", s3_service.bucket)
    store = ModelStore(f"s3a://{bucket}/tests/m", storage_of(s3_service, **change))
    for act in (store.begin, store.latest, store.sweep, store.versions):
        with pytest.raises(ModelError, match=words) as caught:
            act()
        assert hint in (caught.value.hint or "")
        assert s3_service.secret_key not in str(caught.value)


def test_models_below_a_url_are_listed(
    store: ModelStore,
    storage: Storage,
    settings: dict[str, str],
    tmp_path: Path,
    capsys,
    monkeypatch,
) -> None:
    for _ in range(2):
        train_once(store, storage)
    write(storage, f"{store.path.rpartition('/')[0]}/other/table/part.parquet", "")
    monkeypatch.chdir(tmp_path)
    (tmp_path / "plait.toml").write_text(
        "[profiles.store]\n" + "".join(f'{k} = "{v}"\n' for k, v in settings.items())
    )
    above = store.path.rpartition("/")[0]
    assert main(["models", "list", above, "--profile", "store", "--json"]) == 0
    listed = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [(each["path"], each["number"]) for each in listed] == [
        (store.path, 1),
        (store.path, 2),
    ]
    assert main(["models", "show", store.path, "--profile", "store"]) == 0
    assert f"{store.path} version 2" in capsys.readouterr().out

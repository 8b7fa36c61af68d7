"""Paths of a store with the words of pathlib, and how many requests they take."""

from __future__ import annotations

import gzip
import io
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from plait.doctor.lake import lake as doctor_lake
from plait.errors import DataError
from plait.models.store import ModelStore, find_models
from plait.settings import Secret, StorageSettings, load_settings
from plait.storage import exclusive
from plait.storage.credentials import Storage
from plait.storage.listing import list_files
from plait.storage.paths import AnyPath, RemotePath, binary, opened, path_of, row_counts
from plait.worker.urls import local_path
from tests.models.versions import train_once
from tests.services.s3 import S3Service
from tests.services.s3_requests import CountedRequests, counted_requests


@pytest.fixture
def folder(s3_service: S3Service, tmp_path: Path) -> RemotePath:
    found = path_of(f"s3a://{s3_service.bucket}/{tmp_path.name}", s3_service.storage)
    assert isinstance(found, RemotePath)
    return found


@pytest.fixture(params=["disk", "without links", "s3"])
def either(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AnyPath:
    if request.param == "s3":
        found: AnyPath = request.getfixturevalue("folder")
        return found
    if request.param == "without links":

        def refuse(*_: object) -> None:
            raise OSError(1, "Operation not permitted")

        monkeypatch.setattr("os.link", refuse)
    return tmp_path


def test_of_many_who_create_a_file_one_succeeds(either: AnyPath) -> None:
    file, start = either / "1.json", threading.Barrier(8)

    def create(number: int) -> bool:
        start.wait()
        return exclusive.create(file, str(number), either / f"{number}.spare")

    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(create, range(8)))
    assert made.count(True) == 1
    assert file.read_text() == str(made.index(True))
    assert exclusive.create(file, "later", either / "later.spare") is False
    assert file.read_text() == str(made.index(True))


def test_text_is_read_in_blocks(folder: RemotePath, s3_service: S3Service) -> None:
    lines = [f"{number},{'x' * (number % 90)}" for number in range(60_000)]
    (folder / "a.csv").write_text("\n".join(lines))
    (folder / "a.csv.gz").write_bytes(gzip.compress("\n".join(lines).encode()))
    with counted_requests(s3_service) as requests:
        through = _through(folder, requests)
        with io.TextIOWrapper(binary(through / "a.csv"), encoding="utf-8") as file:
            assert file.read().split("\n") == lines
        assert requests.kinds == {"HEAD": 1, "GET": 3}  # 2.9 MB in blocks of 1 MiB
    with gzip.open(binary(folder / "a.csv.gz"), "rt") as packed:
        assert packed.read().split("\n") == lines


def test_a_file_is_read_from_any_position(folder: RemotePath) -> None:
    content = bytes(range(256)) * 20_000
    (folder / "a").write_bytes(content)
    with binary(folder / "a") as file:
        for offset, whence, expected in (
            (3_000_000, io.SEEK_SET, 3_000_000),
            (-10, io.SEEK_END, len(content) - 10),
            (-5_000, io.SEEK_CUR, len(content) - 5_010),
            (0, io.SEEK_SET, 0),
        ):
            assert file.seek(offset, whence) == expected
            assert file.read(10) == content[expected : expected + 10]
            file.seek(expected)
    assert file.closed


def test_parquet_files_are_opened_and_counted(folder: RemotePath, tmp_path: Path) -> None:
    buffer = io.BytesIO()
    pq.write_table(pa.table({"x": [1, 2, 3]}), buffer)
    files: list[AnyPath] = [folder / "a.parquet", tmp_path / "a.parquet"]
    for file in files:
        file.write_bytes(buffer.getvalue())
        with opened(file) as parquet:
            assert parquet.read()["x"].to_pylist() == [1, 2, 3]
    assert row_counts(files) == [3, 3]
    with pytest.raises(FileNotFoundError, match="there is no"):
        opened(folder / "b.parquet")
    (folder / "c.parquet").write_text("no parquet")
    with pytest.raises(pa.ArrowInvalid):
        opened(folder / "c.parquet")


def test_a_listing_asks_for_no_file(folder: RemotePath, s3_service: S3Service) -> None:
    """Two LISTs for 1,005 files, however deep their folders are, and nothing else."""
    with ThreadPoolExecutor(16) as pool:
        list(pool.map(lambda n: (folder / f"k={n % 7}/{n}.csv").write_text("x"), range(1005)))
    with counted_requests(s3_service) as requests:
        found = list_files(_through(folder, requests))
        assert requests.kinds == {"LIST": 2}
    assert len(found) == 1005
    assert {entry.size_bytes for entry in found} == {1}
    folder.remove_tree()
    assert not folder.exists()


def test_a_small_file_is_one_request(folder: RemotePath, s3_service: S3Service) -> None:
    with counted_requests(s3_service) as requests:
        (_through(folder, requests) / "a").write_text("x")
        assert requests.kinds == {"PUT": 1}
    assert (folder / "a").read_text() == "x"


def _through(folder: RemotePath, requests: CountedRequests) -> RemotePath:
    """The same folder, reached by way of what counts."""
    access = {**folder.storage.access, "endpoint": requests.endpoint}
    secret = {name: Secret(access[name]) for name in ("access_key", "secret_key")}
    settings = StorageSettings(endpoint=requests.endpoint, region="us-east-1", **secret)
    through = replace(folder, storage=Storage.of(settings, {}))
    through.exists()  # a new address is asked once whether it answers
    requests.kinds.clear()
    return through


@pytest.mark.parametrize(
    ("change", "words", "hint"),
    [
        ({"secret_key": "wrong"}, "the store does not accept the key", "storage.secret_key"),
        ({"access_key": "nobody"}, "the store does not accept the key", "storage.access_key"),
        ({"endpoint": "http://127.0.0.1:9"}, "does not answer", "storage.endpoint"),
        ({"bucket": "nowhere"}, "there is no bucket 'nowhere'", "make the bucket"),
    ],
)
def test_a_failure_is_one_sentence_without_a_key(
    s3_service: S3Service, change: dict[str, str], words: str, hint: str
) -> None:
    given = {
        "endpoint": s3_service.endpoint,
        "access_key": s3_service.access_key,
        "secret_key": s3_service.secret_key,
        "bucket": s3_service.bucket,
        **change,
    }
    keys = {name: Secret(given[name]) for name in ("access_key", "secret_key")}
    settings = StorageSettings(endpoint=given["endpoint"], region="us-east-1", **keys)
    file = path_of(f"s3a://{given['bucket']}/timeout/forbidden", Storage.of(settings, {}))
    for act in (
        lambda: list(file.iterdir()),
        lambda: list_files(file),
        lambda: exclusive.create(file, "x", file),
    ):
        with pytest.raises(OSError) as caught:
            act()
        said = str(caught.value.strerror)
        assert words in said and hint in said and "\n" not in said
        assert given["secret_key"] not in f"{said} {caught.value!r}"


def test_what_is_no_path(tmp_path: Path) -> None:
    for text in ("gs://b/a", "s3a:///a", "s3a://key:word@b/a", "s3a://b/../a"):
        with pytest.raises(DataError) as caught:
            path_of(text)
        assert "word@" not in str(caught.value)
    assert path_of("file:///d/a%20b") == path_of("file:/d/a%20b") == Path("/d/a b")
    assert path_of("/d/a%20b") == Path("/d/a%20b")


def test_file_urls_name_one_folder_everywhere(tmp_path: Path) -> None:
    """The lake, a path of a script, a model and what the doctor tries."""
    url, folder = f"file://{tmp_path}/a%20b", tmp_path / "a b"
    settings = load_settings({"lake": url}, folder=tmp_path, environ={})
    assert (settings.lake_remote, settings.lake_path) == (False, folder)
    assert path_of(url) == path_of(f"file:{tmp_path}/a%20b") == local_path(url) == folder
    finding = doctor_lake(settings)
    assert (finding.state, str(folder) in finding.text) == ("ok", True)
    store = ModelStore(f"{url}/m")
    train_once(store)
    assert (store.path, store.remote) == (str(folder / "m"), False)
    assert (folder / "m" / "versions" / "000001.json").is_file()
    assert find_models(url) == [store.path]
    assert sorted(each.name for each in tmp_path.iterdir()) == ["a b"]

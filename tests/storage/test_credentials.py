"""One set of credentials, in the words of each library; and paths taken apart."""

from __future__ import annotations

import gzip
import os
import time
from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pyarrow.fs as pafs
import pyarrow.parquet as pq
import pytest

from plait.errors import DataError, UsageError
from plait.settings import Secret, StorageSettings
from plait.storage.credentials import Storage
from plait.storage.paths import path_of
from plait.worker import scratch
from plait.worker.processes import ProcessId
from plait.worker.storage import (
    download,
    environment,
    filesystem,
    parquet,
    upload,
)
from plait.worker.urls import Parts, is_remote, parts_of
from tests.services.s3 import S3Service

MINIO = StorageSettings(
    endpoint="http://minio:9000", access_key=Secret("the-key"), secret_key=Secret("the-secret")
)


def of(service: S3Service, **other: str) -> Storage:
    given = {
        "endpoint": service.endpoint,
        "access_key": service.access_key,
        "secret_key": service.secret_key,
    }
    return Storage.of(StorageSettings(**_secret({**given, **other})), {})  # type: ignore[arg-type]


def _secret(given: dict[str, str]) -> dict[str, object]:
    return {k: Secret(v) if k.endswith("_key") else v for k, v in given.items()}


def test_the_words_of_spark() -> None:
    assert Storage.of(MINIO, {}).spark_conf() == {
        "spark.hadoop.fs.s3a.endpoint": "http://minio:9000",
        "spark.hadoop.fs.s3a.access.key": "the-key",
        "spark.hadoop.fs.s3a.secret.key": "the-secret",
        "spark.hadoop.fs.s3a.path.style.access": "true",
        "spark.hadoop.fs.s3a.connection.ssl.enabled": "false",
    }
    assert Storage.of(StorageSettings(), {}).spark_conf() == {}
    conf = Storage.of(StorageSettings(region="eu-1", session_token=Secret("t")), {}).spark_conf()
    assert conf["spark.hadoop.fs.s3a.endpoint.region"] == "eu-1"
    assert "Temporary" in conf["spark.hadoop.fs.s3a.aws.credentials.provider"]


def test_the_words_of_aws() -> None:
    assert Storage.of(MINIO, {}).aws_environ() == {
        "AWS_ENDPOINT_URL": "http://minio:9000",
        "AWS_ACCESS_KEY_ID": "the-key",
        "AWS_SECRET_ACCESS_KEY": "the-secret",
        "AWS_ALLOW_HTTP": "true",
    }
    assert Storage.of(StorageSettings(), {}).aws_environ() == {}


def test_the_ecosystems_variables_fill_the_gaps(tmp_path: Path) -> None:
    environ = {
        "AWS_ENDPOINT_URL": "https://other",
        "AWS_ACCESS_KEY_ID": "a",
        "AWS_SECRET_ACCESS_KEY": "b",
        "AWS_SESSION_TOKEN": "c",
        "HADOOP_USER_NAME": "ann",
        "HADOOP_CONF_DIR": str(tmp_path),
    }
    (tmp_path / "hdfs-site.xml").write_text(
        "<configuration><property><name>dfs.namenode.http-address</name>"
        "<value>node:9870</value></property></configuration>"
    )
    found = Storage.of(StorageSettings(region="eu-1"), environ).access
    assert found == {
        "endpoint": "https://other", "region": "eu-1", "path_style": "yes",
        "access_key": "a", "secret_key": "b", "session_token": "c",
        "webhdfs": "http://node:9870", "hdfs_user": "ann",
    }  # fmt: skip
    (tmp_path / "hdfs-site.xml").write_text(
        "<configuration>"
        "<property><name>dfs.namenode.http-address.ha.a</name><value>one:9870</value></property>"
        "<property><name>dfs.namenode.http-address.ha.b</name><value>two:9870</value></property>"
        "</configuration>"
    )
    both = Storage.of(StorageSettings(), environ).access["webhdfs"]
    assert both == "http://one:9870,http://two:9870"
    # The session token of another key does not fit.
    own = Storage.of(MINIO, environ).access
    assert (own["access_key"], own["endpoint"]) == ("the-key", "http://minio:9000")
    assert "session_token" not in own


def test_an_endpoint_is_an_address() -> None:
    assert (
        Storage.of(StorageSettings(endpoint="http://a:1/"), {}).access["endpoint"] == "http://a:1"
    )
    with pytest.raises(UsageError, match=r"storage\.endpoint .* not 'minio:9000'"):
        Storage.of(StorageSettings(endpoint="minio:9000"), {})


def test_secrets_are_not_shown() -> None:
    storage = Storage.of(MINIO, {})
    assert "the-secret" not in repr(storage) and "the-key" not in str(storage)
    error = storage.data_error(OSError("denied: the-key with the-secret\nmore"), "s3a://b/t")
    assert error.render().count("***") == 2
    assert "the-" not in error.render()


@pytest.mark.parametrize(
    ("path", "parts"),
    [
        ("/a/b", ("", "", "/a/b")),
        ("a#b?c", ("", "", "a#b?c")),
        ("file:/a/b", ("", "", "/a/b")),
        ("file:///a/b", ("", "", "/a/b")),
        ("file:///a%20b/c#1?", ("", "", "/a b/c#1?")),
        ("s3a://bucket/a#b/c?d", ("s3a", "bucket", "/a#b/c?d")),
        ("S3://bucket", ("s3", "bucket", "")),
        ("hdfs://node:8020/a", ("hdfs", "node:8020", "/a")),
        ("hdfs:///a", ("hdfs", "", "/a")),
        ("hdfs:/a", ("hdfs", "", "/a")),
    ],
)
def test_a_path_taken_apart(path: str, parts: tuple[str, str, str]) -> None:
    assert parts_of(path) == Parts(*parts)
    assert is_remote(path) == bool(parts[0])


@pytest.mark.parametrize("path", ["gs://b/a", "s3a:///a", "s3a://key:word@bucket/a", "http://x"])
def test_a_path_that_is_refused(path: str) -> None:
    with pytest.raises(ValueError) as caught:
        parts_of(path)
    assert "word@" not in str(caught.value)


def test_files_go_there_and_come_back(s3_service: S3Service, tmp_path: Path) -> None:
    storage = of(s3_service)
    table = pa.table({"x": [1, 2, 3]})
    (tmp_path / "in" / "deep").mkdir(parents=True)
    pq.write_table(table, tmp_path / "in" / "deep" / "a.parquet")
    (tmp_path / "in" / "empty").touch()
    packed = gzip.compress(b"as it is")
    (tmp_path / "in" / "a.csv.gz").write_bytes(packed)
    path = f"s3a://{s3_service.bucket}/tests/there and back#1"
    upload(tmp_path / "in", path, storage.access)
    download(path, tmp_path / "out", storage.access)
    assert pq.read_table(tmp_path / "out" / "deep" / "a.parquet").equals(table)
    assert (tmp_path / "out" / "empty").read_bytes() == b""
    assert (tmp_path / "out" / "a.csv.gz").read_bytes() == packed
    assert path_of(f"{path}/a.csv.gz", storage).stat().st_size == len(packed)
    with parquet(f"{path}/deep/a.parquet", storage.access) as file:
        assert file.read().equals(table)
    with pytest.raises(FileNotFoundError):
        download(f"{path}/nothing", tmp_path / "none", storage.access)


def test_a_remote_folder_is_fetched_once(
    s3_service: S3Service, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    access, path = of(s3_service).access, f"s3a://{s3_service.bucket}/tests/fetched"
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a").write_text("first")
    upload(tmp_path / "in", path, access)
    home = scratch.fetched(path, access)
    assert (home / "a").read_text() == "first"
    assert home.parent.stat().st_mode & 0o777 == 0o700
    files, inside = filesystem(path, access)
    files.delete_dir(inside)
    assert scratch.fetched(path, access) == home
    assert scratch.fetched(str(tmp_path / "in"), {}) == tmp_path / "in"
    os.utime(home, (0, time.time() - 8 * 24 * 3600))
    (home.parent / f"work-{replace(ProcessId.here(), pid=2**22 + 1)}-x").mkdir()
    with scratch.work() as folder:
        assert [each for each in home.parent.iterdir()] == [folder]
    assert list(home.parent.iterdir()) == []


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"secret_key": "wrong"}, "does not accept the key"),
        ({"endpoint": "http://127.0.0.1:9"}, "does not answer"),
        ({"bucket": "nowhere"}, "no bucket 'nowhere'"),
    ],
)
def test_what_arrow_says_is_an_error_of_plait(
    s3_service: S3Service, change: dict[str, str], words: str
) -> None:
    bucket = change.pop("bucket", s3_service.bucket)
    storage, path = of(s3_service, **change), f"s3a://{bucket}/tests/x"
    with pytest.raises(DataError, match=words) as caught, storage.reaching(path):
        files, inside = storage.filesystem(path)
        files.get_file_info(pafs.FileSelector(inside.rpartition("/")[0]))
    assert caught.value.hint
    assert caught.value.message.startswith(path)


def test_hdfs_without_an_address_says_what_to_set() -> None:
    storage = Storage.of(StorageSettings(), {})
    with pytest.raises(DataError, match=r"storage\.webhdfs"), storage.reaching("hdfs://n/a"):
        storage.filesystem("hdfs://n/a")


def test_hdfs_that_does_not_answer() -> None:
    storage = Storage.of(StorageSettings(webhdfs="http://127.0.0.1:9"), {})
    with pytest.raises(DataError, match="does not answer"), storage.reaching("hdfs://n/a"):
        files, path = storage.filesystem("hdfs://n/a")
        files.get_file_info(path)


def test_a_tasks_code_sees_the_variables_and_the_next_does_not(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("AWS_REGION", "before")
    monkeypatch.delenv("AWS_ACCESS_KEY_ID", raising=False)
    access = {**Storage.of(MINIO, {}).access, "region": "eu-1"}
    with environment(access):
        assert os.environ["AWS_ACCESS_KEY_ID"] == "the-key"
        assert os.environ["AWS_REGION"] == "eu-1"
    assert "AWS_ACCESS_KEY_ID" not in os.environ
    assert os.environ["AWS_REGION"] == "before"

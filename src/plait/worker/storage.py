"""Files of the lake for Ray workers and executors, and for what the client shares with them.

A path is a local one, `file:/…`, `s3a://bucket/…` (also s3://, s3n://) or `hdfs://host/…`.
Arrow alone is needed: it is there wherever tables are read.
"""

from __future__ import annotations

import contextlib
import errno
import os
import shutil
from collections.abc import Iterator, Mapping
from functools import lru_cache
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from plait.worker.urls import S3_SCHEMES, is_remote, parts_of

if TYPE_CHECKING:
    import pyarrow.fs as pafs
    import pyarrow.parquet as pq

ATTEMPTS = 4
CONNECT_SECONDS = 3.0
READ_SECONDS = 30.0

_CHUNK_BYTES = 8 * 2**20


def filesystem(path: str, access: Mapping[str, str]) -> tuple[pafs.FileSystem, str]:
    """Arrow's file system for `path`, and the path in that.

    access: what `plait.storage.Storage.access` gives: plain text by name, for S3 `endpoint`,
    `region`, `access_key`, `secret_key`, `session_token`, `path_style`; for HDFS `webhdfs`,
    `hdfs_user`. A store that does not answer is an OSError after seconds, not minutes.
    Raises ValueError for a scheme that is not known.
    """
    import pyarrow.fs as pafs

    scheme, host, inside = parts_of(path)
    if not scheme:
        return pafs.LocalFileSystem(), inside
    if scheme in S3_SCHEMES:
        return _s3(tuple(sorted(access.items()))), f"{host}{inside}".rstrip("/")
    return _hdfs(access), inside.rstrip("/") or "/"


def _hdfs(access: Mapping[str, str]) -> pafs.FileSystem:
    import pyarrow.fs as pafs

    class Handler(pafs.FSSpecHandler):  # type: ignore[misc]
        @staticmethod
        def _create_file_info(path: str, info: Mapping[str, Any]) -> pafs.FileInfo:
            """With the time, which HDFS has under another name than other stores."""
            seconds = info["modificationTime"] / 1000
            return pafs.FSSpecHandler._create_file_info(path, {**info, "mtime": seconds})

    return pafs.PyFileSystem(Handler(web_hdfs(access)))


@lru_cache(maxsize=4)
def _s3(access: tuple[tuple[str, str], ...]) -> pafs.FileSystem:
    import pyarrow as pa
    import pyarrow.fs as pafs

    known = dict(access)
    given: dict[str, Any] = {
        "access_key": known.get("access_key"),
        "secret_key": known.get("secret_key"),
        "session_token": known.get("session_token"),
        "region": known.get("region"),
    }
    if endpoint := known.get("endpoint"):
        given["scheme"], _, given["endpoint_override"] = endpoint.rstrip("/").rpartition("://")
        given["region"] = given["region"] or "us-east-1"
    if int(pa.__version__.partition(".")[0]) >= 19:
        given["allow_delayed_open"] = True  # a small file is one request instead of three
    return pafs.S3FileSystem(
        **{name: value for name, value in given.items() if value},
        force_virtual_addressing=known.get("path_style") == "no",
        connect_timeout=CONNECT_SECONDS,
        request_timeout=READ_SECONDS,
        retry_strategy=pafs.AwsStandardS3RetryStrategy(max_attempts=ATTEMPTS),
    )


def web_hdfs(access: Mapping[str, str]) -> Any:
    """fsspec's file system for HDFS by the name node's HTTP.

    Of several name nodes the active one. Raises ValueError without an address, OSError when
    none of several is active.
    """
    addresses = [each.strip() for each in (access.get("webhdfs") or "").split(",")]
    found = [_web_hdfs(address, access.get("hdfs_user")) for address in addresses if address]
    if not found:
        raise ValueError("storage.webhdfs is not set: Python reaches HDFS by the name node's HTTP")
    problem: Exception | None = None
    for files in found:
        if len(found) == 1:
            return files
        try:
            files.info("/")
            return files
        except (OSError, RuntimeError) as why:  # it does not answer, or is a standby
            problem = why
    raise OSError(f"no name node is active: {problem}")


def _web_hdfs(address: str, user: str | None) -> Any:
    import fsspec
    from requests.adapters import HTTPAdapter

    class Bounded(HTTPAdapter):
        def send(self, request: Any, **given: Any) -> Any:  # type: ignore[override]
            given["timeout"] = given.get("timeout") or (CONNECT_SECONDS, READ_SECONDS)
            answer = super().send(request, **given)
            if "namenoderpcaddress=" in request.url:
                # fsspec takes the text of a data node's failure for the file's own.
                answer.raise_for_status()
            return answer

    parts = urlsplit(address)
    if not parts.hostname:
        raise ValueError(f"storage.webhdfs is an HTTP address, http://host:9870, not '{address}'")
    secure = parts.scheme == "https"
    port = parts.port or (9871 if secure else 9870)
    files = fsspec.filesystem(
        "webhdfs", host=parts.hostname, port=port, user=user, use_https=secure
    )
    for prefix in ("http://", "https://"):
        files.session.mount(prefix, Bounded())
    return files


def parquet(path: str, access: Mapping[str, str]) -> pq.ParquetFile:
    """An open Parquet file, to be closed. Raises OSError, ValueError, pyarrow.ArrowException."""
    import pyarrow.parquet as pq

    files, inside = filesystem(path, access)
    remote = is_remote(path)
    return pq.ParquetFile(inside, filesystem=files if remote else None, pre_buffer=remote)


def upload_file(file: Path, path: str, access: Mapping[str, str]) -> None:
    """Copy one local file to `path`; a file that is there is replaced. Raises OSError."""
    files, inside = filesystem(path, access)
    if not is_remote(path):
        Path(inside).parent.mkdir(parents=True, exist_ok=True)
    with file.open("rb") as source, files.open_output_stream(inside, compression=None) as target:
        shutil.copyfileobj(source, target, _CHUNK_BYTES)


def copy_file(path: str, file: Path, access: Mapping[str, str]) -> None:
    """Copy the file at `path` to a local one. Raises OSError."""
    files, inside = filesystem(path, access)
    with files.open_input_stream(inside, compression=None) as source, file.open("wb") as target:
        shutil.copyfileobj(source, target, _CHUNK_BYTES)


def upload(folder: Path, path: str, access: Mapping[str, str]) -> None:
    """Copy every file below a local folder to `path`. Raises OSError."""
    for file in sorted(folder.rglob("*")):
        if file.is_file():
            upload_file(file, f"{path}/{file.relative_to(folder).as_posix()}", access)


def download(path: str, folder: Path, access: Mapping[str, str]) -> None:
    """Copy every file below `path` into a local folder. Raises OSError."""
    import pyarrow.fs as pafs

    files, root = filesystem(path, access)
    found = files.get_file_info(pafs.FileSelector(root, recursive=True))
    for info in found:
        name = PurePosixPath(info.path).relative_to(PurePosixPath(root))
        if info.type != pafs.FileType.File:
            continue
        if ".." in name.parts:
            raise OSError(f"{path} holds a file of the name '{name}'")
        target = folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        with (
            files.open_input_stream(info.path, compression=None) as source,
            target.open("wb") as out,
        ):
            shutil.copyfileobj(source, out, _CHUNK_BYTES)
    if not found:
        raise FileNotFoundError(errno.ENOENT, "nothing is there", path)


def aws_environ(access: Mapping[str, str]) -> dict[str, str]:
    """The AWS_* variables that say what `access` says."""
    names = {
        "endpoint": "AWS_ENDPOINT_URL",
        "region": "AWS_REGION",
        "access_key": "AWS_ACCESS_KEY_ID",
        "secret_key": "AWS_SECRET_ACCESS_KEY",
        "session_token": "AWS_SESSION_TOKEN",
    }
    found = {variable: access[name] for name, variable in names.items() if access.get(name)}
    if found.get("AWS_ENDPOINT_URL", "").startswith("http://"):
        found["AWS_ALLOW_HTTP"] = "true"
    if "AWS_ENDPOINT_URL" in found and access.get("path_style") == "no":
        found["AWS_VIRTUAL_HOSTED_STYLE_REQUEST"] = "true"
    return found


@contextlib.contextmanager
def environment(access: Mapping[str, str]) -> Iterator[None]:
    """The AWS_* variables of `access` for the code of one task; its process runs others later."""
    given = aws_environ(access)
    before = {name: os.environ.get(name) for name in given}
    os.environ.update(given)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value

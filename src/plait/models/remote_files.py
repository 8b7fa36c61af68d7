"""Models in S3 and HDFS, where nothing is linked and folders hardly exist."""

from __future__ import annotations

import contextlib
import errno
import time
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import Any

from plait.worker.storage import ATTEMPTS, CONNECT_SECONDS, READ_SECONDS, parts_of, web_hdfs


class S3Place:
    """A prefix of a bucket. A put is whole at once, and with `If-None-Match` exclusive."""

    def __init__(self, root: str, access: Mapping[str, str]) -> None:
        self.root = root.rstrip("/")
        _, self._bucket, path = parts_of(self.root)
        self._prefix = path.strip("/")
        self._access = access

    @cached_property
    def _store(self) -> Any:
        from obstore.store import S3Store

        access = self._access
        given: dict[str, Any] = {
            "endpoint": access.get("endpoint"),
            "region": access.get("region") or ("us-east-1" if access.get("endpoint") else None),
            "access_key_id": access.get("access_key"),
            "secret_access_key": access.get("secret_key"),
            "session_token": access.get("session_token"),
        }
        return S3Store(
            self._bucket,
            **{name: value for name, value in given.items() if value},
            virtual_hosted_style_request=access.get("path_style") == "no",
            client_options={
                "allow_http": access.get("endpoint", "").startswith("http://"),
                "connect_timeout": timedelta(seconds=CONNECT_SECONDS),
                "timeout": timedelta(seconds=READ_SECONDS),
            },
            retry_config={
                "max_retries": ATTEMPTS - 1,
                "retry_timeout": timedelta(seconds=READ_SECONDS),
            },
        )

    def _key(self, name: str) -> str:
        return f"{self._prefix}/{name}".strip("/")

    def entries(self, folder: str) -> list[tuple[str, bool]]:
        """What lies below a prefix, up to the next slash."""
        import obstore

        key = self._key(folder)
        with _os_errors():
            store = self._store
            found = obstore.list_with_delimiter(store, key or None)
            folders = [(path.rpartition("/")[2], True) for path in found["common_prefixes"]]
            files = [(each["path"].rpartition("/")[2], False) for each in found["objects"]]
            if folders or files or not key:
                return folders + files
            obstore.head(store, key)
        raise NotADirectoryError(errno.ENOTDIR, "it is a file", f"{self.root}/{folder}")

    def make(self, folder: str) -> None:
        """Nothing: a prefix is there as soon as something has it."""

    def read(self, file: str) -> str:
        """The text of an object."""
        import obstore

        with _os_errors():
            return bytes(obstore.get(self._store, self._key(file)).bytes()).decode("utf-8")

    def write(self, file: str, text: str) -> None:
        """Put an object."""
        import obstore

        with _os_errors():
            obstore.put(self._store, self._key(file), text.encode("utf-8"))

    def create(self, file: str, text: str, spare: str) -> bool:  # noqa: ARG002
        """Put an object on the condition that there is none."""
        import obstore
        from obstore.exceptions import AlreadyExistsError

        with _os_errors():
            try:
                body = text.encode("utf-8")
                obstore.put(self._store, self._key(file), body, mode="create")
                return True
            except AlreadyExistsError:
                # Also what a put is told that was repeated because its answer was lost.
                return self.read(file) == text

    def age(self, file: str) -> float:
        """Seconds since an object was put."""
        import obstore

        try:
            with _os_errors():
                moment = obstore.head(self._store, self._key(file))["last_modified"]
        except OSError:
            return 0.0
        return (datetime.now(UTC) - moment).total_seconds()

    def remove(self, file: str) -> None:
        """Delete an object; S3 does not mind when there is none."""
        import obstore

        with _os_errors(), contextlib.suppress(FileNotFoundError):
            obstore.delete(self._store, self._key(file))

    def remove_folder(self, folder: str) -> bool:
        """Delete every object below a prefix."""
        import obstore

        try:
            with _os_errors():
                store, key = self._store, self._key(folder)
                for part in obstore.list(store, key):
                    obstore.delete(store, [each["path"] for each in part])
                return not any(len(part) for part in obstore.list(store, key))
        except OSError:
            return False

    def prune(self, folder: str) -> None:
        """Nothing: an empty prefix is not there."""

    def settle(self, folder: str) -> None:
        """Nothing: an object that was put stays."""


@contextlib.contextmanager
def _os_errors() -> Iterator[None]:
    from obstore import exceptions

    try:
        yield
    except FileNotFoundError:
        raise
    except exceptions.NotFoundError as problem:
        if "NoSuchBucket" in str(problem):
            raise OSError(_said(problem)) from None
        raise FileNotFoundError(errno.ENOENT, "it does not exist") from None
    except exceptions.PermissionDeniedError as problem:
        raise PermissionError(_said(problem)) from None
    except exceptions.BaseError as problem:
        raise OSError(_said(problem)) from None


def _said(problem: Exception) -> str:
    """Without the library's own view of its insides."""
    return str(problem).partition("\n\nDebug source")[0].strip()


class HdfsPlace:
    """A folder of HDFS. A rename is whole at once, and never over a file that exists."""

    def __init__(self, root: str, access: Mapping[str, str]) -> None:
        self.root = root.rstrip("/")
        self._path = parts_of(self.root).path
        self._access = access

    def _files(self) -> Any:
        return web_hdfs(self._access)

    def _full(self, name: str) -> str:
        return f"{self._path}/{name}".rstrip("/") or "/"

    def entries(self, folder: str) -> list[tuple[str, bool]]:
        """What lies in a folder."""
        with _hdfs_errors():
            path = self._full(folder)
            found = self._files().ls(path, detail=True)
        if len(found) == 1 and found[0]["name"].rstrip("/") == path:
            raise NotADirectoryError(errno.ENOTDIR, "it is a file", path)
        return [(each["name"].rpartition("/")[2], each["type"] == "directory") for each in found]

    def make(self, folder: str) -> None:
        """Make a folder."""
        with _hdfs_errors():
            self._files().makedirs(self._full(folder), exist_ok=True)

    def read(self, file: str) -> str:
        """The text of a file."""
        with _hdfs_errors():
            body: bytes = self._files().cat_file(self._full(file))
        return body.decode("utf-8")

    def write(self, file: str, text: str) -> None:
        """Write a file beside its place, then rename it over what is there."""
        self.remove(file)
        spare = f"{file}.{time.time_ns():x}.tmp"
        if not self.create(file, text, spare):
            raise FileExistsError(errno.EEXIST, "it was written by somebody else", file)

    def create(self, file: str, text: str, spare: str) -> bool:
        """Write `spare`, then rename it, which HDFS refuses when there is such a file."""
        with _hdfs_errors():
            files, draft = self._files(), self._full(spare)
            files.pipe_file(draft, text.encode("utf-8"))
            files.mv(draft, self._full(file))
            # The refusal is not an error of the library's; then the file is still there.
            return not files.exists(draft)

    def age(self, file: str) -> float:
        """Seconds since a file was written."""
        try:
            with _hdfs_errors():
                moment: datetime = self._files().modified(self._full(file))
        except OSError:
            return 0.0
        return (datetime.now(UTC) - moment.replace(tzinfo=moment.tzinfo or UTC)).total_seconds()

    def remove(self, file: str) -> None:
        """Remove a file; HDFS does not mind when there is none."""
        with contextlib.suppress(FileNotFoundError), _hdfs_errors():
            self._files().rm_file(self._full(file))

    def remove_folder(self, folder: str) -> bool:
        """Remove a folder."""
        try:
            with _hdfs_errors():
                files, path = self._files(), self._full(folder)
                files.rm(path, recursive=True)
                return not files.exists(path)
        except FileNotFoundError:
            return True
        except OSError:
            return False

    def prune(self, folder: str) -> None:
        """Remove an empty folder; HDFS refuses any other."""
        with _hdfs_errors():
            self._files().rm(self._full(folder), recursive=False)

    def settle(self, folder: str) -> None:
        """Nothing: a file that was closed is on the data nodes."""


@contextlib.contextmanager
def _hdfs_errors() -> Iterator[None]:
    try:
        yield
    except OSError:
        raise
    except (RuntimeError, ValueError) as problem:  # what the name node says
        raise OSError(str(problem)) from None

"""Paths of this machine and of stores (S3, HDFS), with the words of `pathlib` for both.

A `RemotePath` is to a store what `pathlib.Path` is to this machine, as far as plait asks: so
what reads, writes and keeps tables and models is written once. Failed calls raise OSError with
a one-sentence `strerror` that never contains a key.

Both stores are reached through Arrow's file systems, as on the workers; single objects of S3
are read, written and removed in fewer requests through `plait.storage.objects`.
"""

from __future__ import annotations

import ctypes
import errno
import io
import os
import uuid
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase
from functools import lru_cache
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, TypeVar, cast

from plait.errors import DataError
from plait.settings import StorageSettings
from plait.storage import objects
from plait.storage.blocks import BlockReader
from plait.storage.credentials import Storage
from plait.storage.errors import Reason, StoreError, store_errors
from plait.worker.urls import S3_SCHEMES, local_path, parts_of, split_url

if TYPE_CHECKING:
    import pyarrow.fs as pafs
    import pyarrow.parquet as pq

_PARALLEL = 8
# One request copies at most so much inside S3.
_LARGEST_COPY_BYTES = 5 * 2**30
_CHUNK_BYTES = 8 * 2**20
_ANSWER_SECONDS = 5.0
Done = TypeVar("Done")
Item = TypeVar("Item")


@dataclass(frozen=True, slots=True)
class Stat:
    """st_size: bytes. st_mtime: when it was last written, in seconds since 1970; 0 where the
    store does not say.
    """

    st_size: int
    st_mtime: float


@dataclass(frozen=True, slots=True)
class RemotePath:
    """A path in a store. root: scheme and bucket or name node, key: the path below it."""

    root: str
    key: str
    storage: Storage = field(repr=False, compare=False)
    _known: Any = field(default=None, repr=False, compare=False)

    @property
    def moves(self) -> bool:
        """Whether the store renames a folder in one step; S3 cannot."""
        return self.root.startswith("hdfs:")

    def __str__(self) -> str:
        return f"{self.root}/{self.key}" if self.key else self.root

    def __lt__(self, other: RemotePath) -> bool:
        return (self.root, self.key) < (other.root, other.key)

    def __truediv__(self, name: object) -> RemotePath:
        return self._at("/".join(part for part in (self.key, str(name)) if part))

    @property
    def name(self) -> str:
        """The last part; empty for the root of the store."""
        return self.key.rpartition("/")[2]

    @property
    def suffix(self) -> str:
        """`.gz` of `a.csv.gz`."""
        return Path(self.name).suffix

    @property
    def parts(self) -> tuple[str, ...]:
        """The parts of the key."""
        return tuple(self.key.split("/")) if self.key else ()

    @property
    def parent(self) -> RemotePath:
        """The folder above; the root is its own."""
        return self._at(self.key.rpartition("/")[0])

    @property
    def parents(self) -> tuple[RemotePath, ...]:
        """The folders above, the nearest first, the root last."""
        found, path = [], self
        while path.key:
            path = path.parent
            found.append(path)
        return tuple(found)

    def with_name(self, name: str) -> RemotePath:
        """Another name in the same folder."""
        return self.parent / name

    def joinpath(self, *names: str) -> RemotePath:
        """The path `names` further down."""
        return self / "/".join(names) if names else self

    def is_relative_to(self, other: object) -> bool:
        """Whether this is `other`, or lies below it in the same store."""
        if not isinstance(other, RemotePath) or other.root != self.root:
            return False
        return self.parts[: len(other.parts)] == other.parts

    def relative_to(self, other: RemotePath) -> Path:
        """The path from `other` to this. Raises ValueError."""
        if not self.is_relative_to(other):
            raise ValueError(f"'{self}' is not below '{other}'")
        return Path(*self.parts[len(other.parts) :])

    # --- what is there --------------------------------------------------------------------

    def exists(self) -> bool:
        """Whether there is a file, or a folder. Raises OSError."""
        return self._type() != "NotFound"

    def is_file(self) -> bool:
        """Whether it is a file. Raises OSError."""
        return self._type() == "File"

    def is_dir(self) -> bool:
        """Whether it is a folder: in S3, whether a key begins like this. Raises OSError."""
        return self._type() == "Directory"

    def is_symlink(self) -> bool:
        """False: stores have no links."""
        return False

    def readlink(self) -> RemotePath:
        """This path itself."""
        return self

    def stat(self) -> Stat:
        """Size and time. Raises FileNotFoundError, OSError."""
        info = self._info()
        if info.type.name == "NotFound":
            raise FileNotFoundError(errno.ENOENT, f"there is no '{self}'")
        return Stat(info.size or 0, info.mtime.timestamp() if info.mtime else 0.0)

    def lookup(self) -> RemotePath:
        """This path with its kind, size and time as they are now. Raises OSError."""
        return replace(self, _known=self._fresh()._info())

    def iterdir(self) -> Iterator[RemotePath]:
        """What is in the folder, sorted. Raises FileNotFoundError, OSError."""
        yield from self._listed(recursive=False)

    def walk(self) -> Iterator[RemotePath]:
        """All files and folders below, sorted: in S3 one request for each 1,000 files.

        Raises FileNotFoundError where nothing is, OSError.
        """
        yield from self._listed(recursive=True)

    def rglob(self, pattern: str) -> Iterator[RemotePath]:
        """All files and folders below whose name fits. Raises OSError."""
        yield from (each for each in self.walk() if fnmatchcase(each.name, pattern))

    def glob(self, pattern: str) -> Iterator[RemotePath]:
        """What is in the folder with a name that fits. Raises OSError."""
        yield from (each for each in self.iterdir() if fnmatchcase(each.name, pattern))

    # --- contents -------------------------------------------------------------------------

    def open(self, mode: str = "rb") -> Any:
        """The file's bytes, to read (`rb`) or to write anew (`wb`). Raises OSError."""
        files, path = self._files()
        with self._errors():
            if mode == "wb":
                return files.open_output_stream(path, compression=None)
            return io.BufferedReader(BlockReader(files.open_input_file(path), self._errors))

    def read_bytes(self) -> bytes:
        """All of a file. Raises OSError."""
        if not self.moves:
            with self._errors():
                return objects.read(self.root, self.key, self.storage)
        files, path = self._files()
        with self._errors(), files.open_input_stream(path, compression=None) as file:
            return bytes(file.read())

    def write_bytes(self, content: bytes) -> None:
        """Make the file, or replace it, so that no reader sees a part of it. Raises OSError."""
        if not self.moves:
            with self._errors():
                return objects.write(self.root, self.key, self.storage, content)
        # HDFS shows what is written so far; so it is written beside its path, then renamed.
        temporary = self.with_name(f".{self.name}.{uuid.uuid4().hex}.tmp")
        (files, source), (_, path) = temporary._files(), self._files()
        try:
            with self._errors():
                with temporary.open("wb") as file:
                    file.write(content)
                # Over what is there, which fsspec's own `mv` does not ask for.
                files.handler.fs._call(
                    "RENAME",
                    method="put",
                    path=source,
                    destination=path,
                    renameoptions="OVERWRITE",
                )
        except OSError:
            temporary.unlink(missing_ok=True)
            raise
        return None

    def read_text(self, encoding: str = "utf-8") -> str:
        """All of a file as text. Raises OSError, UnicodeDecodeError."""
        return self.read_bytes().decode(encoding)

    def write_text(self, content: str, encoding: str = "utf-8") -> None:
        """Make the file, or replace it, as `write_bytes`. Raises OSError."""
        self.write_bytes(content.encode(encoding))

    def touch(self) -> None:
        """Make the file, empty. Raises OSError."""
        self.write_bytes(b"")

    # --- changes --------------------------------------------------------------------------

    def mkdir(self, *, parents: bool = False, exist_ok: bool = False) -> None:
        """Make the folder. Raises FileExistsError, OSError."""
        if self._fresh().exists():
            if exist_ok:
                return
            raise FileExistsError(errno.EEXIST, f"there is a '{self}' already")
        files, path = self._files()
        with self._errors():
            files.create_dir(path, recursive=parents)

    def unlink(self, missing_ok: bool = False) -> None:
        """Remove a file. Raises FileNotFoundError, if not `missing_ok`; OSError."""
        if not self.moves:
            if not missing_ok:
                self.stat()
            with self._errors():
                return objects.remove(self.root, self.key, self.storage)
        files, path = self._files()
        try:
            with self._errors():
                files.delete_file(path)
        except FileNotFoundError:
            if not missing_ok:
                raise
        return None

    def rmdir(self) -> None:
        """Remove a folder in which nothing is; in S3 it is then none anyway. Raises OSError."""
        if not self.moves:
            return
        if any(self.iterdir()):
            raise OSError(errno.ENOTEMPTY, f"'{self}' is not empty")
        self.remove_tree()

    def remove_tree(self) -> None:
        """Remove all that is here. Raises OSError, not for what is missing."""
        files, path = self._files()
        kind = self._fresh()._type()
        with suppress(FileNotFoundError), self._errors():
            if kind == "File":
                files.delete_file(path)
            elif kind == "Directory":
                files.delete_dir(path)
                if not self.moves and any(self._listed(recursive=False)):
                    self._remove_empty(files, path)

    def rename(self, target: RemotePath) -> None:
        """Move a file or a folder, whole or not at all.

        Raises FileExistsError when there is a `target`, OSError; always in S3.
        """
        if not self.moves:
            raise OSError(errno.ENOTSUP, "S3 renames nothing")
        # WebHDFS moves into a folder that is there, and says false instead of failing.
        if target._fresh().exists():
            raise FileExistsError(errno.EEXIST, f"there is a '{target}' already")
        (files, source), (_, path) = self._files(), target._files()
        with self._errors():
            files.move(source, path)
        if self._fresh().exists() or not target._fresh().exists():
            raise OSError(errno.EIO, f"the store did not move '{self}' to '{target}'")

    def copy_to(self, target: RemotePath) -> None:
        """Copy a file inside the store; below 5 GiB its bytes do not pass here. Raises OSError."""
        (files, source), (_, path) = self._files(), target._files()
        with target._errors():
            if self.stat().st_size < _LARGEST_COPY_BYTES:
                files.copy_file(source, path)
                return
            with (
                files.open_input_stream(source, compression=None) as old,
                files.open_output_stream(path, compression=None) as new,
            ):
                while chunk := old.read(_CHUNK_BYTES):
                    new.write(chunk)

    # --- inside ---------------------------------------------------------------------------

    def _remove_empty(self, files: pafs.FileSystem, path: str) -> None:
        """Some stores go on to list folders in which nothing is any more."""
        import pyarrow.fs as pafs

        for left in files.get_file_info(pafs.FileSelector(path, allow_not_found=True)):
            self._remove_empty(files, left.path)
        files.create_dir(path)
        files.delete_dir(path)

    def _at(self, key: str) -> RemotePath:
        return replace(self, key=key, _known=None)

    def _fresh(self) -> RemotePath:
        """The same path, of which nothing is known from a listing."""
        return self._at(self.key)

    def _errors(self) -> AbstractContextManager[None]:
        return store_errors(str(self), self.storage.access)

    def _files(self) -> tuple[pafs.FileSystem, str]:
        with self._errors():
            files, base = _filesystem(self.root, self.storage)
        below = f"/{self.key}" if self.key else ""
        return files, base.rstrip("/") + below or "/"

    def _info(self) -> Any:
        if self._known is not None:
            return self._known
        files, path = self._files()
        with self._errors():
            return files.get_file_info(path)

    def _type(self) -> str:
        return str(self._info().type.name)

    def _listed(self, *, recursive: bool) -> list[RemotePath]:
        import pyarrow.fs as pafs

        files, path = self._files()
        with self._errors():
            found = files.get_file_info(pafs.FileSelector(path, recursive=recursive))
        skipped = 0 if path == "/" else len(path)
        below = [(info.path[skipped:].strip("/"), info) for info in found]
        return sorted(replace(self / key, _known=info) for key, info in below if key)


AnyPath = Path | RemotePath


def path_of(text: str, storage: Storage | None = None) -> AnyPath:
    """A path of a script or a setting, absolute: `file:` URLs are decoded, `~` is expanded.

    storage: how stores are reached; None takes it from the AWS_* and HADOOP_* variables.
    Raises DataError for a URL of another kind, without a bucket, or with a key in it.
    """
    try:
        scheme, host, path = parts_of(text)
    except ValueError as problem:
        raise DataError(str(problem)) from None
    if not scheme:
        return local_path(text)
    keys = [part for part in path.split("/") if part not in ("", ".")]
    if ".." in keys:
        raise DataError(f"'..' is a name like others in a store: '{text}'")
    given = storage if storage is not None else Storage.of(StorageSettings())
    return RemotePath(f"{scheme}://{host}", "/".join(keys), given)


def is_store(text: str) -> bool:
    """Whether a path's text names one of the stores that plait knows itself; `path_of` may
    refuse it nevertheless.
    """
    return split_url(text).scheme in (*S3_SCHEMES, "hdfs")


def remove_tree(path: AnyPath) -> bool:
    """Remove a folder with all in it, as far as that can be done; whether it is gone."""
    import shutil

    if isinstance(path, Path):
        shutil.rmtree(path, ignore_errors=True)
        return not path.exists()
    try:
        path.remove_tree()
    except OSError:
        return False
    return True


def make_folder(path: AnyPath) -> None:
    """Make a folder and what it lies in, if it is not there. Raises OSError.

    Nothing in S3, where a folder is only what keys begin with.
    """
    if isinstance(path, Path) or path.moves:
        path.mkdir(parents=True, exist_ok=True)


def move(path: AnyPath, target: AnyPath) -> None:
    """Rename a file or a folder within one file system. Raises OSError."""
    if isinstance(path, Path):
        path.rename(str(target))
    else:
        assert isinstance(target, RemotePath)
        path.rename(target)


def exchange(path: AnyPath, other: AnyPath) -> bool:
    """Let two files or folders of this machine change places, so that neither is ever missing.

    False where the system or the file system cannot do that. Raises OSError.
    """
    if not isinstance(path, Path) or not isinstance(other, Path):
        return False
    swap = _swap()
    if swap is None or swap(os.fsencode(path), os.fsencode(other)) == 0:
        return swap is not None
    number = ctypes.get_errno()
    if number in (errno.EINVAL, errno.ENOSYS, errno.ENOTSUP):
        return False
    raise OSError(number, os.strerror(number), str(path), None, str(other))


@lru_cache(maxsize=1)
def _swap() -> Callable[[bytes, bytes], int] | None:
    """The call of the C library that lets two paths change places, if it has one."""
    library = ctypes.CDLL(None, use_errno=True)
    for name, here, flag in (("renameat2", -100, 2), ("renameatx_np", -2, 2)):
        if (call := getattr(library, name, None)) is not None:
            return lambda one, other: int(call(here, one, here, other, flag))
    return None


def relative(path: AnyPath, root: AnyPath) -> Path:
    """The path from `root` to what lies below it. Raises ValueError for what does not."""
    if isinstance(path, Path):
        return path.relative_to(str(root))
    assert isinstance(root, RemotePath)
    return path.relative_to(root)


def require_store(path: RemotePath) -> None:
    """Raise OSError when the store does not answer, or lacks the bucket."""
    try:
        found = path._at("").exists()
    except StoreError as problem:
        if problem.errno != errno.EACCES:  # who may use a part of a bucket may not ask for it
            raise
        return
    if not found:
        name = path.root.partition("://")[2]
        raise StoreError(Reason(errno.ENXIO, f"there is no bucket '{name}'"))


def binary(path: AnyPath) -> IO[bytes]:
    """A file's bytes, to be read from any position. Raises OSError."""
    return cast("IO[bytes]", path.open("rb"))


def opened(file: AnyPath) -> pq.ParquetFile:
    """An open Parquet file, to be closed. Raises OSError, pyarrow.ArrowException."""
    from plait.worker.storage import parquet

    if isinstance(file, Path):
        return parquet(str(file), {})
    try:
        return parquet(str(file), file.storage.access)
    except OSError as problem:
        with file._errors():
            raise problem


def at_once(work: Callable[[Item], Done], items: Iterable[Item]) -> list[Done]:
    """`work` for each item, several at a time: a store answers slowly, but many at once.

    Raises what `work` raises.
    """
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(_PARALLEL) as pool:
        return list(pool.map(work, items))


def row_counts(files: Iterable[AnyPath]) -> list[int]:
    """Rows of each Parquet file, from its footer. Raises OSError, pyarrow.ArrowException."""

    def rows(file: AnyPath) -> int:
        with opened(file) as parquet:
            return int(parquet.metadata.num_rows)

    files = list(files)
    if all(isinstance(file, Path) for file in files):
        return [rows(file) for file in files]
    return at_once(rows, files)


@lru_cache(maxsize=8)
def _filesystem(root: str, storage: Storage) -> tuple[pafs.FileSystem, str]:
    endpoint = None if root.startswith("hdfs:") else storage.access.get("endpoint")
    if endpoint:
        _require_answer(endpoint)
    return storage.filesystem(root)


def _require_answer(endpoint: str) -> None:
    """Ask for any answer, once: Amazon's own client tries a silent server for minutes."""
    import http.client
    import ssl
    from urllib.parse import urlsplit

    server = urlsplit(endpoint if "://" in endpoint else f"https://{endpoint}")
    plain = server.scheme == "http"
    kind = http.client.HTTPConnection if plain else http.client.HTTPSConnection
    connection = kind(server.hostname or "", server.port, timeout=_ANSWER_SECONDS)
    try:
        connection.request("HEAD", "/")
        connection.getresponse()
    except (ssl.SSLError, http.client.HTTPException):
        return  # an answer, of which the client itself says more
    except OSError:
        raise StoreError(
            Reason(
                errno.EHOSTUNREACH,
                f"the store at {endpoint} does not answer",
                "check storage.endpoint",
            )
        ) from None
    finally:
        connection.close()

"""Where a path may lie: here, or in a store (S3, HDFS), with the words of `pathlib` for both.

A `RemotePath` is to a store what `pathlib.Path` is to this machine, as far as plait asks: so
what reads, writes and keeps tables is written once. What it is told in vain is an OSError
whose `strerror` is one plain sentence, without keys in it.
"""

from __future__ import annotations

import errno
import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase
from functools import lru_cache
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, TypeVar, cast

from plait.errors import DataError
from plait.settings import StorageSettings
from plait.storage.credentials import Storage
from plait.worker.urls import local_path

if TYPE_CHECKING:
    import pyarrow.fs as pafs
    import pyarrow.parquet as pq

_URL = re.compile(r"(s3|s3a|s3n|hdfs):(?://([^/]*))?(/.*)?", re.DOTALL)
_CODE = re.compile(r"AWS Error (\w+)")
_REFUSED = ("ACCESS_DENIED", "SIGNATURE_DOES_NOT_MATCH", "INVALID_ACCESS_KEY_ID",
            "INVALID_CLIENT_TOKEN_ID", "UNRECOGNIZED_CLIENT", "EXPIRED_TOKEN")  # fmt: skip
_PARALLEL = 8
# One request copies at most so much inside S3.
_LARGEST_COPY = 5 * 2**30
_CHUNK = 8 * 2**20
_ANSWER_SECONDS = 5.0
Done = TypeVar("Done")
Item = TypeVar("Item")


@dataclass(frozen=True, slots=True)
class Stat:
    """st_size: bytes. st_mtime: when it was last written, 0 where the store does not say."""

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
        found, place = [], self
        while place.key:
            place = place.parent
            found.append(place)
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
        """Whether it is a folder: in S3, whether a name begins like this. Raises OSError."""
        return self._type() == "Directory"

    def is_symlink(self) -> bool:
        """Never."""
        return False

    def readlink(self) -> RemotePath:
        """Itself: there are no links."""
        return self

    def stat(self) -> Stat:
        """Size and time. Raises FileNotFoundError, OSError."""
        info = self._info()
        if info.type.name == "NotFound":
            raise FileNotFoundError(errno.ENOENT, f"there is no '{self}'")
        return Stat(info.size or 0, info.mtime.timestamp() if info.mtime else 0.0)

    def iterdir(self) -> Iterator[RemotePath]:
        """What is in the folder, sorted. Raises OSError."""
        yield from self._listed(recursive=False)

    def walk(self) -> Iterator[RemotePath]:
        """All files and folders below, sorted, with few requests. Raises OSError."""
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
        with _plainly(self):
            return files.open_input_file(path) if mode == "rb" else files.open_output_stream(path)

    def read_bytes(self) -> bytes:
        """All of a file. Raises OSError."""
        with _plainly(self), self.open() as file:
            return bytes(file.read())

    def write_bytes(self, content: bytes) -> None:
        """Make the file, or replace it, in one step. Raises OSError."""
        with _plainly(self), self.open("wb") as file:
            file.write(content)

    def read_text(self, encoding: str = "utf-8") -> str:
        """All of a file as text. Raises OSError."""
        return self.read_bytes().decode(encoding)

    def write_text(self, content: str, encoding: str = "utf-8") -> None:
        """Make the file, or replace it, in one step. Raises OSError."""
        self.write_bytes(content.encode(encoding))

    def touch(self) -> None:
        """Make the file, empty. Raises OSError."""
        self.write_bytes(b"")

    # --- changes --------------------------------------------------------------------------

    def mkdir(self, *, parents: bool = False, exist_ok: bool = False) -> None:
        """Make the folder. Raises FileExistsError, OSError."""
        if self._at(self.key).exists():
            if exist_ok:
                return
            raise FileExistsError(errno.EEXIST, f"there is a '{self}' already")
        files, path = self._files()
        with _plainly(self):
            files.create_dir(path, recursive=parents)

    def unlink(self, missing_ok: bool = False) -> None:
        """Remove a file. Raises FileNotFoundError, OSError."""
        files, path = self._files()
        try:
            with _plainly(self):
                files.delete_file(path)
        except FileNotFoundError:
            if not missing_ok:
                raise

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
        fresh = self._at(self.key)
        with suppress(FileNotFoundError), _plainly(self):
            if fresh.is_file():
                files.delete_file(path)
            elif fresh.is_dir():
                files.delete_dir(path)
                if not self.moves and any(self._listed(recursive=False)):
                    self._remove_empty(files, path)

    def rename(self, target: RemotePath) -> None:
        """Move a file or a folder, whole or not at all. Raises OSError."""
        if not self.moves:
            raise OSError(errno.ENOTSUP, "S3 renames nothing")
        # WebHDFS moves into a folder that is there, and says false instead of failing.
        if target._at(target.key).exists():
            raise FileExistsError(errno.EEXIST, f"there is a '{target}' already")
        (files, source), (_, path) = self._files(), target._files()
        with _plainly(self):
            files.move(source, path)
        if self._at(self.key).exists() or not target._at(target.key).exists():
            raise OSError(errno.EIO, f"the store did not move '{self}' to '{target}'")

    def copy_to(self, target: RemotePath) -> None:
        """Copy a file inside the store, without its bytes passing here below 5 GiB."""
        (files, source), (_, path) = self._files(), target._files()
        with _plainly(target):
            if self.stat().st_size < _LARGEST_COPY:
                files.copy_file(source, path)
                return
            with files.open_input_stream(source) as old, files.open_output_stream(path) as new:
                while chunk := old.read(_CHUNK):
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

    def _files(self) -> tuple[pafs.FileSystem, str]:
        with _plainly(self):
            files, base = _filesystem(self.root, self.storage)
        below = f"/{self.key}" if self.key else ""
        return files, base.rstrip("/") + below or "/"

    def _info(self) -> Any:
        if self._known is not None:
            return self._known
        files, path = self._files()
        with _plainly(self):
            return files.get_file_info(path)

    def _type(self) -> str:
        return str(self._info().type.name)

    def _listed(self, *, recursive: bool) -> list[RemotePath]:
        import pyarrow.fs as pafs

        files, path = self._files()
        with _plainly(self):
            found = files.get_file_info(pafs.FileSelector(path, recursive=recursive))
        skipped = 0 if path == "/" else len(path)
        below = [(info.path[skipped:].strip("/"), info) for info in found]
        return sorted(replace(self / key, _known=info) for key, info in below if key)


AnyPath = Path | RemotePath


def path_of(text: str, storage: Storage | None = None) -> AnyPath:
    """A path of a script or a setting as a place. Raises DataError.

    storage: how stores are reached; None takes it from the AWS_* and HADOOP_* variables.
    """
    if not is_store(text):
        return local_path(text)
    match = _URL.fullmatch(text)
    assert match is not None
    scheme, host, path = match[1], match[2] or "", match[3] or ""
    if "@" in host:
        raise DataError(
            f"a {scheme} path has a user name or keys in it",
            hint="keys are settings: storage.access_key and storage.secret_key",
        )
    if not host and scheme != "hdfs":
        raise DataError(f"'{text}' names no bucket", hint=f"write {scheme}://bucket/folder")
    keys = [part for part in path.split("/") if part not in ("", ".")]
    if ".." in keys:
        raise DataError(f"'..' is a name like others in a store: '{text}'")
    given = storage if storage is not None else Storage.of(StorageSettings())
    return RemotePath(f"{scheme}://{host}", "/".join(keys), given)


def is_store(text: str) -> bool:
    """Whether a path's text names one of the stores that plait knows itself."""
    return _URL.fullmatch(text) is not None


def remove_tree(place: AnyPath) -> None:
    """Remove a file or a folder with all in it, as far as that can be done."""
    import shutil

    if isinstance(place, Path):
        shutil.rmtree(place, ignore_errors=True)
        return
    with suppress(OSError):
        place.remove_tree()


def move(place: AnyPath, target: AnyPath) -> None:
    """Rename a file or a folder within one file system. Raises OSError."""
    if isinstance(place, Path):
        place.rename(str(target))
    else:
        assert isinstance(target, RemotePath)
        place.rename(target)


def relative(place: AnyPath, root: AnyPath) -> Path:
    """The path from `root` to what lies below it."""
    if isinstance(place, Path):
        return place.relative_to(str(root))
    assert isinstance(root, RemotePath)
    return place.relative_to(root)


def require_store(place: RemotePath) -> None:
    """Raise OSError when the store does not answer, or lacks the bucket."""
    with suppress(PermissionError):  # who may use a part of a bucket may not ask for it
        if not place._at("").exists():
            raise OSError(errno.ENOENT, f"there is no bucket '{place.root.partition('://')[2]}'")


def binary(place: AnyPath) -> IO[bytes]:
    """A file's bytes, to be read from any position. Raises OSError."""
    return cast("IO[bytes]", place.open("rb"))


def opened(file: AnyPath) -> pq.ParquetFile:
    """An open Parquet file, to be closed. Raises OSError, pyarrow.ArrowException."""
    import pyarrow.parquet as pq

    return pq.ParquetFile(str(file) if isinstance(file, Path) else binary(file))


def at_once(work: Callable[[Item], Done], items: Iterable[Item]) -> list[Done]:
    """`work` for each item, several at a time: a store answers slowly, but many at once."""
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(_PARALLEL) as pool:
        return list(pool.map(work, items))


def row_counts(files: Iterable[AnyPath]) -> list[int]:
    """Rows of each Parquet file, from its footer. Raises OSError."""

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
        raise OSError(errno.EIO, f"the store at {endpoint} does not answer") from None
    finally:
        connection.close()


@contextmanager
def _plainly(place: RemotePath) -> Iterator[None]:
    """What a store says in vain, as an OSError with one sentence."""
    try:
        yield
    except (FileNotFoundError, FileExistsError, NotADirectoryError, IsADirectoryError):
        raise
    except (OSError, RuntimeError, ValueError) as problem:
        if isinstance(problem, OSError) and problem.errno is not None and problem.strerror:
            raise
        raise OSError(*_sentence(problem, place)) from None


def _sentence(problem: Exception, place: RemotePath) -> tuple[int, str]:
    access = place.storage.access
    said = str(problem)
    code = found[1] if (found := _CODE.search(said)) else ""
    answer = getattr(getattr(problem, "response", None), "status_code", None)
    if answer in (401, 403):
        user = access.get("hdfs_user", "nobody in particular")
        return errno.EACCES, f"{place.root} does not allow that to {user}; see storage.hdfs_user"
    if code in _REFUSED or isinstance(problem, PermissionError):
        where = f" ({code}); see storage.access_key and storage.secret_key" if code else ""
        return errno.EACCES, f"{place.root} refuses these credentials{where}"
    if code == "NO_SUCH_BUCKET":
        return errno.ENOENT, f"there is no bucket '{place.root.partition('://')[2]}'"
    unanswered = answer is None and type(problem).__module__.startswith("requests")
    if code == "NETWORK_CONNECTION" or unanswered:
        server = access.get("webhdfs" if place.moves else "endpoint") or place.root
        return errno.EIO, f"the store at {server} does not answer"
    if code:
        return errno.EIO, f"{place.root} answers {code}"
    for name, value in access.items():
        if name in ("access_key", "secret_key", "session_token"):
            said = said.replace(value, "***")
    return errno.EIO, said.partition("\n")[0][:300] or type(problem).__name__

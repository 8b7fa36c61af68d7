"""Versions of one model at a path; a version is complete or absent.

    <path>/data/<unique>/…        what a training wrote, in a folder of its own
    <path>/drafts/<unique>.json   the lease of the process that writes it; removed once it is
                                  published (`.manifest` beside it: the manifest until then)
    <path>/versions/000001.json   the manifest; creating it exclusively is the publication

Whoever looks at `versions/` sees whole versions alone. Two trainings at once write two data
folders, and the second to publish takes the next number.
"""

from __future__ import annotations

import contextlib
import errno
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

from plait.errors import DataError, ModelError
from plait.models.manifest import ModelVersion, from_json, to_json
from plait.settings import StorageSettings, load_settings
from plait.storage import exclusive
from plait.storage.credentials import Storage
from plait.storage.errors import Reason
from plait.storage.lease import Lease, give_up, is_free
from plait.storage.listing import children
from plait.storage.paths import AnyPath, is_store, make_folder, path_of, remove_tree
from plait.worker.storage import download

_DEEPEST = 8


@dataclass(frozen=True, slots=True)
class StagedVersion:
    """A data folder that is being written; nobody sees it until it is published.

    unique: its name. location: the folder, an absolute local path or a URL. lease: says that
    this process writes it.
    """

    unique: str
    location: str
    lease: Lease = field(repr=False, compare=False)

    @property
    def model(self) -> str:
        """The folder, relative to the model's path."""
        return f"data/{self.unique}"

    @property
    def folder(self) -> Path:
        """The same as a path of this machine, for a model that is not in a store."""
        return Path(self.location)


class ModelStore:
    """The versions at one path: a local folder, or s3a://… or hdfs://…

    storage: the credentials of a remote one; None takes what plait.toml and the environment
    say. Creating the object touches nothing; it raises ModelError for a path that cannot be one.

    path: the model's path, an absolute local path or a URL without a slash at its end.
    remote: whether that is in a store.
    """

    def __init__(self, path: str | Path, storage: Storage | None = None) -> None:
        self._root, self._storage = _root_of(path, storage)
        self.path = str(self._root)
        self.remote = not isinstance(self._root, Path)

    def check(self) -> None:
        """Whether the path can be read and holds a model, or nothing. Raises ModelError."""
        self._refuse_strangers()

    def begin(self) -> StagedVersion:
        """A new empty data folder, leased to this process.

        Raises ModelError when the path is not a folder that can be written, or holds
        something that is not a model.
        """
        self._refuse_strangers()
        unique = uuid.uuid4().hex
        folder = self._root / "data" / unique
        with self._writing():
            staged = StagedVersion(unique, str(folder), self._claim(unique))
            try:
                make_folder(folder)
                make_folder(self._root / "versions")
            except OSError:
                self.discard(staged)
                raise
        return staged

    def _claim(self, unique: str) -> Lease:
        """Take the lease; another training's `discard` may remove the empty folder meanwhile."""
        for _ in range(4):
            make_folder(self._root / "drafts")
            with contextlib.suppress(FileNotFoundError):
                return Lease.take(self._lease(unique))
        return Lease.take(self._lease(unique))

    def publish(self, staged: StagedVersion, version: ModelVersion) -> ModelVersion:
        """Make `staged` the next version; `version.number` and `path` are given here.

        Raises ModelError when it cannot be written, or was taken for abandoned on another
        host; then nothing is published.
        """
        spare = self._root / "drafts" / f"{staged.unique}.manifest"
        with self._writing():
            if not staged.lease.is_held():
                raise ModelError(
                    f"the new model in {staged.location} was removed as abandoned",
                    hint="this process was paused for too long; train the model again",
                )
            exclusive.sync_files(self._root / staged.model)
            make_folder(self._root / "versions")
            number = max(self._numbers(), default=0) + 1
            new = replace(version, number=number, path=self.path)
            while not exclusive.create(self._manifest(new.number), to_json(new), spare):
                new = replace(new, number=new.number + 1)
            staged.lease.release()
            self._end_lease(staged.unique)
        return new

    def discard(self, staged: StagedVersion) -> None:
        """Remove what is not published, and the folders made for it if nothing else is there.

        What cannot be removed now is left to `sweep`.
        """
        staged.lease.release()
        with contextlib.suppress(OSError):
            self._remove_data(staged.unique)
            for name in ("drafts", "data", "versions"):
                (self._root / name).rmdir()
            self._root.rmdir()

    def keep(self, staged: StagedVersion) -> None:
        """Leave what was staged where it is, without a version; nothing removes it later.

        Raises ModelError when the lease cannot be ended; then `sweep` will remove it.
        """
        staged.lease.release()
        with self._writing():
            self._end_lease(staged.unique)

    def versions(self) -> tuple[ModelVersion, ...]:
        """Every version, oldest first; none where nothing was published yet.

        Raises ModelError for a path that is not a model and for a broken manifest.
        """
        self._refuse_strangers()
        return tuple(self._read(number) for number in self._numbers())

    def latest(self) -> ModelVersion:
        """The version with the highest number. Raises ModelError when there is none."""
        self._refuse_strangers()
        numbers = self._numbers()
        if not numbers:
            raise ModelError(
                f"there is no model in {self.path}",
                hint="train one into this path first, or correct the path",
            )
        return self._read(numbers[-1])

    def get(self, number: int) -> ModelVersion:
        """Version `number`. Raises ModelError that says which versions there are."""
        self._refuse_strangers()
        numbers = self._numbers()
        if number not in numbers:
            there = ", ".join(map(str, numbers)) or "none"
            raise ModelError(
                f"the model in {self.path} has no version {number}", hint=f"there is: {there}"
            )
        return self._read(number)

    def fetch(self, version: ModelVersion, folder: str | Path) -> Path:
        """Copy the model of a version into a local folder, in MLflow's format.

        folder: it must not exist, or be empty. Returns it. Raises ModelError.
        """
        target = Path(folder).expanduser().absolute()
        if target.exists() and any(target.iterdir()):
            raise ModelError(f"{target} is not empty")
        try:
            with self._reading(version.location):
                download(version.location, target, self._storage.access)
        except FileNotFoundError:
            raise ModelError(f"the model {version.location} was removed meanwhile") from None
        return target

    def keep_only(self, version: ModelVersion) -> None:
        """Remove the versions older than `version`, which stands already.

        Raises ModelError.

        Each one's manifest goes first, so that no version is ever seen without its data; a
        process that dies in between leaves a free lease, and `sweep` removes the rest.
        """
        with self._writing():
            for number in self._numbers():
                if number < version.number:
                    self._remove(number)

    def sweep(self) -> tuple[str, ...]:
        """Remove what dead processes left unpublished; returns the data folders removed.

        A staged version is abandoned when its lease is free (`plait.storage.lease`): at once
        when its process is gone, and on another host after an hour without a heartbeat.
        Nothing is removed while a manifest is broken, since what it names cannot be known.
        Raises ModelError.
        """
        abandoned = [unique for unique in self._staged() if self._abandoned(unique)]
        if not abandoned:
            return ()
        try:
            published = {_unique(version) for version in self.versions()}
        except ModelError:  # a broken manifest: what it names cannot be known
            return ()
        with self._writing():
            for unique in abandoned:
                if unique in published:
                    self._end_lease(unique)
                else:
                    give_up(self._lease(unique))
                    self._remove_data(unique)
        left = [unique for unique in abandoned if unique not in published]
        return tuple(f"{self.path}/data/{unique}" for unique in left)

    def _staged(self) -> list[str]:
        with self._reading(self.path):
            try:
                names = [each.name for each in children(self._root / "drafts")]
            except (FileNotFoundError, NotADirectoryError):
                return []
        return sorted(n[:-5] for n in names if n.endswith(".json") and not n.startswith("."))

    def _abandoned(self, unique: str) -> bool:
        """Whether the process that writes a version is gone."""
        try:
            return is_free(self._lease(unique))
        except OSError:
            return False

    def _remove(self, number: int) -> None:
        with contextlib.suppress(ModelError):
            unique = _unique(self._read(number))
            give_up(self._lease(unique))
            self._manifest(number).unlink(missing_ok=True)
            self._remove_data(unique)

    def _remove_data(self, unique: str) -> None:
        """Remove a data folder; its lease stays while something of it cannot be removed."""
        if remove_tree(self._root / "data" / unique):
            self._end_lease(unique)

    def _end_lease(self, unique: str) -> None:
        (self._root / "drafts" / f"{unique}.manifest").unlink(missing_ok=True)
        self._lease(unique).unlink(missing_ok=True)

    def _lease(self, unique: str) -> AnyPath:
        return self._root / "drafts" / f"{unique}.json"

    def _manifest(self, number: int) -> AnyPath:
        return self._root / "versions" / f"{number:06d}.json"

    def _numbers(self) -> list[int]:
        with self._reading(self.path):
            try:
                names = [each.name for each in children(self._root / "versions")]
            except FileNotFoundError:
                return []
        return sorted(int(n[:-5]) for n in names if n.endswith(".json") and n[:-5].isdigit())

    def _read(self, number: int) -> ModelVersion:
        manifest = self._manifest(number)
        try:
            with self._reading(str(manifest)):
                return from_json(manifest.read_text(encoding="utf-8"), self.path)
        except FileNotFoundError:
            raise ModelError(
                f"version {number} of the model in {self.path} was removed meanwhile"
            ) from None
        except (ValueError, KeyError, TypeError, AttributeError) as problem:
            raise ModelError(
                f"the manifest {manifest} is broken", cause=f"{type(problem).__name__}: {problem}"
            ) from None

    def _refuse_strangers(self) -> None:
        """Raise ModelError where something lies that no ModelStore made."""
        try:
            with self._reading(self.path):
                found = children(self._root)
        except FileNotFoundError:
            return
        if any(each.name == "versions" and each.is_dir() for each in found):
            return
        own = ("data", "drafts", "versions")
        strangers = [each.name for each in found if each.name not in own]
        if strangers:
            raise ModelError(
                f"{self.path} is not a model's folder; it holds {', '.join(strangers[:5])}",
                hint="give the train statement a folder of its own",
            )

    @contextlib.contextmanager
    def _reading(self, what: str) -> Iterator[None]:
        try:
            yield
        except FileNotFoundError:
            raise
        except NotADirectoryError:
            raise ModelError(f"{self.path} is a file, not a model's folder") from None
        except OSError as problem:
            raise _error(f"{what} cannot be read", self._storage.reason(problem, what)) from None

    @contextlib.contextmanager
    def _writing(self) -> Iterator[None]:
        try:
            yield
        except OSError as problem:
            reason = self._storage.reason(problem, self.path)
            raise _error(f"the model's folder {self.path} cannot be written", reason) from None


def find_models(root: str | Path, storage: Storage | None = None) -> list[str]:
    """The paths of the models at or below a folder or URL, sorted; none where nothing is.

    What lies inside of a model is not searched. Raises ModelError for what cannot be read.
    """
    top, credentials = _root_of(root, storage)
    found: list[str] = []
    waiting = [(top, 0)]
    while waiting:
        folder, depth = waiting.pop()
        try:
            inner = [each for each in children(folder) if each.is_dir()]
            if _has_manifests(inner):
                found.append(str(folder))
            elif depth < _DEEPEST:
                seen = (each for each in inner if not each.name.startswith((".", "__")))
                waiting.extend((each, depth + 1) for each in seen)
        except (FileNotFoundError, NotADirectoryError):
            continue
        except OSError as problem:
            if problem.errno == errno.EACCES and depth:
                continue  # somebody else's folder
            reason = credentials.reason(problem, str(folder))
            raise _error(f"{folder} cannot be read", reason) from None
    return sorted(found)


def _has_manifests(folders: list[AnyPath]) -> bool:
    versions = next((each for each in folders if each.name == "versions"), None)
    names = [each.name for each in children(versions)] if versions is not None else []
    return any(name[:1].isdigit() and name.endswith(".json") for name in names)


def _root_of(path: str | Path, storage: Storage | None) -> tuple[AnyPath, Storage]:
    """Where a model lies and how that is reached. Raises ModelError.

    The settings are read only for a path in a store.
    """
    text = str(path)
    if storage is None:
        found = load_settings().storage if is_store(text) else StorageSettings()
        storage = Storage.of(found)
    try:
        return path_of(text, storage), storage
    except DataError as problem:
        raise ModelError(problem.message, hint=problem.hint) from None


def _error(what: str, reason: Reason) -> ModelError:
    return ModelError(f"{what}: {reason.text}", hint=reason.hint, cause=reason.cause)


def _unique(version: ModelVersion) -> str:
    """The name of the data folder of a version."""
    return Path(version.model).parts[1]

"""Versions of one model at a path; a version is complete or absent.

    <path>/data/<unique>/…        what a training wrote, in a folder of its own
    <path>/drafts/<unique>.json   who is writing it (host, process); gone once it is published
                                  (`.manifest` beside it: the manifest until it is linked)
    <path>/versions/000001.json   the manifest; creating it exclusively is the publication

Whoever looks at `versions/` sees whole versions alone. Two trainings at once write two data
folders, and the second to publish takes the next number.
"""

from __future__ import annotations

import contextlib
import json
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from plait.errors import ModelError
from plait.models.files import below, place_of
from plait.models.manifest import ModelVersion, from_json, to_json
from plait.settings import StorageSettings, load_settings
from plait.storage.credentials import Storage
from plait.storage.lease import gone, mark
from plait.worker.storage import download, is_remote

_FOREIGN_DRAFT_AGE = 7 * 24 * 3600.0
_BOOT_TOLERANCE = 60.0
_DEEPEST = 8


@dataclass(frozen=True, slots=True)
class StagedVersion:
    """A data folder that is being written; nobody sees it until it is published.

    place: the folder, an absolute local path or a URL. model: the same below the model's path.
    """

    unique: str
    place: str

    @property
    def model(self) -> str:
        """The folder, relative to the model's path."""
        return f"data/{self.unique}"

    @property
    def folder(self) -> Path:
        """The local folder of a draft that is not remote."""
        return Path(self.place)


class ModelStore:
    """The versions at one path: a local folder, or s3a://… or hdfs://…

    storage: the credentials of a remote one; None takes what plait.toml and the environment
    say. Creating the object touches nothing; it raises ModelError for a path that cannot be one.
    """

    def __init__(self, path: str | Path, storage: Storage | None = None) -> None:
        try:
            self._storage = storage or _configured(path)
            self._place = place_of(path, self._storage)
        except ValueError as problem:
            raise ModelError(str(problem)) from None
        self.path = self._place.root
        self.remote = is_remote(self.path)

    def check(self) -> None:
        """Whether the path can be read and holds a model, or nothing. Raises ModelError."""
        self._refuse_strangers()

    def begin(self) -> StagedVersion:
        """A new empty data folder, owned by this process.

        Raises ModelError when the path is not a folder that can be written, or holds
        something that is not a model.
        """
        self._refuse_strangers()
        unique = uuid.uuid4().hex
        draft = StagedVersion(unique, f"{self.path}/data/{unique}")
        with self._writing():
            self._claim(unique)
            self._place.make(draft.model)
            self._place.make("versions")
        return draft

    def _claim(self, unique: str) -> None:
        """Write the owner; another training's `discard` may remove the empty folder once."""
        for attempt in range(5):
            self._place.make("drafts")
            try:
                return self._place.write(_owner(unique), _note())
            except FileNotFoundError:
                if attempt == 4:
                    raise
        return None

    def publish(self, draft: StagedVersion, version: ModelVersion) -> ModelVersion:
        """Make `draft` the next version; `version.number` and `path` are given here.

        Raises ModelError when it cannot be written; then nothing is published.
        """
        spare = f"drafts/{draft.unique}.manifest"
        with self._writing():
            self._place.settle(draft.model)
            self._place.make("versions")
            number = max(self._numbers(), default=0) + 1
            numbered = replace(version, number=number, path=self.path)
            while not self._place.create(_manifest(numbered.number), to_json(numbered), spare):
                numbered = replace(numbered, number=numbered.number + 1)
            self._disown(draft.unique)
        return numbered

    def discard(self, draft: StagedVersion) -> None:
        """Remove an unpublished draft, and the folders made for it if nothing else is there."""
        with contextlib.suppress(OSError):
            self._remove_data(draft.unique)
            for folder in ("drafts", "data", "versions", ""):
                self._place.prune(folder)

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
        with self._reading(version.place):
            download(version.place, target, self._storage.access)
        return target

    def keep_only(self, version: ModelVersion) -> None:
        """Remove the versions older than `version`, which stands already.

        Each one's manifest goes first, so that no version is ever seen without its data; a
        process that dies in between leaves a draft, which `sweep` removes.
        """
        with self._writing():
            for number in self._numbers():
                if number < version.number:
                    self._remove(number)

    def sweep(self) -> tuple[str, ...]:
        """Remove what dead processes left unpublished; returns the data folders removed.

        A draft of this host goes when its process is gone, one of another host after 7 days.
        Nothing goes while a manifest is broken, since what it names cannot be known.
        """
        abandoned = [unique for unique in self._drafts() if self._abandoned(unique)]
        if not abandoned:
            return ()
        try:
            published = {_unique(version) for version in self.versions()}
        except ModelError:  # a broken manifest: what it names cannot be known
            return ()
        with self._writing():
            for unique in abandoned:
                if unique in published:
                    self._disown(unique)
                else:
                    self._remove_data(unique)
        left = [unique for unique in abandoned if unique not in published]
        return tuple(f"{self.path}/data/{unique}" for unique in left)

    def _drafts(self) -> list[str]:
        with self._reading(self.path):
            try:
                names = [name for name, _ in self._place.entries("drafts")]
            except (FileNotFoundError, NotADirectoryError):
                return []
        return sorted(n[:-5] for n in names if n.endswith(".json") and not n.startswith("."))

    def _abandoned(self, unique: str) -> bool:
        """Whether the process that writes a draft is gone."""
        try:
            note = json.loads(self._place.read(_owner(unique)))
            ended = gone(note) if _this_machine(note) else None
        except (OSError, ValueError, KeyError, TypeError):
            ended = None
        return self._place.age(_owner(unique)) > _FOREIGN_DRAFT_AGE if ended is None else ended

    def _remove(self, number: int) -> None:
        with contextlib.suppress(ModelError):
            unique = _unique(self._read(number))
            self._place.write(_owner(unique), _note())
            self._place.remove(_manifest(number))
            self._remove_data(unique)

    def _remove_data(self, unique: str) -> None:
        """Remove a data folder; its owner file stays while something of it cannot be."""
        if self._place.remove_folder(f"data/{unique}"):
            self._disown(unique)

    def _disown(self, unique: str) -> None:
        self._place.remove(f"drafts/{unique}.manifest")
        self._place.remove(_owner(unique))

    def _numbers(self) -> list[int]:
        with self._reading(self.path):
            try:
                names = [name for name, _ in self._place.entries("versions")]
            except FileNotFoundError:
                return []
        return sorted(int(n[:-5]) for n in names if n.endswith(".json") and n[:-5].isdigit())

    def _read(self, number: int) -> ModelVersion:
        manifest = f"{self.path}/{_manifest(number)}"
        try:
            with self._reading(manifest):
                return from_json(self._place.read(_manifest(number)), self.path)
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
                names = dict(self._place.entries(""))
        except FileNotFoundError:
            return
        if names.get("versions"):
            return
        strangers = [name for name in sorted(names) if name not in ("data", "drafts", "versions")]
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
            why, hint, cause = self._storage.reason(problem)
            raise ModelError(f"{what} cannot be read: {why}", hint=hint, cause=cause) from None

    @contextlib.contextmanager
    def _writing(self) -> Iterator[None]:
        try:
            yield
        except OSError as problem:
            why, hint, cause = self._storage.reason(problem)
            raise ModelError(
                f"the model's folder {self.path} cannot be written: {why}", hint=hint, cause=cause
            ) from None


def find_models(root: str | Path, storage: Storage | None = None) -> list[str]:
    """The paths of the models at or below a folder or URL, sorted; none where nothing is.

    What lies inside of a model is not searched. Raises ModelError for what cannot be read.
    """
    try:
        storage = storage or _configured(root)
        return below(place_of(root, storage), _DEEPEST)
    except ValueError as problem:
        raise ModelError(str(problem)) from None
    except OSError as problem:
        assert storage is not None
        why, hint, cause = storage.reason(problem)
        raise ModelError(f"{root} cannot be read: {why}", hint=hint, cause=cause) from None


def _configured(path: str | Path) -> Storage:
    """What the settings say; nothing is read for a path of this machine."""
    return Storage.of(load_settings().storage if is_remote(str(path)) else StorageSettings())


def _manifest(number: int) -> str:
    return f"versions/{number:06d}.json"


def _owner(unique: str) -> str:
    return f"drafts/{unique}.json"


def _unique(version: ModelVersion) -> str:
    """The name of the data folder of a version."""
    return Path(version.model).parts[1]


def _note() -> str:
    """This process, so that another one at the same path can judge whether it lives."""
    import psutil

    return json.dumps({**mark(), "booted": psutil.boot_time()}) + "\n"


def _this_machine(note: dict[str, float]) -> bool:
    """Whether a note was written here: machines that share a store may share a name too."""
    import psutil

    booted = note.get("booted")
    return booted is None or abs(booted - psutil.boot_time()) < _BOOT_TOLERANCE

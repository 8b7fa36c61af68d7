"""Versions of one model in a folder; a version is complete or absent.

    <path>/data/<unique>/…        what a training wrote, in a folder of its own
    <path>/drafts/<unique>.json   who is writing it (host, process); gone once it is published
                                  (`.manifest` beside it: the manifest until it is linked)
    <path>/versions/000001.json   the manifest; creating it exclusively is the publication

Whoever looks at `versions/` sees whole versions alone. Two trainings at once write two data
folders, and the second to publish takes the next number.
"""

from __future__ import annotations

import contextlib
import errno
import json
import os
import shutil
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from plait.errors import ModelError
from plait.models.manifest import ModelVersion, from_json, to_json
from plait.owner import gone, mark

_FOREIGN_DRAFT_AGE = 7 * 24 * 3600.0
_NO_LINKS = {errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK}


@dataclass(frozen=True, slots=True)
class Draft:
    """A data folder that is being written; nobody sees it until it is published."""

    folder: Path
    owner: Path


class ModelStore:
    """The versions in one folder. Creating the object touches nothing."""

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path).expanduser().absolute()
        self._data = self.path / "data"
        self._drafts = self.path / "drafts"
        self._manifests = self.path / "versions"

    def begin(self) -> Draft:
        """A new empty data folder, owned by this process.

        Raises ModelError when the path is not a folder that can be written, or holds
        something that is not a model.
        """
        self._refuse_strangers()
        unique = uuid.uuid4().hex
        draft = Draft(self._data / unique, self._drafts / f"{unique}.json")
        with self._writing():
            self._claim(draft.owner)
            draft.folder.mkdir(parents=True)
            self._manifests.mkdir(parents=True, exist_ok=True)
        return draft

    def _claim(self, owner: Path) -> None:
        """Write `owner`; another training's `discard` may remove the empty folder once."""
        for attempt in range(5):
            self._drafts.mkdir(parents=True, exist_ok=True)
            try:
                return _write_whole(owner, json.dumps(mark()) + "\n")
            except FileNotFoundError:
                if attempt == 4:
                    raise
        return None

    def publish(self, draft: Draft, version: ModelVersion) -> ModelVersion:
        """Make `draft` the next version; `version.number` and `path` are given here.

        Raises ModelError when it cannot be written; then nothing is published.
        """
        with self._writing():
            _sync(draft.folder)
            self._manifests.mkdir(parents=True, exist_ok=True)
            number = max(self._numbers(), default=0) + 1
            numbered = replace(version, number=number, path=str(self.path))
            while not _create(self._manifest(numbered.number), draft, to_json(numbered)):
                numbered = replace(numbered, number=numbered.number + 1)
            self._disown(draft.folder.name)
        return numbered

    def discard(self, draft: Draft) -> None:
        """Remove an unpublished draft, and the folders made for it if nothing else is there."""
        self._remove_data(draft.folder.name)
        with contextlib.suppress(OSError):
            for folder in (self._drafts, self._data, self._manifests, self.path):
                folder.rmdir()

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

    def keep_only(self, version: ModelVersion) -> None:
        """Remove the versions older than `version`, which stands already.

        Each one's manifest goes first, so that no version is ever seen without its data; a
        process that dies in between leaves a draft, which `sweep` removes.
        """
        with self._writing():
            for number in self._numbers():
                if number < version.number:
                    self._remove(number)

    def sweep(self) -> tuple[Path, ...]:
        """Remove what dead processes left unpublished; returns the data folders removed.

        A draft of this host goes when its process is gone, one of another host after 7 days.
        Nothing goes while a manifest is broken, since what it names cannot be known.
        """
        owners = self._drafts.glob("*.json") if self._drafts.is_dir() else ()
        abandoned = [owner.stem for owner in sorted(owners) if _abandoned(owner)]
        if not abandoned:
            return ()
        try:
            published = {_unique(version) for version in self.versions()}
        except ModelError:  # a broken manifest: what it names cannot be known
            return ()
        for unique in abandoned:
            if unique in published:
                self._disown(unique)
            else:
                self._remove_data(unique)
        return tuple(self._data / unique for unique in abandoned if unique not in published)

    def _remove(self, number: int) -> None:
        with contextlib.suppress(ModelError):
            unique = _unique(self._read(number))
            _write_whole(self._drafts / f"{unique}.json", json.dumps(mark()) + "\n")
            self._manifest(number).unlink(missing_ok=True)
            self._remove_data(unique)

    def _remove_data(self, unique: str) -> None:
        """Remove a data folder; its owner file stays while something of it cannot be."""
        folder = self._data / unique
        shutil.rmtree(folder, ignore_errors=True)
        if not folder.exists():
            self._disown(unique)

    def _disown(self, unique: str) -> None:
        for name in (f"{unique}.manifest", f"{unique}.json"):
            (self._drafts / name).unlink(missing_ok=True)

    def _numbers(self) -> list[int]:
        try:
            names = [path.name for path in self._manifests.iterdir()]
        except FileNotFoundError:
            return []
        except OSError as problem:
            raise ModelError(f"{self.path} cannot be read: {problem.strerror}") from None
        return sorted(int(n[:-5]) for n in names if n.endswith(".json") and n[:-5].isdigit())

    def _manifest(self, number: int) -> Path:
        return self._manifests / f"{number:06d}.json"

    def _read(self, number: int) -> ModelVersion:
        manifest = self._manifest(number)
        try:
            return from_json(manifest.read_text("utf-8"), str(self.path))
        except FileNotFoundError:
            raise ModelError(
                f"version {number} of the model in {self.path} was removed meanwhile"
            ) from None
        except OSError as problem:
            raise ModelError(f"{manifest} cannot be read: {problem.strerror}") from None
        except (ValueError, KeyError, TypeError, AttributeError) as problem:
            raise ModelError(
                f"the manifest {manifest} is broken", cause=f"{type(problem).__name__}: {problem}"
            ) from None

    def _refuse_strangers(self) -> None:
        """Raise ModelError where something lies that no ModelStore made."""
        if self._manifests.is_dir() or not self.path.exists():
            return
        if not self.path.is_dir():
            raise ModelError(f"{self.path} is a file, not a model's folder")
        try:
            names = sorted(path.name for path in self.path.iterdir())
        except OSError as problem:
            raise ModelError(f"{self.path} cannot be read: {problem.strerror}") from None
        strangers = [name for name in names if name not in ("data", "drafts", "versions")]
        if strangers:
            raise ModelError(
                f"{self.path} is not a model's folder; it holds {', '.join(strangers[:5])}",
                hint="give the train statement a folder of its own",
            )

    @contextlib.contextmanager
    def _writing(self) -> Iterator[None]:
        try:
            yield
        except OSError as problem:
            raise ModelError(
                f"the model's folder {self.path} cannot be written: {problem.strerror}",
                cause=str(problem),
            ) from None


def _unique(version: ModelVersion) -> str:
    """The name of the data folder of a version."""
    return Path(version.model).parts[1]


def _abandoned(owner: Path) -> bool:
    """Whether the process that `owner` names is gone."""
    try:
        who = json.loads(owner.read_text("utf-8"))
        ended = gone(who)
    except (OSError, ValueError, KeyError, TypeError):
        ended = None
    return _age(owner) > _FOREIGN_DRAFT_AGE if ended is None else ended


def _age(path: Path) -> float:
    try:
        return time.time() - path.stat().st_mtime
    except OSError:
        return 0.0


def _write_whole(path: Path, text: str) -> None:
    """Write a file so that a reader sees all of it or none."""
    draft = path.with_name(f".{path.name}.{uuid.uuid4().hex}.tmp")
    try:
        with draft.open("w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)


def _create(path: Path, draft: Draft, text: str) -> bool:
    """Create `path` with `text`, whole at once and exclusively; False when it exists."""
    whole = draft.owner.with_suffix(".manifest")
    _write_whole(whole, text)
    try:
        os.link(whole, path)
        return True
    except FileExistsError:
        return False
    except OSError as problem:
        if problem.errno not in _NO_LINKS:
            raise
        return _create_claimed(path, whole)


def _create_claimed(path: Path, whole: Path) -> bool:
    """`_create` without hard links: the number is claimed by an exclusive file first.

    The claim stays, so that the check and the rename below cannot be raced.
    """
    try:
        path.with_suffix(".claim").open("x").close()
    except FileExistsError:
        return False
    if path.exists():
        return False
    whole.rename(path)
    return True


def _sync(folder: Path) -> None:
    """Have the disk hold every file of `folder` before a manifest names it."""
    for path in folder.rglob("*"):
        if path.is_file():
            with path.open("rb") as file:
                os.fsync(file.fileno())

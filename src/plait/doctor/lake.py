"""Whether tables can be written to the lake."""

from __future__ import annotations

import contextlib
import secrets
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from plait.doctor.findings import Finding, tried
from plait.doctor.machine import existing
from plait.settings import Settings
from plait.storage.credentials import Storage


@dataclass(frozen=True, slots=True)
class LakeFile:
    """A small file in the lake. folder: the lake's root, a local path or a URL."""

    folder: str
    name: str
    content: bytes


def lake(settings: Settings) -> Finding:
    """Whether this machine can write to the lake; nothing of the attempt is left there."""
    if settings.lake_remote:
        return tried("storage", "lake", lambda: _write_to_store(settings))
    path = settings.lake_path
    folder = existing(path)
    try:
        if not folder.is_dir():
            raise NotADirectoryError(20, f"{folder} is a file")
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as problem:
        text = f"{path}: {problem.strerror or problem}"
        return Finding("storage", "lake", "failed", text, "choose another: --lake DIR")
    return Finding("storage", "lake", "ok", f"{path} (writable)")


def _write_to_store(settings: Settings) -> str:
    with file_in_lake(settings, Storage.of(settings.storage)):
        return f"{settings.lake} (writable)"


@contextlib.contextmanager
def file_in_lake(settings: Settings, storage: Storage) -> Iterator[LakeFile]:
    """A new file in the lake; it and the folders that were made for it are removed afterwards.

    Raises DataError or OSError when it cannot be written.
    """
    created: list[Path] = []
    folder = settings.lake
    if not settings.lake_remote:
        root = settings.lake_path
        folder = str(root)
        created = [path for path in (root, *root.parents) if not path.exists()]
        root.mkdir(parents=True, exist_ok=True)
    file = LakeFile(folder, f".plait-doctor-{secrets.token_hex(6)}", secrets.token_bytes(64))
    try:
        with storage.reaching(folder):
            files, path = storage.filesystem(folder)
            with files.open_output_stream(f"{path}/{file.name}") as out:
                out.write(file.content)
        try:
            yield file
        finally:
            files.delete_file(f"{path}/{file.name}")
    finally:
        for each in created:
            with contextlib.suppress(OSError):
                each.rmdir()

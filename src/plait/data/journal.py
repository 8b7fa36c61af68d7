"""What a run writes down before it does it, so that a later run can undo it."""

from __future__ import annotations

import json
import os
import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from plait.storage.paths import AnyPath, RemotePath

JOURNAL = "journal"


@dataclass(frozen=True, slots=True)
class Journal:
    """The notes of one run. local: its folder on this machine; shared: its folder in the lake.

    What is done in a store is noted in the lake: another machine may have to undo it.
    """

    local: Path
    shared: AnyPath

    def note(self, kind: str, path: AnyPath, **fields: Any) -> AnyPath:
        """Write down what is to be undone at `path`; remove the file when it need not.

        Raises OSError.
        """
        folder = self.shared if isinstance(path, RemotePath) else self.local
        entry = folder / JOURNAL / f"{time.time_ns()}-{uuid.uuid4().hex[:8]}.json"
        self.rewrite(entry, kind, path, **fields)
        return entry

    def rewrite(self, entry: AnyPath, kind: str, path: AnyPath, **fields: Any) -> None:
        """Write a note anew, in one step. Raises OSError."""
        write_durably(entry, {"kind": kind, "path": str(path), **fields})


def write_durably(path: AnyPath, content: Mapping[str, Any]) -> None:
    """Write a file of JSON in one step, so that it survives a crash. Raises OSError."""
    if isinstance(path, RemotePath):
        path.write_text(json.dumps(content))
        return
    new = path.with_name(f".{path.name}.new")
    with new.open("w", encoding="utf-8") as file:
        json.dump(content, file)
        file.flush()
        os.fsync(file.fileno())
    new.replace(path)

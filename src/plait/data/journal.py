"""What a run writes down before it does it, so that a later run can undo it."""

from __future__ import annotations

import errno
import json
import time
import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from plait.storage.exclusive import write_durably
from plait.storage.lease import Lease
from plait.storage.paths import AnyPath, RemotePath

JOURNAL = "journal"


@dataclass(frozen=True, slots=True)
class Journal:
    """The notes of one run. local: its folder on this machine; shared: its folder in the lake.

    What is done in a store is noted in the lake: another machine may have to undo it.
    leases: say that this process works in the folders.
    """

    local: Path
    shared: AnyPath
    leases: tuple[Lease, ...]

    def note(self, kind: str, path: AnyPath, **fields: Any) -> AnyPath:
        """Write down what is to be undone at `path`; remove the file when it need not.

        Raises OSError, also when another host removes the run's folders as abandoned.
        """
        folder = self.shared if isinstance(path, RemotePath) else self.local
        entry = folder / JOURNAL / f"{time.time_ns()}-{uuid.uuid4().hex[:8]}.json"
        self.rewrite(entry, kind, path, **fields)
        return entry

    def rewrite(self, entry: AnyPath, kind: str, path: AnyPath, **fields: Any) -> None:
        """Write a note anew, in one step. Raises OSError as `note`."""
        if not all(lease.is_held() for lease in self.leases):
            raise OSError(
                errno.ESTALE,
                "this run was paused for so long that another host took its folder for abandoned",
            )
        write_durably(entry, json.dumps({"kind": kind, "path": str(path), **fields}))

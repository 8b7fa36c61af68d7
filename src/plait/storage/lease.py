"""Who works in a folder, and whether that one is gone: the one answer for all that cleans up.

A lease is a file in or beside the folder (`owner.json`) that says which process works there.
Whoever finds it asks `is_free`:

* On the same host, in the same container, the process itself is looked up, by its number and
  the moment of its start: what a dead process held is free at once, and a living one keeps it,
  however long it is paused or its machine sleeps.
* On another host or in another container only the file's age counts. The holder writes it anew
  every 60 seconds (`HEARTBEAT_SECONDS`); it is free when that has not happened for an hour
  (`FOREIGN_SECONDS`). Both moments are taken from the clock of the disk or store that holds the
  file, so that it does not matter how the clocks of two hosts differ.

A holder that was paused for longer than that may have lost its folder to another host. Who
cleans up says so first (`give_up`), and the holder asks (`Lease.is_held`) before it publishes
anything from the folder.
"""

from __future__ import annotations

import json
import os
import socket
import threading
import time
import uuid
from contextlib import suppress
from pathlib import Path

from plait.storage.exclusive import write_durably
from plait.storage.paths import AnyPath
from plait.worker.processes import ProcessId

HEARTBEAT_SECONDS = 60.0
FOREIGN_SECONDS = 3600.0
_LAST_BEAT_SECONDS = 10.0
_FREE = '{"free": true}\n'


class Lease:
    """This process works in the folder of `file`, from `start` to `release`.

    file: where the lease lies. note: its content, which nobody else writes.
    beat_seconds: how often the file is written anew while it is held.
    """

    def __init__(self, file: AnyPath, beat_seconds: float = HEARTBEAT_SECONDS) -> None:
        self.file = file
        self.note = _note()
        self._beat_seconds = beat_seconds
        self._released = threading.Event()
        self._thread: threading.Thread | None = None

    @classmethod
    def take(cls, file: AnyPath, beat_seconds: float = HEARTBEAT_SECONDS) -> Lease:
        """Write a lease for this process, and keep it. Raises OSError."""
        lease = cls(file, beat_seconds)
        write_durably(file, lease.note)
        lease.start()
        return lease

    def start(self) -> None:
        """Keep the lease, whose `note` lies in its file already, until `release`.

        The heartbeat ends with the process, and does not keep it alive.
        """
        self._thread = threading.Thread(target=self._keep, name="plait-lease", daemon=True)
        self._thread.start()

    def is_held(self) -> bool:
        """Whether the file is still there and this lease's own. Raises OSError."""
        try:
            return self.file.read_bytes() == self.note.encode()
        except FileNotFoundError:
            return False

    def release(self) -> None:
        """Write nothing any more; the file is left to be removed. Safe to call twice."""
        self._released.set()
        if self._thread is not None:
            self._thread.join(_LAST_BEAT_SECONDS)

    def _keep(self) -> None:
        while not self._released.wait(self._beat_seconds):
            with suppress(OSError):  # tried again at the next beat
                if not self.is_held():
                    return  # another host took it away; nothing is to appear there again
                if isinstance(self.file, Path):
                    os.utime(self.file)
                elif not self._released.is_set():
                    self.file.write_text(self.note)


def is_free(file: AnyPath, foreign_seconds: float = FOREIGN_SECONDS) -> bool:
    """Whether who holds the lease in `file` is gone.

    foreign_seconds: after how many seconds without a heartbeat a holder on another host, or
    one that the file does not name, counts as gone. Raises FileNotFoundError when there is no
    lease, OSError.
    """
    note = file.read_bytes().decode("utf-8", errors="replace")
    if note == _FREE:
        return True
    holder = _holder(note)
    running = holder.is_running() if holder is not None else None
    return _age_seconds(file) > foreign_seconds if running is None else not running


def give_up(file: AnyPath) -> None:
    """Make a lease free, so that who held it sees that it lost it. Raises OSError."""
    write_durably(file, _FREE)


def _note() -> str:
    process = ProcessId.here()
    fields = {
        "host": socket.gethostname(),
        "space": process.space,
        "pid": process.pid,
        "started": process.started,
        "lease": uuid.uuid4().hex,
    }
    return json.dumps(fields) + "\n"


def _holder(note: str) -> ProcessId | None:
    """The process of a note; None for one that was cut off or is of another kind."""
    try:
        fields = json.loads(note)
        return ProcessId(str(fields["space"]), int(fields["pid"]), int(fields["started"]))
    except (ValueError, KeyError, TypeError):
        return None


def _age_seconds(file: AnyPath) -> float:
    """How long ago a file was written, by the clock of what holds it."""
    return _now_seconds(file) - file.stat().st_mtime


def _now_seconds(file: AnyPath) -> float:
    """The moment now, in seconds since 1970, as a file written beside another one has it."""
    probe = file.with_name(f".{uuid.uuid4().hex}.clock")
    try:
        probe.touch()
        return probe.stat().st_mtime
    except OSError:  # nothing can be written there
        return time.time()
    finally:
        with suppress(OSError):
            probe.unlink(missing_ok=True)

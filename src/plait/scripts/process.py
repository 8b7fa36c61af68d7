"""The child process of a Python script: started, waited for, and nothing of it left."""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Literal

from plait.errors import Span, TaskError
from plait.events import Emit, StepLog

_GRACE_SECONDS = 5.0
# In the environment of the child and of whatever it starts. Not PLAIT_…: those are settings.
_MARKER = "_PLAIT_SCRIPT_RUN"


@dataclass(frozen=True, slots=True)
class ScriptProcess:
    """Runs one script. folder: where it reports a failure. text: the script's, for errors."""

    file: str
    text: str
    folder: Path
    emit: Emit
    defer_interrupts: Callable[[], AbstractContextManager[None]]

    def run(
        self, arguments: Sequence[str], environment: Mapping[str, str], *, capture: bool
    ) -> None:
        """Start the script, wait for it, and end what it leaves running.

        capture: what it prints becomes events. Raises TaskError when it fails.
        """
        report, marker = self.folder / "script-failure.json", secrets.token_hex(8)
        # A script that may read the terminal has to stay in the terminal's process group.
        alone = not (sys.stdin is not None and sys.stdin.isatty())
        read_end, write_end = os.pipe()
        launcher = Path(__file__).with_name("child.py")
        try:
            process = subprocess.Popen(
                [sys.executable, str(launcher), str(report), str(read_end), self.file, *arguments],
                env={**environment, _MARKER: marker},
                pass_fds=(read_end,),
                process_group=0 if alone else None,
                stdin=subprocess.DEVNULL if capture else None,
                stdout=subprocess.PIPE if capture else None,
                stderr=subprocess.PIPE if capture else None,
            )
            os.close(read_end)
            readers = self._start_readers(process)
            try:
                code = process.wait()
            except KeyboardInterrupt:
                with self.defer_interrupts():
                    _interrupt(process, alone)
                raise
            finally:
                with self.defer_interrupts():
                    _end_leftovers(marker)
            for reader in readers:
                reader.join(_GRACE_SECONDS)
        finally:
            os.close(write_end)
        if code != 0:
            raise self._failure(code, report)

    def _start_readers(self, process: subprocess.Popen[bytes]) -> list[threading.Thread]:
        """Threads that make events of what a captured script prints."""
        source = Path(self.file).name

        def read(stream: IO[bytes], name: Literal["stdout", "stderr"]) -> None:
            for line in stream:
                text = line.decode("utf-8", "replace").rstrip("\r\n")
                self.emit(StepLog(1, source, text, name))

        readers = [
            threading.Thread(target=read, args=(stream, name), daemon=True)
            for stream, name in ((process.stdout, "stdout"), (process.stderr, "stderr"))
            if stream is not None
        ]
        for reader in readers:
            reader.start()
        return readers

    def _failure(self, code: int, report: Path) -> TaskError:
        """Why the script failed, at its own line when it has reported one."""
        try:
            found = json.loads(report.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            if code < 0:
                return TaskError(f"the script was killed by {signal.Signals(-code).name}")
            return TaskError(f"the script ended with exit code {code}")
        message = next(iter(str(found["message"]).strip().splitlines()), "")
        headline = f"{found['kind']}: {message}" if message else str(found["kind"])
        return TaskError(f"the script failed: {headline}", span=self._line_span(found["line"]))

    def _line_span(self, line: int | None) -> Span | None:
        lines = self.text.splitlines()
        if line is None or not 1 <= line <= len(lines):
            return None
        shown = lines[line - 1]
        column = len(shown) - len(shown.lstrip()) + 1
        return Span(self.file, line, column, max(1, len(shown.strip())), shown)


def _interrupt(process: subprocess.Popen[bytes], alone: bool) -> None:
    """As Ctrl-C would; by force when the script has not ended after five seconds."""
    with contextlib.suppress(subprocess.TimeoutExpired):
        if not alone:
            # The terminal's own Ctrl-C has reached it already, unless it came otherwise.
            process.wait(1.0)
    if process.poll() is None:
        with contextlib.suppress(ProcessLookupError):
            process.send_signal(signal.SIGINT)
    try:
        process.wait(_GRACE_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _end_leftovers(marker: str) -> None:
    """Give what the script started (Spark's Java, for one) time to end, then end it."""
    import psutil

    left = _marked(marker)
    _, left = psutil.wait_procs(left, timeout=_GRACE_SECONDS)
    for process in {*left, *_marked(marker)}:
        with contextlib.suppress(psutil.Error):
            process.kill()
    psutil.wait_procs(left, timeout=_GRACE_SECONDS)


def _marked(marker: str) -> list[Any]:
    import psutil

    found = []
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error, OSError):
            if process.environ().get(_MARKER) == marker:
                found.append(process)
    return found

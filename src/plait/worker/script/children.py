"""Processes that a script starts by multiprocessing's methods `spawn` and `forkserver`.

Such a process runs the script anew, to find the functions that it is to call. If that fails, the
pool that waits for it would start another one, for ever: so the training is told, and fails.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from plait.worker.messages import GroupRequest
from plait.worker.script.source import Script, Scripts, headline, user_line

_FOLDER = "PLAIT_SCRIPTS"
_SIGNAL = signal.SIGUSR1


@contextlib.contextmanager
def prepared(request: GroupRequest, folder: Path) -> Iterator[None]:
    """Inside, processes that the script starts find it in `folder`, which is theirs alone.

    Raises RuntimeError in the code inside when one of them cannot run the script.
    """
    about = {name: request[name] for name in ("scripts", "entry_point")}
    (folder / "scripts.json").write_text(json.dumps({**about, "pid": os.getpid()}), "utf-8")
    failure = folder / "failure"

    def fail(*_: object) -> None:
        signal.signal(_SIGNAL, signal.SIG_IGN)  # the others fail for the same reason
        raise RuntimeError(failure.read_text("utf-8"))

    os.environ[_FOLDER] = str(folder)
    in_main_thread = threading.current_thread() is threading.main_thread()
    before = signal.signal(_SIGNAL, fail) if in_main_thread else None
    try:
        yield
    finally:
        if in_main_thread:
            signal.signal(_SIGNAL, before or signal.SIG_DFL)
        os.environ.pop(_FOLDER, None)


def run_again(names: dict[str, Any]) -> None:
    """Run the script of the training that started this process, with these global names.

    Raises what the script raises, after the training was told.
    """
    folder = Path(os.environ[_FOLDER])
    about = json.loads((folder / "scripts.json").read_text("utf-8"))
    scripts = Scripts([Script.of(each) for each in about["scripts"]], about["entry_point"])
    scripts.__enter__()  # for as long as this process lives
    try:
        scripts.run_in(names)
    except BaseException as error:
        _tell(folder, about["pid"], error, user_line(error, scripts.files))
        raise


def _tell(folder: Path, pid: int, error: BaseException, line: int | None) -> None:
    where = f" (line {line})" if line else ""
    own = folder / f"failure-{os.getpid()}"
    own.write_text(
        "a new process of multiprocessing runs the script once more, and failed there with "
        f"{headline(error)}{where}; put what only the training itself is to do below "
        "if __name__ == '__main__':",
        "utf-8",
    )
    own.replace(folder / "failure")
    os.kill(pid, _SIGNAL)

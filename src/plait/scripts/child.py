"""The child process in which `plait run script.py` runs the script, as Python itself would.

It is started by path and imports the standard library only. The script is `__main__`, with
its own arguments, folder and tracebacks. Two things are added: the process ends when plait's
ends, and the line that failed is written to a file, so that plait can name it.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from types import ModuleType, TracebackType

_INTERRUPTED = 130


def main() -> None:
    """Arguments: the report's file, the pipe that plait keeps open, the script, its own."""
    report, pipe, script, *arguments = sys.argv[1:]
    sys.argv = [script, *arguments]
    sys.path[0] = str(Path(script).absolute().parent)
    _end_with_plait(int(pipe))
    module = _main_module(script)
    text = Path(script).read_bytes()
    try:
        exec(compile(text, script, "exec", dont_inherit=True), module.__dict__)
    except SystemExit:
        raise
    except BaseException as error:
        error.__traceback__ = _without_this_file(error.__traceback__)
        _report(report, script, error)
        sys.excepthook(type(error), error, error.__traceback__)
        sys.exit(_INTERRUPTED if isinstance(error, KeyboardInterrupt) else 1)


def _main_module(script: str) -> ModuleType:
    from importlib.machinery import SourceFileLoader

    module = ModuleType("__main__")
    module.__file__ = script
    module.__loader__ = SourceFileLoader("__main__", script)
    # The old module stays alive, because this file's functions refer to it.
    sys.modules["__main__"] = module
    return module


def _end_with_plait(pipe: int) -> None:
    import signal
    import threading

    def watch() -> None:
        while os.read(pipe, 64):
            pass
        if os.getpgrp() == os.getpid():
            os.killpg(os.getpid(), signal.SIGKILL)
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


def _without_this_file(trace: TracebackType | None) -> TracebackType | None:
    while trace is not None and trace.tb_frame.f_code.co_filename == __file__:
        trace = trace.tb_next
    return trace


def _report(path: str, script: str, error: BaseException) -> None:
    """Write the kind, the message and the script's own innermost line."""
    import json
    import traceback

    own = [
        frame for frame in traceback.extract_tb(error.__traceback__) if frame.filename == script
    ]
    body = {
        "kind": type(error).__name__,
        "message": str(error),
        "line": own[-1].lineno if own else None,
    }
    Path(path).write_text(json.dumps(body), encoding="utf-8")


if __name__ == "__main__":
    main()

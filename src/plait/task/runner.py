"""Run one parameter group: the user's script, once, in this worker process."""

from __future__ import annotations

import contextlib
import shutil
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from plait.task import context as current_task
from plait.task.context import TaskContext, typed_options
from plait.task.source import Script, Scripts, headline, user_line, user_traceback
from plait.task.table import TaskTable


def run_group(payload: Mapping[str, Any]) -> dict[str, Any]:
    """Run the entry script of `payload` with its group's parameters.

    payload: `scripts` (name, text, file, first_line of each), `entry_point`, `group`,
    `params`, `system_params` (text values), `table` and `validation` (see TaskTable),
    `file_format`, `model_folder`, `work_folder`, `lock`.

    Returns `status` ('success' or 'failed'), `metrics`, `model` (whether one was saved, and
    what is known of it: features, input, output), `started` and `ended` in epoch seconds,
    and of a failure `error`, `traceback` and `line`. A script that raises is an answer, not
    an exception; only an interrupt (a cancelled task) goes through.
    """
    started = time.time()
    context = _context(payload)
    scripts = Scripts([Script.from_payload(s) for s in payload["scripts"]], payload["entry_point"])
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(AttributeError, ValueError):
            stream.reconfigure(line_buffering=True)  # type: ignore[union-attr]
    current_task.bind(context)
    try:
        with scripts:
            failure = _run(scripts)
    finally:
        current_task.release()
        for stream in (sys.stdout, sys.stderr):
            with contextlib.suppress(OSError, ValueError):
                stream.flush()
    if failure:
        shutil.rmtree(context.model_folder, ignore_errors=True)
        context.saved = None
    return {
        "status": "failed" if failure else "success",
        "metrics": context.metrics,
        "model": context.saved,
        "started": started,
        "ended": time.time(),
        **failure,
    }


def _context(payload: Mapping[str, Any]) -> TaskContext:
    model_folder = Path(payload["model_folder"])
    work = Path(payload["work_folder"])
    for left in (model_folder, work):  # a first attempt whose process died
        shutil.rmtree(left, ignore_errors=True)
    validation = payload["validation"]
    return TaskContext(
        group=payload["group"],
        data=TaskTable(payload["table"], work / "data"),
        validation=None if validation is None else TaskTable(validation, work / "validation"),
        params=typed_options(payload["params"]),
        system_params=typed_options(payload["system_params"]),
        model_folder=model_folder,
        file_format=payload["file_format"] or "parquet",
        lock=payload["lock"],
    )


def _run(scripts: Scripts) -> dict[str, Any]:
    """Nothing when the script ended well, else its `error`, `traceback` and `line`."""
    try:
        scripts.run()
    except KeyboardInterrupt:
        raise
    except SystemExit as left:
        if left.code in (None, 0):
            return {}
        how = f"with exit code {left.code}" if isinstance(left.code, int) else f"with: {left.code}"
        return {**_failure(left, scripts), "error": f"the script left {how}"}
    except BaseException as error:
        return _failure(error, scripts)
    return {}


def _failure(error: BaseException, scripts: Scripts) -> dict[str, Any]:
    return {
        "error": headline(error),
        "traceback": user_traceback(error, scripts.files),
        "line": user_line(error, scripts.files),
    }

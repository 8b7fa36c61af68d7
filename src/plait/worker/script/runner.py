"""Run one parameter group: the user's script, once, in this worker process."""

from __future__ import annotations

import contextlib
import shutil
import sys
import time
import uuid
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from plait.worker.scratch import work
from plait.worker.script import context as current_task
from plait.worker.script.context import TaskContext, typed_options
from plait.worker.script.source import Script, Scripts, headline, user_line, user_traceback
from plait.worker.script.table import TaskTable, is_lost
from plait.worker.storage import environment, upload
from plait.worker.urls import is_remote


def run_group(payload: Mapping[str, Any]) -> dict[str, Any]:
    """Run the entry script of `payload` with its group's parameters.

    payload: `scripts` (name, text, file, first_line of each), `entry_point`, `group`,
    `params`, `system_params` (text values), `table` and `validation` (see TaskTable),
    `file_format`, `model_folder`, `work_folder`, `lock`, `storage` (see `plait.worker.storage`).
    The two folders are local, or URLs: then what the script left is copied there, the model
    into a folder of this attempt's own, so that no two attempts are ever mixed; the work
    folder only if `keep_work`.

    Returns `status` ('success' or 'failed'), `metrics`, `model` (whether one was saved, and
    what is known of it: features, input, output), `started` and `ended` in epoch seconds,
    and of a failure `error`, `traceback` and `line`; `unwritten` is the place that the model
    could not be copied to, when that failed. A script that raises is an answer, not an
    exception; only an interrupt (a cancelled task) goes through.
    """
    if not is_remote(payload["model_folder"]):
        model, kept = Path(payload["model_folder"]), Path(payload["work_folder"])
        for left in (model, kept):  # a first attempt whose process died
            shutil.rmtree(left, ignore_errors=True)
        return _run_group(payload, model, kept)
    with work() as folder:
        name = payload["model_folder"].rpartition("/")[2]
        model, kept = folder / f"{name}-{uuid.uuid4().hex[:8]}", folder / "work"
        answer = _run_group(payload, model, kept)
        if answer["status"] == "success" and answer["model"] is not None:
            answer.update(_upload(payload, model, kept))
        return answer


def _upload(payload: Mapping[str, Any], model: Path, kept: Path) -> dict[str, Any]:
    """Copy what the script left; nothing, or the failure."""
    access = payload.get("storage") or {}
    place = f"{payload['model_folder'].rpartition('/')[0]}/{model.name}"
    try:
        upload(model, place, access)
        if payload.get("keep_work"):
            upload(kept, payload["work_folder"], access)
    except Exception as problem:
        failed = {"error": str(problem), "traceback": None, "line": None}
        return {"status": "failed", "model": None, "unwritten": place, **failed}
    return {}


def _run_group(
    payload: Mapping[str, Any], model_folder: Path, work_folder: Path
) -> dict[str, Any]:
    started = time.time()
    context = _context(payload, model_folder, work_folder)
    scripts = Scripts([Script.from_payload(s) for s in payload["scripts"]], payload["entry_point"])
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(AttributeError, ValueError):
            stream.reconfigure(line_buffering=True)  # type: ignore[union-attr]
    current_task.bind(context)
    try:
        with environment(payload.get("storage") or {}), scripts:
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


def _context(payload: Mapping[str, Any], model_folder: Path, work_folder: Path) -> TaskContext:
    validation, access = payload["validation"], payload.get("storage")
    return TaskContext(
        group=payload["group"],
        data=TaskTable(payload["table"], work_folder / "data", access),
        validation=(
            None
            if validation is None
            else TaskTable(validation, work_folder / "validation", access)
        ),
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
        "lost": is_lost(error),
    }

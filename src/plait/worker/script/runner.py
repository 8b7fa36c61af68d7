"""Run one parameter group: the user's script, once, in this worker process."""

from __future__ import annotations

import contextlib
import shutil
import sys
import time
import uuid
from pathlib import Path

from plait.worker.messages import (
    CodeFailure,
    GroupAnswer,
    GroupEnd,
    GroupRequest,
    SucceededGroup,
)
from plait.worker.scratch import work
from plait.worker.script import context as current_task
from plait.worker.script.children import prepared
from plait.worker.script.context import TaskContext, typed_options
from plait.worker.script.source import Script, Scripts, headline, user_line, user_traceback
from plait.worker.script.table import TaskTable, is_lost
from plait.worker.storage import environment, upload
from plait.worker.urls import is_remote


def run_group(request: GroupRequest) -> GroupAnswer:
    """Run the entry script of a request with its group's parameters.

    What the script left is copied to folders that are URLs: the model into a folder of this
    attempt's own, so that no two attempts are ever mixed, the work folder only if `keep_work`.

    A script that raises is an answer. Raises KeyboardInterrupt alone (the task was cancelled).
    """
    if not is_remote(request["model_folder"]):
        model, kept = Path(request["model_folder"]), Path(request["work_folder"])
        for left in (model, kept):  # a first attempt whose process died
            shutil.rmtree(left, ignore_errors=True)
        return _run_group(request, model, kept)
    with work() as folder:
        name = request["model_folder"].rpartition("/")[2]
        model, kept = folder / f"{name}-{uuid.uuid4().hex[:8]}", folder / "work"
        answer = _run_group(request, model, kept)
        if answer["status"] == "success" and answer["model"] is not None:
            return _uploaded(request, answer, model, kept)
        return answer


def _uploaded(
    request: GroupRequest, answer: SucceededGroup, model: Path, kept: Path
) -> GroupAnswer:
    """The answer, once what the script left is copied; or the failure to do so."""
    target = f"{request['model_folder'].rpartition('/')[0]}/{model.name}"
    try:
        upload(model, target, request["storage"])
        if request["keep_work"]:
            upload(kept, request["work_folder"], request["storage"])
    except Exception as problem:
        failure: CodeFailure = {"error": str(problem), "traceback": None}
        return {**answer, **failure, "status": "failed", "model": None, "unwritten": target}
    return answer


def _run_group(request: GroupRequest, model_folder: Path, work_folder: Path) -> GroupAnswer:
    started = time.time()
    context = _context(request, model_folder, work_folder)
    scripts = Scripts([Script.of(each) for each in request["scripts"]], request["entry_point"])
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(AttributeError, ValueError):
            stream.reconfigure(line_buffering=True)  # type: ignore[union-attr]
    current_task.bind(context)
    try:
        with environment(request["storage"]), work() as folder, prepared(request, folder), scripts:
            failure = _run(scripts)
    finally:
        current_task.release()
        for stream in (sys.stdout, sys.stderr):
            with contextlib.suppress(OSError, ValueError):
                stream.flush()
    end: GroupEnd = {"metrics": context.metrics, "started": started, "ended": time.time()}
    if failure is None:
        return {**end, "status": "success", "model": context.saved}
    shutil.rmtree(context.model_folder, ignore_errors=True)
    return {**end, **failure, "status": "failed", "model": None, "unwritten": None}


def _context(request: GroupRequest, model_folder: Path, work_folder: Path) -> TaskContext:
    validation, access = request["validation"], request["storage"]
    return TaskContext(
        group=request["group"],
        data=TaskTable(request["table"], work_folder / "data", access),
        validation=(
            None
            if validation is None
            else TaskTable(validation, work_folder / "validation", access)
        ),
        params=typed_options(request["params"]),
        system_params=typed_options(request["system_params"]),
        model_folder=model_folder,
        file_format=request["file_format"] or "parquet",
        lock=request["lock"],
    )


def _run(scripts: Scripts) -> CodeFailure | None:
    """None when the script ended well, else its failure."""
    try:
        scripts.run()
    except KeyboardInterrupt:
        raise
    except SystemExit as left:
        if left.code in (None, 0):
            return None
        how = f"with exit code {left.code}" if isinstance(left.code, int) else f"with: {left.code}"
        return {**_failure(left, scripts), "error": f"the script left {how}"}
    except BaseException as error:
        return _failure(error, scripts)
    return None


def _failure(error: BaseException, scripts: Scripts) -> CodeFailure:
    return {
        "error": headline(error),
        "traceback": user_traceback(error, scripts.files),
        "line": user_line(error, scripts.files),
        "lost": is_lost(error),
    }

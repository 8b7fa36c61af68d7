"""One group of a training as a run of Python scripts in a worker."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from plait.estimators.base import FitRequest, GroupFolders, GroupTask
from plait.plan.steps import Code
from plait.plan.training import Group
from plait.worker.messages import GroupRequest, ScriptText
from plait.worker.script.runner import run_group


def script_task(
    request: FitRequest,
    group: Group,
    folders: GroupFolders,
    scripts: Sequence[Code],
    entry_point: str,
    *,
    system_params: Mapping[str, str] | None = None,
    file_format: str | None = None,
    keep_work: bool = False,
) -> GroupTask[GroupRequest]:
    """The task that runs the script `entry_point` with the group's parameters.

    scripts: they import each other by name. system_params: for all groups. file_format: how
    `task.data_folder` holds the table, None for Parquet. keep_work: whether what is written
    to the work folder is kept where the model lies in a store.
    """
    payload: GroupRequest = {
        "scripts": [_script(code) for code in scripts],
        "entry_point": entry_point,
        "group": group.index,
        "params": dict(group.params),
        "system_params": dict(system_params or {}),
        "table": request.table.payload(),
        "validation": None if request.validation is None else request.validation.payload(),
        "file_format": file_format,
        "model_folder": folders.model,
        "work_folder": folders.work,
        "keep_work": keep_work,
        "storage": request.execution.storage.access,
        "lock": None if request.environment is None else request.environment.lock,
    }
    return GroupTask(run_group, payload)


def _script(code: Code) -> ScriptText:
    return {
        "name": code.name,
        "text": code.text,
        "file": code.file,
        "first_line": code.first_line,
    }

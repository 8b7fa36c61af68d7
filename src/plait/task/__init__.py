"""What a user's script on Ray sees of plait: `import plait.task as task`.

    frame = task.data.to_pandas()
    model = LogisticRegression(C=task.params["C"]).fit(frame[["x", "y"]], frame["label"])
    task.log_metric("accuracy", model.score(...))
    task.save_model(model)

data, validation: the training table and the table of `validateTable` (or None).
params, system_params: the options `fitParam.N.*` and `systemParam.*` of this group, typed.
group: the number N. data_folder: the training table as files, in the `fileFormat` asked for.

It runs in the environment of the script, which has to hold `ray`, `pyarrow` and
`cloudpickle`, and `pandas` where the script or its model wants data frames. Nothing else of
plait is imported here. Outside the script's own task, and in further Ray tasks that the
script starts, there is no current group: these names then raise a RuntimeError.
"""

from __future__ import annotations

from typing import Any

from plait.worker.script.api import log, log_metric, progress, save_model
from plait.worker.script.context import current
from plait.worker.script.table import TaskTable

data: TaskTable
validation: TaskTable | None
params: dict[str, Any]
system_params: dict[str, Any]
group: int
data_folder: str

_OF_THE_TASK = ("data", "validation", "params", "system_params", "group", "data_folder")

__all__ = [
    "data",
    "data_folder",
    "group",
    "params",
    "system_params",
    "validation",
    "TaskTable",
    "log",
    "log_metric",
    "progress",
    "save_model",
]


def __getattr__(name: str) -> Any:
    if name in _OF_THE_TASK:
        return getattr(current(f"plait.task.{name}"), name)
    raise AttributeError(f"module 'plait.task' has no attribute '{name}'")


def __dir__() -> list[str]:
    return sorted(__all__)

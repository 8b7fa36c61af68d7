"""Predict a table with a published model version, in parallel Ray tasks."""

from __future__ import annotations

import math
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from plait.compute.requests import Outcome, TaskRequest
from plait.compute.tasks import run_tasks
from plait.errors import CancelledError, DataError, ModelError, PlaitError, TaskError
from plait.estimators.base import ApplyRequest, Execution, refuse_lost
from plait.exchange.ray_table import RayTable
from plait.models.manifest import ModelVersion
from plait.models.store import ModelStore
from plait.plan.steps import Apply
from plait.storage.credentials import Storage
from plait.worker.storage import parquet

if TYPE_CHECKING:
    from plait.compute.cluster import Cluster
    from plait.worker.messages import (
        PredictedPart,
        PredictionAnswer,
        PredictionRequest,
        TaskMessage,
    )


def version_of(step: Apply, storage: Storage | None = None) -> ModelVersion:
    """The version that `step` predicts with: the one asked for, or the latest.

    storage: the credentials for the model's path; None: the ecosystem's own variables.
    Raises ModelError, at the model's path in the script; also for a version that another
    estimator trained.
    """
    try:
        store = ModelStore(step.path, storage)
        latest = store.latest()
        version = latest if step.model_version is None else store.get(step.model_version)
        if version.estimator.lower() != step.estimator.lower():
            raise ModelError(
                f"version {version.number} of this model was trained as {version.estimator}",
                hint=f"predict … as {version.estimator}.`{step.path}`",
            )
        return version
    except ModelError as error:
        raise error.at(step.path_span) from None


def apply(request: ApplyRequest) -> RayTable:
    """The table with the columns that a saved model answers, batch by batch in Ray tasks.

    The model is one of plait's model folders. Raises what `Estimator.apply` says.
    """
    step, table, execution = request.step, request.table, request.execution
    check_columns(step, request.version, list(table.schema.names))
    try:
        parts = _parts(step, table, execution)
        tasks = [_task(request, part, number) for number, part in enumerate(parts)]
        outcomes = _run(execution, tasks, table.rows)
        refuse_lost(outcome.value for outcome in outcomes)
        if (failed := _first_failure(outcomes)) is not None:
            _value(failed)
        return _joined(request, [_value(outcome) for outcome in outcomes])
    except PlaitError as error:
        raise error.at(step.span) from error.__cause__


def check_columns(step: Apply, version: ModelVersion, present: Sequence[str]) -> None:
    """Check that a table with the columns `present` fits the model.

    Raises ModelError for columns that are missing, or taken by what the model answers.
    """
    from plait.worker.prediction import missing_columns, taken_column

    missing = [name for name in version.features or () if name not in present]
    if missing:
        raise ModelError(missing_columns(missing, list(present)), span=step.span)
    taken_names = {name.lower() for name in present}
    for name, _ in version.output or ():
        if name.lower() in taken_names:
            raise ModelError(taken_column(name), span=step.span)


@dataclass(frozen=True, slots=True)
class _Part:
    """What one task predicts: row groups of files, or slices of blocks.

    files: (path, row groups); blocks: (reference, n, of): the n-th of `of` slices of its rows.
    """

    files: tuple[tuple[str, tuple[int, ...]], ...] = ()
    blocks: tuple[tuple[Any, int, int], ...] = ()


@dataclass(frozen=True, slots=True)
class _RowGroup:
    """One row group of a Parquet file: its number in the file, and how many rows it has."""

    path: str
    number: int
    rows: int


def _parts(step: Apply, table: RayTable, execution: Execution) -> list[_Part]:
    """About one part for each task that fits into the cluster, none smaller than a batch."""
    fitting = int(_cpus(execution.cluster) / max(step.resources.num_cpus, 0.1))
    count = max(1, min(fitting, math.ceil(table.rows / step.batch_size)))
    if table.blocks:
        return _block_parts(table.blocks, count)
    return _file_parts(list(_row_groups(table.files, execution.storage)), count)


def _block_parts(blocks: Sequence[Any], count: int) -> list[_Part]:
    """Whole blocks in order where there are enough, else equal slices of every block."""
    if len(blocks) < count:
        return [_Part(blocks=tuple((ref, n, count) for ref in blocks)) for n in range(count)]
    cuts = [len(blocks) * n // count for n in range(count + 1)]
    return [
        _Part(blocks=tuple((ref, 0, 1) for ref in blocks[start:stop]))
        for start, stop in pairwise(cuts)
    ]


def _row_groups(files: Sequence[str], storage: Storage) -> Iterator[_RowGroup]:
    """Every row group of the files, in order. Raises DataError."""
    import pyarrow as pa

    for path in files:
        try:
            with parquet(path, storage.access) as file:
                about = file.metadata
        except pa.ArrowException as problem:
            raise DataError(f"{path} cannot be read", cause=str(problem)) from None
        except (OSError, ValueError) as problem:
            raise storage.data_error(problem, path) from None
        for group in range(about.num_row_groups):
            yield _RowGroup(path, group, about.row_group(group).num_rows)


def _file_parts(groups: Sequence[_RowGroup], count: int) -> list[_Part]:
    """Consecutive row groups, cut where the rows so far pass the next `count`-th part."""
    total = sum(group.rows for group in groups)
    parts: list[dict[str, list[int]]] = [{} for _ in range(count)]
    before = 0
    for group in groups:
        middle = before + group.rows / 2
        part = parts[min(count - 1, int(middle * count / total))] if total else parts[0]
        part.setdefault(group.path, []).append(group.number)
        before += group.rows
    made = [
        _Part(files=tuple((path, tuple(numbers)) for path, numbers in part.items()))
        for part in parts
        if part
    ]
    return made or [_Part()]


def _cpus(cluster: Cluster) -> float:
    return sum(node.get("CPU", 0.0) for node in cluster.capacity().nodes)


def _task(
    request: ApplyRequest, part: _Part, number: int
) -> TaskRequest[PredictionRequest, PredictionAnswer]:
    from plait.worker.prediction import predict_files

    step = request.step
    return TaskRequest(
        name=f"part {number}",
        function=predict_files,
        payload={
            "model": request.version.location,
            "schema": request.table.schema.serialize().to_pybytes(),
            "files": [{"path": path, "row_groups": list(groups)} for path, groups in part.files],
            "blocks": [{"block": ref, "part": n, "parts": of} for ref, n, of in part.blocks],
            "batch_size": step.batch_size,
            "output": request.output.part(number),
            "storage": request.execution.storage.access,
        },
        resources=step.resources,
        environment=request.environment,
        span=step.span,
    )


def _run(
    execution: Execution,
    tasks: Sequence[TaskRequest[PredictionRequest, PredictionAnswer]],
    total_rows: int,
) -> list[Outcome[PredictionAnswer]]:
    callbacks = execution.callbacks
    rows: dict[str, int] = {}
    lock = threading.Lock()
    stop = _Stop(execution.cancel)

    def show(source: str, done: int) -> None:
        with lock:
            rows[source] = done
            so_far = sum(rows.values())
        callbacks.on_progress("predicting", so_far, total_rows, "rows")

    def on_message(source: str, message: TaskMessage) -> None:
        if message["kind"] == "rows":
            show(source, message["rows"])

    def on_done(outcome: Outcome[PredictionAnswer]) -> None:
        answer = outcome.value
        if answer is not None and answer["status"] == "success":
            show(outcome.request.name, answer["rows"])
        else:
            stop.set()

    callbacks.on_progress("predicting", 0, total_rows, "rows")
    return run_tasks(
        execution.cluster,
        tasks,
        on_log=callbacks.on_log,
        on_message=on_message,
        on_done=on_done,
        cancel=stop,
        retries=execution.retries,
    )


class _Stop(threading.Event):
    """Set when a part failed, because the others are then useless, or when `outer` is."""

    def __init__(self, outer: threading.Event) -> None:
        super().__init__()
        self._outer = outer

    def is_set(self) -> bool:
        return super().is_set() or self._outer.is_set()


def _first_failure(
    outcomes: Sequence[Outcome[PredictionAnswer]],
) -> Outcome[PredictionAnswer] | None:
    """The outcome that says why the prediction failed: not one that was only stopped."""
    failed = [each for each in outcomes if each.value is None or each.value["status"] == "failed"]
    own = [each for each in failed if not isinstance(each.error, CancelledError)]
    return next(iter(own or failed), None)


def _value(outcome: Outcome[PredictionAnswer]) -> PredictedPart:
    """What a task returned. Raises its failure."""
    if outcome.error is not None:
        raise outcome.error
    answer = outcome.value
    assert answer is not None
    if answer["status"] != "success":
        raise TaskError(
            f"the prediction failed: {answer['error']}",
            engine="ray",
            cause=answer["traceback"],
        )
    return answer


def _joined(request: ApplyRequest, answers: Sequence[PredictedPart]) -> RayTable:
    """The parts as one table. Raises ModelError when their types differ."""
    import pyarrow as pa

    schemas = [pa.ipc.read_schema(pa.py_buffer(answer["schema"])) for answer in answers]
    for schema in schemas[1:]:
        if not schema.equals(schemas[0]):
            raise ModelError(
                "the model answered different types for different parts of the table",
                cause=f"{schemas[0]}\n\n{schema}",
                hint="give save_model() an example, so that the type is known",
            )
    return request.output.table(request.step.outputs[0].name, schemas[0], answers)

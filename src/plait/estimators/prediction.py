"""Predict a table with a published model version, in parallel Ray tasks."""

from __future__ import annotations

import math
import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from plait.compute.tasks import Outcome, TaskRequest, run_tasks
from plait.errors import CancelledError, DataError, ModelError, PlaitError, TaskError
from plait.estimators.callbacks import Callbacks
from plait.estimators.lost import refuse_lost
from plait.exchange.outputs import Output
from plait.exchange.ray_table import RayTable
from plait.models.manifest import ModelVersion
from plait.models.store import ModelStore
from plait.plan.steps import Apply
from plait.settings import StorageSettings
from plait.storage.credentials import Storage
from plait.worker.storage import parquet

if TYPE_CHECKING:
    from plait.compute.cluster import Cluster
    from plait.compute.environment import RuntimeEnvironment


def version_of(step: Apply, storage: Storage | None = None) -> ModelVersion:
    """The version that `step` predicts with: the one asked for, or the latest.

    storage: the credentials for the model's path; None: the ecosystem's own variables.
    Raises ModelError, placed at the model's path in the script.
    """
    try:
        store = ModelStore(step.path, storage)
        version = store.latest()
        return version if step.model_version is None else store.get(step.model_version)
    except ModelError as error:
        raise error.at(step.path_span) from None


def apply(
    step: Apply,
    version: ModelVersion,
    table: RayTable,
    *,
    cluster: Cluster,
    environment: RuntimeEnvironment | None,
    output: Output,
    callbacks: Callbacks,
    cancel: threading.Event,
    retries: int,
    storage: Storage | None = None,
) -> RayTable:
    """`table` with the columns that the model answers, left where `output` says.

    version: from `version_of`; environment: rebuilt from its `environment` and `lock`.
    storage: the credentials for the model, the table's files and the output; None: the
    ecosystem's own variables.
    Raises TableLostError when a Ray node took part of the table with it, TaskError when the
    model fails, ModelError when the table does not fit the model or the model cannot be read,
    DataError for an unreadable file, CancelledError.
    """
    check_columns(step, version, list(table.schema.names))
    storage = storage or Storage.of(StorageSettings())
    to = _To(output, storage, environment)
    try:
        shares = _shares(step, table, cluster, storage)
        requests = [
            _request(step, version, table, share, number, to)
            for number, share in enumerate(shares)
        ]
        outcomes = _run(cluster, requests, table.rows, callbacks, cancel, retries)
        refuse_lost(outcomes)
        if (failed := _first_failure(outcomes)) is not None:
            _value(failed)
        return _joined(step, output, [_value(outcome) for outcome in outcomes])
    except PlaitError as error:
        raise error.at(step.span) from error.__cause__


def check_columns(step: Apply, version: ModelVersion, there: Sequence[str]) -> None:
    """Whether a table with the columns `there` fits the model.

    Raises ModelError for columns that are missing, or taken by what the model answers.
    """
    from plait.worker.prediction import lacking, taken

    missing = [name for name in version.features or () if name not in there]
    if missing:
        raise ModelError(lacking(missing, list(there)), span=step.span)
    taken_names = {name.lower() for name in there}
    for name, _ in version.output or ():
        if name.lower() in taken_names:
            raise ModelError(taken(name), span=step.span)


@dataclass(frozen=True, slots=True)
class _Share:
    """What one task predicts: row groups of files, or parts of blocks.

    files: (path, row groups); blocks: (reference, n, of): the n-th of `of` parts of its rows.
    """

    files: tuple[tuple[str, tuple[int, ...]], ...] = ()
    blocks: tuple[tuple[Any, int, int], ...] = ()


@dataclass(frozen=True, slots=True)
class _To:
    """What every task of a prediction is given."""

    output: Output
    storage: Storage
    environment: RuntimeEnvironment | None


def _shares(step: Apply, table: RayTable, cluster: Cluster, storage: Storage) -> list[_Share]:
    """About one share for each task that fits into the cluster, none smaller than a batch."""
    room = int(_cpus(cluster) / max(step.resources.num_cpus, 0.1))
    count = max(1, min(room, math.ceil(table.rows / step.batch_size)))
    if table.blocks:
        return _block_shares(table.blocks, count)
    return _file_shares(list(_row_groups(table.files, storage)), count)


def _block_shares(blocks: Sequence[Any], count: int) -> list[_Share]:
    """Whole blocks in order where there are enough, else equal parts of every block."""
    if len(blocks) < count:
        return [_Share(blocks=tuple((ref, n, count) for ref in blocks)) for n in range(count)]
    cuts = [len(blocks) * n // count for n in range(count + 1)]
    return [
        _Share(blocks=tuple((ref, 0, 1) for ref in blocks[start:stop]))
        for start, stop in pairwise(cuts)
    ]


def _row_groups(files: Sequence[str], storage: Storage) -> Iterator[tuple[str, int, int]]:
    """(path, row group, rows) of every row group. Raises DataError."""
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
            yield path, group, about.row_group(group).num_rows


def _file_shares(groups: Sequence[tuple[str, int, int]], count: int) -> list[_Share]:
    """Consecutive row groups, cut where the rows so far pass the next `count`-th part."""
    total = sum(rows for _, _, rows in groups)
    parts: list[dict[str, list[int]]] = [{} for _ in range(count)]
    before = 0
    for path, group, rows in groups:
        middle = before + rows / 2
        part = parts[min(count - 1, int(middle * count / total))] if total else parts[0]
        part.setdefault(path, []).append(group)
        before += rows
    shares = [
        _Share(files=tuple((path, tuple(numbers)) for path, numbers in part.items()))
        for part in parts
        if part
    ]
    return shares or [_Share()]


def _cpus(cluster: Cluster) -> float:
    return sum(node.get("CPU", 0.0) for node in cluster.capacity().nodes)


def _request(
    step: Apply,
    version: ModelVersion,
    table: RayTable,
    share: _Share,
    number: int,
    to: _To,
) -> TaskRequest:
    from plait.worker.prediction import predict_files

    return TaskRequest(
        name=f"part {number}",
        function=predict_files,
        payload={
            "model": version.place,
            "schema": table.schema.serialize().to_pybytes(),
            "files": [(path, list(groups)) for path, groups in share.files],
            "blocks": list(share.blocks),
            "batch_size": step.batch_size,
            "output": to.output.part(number),
            "storage": to.storage.access,
        },
        resources=step.resources,
        environment=to.environment,
        span=step.span,
    )


def _run(
    cluster: Cluster,
    requests: Sequence[TaskRequest],
    total: int,
    callbacks: Callbacks,
    cancel: threading.Event,
    retries: int,
) -> list[Outcome]:
    rows: dict[str, int] = {}
    lock = threading.Lock()
    stop = _Stop(cancel)

    def tell(source: str, done: int) -> None:
        with lock:
            rows[source] = done
            so_far = sum(rows.values())
        callbacks.on_progress("predicting", so_far, total, "rows")

    def on_message(source: str, message: Mapping[str, Any]) -> None:
        if message.get("kind") == "rows":
            tell(source, int(message["rows"]))

    def on_done(outcome: Outcome) -> None:
        answer = outcome.value or {}
        tell(outcome.request.name, answer.get("rows", 0))
        if answer.get("status") != "success":
            stop.set()

    callbacks.on_progress("predicting", 0, total, "rows")
    return run_tasks(
        cluster,
        requests,
        on_log=callbacks.on_log,
        on_message=on_message,
        on_done=on_done,
        cancel=stop,
        retries=retries,
    )


class _Stop(threading.Event):
    """Set when a part failed, because the others are then in vain, or with `outer`."""

    def __init__(self, outer: threading.Event) -> None:
        super().__init__()
        self._outer = outer

    def is_set(self) -> bool:
        return super().is_set() or self._outer.is_set()


def _first_failure(outcomes: Sequence[Outcome]) -> Outcome | None:
    """The outcome that tells why the prediction failed: not one that was only stopped."""
    failed = [each for each in outcomes if (each.value or {}).get("status") != "success"]
    own = [each for each in failed if not isinstance(each.error, CancelledError)]
    return next(iter(own or failed), None)


def _value(outcome: Outcome) -> Mapping[str, Any]:
    """What a task returned. Raises its failure."""
    if outcome.error is not None:
        raise outcome.error
    answer: Mapping[str, Any] = outcome.value
    if answer["status"] != "success":
        raise TaskError(
            f"the prediction failed: {answer['error']}",
            engine="ray",
            cause=answer["traceback"],
        )
    return answer


def _joined(step: Apply, output: Output, answers: Sequence[Mapping[str, Any]]) -> RayTable:
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
    return output.table(step.outputs[0].name, schemas[0], answers)

"""One training: every group in a Ray task, the choice of the best, its publication."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any

from plait.compute.requests import Outcome, TaskRequest
from plait.compute.tasks import run_tasks
from plait.errors import CancelledError, ModelError, PlaitError, TaskError
from plait.estimators.base import (
    Estimator,
    FitRequest,
    GroupFolders,
    refuse_lost,
    same_python,
)
from plait.estimators.progress import GroupProgress
from plait.estimators.ranking import best
from plait.models.manifest import DataSnapshot, GroupRecord, ModelVersion
from plait.models.store import ModelStore, StagedVersion
from plait.plan.steps import Fit
from plait.plan.training import Group
from plait.worker.messages import GroupAnswer, ModelDescription

if TYPE_CHECKING:
    import pyarrow as pa

NO_MODEL = "the script ended well and saved no model"
_WORK = "work"


@dataclass(frozen=True, slots=True)
class FitResult:
    """What a training left: its result table, one row a group, and the version if any."""

    result: pa.Table
    groups: tuple[GroupRecord, ...]
    version: ModelVersion | None


@dataclass(frozen=True, slots=True)
class _Training:
    """A training that was asked for, and where its models are staged."""

    estimator: Estimator
    request: FitRequest
    store: ModelStore
    staged: StagedVersion

    @property
    def step(self) -> Fit:
        return self.request.step


@dataclass(frozen=True, slots=True)
class _Ended:
    """One group: its record, what its model is known by, and why it failed.

    error: why its task never answered, or its model could not be copied. cause: the long
    text of any failure.
    """

    record: GroupRecord
    model: ModelDescription | None
    error: PlaitError | None
    cause: str | None


def fit(estimator: Estimator, request: FitRequest) -> FitResult:
    """Train every group of the step in Ray tasks and publish the best one's model.

    A group that fails is a failed row. Raises TaskError when none succeeded (or the error of
    the cluster that stopped them), ModelError when the version cannot be written or nothing
    ranks several models (which then stay, without a version), TableLostError when part of the
    table was lost with a Ray node, CancelledError, and what the estimator's `check` raises.
    Nothing is published then.
    """
    step, execution = request.step, request.execution
    try:
        same = same_python(step, execution.cluster)
        estimator.check(step, request.table.schema, same_python=same)
        store = ModelStore(step.path, execution.storage)
        store.sweep()
        return _fit(_Training(estimator, request, store, store.begin()))
    except PlaitError as error:
        raise error.at(step.span) from error.__cause__


def _fit(training: _Training) -> FitResult:
    step, stays = training.step, False
    try:
        outcomes = _run(training)
        if training.request.execution.cancel.is_set():
            raise CancelledError("the training was cancelled; nothing is published")
        refuse_lost(outcome.value for outcome in outcomes)
        ended = [
            _ended(training, group, outcome)
            for group, outcome in zip(step.groups, outcomes, strict=True)
        ]
        _refuse_failure(ended, step)
        try:
            winner = best([one.record for one in ended], step.metric)
        except ModelError as error:
            stays = any(one.record.model is not None for one in ended)
            raise (_kept(training, ended, error) if stays else error) from None
        version = None
        if winner is not None:
            training.request.before_publishing()
            version = _publish(training, winner, ended)
            stays = True
        records = tuple(_announced(training, one.record, winner, version) for one in ended)
        return FitResult(_result(records, training), records, version)
    finally:
        if not stays:
            training.store.discard(training.staged)


def _kept(training: _Training, ended: Sequence[_Ended], error: ModelError) -> ModelError:
    """The error of models that nothing ranks; they stay, and it says where."""
    if not training.store.remote:
        _tidy_work(training)
    training.store.keep(training.staged)
    saved = [one.record for one in ended if one.record.model is not None]
    lines = [
        f"group {record.index}: {training.store.path}/{record.model}, "
        + (", ".join(f"{k} = {v:g}" for k, v in record.metrics.items()) or "nothing logged")
        for record in saved
    ]
    where = "the models are kept, and none is a version:\n" + "\n".join(lines)
    return ModelError(error.message, hint=error.hint, cause=where)


def _publish(training: _Training, winner: GroupRecord, ended: Sequence[_Ended]) -> ModelVersion:
    model = next(one.model for one in ended if one.record is winner)
    assert model is not None
    version = _version(training, winner, model, [one.record for one in ended])
    if not training.store.remote:
        _tidy(training, winner)
    version = training.store.publish(training.staged, version)
    if not training.step.keep_version:
        training.store.keep_only(version)
    return version


def _tidy(training: _Training, winner: GroupRecord) -> None:
    """Check that the model is on this machine's disk; remove what was written beside it."""
    if not Path(training.store.path, str(winner.model)).is_dir():
        raise ModelError(
            f"the model was written to {training.store.path} on the disk of another machine",
            hint="give the train statement a path that both share: s3a://… or hdfs://…",
        )
    _tidy_work(training)


def _tidy_work(training: _Training) -> None:
    if not training.estimator.keeps_work(training.step):
        shutil.rmtree(training.staged.folder / _WORK, ignore_errors=True)


def _announced(
    training: _Training,
    record: GroupRecord,
    winner: GroupRecord | None,
    version: ModelVersion | None,
) -> GroupRecord:
    if record is not winner or version is None:
        return record
    message, metric = f"published as version {version.number}", training.step.metric
    if metric is not None and record.score is None:
        message += f"; the metric '{metric.name}' was not logged"
        on_log = training.request.execution.callbacks.on_log
        on_log(f"group {record.index}", message, "stderr")
    return replace(record, message=message)


def _run(training: _Training) -> list[Outcome[GroupAnswer]]:
    step, execution = training.step, training.request.execution
    progress = GroupProgress(execution.callbacks, len(step.groups))
    progress.begin()
    return run_tasks(
        execution.cluster,
        [_task(training, group) for group in step.groups],
        on_log=execution.callbacks.on_log,
        on_message=progress.take,
        on_done=lambda outcome: progress.ended(outcome.request.name),
        cancel=execution.cancel,
        retries=execution.retries,
    )


def _task(training: _Training, group: Group) -> TaskRequest[Any, GroupAnswer]:
    name, base = f"group-{group.index}", training.staged.location
    folders = GroupFolders(model=f"{base}/{name}", work=f"{base}/{_WORK}/{name}")
    task = training.estimator.task(training.request, group, folders)
    return TaskRequest(
        name=f"group {group.index}",
        function=task.function,
        payload=task.payload,
        resources=training.step.resources,
        environment=training.request.environment,
        span=training.step.span,
        own_process=True,
    )


def _ended(training: _Training, group: Group, outcome: Outcome[GroupAnswer]) -> _Ended:
    """One group with its record, from its task's answer or its failure."""
    now = datetime.now(UTC).timestamp()
    answer: GroupAnswer = outcome.value or {
        "status": "failed",
        "metrics": {},
        "model": None,
        "started": now - outcome.seconds,
        "ended": now,
        "error": "its task did not answer",
        "traceback": None,
        "unwritten": None,
    }
    metric, metrics, saved = training.step.metric, answer["metrics"], answer["model"]
    error = outcome.error or _unwritten(training, answer)
    message, cause = "model saved", None
    if error is not None:
        message, cause = error.message, error.cause
    elif answer["status"] == "failed":
        failure = training.estimator.failure(answer)
        message, cause = failure.message, failure.cause
    elif saved is None:
        message = NO_MODEL
    record = GroupRecord(
        index=group.index,
        params=dict(group.params),
        status=answer["status"],
        message=message,
        metrics=metrics,
        score=None if metric is None else metrics.get(metric.name),
        model=None if saved is None else f"{training.staged.model}/{saved['folder']}",
        started=_moment(answer["started"]),
        ended=_moment(answer["ended"]),
    )
    return _Ended(record, saved, error, cause)


def _unwritten(training: _Training, answer: GroupAnswer) -> ModelError | None:
    """The error of a model that could not be copied to the store."""
    if answer["status"] == "success" or (path := answer["unwritten"]) is None:
        return None
    storage = training.request.execution.storage
    reason = storage.reason(OSError(answer["error"]), path)
    what = f"the model {path} cannot be written: {reason.text}"
    return ModelError(what, hint=reason.hint, cause=reason.cause)


def _moment(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def _refuse_failure(ended: Sequence[_Ended], step: Fit) -> None:
    """Raise when no group succeeded: the cluster's error, or a traceback of the group's."""
    if any(one.record.status == "success" for one in ended):
        return
    first = ended[0]
    causes = ["\n".join(filter(None, (_titled(one, len(ended)), one.cause))) for one in ended]
    cause = "\n\n".join(dict.fromkeys(filter(None, causes))) or None
    if first.error is not None and len(ended) == 1:
        raise first.error
    which = "the training failed" if len(ended) == 1 else f"all {len(ended)} groups failed"
    kind = type(first.error) if first.error is not None else TaskError
    raise kind(
        f"{which}: {first.record.message}",
        span=step.span,
        engine="ray",
        cause=cause,
        hint=None if first.error is None else first.error.hint,
    )


def _titled(one: _Ended, groups: int) -> str:
    return f"group {one.record.index}: {one.record.message}" if groups > 1 else ""


def _version(
    training: _Training,
    winner: GroupRecord,
    model: ModelDescription,
    records: Sequence[GroupRecord],
) -> ModelVersion:
    step, request = training.step, training.request
    group = next(group for group in step.groups if group.index == winner.index)
    made = training.estimator.provenance(step, group)
    assert winner.model is not None
    return ModelVersion(
        path=step.path,
        number=0,
        estimator=step.estimator,
        model=winner.model,
        group=winner.index,
        parameters=made.parameters,
        groups=tuple(records),
        features=None if model["features"] is None else tuple(model["features"]),
        input=_columns(model["input"]),
        output=None if model["output"] is None else _columns(model["output"]),
        metrics=winner.metrics,
        metric=None if step.metric is None else step.metric.name,
        mode=None if step.metric is None else step.metric.mode,
        score=winner.score,
        data=_snapshot(request),
        environment=None if step.environment is None else step.environment.text,
        lock=None if request.environment is None else request.environment.lock,
        scripts=made.scripts,
        entry_point=made.entry_point,
        sha256=hashlib.sha256(json.dumps(made.scripts, sort_keys=True).encode()).hexdigest(),
        resources=str(step.resources),
        run=request.run,
        started=min(record.started for record in records),
        ended=max(record.ended for record in records),
        plait=metadata.version("plait"),
        accepted=request.accepted,
    )


def _snapshot(request: FitRequest) -> DataSnapshot:
    table = request.table
    return DataSnapshot(
        table=table.name,
        rows=table.rows,
        bytes=table.bytes,
        schema=tuple((field.name, str(field.type)) for field in table.schema),
        sources=request.sources,
    )


def _columns(pairs: Sequence[Sequence[str]]) -> tuple[tuple[str, str], ...]:
    return tuple((name, kind) for name, kind in pairs)


def result_schema() -> pa.Schema:
    """The columns of a training's result table, which are Byzer's."""
    import pyarrow as pa

    return pa.schema(
        [
            ("modelPath", pa.string()),
            ("algIndex", pa.int32()),
            ("alg", pa.string()),
            ("score", pa.float64()),
            ("status", pa.string()),
            ("message", pa.string()),
            ("startTime", pa.timestamp("us", "UTC")),
            ("endTime", pa.timestamp("us", "UTC")),
            ("trainParams", pa.map_(pa.string(), pa.string())),
        ]
    )


def _result(records: Sequence[GroupRecord], training: _Training) -> pa.Table:
    """One row for each group; `modelPath` is null where no model was saved."""
    import pyarrow as pa

    rows = [
        {
            "modelPath": None if one.model is None else f"{training.store.path}/{one.model}",
            "algIndex": one.index,
            "alg": training.step.estimator,
            "score": one.score,
            "status": one.status,
            "message": one.message,
            "startTime": one.started,
            "endTime": one.ended,
            "trainParams": list(one.params.items()),
        }
        for one in records
    ]
    return pa.Table.from_pylist(rows, schema=result_schema())

"""PythonAlg: run the user's script once for each parameter group, publish the best model."""

from __future__ import annotations

import hashlib
import json
import shutil
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any

from plait.compute.tasks import Outcome, TaskRequest, run_tasks
from plait.errors import CancelledError, ModelError, PlaitError, TaskError
from plait.estimators.callbacks import Callbacks
from plait.estimators.lost import refuse_lost
from plait.estimators.ranking import best
from plait.models.manifest import DataSnapshot, GroupRecord, ModelVersion
from plait.models.store import ModelStore, StagedVersion
from plait.plan.python_alg import PythonProgram
from plait.plan.steps import Code, Fit, Group
from plait.settings import StorageSettings
from plait.storage.credentials import Storage

if TYPE_CHECKING:
    import pyarrow as pa

    from plait.compute.cluster import Cluster
    from plait.compute.environment import RuntimeEnvironment
    from plait.exchange.ray_table import RayTable

NO_MODEL = "the script ended well and saved no model"
_WORK = "work"


@dataclass(frozen=True, slots=True)
class FitResult:
    """What a training left: its result table, one row a group, and the version if any."""

    result: pa.Table
    groups: tuple[GroupRecord, ...]
    version: ModelVersion | None


@dataclass(frozen=True, slots=True)
class _Job:
    """One training: the arguments of `fit`, and where its data go."""

    step: Fit
    table: RayTable
    validation: RayTable | None
    cluster: Cluster
    environment: RuntimeEnvironment | None
    run_id: str
    callbacks: Callbacks
    cancel: threading.Event
    retries: int
    sources: tuple[str, ...]
    storage: Storage
    store: ModelStore
    draft: StagedVersion


@dataclass(frozen=True, slots=True)
class _Ended:
    """One group with what its task returned (`answer`), or why it never returned (`error`)."""

    record: GroupRecord
    answer: Mapping[str, Any]
    error: PlaitError | None


def fit(
    step: Fit,
    table: RayTable,
    validation: RayTable | None,
    *,
    cluster: Cluster,
    environment: RuntimeEnvironment | None,
    run_id: str,
    callbacks: Callbacks,
    cancel: threading.Event,
    retries: int,
    sources: Sequence[str] = (),
    storage: Storage | None = None,
) -> FitResult:
    """Train every group of `step` in Ray tasks and publish the best one's model.

    sources: the files or tables that `table` comes from, for the manifest.
    storage: the credentials for the model's path and the table's files; None: the
    ecosystem's own variables.
    A group that fails is a failed row. Raises TaskError when none succeeded (or the error of
    the cluster that stopped them), ModelError when the version cannot be written or the
    metric to rank by was not logged, CancelledError. Nothing is published then.
    """
    storage = storage or Storage.of(StorageSettings())
    try:
        store = ModelStore(step.path, storage)
        store.sweep()
        draft = store.begin()
        job = _Job(
            step, table, validation, cluster, environment, run_id, callbacks, cancel, retries,
            tuple(sources), storage, store, draft,
        )  # fmt: skip
        return _fit(job)
    except PlaitError as error:
        raise error.at(step.span) from error.__cause__


def _fit(job: _Job) -> FitResult:
    published = False
    try:
        outcomes = _run(job)
        if job.cancel.is_set():
            raise CancelledError("the training was cancelled; nothing is published")
        refuse_lost(outcomes)
        ended = [
            _ended(job, group, outcome)
            for group, outcome in zip(job.step.groups, outcomes, strict=True)
        ]
        _refuse_failure(ended, job.step)
        winner = best([one.record for one in ended], job.step.metric)
        version = None
        if winner is not None:
            version = _publish(job, winner, ended)
            published = True
        records = tuple(_told(one.record, winner, version) for one in ended)
        return FitResult(_result(records, job), records, version)
    finally:
        if not published:
            job.store.discard(job.draft)


def _publish(job: _Job, winner: GroupRecord, ended: Sequence[_Ended]) -> ModelVersion:
    answer = next(one.answer for one in ended if one.record is winner)
    version = _version(job, winner, answer["model"], [one.record for one in ended])
    if not job.store.remote:
        _tidy(job, winner)
    version = job.store.publish(job.draft, version)
    if not job.step.keep_version:
        job.store.keep_only(version)
    return version


def _tidy(job: _Job, winner: GroupRecord) -> None:
    """Whether the model is on this machine's disk; without what the script wrote beside it."""
    if not Path(job.store.path, str(winner.model)).is_dir():
        raise ModelError(
            f"the model was written to {job.store.path} on the disk of another machine",
            hint="give the train statement a path that both share: s3a://… or hdfs://…",
        )
    if not _program(job.step).keep_local_directory:
        shutil.rmtree(job.draft.folder / _WORK, ignore_errors=True)


def _told(
    record: GroupRecord, winner: GroupRecord | None, version: ModelVersion | None
) -> GroupRecord:
    if record is winner and version is not None:
        return replace(record, message=f"published as version {version.number}")
    return record


def _program(step: Fit) -> PythonProgram:
    assert isinstance(step.own, PythonProgram)
    return step.own


def _payload(job: _Job, group: Group) -> dict[str, Any]:
    """What `plait.worker.script.runner.run_group` takes."""
    program, folder = _program(job.step), job.draft.place
    return {
        "scripts": [_script(code) for code in program.scripts],
        "entry_point": program.entry_point,
        "group": group.index,
        "params": dict(group.params),
        "system_params": dict(program.system_params),
        "table": job.table.payload(),
        "validation": None if job.validation is None else job.validation.payload(),
        "file_format": program.file_format,
        "model_folder": f"{folder}/group-{group.index}",
        "work_folder": f"{folder}/{_WORK}/group-{group.index}",
        "keep_work": program.keep_local_directory,
        "storage": job.storage.access,
        "lock": None if job.environment is None else job.environment.lock,
    }


def _script(code: Code) -> dict[str, Any]:
    return {
        "name": code.name,
        "text": code.text,
        "file": code.file,
        "first_line": code.first_line,
    }


def _run(job: _Job) -> list[Outcome]:
    from plait.worker.script.runner import run_group

    callbacks, total = job.callbacks, len(job.step.groups)
    done: list[str] = []

    def on_done(outcome: Outcome) -> None:
        done.append(outcome.request.name)
        callbacks.on_progress(outcome.request.name, len(done), total, "groups")

    requests = [
        TaskRequest(
            name=f"group {group.index}",
            function=run_group,
            payload=_payload(job, group),
            resources=job.step.resources,
            environment=job.environment,
            span=job.step.span,
        )
        for group in job.step.groups
    ]
    callbacks.on_progress("training", 0, total, "groups")
    return run_tasks(
        job.cluster,
        requests,
        on_log=callbacks.on_log,
        on_message=lambda source, message: _tell(callbacks, source, message),
        on_done=on_done,
        cancel=job.cancel,
        retries=job.retries,
    )


def _tell(callbacks: Callbacks, source: str, message: Mapping[str, Any]) -> None:
    """Show what the script sent by `log`, `log_metric`, `progress` and `save_model`."""
    match message:
        case {"kind": "log", "text": text}:
            callbacks.on_log(source, str(text), "stdout")
        case {"kind": "metric", "name": name, "value": value}:
            callbacks.on_log(source, f"{name} = {value:g}", "stdout")
        case {"kind": "progress", "fraction": fraction, "text": text}:
            shown = f"{source}: {text}" if text else source
            callbacks.on_progress(shown, fraction, 1.0, "")
        case {"kind": "model"}:
            callbacks.on_log(source, "model saved", "stdout")
        case _:
            pass


def _ended(job: _Job, group: Group, outcome: Outcome) -> _Ended:
    """One group with its record, from its task's answer or its failure."""
    answer: Mapping[str, Any] = outcome.value or {}
    now = datetime.now(UTC).timestamp()
    metric = job.step.metric
    metrics = answer.get("metrics", {})
    saved = answer.get("model")
    error = outcome.error or _unwritten(job, answer)
    record = GroupRecord(
        index=group.index,
        params=dict(group.params),
        status="success" if answer.get("status") == "success" else "failed",
        message=_message(answer, error),
        metrics=metrics,
        score=None if metric is None else metrics.get(metric.name),
        model=None if saved is None else f"{job.draft.model}/{saved['folder']}",
        started=_moment(answer.get("started", now - outcome.seconds)),
        ended=_moment(answer.get("ended", now)),
    )
    return _Ended(record, answer, error)


def _unwritten(job: _Job, answer: Mapping[str, Any]) -> ModelError | None:
    """The error of a model that could not be copied to the store."""
    place = answer.get("unwritten")
    if place is None:
        return None
    why, hint, cause = job.storage.reason(OSError(answer["error"]))
    return ModelError(f"the model {place} cannot be written: {why}", hint=hint, cause=cause)


def _message(answer: Mapping[str, Any], error: PlaitError | None) -> str:
    if error is not None:
        return error.message
    if answer["status"] != "success":
        line = answer.get("line")
        return f"{answer['error']} (line {line})" if line else str(answer["error"])
    return NO_MODEL if answer["model"] is None else "model saved"


def _moment(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def _refuse_failure(ended: Sequence[_Ended], step: Fit) -> None:
    """Raise when no group succeeded: the cluster's error, or the script's own traceback."""
    if any(one.record.status == "success" for one in ended):
        return
    first = ended[0]
    causes = ["\n".join(filter(None, (_titled(one, len(ended)), _cause(one)))) for one in ended]
    cause = "\n\n".join(dict.fromkeys(filter(None, causes))) or None
    if first.error is not None and len(ended) == 1:
        raise first.error
    which = "the script failed" if len(ended) == 1 else f"all {len(ended)} groups failed"
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


def _cause(one: _Ended) -> str:
    if one.error is not None:
        return one.error.cause or ""
    return str(one.answer.get("traceback") or "")


def _version(
    job: _Job, winner: GroupRecord, model: Mapping[str, Any], records: Sequence[GroupRecord]
) -> ModelVersion:
    step = job.step
    program, wanted = _program(step), step.environment
    scripts = {code.name: code.text for code in program.scripts}
    assert winner.model is not None
    return ModelVersion(
        path=step.path,
        number=0,
        estimator=step.estimator,
        model=winner.model,
        group=winner.index,
        parameters=winner.params,
        groups=tuple(records),
        features=None if model["features"] is None else tuple(model["features"]),
        input=_columns(model["input"]),
        output=None if model["output"] is None else _columns(model["output"]),
        metrics=winner.metrics,
        metric=None if step.metric is None else step.metric.name,
        mode=None if step.metric is None else step.metric.mode,
        score=winner.score,
        data=_snapshot(job),
        environment=None if wanted is None else wanted.text,
        lock=None if job.environment is None else job.environment.lock,
        scripts=scripts,
        entry_point=program.entry_point,
        sha256=hashlib.sha256(json.dumps(scripts, sort_keys=True).encode()).hexdigest(),
        resources=str(step.resources),
        run=job.run_id,
        started=min(record.started for record in records),
        ended=max(record.ended for record in records),
        plait=metadata.version("plait"),
    )


def _snapshot(job: _Job) -> DataSnapshot:
    table = job.table
    return DataSnapshot(
        table=table.name,
        rows=table.rows,
        bytes=table.bytes,
        schema=tuple((field.name, str(field.type)) for field in table.schema),
        sources=job.sources,
    )


def _columns(pairs: Sequence[Sequence[str]]) -> tuple[tuple[str, str], ...]:
    return tuple((name, kind) for name, kind in pairs)


def _result(records: Sequence[GroupRecord], job: _Job) -> pa.Table:
    """The result table with Byzer's columns; `modelPath` is null where no model was saved."""
    import pyarrow as pa

    schema = pa.schema(
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
    rows = [
        {
            "modelPath": None if one.model is None else f"{job.store.path}/{one.model}",
            "algIndex": one.index,
            "alg": job.step.estimator,
            "score": one.score,
            "status": one.status,
            "message": one.message,
            "startTime": one.started,
            "endTime": one.ended,
            "trainParams": list(one.params.items()),
        }
        for one in records
    ]
    return pa.Table.from_pylist(rows, schema=schema)

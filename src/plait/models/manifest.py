"""What a model version says about itself, and its JSON form."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

from plait.errors import ModelError
from plait.worker.urls import is_remote

Column = tuple[str, str]
FORMAT = 1


@dataclass(frozen=True, slots=True)
class GroupRecord:
    """What became of one parameter group.

    score: the value of the ranking metric, None when the group logged none.
    model: the folder of its model, relative to the model's path; None when it saved none.
    started, ended: UTC.
    """

    index: int
    params: Mapping[str, str]
    status: Literal["success", "failed"]
    message: str
    metrics: Mapping[str, float]
    score: float | None
    model: str | None
    started: datetime
    ended: datetime


@dataclass(frozen=True, slots=True)
class DataSnapshot:
    """What a version was trained on: the table as it was measured, and where it came from."""

    table: str
    rows: int
    bytes: int
    schema: tuple[Column, ...]
    sources: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ModelVersion:
    """One published version of a model; everything that its manifest holds.

    path: the model's folder. number: 0 until it is published.
    model: the winning group's model folder (MLflow's format), relative to `path`.
    group, parameters, metrics: those of the winning group; `groups` are all of them.
    features: the columns that the model is given; None: every column of the table.
    input, output: columns with their Arrow types; output is None when the model was never
    tried on a row.
    metric, mode, score: what ranked the groups; None without a ranking.
    environment, lock: the environment's own text and its exact packages; None: plait's own.
    scripts, entry_point: the code that trained it, by name, and which of it was run.
    sha256: the hash of `scripts` as JSON with sorted names.
    resources: what each group asked of the cluster. plait: the release that wrote this.
    accepted: differences between the engines that the run has met and was told to accept.
    """

    path: str
    number: int
    estimator: str
    model: str
    group: int
    parameters: Mapping[str, str]
    groups: tuple[GroupRecord, ...]
    features: tuple[str, ...] | None
    input: tuple[Column, ...]
    output: tuple[Column, ...] | None
    metrics: Mapping[str, float]
    metric: str | None
    mode: str | None
    score: float | None
    data: DataSnapshot
    environment: str | None
    lock: str | None
    scripts: Mapping[str, str]
    entry_point: str
    sha256: str
    resources: str
    run: str
    started: datetime
    ended: datetime
    plait: str
    accepted: tuple[str, ...] = ()

    def _repr_html_(self) -> str:
        from plait.console.html import facts, grid

        names = sorted({name for group in self.groups for name in group.metrics})
        groups = grid(
            ["group", "status", "parameters", *names],
            (
                [
                    group.index,
                    group.status,
                    ", ".join(f"{name}={value}" for name, value in group.params.items()),
                    *(format(group.metrics[n], "g") if n in group.metrics else "" for n in names),
                ]
                for group in self.groups
            ),
        )
        about = (
            ("estimator", self.estimator),
            (self.metric or "score", None if self.score is None else f"{self.score:g}"),
            ("group", self.group),
            ("features", ", ".join(self.features or ())),
            ("data", f"{self.data.table}, {self.data.rows:,} rows"),
            ("trained", f"{self.ended:%Y-%m-%d %H:%M:%S} UTC"),
        )
        return facts(f"model {self.path} version {self.number}", about) + groups

    @property
    def location(self) -> str:
        """Where the winning model lies: an absolute local path or a URL."""
        return f"{self.path}/{self.model}"

    @property
    def folder(self) -> Path:
        """The winning model's local folder, which `mlflow.pyfunc.load_model` opens too.

        Raises ModelError for a model in S3 or HDFS; `ModelStore.fetch` copies it.
        """
        if is_remote(self.path):
            raise ModelError(
                f"the model {self.location} is in no folder of this machine",
                hint="ModelStore(path).fetch(version, folder) copies it into one",
            )
        return Path(self.path) / self.model


def to_json(version: ModelVersion) -> str:
    """The manifest: everything of `version` but where it lies, so that it can be moved."""
    body = {"format": FORMAT, **asdict(version)}
    del body["path"]
    return json.dumps(body, indent=2, ensure_ascii=False, default=_encode) + "\n"


def from_json(text: str, path: str) -> ModelVersion:
    """The version that lies in `path`, from its manifest.

    Raises ValueError (also KeyError, TypeError) for what is not a manifest of this format.
    """
    body = json.loads(text)
    if not isinstance(body, dict) or body.pop("format", None) != FORMAT:
        raise ValueError(f"not a manifest of format {FORMAT}")
    body["groups"] = tuple(_group(group) for group in body["groups"])
    data = dict(body["data"])
    body["data"] = DataSnapshot(
        **{**data, "schema": _columns(data["schema"]), "sources": tuple(data["sources"])}
    )
    body["accepted"] = tuple(body.get("accepted", ()))
    body["features"] = None if body["features"] is None else tuple(body["features"])
    body["input"] = _columns(body["input"])
    body["output"] = None if body["output"] is None else _columns(body["output"])
    known = {spec.name for spec in fields(ModelVersion)}
    return ModelVersion(path=path, **_times({k: v for k, v in body.items() if k in known}))


def _group(body: dict[str, Any]) -> GroupRecord:
    return GroupRecord(**_times(body))


def _times(body: dict[str, Any]) -> dict[str, Any]:
    times = {key: datetime.fromisoformat(body[key]) for key in ("started", "ended")}
    return {**body, **times}


def _columns(pairs: list[list[str]]) -> tuple[Column, ...]:
    return tuple((name, kind) for name, kind in pairs)


def _encode(value: object) -> object:
    if isinstance(value, datetime):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} does not belong in a manifest")

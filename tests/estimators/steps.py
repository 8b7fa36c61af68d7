"""Trainings and predictions as the runtime asks for them, over a Ray of the tests."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from plait.compute.cluster import Cluster
from plait.compute.environment import RuntimeEnvironment
from plait.errors import Span
from plait.estimators import training
from plait.estimators.base import ApplyRequest, Callbacks, Execution, FitRequest
from plait.estimators.prediction import version_of
from plait.estimators.registry import ESTIMATORS
from plait.estimators.training import FitResult
from plait.exchange.outputs import Files
from plait.exchange.ray_table import RayTable
from plait.plan.locations import Location
from plait.plan.python_alg import PythonProgram
from plait.plan.steps import Apply, Code, Fit, TableRef
from plait.plan.training import Group, Resources
from plait.settings import StorageSettings
from plait.storage.credentials import Storage

SPAN = Span("work.mlsql", 30, 1, 40, "train data as PythonAlg.`model`;")

TRAIN = """
import ray
ray.init()
import plait.task as task
from sklearn.linear_model import LogisticRegression
if task.params["C"] < 0:
    raise ValueError("C is negative")
frame = task.data.to_pandas()
model = LogisticRegression(C=task.params["C"]).fit(frame[["x", "y"]], frame["label"])
task.log_metric("accuracy", model.score(frame[["x", "y"]], frame["label"]))
task.log("fitted " + str(ray.is_initialized()))
task.save_model(model)
"""


@dataclass
class Reported:
    """What was reported while a step trained or predicted."""

    logs: list[tuple[str, str]] = field(default_factory=list)
    progress: list[tuple[str, float | None, float | None, str]] = field(default_factory=list)
    parts: list[tuple[str, float]] = field(default_factory=list)

    def callbacks(self) -> Callbacks:
        return Callbacks(
            on_log=lambda source, text, _: self.logs.append((source, text)),
            on_progress=self._progress,
        )

    def _progress(self, *what: Any) -> None:
        self.progress.append(what[:4])
        if len(what) > 4:
            self.parts.append(what[4:])


def execution(
    cluster: Cluster,
    reported: Reported | None = None,
    cancel: threading.Event | None = None,
    storage: Storage | None = None,
) -> Execution:
    return Execution(
        cluster,
        (reported or Reported()).callbacks(),
        cancel or threading.Event(),
        retries=1,
        storage=storage or Storage.of(StorageSettings()),
    )


def step(path: Path | str, script: str, *params: dict[str, str], **other: Any) -> Fit:
    """A training by PythonAlg; the script stands on line 11 of `work.mlsql`."""
    groups = tuple(Group(n, tuple(each.items())) for n, each in enumerate(params or ({},)))
    made = Fit(
        id=1,
        span=SPAN,
        estimator="PythonAlg",
        path=str(path),
        location=Location.of(str(path)),
        own=PythonProgram((Code("train", script, "work.mlsql", 11),), "train"),
        groups=groups,
        resources=Resources(num_cpus=1),
        metric=None,
        keep_version=True,
    )
    return replace(made, **other)


def program(step: Fit) -> PythonProgram:
    assert isinstance(step.own, PythonProgram)
    return step.own


def fit(
    step: Fit,
    table: RayTable,
    run: Execution,
    validation: RayTable | None = None,
    environment: RuntimeEnvironment | None = None,
) -> FitResult:
    request = FitRequest(step, table, validation, environment, run, "run-1", ("a.csv",))
    return training.fit(ESTIMATORS[step.estimator], request)


def predict(
    path: Path | str,
    table: RayTable,
    run: Execution,
    output: Path | str,
    *,
    estimator: str = "PythonAlg",
    version: int | None = None,
    environment: RuntimeEnvironment | None = None,
) -> RayTable:
    made = Apply(
        id=2,
        span=SPAN,
        estimator=estimator,
        path=str(path),
        location=Location.of(str(path)),
        path_span=SPAN,
        model_version=version,
        batch_size=2,
        resources=Resources(num_cpus=1),
        outputs=(TableRef("out", 1, "ray"),),
    )
    request = ApplyRequest(
        made, version_of(made, run.storage), table, environment, Files(str(output)), run
    )
    return ESTIMATORS[estimator].apply(request)

"""What an estimator is at run time, and the requests that a training and a prediction get."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Generic, Protocol

from plait.compute.requests import RequestT
from plait.errors import TableLostError
from plait.models.manifest import ModelVersion
from plait.plan.steps import Apply, Fit
from plait.plan.training import Group
from plait.storage.credentials import Storage

if TYPE_CHECKING:
    import pyarrow as pa

    from plait.compute.cluster import Cluster
    from plait.compute.environment import RuntimeEnvironment
    from plait.exchange.outputs import PredictionOutput
    from plait.exchange.ray_table import RayTable
    from plait.worker.messages import FailedGroup, GroupAnswer, PredictionAnswer


class OnProgress(Protocol):
    """How far a step is, and which part of it has got on, if it has parts."""

    def __call__(
        self,
        message: str,
        done: float | None,
        total: float | None,
        unit: str,
        part: str = "",
        share: float | None = None,
    ) -> None:
        """See `StepProgress`."""
        ...


@dataclass(frozen=True, slots=True)
class Callbacks:
    """What happens while a step trains or predicts; called from any thread.

    on_log(source, text, stream): a line that a task printed or logged, and its metrics;
    source is the task's name (`group 0`), stream 'stdout' or 'stderr'.
    """

    on_log: Callable[[str, str, str], None]
    on_progress: OnProgress


@dataclass(frozen=True, slots=True)
class Execution:
    """Where the tasks of a step run, who hears of them and what ends them.

    retries: how often a task whose process was lost is started again.
    storage: the credentials for the model's path, the table's files and the output.
    """

    cluster: Cluster
    callbacks: Callbacks
    cancel: threading.Event
    retries: int
    storage: Storage


@dataclass(frozen=True, slots=True)
class FitRequest:
    """One training: the step, its tables on Ray's side, and where it runs.

    environment: None for the platform's own interpreter. run: the run's id, sources: the files
    or tables that `table` comes from, and accepted: see `ModelVersion`, all for the manifest.
    before_publishing: called when the groups are trained; it may wait, and what it raises keeps
    the version from appearing.
    """

    step: Fit
    table: RayTable
    validation: RayTable | None
    environment: RuntimeEnvironment | None
    execution: Execution
    run: str
    sources: tuple[str, ...] = ()
    before_publishing: Callable[[], None] = field(default=lambda: None, compare=False)
    accepted: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ApplyRequest:
    """One prediction: the step, the version that predicts, the table, and where it runs.

    environment: rebuilt from the version's `environment` and `lock`, None for the platform's
    own interpreter. output: where the predictions are left.
    """

    step: Apply
    version: ModelVersion
    table: RayTable
    environment: RuntimeEnvironment | None
    output: PredictionOutput
    execution: Execution


@dataclass(frozen=True, slots=True)
class GroupFolders:
    """Where the task of one group leaves its model, and what it writes beside it.

    Absolute local paths, or URLs.
    """

    model: str
    work: str


@dataclass(frozen=True, slots=True)
class GroupTask(Generic[RequestT]):
    """The training of one group: a function of a worker, and what it is called with.

    function: see `plait.compute.requests.TaskRequest`.
    """

    function: Callable[[RequestT], GroupAnswer]
    payload: RequestT = field(repr=False)  # it may hold keys of the storage


@dataclass(frozen=True, slots=True)
class GroupFailure:
    """Why a group failed: in one line, and the traceback or other long text if that helps."""

    message: str
    cause: str | None


@dataclass(frozen=True, slots=True)
class Provenance:
    """What a version's manifest says of how its model was made.

    scripts: the code that ran, by name; entry_point: which of it was run.
    """

    parameters: Mapping[str, str]
    scripts: Mapping[str, str]
    entry_point: str


class Estimator(Protocol):
    """What can be trained. Everything else of a training is the same for every estimator."""

    def check(self, step: Fit, schema: pa.Schema | None, *, same_python: bool) -> None:
        """Raise what can be known to be wrong without any task, as a PlaitError.

        schema: of the training table, None while it is not known. same_python: whether the
        workers run in this process's Python environment. Called before anything of the script
        runs, and again when the table is there.
        """
        ...

    def task(self, request: FitRequest, group: Group, folders: GroupFolders) -> GroupTask[Any]:
        """What trains one group."""
        ...

    def keeps_work(self, step: Fit) -> bool:
        """Whether what the groups wrote beside their models stays."""
        ...

    def failure(self, answer: FailedGroup) -> GroupFailure:
        """Why a group failed, from its task's answer."""
        ...

    def provenance(self, step: Fit, group: Group) -> Provenance:
        """How the model of a group was made."""
        ...

    def apply(self, request: ApplyRequest) -> RayTable:
        """The table with the columns that the version answers, left at the request's output.

        Raises TableLostError when part of the table was lost with a Ray node, TaskError when
        the model fails, ModelError when the table does not fit the model or the model cannot
        be read, DataError for an unreadable file, CancelledError.
        """
        ...


def same_python(step: Fit, cluster: Cluster) -> bool:
    """Whether the groups run in this process's Python environment."""
    return step.environment is None and cluster.local


def refuse_lost(answers: Iterable[GroupAnswer | PredictionAnswer | None]) -> None:
    """Raise TableLostError when a task found that part of its table was lost with a Ray node.

    The whole step then has to run again, after the table was transferred anew.
    """
    for answer in answers:
        if answer is not None and answer["status"] == "failed" and answer.get("lost"):
            raise TableLostError(
                "a Ray node with part of the table failed", cause=answer["error"],
                engine="ray",
            )  # fmt: skip

"""What the client and its tasks on Ray say to each other, as types that both ends use.

A *request* is what a task is called with, an *answer* what it returns. A *message* is sent by a
task while it runs, as a line of its output (see `plait.worker.channel`). All are plain dicts: a
task may run under another Python, and answers hold nothing that only its libraries can read.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Literal, NotRequired, TypedDict, final

if TYPE_CHECKING:
    import pyarrow as pa

    from plait.worker.transport.flight import ConfirmedBlock, Endpoint

Access = Mapping[str, str]
"""How a store is reached, by name (see `plait.worker.storage.filesystem`); it may hold keys."""

# --- messages of a task while it runs -----------------------------------------------------------


class LogMessage(TypedDict):
    """A line that the script logged."""

    kind: Literal["log"]
    text: str


class MetricMessage(TypedDict):
    """A number that the script logged under a name."""

    kind: Literal["metric"]
    name: str
    value: float


class ProgressMessage(TypedDict):
    """How far the script is, from 0 to 1."""

    kind: Literal["progress"]
    fraction: float
    text: str


class ModelMessage(TypedDict):
    """A model was saved; `name` is the column of its predictions."""

    kind: Literal["model"]
    name: str


class RowsMessage(TypedDict):
    """How many rows a prediction has done so far."""

    kind: Literal["rows"]
    rows: int


class ExitMessage(TypedDict):
    """The process is about to end by `os._exit(code)`."""

    kind: Literal["exit"]
    code: int


class ChildrenMessage(TypedDict):
    """The task started Ray tasks of its own, whose output may come later."""

    kind: Literal["children"]


class MemoryMessage(TypedDict):
    """The process is about to end because it holds more memory than was asked for."""

    kind: Literal["memory"]
    text: str


class BeginMessage(TypedDict):
    """From here on, the stream's lines belong to the task of this token."""

    kind: Literal["begin"]
    token: str


class EndMessage(TypedDict):
    """The last line of the task of this token in this stream."""

    kind: Literal["end"]
    token: str


TaskMessage = LogMessage | MetricMessage | ProgressMessage | ModelMessage | RowsMessage
"""What concerns whoever started the task."""
ProcessMessage = ExitMessage | ChildrenMessage | MemoryMessage
"""What concerns the task's process."""
Message = TaskMessage | ProcessMessage | BeginMessage | EndMessage

# --- every task ---------------------------------------------------------------------------------


@final
class TaskValue(TypedDict):
    """The function of a task returned `value`."""

    value: Any


@final
class TaskFailure(TypedDict):
    """The function of a task raised: one line, and the traceback as text."""

    error: str
    traceback: str


TaskAnswer = TaskValue | TaskFailure

# --- training -----------------------------------------------------------------------------------


class TableContent(TypedDict):
    """A table on Ray's side: Arrow blocks of the object store, or Parquet files.

    schema: the serialized Arrow schema. blocks: references to `pyarrow.Table` objects.
    """

    name: str
    schema: bytes
    rows: int
    blocks: list[Any]
    files: list[str]


class ScriptText(TypedDict):
    """One script; line 1 of `text` is line `first_line` of `file`."""

    name: str
    text: str
    file: str
    first_line: int


class GroupRequest(TypedDict):
    """One parameter group of a training script.

    params, system_params: the options' texts. model_folder, work_folder: local, or URLs.
    keep_work: whether the work folder is kept when it is a URL. lock: the environment's exact
    packages.
    """

    scripts: list[ScriptText]
    entry_point: str
    group: int
    params: dict[str, str]
    system_params: dict[str, str]
    table: TableContent
    validation: TableContent | None
    file_format: str | None
    model_folder: str
    work_folder: str
    keep_work: bool
    storage: Access
    lock: str | None


class ModelDescription(TypedDict):
    """What is known of a saved model.

    folder: its name. input, output: pairs of column and type; output is None when there were
    no rows to try the model on.
    """

    folder: str
    features: list[str] | None
    input: list[tuple[str, str]]
    output: list[tuple[str, str]] | None


class CodeFailure(TypedDict):
    """What is known of a user's code that failed.

    line: in the file of the script. lost: whether a Ray node took part of the table with it.
    """

    error: str
    traceback: str | None
    line: NotRequired[int | None]
    lost: NotRequired[bool]


class GroupEnd(TypedDict):
    """How a group ended; `started` and `ended` are seconds since the epoch."""

    metrics: dict[str, float]
    started: float
    ended: float


class SucceededGroup(GroupEnd):
    """The script ended well; model: None when it saved none."""

    status: Literal["success"]
    model: ModelDescription | None


class FailedGroup(GroupEnd, CodeFailure):
    """The script failed, or its model could not be copied to `unwritten`."""

    status: Literal["failed"]
    model: None
    unwritten: str | None


GroupAnswer = SucceededGroup | FailedGroup

# --- parts of a table that tasks make -----------------------------------------------------------


class FileOutput(TypedDict):
    """A Parquet file of the name `part` in a folder, local or at a URL."""

    method: Literal["lake"]
    folder: str
    part: str


class ReceiverOutput(TypedDict):
    """Blocks sent to the receivers on Ray's nodes; `first` is the number of the first one."""

    method: Literal["direct"]
    endpoints: list[Endpoint]
    token: str
    transfer: str
    timeout_seconds: float
    first: int


class ReturnedOutput(TypedDict):
    """The rows themselves, in the answer."""

    method: Literal["client"]


PartOutput = FileOutput | ReceiverOutput | ReturnedOutput


class PartAnswer(TypedDict):
    """A part of a table, and where it is: one of `file`, `blocks` and `table`.

    schema: serialized. bytes: of the file, or as Arrow.
    """

    rows: int
    bytes: int
    schema: bytes
    file: NotRequired[str]
    blocks: NotRequired[list[ConfirmedBlock]]
    table: NotRequired[pa.Table]


# --- prediction ---------------------------------------------------------------------------------


class FilePart(TypedDict):
    """Row groups of a Parquet file; None: all of them."""

    path: str
    row_groups: list[int] | None


class BlockPart(TypedDict):
    """The rows of a block that are the `part`-th (from 0) of `parts` equal ones."""

    block: Any
    part: int
    parts: int


class PredictionRequest(TypedDict):
    """One part of a table, to be predicted with the model in a folder (local or a URL).

    schema: the table's, serialized. batch_size: rows.
    """

    model: str
    schema: bytes
    files: list[FilePart]
    blocks: list[BlockPart]
    batch_size: int
    output: PartOutput
    storage: Access


class PredictedPart(PartAnswer):
    """The part with the model's columns."""

    status: Literal["success"]


class FailedPart(CodeFailure):
    """The model failed, or does not fit the table."""

    status: Literal["failed"]


PredictionAnswer = PredictedPart | FailedPart

# --- nodes --------------------------------------------------------------------------------------


class BuildRequest(TypedDict):
    """An environment that a node is to build.

    key: its name. cache: a folder of the node; `~` is whose worker it is. lock: its exact
    packages. sources: lines such as `--index-url …`.
    """

    key: str
    cache: str
    lock: str
    sources: list[str]


@final
class BuiltAnswer(TypedDict):
    """The environment is there; `built`: now, and not before."""

    built: bool


@final
class BuildFailure(TypedDict):
    """Why it cannot be built, and the output of the program that failed."""

    error: str
    output: str


BuildAnswer = BuiltAnswer | BuildFailure


class ExecutorFacts(TypedDict):
    """What an executor of Spark says of its host.

    at: its clock, seconds since the epoch. unreached: which Ray nodes it does not reach, and
    why; empty when it reaches all.
    """

    host: str
    python: str
    pyarrow: str
    at: float
    unreached: str


class NodeFacts(TypedDict):
    """What a Ray worker says of its node. pyarrow: None without; listens: address and port."""

    host: str
    python: str
    pyarrow: str | None
    listens: tuple[str, int]

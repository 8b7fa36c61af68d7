"""What a run will do: frozen steps, in the order of the script.

A `Plan` is a tuple of steps. `explain` prints it and the executor runs it; both read the
same tuple. A step names its inputs and outputs by `TableRef`; two steps depend on each
other only through these (and through `after`, for side effects such as a conf or a table
of the lake).
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import ClassVar, Literal, Self

from plait.errors import Span
from plait.lang.statements import SaveMode
from plait.plan.locations import Location, PathTarget, TableTarget, Target
from plait.plan.training import EstimatorOptions, Group, Metric, Resources
from plait.settings import ExchangeMethod

Side = Literal["data", "ray"]
OptionValue = str | bool | int | float
TypedOptions = tuple[tuple[str, OptionValue], ...]


@dataclass(frozen=True, slots=True)
class TableRef:
    """One binding of a name: `t` bound twice gives `t#1` and `t#2`.

    side: which engine has it: 'data' (Spark, Sail) or 'ray'.
    """

    name: str
    version: int
    side: Side = "data"

    @property
    def view(self) -> str:
        """The name under which the data engine knows exactly this binding."""
        name = self.name
        if not re.fullmatch(r"[a-z0-9_]{1,100}", name):
            # Engines and file systems differ in what else a name may hold.
            name = "x" + hashlib.sha1(name.encode(), usedforsecurity=False).hexdigest()[:16]
        return f"__plait_{name}_{self.version}"

    def __str__(self) -> str:
        suffix = "@ray" if self.side == "ray" else ""
        return f"{self.name}#{self.version}{suffix}"


@dataclass(frozen=True, slots=True)
class Code:
    """Text of a script or environment and where it stands, for its own line numbers.

    first_line: the line of `file` that is line 1 of `text`.
    """

    name: str
    text: str
    file: str
    first_line: int


@dataclass(frozen=True, slots=True, kw_only=True)
class StepBase:
    """What every step has, and says of itself.

    after: ids of steps that must have ended although no table connects them. lazy: whether it
    only defines its table, which is computed when a heavy step needs it. publishes: whether a
    later step can read files or models that it leaves. visible: whether the user sees what the
    step does, so that it waits for its turn.
    """

    id: int
    span: Span
    inputs: tuple[TableRef, ...] = ()
    outputs: tuple[TableRef, ...] = ()
    after: tuple[int, ...] = ()

    lazy: ClassVar[bool] = False
    publishes: ClassVar[bool] = False
    visible: ClassVar[bool] = False

    @property
    def kind(self) -> str:
        """The step's kind as it is shown: `read`, `query`, `fit` …"""
        return type(self).__name__.lower()

    @property
    def label(self) -> str:
        """What the step does, in a few words; also its title in a run's events."""
        return self.kind

    @property
    def engine(self) -> str:
        """Which engine does the work: data, ray, client, or a transfer's `data → ray`."""
        return "data"

    @property
    def heavy(self) -> bool:
        """Whether the step computes its input tables, with every lazy table below them."""
        return False

    @property
    def passes(self) -> int:
        """How often the step computes its input tables."""
        return int(self.heavy)

    @property
    def sources(self) -> tuple[Target, ...]:
        """Files and tables of the lake that the step reads, or may read."""
        return ()

    @property
    def reads(self) -> tuple[Location, ...]:
        """Locations of files, tables of the lake and models that the step reads."""
        return tuple(source.location for source in self.sources)

    @property
    def writes(self) -> tuple[Location, ...]:
        """Locations that the step changes."""
        return ()

    @property
    def details(self) -> tuple[str, ...]:
        """Lines below the step in the plan as text."""
        return _reading(self.inputs)

    @property
    def facts(self) -> Mapping[str, str]:
        """What the plan as JSON says of this kind of step alone, by its key."""
        return {}

    def renumbered(self, ids: Mapping[int, int]) -> Self:
        """The step with other ids in every mention of one. ids: id → new id."""
        after = tuple(sorted({ids[i] for i in self.after})) if self.after else ()
        if (ids[self.id], after) == (self.id, self.after):
            return self
        return replace(self, id=ids[self.id], after=after)


def _reading(tables: tuple[TableRef, ...]) -> tuple[str, ...]:
    return ("reads " + ", ".join(str(ref) for ref in tables),) if tables else ()


def _short(sql: str, width: int = 60) -> str:
    flat = " ".join(sql.split())
    return flat if len(flat) <= width else flat[: width - 1] + "…"


@dataclass(frozen=True, slots=True, kw_only=True)
class SetConf(StepBase):
    """Set one Spark SQL setting, or `plait.accept`, which is plait's own."""

    key: str
    value: str

    @property
    def label(self) -> str:
        """The setting."""
        return f"{self.key} = {self.value}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Read(StepBase):
    """Define a table over files, or over a table of the lake."""

    lazy = True
    source: Target
    options: TypedOptions = ()
    path_span: Span

    @property
    def label(self) -> str:
        """The source and the table."""
        return f"{self.source} → {self.outputs[0].name}"

    @property
    def sources(self) -> tuple[Target, ...]:
        """The source."""
        return (self.source,)


@dataclass(frozen=True, slots=True, kw_only=True)
class Query(StepBase):
    """Define a table by Spark SQL. `names` says which name in the SQL is which input.

    lake_tables: tables of the lake, spelled as in the SQL. Where the references cannot be
    determined from the text, both hold all that it may read, and the engine's own analysis
    decides. files: those that it reads by their path (parquet.`/x`).
    """

    lazy = True
    sql: str
    names: tuple[tuple[str, TableRef], ...] = ()
    lake_tables: tuple[TableTarget, ...] = ()
    files: tuple[PathTarget, ...] = ()

    @property
    def label(self) -> str:
        """The beginning of the query, and the table."""
        return f"{_short(self.sql)} → {self.outputs[0].name}"

    @property
    def sources(self) -> tuple[Target, ...]:
        """The tables of the lake and the files in the query."""
        return (*self.lake_tables, *self.files)


@dataclass(frozen=True, slots=True, kw_only=True)
class Execute(StepBase):
    """Run a Spark SQL command for its effect (create, drop) or to print its answer (show …).

    database: what is created or dropped. table: the table that is dropped. dropped: where
    what is dropped lies.
    """

    visible = True
    sql: str
    action: str
    names: tuple[tuple[str, TableRef], ...] = ()
    lake_tables: tuple[TableTarget, ...] = ()
    database: str | None = None
    table: TableTarget | None = None
    dropped: tuple[Location, ...] = ()

    @property
    def label(self) -> str:
        """The beginning of the command."""
        return _short(self.sql)

    @property
    def sources(self) -> tuple[Target, ...]:
        """The tables of the lake that a question may be about."""
        return self.lake_tables

    @property
    def writes(self) -> tuple[Location, ...]:
        """What is dropped."""
        return self.dropped


@dataclass(frozen=True, slots=True, kw_only=True)
class Materialize(StepBase):
    """Compute a table once, because several heavy consumers read it."""

    consumers: int

    @property
    def label(self) -> str:
        """The table, and how many read it."""
        return f"{self.inputs[0].name}, read by {self.consumers}"

    @property
    def details(self) -> tuple[str, ...]:
        """Nothing more than the label."""
        return ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange(StepBase):
    """Transfer a table from one engine to the other.

    method: 'auto' leaves it to the table's measured size and to who can reach whom.
    why: what decides, in words, for the plan. expected: the method and the size, as far as
    the sizes of the files that are read show it; small: whether they show that the table goes
    through the client.
    """

    to: Side
    method: ExchangeMethod
    why: str
    expected: str = ""
    small: bool = False

    @property
    def label(self) -> str:
        """The table and the engine that receives it."""
        return f"{self.inputs[0].name} to {'Ray' if self.to == 'ray' else 'the data engine'}"

    @property
    def engine(self) -> str:
        """From which engine to which."""
        return "data → ray" if self.to == "ray" else "ray → data"

    @property
    def heavy(self) -> bool:
        """A transfer computes its table."""
        return True

    @property
    def details(self) -> tuple[str, ...]:
        """The method, why it is taken, and what is expected."""
        method = "client or direct" if self.method == "auto" else self.method
        line = f"{self.inputs[0]} → {self.outputs[0]} by {method}: {self.why}"
        return (line, f"expected: {self.expected}") if self.expected else (line,)

    @property
    def facts(self) -> Mapping[str, str]:
        """The method, why it is taken, and what is expected."""
        return {"method": self.method, "why": self.why, "expected": self.expected}


@dataclass(frozen=True, slots=True, kw_only=True)
class Fit(StepBase):
    """Train parameter groups and publish the best as a model version.

    own: what this estimator needs beside what all of them do. environment: None for plait's.
    """

    publishes = visible = True
    estimator: str
    path: str
    location: Location
    own: EstimatorOptions
    environment: Code | None = None
    groups: tuple[Group, ...]
    resources: Resources
    metric: Metric | None
    keep_version: bool
    validation: TableRef | None = None

    @property
    def label(self) -> str:
        """The estimator, the model's path and the number of groups."""
        groups = len(self.groups)
        return f"{self.estimator} {self.path}, {groups} group{'s' if groups > 1 else ''}"

    @property
    def engine(self) -> str:
        """Groups are trained by Ray tasks."""
        return "ray"

    @property
    def writes(self) -> tuple[Location, ...]:
        """The model's path."""
        return (self.location,)

    @property
    def details(self) -> tuple[str, ...]:
        """Resources, environment and metric."""
        environment = "plait's own" if self.environment is None else self.environment.name
        lines = [f"each group: {self.resources}; environment: {environment}"]
        if self.metric is not None:
            lines.append(f"best group: {self.metric.mode} {self.metric.name}")
        return (*_reading(self.inputs), *lines)

    @property
    def facts(self) -> Mapping[str, str]:
        """The resources of each group."""
        return {"resources": str(self.resources)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Apply(StepBase):
    """Predict with a published model version, batch by batch, in Ray tasks.

    exchange: the method that the statement asks for, by which the predictions come back too.
    fitted_by: id of the training of this script that makes the model, if one does.
    """

    estimator: str
    path: str
    location: Location
    path_span: Span
    model_version: int | None
    batch_size: int
    resources: Resources
    exchange: ExchangeMethod = "auto"
    fitted_by: int | None = None

    @property
    def label(self) -> str:
        """The estimator, the model's path and version, and the table."""
        version = "latest" if self.model_version is None else f"version {self.model_version}"
        return f"{self.estimator} {self.path}, {version} → {self.outputs[0].name}"

    @property
    def engine(self) -> str:
        """Batches are predicted by Ray tasks."""
        return "ray"

    @property
    def reads(self) -> tuple[Location, ...]:
        """The model's path."""
        return (self.location,)

    @property
    def details(self) -> tuple[str, ...]:
        """The resources of each task."""
        return (*_reading(self.inputs), f"each task: {self.resources}")

    @property
    def facts(self) -> Mapping[str, str]:
        """The resources of each task."""
        return {"resources": str(self.resources)}

    def renumbered(self, ids: Mapping[int, int]) -> Apply:
        """The step with other ids, that of its training among them."""
        fitted_by = None if self.fitted_by is None else ids[self.fitted_by]
        return replace(StepBase.renumbered(self, ids), fitted_by=fitted_by)


@dataclass(frozen=True, slots=True, kw_only=True)
class Write(StepBase):
    """Save a table; it appears whole or not at all.

    by_position: the rows go to the target's columns (or to `columns`) in order, as in
    `insert into`; otherwise columns are matched by name. partition_spans: where each of
    `partition_by` stands.
    """

    publishes = visible = True
    target: Target
    mode: SaveMode
    options: TypedOptions = ()
    partition_by: tuple[str, ...] = ()
    partition_spans: tuple[Span, ...] = ()
    path_span: Span
    by_position: bool = False
    columns: tuple[str, ...] = ()

    @property
    def label(self) -> str:
        """The table, the mode and the target."""
        return f"{self.inputs[0].name} → {self.mode} {self.target}"

    @property
    def heavy(self) -> bool:
        """A write computes its table."""
        return True

    @property
    def writes(self) -> tuple[Location, ...]:
        """The target."""
        return (self.target.location,)


@dataclass(frozen=True, slots=True, kw_only=True)
class Show(StepBase):
    """Show tables, models, a table's columns, its first rows or what its columns hold.

    path: of the models, or the name of the table. location: of the models, or of the lake.
    rows: how many rows are shown; None for as many as of the last table. outputs: tables that
    are the answer.
    """

    visible = True
    what: Literal["tables", "models", "desc", "rows", "profile"]
    path: str | None = None
    location: Location | None = None
    rows: int | None = None

    @property
    def heavy(self) -> bool:
        """Rows have to be computed."""
        return self.what in ("rows", "profile")

    @property
    def passes(self) -> int:
        """A profile reads its table three times."""
        return 3 if self.what == "profile" else int(self.heavy)

    @property
    def label(self) -> str:
        """What is shown."""
        return f"{self.what} {self.path or ''}".strip()

    @property
    def engine(self) -> str:
        """Models are listed by the client."""
        return "client" if self.what == "models" else "data"

    @property
    def reads(self) -> tuple[Location, ...]:
        """The path whose models are shown, or the lake whose tables are."""
        return () if self.location is None else (self.location,)


@dataclass(frozen=True, slots=True, kw_only=True)
class Assert(StepBase):
    """Fail unless the input, the rows of a table that do not satisfy a condition, is empty.

    message: what the failure says; None for the condition.
    """

    visible = True
    table: str
    condition: str
    message: str | None = None

    @property
    def label(self) -> str:
        """The table and the condition."""
        return f"{self.table}: {_short(self.condition)}"

    @property
    def heavy(self) -> bool:
        """An assertion computes its rows."""
        return True


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview(StepBase):
    """Print the last table: its first rows, its types and its row count.

    written_by: id of the write whose files are shown, so that nothing is computed twice.
    """

    rows: int = 20
    written_by: int | None = None

    @property
    def label(self) -> str:
        """The table and how much of it is shown."""
        return f"first {self.rows} rows of {self.inputs[0].name}"

    @property
    def heavy(self) -> bool:
        """A preview computes its table, unless it reads what was written of it."""
        return self.written_by is None

    def renumbered(self, ids: Mapping[int, int]) -> Preview:
        """The step with other ids, that of the write among them."""
        written_by = None if self.written_by is None else ids[self.written_by]
        return replace(StepBase.renumbered(self, ids), written_by=written_by)


Step = (
    SetConf
    | Read
    | Query
    | Execute
    | Materialize
    | Exchange
    | Fit
    | Apply
    | Write
    | Show
    | Assert
    | Preview
)


@dataclass(frozen=True, slots=True)
class Remark:
    """What is likely a mistake in a script, but need not be one.

    late: the table whose SQL it is about, where the engine may say more than the text.
    """

    text: str
    span: Span
    late: TableRef | None = None

    def __str__(self) -> str:
        return f"line {self.span.line}: {self.text}"


@dataclass(frozen=True, slots=True)
class Plan:
    """The steps of one script; explaining and running read the same tuple.

    remarks: what the script shows to be a likely mistake.
    """

    steps: tuple[Step, ...]
    remarks: tuple[Remark, ...] = ()

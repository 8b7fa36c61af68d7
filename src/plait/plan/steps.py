"""What a run will do: frozen steps, in the order of the script.

A `Plan` is a tuple of steps. `explain` prints it and the executor runs it; both read the
same tuple. A step names its inputs and outputs by `TableRef`; two steps depend on each
other only through these (and through `after`, for side effects such as a conf or a table
of the lake).
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from typing import Literal

from plait.errors import Span
from plait.lang.statements import SaveMode
from plait.plan.locations import Location, PathTarget, TableTarget
from plait.settings import ExchangeMethod

Side = Literal["data", "ray"]
OptionValue = str | bool | int | float
TypedOptions = tuple[tuple[str, OptionValue], ...]


@dataclass(frozen=True, slots=True)
class TableRef:
    """One binding of a name: `t` bound twice gives `t#1` and `t#2`.

    side: which engine holds it: 'data' (Spark, Sail) or 'ray'.
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
        crossed = "@ray" if self.side == "ray" else ""
        return f"{self.name}#{self.version}{crossed}"


@dataclass(frozen=True, slots=True)
class Resources:
    """What one Python task asks of Ray; fractions are allowed.

    memory: bytes, used for placement. custom: further resource names with amounts.
    """

    num_cpus: float = 1.0
    num_gpus: float = 0.0
    memory: int | None = None
    custom: tuple[tuple[str, float], ...] = ()

    def __str__(self) -> str:
        parts = [f"{self.num_cpus:g} CPU"]
        if self.num_gpus:
            parts.append(f"{self.num_gpus:g} GPU")
        if self.memory:
            parts.append(f"{self.memory / 2**20:.0f} MiB")
        parts.extend(f"{amount:g} {name}" for name, amount in self.custom)
        return ", ".join(parts)


@dataclass(frozen=True, slots=True)
class Code:
    """Text of a script or environment and where it stands, for its own line numbers.

    first_line: the line of `file` that is line 1 of `text`.
    """

    name: str
    text: str
    file: str
    first_line: int


@dataclass(frozen=True, slots=True)
class Group:
    """One parameter group: `fitParam.N.*` without its prefix."""

    index: int
    params: tuple[tuple[str, str], ...]


class EstimatorOptions:
    """What one estimator alone is given for a training: a frozen dataclass of its own."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Metric:
    """Which logged metric ranks the groups, and whether more is better."""

    name: str
    mode: Literal["max", "min"]


@dataclass(frozen=True, slots=True, kw_only=True)
class StepBase:
    """What every step has.

    after: ids of steps that must have ended although no table connects them.
    """

    id: int
    span: Span
    inputs: tuple[TableRef, ...] = ()
    outputs: tuple[TableRef, ...] = ()
    after: tuple[int, ...] = ()

    @property
    def reads(self) -> tuple[Location, ...]:
        """Locations of files, tables of the lake and models that the step reads."""
        return ()

    @property
    def writes(self) -> tuple[Location, ...]:
        """Locations that the step changes."""
        return ()


@dataclass(frozen=True, slots=True, kw_only=True)
class SetConf(StepBase):
    """Set one Spark SQL setting."""

    key: str
    value: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Read(StepBase):
    """Define a table over files, or over a table of the lake."""

    source: PathTarget | TableTarget
    options: TypedOptions = ()
    path_span: Span

    @property
    def reads(self) -> tuple[Location, ...]:
        """The source."""
        return (self.source.location,)


@dataclass(frozen=True, slots=True, kw_only=True)
class Query(StepBase):
    """Define a table by Spark SQL. `names` says which name in the SQL is which input.

    lake_tables: tables of the lake, spelled as in the SQL. known: False when the tables it
    reads could not be told from the text alone; then every name bound so far is offered and
    the engine's own analysis decides.
    """

    sql: str
    names: tuple[tuple[str, TableRef], ...] = ()
    lake_tables: tuple[TableTarget, ...] = ()
    known: bool = True

    @property
    def reads(self) -> tuple[Location, ...]:
        """The tables of the lake in the query."""
        return tuple(table.location for table in self.lake_tables)


@dataclass(frozen=True, slots=True, kw_only=True)
class Execute(StepBase):
    """Run a Spark SQL command for its effect (create, drop) or to print its answer (show …).

    database: what is created or dropped. table: the table that is dropped. changed: where
    what is dropped lies.
    """

    sql: str
    action: str
    names: tuple[tuple[str, TableRef], ...] = ()
    lake_tables: tuple[TableTarget, ...] = ()
    database: str | None = None
    table: TableTarget | None = None
    changed: tuple[Location, ...] = ()

    @property
    def reads(self) -> tuple[Location, ...]:
        """The tables of the lake that a question may be about."""
        return tuple(table.location for table in self.lake_tables)

    @property
    def writes(self) -> tuple[Location, ...]:
        """What is dropped."""
        return self.changed


@dataclass(frozen=True, slots=True, kw_only=True)
class Materialize(StepBase):
    """Compute a table once, because several heavy consumers read it."""

    consumers: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange(StepBase):
    """Carry a table from one engine to the other.

    method: 'auto' leaves it to the table's measured size and to who can reach whom.
    why: what decides, in words, for the plan. expected: the way and the size, as far as the
    files that are read tell; small: these tell that it will go through the client.
    """

    to: Side
    method: ExchangeMethod
    why: str
    expected: str = ""
    small: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Fit(StepBase):
    """Train parameter groups and publish the best as a model version.

    own: what this estimator needs beside what all of them do. environment: None for plait's.
    """

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
    def writes(self) -> tuple[Location, ...]:
        """The model's path."""
        return (self.location,)


@dataclass(frozen=True, slots=True, kw_only=True)
class Apply(StepBase):
    """Predict with a published model version, batch by batch, in Ray tasks.

    exchange: the way that the statement asks for, which the predictions take back.
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
    def reads(self) -> tuple[Location, ...]:
        """The model's path."""
        return (self.location,)


@dataclass(frozen=True, slots=True, kw_only=True)
class Write(StepBase):
    """Save a table; it appears whole or not at all.

    by_position: the rows go to the target's columns (or to `columns`) in order, as in
    `insert into`; otherwise columns meet by name.
    """

    target: PathTarget | TableTarget
    mode: SaveMode
    options: TypedOptions = ()
    partition_by: tuple[str, ...] = ()
    path_span: Span
    by_position: bool = False
    columns: tuple[str, ...] = ()

    @property
    def writes(self) -> tuple[Location, ...]:
        """The target."""
        return (self.target.location,)


@dataclass(frozen=True, slots=True, kw_only=True)
class Show(StepBase):
    """Show tables, models or a table's columns."""

    what: Literal["tables", "models", "desc"]
    path: str | None = None
    location: Location | None = None

    @property
    def reads(self) -> tuple[Location, ...]:
        """The path whose models are shown."""
        return () if self.location is None else (self.location,)


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview(StepBase):
    """Print the last table: its first rows, its types and its row count.

    written_by: the write whose files are shown, so that nothing is computed twice.
    """

    rows: int = 20
    written_by: int | None = None


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
    | Preview
)


@dataclass(frozen=True, slots=True)
class Plan:
    """The steps of one script; explaining and running read the same tuple."""

    steps: tuple[Step, ...]


def kind(step: Step) -> str:
    """The step's kind as it is shown: `read`, `query`, `fit` …"""
    return type(step).__name__.lower()


def engine_of(step: Step) -> str:
    """Which engine does the work of a step: data, ray, data → ray or client."""
    match step:
        case Fit() | Apply():
            return "ray"
        case Exchange(to="ray"):
            return "data → ray"
        case Exchange():
            return "ray → data"
        case Show(what="models"):
            return "client"
        case _:
            return "data"

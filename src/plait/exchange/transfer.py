"""Carries one table from one engine to the other, by the method that `strategy` chooses.

All that is tried again is tried again here: a direct transfer whose receivers fail, and a step
whose table was lost with a Ray node.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, TypeVar

from plait.data import tables
from plait.data.arrow import arrow_schema
from plait.errors import (
    CancelledError,
    ClusterError,
    EngineError,
    ExecutorPythonError,
    PlaitError,
    TableLostError,
)
from plait.events import Notice
from plait.exchange import client, files
from plait.exchange.estimates import estimated_bytes
from plait.exchange.executor_python import refused
from plait.exchange.sides import Sides
from plait.exchange.strategy import (
    Choice,
    asked_method,
    choose,
    choose_back,
    choose_local,
    client_limit_bytes,
)
from plait.plan.steps import Exchange, TableRef
from plait.storage.paths import path_of

if TYPE_CHECKING:
    import pyarrow as pa
    from pyspark.sql.connect.dataframe import DataFrame

    from plait.exchange.ray_table import RayTable

Result = TypeVar("Result")
# How often a direct transfer is tried, and how often a step whose tables are lost starts anew.
_ATTEMPTS = 2
_LOSSES = 2


@dataclass(frozen=True, slots=True)
class ToRay:
    """A table that is to go to Ray.

    folder: where it lies in the lake as Parquet, if it does. staging: the folder, not there
    yet, into which it is written if need be; paths or URLs.
    """

    step: Exchange
    folder: str | None
    staging: str

    @property
    def table(self) -> TableRef:
        """The table in the data engine."""
        return self.step.inputs[0]


@dataclass(frozen=True, slots=True)
class OnRay:
    """A table that went to Ray.

    folder: where it lies in the lake now, if it does. seconds: what the transfer took;
    waited_seconds: how long Ray took to start before, which is not the transfer's.
    """

    table: RayTable
    choice: Choice
    folder: str | None
    seconds: float
    waited_seconds: float


@dataclass(frozen=True, slots=True)
class ToData:
    """A table that is to come to the data engine: `local` rows of this process, or from Ray.

    staging: as of `ToRay`.
    """

    step: Exchange
    local: pa.Table | None
    on_ray: RayTable | None
    staging: str


@dataclass(frozen=True, slots=True)
class InData:
    """A table that came to the data engine, which has a view of it now.

    local: its rows, where they passed this process. folder: where it lies in the lake, if it
    does. offer: the name under which receivers offer its blocks, if they do.
    """

    choice: Choice
    rows: int
    bytes: int
    seconds: float
    local: pa.Table | None = None
    folder: str | None = None
    offer: str | None = None


# --- to Ray -----------------------------------------------------------------------------------


def to_ray(sides: Sides, request: ToRay) -> OnRay:
    """Carry a table to Ray.

    Raises what the engine raises for its query, ClusterError, DataError, ExecutorPythonError
    where a direct transfer is asked for and executors cannot make it, CancelledError.
    """
    began = time.monotonic()
    table = _Table(sides, request)
    if not sides.guarded(lambda: table.frame.columns):
        choice = Choice("client", "a table without columns")
    else:
        asked = asked_method(request.step, sides.settings)
        choice = choose(asked, table, client_limit_bytes(sides.settings))
    folder = request.folder
    match choice.method:
        case "client":
            rows = table.rows()
            table.waited_seconds += sides.wait_for_ray()
            there: RayTable | None = client.to_ray(request.table.name, rows)
        case "direct":
            there, failure = _directly(sides, request, table)
            if there is None:
                choice = Choice("lake", f"the direct transfer failed: {failure}")
        case "lake":
            there = None
    if there is None:
        folder = folder or _written(sides, request, table)
        there = files.from_folder(request.table.name, folder, sides.storage)
    seconds = time.monotonic() - began - table.waited_seconds
    return OnRay(there, choice, folder, seconds, table.waited_seconds)


@dataclass(slots=True)
class _Table:
    """A table that is to go to Ray, and what was found out about it; see `Candidate`."""

    sides: Sides
    request: ToRay
    waited_seconds: float = 0.0
    frame: DataFrame = field(init=False)
    _rows: pa.Table | None = None

    def __post_init__(self) -> None:
        self.frame = self.sides.spark.table(self.request.table.view)

    @property
    def in_lake(self) -> bool:
        return self.request.folder is not None

    def fits(self, limit_bytes: int, *, exactly: bool) -> bool:
        """An engine that streams its results is asked for rows until there are too many.

        The other one would compute the table for nothing, so its own estimate comes first.
        """
        streams, guarded = self.sides.engine.streams_results, self.sides.guarded
        if exactly and streams:
            return False  # it was its own size that was too large
        if not streams and not exactly:
            size = guarded(lambda: estimated_bytes(self.frame))
            if size is None or size > limit_bytes:
                return False
        self._rows = guarded(
            lambda: tables.bounded_arrow(self.frame, limit_bytes, streams=streams)
        )
        return self._rows is not None

    def obstacle(self) -> str | None:
        found = self.hindrance()
        return found.message if isinstance(found, ExecutorPythonError) else found

    def hindrance(self) -> ExecutorPythonError | str | None:
        """Why executors cannot send to Ray: their Python, or why they do not reach it."""
        sides = self.sides
        incompatible = sides.direct.incompatible_python(sides.engine)
        if incompatible is not None:
            return incompatible
        self.waited_seconds += sides.wait_for_ray()
        try:
            return sides.guarded(lambda: sides.direct.unreachable(sides.spark))
        except ExecutorPythonError as error:  # of another executor than the one asked before
            return error

    def rows(self) -> pa.Table:
        """All rows, in this process."""
        if self._rows is None:
            self._rows = self.sides.guarded(lambda: tables.to_arrow(self.frame))
        return self._rows


def _require_direct(step: Exchange, table: _Table) -> None:
    """Raise why executors cannot make a direct transfer that was asked for."""
    match table.hindrance():
        case None:
            return
        case ExecutorPythonError() as incompatible:
            raise refused(incompatible, step)
        case unreachable:
            raise ClusterError(
                f'exchange="direct" was asked for, but {unreachable}',
                engine="ray",
                hint="open the ports between the two clusters, or leave the choice to plait",
            )


def _directly(sides: Sides, request: ToRay, table: _Table) -> tuple[RayTable | None, str]:
    """The table by a direct transfer; None, and why, when Ray's side kept failing.

    A query that fails by itself fails here too, and is raised.
    """
    asked = asked_method(request.step, sides.settings) == "direct"
    if asked:
        _require_direct(request.step, table)
    name, why = request.table.name, ""
    schema = sides.guarded(lambda: arrow_schema(table.frame))
    for attempt in range(1, _ATTEMPTS + 1):
        if sides.cancel.is_set():
            raise CancelledError("the run was cancelled")
        try:
            return sides.guarded(lambda: sides.direct.to_ray(name, table.frame, schema)), ""
        except ExecutorPythonError as error:
            # That of some executors, which will not be another the next time.
            if asked:
                raise refused(error, request.step) from error.__cause__
            return None, error.message
        except PlaitError as error:
            if not (isinstance(error, ClusterError) or _sending_failed(error)):
                raise
            if asked and attempt == _ATTEMPTS:
                raise
            why = error.message
            text = f"'{name}' did not arrive on Ray: {why}"
            sides.emit(Notice(text, request.step.id, "warning"))
    return None, why


def _sending_failed(error: PlaitError) -> bool:
    """Whether a query failed in what plait added to it, and not by itself."""
    text = f"{error.message}\n{error.cause or ''}"
    return isinstance(error, EngineError) and "ConnectionError" in text and "Ray (" in text


def _written(sides: Sides, request: ToRay, table: _Table) -> str:
    folder = path_of(request.staging, sides.storage)
    sides.guarded(lambda: tables.materialize(table.frame, folder))
    return request.staging


def with_tables(
    work: Callable[[], Result],
    inputs: Iterable[TableRef],
    restore: Callable[[TableRef], None],
    on_loss: Callable[[str], None],
) -> Result:
    """Do work with tables on Ray; those that a node took along are transferred once more.

    restore: carries one table to Ray again. on_loss: gets why work starts anew. Raises what
    work raises, TableLostError when tables keep getting lost.
    """
    for _ in range(_LOSSES):
        try:
            return work()
        except TableLostError as error:
            on_loss(error.message)
            for table in inputs:
                restore(table)
    return work()


# --- and back ---------------------------------------------------------------------------------


def to_data(sides: Sides, request: ToData) -> InData:
    """Make a table that Ray or this process holds one of the data engine.

    Raises what the engine raises, ClusterError, and ExecutorPythonError where a direct transfer
    is asked for and executors cannot make it.
    """
    began = time.monotonic()
    came = _from_local(sides, request) if request.local is not None else _from_ray(sides, request)
    return replace(came, seconds=time.monotonic() - began)


def _from_ray(sides: Sides, request: ToData) -> InData:
    there, step = request.on_ray, request.step
    assert there is not None, "a table lies here or on Ray"
    asked, limit_bytes = asked_method(step, sides.settings), client_limit_bytes(sides.settings)
    incompatible = None
    if (
        not there.files
        and asked in ("auto", "direct")
        and (asked == "direct" or there.bytes > limit_bytes)
    ):
        incompatible = sides.direct.incompatible_python(sides.engine)
        if incompatible is not None and asked == "direct":
            raise refused(incompatible, step)
    obstacle = None if incompatible is None else incompatible.message
    choice = choose_back(asked, there, limit_bytes, obstacle)
    size = (there.rows, there.bytes, 0.0)
    match choice.method:
        case "client":
            return _from_local(sides, replace(request, local=client.to_arrow(there)))
        case "direct":
            offered = sides.direct.to_data(sides.spark, there)
            _define(sides, step, lambda: offered.frame)
            return InData(choice, *size, offer=offered.name)
        case "lake":
            if there.files:
                folder = files.folder_of(there)
            else:
                folder = request.staging
                size = (there.rows, files.to_folder(there, folder, sides.storage).bytes, 0.0)
            _define(sides, step, lambda: sides.spark.read.parquet(folder))
            return InData(choice, *size, folder=folder)


def _from_local(sides: Sides, request: ToData) -> InData:
    rows = request.local
    assert rows is not None
    size = (rows.num_rows, rows.nbytes, 0.0)
    limit_bytes = client_limit_bytes(sides.settings)
    choice = choose_local(asked_method(request.step, sides.settings), rows.nbytes, limit_bytes)
    if choice.method == "client":
        _define(sides, request.step, lambda: tables.from_arrow(sides.spark, rows))
        return InData(choice, *size, local=rows)
    folder = request.staging
    files.rows_to_folder(rows, folder, sides.storage)
    _define(sides, request.step, lambda: sides.spark.read.parquet(folder))
    return InData(choice, *size, folder=folder)


def _define(sides: Sides, step: Exchange, make: Callable[[], DataFrame]) -> None:
    sides.guarded(lambda: tables.define(sides.spark, step.outputs[0].view, make()))

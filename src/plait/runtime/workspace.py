"""The engines and the tables of one session, and how plans run on them."""

from __future__ import annotations

import contextlib
import threading
import uuid
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from plait.catalog.sources import Sources
from plait.compute.environment import Environments
from plait.data import tables
from plait.engines import routing
from plait.engines.base import EngineName
from plait.engines.routing import Decision
from plait.errors import PlaitError, Span, UsageError
from plait.events import Emit, Notice, TableShown, ignore
from plait.plan.scope import Scope
from plait.plan.steps import Exchange, Plan, Side, TableRef
from plait.runtime.display import rows_of
from plait.runtime.environments import EnvironmentPool
from plait.runtime.preparation import numbers_after
from plait.runtime.resources import Resources
from plait.runtime.restore import restore
from plait.runtime.run import run_plan
from plait.runtime.state import RunState, TableHandle, TableRegistry
from plait.runtime.validation import analysis_errors, check
from plait.settings import Settings

if TYPE_CHECKING:
    import pyarrow as pa
    from pyspark.sql.connect.dataframe import DataFrame

    from plait.exchange.ray_table import RayTable
    from plait.models.manifest import ModelVersion


@dataclass(frozen=True, slots=True)
class Prepared:
    """A script that was parsed and planned, and the engine that was chosen for it.

    sources: what its loads name, as far as it was looked at.
    """

    plan: Plan
    scope: Scope
    decision: Decision
    file: str
    sources: Sources


@dataclass(frozen=True, slots=True)
class Run:
    """A run that goes on: its id, the session's names when it began, and who listens."""

    id: str
    names: Scope
    emit: Emit
    cancel: threading.Event


class Workspace:
    """What a session works with. Reads its tables (see `plait.table.TableReader`).

    Safe for several threads: what belongs to one run is in its `RunState`.
    """

    def __init__(self, settings: Settings) -> None:
        self.resources = Resources(settings, self._engine_lost)
        self.tables = TableRegistry()
        self._unreachable: deque[TableRef] = deque()
        self._lost: EngineName | None = None

    # --- running --------------------------------------------------------------------------

    @contextlib.contextmanager
    def running(
        self, emit: Emit, cancel: threading.Event | None = None, id_: str | None = None
    ) -> Iterator[Run]:
        """A run, as long as the block runs.

        When it ends, the data is released that its failure or its new names have put out of
        reach. Views hold none; they go when the next run begins, and with the session.
        """
        run = id_ or uuid.uuid4().hex[:12]
        with contextlib.suppress(IndexError):
            while True:
                self.resources.drop_view(self._unreachable.popleft())
        try:
            yield Run(run, self.tables.begin(run), emit, cancel or threading.Event())
        finally:
            ended = self.tables.end(run)
            self.resources.release(ended)
            self._unreachable.extend(record.ref for record in ended if record.views)

    def decided(self, plan: Plan, scope: Scope, file: str) -> Prepared:
        """A plan with the engine that it needs, or that the session runs already."""
        have = self.resources
        decision = routing.decide(plan, have.settings, have.running)
        return Prepared(plan, scope, decision, file, Sources(have.catalog, have.storage))

    def run(self, run: Run, prepared: Prepared) -> tuple[ModelVersion, ...]:
        """Check and run a script; the session has its names afterwards. Raises PlaitError.

        Gives the model versions that it has published, in the script's order.
        """
        state, decision = self._routed(run, prepared)
        settled = replace(prepared, decision=decision)
        try:
            with self.resources.listening(run.id, run.emit):
                ran = run_plan(
                    state, prepared.file, lambda error: self._moved(run, settled, error)
                )
        except BaseException:
            self.resources.remove_staged(run.id)
            raise
        self.tables.merge(run.names, prepared.scope)
        return tuple(version for _, version in sorted(ran.fitted.items()))

    def check(self, run: Run, prepared: Prepared) -> None:
        """Check a script, and define what can be defined before it runs. Raises PlaitError."""
        check(self._routed(run, prepared)[0], thorough=True)

    def define(self, run: Run, plan: Plan, file: str) -> None:
        """Check a plan as it is and define its tables. Raises PlaitError."""
        check(self._state(run, self.decided(plan, run.names, file)))

    def perform(self, run: Run, plan: Plan, file: str) -> None:
        """Check and run a plan as it is. Raises PlaitError."""
        with self.resources.choosing:
            state = self._state(run, self.decided(plan, run.names, file))
        with self.resources.listening(run.id, run.emit):
            run_plan(state, file, lambda _: None)

    def exchange(self, run: Run, ref: TableRef, to: Side, why: str) -> None:
        """Carry one table to the other engine, by the step that a script would take."""
        there = replace(ref, side="ray")
        inputs, outputs = ((ref,), (there,)) if to == "ray" else ((there,), (ref,))
        step = Exchange(
            id=1,
            span=Span("<python>", 1, 1),
            inputs=inputs,
            outputs=outputs,
            to=to,
            method="auto",
            why=why,
        )
        self.perform(run, Plan((step,)), "<python>")

    def take(self, run: Run, ref: TableRef, rows: pa.Table) -> None:
        """Make rows of this process a table of the data engine. Raises PlaitError."""
        self.tables[ref].local = rows
        self.exchange(run, ref, "data", "rows of this process")

    def register(self, ref: TableRef, frame: DataFrame) -> None:
        """Make a DataFrame of the engine's session a table."""
        have = self.resources
        spark = have.spark()
        if getattr(frame, "sparkSession", None) is not spark:
            raise UsageError(
                "the DataFrame is not of this session",
                hint="make it with session.spark, or use from_arrow(df.toArrow(), name)",
            )
        have.guarded(lambda: tables.define(spark, ref.view, frame))
        self.tables.define(ref)

    def _engine_lost(self, name: EngineName) -> None:
        self.tables.forget_views()
        self._lost = name

    def _restored(self, run: Run, plan: Plan) -> None:
        """Have the engine's tables again that a plan reads, if its process had ended."""
        if self._lost is not None:
            title, self._lost = self._lost.capitalize(), None
            text = f"the process of {title} had ended; another was started for this run"
            run.emit(Notice(text, level="warning"))
        made = {ref for step in plan.steps for ref in step.outputs}
        read = {ref for step in plan.steps for ref in step.inputs if ref.side == "data"}
        restore(read - made, self.resources, self.tables)

    def _state(self, run: Run, prepared: Prepared) -> RunState:
        self.tables.use(run.id, prepared.plan)
        have, engine = self.resources, prepared.decision.engine
        needs_data = _needs_data(prepared.plan)
        serving = have.engine(engine) if needs_data else have.idle_engine(engine)
        if needs_data:
            self._restored(run, prepared.plan)
        on_nodes = None if have.settings.ray.here else have.settings.cache
        environments = Environments(have.settings.cache_path, on_nodes=on_nodes)
        numbers = numbers_after(prepared.plan)
        return RunState(
            id=run.id,
            plan=prepared.plan,
            settings=have.settings,
            engine=serving,
            find_cluster=lambda: have.cluster,
            find_direct=lambda: have.direct,
            environments=EnvironmentPool(environments, run.emit, run.cancel, numbers),
            preparations=numbers,
            catalog=have.catalog,
            sources=prepared.sources,
            folder=have.folder,
            storage=have.storage,
            tables=self.tables,
            emit=run.emit,
            cancel=run.cancel,
            notices=prepared.decision.notices,
            accepted=tuple(prepared.decision.accepted),
        )

    def _moved(self, run: Run, prepared: Prepared, error: PlaitError) -> RunState | None:
        """The run's state on Spark, if Sail was a free choice and gave up, else None."""
        decision = routing.after_failure(prepared.decision, error)
        with self.resources.choosing:
            if decision is prepared.decision or not self.tables.alone(run.id):
                return None
            return self._on_other_engine(run, replace(prepared, decision=decision))

    def _on_other_engine(self, run: Run, prepared: Prepared) -> RunState:
        self.resources.leave_engine()
        self.tables.forget_views()
        return self._state(run, prepared)

    def _routed(self, run: Run, prepared: Prepared) -> tuple[RunState, Decision]:
        """The run's state and its engine: Spark if Sail was a free choice and refuses the SQL.

        The session's first run settles its engine; others wait meanwhile.
        """
        plan, have = prepared.plan, self.resources
        with have.choosing:
            if have.running is not None:  # perhaps since this script was prepared
                decision = routing.decide(plan, have.settings, have.running)
                prepared = replace(prepared, decision=decision)
            state, decision = self._state(run, prepared), prepared.decision
            if decision.may_move and _needs_data(plan):
                decision = routing.after_analysis(decision, plan, analysis_errors(state))
            if decision.engine != prepared.decision.engine:
                state = self._on_other_engine(run, replace(prepared, decision=decision))
        return state, decision

    # --- reading tables -------------------------------------------------------------------

    def schema(self, table: TableHandle) -> tuple[tuple[str, str], ...]:
        """(column, Spark SQL type) of every column."""
        have, view = self.resources, table.ref.view
        self._have_again(table.ref)
        return have.guarded(lambda: tuple(tables.schema_of(have.spark(), view)))

    def frame(self, table: TableHandle) -> DataFrame:
        """The table as a DataFrame; it stays as long as the session, as the frame may."""
        self.tables.keep([table.ref])
        return self._frame(table)

    def rows(self, table: TableHandle) -> pa.Table:
        """All rows, in this process."""
        local = self.tables[table.ref].local
        if local is not None:
            return local
        return self.resources.guarded(lambda: tables.to_arrow(self._frame(table)))

    def first(self, table: TableHandle, count: int) -> pa.Table:
        """The first rows, in this process; count: how many."""
        local = self.tables[table.ref].local
        if local is not None:
            return local.slice(0, count)
        return self.resources.guarded(lambda: tables.to_arrow(self._frame(table).limit(count)))

    def count(self, table: TableHandle) -> int:
        """How many rows there are."""
        local = self.tables[table.ref].local
        counted: int = (
            self.resources.guarded(lambda: self._frame(table).count())
            if local is None
            else local.num_rows
        )
        return counted

    def shown(self, table: TableHandle, count: int, *, total: bool) -> TableShown:
        """The first rows as text; count: how many. total: whether all rows are counted too."""
        local = self.tables[table.ref].local
        if local is not None:
            rows = rows_of(local.slice(0, count), self.resources.settings.time_zone)
            return TableShown(0, table.ref.name, self.schema(table), rows, local.num_rows)
        found = self.resources.guarded(
            lambda: tables.preview(self._frame(table), count, count=total)
        )
        return TableShown(0, table.ref.name, found.columns, found.rows, found.total)

    def on_ray(self, table: TableHandle) -> RayTable:
        """The table on Ray's side, where it goes unless it is there."""
        with self.running(ignore) as run:
            if self.tables[table.ref].on_ray is None:
                self.exchange(run, table.ref, "ray", "asked for by to_ray()")
            there = self.tables.on_ray(table.ref)
        if there.files:  # blocks live as long as somebody has them, files do not
            self.tables.keep([table.ref])
        return there

    def _frame(self, table: TableHandle) -> DataFrame:
        have = self.resources
        self._have_again(table.ref)
        return have.guarded(lambda: have.spark().table(table.ref.view))

    def _have_again(self, ref: TableRef) -> None:
        self.resources.engine()
        restore((ref,), self.resources, self.tables)


def _needs_data(plan: Plan) -> bool:
    return any(step.engine != "client" for step in plan.steps)

"""One user's names, engines and lake: what every door calls."""

from __future__ import annotations

import contextlib
import threading
import uuid
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from plait.errors import BindError, Span, UsageError, suggestion
from plait.lang.parser import parse
from plait.lang.statements import Name, Select
from plait.plan import explain as explaining
from plait.plan.planner import plan as make_plan
from plait.plan.scope import Scope
from plait.plan.sql_analysis import is_query
from plait.plan.steps import Code, Exchange, Plan, Preview, Side, TableRef
from plait.settings import Settings, load_settings, parse_size
from plait.table import RunResult, Table

if TYPE_CHECKING:
    import pyarrow as pa
    from pyspark.sql.connect.session import SparkSession

    from plait.catalog.base import Catalog
    from plait.catalog.sources import Sources
    from plait.engines.routing import Decision
    from plait.events import Emit, Event
    from plait.exchange.ray_table import RayTable
    from plait.runtime.state import RunState
    from plait.storage.paths import AnyPath

ExplainFormat = Literal["text", "json", "mermaid"]


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


class Session:
    """Names, variables and engines of one user; use it as a context manager.

    The data engine starts with the first table, Ray with the first step that trains or
    predicts; both end with `close()`.
    """

    def __init__(self, settings: Settings) -> None:
        from plait.runtime.resources import Resources
        from plait.runtime.state import TableRegistry

        self.resources = Resources(settings)
        self._tables = TableRegistry()

    @property
    def settings(self) -> Settings:
        """The settings; what has started already keeps those that it started with."""
        return self.resources.settings

    @settings.setter
    def settings(self, settings: Settings) -> None:
        self.resources.settings = settings

    def __enter__(self) -> Session:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # --- the verbs of every entry point -----------------------------------------------------

    def prepare(
        self, text: str, file: str = "<script>", variables: Mapping[str, str] | None = None
    ) -> Prepared:
        """Parse and plan a script and choose its engine; no engine starts.

        Raises ScriptError with everything that is wrong with the text.
        """
        return self._prepared(text, file, variables, self._tables.names())

    def explain(
        self,
        text: str,
        file: str = "<script>",
        variables: Mapping[str, str] | None = None,
        format: ExplainFormat = "text",
    ) -> str:
        """The plan of a script as text, JSON or a Mermaid graph; nothing runs."""
        names = self._tables.names()
        names.versions = names.versions.copy()  # a plan that never runs uses no number up
        prepared = self._prepared(text, file, variables, names)
        decision = prepared.decision
        match format:
            case "text":
                return explaining.as_text(prepared.plan, decision.engine, decision.reasons)
            case "json":
                return explaining.as_json(prepared.plan, decision.engine, decision.reasons)
            case "mermaid":
                return explaining.as_mermaid(prepared.plan, decision.engine)

    def check(
        self, text: str, file: str = "<script>", variables: Mapping[str, str] | None = None
    ) -> Plan:
        """Everything that can be known to be wrong without running: text, names, options,
        places, resources, environments, and the SQL by the engine's own analysis.

        Raises ScriptError (or the error of the place that is wrong).
        """
        from plait.runtime.validation import check

        with self._running() as (run, names):
            prepared = self._prepared(text, file, variables, names.copy())
            check(self._routed(run, prepared, _ignore, threading.Event()))
        return prepared.plan

    def define(self, plan: Plan, file: str = "<script>") -> None:
        """Check a plan and define its tables in the engine; nothing is computed or written.

        Raises what `check` raises.
        """
        from plait.runtime.validation import check

        with self._running() as (run, names):
            self._tables.keep(ref for step in plan.steps for ref in step.outputs)
            prepared = self._with_engine(plan, names, file)
            check(self._state(run, prepared, _ignore, threading.Event()))

    def run(
        self,
        text: str,
        file: str = "<script>",
        variables: Mapping[str, str] | None = None,
        *,
        on_event: Callable[[Event], None] | None = None,
        cancel: threading.Event | None = None,
    ) -> RunResult:
        """Run a script. Its names are the session's afterwards, if it succeeded.

        on_event: called with every event, from several threads but never at once.
        cancel: set it to cancel. Raises PlaitError.
        """
        if self.settings.ray.jobs is not None:
            raise UsageError(
                "these settings send runs to a Jobs endpoint (ray.jobs), and a session runs here",
                hint=f"plait run {file}, or plait.remote.submit.submit()",
            )
        emit = _one_at_a_time(on_event or _ignore)
        from plait.runtime.run import run_plan

        with self._running() as (run, names):
            prepared = self._prepared(text, file, variables, names.copy())
            state = self._routed(run, prepared, emit, cancel or threading.Event())
            with self.resources.listening(run, emit):
                run_plan(state, file)
            self._tables.merge(names, prepared.scope)
            return self._result(run, prepared)

    def perform(
        self,
        plan: Plan,
        file: str = "<script>",
        *,
        on_event: Callable[[Event], None] | None = None,
    ) -> None:
        """Check and run a plan as it is; its tables are the engine's afterwards, by their refs.

        on_event: as for `run`. Raises PlaitError.
        """
        with self._running() as (run, names):
            self._tables.keep(ref for step in plan.steps for ref in step.outputs)
            self._run_plan(run, plan, names, file, _one_at_a_time(on_event or _ignore))

    def hold(self, ref: TableRef, rows: pa.Table) -> None:
        """Give the session a small table under a ref that a plan takes as made already."""
        self._tables.keep([ref])
        self._tables[ref].local = rows

    def table_of(self, ref: TableRef) -> Table:
        """The table of a ref of a plan that `perform` ran or `define` defined."""
        return self._table(ref.name, ref)

    def scratch(self, name: str) -> AnyPath:
        """A folder of the session that its engines see too; it goes when the session closes."""
        return self.resources.folder.shared_folder(name)

    def sql(self, query: str) -> Table:
        """A table defined by one Spark SQL query over the session's tables and the lake's.

        Raises UsageError for a command: those change something, and go through `run`.
        """
        if not isinstance(query, str) or not is_query(query):
            raise UsageError("sql() takes one query", hint="commands go through run()")
        name = f"query_{uuid.uuid4().hex[:8]}"
        span = Span("<sql>", 1, 1, len(query.split("\n")[0]), query.split("\n")[0])
        statement = Select(sql=query, table=Name(name, span), span=span)
        with self._running() as (run, scope):
            scope.read_lake(self.catalog, self.resources.lake_root)
            plan = make_plan([statement], scope)
            plan = Plan(tuple(s for s in plan.steps if not isinstance(s, Preview)))
            self._run_plan(run, plan, scope, "<sql>", _ignore)
            return self._table(name, scope.tables[name])

    def table(self, name: str) -> Table:
        """A table of the session or, as `db.table`, of the lake. Raises BindError."""
        if not isinstance(name, str):
            raise UsageError("a table's name is text")
        with self._running() as (_, names):
            if (ref := names.find(name)) is not None:
                return self._table(name, ref)
        if name.lower() in names.codes:
            raise BindError(f"'{name}' is code, not a table of data")
        database, _, table = name.rpartition(".")
        if self.catalog.exists(f"{database or 'default'}.{table}"):
            return self.sql(f"select * from {name}")
        names.read_lake(self.catalog, self.resources.lake_root)
        candidates = [*names.tables, *sorted(names.lake)]
        raise BindError(f"there is no table '{name}'", hint=suggestion(name, candidates))

    def from_ray(self, data: RayTable | Any, name: str) -> Table:
        """What Ray holds as a table `name` of this session: rows go to the executors directly.

        data: a `ray.data.Dataset`, or what `Table.to_ray()` gave. The table can be read as
        long as the session lives. Raises UsageError for anything else.
        """
        from plait.exchange.dataset import ray_table

        if not isinstance(name, str) or not name.isidentifier():
            raise UsageError("from_ray() takes a name of letters, digits and _ for the table")
        there = ray_table(data, name)
        with self._running() as (run, names):
            scope = names.copy()
            table = self._table(name, ref := scope.bind(name))
            self._tables[ref].on_ray = there
            self._exchange(run, replace(ref, side="ray"), ref, "data", "asked for by from_ray()")
            self._tables.merge(names, scope)
            return table

    @property
    def spark(self) -> SparkSession:
        """The data engine's SparkSession, for all that plait does not wrap.

        It becomes PySpark's current session, so that `pyspark.sql.functions` work with it,
        and sees the lake's tables as they are now.
        """
        from plait.engines.connect import make_current

        session = self.resources.spark()
        make_current(session)
        catalog = self.catalog
        self.resources.guarded(lambda: catalog.register(session, catalog.names()))
        return session

    @property
    def catalog(self) -> Catalog:
        """The databases and tables of the lake, or of the metastore in `spark.metastore`."""
        return self.resources.catalog

    def close(self) -> None:
        """End both engines and remove the session's staging folder; safe to call twice."""
        self.resources.close()

    # --- inside ---------------------------------------------------------------------------

    @contextlib.contextmanager
    def _running(self) -> Iterator[tuple[str, Scope]]:
        """A run's id and the session's names for it.

        When it ends, what its failure or its new names have put out of reach is released.
        """
        run = uuid.uuid4().hex[:12]
        try:
            yield run, self._tables.begin(run)
        finally:
            self.resources.release(self._tables.end(run))

    def _prepared(
        self, text: str, file: str, variables: Mapping[str, str] | None, scope: Scope
    ) -> Prepared:
        if not isinstance(text, str):
            raise UsageError("a script is text")
        variables = {name: str(value) for name, value in (variables or {}).items()}
        scope.read_lake(self.catalog, self.resources.lake_root)
        for name, value in variables.items():
            scope.values[name] = Code(name, value, f"--var {name}", 1)
        script = parse(text, file, variables)
        plan = make_plan(script.statements, scope)
        prepared = self._with_engine(plan, scope, file)
        from plait.exchange.estimates import with_expectations

        limit = parse_size(self.settings.exchange.client_limit)
        plan = with_expectations(prepared.plan, limit, prepared.sources)
        return replace(prepared, plan=plan)

    def _with_engine(self, plan: Plan, scope: Scope, file: str) -> Prepared:
        """The plan with the engine that it needs, or that the session runs already."""
        from plait.catalog.sources import Sources
        from plait.engines import routing

        decision = routing.decide(plan, self.settings, self.resources.running)
        sources = Sources(self.catalog, self.resources.storage)
        return Prepared(plan, scope, decision, file, sources)

    def _state(
        self, run: str, prepared: Prepared, emit: Emit, cancel: threading.Event
    ) -> RunState:
        from plait.compute.environment import Environments
        from plait.runtime.environments import EnvironmentPool
        from plait.runtime.state import RunState

        self._tables.use(run, prepared.plan)
        have, engine = self.resources, prepared.decision.engine
        on_nodes = None if self.settings.ray.here else self.settings.cache
        environments = Environments(self.settings.cache_path, on_nodes=on_nodes)
        return RunState(
            id=run,
            plan=prepared.plan,
            settings=self.settings,
            engine=have.engine(engine) if _needs_data(prepared.plan) else have.idle_engine(engine),
            cluster=have.cluster,
            direct=have.direct,
            environments=EnvironmentPool(environments, emit, cancel),
            catalog=have.catalog,
            sources=prepared.sources,
            folder=have.folder,
            tables=self._tables,
            emit=emit,
            cancel=cancel,
        )

    def _routed(
        self, run: str, prepared: Prepared, emit: Emit, cancel: threading.Event
    ) -> RunState:
        """The run's state, on Spark if Sail was a free choice and refuses the SQL.

        The session's first run settles its engine; others wait meanwhile.
        """
        from plait.engines import routing
        from plait.runtime.validation import analysis_errors

        plan = prepared.plan
        with self.resources.choosing:
            if self.resources.running is not None:  # perhaps since this script was prepared
                prepared = self._with_engine(plan, prepared.scope, prepared.file)
            decision = prepared.decision
            state = self._state(run, prepared, emit, cancel)
            if decision.may_move and _needs_data(plan):
                decision = routing.after_analysis(decision, plan, analysis_errors(state))
            if decision.engine != prepared.decision.engine:
                self.resources.leave_engine()
                self._tables.forget_views()
                state = self._state(run, replace(prepared, decision=decision), emit, cancel)
        state.notices = decision.notices
        return state

    def _run_plan(self, run: str, plan: Plan, scope: Scope, file: str, emit: Emit) -> None:
        from plait.runtime.run import run_plan

        with self.resources.choosing:
            prepared = self._with_engine(plan, scope, file)
            state = self._state(run, prepared, emit, threading.Event())
        with self.resources.listening(run, emit):
            run_plan(state, file)

    def _to_ray(self, ref: TableRef) -> RayTable:
        """The table on Ray's side, by the same exchange step that a script would take."""
        with self._running() as (run, _):
            if self._tables[ref].on_ray is None:
                there = replace(ref, side="ray")
                self._exchange(run, ref, there, "ray", "asked for by to_ray()")
            table = self._tables.on_ray(ref)
            if table.files:  # blocks live as long as somebody has them, files do not
                self._tables.keep([ref])
            return table

    def _exchange(self, run: str, source: TableRef, target: TableRef, to: Side, why: str) -> None:
        span = Span("<python>", 1, 1)
        step = Exchange(
            id=1, span=span, inputs=(source,), outputs=(target,), to=to, method="auto", why=why
        )
        self._run_plan(run, Plan((step,)), Scope(), "<python>", _ignore)

    def _table(self, name: str, ref: TableRef) -> Table:
        return Table(name, self, ref, self._tables.handle(ref))

    def _result(self, run: str, prepared: Prepared) -> RunResult:
        made = {ref.name: self._table(ref.name, ref) for ref in prepared.scope.tables.values()}
        shown = (s.inputs[0] for s in reversed(prepared.plan.steps) if isinstance(s, Preview))
        last = next(shown, None)
        return RunResult(run, None if last is None else self._table(last.name, last), made)


def connect(
    lake: str | Path | None = None, *, engine: str | None = None, **settings: object
) -> Session:
    """Open a session.

    lake: root folder of tables. engine: 'auto', 'sail' or 'spark'. settings: any key of
    `Settings`, nested ones as `**{"ray.num_gpus": 1}`. Raises UsageError.
    """
    overrides: dict[str, object] = dict(settings)
    if lake is not None:
        overrides["lake"] = str(lake)
    if engine is not None:
        overrides["engine"] = engine
    return Session(load_settings(overrides))


def _needs_data(plan: Plan) -> bool:
    return any(step.engine != "client" for step in plan.steps)


def _ignore(_: Event) -> None:
    """Nobody listens."""


def _one_at_a_time(on_event: Callable[[Event], None]) -> Emit:
    lock = threading.Lock()

    def emit(event: Event) -> None:
        with lock:
            on_event(event)

    return emit

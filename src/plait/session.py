"""One user's names, engines and lake: what every door calls."""

from __future__ import annotations

import contextlib
import threading
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeVar

from plait.errors import BindError, DataError, PlaitError, Span, UsageError, suggestion
from plait.lang.parser import parse
from plait.lang.statements import Name, Select
from plait.plan import explain as explaining
from plait.plan.planner import plan as make_plan
from plait.plan.scope import Scope
from plait.plan.sql_analysis import is_query
from plait.plan.steps import Code, Plan, Preview, Side, TableRef
from plait.settings import Settings, load_settings, parse_size
from plait.table import RunResult, Table

if TYPE_CHECKING:
    import pyarrow as pa
    from pyspark.sql.connect.session import SparkSession

    from plait.catalog.base import Catalog
    from plait.compute.cluster import Cluster
    from plait.data.commit import RunFolder
    from plait.data.sources import Sources
    from plait.engines.base import DataEngine, EngineName
    from plait.engines.routing import Decision
    from plait.events import Emit, Event
    from plait.exchange.direct import Direct
    from plait.exchange.ray_table import RayTable
    from plait.runtime.state import Known, RunContext
    from plait.storage.paths import AnyPath

Result = TypeVar("Result")
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
        self.settings = settings
        self._scope = Scope()
        self._engine: DataEngine | None = None
        self._cluster: Cluster | None = None
        self._direct: Direct | None = None
        self._catalog: Catalog | None = None
        self._folder: RunFolder | None = None
        self._known: Known | None = None
        self._lock = threading.RLock()
        self._emit: Emit = _ignore
        self._closed = False

    def __enter__(self) -> Session:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # --- the doors' verbs -----------------------------------------------------------------

    def prepare(
        self, text: str, file: str = "<script>", variables: Mapping[str, str] | None = None
    ) -> Prepared:
        """Parse and plan a script and choose its engine; no engine starts.

        Raises ScriptError with everything that is wrong with the text.
        """
        if not isinstance(text, str):
            raise UsageError("a script is text")
        variables = {name: str(value) for name, value in (variables or {}).items()}
        scope = self._scope.copy()
        scope.read_lake(self.catalog, self._lake_root())
        for name, value in variables.items():
            scope.values[name] = Code(name, value, f"--var {name}", 1)
        script = parse(text, file, variables)
        plan = make_plan(script.statements, scope)
        prepared = self._with_engine(plan, scope, file)
        from plait.exchange.estimates import with_expectations

        limit = parse_size(self.settings.exchange.client_limit)
        plan = with_expectations(prepared.plan, limit, self.catalog, prepared.sources)
        return replace(prepared, plan=plan)

    def explain(
        self,
        text: str,
        file: str = "<script>",
        variables: Mapping[str, str] | None = None,
        format: ExplainFormat = "text",
    ) -> str:
        """The plan of a script as text, JSON or a Mermaid graph; nothing runs."""
        prepared = self.prepare(text, file, variables)
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

        prepared = self.prepare(text, file, variables)
        check(self._routed(prepared, _ignore, threading.Event()))
        return prepared.plan

    def define(self, plan: Plan, file: str = "<script>") -> None:
        """Check a plan and define its tables in the engine; nothing is computed or written.

        Raises what `check` raises.
        """
        from plait.runtime.validation import check

        prepared = self._with_engine(plan, self._scope, file)
        check(self._context(prepared, _ignore, threading.Event()))

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
        prepared = self.prepare(text, file, variables)
        context = self._routed(prepared, emit, cancel or threading.Event())
        from plait.runtime.run import run_plan

        try:
            run_plan(context, file)
        finally:
            context.known.written.clear()
            context.known.fitted.clear()
        self._scope = prepared.scope
        return self._result(context, prepared.plan)

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
        self._run_plan(plan, self._scope, file, _one_at_a_time(on_event or _ignore))

    def hold(self, ref: TableRef, rows: pa.Table) -> None:
        """Give the session a small table under a ref that a plan takes as made already."""
        self._known_state().held[ref] = rows

    def scratch(self, name: str) -> AnyPath:
        """A folder of the session that its engines see too; it goes when the session closes."""
        return self._staging().shared_folder(name)

    def sql(self, query: str) -> Table:
        """A table defined by one Spark SQL query over the session's tables and the lake's.

        Raises UsageError for a command: those change something, and go through `run`.
        """
        if not isinstance(query, str) or not is_query(query):
            raise UsageError("sql() takes one query", hint="commands go through run()")
        name = f"query_{uuid.uuid4().hex[:8]}"
        span = Span("<sql>", 1, 1, len(query.split("\n")[0]), query.split("\n")[0])
        scope = self._scope.copy()
        scope.read_lake(self.catalog, self._lake_root())
        statement = Select(sql=query, table=Name(name, span), span=span)
        plan = make_plan([statement], scope)
        plan = Plan(tuple(s for s in plan.steps if not isinstance(s, Preview)))
        self._run_plan(plan, scope, "<sql>", _ignore)
        return Table(name, self, scope.tables[name])

    def table(self, name: str) -> Table:
        """A table of the session or, as `db.table`, of the lake. Raises BindError."""
        if not isinstance(name, str):
            raise UsageError("a table's name is text")
        ref = self._scope.find(name)
        if ref is not None:
            return Table(name, self, ref)
        if name.lower() in self._scope.codes:
            raise BindError(f"'{name}' is code, not a table of data")
        database, _, table = name.rpartition(".")
        if self.catalog.exists(f"{database or 'default'}.{table}"):
            return self.sql(f"select * from {name}")
        candidates = [*self._scope.tables, *sorted(self._scope.lake)]
        raise BindError(f"there is no table '{name}'", hint=suggestion(name, candidates))

    def from_ray(self, data: RayTable | Any, name: str) -> Table:
        """What Ray holds as a table `name` of this session: rows go to the executors directly.

        data: a `ray.data.Dataset`, or what `Table.to_ray()` gave. The table can be read as
        long as the session lives. Raises UsageError for anything else.
        """
        from plait.exchange.dataset import ray_table

        if not isinstance(name, str) or not name.isidentifier():
            raise UsageError("from_ray() takes a name of letters, digits and _ for the table")
        held = ray_table(data, name)
        ref = self._scope.bind(name)
        crossed = TableRef(ref.name, ref.version, "ray")
        self._known_state().crossed[crossed] = held
        self._exchange(crossed, ref, "data", "asked for by from_ray()")
        return Table(name, self, ref)

    @property
    def spark(self) -> SparkSession:
        """The data engine's SparkSession, for all that plait does not wrap.

        It becomes PySpark's current session, so that `pyspark.sql.functions` work with it,
        and sees the lake's tables as they are now.
        """
        from plait.engines.connect import make_current

        session = self._spark()
        make_current(session)
        self._guarded(lambda: self.catalog.register(session, self.catalog.names()))
        return session

    @property
    def catalog(self) -> Catalog:
        """The databases and tables of the lake, or of the metastore in `spark.metastore`."""
        if self._catalog is None:
            from plait.catalog.choice import catalog_of

            self._catalog = catalog_of(self.settings, lambda: self._engine_for(None))
        return self._catalog

    def close(self) -> None:
        """End both engines and remove the session's staging folder; safe to call twice."""
        with self._lock:
            self._closed = True
            parts = (self._direct, self._engine, self._cluster)
            for end in [part.stop for part in parts if part is not None]:
                end()
            if self._folder is not None:
                self._folder.remove()
                with contextlib.suppress(OSError):
                    self.settings.lake_path.rmdir()  # only a lake in which nothing was left
            self._direct = self._engine = self._cluster = self._folder = None

    # --- inside ---------------------------------------------------------------------------

    def _spark(self) -> SparkSession:
        return self._guarded(lambda: self._engine_for(None).session())

    def _with_engine(self, plan: Plan, scope: Scope, file: str) -> Prepared:
        """The plan with the engine that it needs, or that the session runs already."""
        from plait.data.sources import Sources
        from plait.engines import routing
        from plait.storage.credentials import Storage

        running = self._engine.name if self._engine is not None else None
        decision = routing.decide(plan, self.settings, running)
        return Prepared(plan, scope, decision, file, Sources(Storage.of(self.settings.storage)))

    def _known_state(self) -> Known:
        if self._known is None:
            from plait.runtime.state import Known

            self._known = Known()
        return self._known

    def _lake_root(self) -> str | None:
        """Where the tables of the catalog lie; None for those of a metastore."""
        return self.settings.lake if self.settings.spark.metastore is None else None

    def _staging(self) -> RunFolder:
        if self._folder is None:
            from plait.catalog.choice import lake_path
            from plait.data.commit import open_run
            from plait.storage.credentials import Storage

            lake, storage = lake_path(self.settings), Storage.of(self.settings.storage)
            try:
                self._folder = open_run(lake, self.settings.lake_path, _run_id(), storage)
            except OSError as error:
                raise DataError(
                    f"the lake '{lake}' cannot be written: {error.strerror or error}",
                    hint="choose another folder: --lake DIR",
                ) from error
        return self._folder

    def _engine_for(self, name: EngineName | None) -> DataEngine:
        """The engine, started; a session has one for all its life."""
        with self._lock:
            if self._closed:
                raise UsageError("the session is closed")
            if self._engine is None:
                from plait.engines import routing

                name = name or routing.default_engine(self.settings)
                self._engine = routing.make_engine(name, self.settings, self._staging().path)
                self._engine.start()
            return self._engine

    def _cluster_of(self, emit: Emit) -> Cluster:
        with self._lock:
            self._emit = emit
            if self._cluster is None:
                from plait.compute.cluster import Cluster
                from plait.events import Notice

                self._cluster = Cluster(
                    self.settings.ray,
                    self._staging().path,
                    lambda text: self._emit(Notice(text)),
                )
            return self._cluster

    def _direct_of(self, emit: Emit) -> Direct:
        with self._lock:
            if self._direct is None:
                from plait.exchange.direct import Direct

                how = self.settings.exchange
                self._direct = Direct(self._cluster_of(emit), how)
            return self._direct

    def _context(self, prepared: Prepared, emit: Emit, cancel: threading.Event) -> RunContext:
        from plait.compute.environment import Environments
        from plait.runtime.environments import EnvironmentPool
        from plait.runtime.state import RunContext

        # Views made for this plan exist from now on, whether it succeeds or not: a later
        # plan must not take its own tables for them.
        self._scope.versions.update(prepared.scope.versions)
        environments = Environments(
            self.settings.cache_path,
            on_nodes=None if self.settings.ray.here else self.settings.cache,
        )
        return RunContext(
            run=_run_id(),
            plan=prepared.plan,
            settings=self.settings,
            engine=self._engine_for(prepared.decision.engine)
            if _needs_data(prepared.plan)
            else self._idle_engine(prepared.decision.engine),
            cluster=self._cluster_of(emit),
            direct=self._direct_of(emit),
            environments=EnvironmentPool(environments, emit, cancel),
            catalog=self.catalog,
            sources=prepared.sources,
            folder=self._staging(),
            known=self._known_state(),
            emit=emit,
            cancel=cancel,
        )

    def _routed(self, prepared: Prepared, emit: Emit, cancel: threading.Event) -> RunContext:
        """The run's context, on Spark if Sail was a free choice and refuses the SQL."""
        from plait.engines import routing
        from plait.runtime.validation import analysis_errors

        decision = prepared.decision
        context = self._context(prepared, emit, cancel)
        if decision.may_move and _needs_data(prepared.plan):
            decision = routing.after_analysis(decision, prepared.plan, analysis_errors(context))
        if decision.engine != prepared.decision.engine:
            self._leave_engine()
            context = self._context(replace(prepared, decision=decision), emit, cancel)
        context.notices = decision.notices
        return context

    def _leave_engine(self) -> None:
        """Forget an engine on which nothing was computed yet."""
        with self._lock:
            if self._engine is not None:
                self._engine.stop()
            self._engine = self._known = None

    def _idle_engine(self, name: EngineName) -> DataEngine:
        """An engine that is not started, for a plan without tables."""
        from plait.engines import routing

        return self._engine or routing.make_engine(name, self.settings, self._staging().path)

    def _run_plan(self, plan: Plan, scope: Scope, file: str, emit: Emit) -> None:
        from plait.runtime.run import run_plan

        prepared = self._with_engine(plan, scope, file)
        run_plan(self._context(prepared, emit, threading.Event()), file)
        self._scope = scope

    def _cross(self, ref: TableRef) -> RayTable:
        """The table on Ray's side, by the same exchange step that a script would take."""
        known = self._known_state()
        there = TableRef(ref.name, ref.version, "ray")
        if there not in known.crossed:
            self._exchange(ref, there, "ray", "asked for by to_ray()")
        return known.crossed[there]

    def _exchange(self, source: TableRef, target: TableRef, to: Side, why: str) -> None:
        from plait.plan.steps import Exchange

        span = Span("<python>", 1, 1)
        step = Exchange(
            id=1, span=span, inputs=(source,), outputs=(target,), to=to, method="auto", why=why
        )
        self._run_plan(Plan((step,)), self._scope, "<python>", _ignore)

    def _result(self, context: RunContext, plan: Plan) -> RunResult:
        made = {ref.name: Table(ref.name, self, ref) for ref in self._scope.tables.values()}
        last = next((s.inputs[0] for s in reversed(plan.steps) if isinstance(s, Preview)), None)
        table = Table(last.name, self, last) if last is not None else None
        return RunResult(context.run, table, made)

    def _guarded(self, work: Callable[[], Result]) -> Result:
        """Errors of the engine's client as errors of plait."""
        try:
            return work()
        except PlaitError:
            raise
        except Exception as error:
            if self._engine is None:
                raise
            raise self._engine.translate(error) from error


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


def _run_id() -> str:
    return uuid.uuid4().hex[:12]


def _ignore(_: Event) -> None:
    """Nobody listens."""


def _one_at_a_time(on_event: Callable[[Event], None]) -> Emit:
    lock = threading.Lock()

    def emit(event: Event) -> None:
        with lock:
            on_event(event)

    return emit

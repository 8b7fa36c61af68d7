"""One user's names, engines and lake: what every entry point calls."""

from __future__ import annotations

import atexit
import threading
import uuid
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from plait.errors import BindError, Span, UsageError, suggestion
from plait.events import ignore, numbered
from plait.history.store import History
from plait.lang.parser import parse
from plait.lang.statements import Name, Select
from plait.lang.template import Variable
from plait.plan import explain as explaining
from plait.plan.planner import plan as make_plan
from plait.plan.scope import Scope
from plait.plan.sql_analysis import is_query
from plait.plan.steps import Code, Plan, Preview, TableRef
from plait.settings import Settings, load_settings
from plait.table import RunResult, Table

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa
    from pyspark.sql.connect.dataframe import DataFrame
    from pyspark.sql.connect.session import SparkSession

    from plait.catalog.base import Catalog
    from plait.events import OnEvent
    from plait.exchange.ray_table import RayTable
    from plait.models.manifest import ModelVersion
    from plait.runtime.resources import Resources
    from plait.runtime.state import TableRegistry
    from plait.runtime.workspace import Prepared, Run
    from plait.storage.paths import AnyPath

_SHOWN_TABLES = 50
ExplainFormat = Literal["text", "json", "mermaid"]


class Session:
    """Names, variables and engines of one user; use it as a context manager.

    The data engine starts with the first table, Ray with the first step that trains or
    predicts; both end with `close()`.
    """

    def __init__(self, settings: Settings) -> None:
        from plait.runtime.workspace import Workspace

        self._workspace = Workspace(settings)

    @property
    def resources(self) -> Resources:
        """The engines, the catalog and the staging folder."""
        return self._workspace.resources

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

    # --- what every entry point calls -----------------------------------------------------

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
                notes = (*decision.reasons, *map(str, prepared.plan.remarks))
                return explaining.as_text(prepared.plan, decision.engine, notes)
            case "json":
                return explaining.as_json(prepared.plan, decision.engine, decision.reasons)
            case "mermaid":
                return explaining.as_mermaid(prepared.plan, decision.engine)

    def check(
        self,
        text: str,
        file: str = "<script>",
        variables: Mapping[str, str] | None = None,
        *,
        on_event: OnEvent | None = None,
    ) -> Plan:
        """Everything that can be known to be wrong without running: text, names, options,
        sources, targets, resources, environments, and the SQL by the engine's own analysis.

        Environments are resolved and not built.

        on_event: called with what is likely a mistake, as warnings (`Notice`).
        Raises ScriptError (or the error of what the script names).
        """
        emit = numbered("check", on_event or ignore)
        with self._workspace.running(emit) as run:
            prepared = self._prepared(text, file, variables, run.names.copy())
            self._workspace.check(run, prepared)
        return prepared.plan

    def define(self, plan: Plan, file: str = "<script>") -> None:
        """Check a plan and define its tables in the engine; nothing is computed or written.

        Raises what `check` raises.
        """
        with self._workspace.running(ignore) as run:
            self._tables.keep(ref for step in plan.steps for ref in step.outputs)
            self._workspace.define(run, plan, file)

    def run(
        self,
        text: str,
        file: str = "<script>",
        variables: Mapping[str, str] | None = None,
        *,
        on_event: OnEvent | None = None,
        cancel: threading.Event | None = None,
    ) -> RunResult:
        """Run a script. Its names are the session's afterwards, if it succeeded.

        Its events are kept in the cache (`runs_kept` says how many runs), for `plait runs`.
        on_event: called with every event in its `Envelope`, from several threads but never at
        once.
        cancel: set it to cancel. Raises PlaitError.
        """
        if self.settings.ray.jobs is not None:
            raise UsageError(
                "these settings send runs to a Jobs endpoint (ray.jobs), and a session runs here",
                hint=f"plait run {file}, or plait.remote.submit.submit()",
            )
        run_id = uuid.uuid4().hex[:12]
        with History.of(self.settings).recording(on_event) as keep:
            emit = numbered(run_id, keep)
            with self._workspace.running(emit, cancel, run_id) as run:
                prepared = self._prepared(text, file, variables, run.names.copy())
                models = self._workspace.run(run, prepared)
                return self._result(run_id, prepared, models)

    def perform(
        self,
        plan: Plan,
        file: str = "<script>",
        *,
        on_event: OnEvent | None = None,
    ) -> None:
        """Check and run a plan as it is; its tables are the engine's afterwards, by their refs.

        on_event: as for `run`. Raises PlaitError.
        """
        run_id = uuid.uuid4().hex[:12]
        with self._workspace.running(numbered(run_id, on_event or ignore), None, run_id) as run:
            self._tables.keep(ref for step in plan.steps for ref in step.outputs)
            self._workspace.perform(run, plan, file)

    def give(self, ref: TableRef, rows: pa.Table) -> None:
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
        name = "query"
        span = Span("<sql>", 1, 1, len(query.split("\n")[0]), query.split("\n")[0])
        statement = Select(sql=query, table=Name(name, span), span=span)
        with self._workspace.running(ignore) as run:
            scope = run.names.copy()
            scope.read_lake(self.catalog, self.resources.lake_root)
            plan = make_plan([statement], scope)
            steps = tuple(s for s in plan.steps if not isinstance(s, Preview))
            plan = replace(plan, steps=steps)
            self._workspace.perform(run, plan, "<sql>")
            return self._table(name, scope.tables[name])

    def table(self, name: str) -> Table:
        """A table of the session or, as `db.table`, of the lake. Raises BindError."""
        if not isinstance(name, str):
            raise UsageError("a table's name is text")
        with self._workspace.running(ignore) as run:
            names = run.names
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

    @property
    def tables(self) -> tuple[str, ...]:
        """The names of the session's tables, and of the lake's as `database.table`."""
        names = self._tables.names()
        names.read_lake(self.catalog, self.resources.lake_root)
        return (*names.tables, *sorted(names.lake))

    @property
    def variables(self) -> Mapping[str, str]:
        """The variables that the session's runs have set."""
        return {name: code.text for name, code in self._tables.names().values.items()}

    def from_pandas(self, frame: pd.DataFrame, name: str) -> Table:
        """A pandas frame as a table `name` of this session; its index is left out.

        Timestamps without a time zone are moments in the session's, as in PySpark, and categories
        are text. Raises UsageError for what cannot be a table, naming the column.
        """
        from plait.data.local_rows import of_pandas

        return self._take(of_pandas(frame, self.settings.time_zone), name)

    def from_arrow(self, data: pa.Table | Any, name: str) -> Table:
        """Arrow rows as a table `name` of this session.

        data: a table, batch or reader, or whatever gives an Arrow stream, such as a Polars
        frame. Types that Spark lacks become the next wider ones (unsigned integers,
        dictionaries, half floats); raises UsageError where there is none.
        """
        from plait.data.local_rows import of_arrow

        return self._take(of_arrow(data), name)

    def register(self, name: str, frame: DataFrame) -> Table:
        """A DataFrame of `session.spark` as a table `name` of this session.

        It is computed when something reads it. Raises UsageError for a DataFrame of another
        Spark session.
        """
        return self._bound(name, lambda _, ref: self._workspace.register(ref, frame))

    def from_ray(self, data: RayTable | Any, name: str) -> Table:
        """What Ray holds as a table `name` of this session: rows go to the executors directly.

        data: a `ray.data.Dataset`, or what `Table.to_ray()` gave. The table can be read as
        long as the session lives. Raises UsageError for anything else.
        """
        from plait.exchange.ray_table import ray_table

        there = ray_table(data, _table_name(name))

        def take(run: Run, ref: TableRef) -> None:
            self._tables[ref].on_ray = there
            self._workspace.exchange(run, ref, "data", "asked for by from_ray()")

        return self._bound(name, take)

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
        with self._tables.binding:
            self.resources.guarded(lambda: catalog.register(session, catalog.names()))
        return session

    @property
    def catalog(self) -> Catalog:
        """The databases and tables of the lake, or of the metastore in `spark.metastore`."""
        return self.resources.catalog

    @property
    def closed(self) -> bool:
        """Whether the session was closed."""
        return self.resources.closed

    def close(self) -> None:
        """End both engines and remove the session's staging folder; safe to call twice."""
        self.resources.close()

    @property
    def _engine_state(self) -> str:
        return "closed" if self.closed else self.resources.running or "not started"

    def __repr__(self) -> str:
        return f"Session(lake={self.settings.lake!r}, engine={self._engine_state})"

    def _repr_html_(self) -> str:
        from plait.console.html import facts

        return facts(
            "plait session",
            (
                ("engine", self._engine_state),
                ("lake", self.settings.lake),
                ("tables", ", ".join(self.tables[:_SHOWN_TABLES])),
                ("variables", ", ".join(self.variables)),
            ),
        )

    # --- inside ---------------------------------------------------------------------------

    @property
    def _tables(self) -> TableRegistry:
        return self._workspace.tables

    def _prepared(
        self, text: str, file: str, variables: Mapping[str, str] | None, scope: Scope
    ) -> Prepared:
        if not isinstance(text, str):
            raise UsageError("a script is text")
        variables = {name: str(value) for name, value in (variables or {}).items()}
        scope.read_lake(self.catalog, self.resources.lake_root)
        earlier = {name: _earlier(code) for name, code in scope.values.items()}
        for name, value in variables.items():
            scope.values[name] = Code(name, value, f"--var {name}", 1)
        script = parse(text, file, variables, earlier)
        plan = make_plan(script.statements, scope)
        prepared = self._workspace.decided(plan, scope, file)
        from plait.exchange.estimates import with_expectations
        from plait.exchange.strategy import client_limit_bytes

        limit = client_limit_bytes(self.settings.exchange)
        plan = with_expectations(prepared.plan, limit, prepared.sources)
        return replace(prepared, plan=plan)

    def _take(self, rows: pa.Table, name: str) -> Table:
        return self._bound(name, lambda run, ref: self._workspace.take(run, ref, rows))

    def _bound(self, name: str, make: Callable[[Run, TableRef], None]) -> Table:
        """A table that `make` has made under a new binding of `name`. Raises UsageError."""
        with self._workspace.running(ignore) as run:
            scope = run.names.copy()
            table = self._table(name, ref := scope.bind(_table_name(name)))
            make(run, ref)
            self._tables.merge(run.names, scope)
            return table

    def _table(self, name: str, ref: TableRef) -> Table:
        return Table(name, self._workspace, self._tables.handle(ref))

    def _result(self, run: str, prepared: Prepared, models: tuple[ModelVersion, ...]) -> RunResult:
        made = {ref.name: self._table(ref.name, ref) for ref in prepared.scope.tables.values()}
        shown = (s.inputs[0] for s in reversed(prepared.plan.steps) if isinstance(s, Preview))
        last = next(shown, None)
        shown_last = None if last is None else self._table(last.name, last)
        return RunResult(run, shown_last, made, models)


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


_default: Session | None = None
_making = threading.Lock()


def default_session() -> Session:
    """The session of this process for whoever opens none: made on first use, with the settings
    of plait.toml and the environment, and closed when Python ends. Raises UsageError.
    """
    global _default
    with _making:
        if _default is None or _default.closed:
            _default = connect()
            atexit.register(_default.close)
        return _default


def sql(query: str) -> Table:
    """A table defined by one Spark SQL query, in the default session. Raises PlaitError."""
    return default_session().sql(query)


def _earlier(code: Code) -> Variable:
    """A variable that the session has of an earlier run."""
    line = code.first_line
    return Variable(code.text, line, Span(code.file, line, 1), code.file, earlier=True)


def _table_name(name: str) -> str:
    """The name that a table of Python gets. Raises UsageError."""
    if not isinstance(name, str) or not name.isidentifier():
        raise UsageError(f"a table's name has letters, digits and _ only, unlike {name!r}")
    return name

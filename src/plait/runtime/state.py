"""What the steps of one run share, and what a session knows of its tables."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, TypeVar
from weakref import WeakValueDictionary

from plait.catalog.base import Catalog
from plait.catalog.sources import Sources
from plait.data.commit import RunFolder
from plait.data.tables import KeptNames
from plait.engines.base import DataEngine, guarded
from plait.events import Emit
from plait.plan.scope import Scope
from plait.plan.steps import Exchange, Plan, Step, TableRef
from plait.runtime.environments import EnvironmentPool
from plait.runtime.order import Order
from plait.settings import Settings
from plait.storage.credentials import Storage

if TYPE_CHECKING:
    import pyarrow as pa

    from plait.compute.cluster import Cluster
    from plait.data.writer import Written
    from plait.exchange.direct import Direct
    from plait.exchange.ray_table import RayTable
    from plait.models.manifest import ModelVersion

Result = TypeVar("Result")


@dataclass(slots=True)
class TableRecord:
    """What is known of one table, on both sides of an exchange.

    views: how often its view was made in the data engine; 0 where the engine has none.
    over: the tables that the view reads, each with its own `views` at that time.
    folder: where it lies in the lake as Parquet, a path or a URL. on_ray: the table on Ray's
    side. exchange: the step that carried it there. made_by: the step by which the engine has it.
    lost: whether the process went that had its view. local: the rows of a small table that this
    process has, such as a training's result. offers: under which names receivers offer its
    blocks to executors.
    """

    ref: TableRef
    views: int = 0
    lost: bool = False
    made_by: Step | None = None
    over: dict[TableRef, int] = field(default_factory=dict)
    folder: str | None = None
    on_ray: RayTable | None = None
    exchange: Exchange | None = None
    local: pa.Table | None = None
    offers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, weakref_slot=True)
class TableHandle:
    """Keeps one table from being released, as long as somebody holds it."""

    ref: TableRef


class TableRegistry:
    """The names of a session and what is known of its tables. Safe for several threads.

    A table can be reached by a name of the session, by a handle, by a run that goes on, or
    through the view of another table that can be reached. What nobody can reach any more is
    forgotten when a run ends, and handed to whoever has to release it.

    binding: held while names are bound in the engine's session, which all runs share.
    kept: the names that are bound there.
    """

    def __init__(self) -> None:
        self.binding = threading.RLock()
        self.kept = KeptNames()
        self._lock = threading.RLock()
        self._names = Scope()
        self._records: dict[TableRef, TableRecord] = {}
        self._handles: WeakValueDictionary[TableRef, TableHandle] = WeakValueDictionary()
        self._kept: set[TableRef] = set()
        self._runs: dict[str, set[TableRef]] = {}
        self._conf: dict[str, str] = {}
        self._conf_lost: dict[str, str] = {}

    @contextlib.contextmanager
    def keeping_names(self, engine: DataEngine) -> Iterator[None]:
        """Names stay bound from one query to the next while the block runs."""
        with self.binding:
            self.kept.blocks += 1
        try:
            yield
        finally:
            with self.binding:
                self.kept.blocks -= 1
                if self.kept.views and not self.kept.blocks:
                    with contextlib.suppress(Exception):  # an engine that is gone has no names
                        self.kept.drop(engine.session())
                    self.kept.views.clear()

    # --- names and runs -------------------------------------------------------------------

    def names(self) -> Scope:
        """The session's names now, as a copy to plan on."""
        with self._lock:
            return self._names.copy()

    def begin(self, run: str) -> Scope:
        """The session's names for a run; their tables stay until it ends."""
        with self._lock:
            self._runs[run] = set(self._names.tables.values())
            return self._names.copy()

    def use(self, run: str, plan: Plan) -> None:
        """The tables of a plan stay until the run ends."""
        with self._lock:
            for step in plan.steps:
                self._runs[run].update(map(_binding, (*step.inputs, *step.outputs)))

    def merge(self, before: Scope, after: Scope) -> None:
        """Take over what a run that succeeded has bound: `after` as against `before`."""
        with self._lock:
            self._names.merge(before, after)

    def keep(self, refs: Iterable[TableRef]) -> None:
        """Keep tables as long as the session lives: they left it, so nobody sees their end."""
        with self._lock:
            self._kept.update(map(_binding, refs))

    def handle(self, ref: TableRef) -> TableHandle:
        """What keeps a table from being released while it is held."""
        ref = _binding(ref)
        with self._lock:
            found = self._handles.get(ref)
            if found is None:
                found = self._handles[ref] = TableHandle(ref)
            return found

    def end(self, run: str) -> list[TableRecord]:
        """End a run; what was known of the tables that nobody can reach any more."""
        with self._lock:
            self._runs.pop(run, None)
            todo = {*self._names.tables.values(), *self._handles, *self._kept}
            todo.update(*self._runs.values())
            reached = set[TableRef]()
            while todo:
                ref = todo.pop()
                reached.add(ref)
                if ref in self._records:
                    todo.update(self._records[ref].over.keys() - reached)
            ended = [self._records.pop(ref) for ref in self._records.keys() - reached]
            folders = {record.folder for record in self._records.values()}
            for record in ended:  # two tables can lie in one folder
                record.folder = None if record.folder in folders else record.folder
            return ended

    def alone(self, run: str) -> bool:
        """Whether no other run goes on."""
        with self._lock:
            return not self._runs.keys() - {run}

    def forget_views(self) -> None:
        """The engine that had them is gone, or another takes its place."""
        with self._lock:
            self.kept.views.clear()
            self._conf_lost = dict(self._conf)
            for record in self._records.values():
                record.lost = record.lost or record.views > 0
                record.views = 0

    def lost(self) -> bool:
        """Whether there are views or settings that an engine had which is gone."""
        with self._lock:
            return bool(self._conf_lost) or any(one.lost for one in self._records.values())

    def note_conf(self, key: str, value: str) -> None:
        """Note a setting that a script has made in the engine's session."""
        with self._lock:
            self._conf[key] = value

    def conf_lost(self) -> dict[str, str]:
        """The settings that went with an engine; they are taken to be made again now."""
        with self._lock:
            lost, self._conf_lost = self._conf_lost, {}
            return lost

    # --- what is known of a table ---------------------------------------------------------

    def __getitem__(self, ref: TableRef) -> TableRecord:
        """What is known of a table; a new record if it is nothing yet."""
        ref = _binding(ref)
        with self._lock:
            found = self._records.get(ref)
            if found is None:
                found = self._records[ref] = TableRecord(ref)
            return found

    def defined(self, ref: TableRef) -> bool:
        """Whether the data engine has a view of the table."""
        return self[ref].views > 0

    def outdated(self, ref: TableRef) -> bool:
        """Whether the view is missing, or reads a table whose view was made anew since."""
        record = self[ref]
        return record.views == 0 or any(
            self[below].views != views for below, views in record.over.items()
        )

    def define(
        self, ref: TableRef, over: Iterable[TableRef] = (), made_by: Step | None = None
    ) -> None:
        """Note that the view of a table was made, over these tables, by a Read or a Query."""
        record = self[ref]
        record.lost = False
        record.made_by = made_by or record.made_by
        record.over = {_binding(below): self[below].views for below in over}
        record.views += 1

    def on_ray(self, ref: TableRef) -> RayTable:
        """The table on Ray's side, where the plan has carried it."""
        there = self[ref].on_ray
        assert there is not None, f"{ref} was not carried to Ray"
        return there


@dataclass(slots=True)
class RunState:
    """One run; handed to every step's handler, in several threads.

    id: names the run. tables: what the session knows of its tables. notices: what the run's
    report says first, such as why it is on this engine. accepted: the differences between the
    engines that it meets and was told to accept. sources: what the script's loads name, as far as
    it was looked at. order: by which effects wait for their turn. written: what each write step
    left. fitted: the model version that each fit step published. storage: how the stores are
    reached that paths of the script name. preparations: numbers for what is shown as a step and is
    none of the plan's. find_cluster, find_direct: called when the first step needs Ray or a direct
    transfer; a script of SQL alone imports neither.
    """

    id: str
    plan: Plan
    settings: Settings
    engine: DataEngine
    find_cluster: Callable[[], Cluster]
    find_direct: Callable[[], Direct]
    environments: EnvironmentPool
    preparations: Iterator[int]
    catalog: Catalog
    sources: Sources
    folder: RunFolder
    storage: Storage
    tables: TableRegistry
    emit: Emit
    cancel: threading.Event
    notices: tuple[str, ...] = ()
    order: Order | None = None
    accepted: tuple[str, ...] = ()
    written: dict[int, Written] = field(default_factory=dict)
    fitted: dict[int, ModelVersion] = field(default_factory=dict)

    @property
    def cluster(self) -> Cluster:
        """Ray, which starts when a step needs it."""
        return self.find_cluster()

    @property
    def direct(self) -> Direct:
        """Direct transfers, whose receivers start when a table needs them."""
        return self.find_direct()

    def turn(self, step: Step) -> None:
        """Wait until what `step` leaves may be seen. Raises CancelledError."""
        if self.order is not None:
            self.order.wait(step.id)

    def guarded(self, work: Callable[[], Result]) -> Result:
        """Do work with the data engine; its exceptions become errors of plait."""
        return guarded(self.engine, work)

    def staging(self, table: TableRef) -> str:
        """The folder of the lake that this run writes a table into; a path or a URL."""
        return str(self.folder.shared_folder("tables") / f"{self.id}-{table.view}")


def _binding(ref: TableRef) -> TableRef:
    """The table whichever engine holds it."""
    return ref if ref.side == "data" else replace(ref, side="data")

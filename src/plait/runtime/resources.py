"""What a session starts when it is first needed, and ends when it closes."""

from __future__ import annotations

import contextlib
import threading
import uuid
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, TypeVar

from plait.catalog.base import Catalog
from plait.catalog.choice import catalog_of, lake_path
from plait.data.commit import RunFolder, open_run
from plait.engines import routing
from plait.engines.base import DataEngine, EngineName, guarded
from plait.errors import DataError, UsageError
from plait.events import Emit, Notice
from plait.plan.steps import TableRef
from plait.settings import Settings
from plait.storage.credentials import Storage
from plait.storage.listing import entries
from plait.storage.paths import path_of, remove_tree

if TYPE_CHECKING:
    from pyspark.sql.connect.session import SparkSession

    from plait.compute.cluster import Cluster
    from plait.exchange.direct import Direct
    from plait.runtime.state import TableRecord

Result = TypeVar("Result")


class Resources:
    """The data engine, Ray, the catalog and the staging folder of one session.

    Each is made on first use. Safe for several threads.

    on_lost: called when the data engine is made anew, because its process had ended.
    """

    def __init__(self, settings: Settings, on_lost: Callable[[EngineName], None]) -> None:
        self.settings = settings
        self._on_lost = on_lost
        # Held while the session's engine is chosen: a run may still leave the first choice.
        self.choosing = threading.RLock()
        self._lock = threading.RLock()
        self._engine: DataEngine | None = None
        self._cluster: Cluster | None = None
        self._direct: Direct | None = None
        self._catalog: Catalog | None = None
        self._folder: RunFolder | None = None
        self._listeners: dict[str, Emit] = {}
        self._closed = False

    @property
    def closed(self) -> bool:
        """Whether everything was ended."""
        return self._closed

    # --- the data engine ------------------------------------------------------------------

    @property
    def running(self) -> EngineName | None:
        """The engine that the session has for all its life, once there is one."""
        return None if self._engine is None else self._engine.name

    def engine(self, name: EngineName | None = None) -> DataEngine:
        """The data engine, started; `name` chooses it where there is none yet.

        Raises UsageError when the session is closed, SetupError.
        """
        with self._lock:
            if self._closed:
                raise UsageError("the session is closed")
            if self._engine is not None and self._engine.lost:
                name = self._engine.name
                self.leave_engine()
                self._on_lost(name)
            if self._engine is None:
                name = name or routing.default_engine(self.settings)
                self._engine = routing.make_engine(name, self.settings, self.folder.path)
                self._engine.start()
            return self._engine

    def idle_engine(self, name: EngineName) -> DataEngine:
        """An engine that is not started, for a plan without tables."""
        return self._engine or routing.make_engine(name, self.settings, self.folder.path)

    def leave_engine(self) -> None:
        """Forget an engine on which nothing was computed yet, or whose process has ended."""
        with self._lock:
            if self._engine is not None:
                self._engine.stop()
            self._engine = None

    def spark(self) -> SparkSession:
        """The engine's session; starts the engine."""
        engine = self.engine()
        return guarded(engine, engine.session)

    def guarded(self, work: Callable[[], Result]) -> Result:
        """Do work with the data engine; its exceptions become errors of plait."""
        return work() if self._engine is None else guarded(self._engine, work)

    # --- Ray ------------------------------------------------------------------------------

    @property
    def cluster(self) -> Cluster:
        """Ray, which starts when a step needs it."""
        with self._lock:
            if self._cluster is None:
                from plait.compute.cluster import Cluster

                self._cluster = Cluster(self.settings.ray, self.folder.path, self._notify)
            return self._cluster

    @property
    def direct(self) -> Direct:
        """Direct transfers, whose receivers start when a table needs them."""
        with self._lock:
            if self._direct is None:
                from plait.exchange.direct import Direct

                self._direct = Direct(self.cluster, self.settings.exchange)
            return self._direct

    def leave_direct(self) -> None:
        """End the receivers; new ones follow the settings as they are then."""
        with self._lock:
            direct, self._direct = self._direct, None
        if direct is not None:
            direct.stop()

    @contextlib.contextmanager
    def listening(self, run: str, emit: Emit) -> Iterator[None]:
        """What Ray has to say is an event of the run too, as long as the block runs."""
        with self._lock:
            self._listeners[run] = emit
        try:
            yield
        finally:
            with self._lock:
                del self._listeners[run]

    def _notify(self, text: str) -> None:
        for emit in list(self._listeners.values()):
            emit(Notice(text))

    # --- the lake -------------------------------------------------------------------------

    @property
    def storage(self) -> Storage:
        """How stores are reached."""
        return Storage.of(self.settings.storage)

    @property
    def catalog(self) -> Catalog:
        """The databases and tables of the lake, or of the metastore in `spark.metastore`."""
        with self._lock:
            if self._catalog is None:
                self._catalog = catalog_of(self.settings, self.engine)
            return self._catalog

    @property
    def folder(self) -> RunFolder:
        """The session's staging folder in the lake. Raises DataError."""
        with self._lock:
            if self._folder is None:
                lake = lake_path(self.settings)
                run = uuid.uuid4().hex[:12]
                try:
                    self._folder = open_run(lake, self.settings.lake_path, run, self.storage)
                except OSError as error:
                    raise DataError(
                        f"the lake '{lake}' cannot be written: {error.strerror or error}",
                        hint="choose another folder: --lake DIR",
                    ) from error
            return self._folder

    @property
    def lake_root(self) -> str | None:
        """Where the tables of the catalog lie; None for those of a metastore."""
        return self.settings.lake if self.settings.spark.metastore is None else None

    # --- the end --------------------------------------------------------------------------

    def drop_view(self, table: TableRef) -> None:
        """Drop the view of a table that nobody can reach any more, if the engine has it."""
        if self._engine is not None and self._engine.started:
            with contextlib.suppress(Exception):  # it goes with the session otherwise
                self._engine.session().catalog.dropTempView(table.view)

    def release(self, records: Iterable[TableRecord]) -> None:
        """Let go of the data of tables that nobody can reach any more.

        What receivers or a store do not let go now, goes with the session.
        """
        for record in records:
            if record.offers and self._direct is not None:
                self._direct.withdraw(record.offers)
            if record.folder is not None:
                remove_tree(path_of(record.folder, self.storage))

    def remove_staged(self, run: str) -> None:
        """Remove the tables that a run has computed into the lake, whole or half."""
        with contextlib.suppress(OSError):  # what stays goes with the session
            for folder in entries(self.folder.shared_folder("tables")):
                if folder.name.startswith(f"{run}-"):
                    remove_tree(folder)

    def close(self) -> None:
        """End both engines and remove the staging folder; safe to call twice."""
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

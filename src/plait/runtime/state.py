"""What the steps of one run share: the engines, the lake, and what is known so far."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeVar

from plait.catalog.base import Catalog
from plait.data.commit import RunFolder
from plait.data.sources import Sources
from plait.engines.base import DataEngine
from plait.errors import PlaitError
from plait.events import Emit
from plait.plan.steps import Exchange, Plan, TableRef
from plait.runtime.environments import EnvironmentPool
from plait.settings import Settings
from plait.storage.credentials import Storage

if TYPE_CHECKING:
    import pyarrow as pa

    from plait.compute.cluster import Cluster
    from plait.data.writer import Written
    from plait.exchange.direct import Direct
    from plait.exchange.ray_table import RayTable

Result = TypeVar("Result")


@dataclass(slots=True)
class Known:
    """What earlier steps left, kept as long as the session lives.

    folders: tables that lie in the lake as Parquet, by path or URL. crossed: tables on Ray's side;
    crossings: the step by which each went there.
    held: small tables of the client, such as a training's result. defined: tables whose
    view the data engine has; stale: those whose view was made anew, so that what was
    defined over them has to be too. written: what each write step of this run left.
    fitted: the model version that each fit step of this run published.
    """

    folders: dict[TableRef, str] = field(default_factory=dict)
    crossed: dict[TableRef, RayTable] = field(default_factory=dict)
    crossings: dict[TableRef, Exchange] = field(default_factory=dict)
    held: dict[TableRef, pa.Table] = field(default_factory=dict)
    defined: set[TableRef] = field(default_factory=set)
    stale: set[TableRef] = field(default_factory=set)
    written: dict[int, Written] = field(default_factory=dict)
    fitted: dict[int, int] = field(default_factory=dict)


@dataclass(slots=True)
class RunContext:
    """Handed to every step's handler; handlers may run in several threads.

    notices: what the run's report says first, such as why it is on this engine. sources: what the
    script's loads name, as far as it was looked at. storage: how the stores are reached that
    paths of the script name.
    """

    run: str
    plan: Plan
    settings: Settings
    engine: DataEngine
    cluster: Cluster
    direct: Direct
    environments: EnvironmentPool
    catalog: Catalog
    sources: Sources
    folder: RunFolder
    known: Known
    emit: Emit
    cancel: threading.Event
    lock: threading.RLock = field(default_factory=threading.RLock)
    notices: tuple[str, ...] = ()
    storage: Storage = field(init=False)

    def __post_init__(self) -> None:
        self.storage = Storage.of(self.settings.storage)

    def guarded(self, work: Callable[[], Result]) -> Result:
        """Do work with the data engine; its exceptions become errors of plait."""
        try:
            return work()
        except PlaitError:
            raise
        except Exception as error:
            raise self.engine.translate(error) from error

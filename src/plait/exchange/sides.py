"""What every transfer of a run uses: both engines and what is between them."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from plait.engines.base import DataEngine, guarded
from plait.events import Emit
from plait.settings import ExchangeSettings
from plait.storage.credentials import Storage

if TYPE_CHECKING:
    from pyspark.sql.connect.session import SparkSession

    from plait.compute.cluster import Cluster
    from plait.exchange.direct import Direct

Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class Sides:
    """The data engine, Ray, and what is between them. storage: how the lake is reached."""

    engine: DataEngine
    cluster: Cluster
    direct: Direct
    storage: Storage
    settings: ExchangeSettings
    emit: Emit
    cancel: threading.Event

    @property
    def spark(self) -> SparkSession:
        """The data engine's session."""
        return self.engine.session()

    def guarded(self, work: Callable[[], Result]) -> Result:
        """Do work with the data engine; its exceptions become errors of plait."""
        return guarded(self.engine, work)

    def wait_for_ray(self) -> float:
        """Start Ray unless it runs; the seconds until it could be used."""
        began = time.monotonic()
        self.cluster.start()
        return time.monotonic() - began

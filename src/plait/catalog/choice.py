"""Which catalog the settings name."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from plait.catalog.base import Catalog
from plait.catalog.hive import MetastoreCatalog
from plait.catalog.lake import LakeCatalog
from plait.errors import UsageError
from plait.storage.credentials import Storage
from plait.storage.paths import AnyPath, is_store, path_of

if TYPE_CHECKING:
    from plait.engines.base import DataEngine
    from plait.settings import Settings


def catalog_of(settings: Settings, engine: Callable[[], DataEngine]) -> Catalog:
    """The metastore in `spark.metastore`, else the lake.

    engine: gives the Spark that knows the metastore; the first question starts it.
    Raises UsageError for a lake that is neither a folder nor in a store.
    """
    if settings.spark.metastore is not None:
        return MetastoreCatalog(engine)
    return LakeCatalog(lake_path(settings))


def lake_path(settings: Settings) -> AnyPath:
    """The lake's root, here or in a store. Raises UsageError for what is neither."""
    if not settings.lake_remote:
        return settings.lake_path
    if not is_store(settings.lake):
        raise UsageError(
            f"the lake '{settings.lake}' is neither a folder nor at s3a:// or hdfs://"
        )
    return path_of(settings.lake, Storage.of(settings.storage))

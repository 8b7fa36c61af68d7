"""The sources of a script's loads: paths are looked up in stores, tables in the catalog."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from plait.catalog.base import Catalog, CatalogTable
from plait.data.reader import FileTable
from plait.data.sources import ResolvedSource, check, resolve
from plait.errors import PlaitError
from plait.plan.locations import PathTarget, TableTarget

if TYPE_CHECKING:
    from plait.plan.steps import Read
    from plait.storage.credentials import Storage


class Sources:
    """Each load's source, looked up once and kept: a listing in a store is many requests.

    A load of what the same script writes is to be asked for only when that is written.
    """

    def __init__(self, catalog: Catalog, storage: Storage | None = None) -> None:
        self._catalog = catalog
        self._storage = storage
        self._resolved: dict[int, ResolvedSource] = {}
        self._found: dict[int, CatalogTable] = {}

    def find(self, step: Read) -> CatalogTable:
        """What a load reads, after a look at its first files.

        Raises BindError for an unknown table, OptionError for an unknown format, DataError.
        """
        if step.id not in self._found:
            self._found[step.id] = self._look(step)
        return self._found[step.id]

    def size_bytes(self, step: Read) -> int | None:
        """Of a load's files; None where they are not on this machine or cannot be listed."""
        match step.source:
            case TableTarget(name=name):
                return self.table_bytes(name)
            case PathTarget(location=location) as target if not location.scheme:
                with suppress(PlaitError):
                    return self._files(step, target).size_bytes
        return None

    def table_bytes(self, name: str) -> int | None:
        """Of the files of a table of the catalog, as `size_bytes`."""
        with suppress(PlaitError):
            return self._catalog.size_bytes(name)
        return None

    def _look(self, step: Read) -> CatalogTable:
        match step.source:
            case TableTarget(name=name):
                return self._catalog.find(name)
            case PathTarget() as target:
                source = self._files(step, target)
                check(source)
                return FileTable(source)

    def _files(self, step: Read, target: PathTarget) -> ResolvedSource:
        if step.id not in self._resolved:
            self._resolved[step.id] = resolve(target, step.options, self._storage)
        return self._resolved[step.id]

"""The columns of a query, asked of the engine while another one is sent."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from plait.engines.sail.syntax.text import known_to_sail

if TYPE_CHECKING:
    from pyspark.sql.connect.session import SparkSession


class Clauses:
    """Writes queries with the clauses that Sail has, for one session."""

    def __init__(self) -> None:
        self._own = threading.local()

    def written(self, sql: str, session: SparkSession) -> str:
        """`sql` as Sail knows it. Raises CapabilityError where that cannot be done."""
        if self._own.__dict__.get("asking"):
            return sql
        return known_to_sail(sql, lambda query: self._columns(query, session))

    def _columns(self, sql: str, session: SparkSession) -> tuple[str, ...] | None:
        from pyspark.errors import PySparkException

        self._own.asking = True
        try:
            return tuple(session.sql(sql).schema.names)
        except PySparkException:
            return None
        finally:
            self._own.asking = False

"""The types of a session's tables, asked of the engine while one of its queries is sent."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from plait.engines.sail.differences.model import read
from plait.engines.sail.differences.numbers import divides_decimals, mixes_branches, mixes_rows
from plait.engines.sail.syntax.session import Clauses
from plait.engines.sail.typed.repair import fitted
from plait.errors import CapabilityError

if TYPE_CHECKING:
    from pyspark.sql.connect.session import SparkSession
    from pyspark.sql.types import DataType

    from plait.engines.sail.typed.scopes import Columns

_REMEMBERED = 1000


class Types:
    """Fits queries to a session, one of its threads at a time or several.

    A query is sent when it is made and again for its view; meanwhile nothing changes, so that
    it is fitted once. What was made is remembered by itself: Sail sends it back.
    """

    def __init__(self) -> None:
        self._made: dict[str, None] = {}
        self._own = threading.local()
        self._clauses = Clauses()

    def forget(self) -> None:
        """What tables the session has may have changed."""
        self._own.found = {}

    def fitted(self, sql: str, session: SparkSession) -> str:
        """`sql` with the clauses that Sail has, and the casts by which it gives Spark's types.

        Raises CapabilityError where they matter, or may by what the text shows, and cannot be
        mended.
        """
        if sql in self._made or self._own.__dict__.get("asking"):
            return sql
        found: dict[str, str] = self._own.__dict__.setdefault("found", {})
        if sql not in found:
            found[sql] = self._fitted(self._clauses.written(sql, session), session)
        return found[sql]

    def _fitted(self, sql: str, session: SparkSession) -> str:
        result = fitted(
            sql, lambda name: _columns(session, name), lambda value: self._kind(session, value)
        )
        if result.wrong or result.unsure or (not result.read and _shows(sql)):
            about = "; ".join(result.wrong) or "decimals, or numbers of several types together"
            raise CapabilityError(
                f"Sail has another type or value than Spark here: {about}",
                engine="sail",
                hint="cast the values to the type that the result shall have, or use "
                "--engine spark",
            )
        if result.sql != sql:
            self._made[result.sql] = None
            if len(self._made) > _REMEMBERED:
                self._made.pop(next(iter(self._made)))
        return result.sql

    def _kind(self, session: SparkSession, value: str) -> DataType | None:
        """The type that the engine itself gives an expression."""
        from pyspark.errors import PySparkException

        self._own.asking = True
        try:
            return session.sql(f"select {value} as x").schema[0].dataType
        except PySparkException:
            return None
        finally:
            self._own.asking = False


def _columns(session: SparkSession, name: str) -> Columns | None:
    from pyspark.errors import PySparkException

    try:
        return tuple((field.name, field.dataType) for field in session.table(name).schema)
    except PySparkException:
        return None


def _shows(sql: str) -> bool:
    """Whether the text shows that types matter to it."""
    text = read(sql)
    return divides_decimals(text) or mixes_branches(text) or mixes_rows(text)

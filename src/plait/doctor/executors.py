"""Spark's executors: their Python, their clocks, and whether they reach Ray's nodes."""

from __future__ import annotations

import platform
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from plait.doctor.checks import clock_skew, refuse_old_pyarrow
from plait.errors import PlaitError, SetupError
from plait.settings import Settings

if TYPE_CHECKING:
    from pyspark.sql.connect.session import SparkSession

    from plait.engines.base import DataEngine
    from plait.worker.messages import ExecutorFacts

_PARTITIONS = 8


def executors(
    engine: DataEngine,
    settings: Settings,
    listeners: Sequence[tuple[str, int]],
    skews: dict[str, float],
) -> str:
    """Ask the executors about themselves; what they answer, in one sentence.

    listeners: address and port of each Ray node. skews: takes the seconds by which each
    executor's clock is ahead. Raises SetupError, and what the engine raises.
    """
    began = time.time()
    try:
        rows = _ask(engine.session(), listeners, settings.exchange.reach_timeout)
    except Exception as problem:
        error = problem if isinstance(problem, PlaitError) else engine.translate(problem)
        error.hint = error.hint or (
            f"the executors need a Python of this minor version ({platform.python_version()}) "
            f"with pyarrow: {engine.python_setting or 'spark.python'} names it"
        )
        raise error from None
    ended = time.time()
    for row in rows:
        skews[f"executor on {row['host']}"] = clock_skew(began, row["at"], ended)
    refuse_old_pyarrow((f"executor on {row['host']}", row["pyarrow"]) for row in rows)
    unreached = sorted({f"{row['host']}: {row['unreached']}" for row in rows if row["unreached"]})
    if unreached:
        raise SetupError(
            "executors do not reach Ray's nodes, so tables are transferred through the lake",
            cause="\n".join(unreached),
            hint="open the ports between both clusters, or leave it at exchange.method=lake",
        )
    found = {(row["host"], row["python"], row["pyarrow"]) for row in rows}
    words = ", ".join(f"{h}: Python {p}, pyarrow {a}" for h, p, a in sorted(found))
    return f"{words}; they reach {len(listeners)} Ray nodes" if listeners else words


def _ask(
    spark: SparkSession, listeners: Sequence[tuple[str, int]], timeout_seconds: float
) -> list[ExecutorFacts]:
    # Defined here, so that it goes to the executors as code: they have no plait.
    def ask(batches: Any) -> Any:
        import platform
        import socket
        import time

        import pyarrow as pa

        at = time.time()
        for _ in batches:
            pass
        unreached = []
        for address in listeners:
            try:
                socket.create_connection(address, timeout=timeout_seconds).close()
            except OSError as problem:
                unreached.append(f"{address[0]}:{address[1]} ({problem})")
        yield pa.RecordBatch.from_pydict(
            {
                "host": [socket.gethostname()],
                "python": [platform.python_version()],
                "pyarrow": [pa.__version__],
                "at": [at],
                "unreached": [", ".join(unreached)],
            }
        )

    schema = "host string, python string, pyarrow string, at double, unreached string"
    asked = spark.range(0, _PARTITIONS, 1, _PARTITIONS).mapInArrow(ask, schema)
    rows: list[ExecutorFacts] = asked.toArrow().to_pylist()
    return rows

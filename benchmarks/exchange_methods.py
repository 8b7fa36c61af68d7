"""Every method that is measured, each one as a call that returns the seconds it took."""

from __future__ import annotations

import contextlib
import gc
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.by_hand import exchange_sink as sink
from benchmarks.exchange_data import Data
from benchmarks.measure import python

if TYPE_CHECKING:
    import pyarrow as pa

    from plait.exchange.ray_table import RayTable
    from plait.session import Session
    from plait.table import Table

# `createDataFrame` is given ever more, from so many bytes on, as long as it may take so long.
_FIRST_BYTES = 25_000_000
_CREATE_SECONDS = 12.0
# A JVM's heap keeps all that was ever sent so: more of it, and it only collects garbage.
_MOST_IN_JAVA = 50_000_000
# What one object has that is put into Ray's store only to have its memory used once.
_TOUCH_BYTES = 256 * 2**20
_TOUCHED = 0.7  # of the store: from 0.8 on Ray spills
_PARTS = 100

Facts = dict[str, Any]
Measure = Callable[[], Facts]


@dataclass(slots=True)
class Bench:
    """One session on one engine, and what the methods need beside it."""

    session: Session
    folder: Path
    sink_port: int
    _made: int = 0
    _there: dict[str, RayTable] = field(default_factory=dict)

    def frame(self, data: Data, partitions: int | None = None) -> Any:
        """The files as a DataFrame of the engine."""
        df = self.session.spark.read.parquet(data.folder)
        return df if partitions is None else df.coalesce(partitions)

    def table(self, df: Any) -> Table:
        """Any DataFrame as a table of the session, under a name of its own."""
        table = self.session.sql("select 1 as one")
        df.createOrReplaceTempView(table._handle.ref.view)
        return table

    @property
    def streams(self) -> bool:
        """Whether the engine is Sail, and not one in Java."""
        return self.session.settings.engine == "sail"

    def name(self, what: str) -> str:
        """A name that was not used before."""
        self._made += 1
        return f"{what}_{self._made}"

    def use(self, key: str, value: object) -> None:
        """Change a setting of the exchange in the running session."""
        from plait.settings import with_setting

        self.session.settings = with_setting(self.session.settings, key, value, "benchmark")
        made = key in ("exchange.receivers", "exchange.shared_memory")
        if made:
            self.session.resources.leave_direct()  # receivers are made again, as is now asked for

    def forget(self) -> None:
        """Let go of every table that crossed; a session keeps them as long as it lives."""
        for record in self.session._workspace.tables._records.values():
            if record.folder is not None:
                shutil.rmtree(record.folder, ignore_errors=True)
            record.on_ray = record.exchange = record.local = record.folder = None
        self._there.clear()
        gc.collect()

    def touch_store(self) -> None:
        """Use most memory of Ray's object store once, and let it go.

        The system gives a page when it is first written, which can take longer than all else
        that is measured, and would fall on whichever method comes first.
        """
        import numpy as np
        import ray

        size = ray.available_resources()["object_store_memory"]
        filling = np.zeros(_TOUCH_BYTES, dtype=np.uint8)
        kept = [ray.put(filling) for _ in range(int(size * _TOUCHED) // _TOUCH_BYTES)]
        del kept
        gc.collect()

    # --- what the engine can give ----------------------------------------------------------

    def nothing(self, data: Data, partitions: int | None = None) -> Facts:
        """`mapInArrow` that counts."""
        return self._mapped(data, sink.counting(), partitions)

    def to_sink(self, data: Data, partitions: int | None = None) -> Facts:
        """`mapInArrow` into a bare Flight server of another process."""
        return self._mapped(data, sink.pushing(self.sink_port), partitions)

    def _mapped(self, data: Data, function: Callable[..., Any], partitions: int | None) -> Facts:
        _by_value(sink)
        df = self.frame(data, partitions).mapInArrow(function, sink.COUNTED)
        counted, seconds = _timed(df.toArrow)
        rows = counted.column(0).to_pylist()
        _same(sum(rows), data)
        return {"seconds": seconds, "partitions": len(rows)}

    # --- plait, to Ray ---------------------------------------------------------------------

    def by_socket(self, data: Data) -> Facts:
        """The direct method as it is between machines: by no memory that both see."""
        self.use("exchange.shared_memory", False)
        try:
            self.session.resources.direct.start()
            return self.plait(data, "direct")
        finally:
            self.use("exchange.shared_memory", True)
            self.session.resources.direct.start()

    def plait(self, data: Data, method: str, partitions: int | None = None) -> Facts:
        """`Table.to_ray()` by one method; with what this process grew by meanwhile."""
        self.forget()
        self.use("exchange.method", method)
        table = self.table(self.frame(data, partitions))
        with grown() as growth:
            there, seconds = _timed(table.to_ray)
        _same(there.rows, data)
        if method == "direct" and not there.blocks:
            raise RuntimeError("the direct method was not taken")
        return {"seconds": seconds, "grown": growth[0], "blocks": len(there.blocks)}

    # --- by other means, to Ray ------------------------------------------------------------

    def by_hand(self, data: Data) -> Facts:
        """`toArrow()` and `ray.put`."""
        import ray

        df = self.frame(data)

        def cross() -> Any:
            arrow = df.toArrow()
            return ray.put(arrow), arrow.num_rows

        (_, rows), seconds = _timed(cross)
        _same(rows, data)
        return {"seconds": seconds}

    def by_hand_as_it_comes(self, data: Data) -> Facts:
        """`toArrow()` and `ray.put` on a bare Sail, which sends compressed batches."""
        import ray
        from pysail.spark import SparkConnectServer
        from pyspark.sql.connect.session import SparkSession

        server = SparkConnectServer("127.0.0.1", 0)
        server.start(background=True)
        spark = SparkSession(connection=f"sc://127.0.0.1:{server.listening_address[1]}")
        try:
            df = spark.read.parquet(str(data.folder))

            def cross() -> Any:
                arrow = df.toArrow()
                return ray.put(arrow), arrow.num_rows

            (_, rows), seconds = _timed(cross)
        finally:
            spark.client.close()
            server.stop()
        _same(rows, data)
        return {"seconds": seconds}

    def ray_data(self, data: Data) -> Facts:
        """Parquet by the engine, read by Ray Data."""
        import ray

        ray.data.DataContext.get_current().enable_progress_bars = False
        target = self.folder / self.name("parquet")
        df = self.frame(data)

        def cross() -> Any:
            df.write.parquet(str(target))
            return ray.data.read_parquet(str(target)).materialize()

        dataset, seconds = _timed(cross)
        _same(dataset.count(), data)
        shutil.rmtree(target)
        return {"seconds": seconds}

    # --- back ------------------------------------------------------------------------------

    def in_ray(self, data: Data) -> RayTable:
        """The table on Ray's side; it is there once for all methods back."""
        if data.folder not in self._there:
            self.forget()
            self.use("exchange.method", "direct")
            self._there[data.folder] = self.table(self.frame(data)).to_ray()
        return self._there[data.folder]

    def back(self, data: Data) -> Facts:
        """`Session.from_ray()` by Flight, and a query that reads every column."""
        there = self.in_ray(data)
        self.use("exchange.client_limit", "1b")

        def cross() -> Any:
            table = self.session.from_ray(there, self.name("back"))
            return self._read(table.to_spark(), data)

        rows, seconds = _timed(cross)
        _same(rows, data)
        return {"seconds": seconds}

    def create(self, data: Data, rows: int) -> Facts:
        """`createDataFrame` of `rows` Arrow rows of this process, and the same query.

        Each time it is another part of the table: an engine keeps what it was sent before.
        """
        self._made += 1
        part = self._local(data).slice(self._made % _PARTS, rows)
        counted, seconds = _timed(
            lambda: self._read(self.session.spark.createDataFrame(part), data)
        )
        if counted != part.num_rows:
            raise RuntimeError(f"{counted} rows of {part.num_rows}")
        return {"seconds": seconds, "bytes": part.nbytes}

    def creatable(self, data: Data) -> Facts:
        """How many rows `createDataFrame` takes at most, within the time that there is for it."""
        most = data.rows - _PARTS
        if not self.streams:
            most = min(most, data.rows * _MOST_IN_JAVA // data.bytes)
        rows, found, why = min(most, data.rows * _FIRST_BYTES // data.bytes), None, ""
        while True:
            try:
                made = self.create(data, rows)
            except Exception as error:
                why = f"{type(error).__name__}: {str(error)[:200]}"
                break
            found = {**made, "rows": rows}
            if rows == most or made["seconds"] > _CREATE_SECONDS / 2:
                break
            rows = min(most, 2 * rows)
        if found is None:
            raise RuntimeError(why)
        return {**found, "why": why}

    def back_parquet(self, data: Data) -> Facts:
        """Parquet by Ray tasks, read by the engine with the same query."""
        import ray

        there = self.in_ray(data)
        target = self.folder / self.name("back")
        target.mkdir()
        write = ray.remote(_write_parquet)

        def cross() -> Any:
            files = [str(target / f"{n}.parquet") for n in range(len(there.blocks))]
            ray.get([write.remote(b, f) for b, f in zip(there.blocks, files, strict=True)])
            return self._read(self.session.spark.read.parquet(str(target)), data)

        rows, seconds = _timed(cross)
        _same(rows, data)
        shutil.rmtree(target)
        return {"seconds": seconds}

    def _local(self, data: Data) -> pa.Table:
        import pyarrow.parquet as pq

        return pq.read_table(data.folder)

    def _read(self, df: Any, data: Data) -> int:
        view = self.name("read")
        df.createOrReplaceTempView(view)
        query = f"select count(*) as n, {data.aggregates} from {view}"
        return int(self.session.spark.sql(query).toArrow().column("n")[0].as_py())


@contextlib.contextmanager
def flight_sink() -> Iterator[int]:
    """The port of a bare Flight server, which ends with the block (or with this process)."""
    process = subprocess.Popen(
        python(sink.__file__), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        yield int(process.stdout.readline())
    finally:
        process.stdin.close()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()


@contextlib.contextmanager
def grown() -> Iterator[list[int]]:
    """Bytes by which the memory of this process's own was larger at most than before.

    What it shares is left out: the object store's pages belong to Ray.
    """
    import psutil

    process, ended, growth = psutil.Process(), threading.Event(), [0]

    def own() -> int:
        memory = process.memory_info()
        return int(memory.rss - getattr(memory, "shared", 0))

    before = own()

    def watch() -> None:
        while not ended.wait(0.05):
            growth[0] = max(growth[0], own() - before)

    thread = threading.Thread(target=watch, daemon=True)
    thread.start()
    try:
        yield growth
    finally:
        ended.set()
        thread.join()


def _timed(work: Callable[[], Any]) -> tuple[Any, float]:
    gc.collect()
    started = time.perf_counter()
    result = work()
    return result, time.perf_counter() - started


def _same(rows: int, data: Data) -> None:
    if rows != data.rows:
        raise RuntimeError(f"{rows} rows arrived, not {data.rows}")


def _by_value(module: Any) -> None:
    """Executors have no `benchmarks`: its functions travel as they are."""
    from pyspark import cloudpickle

    if module.__name__ in sys.modules:
        cloudpickle.register_pickle_by_value(module)


def _write_parquet(block: Any, file: str) -> None:
    import pyarrow.parquet as pq

    pq.write_table(block, file, compression="none", use_dictionary=False)

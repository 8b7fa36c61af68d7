"""One engine's measures, in a process of its own: `python -m benchmarks.exchange_child JOB`.

JOB is JSON: engine, tables, gigabytes, repeats, sizes, counts, root, results. Every measurement
becomes a line of `results` when it is there; what stands there already is not measured again.
"""

from __future__ import annotations

import contextlib
import json
import os
import sys
import tempfile
import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.exchange_data import Data, prepared
from benchmarks.exchange_methods import Bench, Measure, flight_sink

# A measure that has taken so long altogether is not repeated any more.
_BUDGET = 20.0
_WARM_GIGABYTES = 0.02
UNFINISHED = "session-"
BROKEN = 3  # the exit status: the session answers no longer, start again for what is left


@dataclass(frozen=True, slots=True)
class Job:
    """What one child does; sizes, counts: for 'how it grows', empty where that is not asked."""

    engine: str
    tables: Sequence[str]
    gigabytes: float
    repeats: int
    sizes: Sequence[float]
    counts: Sequence[int]
    root: str
    results: str


@dataclass(frozen=True, slots=True)
class Task:
    """A measure by the key under which it is recorded."""

    key: str
    bytes: int
    call: Measure


class Records:
    """The lines of a results file."""

    def __init__(self, file: Path) -> None:
        self.file = file

    def read(self) -> list[dict[str, Any]]:
        """All that is there; a line that was cut off is left out."""
        found = []
        for line in self.file.read_text("utf-8").splitlines() if self.file.exists() else ():
            with contextlib.suppress(ValueError):
                found.append(json.loads(line))
        return found

    def add(self, key: str, **facts: Any) -> None:
        """One more line."""
        with self.file.open("a", encoding="utf-8") as out:
            out.write(json.dumps({"key": key, **facts}) + "\n")

    def of(self, key: str) -> list[dict[str, Any]]:
        """What is recorded of one measure."""
        return [record for record in self.read() if record["key"] == key]


def main() -> None:
    """Measure all of a job."""
    threading.Thread(target=_end_with_parent, daemon=True).start()
    job = Job(**json.loads(sys.argv[1]))
    with bench_of(job) as bench:
        records, root = Records(Path(job.results)), Path(job.root)
        warm_up(bench, root)
        if "doubles" in job.tables:
            data = prepared(root, "doubles", job.gigabytes)
            key = f"{job.engine}/doubles/direct first"
            cold = Task(key, data.bytes, lambda: bench.plait(data, "direct"))
            measure(bench, records, [cold], 1)
        bench.forget()
        bench.touch_store()
        for table in job.tables:
            data = prepared(root, table, job.gigabytes)
            if job.repeats > 1:
                small = prepared(root, table, _WARM_GIGABYTES)
                for task in tasks(bench, Records(bench.folder / f"{table}.jsonl"), "", small):
                    with contextlib.suppress(Exception):
                        task.call()
            measure(bench, records, tasks(bench, records, job.engine, data), job.repeats)
        if "doubles" in job.tables:
            for task in growth(bench, job, root):
                measure(bench, records, [task], min(2, job.repeats))


def _end_with_parent() -> None:
    """Standard input is a pipe of the parent: it is closed when that is gone."""
    sys.stdin.read()
    os._exit(1)


@contextlib.contextmanager
def bench_of(job: Job) -> Iterator[Bench]:
    """A session on the engine of a job, with Ray of two CPUs."""
    import plait

    with contextlib.ExitStack() as stack:
        folder = Path(
            stack.enter_context(tempfile.TemporaryDirectory(prefix=UNFINISHED, dir=job.root))
        )
        most = max([job.gigabytes, *job.sizes])
        settings: dict[str, object] = {
            "ray.num_cpus": 2,
            "ray.object_store_memory": f"{max(2, 2 * most):.0f}GiB",
            "spark.master": "local[2]",
            "spark.driver_memory": "3g",
            # toArrow() and createDataFrame() would be refused for their size.
            "spark.conf.spark.driver.maxResultSize": "0",
        }
        if job.engine == "standalone":
            from tests.services.standalone import standalone

            service = stack.enter_context(standalone(memory="1g"))
            settings["spark.master"] = service.master
            settings["spark.conf.spark.executor.memory"] = "1g"
        port = stack.enter_context(flight_sink())
        engine = "sail" if job.engine == "sail" else "spark"
        session = stack.enter_context(plait.connect(folder / "lake", engine=engine, **settings))
        yield Bench(session, folder, port)


def warm_up(bench: Bench, root: Path) -> None:
    """Let the receivers start, unmeasured; what fails here fails again where it is recorded."""
    with contextlib.suppress(Exception):
        bench.plait(prepared(root, "doubles", _WARM_GIGABYTES), "direct")


def tasks(bench: Bench, records: Records, engine: str, data: Data) -> list[Task]:
    """All methods of one table."""
    calls: Mapping[str, Measure] = {
        "nothing": lambda: bench.nothing(data),
        "sink": lambda: bench.to_sink(data),
        "direct": lambda: bench.plait(data, "direct"),
        "direct socket": lambda: bench.by_socket(data),
        "client": lambda: bench.plait(data, "client"),
        "lake": lambda: bench.plait(data, "lake"),
        "put": lambda: bench.by_hand(data),
        **({"put bare": lambda: bench.by_hand_as_it_comes(data)} if engine == "sail" else {}),
        "ray.data": lambda: bench.ray_data(data),
        "back direct": lambda: bench.back(data),
        "back create": lambda: _create(bench, records, f"{engine}/{data.table}/creatable", data),
        "back parquet": lambda: bench.back_parquet(data),
    }
    return [Task(f"{engine}/{data.table}/{name}", data.bytes, c) for name, c in calls.items()]


def _create(bench: Bench, records: Records, key: str, data: Data) -> dict[str, Any]:
    """`createDataFrame` of what it takes, which is found out once."""
    if not (found := records.of(key)):
        records.add(key, **bench.creatable(data))
        found = records.of(key)
    return bench.create(data, found[-1]["rows"])


def growth(bench: Bench, job: Job, root: Path) -> Iterator[Task]:
    """More partitions, more receivers, more rows: one of the three at a time."""
    prefix = f"{job.engine}/doubles"
    data = prepared(root, "doubles", job.gigabytes)
    for n in job.counts:
        yield Task(f"{prefix}/sink partitions={n}", data.bytes, lambda n=n: bench.to_sink(data, n))
        yield Task(
            f"{prefix}/direct partitions={n}",
            data.bytes,
            lambda n=n: bench.plait(data, "direct", n),
        )
    for n in job.counts:
        bench.use("exchange.receivers", n)
        warm_up(bench, root)
        yield Task(
            f"{prefix}/direct receivers={n}", data.bytes, lambda: bench.plait(data, "direct")
        )
    bench.use("exchange.receivers", 1)
    warm_up(bench, root)
    for size in job.sizes:
        more = prepared(root, "doubles", size)
        yield Task(f"{prefix}/sink size={size:g}", more.bytes, lambda d=more: bench.to_sink(d))
        yield Task(
            f"{prefix}/direct size={size:g}", more.bytes, lambda d=more: bench.plait(d, "direct")
        )


def measure(bench: Bench, records: Records, tasks: Sequence[Task], repeats: int) -> None:
    """Each task in turns, `repeats` times; what fails is recorded and not tried again."""
    for _ in range(repeats):
        for task in tasks:
            done = [r for r in records.of(task.key) if "began" not in r]
            spent = sum(record.get("seconds", 0.0) for record in done)
            failed = any("failed" in record for record in done)
            if len(done) >= repeats or spent > _BUDGET or failed:
                continue
            records.add(task.key, began=True)
            try:
                facts = task.call()
            except Exception as error:
                text = " ".join(f"{type(error).__name__}: {error}".split())
                records.add(task.key, failed=text[:600])
                _require_answer(bench)
                continue
            records.add(task.key, **{"bytes": task.bytes, **facts})
            rate = facts.get("bytes", task.bytes) / 1e6 / facts["seconds"]
            print(f"  {task.key}: {facts['seconds']:.2f} s, {rate:.0f} MB/s", file=sys.stderr)


def _require_answer(bench: Bench) -> None:
    """End this process when the engine is no longer there."""
    try:
        bench.session.spark.range(1).count()
    except Exception:
        bench.session.close()
        sys.exit(BROKEN)


if __name__ == "__main__":
    main()

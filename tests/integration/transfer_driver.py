"""A process of its own that transfers tables between two real clusters while parts of them fail.

    python -m tests.integration.transfer_driver SCENARIO …

It starts a standalone Spark and a Ray cluster of three nodes, does the scenarios one after the
other, and prints what happened in each as one line of JSON. Ray is one to a process, so the
tests cannot do it themselves.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil
import pyarrow as pa

from plait.events import Envelope, Event, Notice, StepLog, TableTransferred
from plait.session import Session, connect
from tests.services.ray_nodes import RayNodes, ray_nodes
from tests.services.standalone import Standalone, standalone

EVERYWHERE = Path(__file__).parents[2] / "examples" / "everywhere.mlsql"
ROWS = 600_000
# Four partitions on two executors of one core, wide enough to take some seconds.
BIG = f"select id, cast(id as double) * 0.5 as half, repeat(cast(id as string), 20) as text \
from range(0, {ROWS}, 1, 4)"


@dataclass
class Clusters:
    """The two clusters, a session that uses them, and the events of its runs."""

    spark: Standalone
    ray: RayNodes
    session: Session
    folder: Path
    events: list[Event] = field(default_factory=list)

    def run(self, text: str, on_event: Callable[[Event], None] | None = None) -> Any:
        def listen(envelope: Envelope) -> None:
            self.events.append(envelope.event)
            if on_event is not None:
                on_event(envelope.event)

        return self.session.run(text, "test.mlsql", {"dir": str(self.folder)}, on_event=listen)

    def methods(self) -> list[str]:
        return [event.method for event in self.events if isinstance(event, TableTransferred)]

    def notices(self) -> list[str]:
        return [event.text for event in self.events if isinstance(event, Notice)]


def whole(table: pa.Table) -> bool:
    """Whether every row of BIG is there once and intact."""
    ids = table["id"].to_pylist()
    right = all(
        half == key * 0.5 and text == str(key) * 20
        for key, half, text in zip(
            ids[::997], table["half"].to_pylist()[::997], table["text"].to_pylist()[::997],
            strict=True,
        )
    )  # fmt: skip
    return sorted(ids) == list(range(ROWS)) and right


def arrived(clusters: Clusters, table: str) -> pa.Table:
    from plait.exchange.client import to_arrow

    return to_arrow(clusters.session.table(table).to_ray())


def in_the_middle(clusters: Clusters, act: Callable[[], None]) -> threading.Thread:
    """Do something once the first blocks of a table have arrived."""

    def wait() -> None:
        direct = clusters.session.resources.direct
        while not any(direct.arrived()):
            time.sleep(0.02)
        act()

    thread = threading.Thread(target=wait, daemon=True)
    thread.start()
    return thread


# --- the scenarios ---------------------------------------------------------------------------


def undisturbed(clusters: Clusters) -> dict[str, Any]:
    """From executors to several nodes, and back."""
    import ray.experimental

    clusters.run(f"{BIG} as t;")
    there = clusters.session.table("t").to_ray()
    locations = ray.experimental.get_object_locations(list(there.blocks))
    nodes = {node for location in locations.values() for node in location["node_ids"]}
    back = clusters.session.from_ray(there, "back")
    total = clusters.session.sql("select count(*) n, sum(id) s from back").to_arrow().to_pylist()
    return {
        "whole": whole(arrived(clusters, "t")),
        "nodes": len(nodes),
        "back": total == [{"n": ROWS, "s": ROWS * (ROWS - 1) // 2}] and bool(back.schema),
    }


def everywhere(clusters: Clusters) -> dict[str, Any]:
    """The example that runs on a laptop, unchanged."""
    text = EVERYWHERE.read_text(encoding="utf-8")
    done = clusters.session.run(
        text,
        EVERYWHERE.name,
        {"root": f"{clusters.folder}/everywhere"},
        on_event=lambda envelope: clusters.events.append(envelope.event),
    )
    return {
        "summary": done.tables["summary"].to_arrow().to_pylist(),
        "methods": clusters.methods(),
    }


def executor_killed(clusters: Clusters) -> dict[str, Any]:
    clusters.run(f"{BIG} as t;")
    killed: list[int] = []
    thread = in_the_middle(clusters, lambda: killed.append(clusters.spark.kill_executor()))
    there = clusters.session.table("t").to_ray()
    thread.join(10)
    from plait.exchange.client import to_arrow

    return {"killed": len(killed), "whole": whole(to_arrow(there)), "blocks": len(there.blocks)}


def receiver_killed(clusters: Clusters) -> dict[str, Any]:
    import ray

    clusters.run(f"{BIG} as t;")
    killed: list[bool] = []

    def kill() -> None:
        direct = clusters.session.resources.direct
        ray.kill(direct.start().actors[0])
        killed.append(True)

    thread = in_the_middle(clusters, kill)
    there = clusters.session.table("t").to_ray()
    thread.join(10)
    from plait.exchange.client import to_arrow

    return {"killed": len(killed), "whole": whole(to_arrow(there)), "direct": bool(there.blocks)}


SCRIPT = """
set py = '''
import time
from plait import task
print("begun", flush=True)
time.sleep({seconds})
frame = task.data.to_pandas()
task.log_metric("total", float(frame["half"].sum()))
''';
load script.`py` as py;
{query} as t;
train t as PythonAlg.`${{dir}}/model` where scripts="py" and exchange="direct"
  and metric="total" and mode="max" {more};
"""


def spark_stopped(clusters: Clusters) -> dict[str, Any]:
    """The training goes on with what was transferred before."""
    spark = clusters.session.resources._engine

    def stop(event: Event) -> None:
        if isinstance(event, StepLog) and "begun" in event.text:
            spark = clusters.session.resources._engine
            for process in psutil.Process(spark.pid).children(recursive=True):
                with contextlib.suppress(psutil.Error):
                    process.kill()
            os.kill(spark.pid, signal.SIGKILL)

    clusters.run(SCRIPT.format(seconds=3, query=BIG, more=""), stop)
    logged = [e.text for e in clusters.events if isinstance(e, StepLog) and "total" in e.text]
    return {
        "gone": spark is None or not clusters.session.resources._engine.started,
        "logged": len(logged),
    }


def node_killed(clusters: Clusters) -> dict[str, Any]:
    """The node that holds blocks dies while a task trains; the table is transferred again."""

    killed: list[int] = []

    def kill(event: Event) -> None:
        if isinstance(event, StepLog) and "begun" in event.text and not killed:
            killed.append(1)
            clusters.ray.kill_node(1)

    clusters.run(SCRIPT.format(seconds=6, query=BIG, more=""), kill)
    totals = [e.text for e in clusters.events if isinstance(e, StepLog) and "total" in e.text]
    return {
        "killed": len(killed),
        "again": any("transferred again" in text for text in clusters.notices()),
        "total": totals[-1] if totals else None,
    }


SCENARIOS = {
    each.__name__: each
    for each in (
        undisturbed,
        everywhere,
        executor_killed,
        receiver_killed,
        node_killed,
        spark_stopped,
    )
}


@contextlib.contextmanager
def clusters() -> Iterator[Clusters]:
    """Both clusters and a session in them."""
    with (
        ray_nodes(workers=2, cpus=1, head_cpus=1, store=300 * 2**20) as ray,
        standalone(workers=2) as spark,
        tempfile.TemporaryDirectory() as folder,
    ):
        os.environ.update(ray.environ)
        settings = {
            **spark.settings,
            "ray.address": ray.address,
            "exchange.client_limit": "1b",
            "cache": f"{folder}/cache",
        }
        with connect(f"{folder}/lake", engine="spark", **settings) as session:
            yield Clusters(spark, ray, session, Path(folder))


def main(names: list[str]) -> None:
    with clusters() as both:
        for name in names:
            both.events.clear()
            try:
                answer = SCENARIOS[name](both)
            except Exception as error:
                answer = {"failed": f"{type(error).__name__}: {error}"}
            print("ANSWER " + json.dumps({"scenario": name, **answer}), flush=True)


if __name__ == "__main__":
    main(sys.argv[1:] or list(SCENARIOS))

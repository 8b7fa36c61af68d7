"""Ray's nodes: their Python, their clocks, and whether they reach the lake."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import Any

from plait.doctor.checks import clock_skew, refuse_old_pyarrow
from plait.doctor.lake import file_in_lake
from plait.errors import SetupError
from plait.settings import Settings
from plait.storage.credentials import Storage
from plait.worker.messages import NodeFacts

_ANSWER_SECONDS = 60.0
_LAKE_HINT = (
    "the lake has to be where every node of both clusters reaches it: a URL (s3a://, hdfs://), "
    "or a folder that all of them mount"
)


@dataclass(frozen=True, slots=True)
class NodeProbe:
    """actor: runs on the node (`plait.worker.probe`). about: what it reports of the node."""

    actor: Any
    about: NodeFacts


@dataclass(slots=True)
class RayNodes:
    """What the nodes of a started Ray answer.

    probes: by the first characters of the node's id. skews: seconds by which each node's clock
    is ahead of this machine's.
    """

    probes: dict[str, NodeProbe] = field(default_factory=dict)
    skews: dict[str, float] = field(default_factory=dict)

    @property
    def listeners(self) -> list[tuple[str, int]]:
        """Address and port at which each node accepts connections."""
        return [probe.about["listens"] for probe in self.probes.values()]

    def probe(self) -> str:
        """Start an actor on each node, which the other parts ask as well.

        Raises SetupError where a node does not run plait's Python code.
        """
        import ray
        from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

        from plait.worker.probe import Probe

        actors = {}
        for node in ray.nodes():
            if node["Alive"]:
                on_node = NodeAffinitySchedulingStrategy(node["NodeID"], soft=False)
                call = ray.remote(Probe).options(num_cpus=0, scheduling_strategy=on_node)
                actors[f"{node['NodeID'][:8]}"] = call.remote()
        silent = []
        for name, actor in actors.items():
            try:
                about = ray.get(actor.about.remote(), timeout=_ANSWER_SECONDS)
            except Exception as error:
                silent.append(f"{name}: {str(error).strip().splitlines()[-1]}")
                continue
            self.probes[name] = NodeProbe(actor, about)
            before = time.time()
            its_clock = ray.get(actor.now.remote(), timeout=_ANSWER_SECONDS)
            self.skews[f"Ray node {name}"] = clock_skew(before, its_clock, time.time())
        if silent:
            raise SetupError(
                f"{len(silent)} of {len(actors)} nodes do not run Python code of plait",
                cause="\n".join(silent),
                hint="their Python needs ray and pyarrow, and their runtime_env agent has to run",
            )
        abouts = {name: probe.about for name, probe in self.probes.items()}
        refuse_old_pyarrow((f"Ray node {name}", a["pyarrow"]) for name, a in abouts.items())
        found = {(a["host"], a["python"], a["pyarrow"]) for a in abouts.values()}
        return ", ".join(f"{h}: Python {p}, pyarrow {a}" for h, p, a in sorted(found))

    def reach_lake(self, settings: Settings) -> str:
        """Let every node read a file written here, and write and remove one of its own.

        Raises SetupError where a node cannot.
        """
        import ray

        storage = Storage.of(settings.storage)
        with file_in_lake(settings, storage) as file:
            answers = {
                node: probe.actor.try_lake.remote(
                    file.folder, storage.access, file.name, file.content
                )
                for node, probe in self.probes.items()
            }
            problems = {node: ray.get(a, timeout=_ANSWER_SECONDS) for node, a in answers.items()}
        wrong = [f"node {node}: {problem}" for node, problem in problems.items() if problem]
        if wrong:
            raise SetupError(
                "Ray's nodes do not reach the lake", cause="\n".join(wrong), hint=_LAKE_HINT
            )
        return f"{len(answers)} nodes read and write {settings.lake}"

"""What a cluster has, what is asked of it, and how both are shown."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from plait.errors import ResourceError, Span
from plait.plan.training import Resources

_SHOWN = ("CPU", "GPU", "memory")


@dataclass(frozen=True, slots=True)
class Capacity:
    """The total resources of each node, under Ray's names (`CPU`, `GPU`, `memory` …)."""

    nodes: tuple[Mapping[str, float], ...]

    def fits(self, wanted: Mapping[str, float]) -> bool:
        """Whether one node could ever give all of `wanted` at once."""
        return any(
            all(node.get(name, 0.0) >= amount - 1e-6 for name, amount in wanted.items())
            for node in self.nodes
        )

    def largest(self) -> Mapping[str, float]:
        """The node with the most GPUs, then CPUs."""
        if not self.nodes:
            return {}
        return max(self.nodes, key=lambda n: (n.get("GPU", 0.0), n.get("CPU", 0.0)))

    def missing(self, wanted: Mapping[str, float]) -> list[str]:
        """The names of which no node has enough; all of them if only together too many."""
        short = [
            name
            for name, amount in wanted.items()
            if all(node.get(name, 0.0) < amount - 1e-6 for node in self.nodes)
        ]
        return short or list(wanted)

    def __str__(self) -> str:
        node = self.largest()
        shown = {"CPU": 0.0, "GPU": 0.0} | {
            name: amount
            for name, amount in node.items()
            if name in _SHOWN or not (":" in name or name == "object_store_memory")
        }
        text = amounts(shown, zeros=True)
        return text if len(self.nodes) < 2 else f"{text} in the largest of {len(self.nodes)} nodes"


def amounts(resources: Mapping[str, float], *, zeros: bool = False) -> str:
    """`{"CPU": 2, "GPU": 1}` as `2 CPU, 1 GPU`."""
    order = [*(n for n in _SHOWN if n in resources), *(n for n in resources if n not in _SHOWN)]
    parts = []
    for name in order:
        amount = resources[name]
        if not amount and not zeros:
            continue
        is_memory = name == "memory"
        parts.append(f"{amount / 2**20:.0f} MiB memory" if is_memory else f"{amount:g} {name}")
    return ", ".join(parts) or "nothing"


def wanted_by(resources: Resources) -> dict[str, float]:
    """What a task asks for, under Ray's names."""
    wanted = {"CPU": resources.num_cpus, "GPU": resources.num_gpus, **dict(resources.custom)}
    if resources.memory:
        wanted["memory"] = float(resources.memory)
    return {name: amount for name, amount in wanted.items() if amount}


def impossible(
    wanted: Mapping[str, float], has: Capacity, what: str, span: Span | None, *, local: bool
) -> ResourceError:
    """The error for what no node can ever give: asked, there, and what to do about it."""
    return ResourceError(
        f"{what} asks for {amounts(wanted)}, which no node of the cluster can ever give",
        span=span,
        engine="ray",
        hint=f"the cluster has {has}; {_advice(has.missing(wanted), wanted, local)}",
    )


def _advice(missing: list[str], wanted: Mapping[str, float], local: bool) -> str:
    if not local:
        return "ask for less, or use a cluster that has such a node (--ray ADDRESS)"
    advice = {
        "GPU": f"--set ray.num_gpus={wanted.get('GPU', 1):g} lets Ray count that many logical "
        "GPUs on this machine",
        "CPU": f"--set ray.num_cpus={wanted.get('CPU', 1):g} lets Ray count that many CPUs "
        "on this machine",
    }
    found = [advice[name] for name in missing if name in advice]
    return "; ".join(found) or "ask for less, or use a cluster that has it (--ray ADDRESS)"

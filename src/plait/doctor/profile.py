"""The parts of a profile, each tried: the data engine, Ray, and what connects them."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

from plait.doctor.engines import answer, ray_cluster, start_data, start_ray
from plait.doctor.executors import executors
from plait.doctor.findings import Finding, tried
from plait.doctor.ray_nodes import RayNodes
from plait.settings import Settings

if TYPE_CHECKING:
    from plait.engines.base import DataEngine

_SKEW_SECONDS = 2.0


def examine_parts(settings: Settings) -> Iterator[Finding]:
    """Try each part that the settings name, one after the other."""
    from plait.engines import routing

    with (
        tempfile.TemporaryDirectory(prefix="plait-doctor-", ignore_cleanup_errors=True) as name,
        ExitStack() as stack,
    ):
        folder, data_engine = Path(name), routing.default_engine(settings)
        engines: list[DataEngine] = []

        def start_engine() -> str:
            engines.append(start_data(data_engine, settings, folder, stack))
            return answer(engines[0], settings)

        yield tried("engine", data_engine, start_engine)
        if settings.ray.jobs is not None:
            return  # the caller lets that cluster examine itself
        cluster, nodes = ray_cluster(settings, folder, stack), RayNodes()
        yield tried("engine", "ray", lambda: start_ray(cluster, settings))
        if cluster.started:
            yield tried("cluster", "ray nodes", nodes.probe)
        if nodes.probes:
            yield tried("cluster", "ray → lake", lambda: nodes.reach_lake(settings))
        skews = dict(nodes.skews)
        if engines:
            yield tried(
                "cluster", "executors",
                lambda: executors(engines[0], settings, nodes.listeners, skews),
            )  # fmt: skip
        if skews:
            yield clocks(skews)


def clocks(skews: Mapping[str, float]) -> Finding:
    """Whether all clocks agree. skews: seconds by which each one is ahead of this machine's."""
    wrong = [f"{who}: {skew:+.1f} s" for who, skew in skews.items() if abs(skew) > _SKEW_SECONDS]
    if wrong:
        text = "clocks differ from this machine's: " + ", ".join(wrong)
        return Finding(
            "cluster", "clocks", "warning", text,
            "let all machines take their time from one server (NTP): signed requests to S3 and "
            "the order of logs depend on it",
        )  # fmt: skip
    return Finding("cluster", "clocks", "ok", f"{len(skews)} clocks agree within 2 s")

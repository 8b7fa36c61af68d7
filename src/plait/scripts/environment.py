"""The environment variables by which a Python script finds Spark and Ray."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from plait.engines.base import EngineName
from plait.errors import DataError, EngineError
from plait.events import Emit, Notice
from plait.scripts.requirements import Requirements
from plait.settings import Settings

_SAIL_START_SECONDS = 30.0
# At the end of the run, call what is handed in.
AtEnd = Callable[[Callable[[], None]], None]


@dataclass(frozen=True, slots=True)
class Preparation:
    """What the environment of a script is made from. folder: the run's own, on this machine."""

    settings: Settings
    needed: Requirements
    spark: EngineName | None
    folder: Path
    emit: Emit
    at_end: AtEnd


def run_folder(settings: Settings, run: str, at_end: AtEnd) -> Path:
    """Make the run's folder in the lake, to be removed at the end. Raises DataError."""
    from plait.data.commit import RunFolder, sweep

    lake = settings.lake_path
    existed = lake.exists()
    try:
        sweep(lake)
        folder = RunFolder.create(lake, run)
    except OSError as problem:
        raise DataError(
            f"the lake {lake} cannot be written: {problem.strerror or problem}",
            hint="choose another: --lake DIR",
        ) from None

    def remove() -> None:
        folder.remove()
        if not existed:
            with contextlib.suppress(OSError):
                lake.rmdir()

    at_end(remove)
    return folder.path


def environment_for(prepared: Preparation) -> dict[str, str]:
    """The script's environment, after the engines that it needs have been started.

    Raises EngineError or ClusterError for an engine that does not start.
    """
    environment = dict(os.environ)
    ray = _ray(prepared)
    if prepared.spark == "spark":
        environment = _apache_spark(prepared, ray)
    elif prepared.spark == "sail":
        for name in ("SPARK_HOME", "SPARK_API_MODE", "SPARK_CONNECT_MODE_ENABLED", "MASTER"):
            environment.pop(name, None)
        environment["SPARK_REMOTE"] = _start_sail(prepared, ray)
        prepared.emit(Notice("Sail for this script, through Spark Connect"))
    return {**environment, **ray}


def _apache_spark(prepared: Preparation, ray: Mapping[str, str]) -> dict[str, str]:
    """The script's environment with the Spark of the settings in it."""
    from plait.engines.spark.engine import classic_environment
    from plait.engines.spark.master import Master
    from plait.engines.spark.remote import remote_environment

    settings = prepared.settings
    if settings.spark.remote is not None:
        prepared.emit(Notice("the Spark Connect server of spark.remote for this script"))
        return remote_environment(settings)
    master = Master.of(settings.spark.master, settings.spark.conf, os.environ)
    prepared.emit(Notice(f"Apache Spark for this script, {master.url}"))
    # Executors elsewhere cannot reach a Ray that was started on this machine.
    reachable = master.here or not settings.ray.here
    return classic_environment(settings, prepared.folder, ray if reachable else {})


def _ray(prepared: Preparation) -> dict[str, str]:
    settings = prepared.settings.ray
    if not prepared.needed.ray:
        return {}
    if not settings.here:
        return {"RAY_ADDRESS": str(settings.address)}
    from plait.compute.cluster import Cluster

    cluster = Cluster(settings, prepared.folder, lambda text: prepared.emit(Notice(text)))
    prepared.at_end(cluster.stop)
    return cluster.environ()


def _start_sail(prepared: Preparation, ray: Mapping[str, str]) -> str:
    """Start Sail so that Python functions inside of it find Ray too; its address."""
    from plait.engines.process import ServerProcess, ServerStartError
    from plait.engines.sail import engine
    from plait.engines.sail import server as program

    spill = prepared.folder / "sail-spill"
    spill.mkdir(parents=True, exist_ok=True)
    server = ServerProcess(
        [sys.executable, "-P", str(program.__file__)],
        environment={**engine.server_environment(prepared.settings, spill), **ray},
        log=prepared.folder / "sail.log",
    )
    prepared.at_end(lambda: server.stop(grace_seconds=0))
    try:
        return f"sc://127.0.0.1:{server.port(_SAIL_START_SECONDS)}"
    except ServerStartError as problem:
        raise EngineError(f"Sail {problem}", engine="sail", cause=server.tail()) from None

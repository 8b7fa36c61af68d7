"""Whether a data engine and Ray start."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from plait.doctor.findings import Finding, tried
from plait.settings import Settings

if TYPE_CHECKING:
    from plait.compute.cluster import Cluster
    from plait.engines.base import DataEngine, EngineName


def installed_engines(settings: Settings) -> Iterator[Finding]:
    """Start each engine that is installed here, one after the other."""
    from plait.engines.packages import EMBEDDED, installed, spark_line

    found = installed()
    names: tuple[tuple[EngineName, bool, str], ...] = (
        ("sail", found.sail, EMBEDDED),
        ("spark", found.spark, spark_line()),
    )
    # A temporary folder, not the lake, which stays untouched.
    with tempfile.TemporaryDirectory(prefix="plait-doctor-", ignore_cleanup_errors=True) as folder:
        for name, is_installed, hint in names:
            if is_installed:
                yield tried("engine", name, partial(_answers, name, settings, folder))
            else:
                yield Finding("engine", name, "missing", "not installed", hint)
        yield tried("engine", "ray", lambda: _ray_answers(settings, folder))


def _answers(name: EngineName, settings: Settings, folder: str) -> str:
    with ExitStack() as stack:
        return answer(start_data(name, settings, Path(folder), stack), settings)


def _ray_answers(settings: Settings, folder: str) -> str:
    with ExitStack() as stack:
        return start_ray(ray_cluster(settings, Path(folder), stack), settings)


def answer(engine: DataEngine, settings: Settings) -> str:
    """What a started data engine answers, in one sentence."""
    where = settings.spark.remote or settings.spark.master
    text = f"answers, Spark {engine.session().version}"
    return f"{text} ({where})" if engine.name == "spark" else text


def start_ray(cluster: Cluster, settings: Settings) -> str:
    """Start or join Ray; what it has, in one sentence. Raises ClusterError."""
    cluster.start()
    from ray import __version__

    where = "on this machine" if cluster.local else f"at {settings.ray.address}"
    has = cluster.capacity()
    totals = {name: sum(n.get(name, 0.0) for n in has.nodes) for name in ("CPU", "GPU")}
    return (
        f"Ray {__version__} {where}: {len(has.nodes)} nodes, "
        f"{totals['CPU']:g} CPU, {totals['GPU']:g} GPU in all"
    )


def start_data(name: EngineName, settings: Settings, folder: Path, stack: ExitStack) -> DataEngine:
    """Start a data engine, to be stopped with the stack. folder: where it may write.

    Raises SetupError or EngineError when it does not start.
    """
    from plait.engines import routing
    from plait.errors import PlaitError

    own = folder / name
    own.mkdir()
    engine = routing.make_engine(name, settings, own)
    stack.callback(engine.stop)
    try:
        engine.session()
    except PlaitError:
        raise
    except Exception as error:
        raise engine.translate(error) from error
    return engine


def ray_cluster(settings: Settings, folder: Path, stack: ExitStack) -> Cluster:
    """The Ray of the settings, not started yet, to be stopped with the stack."""
    from plait.compute.cluster import Cluster

    own = folder / "ray"
    own.mkdir()
    cluster = Cluster(settings.ray, own, lambda _: None)
    stack.callback(cluster.stop)
    return cluster

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
        return (
            f"answers, Spark {start_data(name, settings, Path(folder), stack).session().version}"
        )


def _ray_answers(settings: Settings, folder: str) -> str:
    with ExitStack() as stack:
        cluster = ray_cluster(settings, Path(folder), stack)
        cluster.start()
        return f"runs on this machine: {cluster.capacity()}"


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

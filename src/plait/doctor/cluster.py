"""The parts of a profile, each tried: Spark, its executors, Ray, its nodes, and all between."""

from __future__ import annotations

import contextlib
import platform
import secrets
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from plait.errors import PlaitError
from plait.settings import Settings

if TYPE_CHECKING:
    from pyspark.sql.connect.session import SparkSession

    from plait.compute.cluster import Cluster
    from plait.engines.base import DataEngine
    from plait.storage.credentials import Storage

State = Literal["ok", "missing", "failed", "warning", "info"]
OLDEST_PYARROW = 18
_PARTITIONS = 8
_SKEW_SECONDS = 2.0
_ANSWER_SECONDS = 60.0
_LAKE_HINT = (
    "the lake has to be a place that every node of both clusters reaches: a URL (s3a://, "
    "hdfs://), or a folder that all of them mount"
)


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the examination.

    state: 'missing' is something that could be installed but need not be. hint: the command
    that gives it, or what to do. seconds: how long it took to start.
    """

    part: Literal["package", "engine", "place", "machine", "cluster"]
    name: str
    state: State
    text: str
    hint: str | None = None
    seconds: float | None = None


@dataclass(slots=True)
class _Trial:
    """What the parts found so far leave for those that follow."""

    settings: Settings
    folder: Path
    stack: ExitStack
    engine: DataEngine | None = None
    nodes: dict[str, tuple[Any, Mapping[str, Any]]] = field(default_factory=dict)
    skews: dict[str, float] = field(default_factory=dict)


def examine_parts(settings: Settings) -> Iterator[Finding]:
    """Try each part that the settings name, one after the other."""
    from plait.engines import routing

    with (
        tempfile.TemporaryDirectory(prefix="plait-doctor-", ignore_cleanup_errors=True) as name,
        ExitStack() as stack,
    ):
        trial = _Trial(settings, Path(name), stack)
        yield tried("engine", routing.default_engine(settings), lambda: _start_data(trial))
        if settings.ray.jobs is not None:
            return  # whoever asks lets that cluster look for itself
        cluster = _cluster(trial)
        yield tried("engine", "ray", lambda: _start_ray(trial, cluster))
        if cluster.started:
            yield tried("cluster", "ray nodes", lambda: _probe_nodes(trial))
        if trial.nodes:
            yield tried("cluster", "ray → lake", lambda: _nodes_reach_lake(trial))
        if trial.engine is not None:
            yield tried("cluster", "executors", lambda: _executors(trial))
        if trial.skews:
            yield _clocks(trial.skews)


def tried(
    part: Literal["engine", "place", "cluster"], name: str, attempt: Callable[[], str]
) -> Finding:
    """The finding of one attempt, which gives words when it succeeds and raises otherwise."""
    began = time.monotonic()
    try:
        text = attempt()
    except PlaitError as error:
        cause = f"\n{error.cause}" if error.cause else ""
        return Finding(part, name, "failed", error.message + cause, error.hint)
    except Exception as error:
        text = f"{type(error).__name__}: {error}"
        return Finding(part, name, "failed", text, "see above; reinstall plait if in doubt")
    return Finding(part, name, "ok", text, seconds=round(time.monotonic() - began, 2))


class _Broken(PlaitError):
    """A part that answers, and not as it must."""


# --- Spark ------------------------------------------------------------------------------------


def _start_data(trial: _Trial) -> str:
    from plait.engines import routing

    settings = trial.settings
    folder = trial.folder / "data"
    folder.mkdir()
    engine = routing.make_engine(routing.default_engine(settings), settings, folder)
    trial.stack.callback(engine.stop)
    try:
        version = engine.session().version
    except PlaitError:
        raise
    except Exception as error:
        raise engine.translate(error) from error
    trial.engine = engine
    where = settings.spark.remote or settings.spark.master
    return f"answers, Spark {version}" + (f" ({where})" if engine.name == "spark" else "")


def _executors(trial: _Trial) -> str:
    """Python and pyarrow of the executors, their clocks, and whether they reach Ray's nodes."""
    engine = trial.engine
    assert engine is not None
    listeners = [(str(a["listens"][0]), int(a["listens"][1])) for _, a in trial.nodes.values()]
    began = time.time()
    try:
        timeout = trial.settings.exchange.reach_timeout
        rows = _ask_executors(engine.session(), listeners, timeout)
    except Exception as error:
        told = error if isinstance(error, PlaitError) else engine.translate(error)
        if told.hint is None:
            told.hint = (
                "the executors need a Python of this minor version "
                f"({platform.python_version()}) with pyarrow: "
                f"{engine.python_setting or 'spark.python'} names it"
            )
        raise told from None
    ended = time.time()
    for row in rows:
        trial.skews[f"executor on {row['host']}"] = _skew(began, row["at"], ended)
    _refuse_old_pyarrow([(f"executor on {row['host']}", row["pyarrow"]) for row in rows])
    unreached = sorted({f"{row['host']}: {row['unreached']}" for row in rows if row["unreached"]})
    if unreached:
        raise _Broken(
            "executors do not reach Ray's nodes, so that tables cross through the lake",
            cause="\n".join(unreached),
            hint="open the ports between both clusters, or leave it at exchange.method=lake",
        )
    found = {(row["host"], row["python"], row["pyarrow"]) for row in rows}
    words = ", ".join(f"{h}: Python {p}, pyarrow {a}" for h, p, a in sorted(found))
    reach = f"; they reach {len(listeners)} Ray nodes" if listeners else ""
    return words + reach


def _ask_executors(
    spark: SparkSession, listeners: Sequence[tuple[str, int]], timeout: float
) -> list[dict[str, Any]]:
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
                socket.create_connection(address, timeout=timeout).close()
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
    rows: list[dict[str, Any]] = asked.toArrow().to_pylist()
    return rows


# --- Ray --------------------------------------------------------------------------------------


def _cluster(trial: _Trial) -> Cluster:
    from plait.compute.cluster import Cluster

    folder = trial.folder / "ray"
    folder.mkdir()
    cluster = Cluster(trial.settings.ray, folder, lambda _: None)
    trial.stack.callback(cluster.stop)
    return cluster


def _start_ray(trial: _Trial, cluster: Cluster) -> str:
    cluster.start()
    import ray

    where = "on this machine" if cluster.local else f"at {trial.settings.ray.address}"
    has = cluster.capacity()
    totals = {name: sum(n.get(name, 0.0) for n in has.nodes) for name in ("CPU", "GPU")}
    return (
        f"Ray {ray.__version__} {where}: {len(has.nodes)} nodes, "
        f"{totals['CPU']:g} CPU, {totals['GPU']:g} GPU in all"
    )


def _probe_nodes(trial: _Trial) -> str:
    """Start an actor on each node, which the other parts ask as well."""
    import ray
    from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

    from plait.worker.probe import Probe

    made = {}
    for node in ray.nodes():
        if node["Alive"]:
            there = NodeAffinitySchedulingStrategy(node["NodeID"], soft=False)
            call = ray.remote(Probe).options(num_cpus=0, scheduling_strategy=there)
            made[f"{node['NodeID'][:8]}"] = call.remote()
    silent = []
    for name, actor in made.items():
        try:
            about = ray.get(actor.about.remote(), timeout=_ANSWER_SECONDS)
        except Exception as error:
            silent.append(f"{name}: {str(error).strip().splitlines()[-1]}")
            continue
        trial.nodes[name] = actor, about
        before = time.time()
        there_now = ray.get(actor.now.remote(), timeout=_ANSWER_SECONDS)
        trial.skews[f"Ray node {name}"] = _skew(before, there_now, time.time())
    if silent:
        raise _Broken(
            f"{len(silent)} of {len(made)} nodes do not run Python of plait",
            cause="\n".join(silent),
            hint="their Python needs ray and pyarrow, and their runtime_env agent has to run",
        )
    _refuse_old_pyarrow([(f"Ray node {n}", a["pyarrow"]) for n, (_, a) in trial.nodes.items()])
    told = {(a["host"], a["python"], a["pyarrow"]) for _, a in trial.nodes.values()}
    return ", ".join(f"{h}: Python {p}, pyarrow {a}" for h, p, a in sorted(told))


def _nodes_reach_lake(trial: _Trial) -> str:
    """A file written here is read on every node, which writes and removes one of its own."""
    import ray

    from plait.storage.credentials import Storage

    storage = Storage.of(trial.settings.storage)
    lake = trial.settings.lake
    with file_in(lake, storage) as (folder, name, content):
        answers = {
            node: actor.try_lake.remote(folder, storage.access, name, content)
            for node, (actor, _) in trial.nodes.items()
        }
        wrong = []
        for node, answer in answers.items():
            problem = ray.get(answer, timeout=_ANSWER_SECONDS)
            if problem is not None:
                wrong.append(f"node {node}: {problem}")
    if wrong:
        raise _Broken("Ray's nodes do not reach the lake", cause="\n".join(wrong), hint=_LAKE_HINT)
    return f"{len(answers)} nodes read and write {lake}"


@contextlib.contextmanager
def file_in(lake: str, storage: Storage) -> Iterator[tuple[str, str, bytes]]:
    """A small file in the lake: its folder, its name, what is in it; gone afterwards."""
    folder = lake if "://" in lake else str(Path(lake).expanduser().absolute())
    name, content = f".plait-doctor-{secrets.token_hex(6)}", secrets.token_bytes(64)
    made: list[Path] = []
    if "://" not in lake:
        place = Path(folder)
        made = [p for p in (place, *place.parents) if not p.exists()]
        place.mkdir(parents=True, exist_ok=True)
    try:
        with storage.reaching(folder):
            files, path = storage.filesystem(folder)
            with files.open_output_stream(f"{path}/{name}") as out:
                out.write(content)
        try:
            yield folder, name, content
        finally:
            files.delete_file(f"{path}/{name}")
    finally:
        for each in made:
            with contextlib.suppress(OSError):
                each.rmdir()


# --- what both have in common -----------------------------------------------------------------


def _skew(before: float, there: float, after: float) -> float:
    """How far a clock is from ours, as far as it must be: 0 between question and answer."""
    return min(0.0, there - before) + max(0.0, there - after)


def _clocks(skews: Mapping[str, float]) -> Finding:
    wrong = [f"{who}: {skew:+.1f} s" for who, skew in skews.items() if abs(skew) > _SKEW_SECONDS]
    if wrong:
        text = "clocks differ from this machine's: " + ", ".join(wrong)
        return Finding(
            "cluster", "clocks", "warning", text,
            "let all machines take their time from one server (NTP): signed requests to S3 and "
            "the order of logs depend on it",
        )  # fmt: skip
    return Finding("cluster", "clocks", "ok", f"{len(skews)} clocks agree within 2 s")


def _refuse_old_pyarrow(found: Sequence[tuple[str, str | None]]) -> None:
    wrong = sorted({
        f"{who}: {version or 'none'}" for who, version in found
        if version is None or int(version.partition(".")[0]) < OLDEST_PYARROW
    })  # fmt: skip
    if wrong:
        raise _Broken(
            f"pyarrow is missing or older than {OLDEST_PYARROW}: {', '.join(wrong)}",
            hint=f"install pyarrow>={OLDEST_PYARROW} there",
        )

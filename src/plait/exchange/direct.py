"""Large tables, straight from whoever computes them to Ray's nodes and back, by Arrow Flight.

To Ray: every partition is pushed by its executor to the receivers (an actor on each node),
which put blocks into the object store; see `flight` and `receiver` in `plait.worker.transport`.
The result of the Spark job says which blocks count: Spark takes the result of
exactly one attempt for each partition, and a result names only blocks that were stored.
Back: the blocks are offered by the receivers, and executors fetch them by ticket.

No row passes this process, and the blocks belong to it: they stay when the data engine
stops, and go with the session.
"""

from __future__ import annotations

import contextlib
import secrets
import threading
import uuid
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from plait.data import tables
from plait.errors import ClusterError, ExecutorPythonError
from plait.exchange.ray_table import RayTable
from plait.worker.transport import batches, flight, shared_memory

if TYPE_CHECKING:
    import pyarrow as pa
    from pyspark.sql.connect.dataframe import DataFrame
    from pyspark.sql.connect.session import SparkSession

    from plait.compute.cluster import Cluster
    from plait.engines.base import DataEngine
    from plait.settings import ExchangeSettings

_LEAST_PYARROW = (11, 0)
_ACTOR_THREADS = 32
_START_SECONDS = 60.0
_END_SECONDS = 10.0


@dataclass(slots=True)
class _Receivers:
    """The actors of one session, the endpoint of each, and where it stands."""

    actors: list[Any]
    endpoints: list[flight.Endpoint]
    nodes: list[str]


@dataclass(slots=True)
class Incoming:
    """A transfer under way: references to what arrived, by receiver, in order of arrival."""

    name: str
    arrived: list[list[Any]]
    threads: list[threading.Thread] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Offered:
    """A table whose blocks executors fetch: its frame, and the name to `withdraw` them by."""

    frame: DataFrame
    name: str


class Direct:
    """The direct transfers of one session; starts its receivers on first use.

    cluster: where Ray is. Safe for several threads.
    """

    def __init__(self, cluster: Cluster, settings: ExchangeSettings) -> None:
        self._cluster = cluster
        self._settings = settings
        self._timeout = settings.reach_timeout
        self._token = secrets.token_urlsafe(32)
        self._lock = threading.Lock()
        self._receivers: _Receivers | None = None
        self._incoming: list[Incoming] = []
        self._unreachable: dict[tuple[flight.Endpoint, ...], str | None] = {}
        self._asking = threading.Lock()
        self._incompatible_pythons: dict[str, ExecutorPythonError | None] = {}

    # --- who receives ----------------------------------------------------------------------

    def start(self) -> _Receivers:
        """The receivers, all alive; started (again) if need be. Raises ClusterError."""
        with self._lock:
            if self._receivers is not None and not _all_alive(self._receivers):
                self._receivers = None
            if self._receivers is None:
                self._cluster.start()
                self._receivers = _start(self._token, self._settings)
            return self._receivers

    def incompatible_python(self, engine: DataEngine) -> ExecutorPythonError | None:
        """Why the executors' Python cannot send or fetch a table, or None; starts no Ray.

        Asked once in an engine's session, of one executor. Raises PlaitError when the engine
        fails for another reason.
        """
        if engine.python_setting is None:
            return None
        with self._asking:
            identity = engine.session().session_id
            if identity not in self._incompatible_pythons:
                self._incompatible_pythons[identity] = self._ask_python(engine)
            return self._incompatible_pythons[identity]

    def _ask_python(self, engine: DataEngine) -> ExecutorPythonError | None:
        try:
            complaint = _complaint(self._asked(engine.session(), ()))
        except Exception as error:
            failure = engine.translate(error)
            if isinstance(failure, ExecutorPythonError):
                return failure
            raise failure from error
        if complaint is None:
            return None
        hint = f"install pyarrow {_LEAST_PYARROW[0]} or newer there"
        return ExecutorPythonError(complaint, engine=engine.name, hint=hint)

    def unreachable(self, spark: SparkSession) -> str | None:
        """Why an executor cannot send to some receiver, in words; None when it can.

        Asked once for the same receivers, by sending one batch through one executor.
        """
        endpoints = tuple(self.start().endpoints)
        if endpoints not in self._unreachable:
            self._unreachable[endpoints] = _complaint(self._asked(spark, endpoints))
        return self._unreachable[endpoints]

    def _asked(
        self, spark: SparkSession, endpoints: Sequence[flight.Endpoint]
    ) -> list[tuple[str, str]]:
        """What one executor reports of itself, and of those that it cannot reach."""
        ask = flight.probe(endpoints, self._token, self._timeout)
        frame = _shipped(spark.range(0, 1, 1, 1), ask, "what string, value string")
        answer: pa.Table = frame.toArrow()
        return list(zip(*answer.to_pydict().values(), strict=True))

    def stop(self) -> None:
        """End the receivers; tables on Ray stay as long as Ray does."""
        with self._lock:
            receivers, self._receivers = self._receivers, None
        if receivers is None:
            return
        import ray

        for actor in receivers.actors:
            with contextlib.suppress(Exception):
                ray.kill(actor)

    # --- to Ray ----------------------------------------------------------------------------

    def to_ray(self, name: str, df: DataFrame, schema: pa.Schema) -> RayTable:
        """Compute `df` and have its rows pushed to Ray.

        schema: the types in which the table is to arrive (those of `df.toArrow()`). Raises
        what the engine raises when the query or the sending fails.
        """
        with self.receiving() as (incoming, send_to):
            send = flight.sender(
                send_to, self._token, incoming.name, _bytes_of(schema), self._timeout
            )
            report = _shipped(df, send, flight.REPORT).toArrow()
            return self.collected(name, schema, incoming, _blocks_of(report))

    @contextlib.contextmanager
    def receiving(self) -> Iterator[tuple[Incoming, tuple[flight.Endpoint, ...]]]:
        """A transfer that is open while the block runs, and where to send."""
        receivers = self.start()
        incoming = Incoming(uuid.uuid4().hex, [[] for _ in receivers.actors])
        _all(lambda actor: actor.begin.remote(incoming.name), receivers)
        for actor, refs in zip(receivers.actors, incoming.arrived, strict=True):
            stream = actor.blocks.options(num_returns="streaming").remote(incoming.name)
            thread = threading.Thread(target=_take, args=(stream, refs), daemon=True)
            thread.start()
            incoming.threads.append(thread)
        self._incoming.append(incoming)
        try:
            yield incoming, tuple(receivers.endpoints)
        finally:
            self._end(receivers, incoming)
            self._incoming.remove(incoming)

    def arrived(self) -> list[int]:
        """Blocks of the transfers that are under way now."""
        return [sum(map(len, incoming.arrived)) for incoming in list(self._incoming)]

    @property
    def token(self) -> str:
        """What every endpoint of this session demands; for workers' arguments only."""
        return self._token

    @property
    def timeout(self) -> float:
        """Seconds in which a sender has to connect."""
        return self._timeout

    def collected(
        self,
        name: str,
        schema: pa.Schema,
        incoming: Incoming,
        blocks: Sequence[flight.ConfirmedBlock],
    ) -> RayTable:
        """The table of these confirmed blocks (in this order); all else is let go."""
        receivers = self._receivers
        if receivers is not None:
            self._end(receivers, incoming)
        refs = []
        for block in blocks:
            there = incoming.arrived[block.receiver]
            if block.number >= len(there):
                raise ClusterError("a Ray node failed while a table was transferred", engine="ray")
            refs.append(there[block.number])
        rows, size = sum(block.rows for block in blocks), sum(block.bytes for block in blocks)
        return RayTable(name, schema, rows, size, blocks=tuple(refs))

    def _end(self, receivers: _Receivers, incoming: Incoming) -> None:
        if not incoming.threads:
            return
        with contextlib.suppress(Exception):
            _all(lambda actor: actor.end.remote(incoming.name), receivers)
        for thread in incoming.threads:
            thread.join(_END_SECONDS)
        incoming.threads.clear()

    # --- and back --------------------------------------------------------------------------

    def to_data(self, spark: SparkSession, table: RayTable) -> Offered:
        """A frame whose executors fetch the blocks of `table` whenever it is computed."""
        import ray
        from pyspark.sql.pandas.types import from_arrow_schema

        receivers = self.start()
        name = uuid.uuid4().hex
        offered: list[list[Any]] = [[] for _ in receivers.actors]
        tickets: list[tuple[flight.Endpoint, bytes]] = []
        for block, number in zip(table.blocks, _holders(table.blocks, receivers), strict=True):
            ticket = f"{name}/{len(offered[number])}".encode()
            tickets.append((receivers.endpoints[number], ticket))
            offered[number].append(block)
        ray.get(
            [
                actor.offer.remote(name, blocks)
                for actor, blocks in zip(receivers.actors, offered, strict=True)
            ],
            timeout=_START_SECONDS,
        )
        wanted = tables.spark_schema(table.schema)
        kind = from_arrow_schema(wanted, prefer_timestamp_ntz=True)
        fetch = flight.puller(tickets, self._token, _bytes_of(wanted), self._timeout)
        count = len(tickets)
        return Offered(_shipped(spark.range(0, count, 1, max(1, count)), fetch, kind), name)

    def withdraw(self, names: Iterable[str]) -> None:
        """Let go of blocks that no table reads any more; a receiver that is gone has done so."""
        with self._lock:
            receivers = self._receivers
        for actor in [] if receivers is None else receivers.actors:
            for name in names:
                with contextlib.suppress(Exception):
                    actor.withdraw.remote(name)


def _shipped(df: DataFrame, function: Callable[..., Any], kind: Any) -> DataFrame:
    """`df.mapInArrow` with a function of `transport.flight`, which executors need not have."""
    from pyspark import cloudpickle

    for module in (flight, batches, shared_memory):
        cloudpickle.register_pickle_by_value(module)
    return df.mapInArrow(function, kind)


def _bytes_of(schema: pa.Schema) -> bytes:
    data: bytes = schema.serialize().to_pybytes()
    return data


def _blocks_of(report: pa.Table) -> list[flight.ConfirmedBlock]:
    """The confirmed blocks of a report, in the order of partitions and of rows in them.

    Raises ClusterError when the rows of the blocks are not those that were sent.
    """
    rows = sorted(zip(*(column.to_pylist() for column in report.columns), strict=True))
    blocks = [flight.ConfirmedBlock(*row[1:]) for row in rows if row[3] >= 0]
    sent = sum(row[4] for row in rows if row[3] < 0)
    stored = sum(block.rows for block in blocks)
    if sent != stored:
        raise ClusterError(
            f"{sent} rows were sent to Ray and {stored} were stored; nothing was taken",
            engine="ray",
        )
    return blocks


def _complaint(answers: Sequence[tuple[str, str]]) -> str | None:
    """What a probe found wrong, or None."""
    facts = dict(answers)
    failures = [value for what, value in answers if what == "failure"]
    if failures:
        return f"an executor does not reach Ray: {failures[0]}"
    version = tuple(int(part) for part in facts["pyarrow"].split(".")[:2] if part.isdigit())
    if version < _LEAST_PYARROW:
        return f"the executors' pyarrow {facts['pyarrow']} is too old"
    return None


def _start(token: str, settings: ExchangeSettings) -> _Receivers:
    """Receivers on every living node. Raises ClusterError."""
    import ray
    from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

    from plait.worker.transport.receiver import Receiver

    actor_class = ray.remote(Receiver)
    nodes = [
        node["NodeID"] for node in ray.nodes() if node["Alive"] for _ in range(settings.receivers)
    ]
    actors = [
        actor_class.options(
            num_cpus=0,
            max_concurrency=_ACTOR_THREADS,
            name=None,
            scheduling_strategy=NodeAffinitySchedulingStrategy(node, soft=False),
        ).remote(token, settings.shared_memory)
        for node in nodes
    ]
    try:
        endpoints = ray.get([a.endpoint.remote() for a in actors], timeout=_START_SECONDS)
    except Exception as error:
        for actor in actors:
            ray.kill(actor)
        raise ClusterError(
            "the receivers of tables did not start on the Ray nodes",
            engine="ray",
            cause=f"{type(error).__name__}: {error}",
        ) from error
    return _Receivers(actors, [tuple(endpoint) for endpoint in endpoints], nodes)


def _all_alive(receivers: _Receivers) -> bool:
    import ray

    with contextlib.suppress(Exception):
        ray.get([actor.endpoint.remote() for actor in receivers.actors], timeout=_END_SECONDS)
        return True
    return False


def _all(call: Callable[[Any], Any], receivers: _Receivers) -> None:
    import ray

    ray.get([call(actor) for actor in receivers.actors], timeout=_START_SECONDS)


def _take(stream: Any, refs: list[Any]) -> None:
    """Keep every block that a receiver stores, as long as it streams."""
    with contextlib.suppress(Exception):
        refs.extend(stream)


def _holders(blocks: Sequence[Any], receivers: _Receivers) -> list[int]:
    """For each block the number of a receiver on a node that has it, or any one in turn."""
    import ray.experimental

    by_node: dict[str, list[int]] = {}
    for number, node in enumerate(receivers.nodes):
        by_node.setdefault(node, []).append(number)
    locations = ray.experimental.get_object_locations(list(blocks)) if blocks else {}
    chosen = []
    for turn, block in enumerate(blocks):
        nodes = [node for node in locations.get(block, {}).get("node_ids", ()) if node in by_node]
        there = by_node[nodes[turn % len(nodes)]] if nodes else range(len(receivers.nodes))
        chosen.append(there[turn % len(there)])
    return chosen

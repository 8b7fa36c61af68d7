"""How batches travel between the machines: Arrow Flight, from whoever computes a table.

The code of this file runs where there is no plait: Spark sends the functions of this module
to its executors by value, so they use pyarrow and the standard library alone, and import inside.

A *sender* pushes the batches of one partition to all receivers in turn. Batches carry a
sequence number, by which a receiver cuts them into blocks; it confirms a block when that
is safely stored. What a sender returns lists the confirmed blocks: an attempt that dies
returns nothing, and whatever it sent is dropped.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple, TypedDict

from plait.worker.transport.batches import as_schema, right_sized
from plait.worker.transport.shared_memory import (
    HANDSHAKE,
    MappedSegments,
    SegmentAddress,
    copied,
    is_same_host,
    read_from,
    stream_size,
    write_into,
)

if TYPE_CHECKING:
    import pyarrow as pa

# A receiver's block: large enough that Ray handles few, small enough to be held in memory.
TURN_BYTES = 32 * 2**20
REPORT = "partition long, sequence long, receiver int, block long, rows long, bytes long"

Endpoint = tuple[str, int]


class ConfirmedBlock(NamedTuple):
    """A block that a receiver stored.

    sequence: of its first batch. receiver, number: which receiver, and which of its blocks.
    """

    sequence: int
    receiver: int
    number: int
    rows: int
    bytes: int


class StreamCommand(TypedDict):
    """What begins a stream to a receiver. shared: whether blocks come through its memory."""

    transfer: str
    shared: bool


class WrittenBlock(TypedDict):
    """A block that a receiver wrote into a segment for whoever fetches it; its size in bytes."""

    segment: SegmentAddress
    size: int


def sender(
    endpoints: Sequence[Endpoint], token: str, transfer: str, schema: bytes, timeout_seconds: float
) -> Callable[[Iterator[pa.RecordBatch]], Iterator[pa.RecordBatch]]:
    """What `mapInArrow` runs in an executor: send one partition and report its blocks.

    schema: the serialized schema in which the table arrives. timeout_seconds: in which a
    receiver has to answer. The report has the columns of `REPORT`, one row for each block, and
    one with block -1 that counts the whole partition.
    """

    def run(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        import pyarrow as pa

        number = partition_number()
        wanted = pa.ipc.read_schema(pa.py_buffer(schema))
        counted = [0]

        def shaped() -> Iterator[pa.RecordBatch]:
            for batch in batches:
                counted[0] += batch.num_rows
                yield as_schema(batch, wanted)

        blocks = send(shaped(), wanted, endpoints, token, transfer, timeout_seconds, first=number)
        rows = [(number, *block) for block in blocks]
        rows.append((number, -1, -1, -1, counted[0], 0))
        names = ("partition", "sequence", "receiver", "block", "rows", "bytes")
        kinds = (pa.int64(), pa.int64(), pa.int32(), pa.int64(), pa.int64(), pa.int64())
        columns = [pa.array([row[i] for row in rows], kind) for i, kind in enumerate(kinds)]
        yield pa.RecordBatch.from_arrays(columns, names=list(names))

    return run


def partition_number() -> int:
    """The number of this executor's partition; 0 where the engine does not say it."""
    try:
        from pyspark import TaskContext
    except ImportError:
        return 0
    context = TaskContext.get()
    return 0 if context is None else int(context.partitionId())


def send(
    batches: Iterator[pa.RecordBatch],
    schema: pa.Schema,
    endpoints: Sequence[Endpoint],
    token: str,
    transfer: str,
    timeout_seconds: float,
    *,
    first: int = 0,
) -> list[ConfirmedBlock]:
    """Push `batches` to the receivers in turn, beginning with number `first` modulo all.

    Returns every block that was stored. Raises ConnectionError when a receiver cannot be
    reached, or refuses or loses the stream.
    """
    import pyarrow as pa

    streams: dict[int, Stream] = {}
    try:
        sent, turn = 0, first
        for sequence, batch in enumerate(right_sized(batches)):
            number = turn % len(endpoints)
            if number not in streams:
                streams[number] = open_stream(
                    endpoints[number], token, transfer, schema, timeout_seconds
                )
            streams[number].write(sequence, batch)
            sent += batch.nbytes
            if sent >= TURN_BYTES:
                streams[number].end_turn()
                sent, turn = 0, turn + 1
        blocks: list[ConfirmedBlock] = []
        for number, stream in streams.items():
            blocks.extend(stream.confirmations(number))
        return sorted(blocks)
    except (pa.ArrowException, OSError) as problem:
        at = ", ".join(f"{host}:{port}" for host, port in endpoints)
        raise ConnectionError(f"sending to Ray ({at}) failed: {problem}") from None
    finally:
        for stream in streams.values():
            stream.close()


class Stream:
    """Batches that are sent to one receiver; what is not confirmed does not count.

    command: what begins the call. schema: of the batches in the call itself.
    """

    def __init__(self, client: Any, command: StreamCommand, schema: pa.Schema, token: str) -> None:
        import json

        import pyarrow.flight as flight

        self._client = client
        descriptor = flight.FlightDescriptor.for_command(json.dumps(command).encode())
        self._writer, self._reader = client.do_put(descriptor, schema, options=options(token))

    def write(self, sequence: int, batch: pa.RecordBatch) -> None:
        """Send a batch, at once or at the end of the turn; its number is `sequence`."""
        raise NotImplementedError

    def end_turn(self) -> None:
        """The next batches go to another receiver."""

    def confirmations(self, receiver: int) -> Iterator[ConfirmedBlock]:
        """The blocks that were stored. receiver: its number among those of the transfer."""
        import json

        self.end_turn()
        self._writer.done_writing()
        while (stored := self._reader.read()) is not None:
            sequence, number, rows, size = json.loads(stored.to_pybytes())
            yield ConfirmedBlock(sequence, receiver, number, rows, size)
        self._writer.close()

    def close(self) -> None:
        """No more of it."""
        self._client.close()


class SocketStream(Stream):
    """To a receiver elsewhere: every batch goes through the socket, and it cuts the blocks."""

    def __init__(self, client: Any, transfer: str, schema: pa.Schema, token: str) -> None:
        super().__init__(client, {"transfer": transfer, "shared": False}, schema, token)

    def write(self, sequence: int, batch: pa.RecordBatch) -> None:
        """Send the batch of the number `sequence`; waits while the receiver is busy."""
        self._writer.write_with_metadata(batch, str(sequence).encode())


class MemoryStream(Stream):
    """To a receiver on this machine, by its memory: one block for each turn.

    Memory is asked for only when a block is ready to be written, so that nobody waits for
    memory that a slow query holds.
    """

    def __init__(self, client: Any, transfer: str, schema: pa.Schema, token: str) -> None:
        import pyarrow as pa

        super().__init__(client, {"transfer": transfer, "shared": True}, pa.schema([]), token)
        self._schema = schema
        self._segments = MappedSegments()
        self._sequence = 0
        self._waiting: list[pa.RecordBatch] = []

    def write(self, sequence: int, batch: pa.RecordBatch) -> None:
        """Keep the batch of the number `sequence` for the block of this turn."""
        if not self._waiting:
            self._sequence = sequence
        self._waiting.append(batch)

    def end_turn(self) -> None:
        """Hand the block over; waits while the receiver has no free memory.

        Raises ConnectionError when the receiver ends the stream.
        """
        if not self._waiting:
            return
        import json

        self._write_number(stream_size(self._schema, self._waiting))
        if (address := self._reader.read()) is None:
            self._writer.close()  # raises what the receiver has raised
            raise ConnectionError("the receiver ended the stream")
        memory = self._segments.memory(json.loads(address.to_pybytes()))
        write_into(memory, self._schema, self._waiting)
        self._waiting = []
        self._write_number(self._sequence)

    def _write_number(self, number: int) -> None:
        import pyarrow as pa

        self._writer.write_metadata(pa.py_buffer(str(number).encode()))


def open_stream(
    endpoint: Endpoint, token: str, transfer: str, schema: pa.Schema, timeout_seconds: float
) -> Stream:
    """One stream to one receiver, by its memory where it is on this machine.

    Raises ConnectionError when it does not answer.
    """
    client = connected(endpoint, token, timeout_seconds)
    try:
        kind = MemoryStream if shares_memory(client, token, timeout_seconds) else SocketStream
        return kind(client, transfer, schema, token)
    except BaseException:
        client.close()
        raise


def shares_memory(client: Any, token: str, timeout_seconds: float) -> bool:
    """The same-host handshake: whether the receiver shares its memory with this process."""
    import pyarrow.flight as flight

    call = options(token, timeout_seconds)
    answer = list(client.do_action(flight.Action(HANDSHAKE, b""), call))
    return is_same_host(answer[0].body.to_pybytes())


def connected(endpoint: Endpoint, token: str, timeout_seconds: float) -> Any:
    """A Flight client of an endpoint that answered within `timeout_seconds`.

    Raises ConnectionError, soon: gRPC itself would go on trying for long.
    """
    import pyarrow as pa
    import pyarrow.flight as flight

    host, port = endpoint
    where = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    client = flight.FlightClient(
        f"grpc+tcp://{where}", generic_options=[("grpc.enable_http_proxy", 0)]
    )
    try:
        list(client.do_action(flight.Action("ping", b""), options(token, timeout_seconds)))
    except (pa.ArrowException, OSError) as problem:
        client.close()
        raise ConnectionError(f"{host}:{port} does not answer: {problem}") from None
    return client


def options(token: str, timeout_seconds: float | None = None) -> Any:
    """The options of a call: the run's token, and how long it may take."""
    import pyarrow.flight as flight

    return flight.FlightCallOptions(
        timeout=timeout_seconds, headers=[(b"authorization", b"Bearer " + token.encode())]
    )


def puller(
    tickets: Sequence[tuple[Endpoint, bytes]], token: str, schema: bytes, timeout_seconds: float
) -> Callable[[Iterator[pa.RecordBatch]], Iterator[pa.RecordBatch]]:
    """What `mapInArrow` runs over a range of ids: fetch the block of each id.

    tickets: of each block by its number, the endpoint that serves it and its ticket there.
    schema: serialized.
    """

    def run(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        import pyarrow as pa

        wanted = pa.ipc.read_schema(pa.py_buffer(schema))
        for batch in batches:
            for number in batch.column(0).to_pylist():
                endpoint, ticket = tickets[number]
                for piece in pull(endpoint, ticket, token, timeout_seconds):
                    yield as_schema(piece, wanted)

    return run


def pull(endpoint: Endpoint, ticket: bytes, token: str, timeout_seconds: float) -> Iterator[Any]:
    """The batches of one block. Raises ConnectionError."""
    import pyarrow as pa

    client = connected(endpoint, token, timeout_seconds)
    try:
        if shares_memory(client, token, timeout_seconds):
            yield from pull_from_memory(client, ticket, token)
        else:
            yield from pull_from_socket(client, ticket, token)
    except (pa.ArrowException, OSError) as problem:
        host, port = endpoint
        raise ConnectionError(f"fetching from Ray ({host}:{port}) failed: {problem}") from None
    finally:
        client.close()


def pull_from_socket(client: Any, ticket: bytes, token: str) -> Iterator[Any]:
    """The batches of one block through the socket."""
    import pyarrow.flight as flight

    for chunk in client.do_get(flight.Ticket(ticket), options(token)):
        yield chunk.data


def pull_from_memory(client: Any, ticket: bytes, token: str) -> Iterator[Any]:
    """The batches of one block out of the receiver's memory, which is released at once."""
    import json

    import pyarrow.flight as flight

    descriptor = flight.FlightDescriptor.for_command(ticket)
    writer, reader = client.do_exchange(descriptor, options(token))
    written: WrittenBlock = json.loads(reader.read_chunk().app_metadata.to_pybytes())
    own = copied(MappedSegments().memory(written["segment"]), written["size"])
    writer.done_writing()
    writer.close()
    yield from read_from(own, written["size"])


def probe(
    endpoints: Sequence[Endpoint], token: str, timeout_seconds: float
) -> Callable[[Iterator[pa.RecordBatch]], Iterator[pa.RecordBatch]]:
    """What `mapInArrow` runs once: whether an executor reaches every receiver.

    Answers rows of `what string, value string`: python, pyarrow, and `failure` for what is
    wrong, as a sentence.
    """

    def run(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        import sys

        import pyarrow as pa

        facts = [("python", sys.version.split()[0]), ("pyarrow", pa.__version__)]
        for _ in batches:
            pass
        for endpoint in endpoints:
            try:
                connected(endpoint, token, timeout_seconds).close()
            except Exception as problem:
                facts.append(("failure", f"{type(problem).__name__}: {problem}"))
        yield pa.RecordBatch.from_pydict(
            {"what": [name for name, _ in facts], "value": [value for _, value in facts]}
        )

    return run

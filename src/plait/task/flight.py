"""How batches travel between the machines: Arrow Flight, from whoever computes a table.

The code of this file runs in places that have no plait: Spark sends the functions of this
module to its executors as they are (by value), so they use pyarrow and the standard library
alone, and import inside.

A *sender* pushes the batches of one partition to all receivers in turn. Batches carry a
sequence number, by which a receiver cuts them into blocks; it confirms a block when that
is safely stored. What a sender returns lists the confirmed blocks: an attempt that dies
returns nothing, and whatever it sent is dropped.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pyarrow as pa

# A receiver's block: large enough that Ray handles few, small enough to be held in memory.
TURN_BYTES = 32 * 2**20
# What is smaller is sent together, what is larger in slices.
LEAST_BYTES = 4 * 2**20
MOST_BYTES = 16 * 2**20
REPORT = "partition long, sequence long, receiver int, block long, rows long, bytes long"

Endpoint = tuple[str, int]
Confirmed = tuple[int, int, int, int, int]


def sender(
    endpoints: Sequence[Endpoint], token: str, transfer: str, schema: bytes, timeout: float
) -> Callable[[Iterator[pa.RecordBatch]], Iterator[pa.RecordBatch]]:
    """What `mapInArrow` runs in an executor: send one partition and report its blocks.

    schema: the serialized schema in which the table arrives. The report has the columns of
    `REPORT`, one row for each block, and one with block -1 that counts the whole partition.
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

        blocks = send(shaped(), wanted, endpoints, token, transfer, timeout, first=number)
        rows = [(number, *block) for block in blocks]
        rows.append((number, -1, -1, -1, counted[0], 0))
        names = ("partition", "sequence", "receiver", "block", "rows", "bytes")
        kinds = (pa.int64(), pa.int64(), pa.int32(), pa.int64(), pa.int64(), pa.int64())
        columns = [pa.array([row[i] for row in rows], kind) for i, kind in enumerate(kinds)]
        yield pa.RecordBatch.from_arrays(columns, names=list(names))

    return run


def partition_number() -> int:
    """The number of this executor's partition; 0 where the engine does not tell it."""
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
    timeout: float,
    *,
    first: int = 0,
) -> list[Confirmed]:
    """Push `batches` to the receivers in turn, beginning with number `first` modulo all.

    Returns (sequence, receiver, block, rows, bytes) of every block that was stored. Raises
    ConnectionError when a receiver cannot be reached, or refuses or loses the stream.
    """
    import pyarrow as pa

    streams: dict[int, Any] = {}
    try:
        sent, turn = 0, first
        for sequence, batch in enumerate(right_sized(batches)):
            number = turn % len(endpoints)
            if number not in streams:
                streams[number] = open_stream(endpoints[number], token, transfer, schema, timeout)
            streams[number][1].write_with_metadata(batch, str(sequence).encode())
            sent += batch.nbytes
            if sent >= TURN_BYTES:
                sent, turn = 0, turn + 1
        blocks: list[Confirmed] = []
        for number, stream in streams.items():
            blocks.extend((block[0], number, *block[1:]) for block in confirmations(stream))
        return sorted(blocks)
    except (pa.ArrowException, OSError) as problem:
        at = ", ".join(f"{host}:{port}" for host, port in endpoints)
        raise ConnectionError(f"sending to Ray ({at}) failed: {problem}") from None
    finally:
        for client, _, _ in streams.values():
            client.close()


def open_stream(
    endpoint: Endpoint, token: str, transfer: str, schema: pa.Schema, timeout: float
) -> tuple[Any, Any, Any]:
    """(client, writer, reader) of one stream to one receiver."""
    import pyarrow.flight as flight

    client = connected(endpoint, token, timeout)
    descriptor = flight.FlightDescriptor.for_command(transfer.encode())
    writer, reader = client.do_put(descriptor, schema, options=options(token))
    return client, writer, reader


def confirmations(stream: tuple[Any, Any, Any]) -> Iterator[tuple[int, int, int, int]]:
    """What the receiver stored of a stream: (sequence, block, rows, bytes) of each block."""
    import json

    _, writer, reader = stream
    writer.done_writing()
    while (told := reader.read()) is not None:
        yield tuple(json.loads(told.to_pybytes()))
    writer.close()


def connected(endpoint: Endpoint, token: str, timeout: float) -> Any:
    """A Flight client of an endpoint that answered within `timeout` seconds.

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
        list(client.do_action(flight.Action("ping", b""), options(token, timeout)))
    except (pa.ArrowException, OSError) as problem:
        client.close()
        raise ConnectionError(f"{host}:{port} does not answer: {problem}") from None
    return client


def options(token: str, timeout: float | None = None) -> Any:
    """The options of a call: the run's token, and seconds that it may take."""
    import pyarrow.flight as flight

    return flight.FlightCallOptions(
        timeout=timeout, headers=[(b"authorization", b"Bearer " + token.encode())]
    )


def right_sized(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """The same rows: small batches joined, large ones cut, empty ones left out."""
    held: list[pa.RecordBatch] = []
    size = 0
    for batch in batches:
        if batch.num_rows == 0:
            continue
        held.append(batch)
        size += batch.nbytes
        if size >= LEAST_BYTES:
            yield from sliced(joined(held))
            held, size = [], 0
    if held:
        yield from sliced(joined(held))


def joined(batches: list[pa.RecordBatch]) -> pa.RecordBatch:
    """One batch of several."""
    import pyarrow as pa

    if len(batches) == 1:
        return batches[0]
    return pa.concat_batches(batches)


def sliced(batch: pa.RecordBatch) -> Iterator[pa.RecordBatch]:
    """The batch in slices of about `MOST_BYTES`."""
    pieces = max(1, -(-batch.nbytes // MOST_BYTES))
    step = max(1, -(-batch.num_rows // pieces))
    for start in range(0, batch.num_rows, step):
        yield batch.slice(start, step)


def as_schema(batch: pa.RecordBatch, schema: pa.Schema) -> pa.RecordBatch:
    """The batch with exactly the fields and types of `schema`; columns meet by position.

    Where the two differ only in which nested values may be null, no value is touched.
    """
    import pyarrow as pa

    if batch.schema.equals(schema):
        return batch
    columns = []
    for column, field in zip(batch.columns, schema, strict=True):
        if column.type != field.type:
            if loosened(column.type) == loosened(field.type):
                column = relabelled(column, field)
            else:
                column = column.cast(field.type, safe=False)
        columns.append(column)
    return pa.RecordBatch.from_arrays(columns, schema=schema)


def relabelled(column: pa.Array, field: pa.Field) -> pa.Array:
    """The same memory under the type of `field`, which has the same layout.

    By Arrow's C data interface, in which an array and its schema are two things.
    """
    import pyarrow as pa

    class Relabelled:
        def __arrow_c_array__(self, requested_schema: object = None) -> tuple[object, object]:
            del requested_schema
            return field.__arrow_c_schema__(), column.__arrow_c_array__()[1]

    return pa.array(Relabelled())


def loosened(kind: pa.DataType) -> pa.DataType:
    """The type in which every nested field may be null."""
    import pyarrow as pa

    if pa.types.is_struct(kind):
        fields = [kind.field(i) for i in range(kind.num_fields)]
        return pa.struct([pa.field(f.name, loosened(f.type), True, f.metadata) for f in fields])
    if pa.types.is_map(kind):
        item = kind.item_field
        return pa.map_(
            loosened(kind.key_type), pa.field(item.name, loosened(item.type), True, item.metadata)
        )
    if pa.types.is_list(kind):
        return pa.list_(pa.field("element", loosened(kind.value_type), True))
    return kind


def puller(
    tickets: Sequence[tuple[Endpoint, bytes]], token: str, schema: bytes, timeout: float
) -> Callable[[Iterator[pa.RecordBatch]], Iterator[pa.RecordBatch]]:
    """What `mapInArrow` runs over a range of ids: fetch the block of each id.

    tickets: where block number `id` is had, and what is asked there. schema: serialized.
    """

    def run(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        import pyarrow as pa

        wanted = pa.ipc.read_schema(pa.py_buffer(schema))
        for batch in batches:
            for number in batch.column(0).to_pylist():
                endpoint, ticket = tickets[number]
                for piece in pull(endpoint, ticket, token, timeout):
                    yield as_schema(piece, wanted)

    return run


def pull(endpoint: Endpoint, ticket: bytes, token: str, timeout: float) -> Iterator[Any]:
    """The batches of one block. Raises ConnectionError."""
    import pyarrow as pa
    import pyarrow.flight as flight

    client = connected(endpoint, token, timeout)
    try:
        for chunk in client.do_get(flight.Ticket(ticket), options(token)):
            yield chunk.data
    except (pa.ArrowException, OSError) as problem:
        host, port = endpoint
        raise ConnectionError(f"fetching from Ray ({host}:{port}) failed: {problem}") from None
    finally:
        client.close()


def probe(
    endpoints: Sequence[Endpoint], token: str, timeout: float
) -> Callable[[Iterator[pa.RecordBatch]], Iterator[pa.RecordBatch]]:
    """What `mapInArrow` runs once: whether an executor reaches every receiver.

    Answers rows of `what string, value string`: python, pyarrow, and `failure` for what is
    wrong in words.
    """

    def run(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        import sys

        import pyarrow as pa

        told = [("python", sys.version.split()[0]), ("pyarrow", pa.__version__)]
        for _ in batches:
            pass
        for endpoint in endpoints:
            try:
                connected(endpoint, token, timeout).close()
            except Exception as problem:
                told.append(("failure", f"{type(problem).__name__}: {problem}"))
        yield pa.RecordBatch.from_pydict(
            {"what": [name for name, _ in told], "value": [value for _, value in told]}
        )

    return run

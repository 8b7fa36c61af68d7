"""Runs on each Ray node for transfers of tables: stores what is sent, serves what is fetched.

A receiver is an actor with a Flight server. The blocks that arrive leave it through a
streaming method, whose results belong to the *caller*: they outlive the receiver, and every
process that sent them.
"""

from __future__ import annotations

import contextlib
import hmac
import json
import operator
import pickle
import threading
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from plait.worker.transport.flight import TURN_BYTES, StreamCommand, WrittenBlock
from plait.worker.transport.shared_memory import (
    HANDSHAKE,
    Pool,
    read_from,
    stream_size,
    write_into,
)

if TYPE_CHECKING:
    import pyarrow as pa

# Bytes that all streams of one receiver may hold together before they are stored.
_BUDGET_BYTES = 256 * 2**20
# Pieces of memory of about TURN_BYTES that one receiver shares with senders on its machine.
_SEGMENTS = 4
_LEAST_BLOCK_BYTES = 4 * 2**20
_SERVED_ROWS = 65536


class Transfer:
    """The blocks of one table that are sent into the object store of one node."""

    def __init__(self) -> None:
        self._waiting: list[_Block] = []
        self._closed = False
        self._streams = 0
        self._count = 0
        self._changed = threading.Condition()

    def block_limit(self) -> int:
        """Bytes at which a stream has to hand its block over, so that all stay in bounds."""
        return max(_LEAST_BLOCK_BYTES, min(TURN_BYTES, _BUDGET_BYTES // max(1, self._streams)))

    @contextlib.contextmanager
    def stream(self) -> Iterator[None]:
        """One more stream sends, as long as the block runs."""
        with self._changed:
            self._streams += 1
        try:
            yield
        finally:
            with self._changed:
                self._streams -= 1

    def ended(self) -> bool:
        """Whether nothing is taken any more."""
        return self._closed

    def offer(self, block: _Block) -> None:
        """Hand a block over; waits while another one is. Raises ConnectionError when closed."""
        with self._changed:
            self._changed.wait_for(lambda: self._closed or not self._waiting)
            if self._closed:
                raise ConnectionError("the transfer has ended")
            self._waiting.append(block)
            self._changed.notify_all()

    def close(self) -> None:
        """No more blocks: `blocks` ends."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    def wait_for(self, block: _Block) -> None:
        """Until a block is stored. Raises ConnectionError when the transfer ends before."""
        with self._changed:
            self._changed.wait_for(lambda: self._closed or block.stored)
        if not block.stored:
            raise ConnectionError("the transfer has ended")

    def blocks(self) -> Iterator[Any]:
        """Every block that arrives, until the end; one counts as stored once the next is asked."""
        while (block := self._next()) is not None:
            block.number = self._count
            self._count += 1
            yield block.take()
            block.done()
            with self._changed:
                block.stored = True
                self._changed.notify_all()

    def _next(self) -> _Block | None:
        with self._changed:
            self._changed.wait_for(lambda: self._closed or self._waiting)
            block = self._waiting.pop() if self._waiting else None
            self._changed.notify_all()
            return block


class _Block:
    """Batches of one stream that follow each other. sequence: the number of the first."""

    def __init__(self, sequence: int) -> None:
        self.sequence = sequence
        self.number = -1
        self.rows = 0
        self.bytes = 0
        self.stored = False
        self._batches: list[pa.RecordBatch] = []

    def add(self, batch: pa.RecordBatch) -> None:
        self._batches.append(batch)
        self.rows += batch.num_rows
        self.bytes += batch.nbytes

    def take(self) -> Any:
        """The rows as a table; the block itself lets them go."""
        import pyarrow as pa

        batches, self._batches = self._batches, []
        return pa.Table.from_batches(batches)

    def done(self) -> None:
        """What was taken is stored."""

    def confirmation(self) -> bytes:
        return json.dumps((self.sequence, self.number, self.rows, self.bytes)).encode()


class _Written(_Block):
    """A block that a sender wrote into shared memory, which is released when it is stored.

    sequence: the number of its first batch.
    """

    def __init__(
        self, sequence: int, memory: Any, size_bytes: int, release: Callable[[], None]
    ) -> None:
        super().__init__(sequence)
        self._stream: Any = memoryview(memory)[:size_bytes]
        self._release = release
        for batch in read_from(memory, size_bytes):
            self.rows += batch.num_rows
            self.bytes += batch.nbytes

    def take(self) -> Any:
        """The rows as a table, for whoever gets them; the block itself lets them go."""
        stream, self._stream = self._stream, None
        return _TableOf(stream)

    def done(self) -> None:
        """What was taken is stored."""
        self._release()


class _TableOf:
    """An Arrow stream that becomes a `pa.Table` where it is unpickled, with pyarrow alone.

    Pickled as a table, each of its many small buffers would be handled on its own; so all are
    one, which Ray copies into its store in one piece.
    """

    def __init__(self, stream: Any) -> None:
        self._stream = stream

    def __reduce__(self) -> tuple[Any, ...]:
        return operator.methodcaller("read_all"), (_Opening(self._stream),)


class _Opening:
    """The reader of an Arrow stream, when it is unpickled."""

    def __init__(self, stream: Any) -> None:
        self._stream = stream

    def __reduce__(self) -> tuple[Any, ...]:
        import pyarrow as pa

        return pa.ipc.open_stream, (pickle.PickleBuffer(self._stream),)


def serve(receiver: Receiver, host: str, token: str) -> Any:
    """A Flight server at `host` that admits callers with the token."""
    import pyarrow.flight as flight

    expected = f"Bearer {token}".encode()

    class Admission(flight.ServerMiddlewareFactory):  # type: ignore[misc]
        def start_call(self, _info: Any, headers: dict[str, list[str]]) -> None:
            given = headers.get("authorization", [""])[0]
            if not hmac.compare_digest(given.encode(), expected):
                raise flight.FlightUnauthenticatedError("wrong or missing token")

    class Server(flight.FlightServerBase):  # type: ignore[misc]
        def do_action(self, _context: Any, action: Any) -> list[bytes]:
            match action.type:
                case "ping":
                    return [b"here"]
                case kind if kind == HANDSHAKE:
                    return [receiver.pool.proof()]
                case kind:
                    raise flight.FlightServerError(f"there is no action '{kind}'")

        def do_put(self, _context: Any, descriptor: Any, reader: Any, writer: Any) -> None:
            command: StreamCommand = json.loads(descriptor.command)
            take = receiver.take_shared if command["shared"] else receiver.take_stream
            take(command["transfer"], reader, writer)

        def do_get(self, _context: Any, ticket: Any) -> Any:
            table = receiver.block_of(ticket.ticket)
            batches = table.to_batches(max_chunksize=_SERVED_ROWS)
            return flight.GeneratorStream(table.schema, iter(batches))

        def do_exchange(self, _context: Any, descriptor: Any, reader: Any, writer: Any) -> None:
            receiver.write_block(descriptor.command, reader, writer)

    where = f"[{host}]" if ":" in host else host
    return Server(f"grpc+tcp://{where}:0", middleware={"admission": Admission()})


class Receiver:
    """The actor. Its methods are called through Ray, those of its server through Flight.

    shares_memory: whether processes on the same machine may use memory of this one.
    """

    def __init__(self, token: str, shares_memory: bool) -> None:
        import ray

        self.pool = Pool(_SEGMENTS if shares_memory else 0)
        self._transfers: dict[str, Transfer] = {}
        self._offered: dict[str, tuple[Any, ...]] = {}
        self._host = ray.util.get_node_ip_address()
        self._server = serve(self, self._host, token)

    def endpoint(self) -> tuple[str, int]:
        """Where it listens."""
        return self._host, int(self._server.port)

    def begin(self, transfer: str) -> None:
        """From now on streams of this transfer are taken."""
        self._transfers[transfer] = Transfer()

    def blocks(self, transfer: str) -> Iterator[Any]:
        """The blocks of a transfer, each one stored as it is yielded."""
        yield from self._transfers[transfer].blocks()

    def end(self, transfer: str) -> None:
        """No stream of this transfer is taken any more."""
        if (ended := self._transfers.pop(transfer, None)) is not None:
            ended.close()

    def offer(self, name: str, blocks: list[Any]) -> None:
        """Serve these blocks (references) as `name/0`, `name/1` …"""
        self._offered[name] = tuple(blocks)

    def withdraw(self, name: str) -> None:
        """Serve them no longer."""
        self._offered.pop(name, None)

    def take_stream(self, name: str, reader: Any, writer: Any) -> None:
        """Read one stream to its end and confirm its blocks once they are stored.

        Raises KeyError for an unknown transfer, ConnectionError when it ends meanwhile.
        """
        transfer, done = self._open(name), []
        with transfer.stream():
            for block in _blocks(reader, transfer):
                transfer.offer(block)
                done.append(block)
            _confirm(done, transfer, writer)

    def take_shared(self, name: str, reader: Any, writer: Any) -> None:
        """The same of a stream whose blocks come through shared memory, one after the other.

        For each block the sender writes its size, gets the address of a segment, writes the
        block there, and then writes the number of its first batch.
        """
        transfer, done = self._open(name), []
        while (size := _number(reader)) is not None:
            segment = self.pool.acquire(size, transfer.ended)
            release = partial(self.pool.release, segment)
            try:
                _write(writer, json.dumps(segment.address()).encode())
                sequence = _number(reader)
                if sequence is None:
                    raise ConnectionError("the sender ended the stream within a block")
                block = _Written(sequence, segment.memory, size, release)
                transfer.offer(block)
            except BaseException:
                release()
                raise
            done.append(block)
        _confirm(done, transfer, writer)

    def _open(self, name: str) -> Transfer:
        transfer = self._transfers.get(name)
        if transfer is None:
            raise KeyError("there is no such transfer (any more)")
        return transfer

    def write_block(self, ticket: bytes, reader: Any, writer: Any) -> None:
        """Write the block of a ticket into a segment, and keep it until the other side is done."""
        import pyarrow as pa

        table = self.block_of(ticket)
        batches = table.to_batches(max_chunksize=_SERVED_ROWS)
        size = stream_size(table.schema, batches)
        segment = self.pool.acquire(size, lambda: False)
        try:
            write_into(segment.memory, table.schema, batches)
            writer.begin(pa.schema([]))
            written: WrittenBlock = {"segment": segment.address(), "size": size}
            writer.write_metadata(pa.py_buffer(json.dumps(written).encode()))
            _number(reader)
        finally:
            self.pool.release(segment)

    def block_of(self, ticket: bytes) -> pa.Table:
        """The table of a ticket `name/number`. Raises KeyError for what is not offered."""
        import ray

        name, _, number = ticket.decode().rpartition("/")
        return ray.get(self._offered[name][int(number)])


def _blocks(reader: Any, transfer: Transfer) -> Iterator[_Block]:
    """The batches of a stream as blocks: cut by size, and where the sequence has a gap."""
    block: _Block | None = None
    expected = -1
    while True:
        try:
            chunk = reader.read_chunk()
        except StopIteration:
            break
        sequence = int(chunk.app_metadata.to_pybytes())
        full = block is not None and block.bytes >= transfer.block_limit()
        if block is None or full or sequence != expected:
            if block is not None:
                yield block
            block = _Block(sequence)
        block.add(chunk.data)
        expected = sequence + 1
    if block is not None:
        yield block


def _confirm(blocks: Sequence[_Block], transfer: Transfer, writer: Any) -> None:
    """Confirm each block to the sender once it is stored."""
    for block in blocks:
        transfer.wait_for(block)
        _write(writer, block.confirmation())


def _write(writer: Any, content: bytes) -> None:
    import pyarrow as pa

    writer.write(pa.py_buffer(content))


def _number(reader: Any) -> int | None:
    """The number that the other side sends next, or None when it has ended."""
    try:
        return int(reader.read_chunk().app_metadata.to_pybytes())
    except StopIteration:
        return None

"""What stands on each Ray node for tables that cross: it stores what comes, serves what is asked.

A receiver is an actor with a Flight server. The blocks that arrive leave it through a
streaming method, whose results belong to the *caller*: they outlive the receiver, and every
process that sent them.
"""

from __future__ import annotations

import hmac
import json
import queue
import threading
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from plait.task.flight import TURN_BYTES

if TYPE_CHECKING:
    import pyarrow as pa

# Bytes that all streams of one receiver may hold together before they are stored.
_BUDGET = 256 * 2**20
_LEAST_BLOCK = 4 * 2**20
_SERVED_ROWS = 65536


class Transfer:
    """The blocks of one table on their way into the object store of one node."""

    def __init__(self) -> None:
        self._waiting: queue.Queue[_Block | None] = queue.Queue(maxsize=1)
        self._closed = threading.Event()
        self._streams = 0
        self._count = 0
        self._lock = threading.Lock()

    def block_limit(self) -> int:
        """Bytes at which a stream has to hand its block over, so that all stay in bounds."""
        return max(_LEAST_BLOCK, min(TURN_BYTES, _BUDGET // max(1, self._streams)))

    def joined(self, change: int) -> None:
        """A stream begins (1) or ends (-1)."""
        with self._lock:
            self._streams += change

    def offer(self, block: _Block) -> None:
        """Hand a block over; waits while another one is. Raises ConnectionError when closed."""
        while not self._closed.is_set():
            try:
                return self._waiting.put(block, timeout=0.5)
            except queue.Full:
                continue
        raise ConnectionError("the transfer has ended")

    def close(self) -> None:
        """No more blocks: `blocks` ends."""
        self._closed.set()
        self._waiting.put(None)

    def wait_for(self, block: _Block) -> None:
        """Until a block is stored. Raises ConnectionError when the transfer ends before."""
        while not block.stored.wait(0.5):
            if self._closed.is_set():
                raise ConnectionError("the transfer has ended")

    def blocks(self) -> Iterator[pa.Table]:
        """Every block that arrives, until the end; one counts as stored once the next is asked."""
        while (block := self._waiting.get()) is not None:
            block.number = self._count
            self._count += 1
            yield block.take()
            block.stored.set()


class _Block:
    """Batches of one stream that follow each other."""

    def __init__(self, sequence: int) -> None:
        self.sequence = sequence
        self.number = -1
        self.rows = 0
        self.bytes = 0
        self.stored = threading.Event()
        self._batches: list[pa.RecordBatch] = []

    def add(self, batch: pa.RecordBatch) -> None:
        self._batches.append(batch)
        self.rows += batch.num_rows
        self.bytes += batch.nbytes

    def take(self) -> pa.Table:
        """The rows as a table; the block itself lets them go."""
        import pyarrow as pa

        batches, self._batches = self._batches, []
        return pa.Table.from_batches(batches)

    def confirmation(self) -> bytes:
        return json.dumps((self.sequence, self.number, self.rows, self.bytes)).encode()


def serve(receiver: Receiver, host: str, token: str) -> Any:
    """A Flight server at `host` that admits who knows the token."""
    import pyarrow.flight as flight

    expected = f"Bearer {token}".encode()

    class Admission(flight.ServerMiddlewareFactory):  # type: ignore[misc]
        def start_call(self, _info: Any, headers: dict[str, list[str]]) -> None:
            given = headers.get("authorization", [""])[0]
            if not hmac.compare_digest(given.encode(), expected):
                raise flight.FlightUnauthenticatedError("wrong or missing token")

    class Server(flight.FlightServerBase):  # type: ignore[misc]
        def do_action(self, _context: Any, action: Any) -> list[bytes]:
            if action.type != "ping":
                raise flight.FlightServerError(f"there is no action '{action.type}'")
            return [b"here"]

        def do_put(self, _context: Any, descriptor: Any, reader: Any, writer: Any) -> None:
            receiver.take_stream(descriptor.command.decode(), reader, writer)

        def do_get(self, _context: Any, ticket: Any) -> Any:
            table = receiver.block_of(ticket.ticket)
            batches = table.to_batches(max_chunksize=_SERVED_ROWS)
            return flight.GeneratorStream(table.schema, iter(batches))

    where = f"[{host}]" if ":" in host else host
    return Server(f"grpc+tcp://{where}:0", middleware={"admission": Admission()})


class Receiver:
    """The actor. Its methods are called through Ray, those of its server through Flight."""

    def __init__(self, token: str) -> None:
        import ray

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

    def blocks(self, transfer: str) -> Iterator[pa.Table]:
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
        """Read one stream to its end and confirm its blocks once they are stored."""
        import pyarrow as pa

        transfer = self._transfers.get(name)
        if transfer is None:
            raise KeyError("there is no such transfer (any more)")
        transfer.joined(1)
        try:
            done: list[_Block] = []
            for block in _blocks(reader, transfer):
                transfer.offer(block)
                done.append(block)
            for block in done:
                transfer.wait_for(block)
                writer.write(pa.py_buffer(block.confirmation()))
        finally:
            transfer.joined(-1)

    def block_of(self, ticket: bytes) -> pa.Table:
        """The table of a ticket `name/number`."""
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

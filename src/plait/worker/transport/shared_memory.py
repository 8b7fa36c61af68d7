"""Memory that a receiver shares with processes of its own machine.

Through a socket every byte is copied four times, even within one machine. Here a sender
writes its batches once, into memory of the receiver, and Flight carries only the address and
the size; a fetching executor reads out of such memory in the same way.

The memory is an anonymous file (memfd): it has no name in any folder and is gone with the
receiver. Another process opens it as `/proc/<pid>/fd/<n>`, which the system allows to the
same user alone. Random bytes in the first such file are the same-host handshake: who reads
what the receiver wrote there is on its machine. Behind a network, in another container, for
another user or on a system without memfd that fails, and batches go through the socket.

As `plait.worker.transport.flight`, this runs where there is no plait, and is sent by value.
"""

from __future__ import annotations

import json
import mmap
import os
import secrets
import threading
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, TypedDict

if TYPE_CHECKING:
    import pyarrow as pa

HANDSHAKE = "same-host"
_PROOF_BYTES = 32
_STEP_BYTES = 8 * 2**20
_POLL_SECONDS = 0.5


class SegmentAddress(TypedDict):
    """Where a segment is, and its size in bytes."""

    path: str
    size: int


class Proof(TypedDict):
    """The bytes (as hexadecimal text) that a process on the same host reads in a file."""

    path: str
    proof: str


class Segment:
    """One piece of memory of the receiver: made small, it grows to what is asked for."""

    def __init__(self) -> None:
        self._file = os.fdopen(os.memfd_create("plait-segment"), "r+b", buffering=0)
        self.path = f"/proc/{os.getpid()}/fd/{self._file.fileno()}"
        self.size = 0
        self.memory = mmap.mmap(-1, 1)

    def grow(self, size_bytes: int) -> None:
        """At least `size_bytes` from now on; nobody may be reading it. Raises OSError."""
        if size_bytes > self.size:
            # Blocks are never quite the same size: in large steps it is mapped anew rarely.
            size = -(-size_bytes // _STEP_BYTES) * _STEP_BYTES
            self._file.truncate(size)
            self.memory, self.size = mmap.mmap(self._file.fileno(), size), size

    def address(self) -> SegmentAddress:
        """Where it is and how large, for the other side."""
        return {"path": self.path, "size": self.size}


class Pool:
    """The segments of one receiver, each with one user at a time.

    limit_count: how many at most; 0 where no memory is to be shared.
    """

    def __init__(self, limit_count: int) -> None:
        self._limit = limit_count if hasattr(os, "memfd_create") else 0
        self._created = 0
        self._free: list[Segment] = []
        self._changed = threading.Condition()
        self._proof: Proof | None = None
        self._proof_segment: Segment | None = None  # its file is gone with it

    def proof(self) -> bytes:
        """What shows another process that it is on this machine; empty: nothing is shared."""
        if self._limit == 0:
            return b""
        with self._changed:
            if self._proof is None:
                segment, proof = Segment(), secrets.token_bytes(_PROOF_BYTES)
                segment.grow(_PROOF_BYTES)
                segment.memory[:_PROOF_BYTES] = proof
                self._proof_segment = segment
                self._proof = {"path": segment.path, "proof": proof.hex()}
        return json.dumps(self._proof).encode()

    def acquire(self, size_bytes: int, ended: Callable[[], bool]) -> Segment:
        """A segment of at least `size_bytes`; waits for one until `ended`.

        Raises ConnectionError when ended, OSError when the system has no memory.
        """
        with self._changed:
            while not self._free and self._created >= self._limit:
                if ended() or self._limit == 0:
                    raise ConnectionError("the transfer has ended")
                self._changed.wait(_POLL_SECONDS)
            if self._free:
                segment = self._free.pop()
            else:
                segment = Segment()
                self._created += 1
        try:
            segment.grow(size_bytes)
        except OSError:
            self.release(segment)
            raise
        return segment

    def release(self, segment: Segment) -> None:
        """Give back a segment that is neither read nor written any more."""
        with self._changed:
            self._free.append(segment)
            self._changed.notify()


def is_same_host(proof: bytes) -> bool:
    """Whether this process sees the memory of the receiver that sent its `Pool.proof`."""
    if not proof:
        return False
    given: Proof = json.loads(proof)
    try:
        with open(given["path"], "rb") as file:  # noqa: PTH123 - a Path would resolve the link
            return file.read(_PROOF_BYTES).hex() == given["proof"]
    except OSError:
        return False


class MappedSegments:
    """Segments of another process as this one sees them; each is mapped once."""

    def __init__(self) -> None:
        self._maps: dict[str, mmap.mmap] = {}

    def memory(self, address: SegmentAddress) -> mmap.mmap:
        """The memory of a segment. Raises ConnectionError when it is gone."""
        path, size = address["path"], address["size"]
        known = self._maps.get(path)
        if known is None or len(known) != size:
            try:
                known = _mapped(path, size)
            except OSError as problem:
                raise ConnectionError(f"the receiver's memory is gone: {problem}") from None
            self._maps[path] = known
        return known


def _mapped(path: str, size: int) -> mmap.mmap:
    file = os.open(path, os.O_RDWR)
    try:
        # Populated at once, pages cost a fraction of what they cost one by one.
        return mmap.mmap(file, size, mmap.MAP_SHARED | getattr(mmap, "MAP_POPULATE", 0))
    finally:
        os.close(file)


def stream_size(schema: pa.Schema, batches: Sequence[pa.RecordBatch]) -> int:
    """Bytes of the Arrow stream of these batches; nothing is copied."""
    import pyarrow as pa

    counting = pa.MockOutputStream()
    write_stream(counting, schema, batches)
    return int(counting.size())


def write_stream(sink: Any, schema: pa.Schema, batches: Sequence[pa.RecordBatch]) -> None:
    """The batches as an Arrow stream."""
    import pyarrow as pa

    with pa.ipc.new_stream(sink, schema) as writer:
        for batch in batches:
            writer.write_batch(batch)


def write_into(memory: mmap.mmap, schema: pa.Schema, batches: Sequence[pa.RecordBatch]) -> None:
    """The batches as an Arrow stream at the beginning of `memory`."""
    import pyarrow as pa

    with pa.FixedSizeBufferWriter(pa.py_buffer(memory)) as sink:
        write_stream(sink, schema, batches)


def read_from(memory: Any, size_bytes: int) -> list[pa.RecordBatch]:
    """The batches of the Arrow stream in the first `size_bytes`; they lie where it lies."""
    import pyarrow as pa

    with pa.ipc.open_stream(pa.py_buffer(memory).slice(0, size_bytes)) as stream:
        return list(stream)


def copied(memory: mmap.mmap, size_bytes: int) -> pa.Buffer:
    """The first `size_bytes` in memory of this process's own.

    Arrow's pool keeps what was freed; pages new from the system cost more than the copy.
    """
    import pyarrow as pa

    own = pa.allocate_buffer(size_bytes)
    memoryview(own).cast("B")[:] = memoryview(memory)[:size_bytes]
    return own

"""Memory that a receiver lends to whoever stands on its own machine.

Through a socket every byte is copied four times, even within one machine. Here a sender
writes its batches once, into memory of the receiver, and Flight carries only a few words
about them; a fetching executor reads out of such memory in the same way.

The memory is an anonymous file (memfd): it has no name in any folder and is gone with the
receiver. Another process opens it as `/proc/<pid>/fd/<n>`, which the system allows to the
same user alone, and a random proof in the first such file shows that both see the same one:
behind a network, in another container, for another user or on a system without memfd they
do not, and batches travel through the socket.

As `plait.worker.transport.flight`, this runs where there is no plait, and is sent by value.
"""

from __future__ import annotations

import json
import mmap
import os
import secrets
import threading
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pyarrow as pa

MEET = "meet"
_PROOF_BYTES = 32
_STEP_BYTES = 8 * 2**20
_POLL_SECONDS = 0.5


class Segment:
    """One piece of memory of the receiver: made small, it grows to what is asked for."""

    def __init__(self) -> None:
        self._file = os.fdopen(os.memfd_create("plait-segment"), "r+b", buffering=0)
        self.place = f"/proc/{os.getpid()}/fd/{self._file.fileno()}"
        self.size = 0
        self.memory = mmap.mmap(-1, 1)

    def grow(self, size: int) -> None:
        """At least `size` bytes from now on; nobody may be reading it."""
        if size > self.size:
            # Blocks are never quite the same size: in large steps it is mapped anew rarely.
            size = -(-size // _STEP_BYTES) * _STEP_BYTES
            self._file.truncate(size)
            self.memory, self.size = mmap.mmap(self._file.fileno(), size), size

    def told(self) -> bytes:
        """Where it is and how large, for the other side."""
        return json.dumps({"place": self.place, "size": self.size}).encode()


class Pool:
    """The segments of one receiver: at most `most`, and each with one borrower at a time.

    most: 0 where no memory is to be lent.
    """

    def __init__(self, most: int) -> None:
        self._most = most if hasattr(os, "memfd_create") else 0
        self._made = 0
        self._free: list[Segment] = []
        self._changed = threading.Condition()
        self._proof: tuple[Segment, str] | None = None

    def meeting(self) -> bytes:
        """What shows another process that it is on this machine; empty: nothing is lent."""
        if self._most == 0:
            return b""
        with self._changed:
            if self._proof is None:
                segment, proof = Segment(), secrets.token_bytes(_PROOF_BYTES)
                segment.grow(_PROOF_BYTES)
                segment.memory[:_PROOF_BYTES] = proof
                self._proof = segment, proof.hex()
        segment, text = self._proof
        return json.dumps({"place": segment.place, "proof": text}).encode()

    def take(self, size: int, ended: Callable[[], bool]) -> Segment:
        """A segment of at least `size` bytes; waits for one. Raises ConnectionError when ended."""
        with self._changed:
            while not self._free and self._made >= self._most:
                if ended() or self._most == 0:
                    raise ConnectionError("the transfer has ended")
                self._changed.wait(_POLL_SECONDS)
            if self._free:
                segment = self._free.pop()
            else:
                segment = Segment()
                self._made += 1
        try:
            segment.grow(size)
        except OSError:
            self.give(segment)
            raise
        return segment

    def give(self, segment: Segment) -> None:
        """Back from its borrower, who reads and writes it no longer."""
        with self._changed:
            self._free.append(segment)
            self._changed.notify()


def lends(told: bytes) -> bool:
    """Whether this process sees the memory of the receiver whose `Pool.meeting` was told."""
    if not told:
        return False
    meeting = json.loads(told)
    try:
        with open(meeting["place"], "rb") as file:  # noqa: PTH123 - a Path would resolve the link
            return bool(file.read(_PROOF_BYTES).hex() == meeting["proof"])
    except OSError:
        return False


class Borrowed:
    """Segments as their borrower sees them; each is mapped once."""

    def __init__(self) -> None:
        self._maps: dict[str, mmap.mmap] = {}

    def memory(self, told: bytes) -> mmap.mmap:
        """The memory of `Segment.told`. Raises ConnectionError when it is gone."""
        segment = json.loads(told)
        place, size = segment["place"], segment["size"]
        known = self._maps.get(place)
        if known is None or len(known) != size:
            try:
                known = _mapped(place, size)
            except OSError as problem:
                raise ConnectionError(f"the receiver's memory is gone: {problem}") from None
            self._maps[place] = known
        return known


def _mapped(place: str, size: int) -> mmap.mmap:
    file = os.open(place, os.O_RDWR)
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


def read_from(memory: Any, size: int) -> list[pa.RecordBatch]:
    """The batches of the Arrow stream in the first `size` bytes; they lie where it lies."""
    import pyarrow as pa

    with pa.ipc.open_stream(pa.py_buffer(memory).slice(0, size)) as stream:
        return list(stream)


def copied(memory: mmap.mmap, size: int) -> pa.Buffer:
    """The first `size` bytes in memory of this process's own.

    Arrow's pool keeps what was freed; pages new from the system cost more than the copy.
    """
    import pyarrow as pa

    own = pa.allocate_buffer(size)
    memoryview(own).cast("B")[:] = memoryview(memory)[:size]
    return own

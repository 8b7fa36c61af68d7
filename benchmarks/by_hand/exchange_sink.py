"""The least that can be done with a table: count it, or push it by Arrow Flight to who drops it.

A bare server (no token, nothing kept) in a process of its own: `python exchange_sink.py` writes
its port and serves until its standard input is closed.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from typing import Any

COUNTED = "rows long"


def counting() -> Callable[[Iterator[Any]], Iterator[Any]]:
    """For `mapInArrow`: the rows of one partition."""

    def run(batches: Iterator[Any]) -> Iterator[Any]:
        import pyarrow as pa

        rows = sum(batch.num_rows for batch in batches)
        yield pa.RecordBatch.from_pydict({"rows": [rows]})

    return run


def pushing(port: int) -> Callable[[Iterator[Any]], Iterator[Any]]:
    """For `mapInArrow`: push the batches of one partition as they come, and count them."""

    def run(batches: Iterator[Any]) -> Iterator[Any]:
        import pyarrow as pa
        import pyarrow.flight as flight

        rows, writer, reader = 0, None, None
        client = flight.FlightClient(
            f"grpc+tcp://127.0.0.1:{port}", generic_options=[("grpc.enable_http_proxy", 0)]
        )
        for batch in batches:
            if writer is None:
                descriptor = flight.FlightDescriptor.for_command(b"sink")
                writer, reader = client.do_put(descriptor, batch.schema)
            writer.write_batch(batch)
            rows += batch.num_rows
        if writer is not None:
            writer.done_writing()
            while reader.read() is not None:  # the end: all was read there
                pass
            writer.close()
        client.close()
        yield pa.RecordBatch.from_pydict({"rows": [rows]})

    return run


def main() -> None:
    """Serve."""
    import pyarrow.flight as flight

    class Sink(flight.FlightServerBase):  # type: ignore[misc]
        def do_put(self, _context: Any, _descriptor: Any, reader: Any, _writer: Any) -> None:
            for _ in reader:
                pass

    server = Sink("grpc+tcp://127.0.0.1:0")
    print(server.port, flush=True)
    sys.stdin.read()
    server.shutdown()


if __name__ == "__main__":
    main()

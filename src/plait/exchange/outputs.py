"""Where the tasks that make a table leave its parts, and how these become one table."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from plait.exchange import client
from plait.exchange.ray_table import RayTable
from plait.exchange.strategy import Method
from plait.worker.transport import flight

if TYPE_CHECKING:
    import pyarrow as pa

    from plait.exchange.direct import Direct, Incoming
    from plait.worker.messages import (
        FileOutput,
        PartAnswer,
        PartOutput,
        ReceiverOutput,
        ReturnedOutput,
    )


class PredictionOutput(Protocol):
    """One of the methods of `plait.worker.transport.parts`."""

    def part(self, number: int) -> PartOutput:
        """Where the task of part `number` is to write (`output` in its request)."""
        ...

    def table(self, name: str, schema: pa.Schema, answers: Sequence[PartAnswer]) -> RayTable:
        """The table of what the tasks answered, in the order of the parts."""
        ...


@dataclass(frozen=True, slots=True)
class Files:
    """Parquet files in a folder that every worker can write, local or a URL."""

    folder: str

    def part(self, number: int) -> FileOutput:
        """See `PredictionOutput`."""
        return {"method": "lake", "folder": self.folder, "part": f"part-{number:05d}"}

    def table(self, name: str, schema: pa.Schema, answers: Sequence[PartAnswer]) -> RayTable:
        """See `PredictionOutput`."""
        files = tuple(answer["file"] for answer in answers)
        return RayTable(name, schema, *_measured(answers), files=files)


@dataclass(frozen=True, slots=True)
class Returned:
    """The rows themselves, through this process: for what is small."""

    def part(self, number: int) -> ReturnedOutput:  # noqa: ARG002 - the same for each
        """See `PredictionOutput`."""
        return {"method": "client"}

    def table(self, name: str, schema: pa.Schema, answers: Sequence[PartAnswer]) -> RayTable:
        """See `PredictionOutput`."""
        import pyarrow as pa

        tables = [answer["table"].cast(schema) for answer in answers]
        return client.to_ray(name, pa.concat_tables(tables))


@dataclass(frozen=True, slots=True)
class Sent:
    """Blocks in Ray's object store, by way of the receivers."""

    direct: Direct
    incoming: Incoming
    endpoints: tuple[flight.Endpoint, ...]

    def part(self, number: int) -> ReceiverOutput:
        """See `PredictionOutput`."""
        return {
            "method": "direct",
            "endpoints": list(self.endpoints),
            "token": self.direct.token,
            "transfer": self.incoming.name,
            "timeout_seconds": self.direct.timeout,
            "first": number,
        }

    def table(self, name: str, schema: pa.Schema, answers: Sequence[PartAnswer]) -> RayTable:
        """See `PredictionOutput`."""
        blocks = [block for answer in answers for block in answer["blocks"]]
        return self.direct.collected(name, schema, self.incoming, blocks)


@contextlib.contextmanager
def output(method: Method, folder: str, direct: Direct) -> Iterator[PredictionOutput]:
    """The method `client`, `direct` or `lake` (into `folder`), open while the tasks run."""
    match method:
        case "client":
            yield Returned()
        case "direct":
            with direct.receiving() as (incoming, endpoints):
                yield Sent(direct, incoming, endpoints)
        case _:
            yield Files(folder)


def _measured(answers: Sequence[PartAnswer]) -> tuple[int, int]:
    return sum(each["rows"] for each in answers), sum(each["bytes"] for each in answers)

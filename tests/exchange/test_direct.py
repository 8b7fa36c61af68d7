"""The direct method: who may use it, what counts as sent, and what happens when it is blocked."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.flight as flight
import pytest
import ray

from plait.errors import ClusterError
from plait.events import TableTransferred
from plait.exchange.client import to_arrow, to_ray
from plait.exchange.direct import Direct
from plait.settings import ExchangeSettings, with_setting
from plait.worker.transport import flight as sending
from plait.worker.transport import shared_memory
from plait.worker.transport.batches import MOST_BYTES
from plait.worker.transport.shared_memory import Pool
from tests.conftest import wait_until

SCHEMA = pa.schema([("k", pa.int64())])


def batch(start: int, stop: int) -> pa.RecordBatch:
    return pa.RecordBatch.from_pydict({"k": list(range(start, stop))}, schema=SCHEMA)


@pytest.fixture
def direct(run) -> Iterator[Direct]:
    """The direct method of the shared session, with receivers that run."""
    run("select 1 as one as t;")
    direct = run.session.resources.direct
    direct.start()
    yield direct


@pytest.fixture(params=[True, False], ids=["memory", "socket"])
def sent(run, request: pytest.FixtureRequest) -> Iterator[Direct]:
    """The direct method by the receivers' memory, and by the network."""
    run("select 1 as one as t;")
    direct = Direct(run.session.resources.cluster, ExchangeSettings(shared_memory=request.param))
    host, port = direct.start().endpoints[0]
    with flight.FlightClient(f"grpc+tcp://{host}:{port}") as client:
        assert sending.shares_memory(client, direct.token, 5.0) is request.param
    yield direct
    direct.stop()


def client_of(direct: Direct) -> flight.FlightClient:
    host, port = direct.start().endpoints[0]
    return flight.FlightClient(f"grpc+tcp://{host}:{port}")


@pytest.mark.parametrize("token", [None, "", "wrong"])
def test_without_the_token_nothing_is_answered(direct: Direct, token: str | None) -> None:
    headers = [] if token is None else [(b"authorization", f"Bearer {token}".encode())]
    options = flight.FlightCallOptions(headers=headers, timeout=10)
    with client_of(direct) as client, direct.receiving() as (incoming, _):
        for call in (
            lambda: list(client.do_action(flight.Action("ping", b""), options)),
            lambda: client.do_get(flight.Ticket(b"x/0"), options).read_all(),
            lambda: _put(client, incoming.name, options),
        ):
            with pytest.raises(flight.FlightUnauthenticatedError):
                call()
        assert direct.arrived() == [0]


def _put(client: flight.FlightClient, transfer: str, options: flight.FlightCallOptions) -> None:
    descriptor = flight.FlightDescriptor.for_command(
        json.dumps({"transfer": transfer, "shared": False}).encode()
    )
    writer, reader = client.do_put(descriptor, SCHEMA, options=options)
    writer.write_with_metadata(batch(0, 10), b"0")
    writer.done_writing()
    reader.read()
    writer.close()


def test_the_receivers_listen_on_this_machine_alone(direct: Direct) -> None:
    assert {host for host, _ in direct.start().endpoints} == {"127.0.0.1"}


def test_an_attempt_that_dies_does_not_count(sent: Direct) -> None:
    """More attempts than there are pieces of memory: each is given back."""

    def dying() -> Iterator[pa.RecordBatch]:
        for start in range(0, 4_500_000, 500_000):
            yield batch(start, start + 500_000)
        raise ArithmeticError("the executor's own failure")

    with sent.receiving() as (incoming, endpoints):
        given = (endpoints, sent.token, incoming.name, 5.0)
        for _ in range(6):
            with pytest.raises(ArithmeticError):
                sending.send(dying(), SCHEMA, *given)
        blocks = sending.send(iter([batch(0, 1000), batch(1000, 2000)]), SCHEMA, *given)
        table = sent.collected("t", SCHEMA, incoming, blocks)
    assert to_arrow(table)["k"].to_pylist() == list(range(2000))


def test_rows_keep_their_order_over_many_blocks(sent: Direct) -> None:
    """Six million rows are several blocks, cut where the receiver has enough."""
    pieces = (batch(start, start + 100_000) for start in range(0, 6_000_000, 100_000))
    with sent.receiving() as (incoming, endpoints):
        blocks = sending.send(pieces, SCHEMA, endpoints, sent.token, incoming.name, 5.0)
        table = sent.collected("t", SCHEMA, incoming, blocks)
    assert len(table.blocks) > 1
    assert to_arrow(table)["k"].combine_chunks().equals(pa.array(range(6_000_000)))


def test_more_senders_than_memory_take_turns(sent: Direct) -> None:
    whole = pa.RecordBatch.from_pydict({"k": np.arange(4_500_000)}, schema=SCHEMA)

    def send(number: int) -> list[sending.ConfirmedBlock]:
        return sending.send(
            iter([whole]), SCHEMA, endpoints, sent.token, incoming.name, 5.0, first=number
        )

    with sent.receiving() as (incoming, endpoints), ThreadPoolExecutor(8) as pool:
        parts = list(pool.map(send, range(8)))
        table = sent.collected("t", SCHEMA, incoming, [b for blocks in parts for b in blocks])
    column = to_arrow(table)["k"]
    assert len(column) == 8 * len(whole)
    assert pc.sum(column).as_py() == 8 * pc.sum(whole["k"]).as_py()


def test_one_value_larger_than_a_block(sent: Direct) -> None:
    text = "x" * (sending.TURN_BYTES + MOST_BYTES)
    schema = pa.schema([("s", pa.string())])
    row = pa.RecordBatch.from_pydict({"s": [text]}, schema=schema)
    with sent.receiving() as (incoming, endpoints):
        blocks = sending.send(iter([row, row]), schema, endpoints, sent.token, incoming.name, 5.0)
        table = sent.collected("t", schema, incoming, blocks)
    assert to_arrow(table)["s"].to_pylist() == [text, text]


def test_who_comes_after_the_transfer_is_refused(sent: Direct) -> None:
    with sent.receiving() as (incoming, endpoints):
        pass
    with pytest.raises(ConnectionError, match="no such transfer"):
        sending.send(iter([batch(0, 9)]), SCHEMA, endpoints, sent.token, incoming.name, 5.0)


def test_memory_of_another_machine_is_not_taken_for_ones_own(tmp_path: Path) -> None:
    there = json.loads(Pool(1).proof())
    assert (
        shared_memory.is_same_host(json.dumps(there).encode()) is False
    )  # its pool is gone, and the file
    other = tmp_path / "other"
    other.write_bytes(bytes(32))
    assert not shared_memory.is_same_host(json.dumps({**there, "path": str(other)}).encode())
    assert not shared_memory.is_same_host(b"")
    pool = Pool(1)
    assert shared_memory.is_same_host(pool.proof())
    assert Pool(0).proof() == b""


def test_the_receivers_are_gone_when_they_are_stopped(run, direct: Direct) -> None:
    other = Direct(run.session.resources.cluster, ExchangeSettings())
    endpoint = other.start().endpoints[0]
    socket.create_connection(endpoint, timeout=5).close()
    other.stop()

    def gone() -> bool:
        try:
            socket.create_connection(endpoint, timeout=5).close()
        except OSError:
            return True
        return False

    assert wait_until(gone)


@pytest.fixture
def blocked(direct: Direct) -> Iterator[None]:
    """Executors find nobody where the receivers should be."""
    receivers = direct.start()
    before = list(receivers.endpoints)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        receivers.endpoints[:] = [("127.0.0.1", free.getsockname()[1])]
    yield
    receivers.endpoints[:] = before


def test_what_cannot_be_reached_is_left_to_the_lake(run, blocked) -> None:
    session = run.session
    before = session.settings
    session.settings = with_setting(before, "exchange.client_limit", "1b", "test")
    try:
        run(TRAIN.format(more=""))
    finally:
        session.settings = before
    transferred = {event.table: event for event in run.of(TableTransferred)}
    assert transferred["t"].method == "lake"
    assert "does not reach Ray" in transferred["t"].why


def test_the_direct_way_asked_for_and_blocked_is_an_error(run, blocked) -> None:
    with pytest.raises(ClusterError, match='exchange="direct" was asked for') as caught:
        run(TRAIN.format(more='and exchange="direct"'))
    assert caught.value.span is not None
    assert caught.value.span.line == 8


TRAIN = """
set py = '''
from plait import task
print(len(task.data))
''';
load script.`py` as py;
select id as k from range(1000) as t;
train t as PythonAlg.`${{dir}}/model` where scripts="py" {more} as r;
"""


def test_blocks_are_withdrawn_when_no_table_reads_them(run, direct: Direct) -> None:
    def offers() -> int:
        count = lambda receiver: len(receiver._offered)  # noqa: E731 - Ray calls it in the actor
        return sum(ray.get([a.__ray_call__.remote(count) for a in direct.start().actors]))

    session, before = run.session, run.session.settings
    first = offers()
    session.settings = with_setting(before, "exchange.method", "direct", "test")
    try:
        came = session.from_ray(to_ray("came", pa.table({"a": [1, 2, 3]})), "came")
    finally:
        session.settings = before
    assert offers() == first + 1
    del came
    last = run("select sum(a) as a from came as came;").last
    assert last.to_arrow().to_pylist() == [{"a": 6}], "the new table reads the old one"
    assert offers() == first + 1
    del last
    run("select 1 as a as came;")
    assert wait_until(lambda: offers() == first)

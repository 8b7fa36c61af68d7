"""Every type, by every method, in both directions, on every engine: the same values arrive."""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from plait.exchange.client import to_arrow
from plait.exchange.ray_table import RayTable
from plait.session import Session, connect
from plait.settings import with_setting
from tests.exchange.types import VALUES, table_of_all_types

ENGINES = ("sail", "spark")
# Directly is by the receivers' memory on their own machine, and by the network elsewhere.
METHODS = ("client", "direct", "socket", "lake")


class Transfers:
    """The table of all types, carried once by each method on each engine."""

    def __init__(self, sessions: dict[str, Session]) -> None:
        self.sessions = sessions
        self._there: dict[tuple[str, str], RayTable] = {}
        self._back: dict[tuple[str, str], pa.Table] = {}
        self._here: dict[str, pa.Table] = {}

    def here(self, engine: str) -> pa.Table:
        if engine not in self._here:
            table = self.sessions[engine].sql(table_of_all_types())
            self._here[engine] = ordered(table.to_arrow())
        return self._here[engine]

    def there(self, engine: str, method: str) -> RayTable:
        if (engine, method) not in self._there:
            table = by(self.sessions[engine], method).sql(table_of_all_types())
            self._there[engine, method] = table.to_ray()
        return self._there[engine, method]

    def back(self, engine: str, method: str) -> pa.Table:
        if (engine, method) not in self._back:
            there = self.there(engine, method)
            session = by(self.sessions[engine], method)
            if method != "client":
                session = limited(session)
            session.from_ray(there, f"back_{method}")
            # by a query: a table that came through the client is still at hand in it
            table = session.sql(f"select * from back_{method}")
            self._back[engine, method] = ordered(table.to_arrow())
        return self._back[engine, method]


def by(session: Session, method: str) -> Session:
    changed = {
        "exchange.method": "direct" if method == "socket" else method,
        "exchange.shared_memory": method != "socket",
    }
    before = session.settings.exchange.shared_memory
    for key, value in changed.items():
        session.settings = with_setting(session.settings, key, value, "test")
    if before != session.settings.exchange.shared_memory:
        session.resources.leave_direct()  # receivers are made again, and lend memory or do not
    return limited(session, "64MiB")


def limited(session: Session, limit: str = "1b") -> Session:
    session.settings = with_setting(session.settings, "exchange.client_limit", limit, "test")
    return session


def ordered(table: pa.Table) -> pa.Table:
    return table.sort_by("row_id")


@pytest.fixture(scope="module")
def transfers(
    ray_session: Session, tmp_path_factory: pytest.TempPathFactory, cache: Path
) -> Iterator[Transfers]:
    before = ray_session.settings
    lake = tmp_path_factory.mktemp("lake")
    settings = {"cache": str(cache), "spark.conf.spark.sql.shuffle.partitions": "2"}
    with connect(lake, engine="spark", **settings) as spark:
        yield Transfers({"sail": ray_session, "spark": spark})
    ray_session.settings = before


def same(one: Any, other: Any) -> bool:
    """Equality in which NaN is NaN, and -0.0 is not 0.0."""
    if isinstance(one, float) and isinstance(other, float):
        if math.isnan(one) or math.isnan(other):
            return math.isnan(one) and math.isnan(other)
        return one == other and math.copysign(1, one) == math.copysign(1, other)
    if isinstance(one, (list, tuple)) and isinstance(other, (list, tuple)):
        return len(one) == len(other) and all(map(same, one, other))
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(same(one[key], other[key]) for key in one)
    return type(one) is type(other) and one == other


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("name", VALUES)
def test_to_ray(transfers: Transfers, name: str, method: str, engine: str) -> None:
    here = transfers.here(engine)
    there = transfers.there(engine, method)
    assert bool(there.files) == (method == "lake")
    transferred = ordered(to_arrow(there))
    assert same(transferred[name].to_pylist(), here[name].to_pylist())
    assert here[name].null_count in (1, 4)


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("name", VALUES)
def test_back_from_ray(transfers: Transfers, name: str, method: str, engine: str) -> None:
    here, back = transfers.here(engine), transfers.back(engine, method)
    assert same(back[name].to_pylist(), here[name].to_pylist())
    assert back.schema.field(name).type == here.schema.field(name).type


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("method", METHODS)
def test_an_empty_table_is_transferred_in_both_directions(
    transfers: Transfers, method: str, engine: str
) -> None:
    session = by(transfers.sessions[engine], method)
    there = session.sql("select id as k, 'x' as s from range(5) where id > 10").to_ray()
    assert there.rows == 0
    assert to_arrow(there).schema.names == ["k", "s"]
    back = limited(session).from_ray(there, "nothing")
    assert back.to_arrow().to_pydict() == {"k": [], "s": []}


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("partitions", [1, 200])
def test_rows_of_few_and_many_partitions_arrive_once(
    transfers: Transfers, partitions: int, engine: str
) -> None:
    session = by(transfers.sessions[engine], "direct")
    there = session.sql(f"select * from range(0, 10000, 1, {partitions})").to_ray()
    assert there.rows == 10_000
    ids = to_arrow(there)["id"].to_pylist()
    assert sorted(ids) == list(range(10_000))
    if engine == "spark":  # which tells the number of a partition
        assert ids == list(range(10_000))


@pytest.mark.parametrize("method", METHODS)
def test_a_table_without_columns_is_transferred(transfers: Transfers, method: str) -> None:
    session = by(transfers.sessions["spark"], method)
    there = session.sql("select * except (id) from range(3)").to_ray()
    assert there.schema.names == []


@pytest.mark.parametrize("method", METHODS)
def test_vectors_of_spark_ml_cross_as_their_parts(
    transfers: Transfers, method: str, tmp_path: Path
) -> None:
    from pyspark.ml.linalg import Vectors

    session = by(transfers.sessions["spark"], method)
    rows = [(1, Vectors.dense([1.0, 2.5])), (2, Vectors.sparse(4, {1: 5.0}))]
    session.spark.createDataFrame(rows, ["id", "v"]).write.parquet(str(tmp_path / "vectors"))
    done = session.run(f"load parquet.`{tmp_path}/vectors` as vectors;")
    transferred = to_arrow(done.tables["vectors"].to_ray()).sort_by("id")["v"].to_pylist()
    assert [(v["type"], v["size"], v["indices"], v["values"]) for v in transferred] == [
        (1, None, None, [1.0, 2.5]),
        (0, 4, [1], [5.0]),
    ]


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("method", ["client", "direct"])
def test_a_dataset_of_ray_becomes_a_table(transfers: Transfers, method: str, engine: str) -> None:
    import ray.data

    session = by(transfers.sessions[engine], method)
    if method == "direct":
        limited(session)
    session.sql("select 1").to_ray()  # Ray runs
    dataset = ray.data.range(1000, override_num_blocks=3).map_batches(
        lambda batch: {"id": batch["id"], "twice": batch["id"] * 2}
    )
    table = session.from_ray(dataset, f"doubled_{method}")
    total = session.sql(f"select count(*) n, sum(twice) s, max(id) m from doubled_{method}")
    assert total.to_arrow().to_pylist() == [{"n": 1000, "s": 999000, "m": 999}]
    assert table.schema == (("id", "bigint"), ("twice", "bigint"))

"""Both data engines, started once for all tests."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from plait.engines.base import DataEngine
from plait.settings import Secret, Settings


@pytest.fixture(scope="session")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    return Settings(lake=str(tmp_path_factory.mktemp("lake")))


@pytest.fixture(scope="session")
def sail(settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[DataEngine]:
    from plait.engines.sail.engine import SailEngine

    engine = SailEngine(settings, tmp_path_factory.mktemp("sail"))
    engine.start()
    yield engine
    engine.stop()


@pytest.fixture(scope="session")
def unrewritten(sail: DataEngine) -> Iterator[Any]:
    """A session of the same Sail whose requests are sent as they are."""
    from plait.engines.connect import close_session, open_session

    sail.session()
    server = sail._server  # type: ignore[attr-defined]
    session = open_session(server, server.port(10.0), conf={"spark.sql.session.timeZone": "UTC"})
    yield session
    close_session(session)


@pytest.fixture(scope="session")
def spark(settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[DataEngine]:
    from plait.engines.spark.engine import SparkEngine

    engine = SparkEngine(settings, tmp_path_factory.mktemp("spark"))
    engine.start()
    yield engine
    engine.stop()


@pytest.fixture(scope="session")
def remote_spark(spark: DataEngine, settings: Settings) -> Iterator[DataEngine]:
    """The same Spark as a Connect server that was there before."""
    from plait.engines.spark.remote import RemoteSpark

    port = spark.session().client._builder.url.port
    token = Secret(spark._token)  # type: ignore[attr-defined]
    there = replace(settings.spark, remote=f"sc://127.0.0.1:{port}", token=token)
    engine = RemoteSpark(replace(settings, spark=there))
    yield engine
    engine.stop()


@pytest.fixture
def engines(sail: DataEngine, spark: DataEngine, remote_spark: DataEngine) -> list[DataEngine]:
    """All engines together."""
    return [sail, spark, remote_spark]


@pytest.fixture(params=["sail", "spark"])
def engine(request: pytest.FixtureRequest) -> DataEngine:
    """Each of the two engines in turn."""
    found: DataEngine = request.getfixturevalue(request.param)
    return found

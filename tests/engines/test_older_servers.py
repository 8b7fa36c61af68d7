"""Connect servers of another Spark than the client: refused ones, and limits as they give them."""

from __future__ import annotations

import pytest

from plait.engines.spark.older_servers import limit
from plait.engines.spark.remote import RemoteSpark, require_version
from plait.errors import EngineError, ExecutorPythonError
from plait.settings import load_settings

LOCAL = "spark.sql.session.localRelation"


def test_a_server_that_is_too_old_is_refused_with_its_version() -> None:
    with pytest.raises(EngineError, match=r"the Spark Connect server is Spark 3\.4\.1") as caught:
        require_version("3.4.1")
    assert "3.5" in caught.value.hint


def test_the_python_of_a_servers_executors_is_decided_where_it_starts() -> None:
    engine = RemoteSpark(load_settings({"spark.remote": "sc://127.0.0.1:1"}))
    text = "[PYTHON_VERSION_MISMATCH] … version: 3.12 than that in driver: 3.11, PySpark"
    translated = engine.translate(RuntimeError(text))
    assert isinstance(translated, ExecutorPythonError)
    assert translated.hint is not None and translated.hint.startswith("set PYSPARK_PYTHON (where")


@pytest.mark.parametrize(
    ("text", "version"),
    [("3.5.0", (3, 5)), ("4.0.5", (4, 0)), ("4.2.1-SNAPSHOT", (4, 2)), ("10.1", (10, 1))],
)
def test_a_version_is_read(text: str, version: tuple[int, int]) -> None:
    assert require_version(text) == version


@pytest.mark.parametrize(
    ("key", "value", "version", "taken"),
    [
        ("spark.sql.session.timeZone", "Europe/Rome", (4, 0), "Europe/Rome"),
        ("spark.sql.timestampType", None, (4, 0), None),
        # as the servers of 4.1.4 and 4.0.5 answer
        (f"{LOCAL}SizeLimit", "3221225472b", (4, 1), "3221225472"),
        (f"{LOCAL}CacheThreshold", "1048576", (4, 1), "1048576"),
        (f"{LOCAL}SizeLimit", None, (4, 0), "3221225472"),
        (f"{LOCAL}ChunkSizeRows", None, (4, 0), "10000"),
        (f"{LOCAL}CacheThreshold", "67108864", (4, 0), str(2**31 - 1)),
    ],
)
def test_what_the_client_takes_for_a_limit(
    key: str, value: str | None, version: tuple[int, int], taken: str | None
) -> None:
    assert limit(key, value, version) == taken

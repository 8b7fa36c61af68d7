"""Spark Connect servers that are older than the client: what that must not ask of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pyspark.sql.connect.session import SparkSession

_PREFIX = "spark.sql.session.localRelation"
_CACHE_THRESHOLD = f"{_PREFIX}CacheThreshold"
# The first server that takes the rows of a local table in chunks, and the first one whose
# settings are all as this client reads them.
_CHUNKS, _CURRENT = (4, 1), (4, 2)
# What a server without chunks has no setting for; the client wants a number all the same.
_UNKNOWN_THERE = {
    f"{_PREFIX}SizeLimit": "3221225472",
    f"{_PREFIX}ChunkSizeRows": "10000",
    f"{_PREFIX}ChunkSizeBytes": "16777216",
    f"{_PREFIX}BatchOfChunksSizeBytes": "1073741824",
}
_NEVER = str(2**31 - 1)


def accommodate(session: SparkSession, version: tuple[int, ...]) -> None:
    """Let the client of `session` send tables to a server of an older Spark.

    Before it sends one it asks for the server's limits all at once. An older server does not
    know some of them and refuses, or answers `3221225472b`.
    """
    if version >= _CURRENT:
        return
    client = session.client

    def answers(*keys: str) -> Mapping[str, str | None]:
        # With a default of None an unknown setting is no error.
        asked = client.get_config_with_defaults(*((key, None) for key in keys))
        return {key: limit(key, value, version) for key, value in zip(keys, asked, strict=True)}

    client.get_config_dict = answers


def limit(key: str, value: str | None, version: tuple[int, ...]) -> str | None:
    """What the client is to take for a setting of which a server of `version` says `value`."""
    if not key.startswith(_PREFIX):
        return value
    if version < _CHUNKS and key == _CACHE_THRESHOLD:
        return _NEVER  # beyond it the client would send chunks
    return (value or _UNKNOWN_THERE.get(key, _NEVER)).removesuffix("b")

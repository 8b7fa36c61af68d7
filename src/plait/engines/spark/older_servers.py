"""How the client works with Spark Connect servers that are older than itself."""

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
# Settings that a server without chunks does not have; the client needs a number for each.
_UNKNOWN_THERE = {
    f"{_PREFIX}SizeLimit": "3221225472",
    f"{_PREFIX}ChunkSizeRows": "10000",
    f"{_PREFIX}ChunkSizeBytes": "16777216",
    f"{_PREFIX}BatchOfChunksSizeBytes": "1073741824",
}
_NEVER = str(2**31 - 1)


def accommodate(session: SparkSession, version: tuple[int, ...]) -> None:
    """Let the client of `session` send tables to a server of an older Spark.

    Before it sends a table, the client asks for all of the server's limits at once. An older
    server refuses the question, as it does not know some of them, or answers `3221225472b`.
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
    """The value that the client uses for a setting to which a server answered `value`.

    version: the server's major and minor number.
    """
    if not key.startswith(_PREFIX):
        return value
    if version < _CHUNKS and key == _CACHE_THRESHOLD:
        return _NEVER  # beyond it the client would send chunks
    return (value or _UNKNOWN_THERE.get(key, _NEVER)).removesuffix("b")

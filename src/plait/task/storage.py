"""Files of the lake for whoever runs in a Ray worker, and for the client: one way to open them.

A place is a local path, `file:/…`, `s3a://bucket/…` (also s3://, s3n://) or `hdfs://host/…`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    import pyarrow.fs as pafs

S3_SCHEMES = ("s3", "s3a", "s3n")


def filesystem(place: str, access: Mapping[str, str]) -> tuple[pafs.FileSystem, str]:
    """Arrow's file system for `place`, and the path of `place` in it.

    access: what `plait.storage.Storage.access` gives: plain text by name, for S3 `endpoint`,
    `region`, `access_key`, `secret_key`, `session_token`, `path_style`; for HDFS `webhdfs`,
    `hdfs_user`. Raises ValueError for a scheme that is not known.
    """
    import pyarrow.fs as pafs

    parts = urlsplit(place)
    if parts.scheme in ("", "file"):
        return pafs.LocalFileSystem(), parts.path if parts.scheme else place
    if parts.scheme in S3_SCHEMES:
        return _s3(access), f"{parts.netloc}{parts.path}".rstrip("/")
    if parts.scheme == "hdfs":
        return _hdfs(access), parts.path or "/"
    raise ValueError(f"'{place}' is neither a local path nor one of s3a:// and hdfs://")


def _s3(access: Mapping[str, str]) -> pafs.FileSystem:
    import pyarrow.fs as pafs

    given = {
        "access_key": access.get("access_key"),
        "secret_key": access.get("secret_key"),
        "session_token": access.get("session_token"),
        "region": access.get("region"),
    }
    if endpoint := access.get("endpoint"):
        given["scheme"], _, given["endpoint_override"] = endpoint.rpartition("://")
    known = {name: value for name, value in given.items() if value}
    return pafs.S3FileSystem(**known, force_virtual_addressing=access.get("path_style") == "no")


def _hdfs(access: Mapping[str, str]) -> pafs.FileSystem:
    import fsspec
    import pyarrow.fs as pafs

    address = urlsplit(access.get("webhdfs") or "")
    if not address.hostname:
        raise ValueError("storage.webhdfs is not set: Python reaches HDFS by the name node's HTTP")
    files = fsspec.filesystem(
        "webhdfs",
        host=address.hostname,
        port=address.port or 9870,
        user=access.get("hdfs_user"),
        use_https=address.scheme == "https",
    )
    return pafs.PyFileSystem(pafs.FSSpecHandler(files))

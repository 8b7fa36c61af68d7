"""One set of credentials, in the words of each library that reads or writes the lake."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from plait.config import Secret, StorageSettings

if TYPE_CHECKING:
    import pyarrow.fs as pafs

_AWS = {
    "endpoint": ("AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL"),
    "region": ("AWS_REGION", "AWS_DEFAULT_REGION"),
    "access_key": ("AWS_ACCESS_KEY_ID",),
    "secret_key": ("AWS_SECRET_ACCESS_KEY",),
    "session_token": ("AWS_SESSION_TOKEN",),
    "hdfs_user": ("HADOOP_USER_NAME",),
}


@dataclass(frozen=True, slots=True)
class Storage:
    """access: plain text by name, as `plait.task.storage.filesystem` takes it.

    It holds secrets: it goes to workers as an argument, never into an event or a log.
    """

    _access: tuple[tuple[str, Secret], ...]

    @classmethod
    def of(cls, settings: StorageSettings, environ: Mapping[str, str] | None = None) -> Storage:
        """What the settings say, and the ecosystem's own variables where they do not."""
        environ = os.environ if environ is None else environ
        found: dict[str, str] = {}
        for name in ("endpoint", "region", "access_key", "secret_key", "session_token",
                     "webhdfs", "hdfs_user"):  # fmt: skip
            value = getattr(settings, name)
            text = value.reveal() if isinstance(value, Secret) else value
            names = _AWS.get(name, ())
            text = text or next((environ[each] for each in names if environ.get(each)), None)
            if text:
                found[name] = text
        style = settings.path_style
        found["path_style"] = "yes" if (style or (style is None and "endpoint" in found)) else "no"
        if "webhdfs" not in found and (address := _name_node(environ)):
            found["webhdfs"] = address
        return cls(tuple((name, Secret(value)) for name, value in found.items()))

    @property
    def access(self) -> dict[str, str]:
        """By name, in plain text; for a worker's argument only."""
        return {name: value.reveal() for name, value in self._access}

    def filesystem(self, place: str) -> tuple[pafs.FileSystem, str]:
        """Arrow's file system for a place, and the path in it. Raises ValueError."""
        from plait.task.storage import filesystem

        return filesystem(place, self.access)

    def spark_conf(self) -> dict[str, str]:
        """Spark's settings for S3A and HDFS."""
        access = self.access
        names = {
            "endpoint": "endpoint",
            "region": "endpoint.region",
            "access_key": "access.key",
            "secret_key": "secret.key",
            "session_token": "session.token",
        }
        conf = {
            f"spark.hadoop.fs.s3a.{key}": access[name]
            for name, key in names.items()
            if name in access
        }
        if conf:
            conf["spark.hadoop.fs.s3a.path.style.access"] = str(
                access["path_style"] == "yes"
            ).lower()
        if access.get("endpoint", "").startswith("http://"):
            conf["spark.hadoop.fs.s3a.connection.ssl.enabled"] = "false"
        if "session_token" in access:
            conf["spark.hadoop.fs.s3a.aws.credentials.provider"] = (
                "org.apache.hadoop.fs.s3a.TemporaryAWSCredentialsProvider"
            )
        return conf

    def aws_environ(self) -> dict[str, str]:
        """The AWS_* variables, for Sail's process and for users' own code in Ray workers."""
        access = self.access
        names = {
            "endpoint": "AWS_ENDPOINT_URL",
            "region": "AWS_REGION",
            "access_key": "AWS_ACCESS_KEY_ID",
            "secret_key": "AWS_SECRET_ACCESS_KEY",
            "session_token": "AWS_SESSION_TOKEN",
        }
        found = {variable: access[name] for name, variable in names.items() if name in access}
        if found.get("AWS_ENDPOINT_URL", "").startswith("http://"):
            found["AWS_ALLOW_HTTP"] = "true"
        return found


def _name_node(environ: Mapping[str, str]) -> str | None:
    """The HTTP address of the name node, from Hadoop's own hdfs-site.xml."""
    import xml.etree.ElementTree as ET

    folder = environ.get("HADOOP_CONF_DIR")
    file = Path(folder) / "hdfs-site.xml" if folder else None
    if file is None or not file.is_file():
        return None
    try:
        properties = ET.parse(file).getroot().iter("property")
    except ET.ParseError:
        return None
    values = {each.findtext("name"): each.findtext("value") for each in properties}
    address = values.get("dfs.namenode.http-address")
    return f"http://{address.strip()}" if address else None

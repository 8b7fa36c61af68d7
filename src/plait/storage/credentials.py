"""One set of credentials, in the words of each library that reads or writes the lake."""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from plait.errors import DataError, PlaitError, UsageError
from plait.settings import Secret, StorageSettings
from plait.storage.errors import KEYS, Reason, explain

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
    """access: plain text by name, as `plait.worker.storage.filesystem` takes it.

    It holds secrets: it goes to workers as an argument, never into an event or a log.
    """

    _access: tuple[tuple[str, Secret], ...]

    @classmethod
    def of(cls, settings: StorageSettings, environ: Mapping[str, str] | None = None) -> Storage:
        """What the settings say, and the ecosystem's own variables where they do not.

        Raises UsageError for an address that is none.
        """
        environ = os.environ if environ is None else environ
        found: dict[str, str] = {}
        for name in ("endpoint", "region", *KEYS, "webhdfs", "hdfs_user"):
            value = getattr(settings, name)
            text = value.reveal() if isinstance(value, Secret) else value
            # Parts of two keys do not fit together.
            elsewhere = name not in KEYS or settings.access_key is None
            names = _AWS.get(name, ()) if elsewhere else ()
            text = text or next((environ[each] for each in names if environ.get(each)), None)
            if text:
                found[name] = text
        if "endpoint" in found:
            found["endpoint"] = _address("storage.endpoint", found["endpoint"])
        style = settings.path_style
        found["path_style"] = "yes" if (style or (style is None and "endpoint" in found)) else "no"
        if "webhdfs" not in found and (addresses := _name_nodes(environ)):
            found["webhdfs"] = addresses
        if "webhdfs" in found and "hdfs_user" not in found and (user := _own_name(environ)):
            found["hdfs_user"] = user
        return cls(tuple((name, Secret(value)) for name, value in found.items()))

    @property
    def access(self) -> dict[str, str]:
        """By name, in plain text; for a worker's argument only."""
        return {name: value.reveal() for name, value in self._access}

    def filesystem(self, path: str) -> tuple[pafs.FileSystem, str]:
        """Arrow's file system for a path or URL, and the path in it.

        Raises ValueError for a URL that cannot be one, OSError when no name node is active.
        """
        from plait.worker.storage import filesystem

        return filesystem(path, self.access)

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
        from plait.worker.storage import aws_environ

        return aws_environ(self.access)

    @contextlib.contextmanager
    def reaching(self, path: str) -> Iterator[None]:
        """Work with the files of `path`; whatever fails there is raised as a DataError."""
        try:
            yield
        except PlaitError:
            raise
        except Exception as problem:
            raise self.data_error(problem, path) from None

    def data_error(self, problem: Exception, path: str) -> DataError:
        """A library's exception about `path` as an error of plait, without any secret."""
        reason = self.reason(problem, path)
        return DataError(f"{path}: {reason.text}", cause=reason.cause, hint=reason.hint)

    def reason(self, problem: Exception, path: str) -> Reason:
        """Why a library failed at `path`, a local path or a URL; without any secret."""
        return explain(problem, path, self.access)


def _address(key: str, text: str) -> str:
    if not re.match(r"https?://[^/]", text):
        raise UsageError(f"{key} is an address such as http://host:9000, not '{text}'")
    return text.rstrip("/")


def _name_nodes(environ: Mapping[str, str]) -> str | None:
    """The HTTP addresses of the name nodes, from Hadoop's own hdfs-site.xml."""
    import xml.etree.ElementTree as ET

    folder = environ.get("HADOOP_CONF_DIR")
    file = Path(folder) / "hdfs-site.xml" if folder else None
    if file is None or not file.is_file():
        return None
    try:
        properties = ET.parse(file).getroot().iter("property")
    except ET.ParseError:
        return None
    values = {each.findtext("name") or "": each.findtext("value") or "" for each in properties}
    secure = values.get("dfs.http.policy", "").strip() == "HTTPS_ONLY"
    scheme = "https" if secure else "http"
    # With several name nodes each has a key of its own: ….http-address.CLUSTER.NODE
    prefix = f"dfs.namenode.{scheme}-address"
    found = [value.strip() for key, value in sorted(values.items()) if key.startswith(prefix)]
    return ",".join(f"{scheme}://{address}" for address in found if address) or None


def _own_name(environ: Mapping[str, str]) -> str | None:
    """Who HDFS takes this process for, as Hadoop's own programs do."""
    import getpass

    try:
        return environ.get("USER") or getpass.getuser()
    except (KeyError, OSError):
        return None

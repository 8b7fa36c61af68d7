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
_KEY = ("access_key", "secret_key", "session_token")
# What a store's or Arrow's message holds (without spaces and underscores): what it means, what
# to do. The first that fits counts.
_REASONS = (
    ("signaturedoesnotmatch|invalidaccesskeyid|unauthenticated|invalidclienttokenid",
     "the store does not accept the key", "check storage.access_key and storage.secret_key"),
    ("expiredtoken|invalidtoken|tokenrefreshrequired",
     "the session token is not valid any more", "renew storage.session_token"),
    ("nosuchbucket|bucketnotfound", "there is no such bucket", "make the bucket first"),
    ("permanentredirect|authorizationheadermalformed|movedpermanently",
     "the bucket is in another region", "set storage.region"),
    ("accessdenied|accesscontrol|permissiondenied|forbidden|unauthorized",
     "access is denied",
     "the key may be wrong, or has no right to this place: check storage.access_key, "
     "storage.secret_key and storage.hdfs_user"),
    ("networkconnection|couldnotconnect|connectionrefused|failedtoestablish|errorsendingrequest"
     "|timedout|timeout|maxretries|resolve|unreachable",
     "the store cannot be reached", "check storage.endpoint (S3) or storage.webhdfs (HDFS)"),
    ("standbyexception", "the name node is a standby", "name the active one by storage.webhdfs"),
    ("safemode", "HDFS is in safe mode", "wait until the name node has left it"),
    ("nosuchfile|notfound|doesnotexist", "it does not exist", None),
)  # fmt: skip


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
        for name in ("endpoint", "region", *_KEY, "webhdfs", "hdfs_user"):
            value = getattr(settings, name)
            text = value.reveal() if isinstance(value, Secret) else value
            # Parts of two keys do not fit together.
            elsewhere = name not in _KEY or settings.access_key is None
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

    def filesystem(self, place: str) -> tuple[pafs.FileSystem, str]:
        """Arrow's file system for a place, and the path in it. Raises ValueError."""
        from plait.worker.storage import filesystem

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
        from plait.worker.storage import aws_environ

        return aws_environ(self.access)

    @contextlib.contextmanager
    def reaching(self, place: str) -> Iterator[None]:
        """Work with the files of `place`; what goes wrong there is raised as a DataError."""
        try:
            yield
        except PlaitError:
            raise
        except Exception as problem:
            raise self.data_error(problem, place) from None

    def data_error(self, problem: Exception, place: str) -> DataError:
        """A library's exception about `place` as an error of plait, without any secret."""
        what, hint, cause = self.reason(problem)
        return DataError(f"{place}: {what}", cause=cause, hint=hint)

    def reason(self, problem: Exception) -> tuple[str, str | None, str | None]:
        """What is wrong in a few words, what to do, and the library's own words."""
        said = str(problem)
        for name, value in self.access.items():
            if name in _KEY:
                said = said.replace(value, "***")
        first = said.strip().partition("\n")[0]
        if isinstance(problem, ValueError):
            return first, None, None
        bare = re.sub(r"[\s_]", "", said.lower())
        for pattern, what, hint in _REASONS:
            if re.search(pattern, bare):
                return what, hint, first
        if isinstance(problem, OSError) and problem.strerror and problem.errno is not None:
            return problem.strerror, None, None
        return first or type(problem).__name__, None, None


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

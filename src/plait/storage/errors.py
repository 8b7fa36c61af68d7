"""What stores and their libraries report, as an OSError with one sentence and without keys."""

from __future__ import annotations

import errno
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

from plait.worker.urls import split_url

KEYS = ("access_key", "secret_key", "session_token")
_CODE = re.compile(r"AWS Error (\w+)|<Code>(\w+)</Code>")
# What a message quotes of paths and addresses says nothing about the failure.
_QUOTED = re.compile(r"https?://\S+|'[^']*'|at location \S+|for path \S+")
_LONGEST = 300
# What a message holds (lower case, without spaces and underscores); the error number; what it
# means; what to do. The first that fits counts.
_REASONS = (
    ("signaturedoesnotmatch|invalidaccesskeyid|unauthenticated|invalidclienttokenid"
     "|unrecognizedclient", errno.EACCES,
     "the store does not accept the key", "check storage.access_key and storage.secret_key"),
    ("expiredtoken|invalidtoken|tokenrefreshrequired", errno.EACCES,
     "the session token is not valid any more", "renew storage.session_token"),
    ("nosuchbucket|bucketnotfound", errno.ENXIO,
     "there is no bucket '{root}'", "make the bucket first"),
    ("permanentredirect|authorizationheadermalformed|movedpermanently", errno.EIO,
     "the bucket is in another region", "set storage.region"),
    ("accessdenied|accesscontrol|permissiondenied|forbidden|unauthorized|lackedthenecessary",
     errno.EACCES, "access is denied{user}",
     "the key may be wrong, or has no right to this: check storage.access_key, "
     "storage.secret_key and storage.hdfs_user"),
    ("networkconnection|couldnotconnect|connectionrefused|failedtoestablish|errorsendingrequest"
     "|timedout|timeout|maxretries|resolve|unreachable", errno.EHOSTUNREACH,
     "the store{server} does not answer",
     "check storage.endpoint (S3) or storage.webhdfs (HDFS)"),
    ("standbyexception", errno.EIO,
     "the name node is a standby", "name the active one by storage.webhdfs"),
    ("safemode", errno.EROFS,
     "HDFS is in safe mode", "wait until the name node has left it"),
    ("nosuchfile|nosuchkey|notfound|doesnotexist", errno.ENOENT, "it does not exist", None),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a store or a disk refused.

    number: the errno. text: what is wrong. hint: what to do. cause: the library's own words.
    None of them contains a key.
    """

    number: int
    text: str
    hint: str | None = None
    cause: str | None = None

    @property
    def sentence(self) -> str:
        """What is wrong and what to do."""
        return f"{self.text}; {self.hint}" if self.hint else self.text


class StoreError(OSError):
    """A store refused or did not answer; `strerror` is one sentence without keys."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(reason.number, reason.sentence)
        self.reason = reason


def explain(problem: Exception, path: str, access: Mapping[str, str]) -> Reason:
    """Why a library failed at `path` (a local path or a URL), without a key of `access`."""
    if isinstance(problem, StoreError):
        return problem.reason
    said = str(problem)
    for name in KEYS:
        if access.get(name):
            said = said.replace(access[name], "***")
    first = said.strip().partition("\n")[0][:_LONGEST]
    if isinstance(problem, OSError) and problem.errno is not None and problem.strerror:
        return Reason(problem.errno, problem.strerror)
    if split_url(path).scheme and not isinstance(problem, ValueError):
        code = _CODE.search(said)
        judged = (code[1] or code[2]) if code else f"{_status(problem)} {_QUOTED.sub('', said)}"
        for pattern, number, text, hint in _REASONS:
            if re.search(pattern, re.sub(r"[\s_]", "", judged.lower())):
                return Reason(number, text.format(**_facts(path, access)), hint, first)
    return Reason(errno.EIO, first or type(problem).__name__)


def _status(problem: Exception) -> str:
    """What an HTTP answer of HDFS says by its number alone."""
    answer = getattr(getattr(problem, "response", None), "status_code", None)
    if answer is None and type(problem).__module__.startswith("requests"):
        return "network connection"
    return "access denied" if answer in (401, 403) else ""


def _facts(path: str, access: Mapping[str, str]) -> dict[str, str]:
    """What a sentence names: the bucket or name node, the user, the server."""
    hdfs = path.startswith("hdfs:")
    server = access.get("webhdfs" if hdfs else "endpoint")
    return {
        "root": path.partition("://")[2].partition("/")[0],
        "user": f" to {access.get('hdfs_user', 'nobody in particular')}" if hdfs else "",
        "server": f" at {server}" if server else "",
    }


@contextmanager
def store_errors(path: str, access: Mapping[str, str]) -> Iterator[None]:
    """Work with `path` in a store.

    Failures are raised as FileNotFoundError, FileExistsError, NotADirectoryError,
    IsADirectoryError or StoreError, each with one sentence.
    """
    try:
        yield
    except (FileExistsError, NotADirectoryError, IsADirectoryError, StoreError):
        raise
    except (OSError, RuntimeError, ValueError) as problem:
        if isinstance(problem, FileNotFoundError) and "NoSuchBucket" not in str(problem):
            raise FileNotFoundError(errno.ENOENT, f"there is no '{path}'") from None
        raise StoreError(explain(problem, path, access)) from None

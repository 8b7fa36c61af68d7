"""Joining a Ray cluster that was there before, in whose network this process runs.

Its Python need not have plait: what a task needs of it goes along with the job.
"""

from __future__ import annotations

import os
import platform
import socket
import tempfile
from collections.abc import Callable
from pathlib import Path

from plait.compute import local_ray, ray_internals
from plait.compute.token import refused, token
from plait.errors import ClusterError, UsageError
from plait.settings import Secret
from plait.worker import environment_build

_REACH_SECONDS = 5.0


def join(address: str, on_notice: Callable[[str], None]) -> None:
    """Connect this process to the cluster; `leave` ends that.

    Raises UsageError for an address of Ray Client, ClusterError when nobody listens, for
    another version of Ray or Python, and for a wrong token; what else Ray raises, too.
    """
    if "://" in address:
        raise UsageError(
            f"'{address}' is an address of Ray Client, through which plait does not work",
            hint="give the address of the cluster's head as host:port, from inside of it; or, "
            "from outside, its Jobs endpoint: ray.jobs",
        )
    _reach(address)
    own = token()
    _try_token(address, own)
    on_notice(f"joining the Ray cluster at {address}")
    environ = {
        "RAY_ENABLE_UV_RUN_RUNTIME_ENV": "0",
        "RAY_DEFAULT_PYTHON_VERSION_MATCH_LEVEL": "minor",
        "RAY_DEDUP_LOGS": "0",
    }
    if own is not None:
        environ["RAY_AUTH_MODE"] = os.environ.get("RAY_AUTH_MODE", "token")
    with (
        local_ray.ENVIRON_LOCK,
        local_ray.with_environ(environ),
        tempfile.TemporaryDirectory() as name,
    ):
        package = environment_build.copy_worker(Path(name), compiled=False)
        try:
            _init(address, package)
        except Exception as error:
            raise _explained(address, error) from None


def _init(address: str, package: Path) -> None:
    import ray

    ray.init(
        address=address,
        log_to_driver=True,
        logging_level="CRITICAL",
        runtime_env={"py_modules": [str(package)]},
    )


def leave() -> None:
    """Disconnect; the cluster goes on."""
    import ray

    ray.shutdown()


def unreachable() -> str | None:
    """Why the joined cluster's head does not answer, as a sentence; None when it does."""
    try:
        ray_internals.ask_head(timeout_seconds=_REACH_SECONDS)
    except Exception as error:
        return f"the head of the Ray cluster does not answer: {error}"
    return None


def _explained(address: str, error: Exception) -> Exception:
    """An error with advice for what is known to go wrong; else the error itself."""
    import ray

    text = str(error)
    where = f"the Ray cluster at '{address}'"
    if text.startswith("Version mismatch"):
        return ClusterError(
            f"{where} has another version of Ray or Python than this process",
            engine="ray",
            cause=text,
            hint="run plait with the cluster's versions (here: Ray "
            f"{ray.__version__}, Python {platform.python_version()}); "
            "only the last part of Python's may differ",
        )
    if type(error).__name__ == "AuthenticationError":
        return refused(address, text)
    return error


def _try_token(address: str, own: Secret | None) -> None:
    """Ask the head one question: Ray itself tries a wrong token for twenty seconds."""
    if not address.rpartition(":")[2].isdigit():
        return
    text = None if own is None else own.reveal()
    why = ray_internals.refusal_of_token(address, text, _REACH_SECONDS)
    if why is not None:
        raise refused(address, why, given=own is not None)


def _reach(address: str) -> None:
    """Say at once that nobody listens, instead of after Ray's own forty seconds."""
    host, _, port = address.rpartition(":")
    if not port.isdigit():
        return
    try:
        socket.create_connection((host.strip("[]"), int(port)), timeout=_REACH_SECONDS).close()
    except OSError as error:
        raise ClusterError(
            f"no Ray at '{address}'",
            engine="ray",
            cause=str(error),
            hint="is the cluster up, and is this machine in its network?",
        ) from None

"""The token of a Ray cluster, found where Ray's own tools find it."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from plait.errors import ClusterError, UsageError
from plait.settings import Secret

HINT = (
    "set RAY_AUTH_TOKEN_PATH (or RAY_AUTH_TOKEN) to the cluster's token; "
    "RAY_AUTH_MODE=disabled is for a cluster without one"
)
_DEFAULT = "~/.ray/auth_token"


def refused(address: str, cause: str | None, *, given: bool = True) -> ClusterError:
    """The error of a cluster that wants another token, or (not `given`) one at all."""
    what = "does not accept this token" if given else "asks for a token, and none is set"
    return ClusterError(
        f"the Ray cluster at '{address}' {what}", engine="ray", cause=cause, hint=HINT
    )


def token(environ: Mapping[str, str] | None = None) -> Secret | None:
    """The token that the environment names, or None where none is to be sent.

    RAY_AUTH_TOKEN, then the file RAY_AUTH_TOKEN_PATH, then `~/.ray/auth_token`; none with
    RAY_AUTH_MODE=disabled. Raises UsageError for a named file that cannot be read.
    """
    environ = os.environ if environ is None else environ
    if environ.get("RAY_AUTH_MODE", "").lower() == "disabled":
        return None
    if text := environ.get("RAY_AUTH_TOKEN", "").strip():
        return Secret(text)
    named = environ.get("RAY_AUTH_TOKEN_PATH")
    file = Path(named or _DEFAULT).expanduser()
    if not named and not file.is_file():
        return None
    try:
        return Secret(file.read_text(encoding="utf-8").strip())
    except (OSError, UnicodeDecodeError) as problem:
        raise UsageError(
            f"the token of Ray in '{file}' cannot be read: {problem}", hint=HINT
        ) from None

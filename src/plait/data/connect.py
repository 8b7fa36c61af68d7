"""The client side that both engines share: how a Spark Connect session is opened.

A session made here is not the process's default or active one, so that two plait sessions
in one Python never see each other's tables.
"""

from __future__ import annotations

import contextlib
import os
import threading
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pyspark.sql.connect.session import SparkSession

    from plait.data.guard import ServerProcess

_MESSAGE_LIMIT = 2**31 - 1
# A server on this machine either answers or is dead: three more tries, two seconds in all.
_RETRIES = {"max_retries": 3, "initial_backoff": 50, "max_backoff": 1500}
_CHANNEL_OPTIONS: tuple[tuple[str, int], ...] = (
    ("grpc.max_send_message_length", _MESSAGE_LIMIT),
    ("grpc.max_receive_message_length", _MESSAGE_LIMIT),
    # Compressing for the loopback device costs twenty times what it saves.
    ("grpc.compression_enabled_algorithms_bitset", 1),
    ("grpc.enable_http_proxy", 0),
    ("grpc.max_reconnect_backoff_ms", 500),
    ("grpc.initial_reconnect_backoff_ms", 100),
)


def open_session(
    server: ServerProcess,
    port: int,
    *,
    conf: Mapping[str, str],
    token: str | None = None,
    interceptors: Sequence[Any] = (),
) -> SparkSession:
    """A new session of `server` at 127.0.0.1:`port` with `conf` set.

    interceptors: gRPC client interceptors that see every request.
    Raises what the client library raises when the server does not answer.
    """
    from pyspark.sql.connect.client.core import DefaultChannelBuilder
    from pyspark.sql.connect.client.retries import DefaultPolicy
    from pyspark.sql.connect.session import SparkSession

    builder = DefaultChannelBuilder(
        f"sc://127.0.0.1:{port}", channelOptions=list(_CHANNEL_OPTIONS)
    )
    for interceptor in interceptors:
        builder.add_interceptor(interceptor)
    if token is not None:
        builder.set("authorization", f"Bearer {token}")
    # A token in the user's environment would make the builder ask for TLS, which a server
    # on the loopback device does not speak.
    builder.toChannel = lambda: builder._insecure_channel(builder.endpoint)
    session = SparkSession(connection=builder, userId="plait")
    policy = DefaultPolicy(**_RETRIES)
    retriable = policy.can_retry
    policy.can_retry = lambda error: server.alive and retriable(error)
    session.client.set_retry_policies([policy])
    _quiet_client()
    try:
        for key, value in conf.items():
            session.conf.set(key, value)
    except BaseException:
        close_session(session)
        raise
    return session


def _quiet_client() -> None:
    """Keep the client from printing each failed query as JSON; plait tells it as an error."""
    from pyspark.logger import PySparkLogger

    for name in ("SQLQueryContextLogger", "DataFrameQueryContextLogger"):
        PySparkLogger.getLogger(name).disabled = True


def close_session(session: SparkSession) -> None:
    """Close the client without asking the server, which ends with its process.

    It has to happen before the interpreter ends: a channel closed by the garbage collector
    then waits for threads that no longer run.
    """
    _forget_current(session)
    session.release_session_on_close = False
    with contextlib.suppress(Exception):
        session.client.close()


def make_current(session: SparkSession) -> None:
    """Make `session` the one that `pyspark.sql.functions` and `getOrCreate` mean.

    Called only when the user asks for the session. The variable is how PySpark tells
    itself that its functions are to build plans for Spark Connect.
    """
    from pyspark.sql.connect.session import SparkSession

    SparkSession._set_default_and_active_session(session)
    os.environ["SPARK_CONNECT_MODE_ENABLED"] = "1"


def _forget_current(session: SparkSession) -> None:
    from pyspark.sql.connect.session import SparkSession

    if SparkSession._default_session is session:
        SparkSession._default_session = None
        SparkSession._active_session.session = None
        os.environ.pop("SPARK_CONNECT_MODE_ENABLED", None)


def interrupted(session: SparkSession, seconds: float) -> bool:
    """Ask the server to stop what it computes for `session`; False when it does not answer.

    An operator that never yields keeps a server from answering at all, so the question is
    asked in a thread of its own.
    """
    done = threading.Event()

    def ask() -> None:
        with contextlib.suppress(Exception):
            session.interruptAll()
            done.set()

    threading.Thread(target=ask, name="plait-interrupt", daemon=True).start()
    return done.wait(seconds)

"""The client side that both engines share: how a Spark Connect session is opened.

A session made here is not the process's default or active one, so that two plait sessions
in one Python never see each other's tables.
"""

from __future__ import annotations

import contextlib
import os
import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent import futures
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pyspark.sql.connect.session import SparkSession

    from plait.engines.process import ServerProcess

_MESSAGE_LIMIT = 2**31 - 1
_RELEASE_SECONDS = 10.0
# A server on this machine answers or is dead: three retries within two seconds. Milliseconds.
_RETRIES = {"max_retries": 3, "initial_backoff": 50, "max_backoff": 1500}
# A server elsewhere may be restarting or the network slow: retries for some ten seconds.
_REMOTE_RETRIES = {"max_retries": 5, "initial_backoff": 100, "max_backoff": 4000}
_CHANNEL_OPTIONS: tuple[tuple[str, int], ...] = (
    ("grpc.max_send_message_length", _MESSAGE_LIMIT),
    ("grpc.max_receive_message_length", _MESSAGE_LIMIT),
    ("grpc.max_reconnect_backoff_ms", 500),
    ("grpc.initial_reconnect_backoff_ms", 100),
)
_LOOPBACK_OPTIONS: tuple[tuple[str, int], ...] = (
    # Compressing for the loopback device costs twenty times what it saves.
    ("grpc.compression_enabled_algorithms_bitset", 1),
    ("grpc.enable_http_proxy", 0),
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

    builder = DefaultChannelBuilder(
        f"sc://127.0.0.1:{port}", channelOptions=[*_CHANNEL_OPTIONS, *_LOOPBACK_OPTIONS]
    )
    for interceptor in interceptors:
        builder.add_interceptor(interceptor)
    if token is not None:
        builder.set("authorization", f"Bearer {token}")
    # With a token in the user's environment the builder would use TLS, which plait's own server
    # does not speak.
    builder.toChannel = lambda: builder._insecure_channel(builder.endpoint)
    session = _session(builder, "plait", _RETRIES, lambda: server.alive)
    try:
        for key, value in conf.items():
            session.conf.set(key, value)
    except BaseException:
        close_session(session)
        raise
    return session


def open_remote(url: str, token: str | None, alive: Callable[[], bool]) -> SparkSession:
    """A new session on an existing server at `sc://host:port`, with the URL's own parameters.

    token: sent with each request. With a token the connection uses TLS, as in PySpark, unless
    the URL has `;use_ssl=false` or the server is on this machine.
    alive: whether a failed request may be tried again. Nothing is sent yet. Raises UsageError
    for a wrong URL.
    """
    builder = _remote_builder(url)
    secret = token or builder.token
    if _encrypted(builder, secret):
        builder.set("use_ssl", "true")
        if secret:
            builder.set("token", secret)
    else:
        if secret:
            builder.set("authorization", f"Bearer {secret}")
        builder.toChannel = lambda: builder._insecure_channel(builder.endpoint)
    return _session(builder, None, _REMOTE_RETRIES, alive)


def plain_url(url: str, token: str | None) -> str:
    """The URL by which PySpark itself does what `open_remote` does. Raises UsageError."""
    from urllib.parse import quote

    builder = _remote_builder(url)
    secret = token or builder.token
    if not secret:
        return url
    kept = {k: v for k, v in builder._params.items() if k not in ("token", "use_ssl")}
    if _encrypted(builder, secret):
        kept |= {"use_ssl": "true", "token": secret}
    else:
        # The parameter `token` would make PySpark use TLS.
        kept["authorization"] = f"Bearer {secret}"
    parameters = "".join(f";{name}={quote(value, safe='')}" for name, value in kept.items())
    return f"sc://{builder.endpoint}/{parameters}"


def _remote_builder(url: str) -> Any:
    from pyspark.errors import PySparkValueError
    from pyspark.sql.connect.client.core import DefaultChannelBuilder

    from plait.errors import UsageError

    try:
        return DefaultChannelBuilder(url, channelOptions=list(_CHANNEL_OPTIONS))
    except (PySparkValueError, ValueError):
        # The client's own message holds the URL, and that may hold a token.
        raise UsageError(
            "spark.remote is no address of a Spark Connect server",
            hint="sc://host:port, with ;name=value for each of its parameters",
        ) from None


def _encrypted(builder: Any, secret: str | None) -> bool:
    from plait.engines.spark.master import is_loopback

    asked = builder.getDefault("use_ssl", "").lower()
    wanted = bool(secret) and asked != "false" and not is_loopback(builder.host)
    return asked == "true" or wanted


def _session(
    builder: Any, user: str | None, retries: Mapping[str, int], alive: Callable[[], bool]
) -> SparkSession:
    from pyspark.sql.connect.client.retries import DefaultPolicy
    from pyspark.sql.connect.session import SparkSession

    session = SparkSession(connection=builder, userId=user)
    policy = DefaultPolicy(**retries)
    retriable = policy.can_retry
    policy.can_retry = lambda error: alive() and retriable(error)
    session.client.set_retry_policies([policy])
    _quiet_client()
    return session


def _quiet_client() -> None:
    """Keep the client from printing each failed query as JSON; plait raises it as an error."""
    from pyspark.logger import PySparkLogger

    for name in ("SQLQueryContextLogger", "DataFrameQueryContextLogger"):
        PySparkLogger.getLogger(name).disabled = True


def close_session(session: SparkSession) -> None:
    """Close the client without asking the server. Raises nothing.

    It has to be closed before the interpreter ends: when the garbage collector closes it, the
    gRPC channel waits for threads that no longer run.
    """
    _forget_current(session)
    session.release_session_on_close = False
    with contextlib.suppress(Exception):
        client = session.client
        futures.wait(client._release_futures, timeout=_RELEASE_SECONDS)
        # A request on a closed channel with interceptors would crash the process: a query that
        # is still running sends one when its stream breaks.
        for name in vars(client._stub):
            setattr(client._stub, name, _refuse_request)
        client.close()


def _refuse_request(*_: Any, **__: Any) -> None:
    raise ValueError("the session is closed")


def release_session(session: SparkSession, seconds: float) -> None:
    """End a session on its server, which stops what it computes there. Raises nothing.

    seconds: how long to wait for the server.
    """

    def release() -> None:
        with contextlib.suppress(Exception):
            session.client.release_session()

    ending = threading.Thread(target=release, name="plait-release", daemon=True)
    ending.start()
    ending.join(seconds)
    close_session(session)


def make_current(session: SparkSession) -> None:
    """Make `session` the one that `pyspark.sql.functions` and `getOrCreate` use.

    Called only when the user asks for the session. With the environment variable, PySpark's
    functions build plans for Spark Connect.
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


def interrupted(session: SparkSession, tag: str, seconds: float) -> bool:
    """Ask the server to stop what it computes under `tag`; False without an answer.

    seconds: how long to wait for the answer.

    An operator that never yields keeps a server from answering at all, so the request is made
    in a thread of its own. Raises nothing.
    """
    done = threading.Event()

    def ask() -> None:
        with contextlib.suppress(Exception):
            session.interruptTag(tag)
            done.set()

    threading.Thread(target=ask, name="plait-interrupt", daemon=True).start()
    return done.wait(seconds)

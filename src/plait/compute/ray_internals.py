"""Ray's private modules. No other file imports them, and `ruff` refuses another that does.

Each function is named after what it gives and says why Ray's public API does not serve. Ray's
version is pinned to its minor release in pyproject.toml; a new one is tried here first.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Mapping
from typing import Any, TypedDict


class OutputBatch(TypedDict, total=False):
    """Lines that one process of the cluster printed to one of its streams."""

    lines: list[str]
    pid: int | str
    ip: str
    is_err: bool
    task_name: str | None
    actor_name: str | None


def forbid_auto_connect() -> None:
    """From now on, a call of Ray in this process fails when Ray is not started.

    Publicly this is the variable RAY_ENABLE_AUTO_CONNECT, which is read once, when Ray is
    imported; it may be imported before plait is used.
    """
    from ray._private import auto_init_hook

    auto_init_hook.enable_auto_connect = False


def read_environ_again() -> None:
    """Let Ray's core in this process read its variables and its token anew.

    It reads them when it is imported; there is no public way to start a second cluster with
    other settings in the same process.
    """
    from ray import _raylet

    core: Any = _raylet  # its stub lacks both
    core.Config.initialize("")
    core.AuthenticationTokenLoader.instance().reset_cache()


@contextlib.contextmanager
def single_node() -> Iterator[None]:
    """A Ray that is started inside takes 127.0.0.1 for its node, as on systems without clusters.

    Publicly this is the variable RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER, which is read once, when
    Ray is imported.
    """
    from ray._private import ray_constants

    before = ray_constants.ENABLE_RAY_CLUSTER
    ray_constants.ENABLE_RAY_CLUSTER = False
    try:
        yield
    finally:
        ray_constants.ENABLE_RAY_CLUSTER = before


def started_processes() -> Mapping[str, list[Any]]:
    """The processes that `ray.init` started here (subprocess.Popen), by Ray's name for them.

    Ray's public API knows nodes and workers, not the processes of a node's own services.
    Empty when this process started none.
    """
    from ray._private import worker

    node = worker._global_node
    if node is None:
        return {}
    return {
        name: [info.process for info in started] for name, started in node.all_processes.items()
    }


def print_worker_output(on: bool) -> None:
    """Whether Ray itself prints what its workers print.

    Publicly `ray.init(log_to_driver=False)` silences it, and then nobody gets the lines.
    """
    from ray._private import worker

    worker._worker_logs_enabled = on


def add_output_listener(name: str, receive: Callable[[OutputBatch], None]) -> None:
    """Have every batch of lines that the workers of this job print handed to `receive`.

    Ray's public API prints them or drops them.
    """
    from ray._private import ray_logging

    ray_logging.global_worker_stdstream_dispatcher.add_handler(name, receive)


def remove_output_listener(name: str) -> list[str]:
    """End what `add_output_listener` began; returns the names of the listeners that stay."""
    from ray._private import ray_logging

    dispatcher = ray_logging.global_worker_stdstream_dispatcher
    dispatcher.remove_handler(name)
    return [each for each, _ in dispatcher.handlers]


def ask_head(timeout_seconds: float) -> None:
    """One question to the head of the cluster. Raises what Ray raises when it does not answer.

    `ray.nodes()` asks the same head and waits without a limit.
    """
    from ray._private import worker

    client = worker.global_worker.gcs_client
    client.internal_kv_exists(b"plait", None, timeout=timeout_seconds)


def refusal_of_token(address: str, token: str | None, timeout_seconds: float) -> str | None:
    """Why the head at `address` refuses this token (None: no token), in its own words.

    None when it takes the token, and when it cannot be asked, which `ray.init` finds out as
    well. `ray.init` itself tries a wrong token for twenty seconds.
    """
    try:
        import grpc
        from ray.core.generated import gcs_service_pb2, gcs_service_pb2_grpc
    except ImportError:  # without Spark's client there is no gRPC for Python
        return None
    headers = [] if token is None else [("authorization", f"Bearer {token}")]
    with grpc.insecure_channel(address) as channel:
        head = gcs_service_pb2_grpc.NodeInfoGcsServiceStub(channel)
        try:
            head.CheckAlive(
                gcs_service_pb2.CheckAliveRequest(), timeout=timeout_seconds, metadata=headers
            )
        except grpc.RpcError as problem:
            if problem.code() == grpc.StatusCode.UNAUTHENTICATED:
                return str(problem.details())
    return None


def resource_state() -> Any:
    """The nodes' resources and the requests that wait (protobuf `ClusterResourceState`).

    The public `ray.util.state` needs Ray's dashboard, which is not started here.
    """
    from ray._private import worker
    from ray.autoscaler.v2.sdk import get_cluster_resource_state

    return get_cluster_resource_state(worker.global_worker.gcs_client)


def task_events() -> Iterator[Any]:
    """What the head knows of the attempts of all tasks (protobuf `TaskEvents`).

    The public `ray.util.state` needs Ray's dashboard, and fails over 10,000 tasks.
    """
    from ray._private import state
    from ray.core.generated import gcs_pb2

    for report in state.state._connect_and_get_accessor().get_task_events():
        yield gcs_pb2.TaskEvents.FromString(report)

"""`ray.init()` and `ray.shutdown()` in a process that plait has already connected to Ray.

Scripts are written to run alone: they begin with `ray.init()`, which raises in a process
that is connected, and often end with `ray.shutdown()`, which would cut a worker off from
the cluster that waits for its answer. Here both do what the writer meant: nothing.
"""

from __future__ import annotations

import functools
import platform
from collections.abc import Iterator, Mapping
from typing import Any

_MARK = "__plait_connected__"
_children: list[bool] = []


def install() -> None:
    """Make `ray.init()` find the running cluster and `ray.shutdown()` leave it alone.

    In effect while this process is connected; may be called again and again.
    """
    import ray

    if not hasattr(ray.init, _MARK):
        ray.init = _connected_init(ray.init)
        ray.shutdown = _connected_shutdown(ray.shutdown)


def watch_children() -> None:
    """From now on, notice when code of this process starts Ray tasks or actors."""
    from ray.actor import ActorClass
    from ray.remote_function import RemoteFunction

    _children.clear()
    for kind in (RemoteFunction, ActorClass):
        if not hasattr(kind._remote, _MARK):
            kind._remote = _noticed(kind._remote)


def has_children() -> bool:
    """Whether any were started: their output may come after the end of what started them."""
    return bool(_children)


class Connected(Mapping[str, Any]):
    """What `ray.init()` answers in a connected process: the names that Ray's own answer has."""

    def __init__(self) -> None:
        import ray

        self.dashboard_url = ""
        self.python_version = platform.python_version()
        self.ray_version = ray.__version__
        self.ray_commit = ray.__commit__

    @functools.cached_property
    def address_info(self) -> dict[str, Any]:
        """The addresses of the cluster and of this node."""
        import ray

        about = ray.get_runtime_context()
        node: Mapping[str, Any] = next(
            (n for n in ray.nodes() if n["NodeID"] == about.get_node_id()), {}
        )
        return {
            "node_ip_address": node.get("NodeManagerAddress"),
            "object_store_address": node.get("ObjectStoreSocketName"),
            "raylet_socket_name": node.get("RayletSocketName"),
            "metrics_export_port": node.get("MetricsExportPort"),
            "session_dir": f"{about.get_temp_dir()}/{about.get_session_name()}",
            "address": about.gcs_address,
            "gcs_address": about.gcs_address,
            "node_id": about.get_node_id(),
            "webui_url": "",
        }

    def __getitem__(self, name: str) -> Any:
        return self.address_info[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self.address_info)

    def __len__(self) -> int:
        return len(self.address_info)

    def __enter__(self) -> Connected:
        return self

    def __exit__(self, *_: object) -> None:
        """The cluster belongs to plait."""

    def disconnect(self) -> None:
        """Stay connected."""


def _noticed(original: Any) -> Any:
    @functools.wraps(original)
    def remote(*args: Any, **kwargs: Any) -> Any:
        if not _children:
            _children.append(True)
        return original(*args, **kwargs)

    setattr(remote, _MARK, original)
    return remote


def _connected_init(original: Any) -> Any:
    def init(*args: Any, **kwargs: Any) -> Any:
        """Find the cluster that this process is part of."""
        import ray

        return Connected() if ray.is_initialized() else original(*args, **kwargs)

    setattr(init, _MARK, original)
    return init


def _connected_shutdown(original: Any) -> Any:
    def shutdown(*args: Any, **kwargs: Any) -> None:
        """Stay connected: the cluster belongs to plait."""

    setattr(shutdown, _MARK, original)
    return shutdown

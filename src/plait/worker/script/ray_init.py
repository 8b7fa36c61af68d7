"""`ray.init()` and `ray.shutdown()` in a process that plait has already connected to Ray.

Scripts are written to run alone: they begin with `ray.init()`, which raises in a process
that is connected, and often end with `ray.shutdown()`, which would cut a worker off from
the cluster that waits for its answer. Here both do what the writer meant: nothing.
"""

from __future__ import annotations

import functools
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


def uninstall() -> None:
    """Give Ray its own two functions back."""
    import ray

    ray.init = getattr(ray.init, _MARK, ray.init)
    ray.shutdown = getattr(ray.shutdown, _MARK, ray.shutdown)


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
        from ray._private import worker

        if not ray.is_initialized():
            return original(*args, **kwargs)
        node_id = ray.get_runtime_context().get_node_id()
        info = {} if worker._global_node is None else worker._global_node.address_info
        return worker.RayContext({**info, "node_id": node_id, "webui_url": ""})

    setattr(init, _MARK, original)
    return init


def _connected_shutdown(original: Any) -> Any:
    def shutdown(*args: Any, **kwargs: Any) -> None:
        """Stay connected: the cluster belongs to plait."""

    setattr(shutdown, _MARK, original)
    return shutdown

"""Ray for one plait session: started on first use on this machine, or joined by address."""

from __future__ import annotations

import atexit
import contextlib
import threading
from collections.abc import Callable
from pathlib import Path

from plait.compute import join, local_ray, ray_internals, signals
from plait.compute.capacity import Capacity, impossible, wanted_by
from plait.compute.logs import LogRouter
from plait.compute.node_environments import NodeEnvironments
from plait.compute.token import HINT
from plait.errors import ClusterError, PlaitError, Span
from plait.plan.training import Resources
from plait.settings import RaySettings

_JOIN_HINT = f"is it the same version of Ray? Does it want a token? {HINT}"
_START_SECONDS = 120.0
_STOP_SECONDS = 15.0


class Cluster:
    """The Ray cluster of a session. Its methods may be called from any thread.

    settings: where Ray is, or how large a local one is. folder: where Ray spills objects
    that do not fit into memory. on_notice: called with a sentence for what happens.

    Ray ties its processes to the *thread* that started them (they die with it, which is
    what ends them after a `kill -9`). So Ray is started, and stopped, in a thread that
    lives as long as the cluster.
    """

    def __init__(
        self, settings: RaySettings, folder: Path, on_notice: Callable[[str], None]
    ) -> None:
        self.settings = settings
        self.logs = LogRouter()
        self.environments = NodeEnvironments(on_notice)
        self._folder = folder
        self._on_notice = on_notice
        self._lock = threading.Lock()
        self._started = threading.Event()
        self._end = threading.Event()
        self._failure: PlaitError | None = None
        self._thread: threading.Thread | None = None
        self._ray: local_ray.LocalRay | None = None
        self._joined = False

    @property
    def started(self) -> bool:
        """Whether Ray runs (or was joined) for this session."""
        return self._started.is_set() and not self._end.is_set()

    @property
    def local(self) -> bool:
        """Whether this session starts its own Ray on this machine."""
        return self.settings.here

    @property
    def address(self) -> str:
        """Where other processes find the running cluster (host:port); starts it.

        Raises as `start`.
        """
        self.start()
        import ray

        return str(ray.get_runtime_context().gcs_address)

    def environ(self) -> dict[str, str]:
        """What a process of this machine needs in its environment so that `ray.init()` in it
        finds this cluster. Starts it. Raises as `start`.
        """
        address = self.address
        own = {} if self._ray is None else self._ray.client_environ()
        return {"RAY_ADDRESS": address, **own}

    def start(self) -> None:
        """Start or join Ray unless that is done; returns when it can be used.

        Raises ClusterError, or UsageError for an address that is none.
        """
        with self._lock:
            if self.started:
                return
            self._end.clear()
            self._started.clear()
            self._failure = None
            ready = threading.Event()
            self._thread = threading.Thread(
                target=self._live, args=(ready,), name="plait-ray", daemon=True
            )
            self._thread.start()
            if not ready.wait(_START_SECONDS):
                self._failure = ClusterError(
                    f"Ray did not start within {_START_SECONDS:.0f} s", engine="ray"
                )
            if self._failure is not None:
                self._end.set()
                raise self._failure
            atexit.register(self.stop)
            self._started.set()

    def _live(self, ready: threading.Event) -> None:
        """The whole life of Ray: start it, wait for the end, stop it."""
        try:
            with local_ray.quiet(), signals.kept():
                self._connect()
        except PlaitError as error:
            self._failure = error
        except BaseException as error:
            self._failure = ClusterError(
                "Ray does not start" if self.local else f"no Ray at '{self.settings.address}'",
                engine="ray",
                cause=f"{type(error).__name__}: {error}",
                hint=None if self.local else _JOIN_HINT,
            )
        if self._failure is None:
            ready.set()
            self._end.wait()
        self._disconnect()
        ready.set()  # after a failure only now: the next start uses the same folders

    def _connect(self) -> None:
        import ray

        # A call after the end must fail, and not start another Ray that nobody stops.
        ray_internals.forbid_auto_connect()
        if ray.is_initialized():  # by the script that plait was called from
            self.logs.attach()
            return
        if self.local:
            self._start_here()
        else:
            self._joined = True
            join.join(str(self.settings.address), self._on_notice)
        self.logs.attach()

    def _start_here(self) -> None:
        """Start Ray, a second time if need be: its processes sometimes fail to find each other."""
        self._on_notice(f"starting Ray on this machine with {self.expected()}")
        for more in (True, False):
            self._ray = local_ray.LocalRay(self.settings, self._folder)
            try:
                self._ray.start()
            except Exception as error:
                if not more:
                    raise
                self._on_notice(f"Ray did not start ({error}); trying once more")
                self._ray.stop()
            else:
                return

    def _disconnect(self) -> None:
        if self._ray is not None:
            self._ray.stop()
            self._ray = None
        elif self._joined:  # and not by the script that plait was called from
            self._joined = False
            with contextlib.suppress(Exception):
                join.leave()
        # Last, because Ray prints the rest of its workers' output while it stops.
        self.logs.detach()

    def capacity(self) -> Capacity:
        """What the nodes of the running cluster have in total; starts it. Raises as `start`."""
        self.start()
        import ray

        nodes = (node["Resources"] for node in ray.nodes() if node["Alive"])
        return Capacity(tuple(dict(node) for node in nodes))

    def expected(self) -> Capacity | None:
        """What the cluster has, without starting it; None when only the cluster knows."""
        if self.started:
            return self.capacity()
        return local_ray.expected(self.settings) if self.local else None

    def check(self, resources: Resources, what: str, span: Span | None) -> None:
        """Refuse what the cluster can never give, without starting a local one.

        what: who asks, as the subject of a sentence. Raises ResourceError, and as `start` when
        the cluster is elsewhere.
        """
        if self.settings.jobs is not None:
            return  # only the cluster that the run is sent to knows
        has = self.expected() or self.capacity()
        wanted = wanted_by(resources)
        if not has.fits(wanted):
            raise impossible(wanted, has, what, span, local=self.local)

    def failure(self) -> str | None:
        """Which part of Ray died or cannot be reached, as a sentence; None while all run."""
        if not self.started:
            return "Ray was stopped"
        if self._ray is not None:
            return self._ray.failure()
        return join.unreachable()

    def stop(self) -> None:
        """Let Ray shut down, then end it by force; nothing of it is left. Safe to call twice."""
        with self._lock:
            self._end.set()
            thread, ray = self._thread, self._ray
            if thread is None or thread is threading.current_thread():
                return
            thread.join(_STOP_SECONDS)
            if thread.is_alive() and ray is not None:
                ray.kill()
                thread.join(_STOP_SECONDS)
            self._thread = None
            self._started.clear()
            atexit.unregister(self.stop)

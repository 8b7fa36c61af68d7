"""Ray's processes on this machine: how they are started, bounded, watched and ended."""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
import subprocess
import sys
import tempfile
import threading
import uuid
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from plait.compute import ray_internals
from plait.compute.capacity import Capacity
from plait.settings import RaySettings, parse_size
from plait.storage.lease import Lease, is_free

# Ray's sockets lie 65 characters below its folder, and a socket's path has at most 107.
_LONGEST_FOLDER_CHARACTERS = 42
_PREFIX = "plait-ray-"
_LEASE = "owner.json"
_SMALLEST_STORE_BYTES = 80 * 2**20
_HOST = "127.0.0.1"

_SETTINGS = {
    "RAY_ENABLE_UV_RUN_RUNTIME_ENV": "0",
    "RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER": "0",  # one node: listen on 127.0.0.1 alone
    "RAY_RUNTIME_ENV_RETRY_TIMES": "1",
    "RAY_USAGE_STATS_ENABLED": "0",
    "RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO": "0",
    "RAY_DEDUP_LOGS": "0",
    "RAY_AUTH_MODE": "token",
    "RAY_enable_metrics_collection": "0",
    "RAY_memory_usage_threshold": "0.9",
    "RAY_task_oom_retries": "2",
    "RAY_worker_register_timeout_seconds": "20",
    "RAY_health_check_initial_delay_ms": "2000",
    "RAY_health_check_period_ms": "1000",
    "RAY_health_check_timeout_ms": "2000",
    "RAY_health_check_failure_threshold": "3",
}
_FOR_CLIENTS = (
    "RAY_ENABLE_UV_RUN_RUNTIME_ENV",
    "RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER",
    "RAY_AUTH_MODE",
    "RAY_AUTH_TOKEN_PATH",
)
ENVIRON_LOCK = threading.Lock()


class LocalRay:
    """One Ray of this process. `start` and `stop` belong into the same thread."""

    def __init__(self, settings: RaySettings, folder: Path) -> None:
        self._settings = settings
        self._spill = folder / f"ray-spill-{uuid.uuid4().hex[:8]}"
        self._home: Path | None = None
        self._lease: Lease | None = None
        self._watchdog: subprocess.Popen[bytes] | None = None
        self._environ: dict[str, str] = {}
        self._core: dict[str, Any] = {}
        self._processes: list[Any] = []

    def start(self) -> None:
        """Start Ray and connect this process. Raises what Ray raises."""
        import ray

        self._home, self._lease = _new_home()
        token = self._home / "token"
        token.touch(mode=0o600)
        token.write_text(secrets.token_hex(32), encoding="ascii")
        self._spill.mkdir(parents=True, exist_ok=True)
        self._watchdog = _start_watchdog(self._home, self._spill)
        self._environ = {**_SETTINGS, "RAY_AUTH_TOKEN_PATH": str(token)}
        with ENVIRON_LOCK, with_environ(self._environ), ray_internals.single_node():
            ray.init(
                address="local",
                include_dashboard=False,
                object_store_memory=_object_store(self._settings),
                object_spilling_directory=str(self._spill),
                log_to_driver=True,
                logging_level="CRITICAL",
                _temp_dir=str(self._home),
                _node_ip_address=_HOST,
                **_amounts(self._settings),
            )
        self._remember_processes()

    def client_environ(self) -> dict[str, str]:
        """What lets another process of this user join, beside the address."""
        return {name: self._environ[name] for name in _FOR_CLIENTS}

    def failure(self) -> str | None:
        """Which of Ray's two vital processes has ended, as a sentence, or None."""
        for name, process in self._core.items():
            if process.poll() is not None:
                return f"Ray's {name} process ended (exit code {process.returncode})"
        return None

    def stop(self) -> None:
        """Ask Ray to end, then end what is left of it, then remove its files."""
        import ray

        self._remember_processes()
        with contextlib.suppress(Exception):
            ray.shutdown()
        self.kill()
        with contextlib.suppress(Exception):
            ray_internals.read_environ_again()  # without the settings of the stopped cluster
        if self._lease is not None:
            self._lease.release()
        if self._home is not None:
            shutil.rmtree(self._home, ignore_errors=True)
        shutil.rmtree(self._spill, ignore_errors=True)
        if self._watchdog is not None:
            with contextlib.suppress(OSError, subprocess.TimeoutExpired):
                self._watchdog.communicate(b"done", timeout=5)

    def kill(self) -> None:
        """End every process of this Ray at once."""
        import psutil

        _, alive = psutil.wait_procs(self._processes, timeout=3)
        for process in alive:
            with contextlib.suppress(psutil.Error):
                process.kill()
        psutil.wait_procs(alive, timeout=3)

    def _remember_processes(self) -> None:
        import psutil

        found = {p.pid: p for p in self._processes}
        for name, processes in ray_internals.started_processes().items():
            if name in ("raylet", "gcs_server"):
                self._core[name] = processes[0]
            for started in processes:
                with contextlib.suppress(psutil.Error):
                    root = psutil.Process(started.pid)
                    for process in (root, *root.children(recursive=True)):
                        found.setdefault(process.pid, process)
        self._processes = list(found.values())


def expected(settings: RaySettings) -> Capacity:
    """What a Ray started here would have, without starting it."""
    import psutil

    memory = float(psutil.virtual_memory().available - _object_store(settings))
    gpus = settings.num_gpus if settings.num_gpus is not None else _visible_gpus()
    cpus = settings.num_cpus if settings.num_cpus is not None else _cpus()
    return Capacity(({"CPU": float(cpus), "GPU": float(gpus), "memory": memory},))


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """Start Ray so that it prints nothing of its own, and not the workers' lines either.

    Those reach plait through `LogRouter`. The variables that Ray sets for itself and for
    Python's `breakpoint()` are put back.
    """
    before = {name: os.environ.get(name) for name in ("PYTHONBREAKPOINT", "RAY_CLIENT_MODE")}
    ray_internals.print_worker_output(False)
    try:
        yield
    finally:
        _restore(before)


@contextlib.contextmanager
def with_environ(values: Mapping[str, str]) -> Iterator[None]:
    """Ray's processes inherit their settings; this process keeps none of them."""
    before = {name: os.environ.get(name) for name in values}
    os.environ.update(values)
    ray_internals.read_environ_again()  # Ray's part in this process did so when it was imported
    try:
        yield
    finally:
        _restore(before)


def _restore(before: Mapping[str, str | None]) -> None:
    for name, value in before.items():
        if value is None:
            os.environ.pop(name, None)
        else:
            os.environ[name] = value


def _amounts(settings: RaySettings) -> dict[str, float]:
    wanted: dict[str, float] = {"num_cpus": settings.num_cpus or _cpus()}
    if settings.num_gpus is not None:
        wanted["num_gpus"] = settings.num_gpus
    return {name: int(n) if n == int(n) else n for name, n in wanted.items()}


def _cpus() -> int:
    """The CPUs that this process may use: its affinity, and the quota of its container."""
    count = os.cpu_count() or 1
    with contextlib.suppress(AttributeError, OSError):
        count = len(os.sched_getaffinity(0))
    with contextlib.suppress(OSError, ValueError):
        quota, period = Path("/sys/fs/cgroup/cpu.max").read_text(encoding="ascii").split()
        if quota != "max":
            count = min(count, max(1, int(quota) // int(period)))
    return count


def _visible_gpus() -> float:
    chosen = os.environ.get("CUDA_VISIBLE_DEVICES")
    if chosen is not None:
        return float(len([part for part in chosen.split(",") if part.strip() not in ("", "-1")]))
    cards = Path("/proc/driver/nvidia/gpus")
    return float(len(list(cards.iterdir()))) if cards.is_dir() else 0.0


def _object_store(settings: RaySettings) -> int:
    """Bytes for the object store: what was set, else a quarter of the memory that fits."""
    if settings.object_store_memory is not None:
        return max(_SMALLEST_STORE_BYTES, parse_size(settings.object_store_memory))
    import psutil

    size = psutil.virtual_memory().total // 4
    shared = Path("/dev/shm")
    if sys.platform == "linux" and shared.is_dir():
        size = min(size, int(shutil.disk_usage(shared).free * 0.8))
    return max(_SMALLEST_STORE_BYTES, size)


def _new_home() -> tuple[Path, Lease]:
    """A new short folder for Ray's sockets and logs, and the lease that says it is used.

    Folders that a killed process left behind are removed.
    """
    base = Path(tempfile.gettempdir())
    if len(str(base)) + len(_PREFIX) + 9 > _LONGEST_FOLDER_CHARACTERS:
        base = Path("/tmp")
    for old in base.glob(f"{_PREFIX}*"):
        with contextlib.suppress(OSError):
            if is_free(old / _LEASE):
                shutil.rmtree(old, ignore_errors=True)
    home = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=base))
    return home, Lease.take(home / _LEASE)


def _start_watchdog(home: Path, spill: Path) -> subprocess.Popen[bytes]:
    """See `plait.compute.watchdog`; in a session of its own, so that Ctrl-C passes it by."""
    return subprocess.Popen(
        [sys.executable, "-I", "-S", str(Path(__file__).with_name("watchdog.py")), home, spill],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        cwd="/",
        start_new_session=True,
    )

"""Runtime environments: uv builds each one once, under a name that follows from its content.

A folder of the cache is a finished environment or does not exist: it is built beside it and
renamed. Two processes that need the same one wait for each other.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import platform
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from plait.compute.requirements import EnvironmentSpec, own_requirements, parse
from plait.errors import CancelledError, EnvironmentBuildError, Span
from plait.worker import environment_build

__all__ = ["EnvironmentSpec", "Environments", "RuntimeEnvironment", "parse"]

Progress = Callable[[str, float | None, float | None], None]

_FORMAT = 1
_STEPS = 4


@dataclass(frozen=True, slots=True)
class RuntimeEnvironment:
    """A finished environment.

    key: its name everywhere. python: its interpreter. lock: its exact packages, as
    requirement lines. cached: whether it was there already. recipe: what a node of a
    cluster builds it from (see `plait.worker.environment_build.build`); None for one that is
    on this machine.
    """

    key: str
    python: Path
    lock: str
    cached: bool
    recipe: Recipe | None = None


@dataclass(frozen=True, slots=True)
class Recipe:
    """How a node builds an environment.

    name, span: what the script calls it, and where. cache: a folder of the node; `~` is the
    home of whoever runs the worker. sources: options about where packages come from.
    """

    name: str
    span: Span
    cache: str
    sources: tuple[str, ...]


class Environments:
    """The environments of one cache folder. Safe for several threads and processes.

    on_nodes: the cache folder of a cluster's nodes, as it is written in the settings. Then
    versions are chosen here, and the nodes build the environments when a task needs them.
    """

    def __init__(self, cache: Path, *, on_nodes: str | None = None) -> None:
        self._cache = cache
        self._root = cache / "environments"
        self._on_nodes = on_nodes

    def key(self, spec: EnvironmentSpec) -> str:
        """The name of the environment: a hash of all that it is built from."""
        content = {
            "format": _FORMAT,
            "requirements": spec.requirements,
            "python": platform.python_version(),
            "implementation": platform.python_implementation(),
            "platform": f"{sys.platform}-{platform.machine()}",
            "ray": own_requirements(),
            "worker": _worker_hash(),
        }
        return hashlib.sha256(json.dumps(content).encode()).hexdigest()[:24]

    def resolve(self, spec: EnvironmentSpec, cancel: threading.Event) -> str:
        """The exact packages as requirement lines; known ones come from the cache.

        Raises EnvironmentBuildError with uv's reason, or CancelledError.
        """
        key = self.key(spec)
        lock = self._root / f"{key}.lock"
        with self._locked(key, spec, cancel):
            if lock.is_file():
                return lock.read_text(encoding="utf-8")
            with tempfile.TemporaryDirectory(prefix=f"{key}-", dir=self._root) as folder:
                wanted = Path(folder, "requirements.in")
                wanted.write_text("\n".join(spec.requirements) + "\n", encoding="utf-8")
                resolved = Path(folder, "requirements.txt")
                self._uv(
                    spec,
                    cancel,
                    [
                        *("pip", "compile", "--no-header", "--no-annotate"),
                        *("--python", sys.executable, str(wanted), "-o", str(resolved)),
                    ],
                    f"the environment '{spec.code.name}' cannot be resolved",
                )
                resolved.replace(lock)
        return lock.read_text(encoding="utf-8")

    def build(
        self, spec: EnvironmentSpec, on_progress: Progress, cancel: threading.Event
    ) -> RuntimeEnvironment:
        """The finished environment, from the cache or built now.

        on_progress: (what happens, steps done, steps in all). cancel: ends uv.
        Raises EnvironmentBuildError with uv's reason, or CancelledError.
        """
        key = self.key(spec)
        home = self._root / key
        if self._on_nodes is not None:
            return self._for_nodes(key, spec, self._on_nodes, cancel)
        if home.is_dir():
            return _finished(key, home, cached=True)
        on_progress("choosing versions", 0, _STEPS)
        lock = self.resolve(spec, cancel)
        with self._locked(key, spec, cancel):
            if home.is_dir():  # by another process, while this one waited
                return _finished(key, home, cached=True)
            for left in self._root.glob(f"{key}-*"):
                shutil.rmtree(left, ignore_errors=True)
            folder = Path(tempfile.mkdtemp(prefix=f"{key}-", dir=self._root))
            try:
                self._build_in(spec, folder, lock, on_progress, cancel)
                folder.chmod(0o755)
                folder.rename(home)
            finally:
                shutil.rmtree(folder, ignore_errors=True)
        on_progress("ready", _STEPS, _STEPS)
        return _finished(key, home, cached=False)

    def _for_nodes(
        self, key: str, spec: EnvironmentSpec, cache: str, cancel: threading.Event
    ) -> RuntimeEnvironment:
        sources = tuple(line for line in spec.requirements if line.startswith("-"))
        folder = cache if cache.startswith("~/") else str(Path(cache).absolute())
        recipe = Recipe(spec.code.name, _first_line(spec), folder, sources)
        python = environment_build.python_of(Path(folder, "environments", key, "venv"))
        return RuntimeEnvironment(key, python, self.resolve(spec, cancel), True, recipe)

    def _build_in(
        self,
        spec: EnvironmentSpec,
        folder: Path,
        lock: str,
        on_progress: Progress,
        cancel: threading.Event,
    ) -> None:
        uv = _uv_program()
        sources = [line for line in spec.requirements if line.startswith("-")]
        parts = environment_build.steps(uv, folder, lock, sources, sys.executable)
        for number, step in enumerate(parts, 1):
            on_progress(step.label, number, _STEPS)
            how = "was built but does not work" if step.is_trial else "cannot be built"
            problem = f"the environment '{spec.code.name}' {how}"
            self._command(spec, cancel, step.command, problem)

    def _uv(
        self, spec: EnvironmentSpec, cancel: threading.Event, arguments: list[str], problem: str
    ) -> None:
        self._command(spec, cancel, [_uv_program(), *arguments], problem)

    def _command(
        self, spec: EnvironmentSpec, cancel: threading.Event, command: list[str], problem: str
    ) -> None:
        """Run one program to its end. Raises `problem`, with its output as the cause."""
        with tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace") as output:
            process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env=environment_build.environ(self._cache),
                start_new_session=True,
            )
            try:
                while process.poll() is None:
                    _refuse_cancelled(spec, cancel)
                    with contextlib.suppress(subprocess.TimeoutExpired):
                        process.wait(0.1)
            finally:
                if process.poll() is None:
                    process.kill()
                    process.wait()
            if process.returncode == 0:
                return
            output.seek(0)
            reason = output.read().strip().splitlines()[-environment_build.REASON_LINES :]
        raise EnvironmentBuildError(
            problem, span=_first_line(spec), cause="\n".join(reason) or None
        )

    @contextlib.contextmanager
    def _locked(self, key: str, spec: EnvironmentSpec, cancel: threading.Event) -> Iterator[None]:
        """Only one thread and process of the machine at a time is inside for the same key."""
        import fcntl

        try:
            self._root.mkdir(parents=True, exist_ok=True)
            lock = (self._root / f".{key}").open("w", encoding="ascii")
        except OSError as error:
            raise EnvironmentBuildError(
                f"the cache folder '{self._root}' cannot be written",
                cause=str(error),
                hint="--set cache=FOLDER names another one",
            ) from None
        with lock:
            while True:
                with contextlib.suppress(BlockingIOError):
                    fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    break
                _refuse_cancelled(spec, cancel)
                time.sleep(0.1)
            yield


def _uv_program() -> str:
    import uv

    return str(uv.find_uv_bin())


def _refuse_cancelled(spec: EnvironmentSpec, cancel: threading.Event) -> None:
    if cancel.is_set():
        raise CancelledError(f"building the environment '{spec.code.name}' was cancelled")


def _finished(key: str, home: Path, *, cached: bool) -> RuntimeEnvironment:
    lock = (home / "lock.txt").read_text(encoding="utf-8")
    return RuntimeEnvironment(key, environment_build.python_of(home / "venv"), lock, cached)


def _first_line(spec: EnvironmentSpec) -> Span:
    lines = spec.code.text.splitlines()
    number = next((n for n, line in enumerate(lines) if line.strip()), 0)
    text = lines[number] if lines else ""
    column = len(text) - len(text.lstrip()) + 1
    return Span(spec.code.file, spec.code.first_line + number, column, len(text.strip()), text)


def _worker_hash() -> str:
    digest = hashlib.sha256()
    for name, file in environment_build.worker_files():
        digest.update(name.encode() + b"\0" + file.read_bytes() + b"\0")
    return digest.hexdigest()

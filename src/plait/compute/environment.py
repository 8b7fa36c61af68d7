"""Runtime environments: each is made once by uv, under a name that follows from its content.

A folder of the cache holds a finished environment or does not exist: it is built beside its
place and renamed into it. Two processes that need the same one wait for each other.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
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

__all__ = ["EnvironmentSpec", "Environments", "RuntimeEnvironment", "parse"]

Progress = Callable[[str, float | None, float | None], None]

_FORMAT = 1
_STEPS = 4
_REASON_LINES = 40


@dataclass(frozen=True, slots=True)
class RuntimeEnvironment:
    """A finished environment.

    key: names it everywhere. python: its interpreter. lock: its exact packages, as
    requirement lines. cached: whether it was there already.
    """

    key: str
    python: Path
    lock: str
    cached: bool


class Environments:
    """The environments of one cache folder. Safe for several threads and processes."""

    def __init__(self, cache: Path) -> None:
        self._cache = cache
        self._root = cache / "environments"

    def key(self, spec: EnvironmentSpec) -> str:
        """The name of the environment: a hash of all that it is made from."""
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
        with self._held(key, spec, cancel):
            if lock.is_file():
                return lock.read_text(encoding="utf-8")
            with tempfile.TemporaryDirectory(prefix=f"{key}-", dir=self._root) as folder:
                wanted = Path(folder, "requirements.in")
                wanted.write_text("\n".join(spec.requirements) + "\n", encoding="utf-8")
                made = Path(folder, "requirements.txt")
                self._uv(
                    spec,
                    cancel,
                    [
                        *("pip", "compile", "--no-header", "--no-annotate"),
                        *("--python", sys.executable, str(wanted), "-o", str(made)),
                    ],
                    f"the environment '{spec.code.name}' cannot be resolved",
                )
                made.replace(lock)
        return lock.read_text(encoding="utf-8")

    def build(
        self, spec: EnvironmentSpec, on_progress: Progress, cancel: threading.Event
    ) -> RuntimeEnvironment:
        """The finished environment, from the cache or made now.

        on_progress: (what happens, steps done, steps in all). cancel: ends uv.
        Raises EnvironmentBuildError with uv's reason, or CancelledError.
        """
        key = self.key(spec)
        home = self._root / key
        if home.is_dir():
            return _finished(key, home, cached=True)
        on_progress("choosing versions", 0, _STEPS)
        lock = self.resolve(spec, cancel)
        with self._held(key, spec, cancel):
            if home.is_dir():  # by another process, while this one waited
                return _finished(key, home, cached=True)
            for left in self._root.glob(f"{key}-*"):
                shutil.rmtree(left, ignore_errors=True)
            folder = Path(tempfile.mkdtemp(prefix=f"{key}-", dir=self._root))
            try:
                self._make(spec, folder, lock, on_progress, cancel)
                folder.chmod(0o755)
                folder.rename(home)
            finally:
                shutil.rmtree(folder, ignore_errors=True)
        on_progress("ready", _STEPS, _STEPS)
        return _finished(key, home, cached=False)

    def _make(
        self,
        spec: EnvironmentSpec,
        folder: Path,
        lock: str,
        on_progress: Progress,
        cancel: threading.Event,
    ) -> None:
        (folder / "lock.txt").write_text(lock, encoding="utf-8")
        # Where packages come from is not part of the lock: addresses may hold passwords.
        sources = [line for line in spec.requirements if line.startswith("-")]
        locked = folder / "install.txt"
        locked.write_text("\n".join([*sources, lock]), encoding="utf-8")
        venv = folder / "venv"
        problem = f"the environment '{spec.code.name}' cannot be built"
        on_progress("creating it", 1, _STEPS)
        self._uv(
            spec,
            cancel,
            ["venv", "--relocatable", "--no-project", "--python", sys.executable, str(venv)],
            problem,
        )
        packages = sum(1 for line in lock.splitlines() if line and line[0] not in "-# ")
        on_progress(f"installing {packages} packages", 2, _STEPS)
        sync = ["pip", "sync", "--compile-bytecode", "--python", str(_python(venv)), str(locked)]
        self._uv(spec, cancel, sync, problem)
        locked.unlink()
        on_progress("trying it", 3, _STEPS)
        _copy_worker(venv)
        self._command(
            spec,
            cancel,
            [str(_python(venv)), "-I", "-c", _TRIAL],
            f"the environment '{spec.code.name}' was built but does not work",
        )

    def _uv(
        self, spec: EnvironmentSpec, cancel: threading.Event, arguments: list[str], problem: str
    ) -> None:
        import uv

        self._command(spec, cancel, [uv.find_uv_bin(), *arguments], problem)

    def _command(
        self, spec: EnvironmentSpec, cancel: threading.Event, command: list[str], problem: str
    ) -> None:
        """Run one program to its end. Raises `problem`, with what it said as the cause."""
        with tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace") as said:
            process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=said,
                stderr=subprocess.STDOUT,
                env=_environ(self._cache),
                start_new_session=True,
            )
            try:
                while process.poll() is None:
                    _give_way(spec, cancel)
                    with contextlib.suppress(subprocess.TimeoutExpired):
                        process.wait(0.1)
            finally:
                if process.poll() is None:
                    process.kill()
                    process.wait()
            if process.returncode == 0:
                return
            said.seek(0)
            reason = said.read().strip().splitlines()[-_REASON_LINES:]
        raise EnvironmentBuildError(
            problem, span=_first_line(spec), cause="\n".join(reason) or None
        )

    @contextlib.contextmanager
    def _held(self, key: str, spec: EnvironmentSpec, cancel: threading.Event) -> Iterator[None]:
        """Alone with this environment among all threads and processes of the machine."""
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
                _give_way(spec, cancel)
                time.sleep(0.1)
            yield


_TRIAL = "import cloudpickle, pyarrow, ray, plait.task, plait.task.entry"


def _give_way(spec: EnvironmentSpec, cancel: threading.Event) -> None:
    if cancel.is_set():
        raise CancelledError(f"building the environment '{spec.code.name}' was cancelled")


def _finished(key: str, home: Path, *, cached: bool) -> RuntimeEnvironment:
    lock = (home / "lock.txt").read_text(encoding="utf-8")
    return RuntimeEnvironment(key, _python(home / "venv"), lock, cached)


def _python(venv: Path) -> Path:
    return venv / "bin" / "python"


def _first_line(spec: EnvironmentSpec) -> Span:
    lines = spec.code.text.splitlines()
    number = next((n for n, line in enumerate(lines) if line.strip()), 0)
    text = lines[number] if lines else ""
    column = len(text) - len(text.lstrip()) + 1
    return Span(spec.code.file, spec.code.first_line + number, column, len(text.strip()), text)


def _environ(cache: Path) -> dict[str, str]:
    """What uv gets: the process's own environment, and what pip was told, in uv's words."""
    environ = dict(os.environ)
    for variable, source in (
        ("UV_DEFAULT_INDEX", "PIP_INDEX_URL"),
        ("UV_INDEX", "PIP_EXTRA_INDEX_URL"),
        ("UV_FIND_LINKS", "PIP_FIND_LINKS"),
        ("SSL_CERT_FILE", "PIP_CERT"),
        ("UV_HTTP_TIMEOUT", "PIP_DEFAULT_TIMEOUT"),
    ):
        if source in environ and variable not in environ:
            environ[variable] = environ[source]
    if "UV_INDEX_URL" in environ:
        environ.pop("UV_DEFAULT_INDEX", None)
    environ.setdefault("UV_CACHE_DIR", str(cache / "uv"))
    environ["UV_NO_PROGRESS"] = "1"
    environ["NO_COLOR"] = "1"
    for name in ("VIRTUAL_ENV", "PYTHONPATH", "PYTHONHOME", "UV_PROJECT_ENVIRONMENT"):
        environ.pop(name, None)
    return environ


def _worker_files() -> list[Path]:
    return sorted((Path(__file__).parent.parent / "task").glob("*.py"))


def _worker_hash() -> str:
    digest = hashlib.sha256()
    for file in _worker_files():
        digest.update(file.name.encode() + b"\0" + file.read_bytes() + b"\0")
    return digest.hexdigest()


def _copy_worker(venv: Path) -> None:
    """Put `plait.task`, all of plait that a task needs, into the environment."""
    import compileall

    site = next(venv.glob("lib/python*/site-packages"))
    package = site / "plait"
    (package / "task").mkdir(parents=True)
    (package / "__init__.py").write_text('"""The worker\'s part of plait."""\n', encoding="utf-8")
    for file in _worker_files():
        shutil.copyfile(file, package / "task" / file.name)
    compileall.compile_dir(package, quiet=2)

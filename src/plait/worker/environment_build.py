"""Build one runtime environment: the same commands on the client and on a cluster's node.

`build` runs in a Ray worker of a cluster that does not share the client's disk. It needs
`uv` there, or is given the program itself.
"""

from __future__ import annotations

import contextlib
import os
import platform
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import IO, NamedTuple

from plait.worker.messages import BuildAnswer, BuildRequest

NEEDS_UV = "there is no uv on this node"
REASON_LINES = 40
TRIAL = "import cloudpickle, pyarrow, ray, plait.task, plait.worker.entry"
_TIMEOUT_SECONDS = 1800.0


class Step(NamedTuple):
    """One command of a build. label: what it does. is_trial: it tries the finished environment."""

    label: str
    command: list[str]
    is_trial: bool


def steps(uv: str, folder: Path, lock: str, sources: list[str], python: str) -> Iterator[Step]:
    """The commands that build an environment in `folder`, one after the other.

    lock: its exact packages as requirement lines. sources: lines such as `--index-url …`,
    which are not part of the lock: addresses may hold passwords. python: the interpreter
    that it is for. What lies between two commands is done when the next one is asked for.
    """
    (folder / "lock.txt").write_text(lock, encoding="utf-8")
    locked = folder / "install.txt"
    locked.touch(mode=0o600)
    locked.write_text("\n".join([*sources, lock]), encoding="utf-8")
    venv = folder / "venv"
    create = ["venv", "--relocatable", "--no-project", "--python", python, str(venv)]
    yield Step("creating it", [uv, *create], False)
    packages = sum(1 for line in lock.splitlines() if line and line[0] not in "-# ")
    sync = ["pip", "sync", "--compile-bytecode", "--python", str(python_of(venv)), str(locked)]
    yield Step(f"installing {packages} packages", [uv, *sync], False)
    locked.unlink()
    copy_worker(next(venv.glob("lib/python*/site-packages")))
    yield Step("trying it", [str(python_of(venv)), "-I", "-c", TRIAL], True)


def python_of(venv: Path) -> Path:
    """The interpreter of an environment."""
    return venv / "bin" / "python"


def worker_files() -> list[tuple[str, Path]]:
    """Every module that a task needs: its path below the package `plait`, and where it is."""
    root = Path(__file__).parents[1]
    found = [*(root / "worker").rglob("*.py"), root / "task" / "__init__.py"]
    return sorted((file.relative_to(root).as_posix(), file) for file in found)


def copy_worker(folder: Path, *, compiled: bool = True) -> Path:
    """Put all of plait that a task needs into a folder; returns the package there."""
    package = folder / "plait"
    for name, file in worker_files():
        (package / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(file, package / name)
    (package / "__init__.py").write_text('"""The worker\'s part of plait."""\n', encoding="utf-8")
    if compiled:
        import compileall

        compileall.compile_dir(package, quiet=2)
    return package


def environ(cache: Path) -> dict[str, str]:
    """What uv gets: the process's own environment, and pip's variables under uv's names."""
    found = dict(os.environ)
    for variable, source in (
        ("UV_DEFAULT_INDEX", "PIP_INDEX_URL"),
        ("UV_INDEX", "PIP_EXTRA_INDEX_URL"),
        ("UV_FIND_LINKS", "PIP_FIND_LINKS"),
        ("SSL_CERT_FILE", "PIP_CERT"),
        ("UV_HTTP_TIMEOUT", "PIP_DEFAULT_TIMEOUT"),
    ):
        if source in found and variable not in found:
            found[variable] = found[source]
    if "UV_INDEX_URL" in found:
        found.pop("UV_DEFAULT_INDEX", None)
    found.setdefault("UV_CACHE_DIR", str(cache / "uv"))
    found["UV_NO_PROGRESS"] = "1"
    found["NO_COLOR"] = "1"
    for name in ("VIRTUAL_ENV", "PYTHONPATH", "PYTHONHOME", "UV_PROJECT_ENVIRONMENT"):
        found.pop(name, None)
    return found


def machine() -> str:
    """The system and processor that programs of this machine are for."""
    return f"{sys.platform}-{platform.machine()}"


def build(request: BuildRequest, program: bytes | None) -> BuildAnswer:
    """Build an environment on this node unless it is there.

    program: uv as bytes, for a node that lacks it, or None.

    A failure is an answer; its error is `NEEDS_UV` where the program is missing, with the
    kind of the machine as its output.
    """
    cache = Path(request["cache"]).expanduser()
    root = cache / "environments"
    home = root / request["key"]
    if home.is_dir():
        return {"built": False}
    try:
        root.mkdir(parents=True, exist_ok=True)
        with _locked(root / f".{request['key']}"):
            if home.is_dir():
                return {"built": False}
            uv = _uv(cache, program)
            if uv is None:
                return {"error": NEEDS_UV, "output": machine()}
            return _build(request, cache, home, uv)
    except OSError as problem:
        return {"error": f"its folder cannot be written: {problem}", "output": ""}


def _build(request: BuildRequest, cache: Path, home: Path, uv: str) -> BuildAnswer:
    folder = Path(tempfile.mkdtemp(prefix=f"{home.name}-", dir=home.parent))
    try:
        for step in steps(uv, folder, request["lock"], request["sources"], sys.executable):
            code, output = _run(step.command, environ(cache))
            if code:
                built = "it was built but does not work"
                return {
                    "error": built if step.is_trial else "uv cannot build it",
                    "output": output,
                }
        folder.chmod(0o755)
        folder.rename(home)
        return {"built": True}
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _run(command: list[str], variables: Mapping[str, str]) -> tuple[int, str]:
    """One program to its end; it ends with this task, also when that is cancelled."""
    process = subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        env=dict(variables), text=True, errors="replace",
    )  # fmt: skip
    try:
        output, _ = process.communicate(timeout=_TIMEOUT_SECONDS)
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()
    return process.returncode, "\n".join(output.strip().splitlines()[-REASON_LINES:])


def _uv(cache: Path, program: bytes | None) -> str | None:
    """Where uv is: in this Python, on the path, or where it is put now."""
    finders: tuple[Callable[[], str | None], ...] = (_of_python, lambda: shutil.which("uv"))
    for find in finders:
        if found := find():
            return found
    if program is None:
        return None
    file = cache / "bin" / f"uv-{len(program)}"
    if not file.exists():
        file.parent.mkdir(parents=True, exist_ok=True)
        part = file.with_name(f"{file.name}.{os.getpid()}")
        part.write_bytes(program)
        part.chmod(0o755)
        part.replace(file)
    return str(file)


def _of_python() -> str | None:
    with contextlib.suppress(ImportError, FileNotFoundError):
        import uv

        return str(uv.find_uv_bin())
    return None


@contextlib.contextmanager
def _locked(file: Path) -> Iterator[IO[str]]:
    """Only one process of this machine at a time is inside for the same file."""
    import fcntl

    with file.open("w", encoding="ascii") as lock:
        while True:
            with contextlib.suppress(BlockingIOError):
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            time.sleep(0.1)
        yield lock

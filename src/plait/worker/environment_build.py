"""Make one runtime environment: the same commands on the client and on a cluster's node.

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
from typing import IO, Any

NEEDS_UV = "there is no uv on this node"
REASON_LINES = 40
TRIAL = "import cloudpickle, pyarrow, ray, plait.task, plait.worker.entry"
_SECONDS = 1800.0

Step = tuple[str, list[str], bool]
"""What is told, the command, and whether it tries the finished environment."""


def steps(uv: str, folder: Path, lock: str, sources: list[str], python: str) -> Iterator[Step]:
    """The commands that make an environment in `folder`, one after the other.

    lock: its exact packages as requirement lines. sources: lines such as `--index-url …`,
    which are not part of the lock: addresses may hold passwords. python: the interpreter
    that it is for. What lies between two commands is done when the next one is asked for.
    """
    (folder / "lock.txt").write_text(lock, encoding="utf-8")
    locked = folder / "install.txt"
    locked.touch(mode=0o600)
    locked.write_text("\n".join([*sources, lock]), encoding="utf-8")
    venv = folder / "venv"
    made = ["venv", "--relocatable", "--no-project", "--python", python, str(venv)]
    yield "creating it", [uv, *made], False
    packages = sum(1 for line in lock.splitlines() if line and line[0] not in "-# ")
    sync = ["pip", "sync", "--compile-bytecode", "--python", str(python_of(venv)), str(locked)]
    yield f"installing {packages} packages", [uv, *sync], False
    locked.unlink()
    copy_worker(next(venv.glob("lib/python*/site-packages")))
    yield "trying it", [str(python_of(venv)), "-I", "-c", TRIAL], True


def python_of(venv: Path) -> Path:
    """The interpreter of an environment."""
    return venv / "bin" / "python"


def worker_files() -> list[tuple[str, Path]]:
    """Every module that a task needs: its path below the package `plait`, and where it is."""
    root = Path(__file__).parents[1]
    found = [*(root / "worker").rglob("*.py"), root / "task" / "__init__.py"]
    return sorted((file.relative_to(root).as_posix(), file) for file in found)


def copy_worker(place: Path, *, compiled: bool = True) -> Path:
    """Put all of plait that a task needs into a folder; returns the package there."""
    package = place / "plait"
    for name, file in worker_files():
        (package / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(file, package / name)
    (package / "__init__.py").write_text('"""The worker\'s part of plait."""\n', encoding="utf-8")
    if compiled:
        import compileall

        compileall.compile_dir(package, quiet=2)
    return package


def environ(cache: Path) -> dict[str, str]:
    """What uv gets: the process's own environment, and what pip was told, in uv's words."""
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
    """For what kind of machine programs are made here."""
    return f"{sys.platform}-{platform.machine()}"


def build(recipe: Mapping[str, Any], program: bytes | None) -> dict[str, Any]:
    """Make an environment on this node unless it is there.

    recipe: `key`, `cache` (a folder of this node; `~` is whose worker this is), `lock`,
    `sources`. program: uv as bytes, for a node that lacks it, or None.

    Returns {"made": whether it was made now}, or {"error": one line, "said": uv's words};
    the error is `NEEDS_UV` where the program is missing, with the machine's kind.
    """
    cache = Path(recipe["cache"]).expanduser()
    root = cache / "environments"
    home = root / str(recipe["key"])
    if home.is_dir():
        return {"made": False}
    try:
        root.mkdir(parents=True, exist_ok=True)
        with _alone(root / f".{recipe['key']}"):
            if home.is_dir():
                return {"made": False}
            uv = _uv(cache, program)
            if uv is None:
                return {"error": NEEDS_UV, "said": machine()}
            return _make(recipe, cache, home, uv)
    except OSError as problem:
        return {"error": f"its folder cannot be written: {problem}", "said": ""}


def _make(recipe: Mapping[str, Any], cache: Path, home: Path, uv: str) -> dict[str, Any]:
    folder = Path(tempfile.mkdtemp(prefix=f"{home.name}-", dir=home.parent))
    try:
        parts = (str(recipe["lock"]), list(recipe["sources"]), sys.executable)
        for _, command, is_trial in steps(uv, folder, *parts):
            code, said = _run(command, environ(cache))
            if code:
                what = "it was built but does not work" if is_trial else "uv cannot build it"
                return {"error": what, "said": said}
        folder.chmod(0o755)
        folder.rename(home)
        return {"made": True}
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _run(command: list[str], variables: Mapping[str, str]) -> tuple[int, str]:
    """One program to its end; it ends with this task, also when that is cancelled."""
    process = subprocess.Popen(
        command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        env=dict(variables), text=True, errors="replace",
    )  # fmt: skip
    try:
        said, _ = process.communicate(timeout=_SECONDS)
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()
    return process.returncode, "\n".join(said.strip().splitlines()[-REASON_LINES:])


def _uv(cache: Path, program: bytes | None) -> str | None:
    """Where uv is: in this Python, on the path, or where it is put now."""
    finders: tuple[Callable[[], str | None], ...] = (_of_python, lambda: shutil.which("uv"))
    for find in finders:
        if found := find():
            return found
    if program is None:
        return None
    place = cache / "bin" / f"uv-{len(program)}"
    if not place.exists():
        place.parent.mkdir(parents=True, exist_ok=True)
        part = place.with_name(f"{place.name}.{os.getpid()}")
        part.write_bytes(program)
        part.chmod(0o755)
        part.replace(place)
    return str(place)


def _of_python() -> str | None:
    with contextlib.suppress(ImportError, FileNotFoundError):
        import uv

        return str(uv.find_uv_bin())
    return None


@contextlib.contextmanager
def _alone(place: Path) -> Iterator[IO[str]]:
    """Alone with an environment among all processes of this machine."""
    import fcntl

    with place.open("w", encoding="ascii") as lock:
        while True:
            with contextlib.suppress(BlockingIOError):
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            time.sleep(0.1)
        yield lock

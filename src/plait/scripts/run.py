"""`plait run script.py`: an ordinary Python script, with Spark and Ray ready for it.

The script runs in a child process and finds both engines by environment variables alone:
`SparkSession.builder.getOrCreate()` and `ray.init()` in it reach them, and so do Spark's
Python workers, which inherit these variables.

Which Spark: where Apache Spark is installed, that (classic, its driver in the script), since
in a script that plait has not planned nothing else can promise Spark's answers; otherwise, or
with `--engine sail`, Sail through Spark Connect, unless the script plainly needs more. The
settings may name a cluster for the classic driver, or a Connect server for a script that needs
no driver of its own.
Ray is started when the script, or a module beside it, imports it.
"""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import signal
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack
from pathlib import Path
from typing import IO, Any, Literal

from plait.engines.base import EngineName
from plait.engines.routing import decide_for_script
from plait.errors import DataError, PlaitError, Span, TaskError
from plait.events import (
    Emit,
    Event,
    Notice,
    RunFinished,
    RunStarted,
    StepFailed,
    StepFinished,
    StepLog,
    StepStarted,
)
from plait.scripts.needs import Needs, needs_of
from plait.settings import Settings

_GRACE_SECONDS = 5.0
_SAIL_START_SECONDS = 30.0
# Carried by the child and whatever it starts. Not PLAIT_…: those are settings.
_MARK = "_PLAIT_SCRIPT_RUN"


def run_script(
    file: str,
    text: str,
    arguments: Sequence[str],
    settings: Settings,
    on_event: Emit,
    *,
    capture: bool = False,
    defer_interrupts: Callable[[], AbstractContextManager[None]] = contextlib.nullcontext,
) -> None:
    """Run a script to its end.

    capture: what it prints becomes events; otherwise it has this process's own streams.
    defer_interrupts: keeps Ctrl-C away while things are being ended.
    Raises ParseError, CapabilityError or SetupError before it runs, TaskError when it fails,
    KeyboardInterrupt when it is interrupted.
    """
    needs = needs_of(file, text)
    spark = spark_for(needs, settings)
    emit = _one_at_a_time(on_event)
    run = uuid.uuid4().hex[:12]
    emit(RunStarted(run, file, spark or "none", ((1, "python", file),)))
    began = time.monotonic()
    status: Literal["done", "failed", "cancelled"] = "failed"
    try:
        with ExitStack() as stack:
            folder = _run_folder(settings, run, stack, defer_interrupts)
            environment = _engines(spark, needs, settings, folder, emit, stack, defer_interrupts)
            emit(StepStarted(1, "python", file, 1, spark or "python"))
            _run_child(file, text, arguments, environment, folder, emit, capture, defer_interrupts)
        emit(StepFinished(1, time.monotonic() - began))
        status = "done"
    except KeyboardInterrupt:
        status = "cancelled"
        raise
    except PlaitError as error:
        emit(StepFailed(1, error.render(), time.monotonic() - began))
        raise
    finally:
        seconds = time.monotonic() - began
        emit(RunFinished(run, status, seconds, ((1, seconds),)))


def spark_for(needs: Needs, settings: Settings) -> EngineName | None:
    """Which Spark a script gets; None when it uses none.

    Raises CapabilityError where only Sail can be had and the script needs more, SetupError
    where neither is installed.
    """
    return decide_for_script(needs.classic, settings).engine if needs.spark else None


# --- what the script finds --------------------------------------------------------------------


def _run_folder(
    settings: Settings, run: str, stack: ExitStack, defer_interrupts: Callable[[], Any]
) -> Path:
    from plait.data.commit import RunFolder, sweep

    lake = settings.lake_path
    existed = lake.exists()
    try:
        sweep(lake)
        folder = RunFolder.create(lake, run)
    except OSError as problem:
        raise DataError(
            f"the lake {lake} cannot be written: {problem.strerror or problem}",
            hint="choose another: --lake DIR",
        ) from None

    def remove() -> None:
        folder.remove()
        if not existed:
            with contextlib.suppress(OSError):
                lake.rmdir()

    _at_end(stack, defer_interrupts, remove)
    return folder.path


def _engines(
    spark: EngineName | None,
    needs: Needs,
    settings: Settings,
    folder: Path,
    emit: Emit,
    stack: ExitStack,
    defer_interrupts: Callable[[], Any],
) -> dict[str, str]:
    """The child's environment, after the engines that it needs have been started."""
    environment = dict(os.environ)
    ray = _ray_environment(needs, settings, folder, emit, stack, defer_interrupts)
    if spark == "spark":
        environment = _spark_environment(settings, folder, ray, emit)
    elif spark == "sail":
        for name in ("SPARK_HOME", "SPARK_API_MODE", "SPARK_CONNECT_MODE_ENABLED", "MASTER"):
            environment.pop(name, None)
        environment["SPARK_REMOTE"] = _start_sail(settings, folder, ray, stack, defer_interrupts)
        emit(Notice("Sail for this script, through Spark Connect"))
    return {**environment, **ray}


def _spark_environment(
    settings: Settings, folder: Path, ray: Mapping[str, str], emit: Emit
) -> dict[str, str]:
    """The child's environment with the Spark of the settings in it."""
    from plait.engines.spark.engine import classic_environment
    from plait.engines.spark.master import Master
    from plait.engines.spark.remote import remote_environment

    if settings.spark.remote is not None:
        emit(Notice("the Spark Connect server of spark.remote for this script"))
        return remote_environment(settings)
    master = Master.of(settings.spark.master, settings.spark.conf, os.environ)
    # A Ray that was started here is found from this machine only.
    reached = master.here or settings.ray.address not in (None, "", "local")
    emit(Notice(f"Apache Spark for this script, {master.url}"))
    return classic_environment(settings, folder, ray if reached else {})


def _ray_environment(
    needs: Needs,
    settings: Settings,
    folder: Path,
    emit: Emit,
    stack: ExitStack,
    defer_interrupts: Callable[[], Any],
) -> dict[str, str]:
    if not needs.ray:
        return {}
    if settings.ray.address not in (None, "", "local"):
        return {"RAY_ADDRESS": str(settings.ray.address)}
    from plait.compute.cluster import Cluster

    cluster = Cluster(settings.ray, folder, lambda text: emit(Notice(text)))
    _at_end(stack, defer_interrupts, cluster.stop)
    return cluster.environ()


def _start_sail(
    settings: Settings,
    folder: Path,
    ray: Mapping[str, str],
    stack: ExitStack,
    defer_interrupts: Callable[[], Any],
) -> str:
    """Start Sail so that Python functions inside of it find Ray too; its address."""
    from plait.engines.process import ServerProcess, ServerStartError
    from plait.engines.sail import engine
    from plait.engines.sail import server as program
    from plait.errors import EngineError

    spill = folder / "sail-spill"
    spill.mkdir(parents=True, exist_ok=True)
    server = ServerProcess(
        [sys.executable, "-P", str(program.__file__)],
        environment={**engine.server_environment(settings, spill), **ray},
        log=folder / "sail.log",
    )
    _at_end(stack, defer_interrupts, lambda: server.stop(grace_seconds=0))
    try:
        return f"sc://127.0.0.1:{server.port(_SAIL_START_SECONDS)}"
    except ServerStartError as problem:
        raise EngineError(f"Sail {problem}", engine="sail", cause=server.tail()) from None


def _at_end(
    stack: ExitStack, defer_interrupts: Callable[[], Any], end: Callable[[], None]
) -> None:
    def undisturbed() -> None:
        with defer_interrupts():
            end()

    stack.callback(undisturbed)


# --- the child --------------------------------------------------------------------------------


def _run_child(
    file: str,
    text: str,
    arguments: Sequence[str],
    environment: Mapping[str, str],
    folder: Path,
    emit: Emit,
    capture: bool,
    defer_interrupts: Callable[[], Any],
) -> None:
    """Start the script, wait for it, and see that nothing of it is left."""
    report, mark = folder / "script-failure.json", secrets.token_hex(8)
    # A script that may read the terminal has to stay in the terminal's process group.
    alone = not (sys.stdin is not None and sys.stdin.isatty())
    read_end, write_end = os.pipe()
    launcher = Path(__file__).with_name("child.py")
    try:
        process = subprocess.Popen(
            [sys.executable, str(launcher), str(report), str(read_end), file, *arguments],
            env={**environment, _MARK: mark},
            pass_fds=(read_end,),
            process_group=0 if alone else None,
            stdin=subprocess.DEVNULL if capture else None,
            stdout=subprocess.PIPE if capture else None,
            stderr=subprocess.PIPE if capture else None,
        )
        os.close(read_end)
        readers = _start_readers(process, Path(file).name, emit)
        try:
            code = process.wait()
        except KeyboardInterrupt:
            with defer_interrupts():
                _interrupt(process, alone)
            raise
        finally:
            with defer_interrupts():
                _end_leftovers(mark)
        for reader in readers:
            reader.join(_GRACE_SECONDS)
    finally:
        os.close(write_end)
    if code != 0:
        raise failure(file, text, code, report)


def _start_readers(
    process: subprocess.Popen[bytes], source: str, emit: Emit
) -> list[threading.Thread]:
    """Threads that make events of what a captured script prints."""

    def read(stream: IO[bytes], name: Literal["stdout", "stderr"]) -> None:
        for line in stream:
            emit(StepLog(1, source, line.decode("utf-8", "replace").rstrip("\r\n"), name))

    readers = [
        threading.Thread(target=read, args=(stream, name), daemon=True)
        for stream, name in ((process.stdout, "stdout"), (process.stderr, "stderr"))
        if stream is not None
    ]
    for reader in readers:
        reader.start()
    return readers


def _interrupt(process: subprocess.Popen[bytes], alone: bool) -> None:
    """As Ctrl-C would; by force when the script has not ended after five seconds."""
    with contextlib.suppress(subprocess.TimeoutExpired):
        if not alone:
            # The terminal's own Ctrl-C has reached it already, unless it came otherwise.
            process.wait(1.0)
    if process.poll() is None:
        with contextlib.suppress(ProcessLookupError):
            process.send_signal(signal.SIGINT)
    try:
        process.wait(_GRACE_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _end_leftovers(mark: str) -> None:
    """Give what the script started (Spark's Java, for one) time to end, then end it."""
    import psutil

    left = _marked(mark)
    _, left = psutil.wait_procs(left, timeout=_GRACE_SECONDS)
    for process in {*left, *_marked(mark)}:
        with contextlib.suppress(psutil.Error):
            process.kill()
    psutil.wait_procs(left, timeout=_GRACE_SECONDS)


def _marked(mark: str) -> list[Any]:
    import psutil

    found = []
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error, OSError):
            if process.environ().get(_MARK) == mark:
                found.append(process)
    return found


def failure(file: str, text: str, code: int, report: Path) -> TaskError:
    """Why a script failed, at its own line where it left word of it."""
    try:
        told = json.loads(report.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        if code < 0:
            name = signal.Signals(-code).name
            return TaskError(f"the script was killed by {name}")
        return TaskError(f"the script ended with exit code {code}")
    message = next(iter(str(told["message"]).strip().splitlines()), "")
    headline = f"{told['kind']}: {message}" if message else str(told["kind"])
    return TaskError(f"the script failed: {headline}", span=_line_span(file, text, told["line"]))


def _line_span(file: str, text: str, line: int | None) -> Span | None:
    lines = text.splitlines()
    if line is None or not 1 <= line <= len(lines):
        return None
    shown = lines[line - 1]
    body = shown.strip()
    column = len(shown) - len(shown.lstrip()) + 1
    return Span(file, line, column, max(1, len(body)), shown)


def _one_at_a_time(on_event: Emit) -> Emit:
    lock = threading.Lock()

    def emit(event: Event) -> None:
        with lock:
            on_event(event)

    return emit

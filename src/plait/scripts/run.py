"""`plait run script.py`: an ordinary Python script, with Spark and Ray ready for it.

The script runs in a child process and finds both engines by environment variables alone:
`SparkSession.builder.getOrCreate()` and `ray.init()` in it reach them, and so do Spark's
Python workers, which inherit these variables. Ray is started when the script, or a module
beside it, imports it.
"""

from __future__ import annotations

import contextlib
import time
import uuid
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, ExitStack
from typing import Literal

from plait.engines.base import EngineName
from plait.engines.routing import decide_for_script
from plait.errors import PlaitError
from plait.events import (
    OnEvent,
    RunFinished,
    RunStarted,
    StepFailed,
    StepFinished,
    StepStarted,
    numbered,
)
from plait.scripts.environment import Preparation, environment_for, run_folder
from plait.scripts.process import ScriptProcess
from plait.scripts.requirements import Requirements, requirements_of
from plait.settings import Settings


def run_script(
    file: str,
    text: str,
    arguments: Sequence[str],
    settings: Settings,
    on_event: OnEvent,
    *,
    capture: bool = False,
    defer_interrupts: Callable[[], AbstractContextManager[None]] = contextlib.nullcontext,
) -> None:
    """Run a script to its end.

    capture: what it prints becomes events; otherwise it has this process's own streams.
    defer_interrupts: keeps Ctrl-C away while things are being ended.
    Raises ParseError, CapabilityError or SetupError before it runs, DataError for a lake that
    cannot be written, EngineError or ClusterError for an engine that does not start, TaskError
    when the script fails, KeyboardInterrupt when it is interrupted.
    """
    needed = requirements_of(file, text)
    spark = spark_for(needed, settings)
    run = uuid.uuid4().hex[:12]
    emit = numbered(run, on_event)
    emit(RunStarted(run, file, spark or "none", ((1, "python", file),)))
    began = time.monotonic()
    status: Literal["done", "failed", "cancelled"] = "failed"
    try:
        with ExitStack() as stack:

            def at_end(end: Callable[[], None]) -> None:
                stack.callback(_undisturbed, end, defer_interrupts)

            folder = run_folder(settings, run, at_end)
            environment = environment_for(
                Preparation(settings, needed, spark, folder, emit, at_end)
            )
            emit(StepStarted(1, "python", file, 1, spark or "python"))
            process = ScriptProcess(file, text, folder, emit, defer_interrupts)
            process.run(arguments, environment, capture=capture)
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


def spark_for(needed: Requirements, settings: Settings) -> EngineName | None:
    """Which Spark a script gets; None when it uses none.

    Raises CapabilityError where only Sail can be had and the script needs more, SetupError
    where neither is installed.
    """
    return decide_for_script(needed.classic, settings).engine if needed.spark else None


def _undisturbed(
    end: Callable[[], None], defer_interrupts: Callable[[], AbstractContextManager[None]]
) -> None:
    with defer_interrupts():
        end()

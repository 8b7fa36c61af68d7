"""Runs the steps of a plan: each as soon as its inputs are there, side by side.

It knows nothing of engines: a handler does a step's work, and this module decides when,
reports what happens, and stops everything when one step fails or the user interrupts.
"""

from __future__ import annotations

import threading
import time
import traceback
from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from pathlib import Path

from plait.errors import CancelledError, PlaitError, RunError, ScriptError
from plait.events import Emit, StepFailed, StepFinished, StepStarted
from plait.plan.steps import Plan, Step, TableRef
from plait.runtime.results import StepResult

# Tasks are asked for five seconds and then forced; that has to end before the engines do.
GRACE_SECONDS = 8.0
Handler = Callable[[Step], StepResult]


@dataclass(slots=True)
class _Progress:
    """Which steps wait for which, and how each ended."""

    waiting: dict[int, set[int]]
    steps: dict[int, Step]
    running: dict[Future[StepResult], Step] = field(default_factory=dict)
    seconds: dict[int, float] = field(default_factory=dict)
    failure: PlaitError | None = None

    def ready(self) -> list[Step]:
        """Steps whose inputs are there; they are no longer waiting."""
        ids = [step for step, needs in self.waiting.items() if not needs]
        for step in ids:
            del self.waiting[step]
        return [self.steps[step] for step in ids]

    def done(self, step: Step) -> None:
        """Those that wait for a step wait for it no longer."""
        for needs in self.waiting.values():
            needs.discard(step.id)


def dependencies(plan: Plan) -> dict[int, set[int]]:
    """Step id → ids of the steps that must have ended before it."""
    producers: dict[TableRef, int] = {}
    needs: dict[int, set[int]] = {}
    for step in plan.steps:
        needs[step.id] = set(step.after) | {producers[t] for t in step.inputs if t in producers}
        producers.update(dict.fromkeys(step.outputs, step.id))
    return needs


def execute(
    plan: Plan,
    handler: Handler,
    emit: Emit,
    *,
    engine: str,
    cancel: threading.Event,
    interrupt: Callable[[], None],
    force: Callable[[], None],
    workers: int = 8,
) -> dict[int, float]:
    """Run every step; the seconds that each took, by id.

    cancel: set to stop; a handler looks at it. interrupt: asks the engines to stop what
    they do; force: ends them, called when they have not stopped after five seconds.
    Raises the first failure, at its statement, or CancelledError.
    """
    progress = _Progress(dependencies(plan), {step.id: step for step in plan.steps})
    pool = ThreadPoolExecutor(max_workers=workers, thread_name_prefix="plait-step")
    try:
        _drive(progress, pool, handler, emit, engine, cancel)
    except KeyboardInterrupt:
        progress.failure = CancelledError("the run was interrupted")
    if progress.failure is not None:
        _stop(progress, cancel, interrupt, force, emit)
    pool.shutdown(wait=progress.failure is None, cancel_futures=True)
    if progress.failure is not None:
        raise progress.failure
    return progress.seconds


def _drive(
    progress: _Progress,
    pool: ThreadPoolExecutor,
    handler: Handler,
    emit: Emit,
    engine: str,
    cancel: threading.Event,
) -> None:
    while (progress.waiting or progress.running) and progress.failure is None:
        if cancel.is_set():
            progress.failure = CancelledError("the run was cancelled")
            return
        for step in progress.ready():
            shown = step.engine.replace("data", engine)
            emit(StepStarted(step.id, step.kind, step.label, step.span.line, shown))
            progress.running[pool.submit(_timed, handler, step, progress)] = step
        # The short wait keeps the main thread open to Ctrl-C.
        finished, _ = wait(progress.running, timeout=0.5, return_when=FIRST_COMPLETED)
        for future in finished:
            _collect(progress, future, emit)


def _timed(handler: Handler, step: Step, progress: _Progress) -> StepResult:
    begun = time.monotonic()
    try:
        return handler(step)
    finally:
        progress.seconds[step.id] = time.monotonic() - begun


def _collect(progress: _Progress, future: Future[StepResult], emit: Emit) -> None:
    step = progress.running.pop(future)
    seconds = progress.seconds.get(step.id, 0.0)
    error = future.exception()
    if error is None:
        result = future.result()
        emit(StepFinished(step.id, seconds, result.rows, result.bytes, result.summary))
        progress.done(step)
        return
    failure = _as_error(error).at(step.span)
    if isinstance(failure, ScriptError):
        # The script was found wrong only now, after something had run.
        failure.exit_code = RunError.exit_code
    emit(StepFailed(step.id, failure.render(), seconds))
    if progress.failure is None or isinstance(progress.failure, CancelledError):
        progress.failure = failure


def _as_error(error: BaseException) -> PlaitError:
    """A failure as an error of plait; anything else is a fault of plait and says where."""
    if isinstance(error, PlaitError):
        return error
    last = traceback.extract_tb(error.__traceback__)[-1]
    failure = RunError(
        f"plait itself failed: {type(error).__name__}: {error}",
        cause=f"in {last.name}, {Path(last.filename).name} line {last.lineno}",
        hint="this is a fault of plait; --debug shows the whole traceback",
    )
    failure.__cause__ = error
    return failure


def _stop(
    progress: _Progress,
    cancel: threading.Event,
    interrupt: Callable[[], None],
    force: Callable[[], None],
    emit: Emit,
) -> None:
    """Softly, then by force, and wait until the steps have let go."""
    cancel.set()
    if progress.running:
        asked = threading.Thread(target=interrupt, daemon=True)
        asked.start()
        _, still = wait(progress.running, timeout=GRACE_SECONDS)
        if still:
            force()
            wait(progress.running, timeout=GRACE_SECONDS)
        # An interrupt that comes late would stop the session's next run.
        asked.join(GRACE_SECONDS)
    for future in [f for f in progress.running if f.done()]:
        step = progress.running.pop(future)
        if not future.cancelled() and (error := future.exception()) is not None:
            seconds = progress.seconds.get(step.id, 0.0)
            stopped = error if isinstance(error, PlaitError) else CancelledError("stopped")
            emit(StepFailed(step.id, stopped.at(step.span).render(), seconds))

"""Runs the steps of a plan: each as soon as its inputs are there, side by side.

It knows nothing of engines: a handler does a step's work, and this module decides when, and
reports what happens. When a step fails, what the script says before it is still done; the rest
is stopped, as everything is when the user interrupts.
"""

from __future__ import annotations

import threading
import time
import traceback
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from pathlib import Path

from plait.errors import CancelledError, PlaitError, RunError, ScriptError
from plait.events import Emit, StepFailed, StepFinished, StepStarted
from plait.plan.steps import Plan, Step, TableRef
from plait.runtime.order import Order
from plait.runtime.results import StepResult

# Tasks are asked for five seconds and then forced; that has to end before the engines do.
GRACE_SECONDS = 8.0
# Of one run; nearly all of them wait for their turn when there are so many.
MOST_THREADS = 64
Handler = Callable[[Step], StepResult]


@dataclass(slots=True)
class _Progress:
    """Which steps wait for which, and how each ended. needs: as `dependencies` gives them."""

    needs: dict[int, set[int]]
    waiting: dict[int, set[int]]
    steps: dict[int, Step]
    order: Order
    workers: int
    queue: list[Step] = field(default_factory=list)
    running: dict[Future[StepResult], Step] = field(default_factory=dict)
    seconds: dict[int, float] = field(default_factory=dict)
    failure: PlaitError | None = None

    def startable(self) -> Iterator[Step]:
        """Steps whose inputs are there, the script's first ones first, while there is room.

        A step that only waits for its turn takes no room, so that those before it get on; it
        keeps its thread, of which there are so many and one more, for the first that is open.
        """
        ids = [step for step, needs in self.waiting.items() if not needs]
        for step in ids:
            del self.waiting[step]
        self.queue += [self.steps[step] for step in ids]
        self.queue.sort(key=lambda step: self.order.position[step.id], reverse=True)
        while self.queue and len(self.running) - self.order.waiting < self.workers:
            if len(self.running) >= MOST_THREADS and not self.order.is_next(self.queue[-1].id):
                break
            yield self.queue.pop()

    def done(self, step: Step) -> None:
        """Those that wait for a step wait for it no longer."""
        self.order.ended(step.id)
        for needs in self.waiting.values():
            needs.discard(step.id)

    def fail(self, step: Step, failure: PlaitError) -> None:
        """Keep the failure that stands first in the script, and what is still to be done."""
        if self.order.failed(step.id):
            self.failure = failure
        wanted = self._wanted()
        for id_ in (*self.waiting, *(step.id for step in self.queue)):
            if id_ not in wanted:
                self.order.called_off(id_)
        self.waiting = {id_: needs for id_, needs in self.waiting.items() if id_ in wanted}
        self.queue = [step for step in self.queue if step.id in wanted]

    def goes_on(self) -> bool:
        """Whether something is still to be done; after a failure, of what stands before it."""
        if self.failure is None:
            return bool(self.waiting or self.queue or self.running)
        wanted = self._wanted()
        left = bool(self.waiting or self.queue)
        return left or any(step.id in wanted for step in self.running.values())

    def _wanted(self) -> set[int]:
        """Effects that stand before the failure, and the steps that they need."""
        todo = [i for i, s in self.steps.items() if s.visible and self.order.before_failure(i)]
        found = set[int]()
        while todo:
            if (each := todo.pop()) not in found:
                found.add(each)
                todo.extend(self.needs[each])
        return found


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
    order: Order | None = None,
    workers: int = 8,
) -> dict[int, float]:
    """Run every step; the seconds that each took, by id.

    order: by which a handler waits until what it leaves may be seen.
    cancel: set to stop; a handler looks at it. interrupt: asks the engines to stop what
    they do; force: ends them, called when they have not stopped after five seconds.
    Raises the failure that stands first in the script, at its statement, or CancelledError.
    """
    needs = dependencies(plan)
    waiting = {step: set(before) for step, before in needs.items()}
    order = order or Order(needs, cancel)
    progress = _Progress(needs, waiting, {step.id: step for step in plan.steps}, order, workers)
    pool = ThreadPoolExecutor(max_workers=MOST_THREADS + 1, thread_name_prefix="plait-step")
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
    while progress.goes_on():
        if cancel.is_set():
            progress.failure = progress.failure or CancelledError("the run was cancelled")
            return
        for step in progress.startable():
            shown = step.engine.replace("data", engine)
            emit(StepStarted(step.id, step.kind, step.label, step.span.line, shown))
            progress.running[pool.submit(_timed, handler, step, progress)] = step
        # The short wait keeps the main thread open to Ctrl-C, and sees who waits for a turn.
        timeout = 0.05 if progress.queue else 0.5
        finished, _ = wait(progress.running, timeout=timeout, return_when=FIRST_COMPLETED)
        for future in finished:
            _collect(progress, future, emit)


def _timed(handler: Handler, step: Step, progress: _Progress) -> StepResult:
    begun, waited = time.monotonic(), 0.0
    try:
        result = handler(step)
        waited = result.waited_seconds
        return result
    finally:
        progress.seconds[step.id] = time.monotonic() - begun - waited


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
    progress.fail(step, failure)


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

"""Python tasks on Ray: started together, watched, cancelled, their failures translated."""

from __future__ import annotations

import contextlib
import secrets
import shlex
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from plait.compute import errors
from plait.compute.capacity import wanted_by
from plait.compute.cluster import Cluster
from plait.compute.environment import RuntimeEnvironment
from plait.compute.logs import OnLog, OnMessage, TaskOutput
from plait.compute.watch import Watch
from plait.errors import PlaitError, Span
from plait.plan.steps import Resources
from plait.worker import entry

_POLL = 0.25
_FORCE_AFTER = 5.0
_GIVE_UP_AFTER = 10.0
_HEALTH_EVERY = 1.0


@dataclass(frozen=True, slots=True)
class TaskRequest:
    """One call of `function(payload)` in a worker of its own environment.

    function: importable under its name there (`plait.task.*`), or self-contained.
    environment: None for the platform's own interpreter. name: shown with its log lines.
    """

    name: str
    function: Callable[[Any], Any]
    payload: Any = field(repr=False)  # it may hold keys of the storage
    resources: Resources
    environment: RuntimeEnvironment | None
    span: Span


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a request ended: its value, or its error; seconds since it was handed to Ray."""

    request: TaskRequest
    value: Any
    error: PlaitError | None
    seconds: float


def run_tasks(
    cluster: Cluster,
    requests: Sequence[TaskRequest],
    *,
    on_log: OnLog,
    on_message: OnMessage,
    on_done: Callable[[Outcome], None],
    cancel: threading.Event,
    retries: int,
) -> list[Outcome]:
    """Run all requests side by side, as far as the cluster's resources go.

    on_log: (task's name, line, 'stdout' or 'stderr'). on_message: (task's name, message of
    `plait.worker.channel.send`). Both are called from another thread. on_done: each outcome
    as soon as it is known. cancel: ends what still runs, softly, by force after 5 s.
    retries: how often a task whose process was lost is started again; a function that
    raised, or that left by `os._exit`, is not.

    Returns the outcomes in the order of `requests`; a failure is an outcome, never raised.
    Raises ClusterError when Ray does not start.
    """
    if not requests:
        return []
    cluster.start()
    try:
        cluster.environments.ensure((each.environment for each in requests), cancel)
    except PlaitError as error:
        outcomes = [Outcome(each, None, error, 0.0) for each in requests]
        for outcome in outcomes:
            on_done(outcome)
        return outcomes
    run = _Run(cluster, requests, on_log, on_message, on_done, cancel, retries)
    try:
        return run.to_end()
    finally:
        run.close()


@dataclass(slots=True, eq=False)
class _Attempt:
    """One submission of a request, and how it ended: `answer` or `problem`.

    verdict: an error that stands, whatever Ray says. stop_at: when it was asked to end.
    """

    index: int
    request: TaskRequest
    feed: TaskOutput
    number: int
    ref: Any = None
    ended: float = 0.0
    answer: dict[str, Any] | None = None
    problem: Exception | None = None
    verdict: PlaitError | None = None
    stop_at: float | None = None
    forced: bool = False


class _Run:
    def __init__(
        self,
        cluster: Cluster,
        requests: Sequence[TaskRequest],
        on_log: OnLog,
        on_message: OnMessage,
        on_done: Callable[[Outcome], None],
        cancel: threading.Event,
        retries: int,
    ) -> None:
        self._cluster = cluster
        self._requests = requests
        self._on_log, self._on_message, self._on_done = on_log, on_message, on_done
        self._cancel = cancel
        self._retries = retries
        self._running: dict[Any, _Attempt] = {}
        self._settling: list[_Attempt] = []
        self._outcomes: dict[int, Outcome] = {}
        self._begun = time.monotonic()
        self._checked = self._begun
        self._watch = Watch(cluster.settings.pending_timeout, local=cluster.local)

    def to_end(self) -> list[Outcome]:
        for index, request in enumerate(self._requests):
            if self._cancel.is_set():
                self._finish(index, request, None, errors.cancelled(request.name, request.span))
            else:
                self._submit(index, request, 1)
        while self._running or self._settling:
            self._wait()
            if self._cancel.is_set():
                for attempt in list(self._running.values()):
                    request = attempt.request
                    self._stop(attempt, errors.cancelled(request.name, request.span))
            self._press()
            self._look_after()
            self._settle()
        return [self._outcomes[index] for index in range(len(self._requests))]

    def close(self) -> None:
        """Leave nothing behind, also when an exception came through."""
        for attempt in (*self._running.values(), *self._settling):
            self._ray_cancel(attempt, force=True)
            self._cluster.logs.close(attempt.feed)

    def _submit(self, index: int, request: TaskRequest, number: int) -> None:
        import ray
        from ray import cloudpickle

        feed = TaskOutput(secrets.token_hex(8), request.name, self._on_log, self._on_message)
        attempt = _Attempt(index, request, feed, number)
        self._cluster.logs.open(feed)
        try:
            call = ray.remote(entry.run).options(**_options(request))
            packed = cloudpickle.dumps(request.function)
            memory = request.resources.memory
            attempt.ref = call.remote(feed.token, packed, request.payload, memory)
        except Exception as error:
            self._cluster.logs.close(feed)
            problem = errors.translate(error, request.name, request.span, feed)
            self._finish(index, request, None, problem)
            return
        feed.task_id = attempt.ref.task_id().hex()
        self._running[attempt.ref] = attempt

    def _wait(self) -> None:
        """Until a task ended, or a little while; tasks that ended begin to settle."""
        import ray

        logs = self._cluster.logs
        if self._settling:  # their last lines are on the way
            with logs.changed:
                logs.changed.wait(0.05)
        if not self._running:
            return
        refs = list(self._running)
        timeout = 0.0 if self._settling else _POLL
        try:
            ready, _ = ray.wait(refs, num_returns=1, timeout=timeout, fetch_local=False)
        except Exception as error:
            self._lose_all(f"Ray does not answer ({type(error).__name__}: {error})")
            return
        for ref in ready:
            self._to_settle(self._running.pop(ref))

    def _to_settle(self, attempt: _Attempt) -> None:
        """Take the answer of a task that ended; its last lines may still be on the way."""
        import ray

        attempt.ended = time.monotonic()
        if attempt.verdict is None:
            try:
                attempt.answer = ray.get(attempt.ref, timeout=60)
            except Exception as problem:
                attempt.problem = problem
        attempt.feed.lost = attempt.answer is None
        self._settling.append(attempt)

    def _settle(self) -> None:
        """Report the ended tasks whose output has arrived, or is not worth waiting for."""
        for attempt in list(self._settling):
            if attempt.feed.settled(attempt.ended):
                self._settling.remove(attempt)
                self._cluster.logs.close(attempt.feed)
                self._conclude(attempt)

    def _conclude(self, attempt: _Attempt) -> None:
        request, feed, answer = attempt.request, attempt.feed, attempt.answer or {}
        value, error = answer.get("value"), attempt.verdict
        if error is None and "error" in answer:
            error = errors.failed_code(answer, request.name, request.span)
        elif error is None and attempt.problem is not None:
            if self._worth_another(attempt, attempt.problem):
                self._again(attempt)
                return
            error = errors.translate(attempt.problem, request.name, request.span, feed)
        self._finish(attempt.index, request, value, error)

    def _again(self, attempt: _Attempt) -> None:
        name = attempt.request.name
        text = f"the process of {name} was lost; it is started again"
        self._on_log(name, f"{text} (try {attempt.number + 1} of {self._retries + 1})", "stderr")
        self._submit(attempt.index, attempt.request, attempt.number + 1)

    def _worth_another(self, attempt: _Attempt, problem: BaseException) -> bool:
        return (
            errors.lost_worker(problem)
            and attempt.number <= self._retries
            and attempt.feed.exit_code is None
            and not self._cancel.is_set()
            and self._cluster.failure() is None
        )

    def _finish(
        self, index: int, request: TaskRequest, value: Any, error: PlaitError | None
    ) -> None:
        outcome = Outcome(request, value, error, time.monotonic() - self._begun)
        self._outcomes[index] = outcome
        self._on_done(outcome)

    def _stop(self, attempt: _Attempt, verdict: PlaitError) -> None:
        """Ask a task to end; what it is found guilty of first stands."""
        if attempt.stop_at is None:
            attempt.verdict = verdict
            attempt.stop_at = time.monotonic()
            self._ray_cancel(attempt, force=False)

    def _press(self) -> None:
        """End those by force that were asked and did not; then stop waiting for them."""
        now = time.monotonic()
        for ref, attempt in list(self._running.items()):
            if attempt.stop_at is None:
                continue
            if now - attempt.stop_at > _GIVE_UP_AFTER:
                self._to_settle(self._running.pop(ref))
            elif now - attempt.stop_at > _FORCE_AFTER and not attempt.forced:
                attempt.forced = True
                self._ray_cancel(attempt, force=True)

    def _ray_cancel(self, attempt: _Attempt, *, force: bool) -> None:
        import ray

        with contextlib.suppress(Exception):
            if attempt.ref is not None:
                ray.cancel(attempt.ref, force=force, recursive=True)

    def _look_after(self) -> None:
        """Every second: does Ray live, and does something wait for what does not exist?"""
        now = time.monotonic()
        if not self._running or now - self._checked < _HEALTH_EVERY:
            return
        self._checked = now
        failure = self._cluster.failure()
        if failure is not None:
            self._lose_all(failure)
            return
        with contextlib.suppress(Exception):  # the next second tries again
            self._cluster.environments.keep_up(r.environment for r in self._requests)
        tasks = {a.feed.task_id: a.request for a in self._running.values()}
        by_task = {a.feed.task_id: a for a in self._running.values()}
        for task_id, verdict in self._watch.look(tasks).items():
            self._stop(by_task[task_id], verdict)

    def _lose_all(self, failure: str) -> None:
        for attempt in list(self._running.values()):
            request = attempt.request
            attempt.verdict = attempt.verdict or errors.gone(failure, request.name, request.span)
            self._to_settle(attempt)
        self._running.clear()


def _options(request: TaskRequest) -> dict[str, Any]:
    wanted = wanted_by(request.resources)
    options: dict[str, Any] = {
        "name": request.name,
        "num_cpus": wanted.pop("CPU", 0),
        "num_gpus": wanted.pop("GPU", 0),
        "max_retries": 0,
        "retry_exceptions": False,
    }
    if "memory" in wanted:
        options["memory"] = int(wanted.pop("memory"))
    if wanted:
        options["resources"] = wanted
    if request.environment is not None:
        options["runtime_env"] = {"py_executable": _command(request.environment.python)}
    return options


def _command(python: Path) -> str:
    """Ray hands this to a shell of the node, which knows whose `~` it is."""
    text = str(python)
    return f"~/{shlex.quote(text[2:])}" if text.startswith("~/") else shlex.quote(text)

"""Python tasks on Ray: started together, watched, cancelled, their failures translated."""

from __future__ import annotations

import contextlib
import secrets
import shlex
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from plait.compute import errors
from plait.compute.capacity import wanted_by
from plait.compute.cluster import Cluster
from plait.compute.logs import OnLog, OnMessage, TaskOutput
from plait.compute.requests import AnswerT, Outcome, TaskRequest
from plait.compute.watch import Watch
from plait.errors import PlaitError
from plait.worker import entry
from plait.worker.messages import TaskAnswer

_POLL_SECONDS = 0.25
_FORCE_AFTER_SECONDS = 5.0
_GIVE_UP_AFTER_SECONDS = 10.0
_HEALTH_EVERY_SECONDS = 1.0
_ANSWER_SECONDS = 60.0


def run_tasks(
    cluster: Cluster,
    requests: Sequence[TaskRequest[Any, AnswerT]],
    *,
    on_log: OnLog,
    on_message: OnMessage,
    on_done: Callable[[Outcome[AnswerT]], None],
    cancel: threading.Event,
    retries: int,
) -> list[Outcome[AnswerT]]:
    """Run all requests side by side, as far as the cluster's resources go.

    on_log: (task's name, line, 'stdout' or 'stderr'). on_message: (task's name, message of
    `plait.worker.messages`). Both are called from another thread. on_done: each outcome
    as soon as it is known. cancel: interrupts what still runs, and ends it by force after 5 s.
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
        outcomes: list[Outcome[AnswerT]] = [Outcome(each, None, error, 0.0) for each in requests]
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

    failure: why it was asked to end; that stands, whatever Ray says. stop_at: when it was asked.
    """

    index: int
    request: TaskRequest[Any, Any]
    output: TaskOutput
    number: int
    ref: Any = None
    ended: float = 0.0
    answer: TaskAnswer | None = None
    problem: Exception | None = None
    failure: PlaitError | None = None
    stop_at: float | None = None
    forced: bool = False


class _Run:
    def __init__(
        self,
        cluster: Cluster,
        requests: Sequence[TaskRequest[Any, Any]],
        on_log: OnLog,
        on_message: OnMessage,
        on_done: Callable[[Outcome[Any]], None],
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
        self._outcomes: dict[int, Outcome[Any]] = {}
        self._begun = time.monotonic()
        self._checked = self._begun
        self._watch = Watch(cluster.settings.pending_timeout, local=cluster.local)

    def to_end(self) -> list[Outcome[Any]]:
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
            self._force_cancel()
            self._check_health()
            self._settle()
        return [self._outcomes[index] for index in range(len(self._requests))]

    def close(self) -> None:
        """Leave nothing behind, also when an exception came through."""
        for attempt in (*self._running.values(), *self._settling):
            self._ray_cancel(attempt, force=True)
            self._cluster.logs.close(attempt.output)

    def _submit(self, index: int, request: TaskRequest[Any, Any], number: int) -> None:
        import ray
        from ray import cloudpickle

        output = TaskOutput(secrets.token_hex(8), request.name, self._on_log, self._on_message)
        attempt = _Attempt(index, request, output, number)
        self._cluster.logs.open(output)
        try:
            call = ray.remote(**_options(request, output.token))(entry.run)
            packed = cloudpickle.dumps(request.function)
            memory = request.resources.memory
            attempt.ref = call.remote(output.token, packed, request.payload, memory)
        except Exception as error:
            self._cluster.logs.close(output)
            problem = errors.translate(error, request.name, request.span, output)
            self._finish(index, request, None, problem)
            return
        output.task_id = attempt.ref.task_id().hex()
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
        timeout = 0.0 if self._settling else _POLL_SECONDS
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
        if attempt.failure is None:
            try:
                attempt.answer = ray.get(attempt.ref, timeout=_ANSWER_SECONDS)
            except Exception as problem:
                attempt.problem = problem
        attempt.output.lost = attempt.answer is None
        self._settling.append(attempt)

    def _settle(self) -> None:
        """Report the ended tasks whose output has arrived, or is not worth waiting for."""
        for attempt in list(self._settling):
            if attempt.output.settled(attempt.ended):
                self._settling.remove(attempt)
                self._cluster.logs.close(attempt.output)
                self._conclude(attempt)

    def _conclude(self, attempt: _Attempt) -> None:
        request, answer = attempt.request, attempt.answer
        value, error = None, attempt.failure
        if answer is not None and error is None:
            if "error" in answer:
                error = errors.failed_code(answer, request.name, request.span)
            else:
                value = answer["value"]
        elif error is None and attempt.problem is not None:
            if self._worth_another(attempt, attempt.problem):
                self._again(attempt)
                return
            error = errors.translate(attempt.problem, request.name, request.span, attempt.output)
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
            and attempt.output.exit_code is None
            and not self._cancel.is_set()
            and self._cluster.failure() is None
        )

    def _finish(
        self, index: int, request: TaskRequest[Any, Any], value: Any, error: PlaitError | None
    ) -> None:
        outcome = Outcome(request, value, error, time.monotonic() - self._begun)
        self._outcomes[index] = outcome
        self._on_done(outcome)

    def _stop(self, attempt: _Attempt, failure: PlaitError) -> None:
        """Ask a task to end; the first reason to do so stands."""
        if attempt.stop_at is None:
            attempt.failure = failure
            attempt.stop_at = time.monotonic()
            self._ray_cancel(attempt, force=False)

    def _force_cancel(self) -> None:
        """End those by force that were asked and did not; then stop waiting for them."""
        now = time.monotonic()
        for ref, attempt in list(self._running.items()):
            if attempt.stop_at is None:
                continue
            if now - attempt.stop_at > _GIVE_UP_AFTER_SECONDS:
                self._to_settle(self._running.pop(ref))
            elif now - attempt.stop_at > _FORCE_AFTER_SECONDS and not attempt.forced:
                attempt.forced = True
                self._ray_cancel(attempt, force=True)

    def _ray_cancel(self, attempt: _Attempt, *, force: bool) -> None:
        import ray

        with contextlib.suppress(Exception):
            if attempt.ref is not None:
                ray.cancel(attempt.ref, force=force, recursive=True)

    def _check_health(self) -> None:
        """Every second: does Ray live, and does something wait for what does not exist?"""
        now = time.monotonic()
        if not self._running or now - self._checked < _HEALTH_EVERY_SECONDS:
            return
        self._checked = now
        failure = self._cluster.failure()
        if failure is not None:
            self._lose_all(failure)
            return
        with contextlib.suppress(Exception):  # the next second tries again
            self._cluster.environments.keep_up(r.environment for r in self._requests)
        tasks = {a.output.task_id: a.request for a in self._running.values()}
        by_task = {a.output.task_id: a for a in self._running.values()}
        for task_id, error in self._watch.look(tasks).items():
            self._stop(by_task[task_id], error)

    def _lose_all(self, failure: str) -> None:
        for attempt in list(self._running.values()):
            request = attempt.request
            attempt.failure = attempt.failure or errors.lost(failure, request.name, request.span)
            self._to_settle(attempt)
        self._running.clear()


def _options(request: TaskRequest[Any, Any], token: str) -> dict[str, Any]:
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
    runtime_env: dict[str, Any] = {}
    if request.environment is not None:
        runtime_env["py_executable"] = _command(request.environment.python)
    if request.own_process:
        # Ray shares a worker among tasks of one runtime environment, those that a task starts
        # too, and ends it when it is idle. Not `max_calls=1`: tasks of other functions, such as
        # those that a script starts, share such a worker, and Ray 2.60 aborts some at their end.
        runtime_env["env_vars"] = {"PLAIT_TASK": token}
    if runtime_env:
        options["runtime_env"] = runtime_env
    return options


def _command(python: Path) -> str:
    """Ray hands this to a shell of the node, which knows whose `~` it is."""
    text = str(python)
    return f"~/{shlex.quote(text[2:])}" if text.startswith("~/") else shlex.quote(text)

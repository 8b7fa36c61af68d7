"""Ray's exceptions as errors of plait; no other file translates them."""

from __future__ import annotations

from plait.compute.logs import TaskOutput
from plait.errors import (
    CancelledError,
    ClusterError,
    EnvironmentBuildError,
    PlaitError,
    Span,
    TaskError,
)
from plait.worker.memory import EXIT_CODE
from plait.worker.messages import TaskFailure


def lost_worker(error: BaseException) -> bool:
    """Whether the task's process or node went away, which says nothing about its code."""
    from ray import exceptions

    return isinstance(
        error,
        exceptions.WorkerCrashedError
        | exceptions.LocalRayletDiedError
        | exceptions.NodeDiedError
        | exceptions.OwnerDiedError,
    )


def translate(error: BaseException, name: str, span: Span, output: TaskOutput) -> PlaitError:
    """Any exception of `ray.get` on the task `name` as an error of plait."""
    from ray import exceptions

    if isinstance(error, exceptions.TaskCancelledError):  # and not by us: see `tasks._Run._stop`
        return TaskError(
            f"{name} was interrupted: its own code raised KeyboardInterrupt",
            span=span,
            engine="ray",
        )
    if isinstance(error, exceptions.OutOfMemoryError):
        return _out_of_memory(error, name, span)
    if lost_worker(error):
        return _process_ended(error, name, span, output)
    if isinstance(error, exceptions.RayTaskError):
        return TaskError(f"{name} failed", span=span, engine="ray", cause=str(error))
    if isinstance(error, exceptions.RuntimeEnvSetupError):
        return EnvironmentBuildError(
            f"the environment of {name} cannot be used", span=span, engine="ray", cause=str(error)
        )
    return ClusterError(
        f"Ray could not run {name}", span=span, engine="ray", cause=f"{_kind(error)}: {error}"
    )


def failed_code(answer: TaskFailure, name: str, span: Span) -> PlaitError:
    """The error of a task whose function raised."""
    return TaskError(
        f"{name} failed: {answer['error']}",
        span=span,
        engine="ray",
        cause=answer["traceback"],
    )


def cancelled(name: str, span: Span) -> PlaitError:
    """The error of a task that was stopped because the run was."""
    return CancelledError(f"{name} was cancelled", span=span, engine="ray")


def lost(failure: str, name: str, span: Span) -> PlaitError:
    """The error of a task whose cluster failed."""
    return ClusterError(
        f"{name} was lost: {failure}", span=span, engine="ray", hint="run the script again"
    )


def _process_ended(error: BaseException, name: str, span: Span, output: TaskOutput) -> PlaitError:
    if output.memory is not None or output.exit_code == EXIT_CODE:
        return TaskError(
            f"{name} ran out of memory: {output.memory or 'it holds more than it asked for'}",
            span=span,
            engine="ray",
            hint="ask for more with the option memory",
        )
    if output.exit_code is not None:
        return TaskError(
            f"the process of {name} ended: its code called os._exit({output.exit_code})",
            span=span,
            engine="ray",
        )
    last_lines = "\n".join(output.tail)
    return TaskError(
        f"the process of {name} ended before its code did (killed, or a crash in native code)",
        span=span,
        engine="ray",
        cause=last_lines or str(error),
        hint="if the machine was short of memory, say what it needs with the option memory",
    )


def _out_of_memory(error: BaseException, name: str, span: Span) -> PlaitError:
    return TaskError(
        f"{name} was ended because the memory of its machine was nearly used up",
        span=span,
        engine="ray",
        cause=str(error),
        hint="the option memory keeps tasks from sharing a machine that is too small for them",
    )


def _kind(error: BaseException) -> str:
    return type(error).__name__

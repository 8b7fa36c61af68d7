"""Follow a run on a remote cluster by the lines that its job prints.

Most of them are events, which are drawn here as those of a local run are. The follower may
end: the job goes on.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from plait.console.errors import error_from_data
from plait.errors import CancelledError, ClusterError, PlaitError
from plait.events import OnEvent, from_json
from plait.remote.jobs import POLL_SECONDS, Job, JobsEndpoint

_SLOWEST_POLL_SECONDS = 5.0
_LOST_AFTER_SECONDS = 60.0
_BYTES_PER_POLL_SECOND = 2e6
_KEPT_LINES = 40


@dataclass(slots=True)
class JobLog:
    """The job's output so far.

    length: characters taken in. begun: whether any answer came. error: the one that `plait`
    ended with on the cluster, as JSON. others: the last lines that are no events.
    """

    on_event: OnEvent
    length: int = 0
    begun: bool = False
    error: dict[str, Any] | None = None
    others: list[str] = field(default_factory=list)

    def take(self, text: str, *, whole: bool) -> None:
        """Take in what is new of the whole log; its last line only when it has ended."""
        self.begun = True
        end = len(text) if whole else text.rfind("\n") + 1
        new, self.length = text[self.length : end], max(self.length, end)
        for line in new.splitlines():
            self._line(line)

    def _line(self, line: str) -> None:
        envelope = from_json(line)
        if envelope is not None:
            self.on_event(envelope)
        elif line.startswith('{"event": "Error"'):
            self.error = json.loads(line)
        elif line.strip():
            self.others = [*self.others, line][-_KEPT_LINES:]

    def failure(self, job: Job) -> PlaitError | None:
        """Why the job that printed this did not end well; None when it did."""
        if job.status == "SUCCEEDED":
            return None
        if job.status == "STOPPED":
            return CancelledError(f"run {job.run} was cancelled", engine="ray")
        if self.error is not None:
            return error_from_data(self.error)
        cause = "\n".join([job.message, *self.others]).strip() or None
        return ClusterError(f"run {job.run} failed on the cluster", engine="ray", cause=cause)


def follow(
    endpoint: JobsEndpoint,
    run: str,
    on_event: OnEvent,
    *,
    wait: Callable[[float], None] = time.sleep,
) -> None:
    """Hand on every event of a run from its first, until it ends.

    An endpoint that does not answer is asked again for a minute. Raises the run's own error
    as it was raised on the cluster, CancelledError for one that was stopped, ClusterError.
    """
    log = JobLog(on_event)
    pause, last = POLL_SECONDS, time.monotonic()
    while True:
        try:
            job = endpoint.require(run)
            log.take(endpoint.logs(run), whole=job.over)
            last = time.monotonic()
        except ClusterError:
            if time.monotonic() - last > _LOST_AFTER_SECONDS or not log.begun:
                raise
            job = None
        if job is not None and job.over:
            break
        wait(pause)
        # The endpoint sends the whole log each time.
        pause = min(_SLOWEST_POLL_SECONDS, max(POLL_SECONDS, log.length / _BYTES_PER_POLL_SECOND))
    if (failure := log.failure(job)) is not None:
        raise failure


def watch(endpoint: JobsEndpoint, run: str, on_event: OnEvent) -> None:
    """Follow a run until it ends or Ctrl-C comes, which leaves it running.

    Raises what `follow` raises, and CancelledError after Ctrl-C.
    """
    try:
        follow(endpoint, run, on_event)
    except KeyboardInterrupt:
        raise CancelledError(
            f"no longer following run {run}, which goes on",
            hint=f"plait runs follow {run}, or plait runs cancel {run}",
        ) from None

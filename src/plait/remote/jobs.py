"""The Jobs endpoint of a remote Ray cluster: plain HTTP, with the token and with time limits.

It needs no import of Ray, and no connection stays open while a job runs.
"""

from __future__ import annotations

import re
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from plait.compute.token import refused, token
from plait.errors import ClusterError, UsageError, suggestion
from plait.settings import Secret, Settings

if TYPE_CHECKING:
    import requests

Status = Literal["PENDING", "RUNNING", "STOPPED", "SUCCEEDED", "FAILED"]
PREFIX = "plait-"
POLL_SECONDS = 0.5
_CONNECT_SECONDS, _ANSWER_SECONDS, _UPLOAD_SECONDS = 5.0, 60.0, 300.0
_STOP_SECONDS = 60.0
_ENDED = ("STOPPED", "SUCCEEDED", "FAILED")


@dataclass(frozen=True, slots=True)
class Job:
    """One job as the cluster knows it.

    run: plait's name of the run. started, ended: seconds since the epoch. notes: what plait
    has noted with it: script, user, version, digest of the files.
    """

    run: str
    status: Status
    message: str
    started: float | None
    ended: float | None
    exit_code: int | None
    notes: Mapping[str, str]

    @property
    def over(self) -> bool:
        """Whether it has ended, however."""
        return self.status in _ENDED


class JobsEndpoint:
    """The endpoint `address` (http://host:8265), and what can be asked of it.

    Raises UsageError for an address that is not one of HTTP. Every method raises ClusterError
    when the endpoint does not answer as Ray's does, or does not accept the token.
    """

    def __init__(self, address: str, own: Secret | None = None) -> None:
        if not address.startswith(("http://", "https://")):
            raise UsageError(
                f"'{address}' is no address of a Jobs endpoint",
                hint='it looks like this: ray.jobs = "http://host:8265"',
            )
        self.address = address.rstrip("/")
        self._token = own or token()

    @classmethod
    def of(cls, settings: Settings) -> JobsEndpoint:
        """The Jobs endpoint of the settings. Raises UsageError where there is none."""
        if settings.ray.jobs is None:
            raise UsageError(
                "there is no Jobs endpoint: only runs that were sent to a cluster can be found",
                hint='--profile NAME takes a profile with ray.jobs = "http://host:8265"',
            )
        return cls(settings.ray.jobs)

    def version(self) -> str:
        """The cluster's version of Ray."""
        return str(self._json("GET", "/api/version").get("ray_version", "unknown"))

    def submit(
        self,
        run: str,
        entrypoint: str,
        runtime_env: Mapping[str, Any],
        notes: Mapping[str, str],
    ) -> bool:
        """Submit a job. False when a run of that name is there already: nothing is changed."""
        body = {
            "submission_id": PREFIX + run,
            "entrypoint": entrypoint,
            "runtime_env": dict(runtime_env),
            "metadata": dict(notes),
        }
        answer = self._ask("POST", "/api/jobs/", json=body)
        if answer.status_code != 200 and "already exists" in answer.text:
            return False
        self._checked(answer)
        return True

    def find(self, run: str) -> Job | None:
        """One job; None when there is none of that name."""
        answer = self._ask("GET", f"/api/jobs/{PREFIX}{run}")
        return None if answer.status_code == 404 else _job(self._checked(answer))

    def require(self, run: str) -> Job:
        """One job. Raises UsageError when there is none of that name."""
        job = self.find(run)
        if job is None:
            known = [each.run for each in self.jobs()]
            raise UsageError(
                f"there is no run '{run}' at '{self.address}'", hint=suggestion(run, known)
            )
        return job

    def jobs(self) -> list[Job]:
        """All runs of plait, the latest first."""
        found = self._checked(self._ask("GET", "/api/jobs/"))
        own = [_job(one) for one in found if str(one.get("submission_id")).startswith(PREFIX)]
        return sorted(own, key=lambda job: -(job.started or 0.0))

    def logs(self, run: str) -> str:
        """All that the job has printed so far."""
        return str(self._json("GET", f"/api/jobs/{PREFIX}{run}/logs").get("logs") or "")

    def stop(self, run: str) -> None:
        """Ask a job to end."""
        self._json("POST", f"/api/jobs/{PREFIX}{run}/stop")

    def cancel(self, run: str) -> Job:
        """Stop a run and wait for its end; the job as it then is."""
        if not self.require(run).over:
            self.stop(run)
        deadline = time.monotonic() + _STOP_SECONDS
        while not (job := self.require(run)).over:
            if time.monotonic() > deadline:
                message = f"run {run} has not ended in {_STOP_SECONDS:.0f} s"
                raise ClusterError(message, engine="ray")
            time.sleep(POLL_SECONDS)
        return job

    def wait(self, run: str) -> Job:
        """Wait for a run's end, however long it takes; the job as it then is."""
        while not (job := self.require(run)).over:
            time.sleep(POLL_SECONDS)
        return job

    def upload(self, name: str, content: bytes) -> str:
        """Store a package on the cluster unless it is there; its URI for a `runtime_env`."""
        path = f"/api/packages/gcs/{name}"
        answer = self._ask("GET", path)
        if answer.status_code == 404:
            answer = self._ask("PUT", path, data=content)
        if answer.status_code != 200:
            raise self._refused(answer)
        return f"gcs://{name}"

    def _json(self, method: str, path: str) -> Any:
        return self._checked(self._ask(method, path))

    def _ask(self, method: str, path: str, **content: Any) -> requests.Response:
        import requests

        own = self._token
        headers = {} if own is None else {"Authorization": f"Bearer {own.reveal()}"}
        try:
            answer = requests.request(
                method,
                self.address + path,
                headers=headers,
                timeout=(_CONNECT_SECONDS, _UPLOAD_SECONDS if content else _ANSWER_SECONDS),
                allow_redirects=False,
                **content,
            )
        except requests.exceptions.RequestException as problem:
            raise ClusterError(
                f"no Jobs endpoint answers at '{self.address}'",
                engine="ray",
                cause=_plain(problem),
                hint="is the cluster up, with its dashboard, and can this machine reach it?",
            ) from None
        if answer.status_code in (401, 403):
            raise refused(self.address, answer.text[:500], given=own is not None)
        return answer

    def _checked(self, answer: requests.Response) -> Any:
        try:
            if answer.status_code == 200:
                return answer.json()
        except ValueError:
            pass
        raise self._refused(answer)

    def _refused(self, answer: requests.Response) -> ClusterError:
        return ClusterError(
            f"the Jobs endpoint at '{self.address}' refused",
            engine="ray",
            cause=f"HTTP {answer.status_code}: {answer.text.strip()[-2000:]}",
        )


def _job(found: Mapping[str, Any]) -> Job:
    return Job(
        run=str(found.get("submission_id") or "").removeprefix(PREFIX),
        status=found["status"],
        # Ray puts the end of the log behind it.
        message=str(found.get("message") or "").partition(", last available logs")[0],
        started=_seconds(found.get("start_time")),
        ended=_seconds(found.get("end_time")),
        exit_code=found.get("driver_exit_code"),
        notes=dict(found.get("metadata") or {}),
    )


def _seconds(milliseconds: int | None) -> float | None:
    return milliseconds / 1000 if milliseconds else None


def _plain(problem: Exception) -> str:
    """The reason, without the objects that requests and urllib3 show around it."""
    found = re.search(r"\[Errno -?\d+\] [^'\")]+|[Tt]imed out|timeout=\S+", str(problem))
    return found[0] if found else type(problem).__name__

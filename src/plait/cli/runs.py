"""`plait runs`: draws the runs that were sent to a remote cluster."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from plait.console import text as show
from plait.console.screens import Screen, screen_for, script_screen_for

if TYPE_CHECKING:
    from plait.console.out import Out
    from plait.remote.jobs import Job


def remote_screen_for(out: Out, *, python: bool, as_json: bool) -> Screen:
    """What draws a run on a cluster. python: it is a Python script, which prints for itself."""
    if python:
        return script_screen_for(out, as_json=as_json, remote=True)
    return screen_for(out, as_json=as_json)


def list_jobs(jobs: Sequence[Job], out: Out, *, as_json: bool) -> None:
    """Write one line for each run, or one JSON array."""
    if as_json:
        return out.line(json.dumps([_as_data(job) for job in jobs], ensure_ascii=False))
    if not jobs:
        return out.line("there are no runs")
    width = max(len("run"), *(len(job.run) for job in jobs))
    out.line(f"{'run':<{width}}  {'status':<9}  {'began':<19}  {'took':>9}  {'by':<10}  script")
    for job in jobs:
        script, user = (show.clean(job.notes.get(name, "")) for name in ("script", "user"))
        out.line(
            f"{job.run:<{width}}  {job.status.lower():<9}  {_moment(job.started):<19}  "
            f"{_took(job):>9}  {user:<10}  {script}"
        )
    return None


def show_job(job: Job, out: Out, *, as_json: bool) -> None:
    """Write what is known of a run as lines, or as one JSON object."""
    if as_json:
        return out.line(json.dumps(_as_data(job), ensure_ascii=False))
    facts = {
        "run": job.run,
        "status": job.status.lower(),
        "script": job.notes.get("script"),
        "by": job.notes.get("user"),
        "began": _moment(job.started),
        "took": _took(job),
        "exit code": job.exit_code,
        "message": job.message,
        "plait": job.notes.get("plait"),
    }
    return out.lines(f"{n:<9} {show.clean(str(value))}" for n, value in facts.items() if value)


def _as_data(job: Job) -> dict[str, Any]:
    return {
        "run": job.run,
        "status": job.status.lower(),
        "script": job.notes.get("script"),
        "user": job.notes.get("user"),
        "started": job.started,
        "ended": job.ended,
        "exit_code": job.exit_code,
        "message": job.message,
    }


def _moment(seconds: float | None) -> str:
    return "" if not seconds else f"{datetime.fromtimestamp(seconds):%Y-%m-%d %H:%M:%S}"


def _took(job: Job) -> str:
    return "" if not job.started else show.seconds((job.ended or time.time()) - job.started)

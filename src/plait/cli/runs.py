"""`plait runs`: those of this machine, or those that were sent to a remote cluster."""

from __future__ import annotations

import json
import time
from contextlib import closing
from datetime import datetime
from typing import TYPE_CHECKING, Any

from plait.cli.invocation import DONE, Invocation
from plait.console import text as show
from plait.console.screens import Screen, screen_for, script_screen_for

if TYPE_CHECKING:
    from plait.console.out import Out
    from plait.remote.jobs import Job, JobsEndpoint


def remote_screen_for(out: Out, *, python: bool, as_json: bool) -> Screen:
    """What draws a run on a cluster. python: it is a Python script, which prints for itself."""
    if python:
        return script_screen_for(out, as_json=as_json, remote=True)
    return screen_for(out, as_json=as_json)


def runs_list(call: Invocation) -> int:
    """Write one line for each run, or one JSON array. Raises ClusterError."""
    if call.settings().ray.jobs is None:
        from plait.cli.history import local_list

        return local_list(call)
    jobs, out = _endpoint(call).jobs(), call.out
    if call.options.json:
        out.line(json.dumps([_as_data(job) for job in jobs], ensure_ascii=False))
        return DONE
    if not jobs:
        out.line("there are no runs")
        return DONE
    width = max(len("run"), *(len(job.run) for job in jobs))
    out.line(f"{'run':<{width}}  {'status':<9}  {'began':<19}  {'took':>9}  {'by':<10}  script")
    for job in jobs:
        script, user = (show.clean(job.notes.get(name, "")) for name in ("script", "user"))
        out.line(
            f"{job.run:<{width}}  {job.status.lower():<9}  {_moment(job.started):<19}  "
            f"{_took(job):>9}  {user:<10}  {script}"
        )
    return DONE


def runs_show(call: Invocation) -> int:
    """Write what is known of a run. Raises UsageError for an unknown one, ClusterError."""
    if call.settings().ray.jobs is None:
        from plait.cli.history import local_show

        return local_show(call)
    return _show(call, _endpoint(call).require(call.options.run))


def runs_cancel(call: Invocation) -> int:
    """Stop a run, then write what is known of it. Raises as `runs_show` does."""
    return _show(call, _endpoint(call).cancel(call.options.run))


def runs_follow(call: Invocation) -> int:
    """Draw a run to its end. Raises its error, CancelledError after Ctrl-C, ClusterError."""
    from plait.remote.follow import watch

    endpoint, options = _endpoint(call), call.options
    python = endpoint.require(options.run).notes.get("script", "").endswith(".py")
    with closing(remote_screen_for(call.out, python=python, as_json=options.json)) as screen:
        watch(endpoint, options.run, screen.on)
    return DONE


def _endpoint(call: Invocation) -> JobsEndpoint:
    from plait.remote.jobs import JobsEndpoint

    return JobsEndpoint.of(call.settings())


def _show(call: Invocation, job: Job) -> int:
    """Write what is known of a run as lines, or as one JSON object."""
    if call.options.json:
        call.out.line(json.dumps(_as_data(job), ensure_ascii=False))
        return DONE
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
    call.out.lines(f"{n:<9} {show.clean(str(value))}" for n, value in facts.items() if value)
    return DONE


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

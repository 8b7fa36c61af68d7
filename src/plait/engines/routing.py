"""Which data engine runs a script, and why."""

from __future__ import annotations

from pathlib import Path

from plait.engines.base import DataEngine
from plait.engines.packages import installed, spark_line
from plait.engines.sail.differences import lacking, lacking_format, told
from plait.errors import CapabilityError, PlaitError, Span, UsageError, raise_all
from plait.plan.formats import FORMATS
from plait.plan.steps import Execute, Plan, Query, Read, SetConf, Write
from plait.settings import EngineChoice, Settings

_NAMED = 3
_ZONE = "a session time zone other than UTC"
_HDFS = "a path in HDFS"
_UTC = ("UTC", "ETC/UTC", "Z", "GMT", "+00:00")


def needs_spark(plan: Plan) -> list[tuple[str, Span]]:
    """What in a plan Sail is known to lack or to answer otherwise, and where it stands."""
    found: list[tuple[str, Span]] = []
    for step in plan.steps:
        match step:
            case Read(format=name, options=options) | Write(format=name, options=options):
                found.extend((d.what, step.span) for d in lacking_format(name))
                found.extend([(_HDFS, step.span)] if step.path.startswith("hdfs:") else [])
                found.extend(
                    (f"option '{key}' of {name}", step.span)
                    for key, _ in options
                    if _only_spark(name, key, write=isinstance(step, Write))
                )
            case SetConf(key=key, value=zone) if key.lower() == "spark.sql.session.timezone":
                found.extend([(_ZONE, step.span)] if zone.upper() not in _UTC else [])
            case Query(sql=sql) | Execute(sql=sql):
                found.extend((d.what, step.span) for d in lacking(sql))
            case _:
                pass
    return found


def _only_spark(name: str, key: str, *, write: bool) -> bool:
    spec = FORMATS[name].option(key, write=write)
    return spec is not None and "sail" not in spec.engines


def engine_for(
    plan: Plan, choice: EngineChoice, running: str | None, time_zone: str = "UTC"
) -> tuple[str, tuple[str, ...]]:
    """(engine, notes). Raises CapabilityError where the asked or running engine will not do,
    SetupError where it is not installed.
    """
    needs = needs_spark(plan)
    asked = running or choice
    if time_zone.upper() not in _UTC and asked != "spark":
        # The setting has no place in the script; the first statement stands for all.
        needs += [(_ZONE, step.span) for step in plan.steps[:1]]
    if asked == "sail" and needs:
        why = "the session runs on Sail" if running else "--engine sail was asked for"
        errors: list[PlaitError] = [
            CapabilityError(
                f"Sail cannot do this as Spark does: {what}",
                span=span,
                engine="sail",
                hint=f"{why}; use --engine spark (or auto), or write it another way",
            )
            for what, span in needs
        ]
        raise_all(errors)
    if asked in ("sail", "spark"):
        return asked, ()
    if not needs:
        return default_engine(choice), ()
    if not installed().spark:
        raise_all(
            [
                CapabilityError(
                    f"this needs Apache Spark, which is not installed: {what}",
                    span=span,
                    hint=f"write it another way for Sail, or: {spark_line()}",
                )
                for what, span in needs
            ]
        )
    notes = tuple(f"Spark, because of line {span.line}: {what}" for what, span in needs)
    return "spark", notes


def may_move(choice: EngineChoice, engine: str) -> bool:
    """Whether a script for which `engine` was chosen may go to Spark after all."""
    return choice == "auto" and engine == "sail" and installed().spark


def told_on_sail(plan: Plan) -> str | None:
    """One line about what the data may make Sail answer otherwise, or None."""
    queries = [step.sql for step in plan.steps if isinstance(step, (Query, Execute))]
    names = list(dict.fromkeys(row.id for sql in queries for row in told(sql)))
    if not names:
        return None
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return (
        f"depending on the data, Sail may differ from Spark in: {', '.join(names[:_NAMED])}{more}"
        " (plait verify compares; see docs/differences.md)"
    )


def default_engine(choice: EngineChoice) -> str:
    """The engine when nothing in the script decides: Sail where it is installed."""
    if choice != "auto":
        return choice
    return "sail" if installed().pysail else "spark"


def make_engine(name: str, settings: Settings, run_folder: Path) -> DataEngine:
    """An engine that is not started yet.

    Raises SetupError where it is not installed, UsageError where settings do not go with it.
    """
    from plait.engines.packages import require_client, require_sail, require_spark

    if name == "spark" and settings.spark.remote is not None:
        require_client()
        from plait.engines.spark.remote import RemoteSpark

        return RemoteSpark(settings)
    if name == "spark":
        require_spark()
        from plait.engines.spark.engine import SparkEngine

        return SparkEngine(settings, run_folder)
    if settings.spark.metastore is not None:
        raise UsageError(
            "Sail cannot reach the Hive metastore of spark.metastore",
            hint="use --engine spark (or auto), or leave spark.metastore out",
        )
    if settings.lake.startswith("hdfs:"):
        raise UsageError(
            "a lake in HDFS is read and written by Spark only",
            hint="use --engine spark (or auto), or another lake",
        )
    require_sail()
    from plait.engines.sail.engine import SailEngine

    return SailEngine(settings, run_folder)

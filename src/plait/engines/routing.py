"""The only place that says which data engine runs a plan or a script, and why."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from plait.engines.acceptance import (
    Accepted,
    can_be_accepted,
    check_accepted,
    steps_with_accepted,
)
from plait.engines.base import DataEngine, EngineName
from plait.engines.packages import (
    SPARK,
    installed,
    require_client,
    require_sail,
    require_spark,
    spark_line,
)
from plait.engines.sail.differences import Difference, lacking, lacking_format, warned_about
from plait.engines.sail.refusals import is_limit_of_sail
from plait.errors import (
    CapabilityError,
    EngineLostError,
    PlaitError,
    Span,
    UnreadableFileError,
    UsageError,
    raise_all,
)
from plait.plan.formats import FORMATS
from plait.plan.locations import PathTarget
from plait.plan.steps import Execute, Plan, Query, Read, SetConf, Step, Write
from plait.settings import EngineChoice, Settings

_NAMED = 3
_ZONE = "a session time zone other than UTC"
_HDFS = "a path in HDFS"
_NOT_AS_SPARK = "Sail cannot do this as Spark does"
_UTC = ("UTC", "ETC/UTC", "Z", "GMT", "+00:00")


@dataclass(frozen=True, slots=True)
class Need:
    """One thing that Sail does not do as Apache Spark does.

    what: in words. span: where it stands. in_driver: whether it is an object of Spark's driver,
    which a script has no access to through Spark Connect. row: the known difference, if it is
    one.
    """

    what: str
    span: Span
    in_driver: bool = False
    row: Difference | None = None

    def way(self) -> str:
        """What else than another engine helps, as the end of a hint."""
        row = self.row
        ways = [f"write {row.instead if row and row.instead else 'it another way'}"]
        if row is not None and can_be_accepted(row):
            ways.append(f"--accept {row.id} to run it on Sail knowingly")
        return ", or ".join(ways)


@dataclass(frozen=True, slots=True)
class Decision:
    """Which data engine runs a plan, and why.

    reasons: one sentence for each thing that decided it; none where nothing in the plan did.
    warnings: one sentence each about what this engine may answer otherwise than Spark.
    may_move: whether the engine was a free choice, which `after_analysis` may still change.
    accepted: name → sentence of each difference that the plan has and the user has accepted.
    """

    engine: EngineName
    reasons: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    may_move: bool = False
    accepted: Mapping[str, str] = field(default_factory=dict)

    @property
    def notices(self) -> tuple[str, ...]:
        """What the report of a run says about its engine."""
        return (*(self.reasons or self.warnings), *self.accepted.values())


# --- deciding ---------------------------------------------------------------------------------


def decide(plan: Plan, settings: Settings, running: EngineName | None = None) -> Decision:
    """The engine for a plan. running: the engine that has the session's tables, if any.

    Raises CapabilityError (ScriptErrors for several) for what the running engine, the engine
    that was asked for, or the only installed engine does not do. Raises UsageError for names
    that cannot be accepted.
    """
    asked = running or asked_for(settings)
    if asked == "spark":
        check_accepted(plan, settings)
        return Decision("spark")
    needs, warnings, accepted = _on_sail(plan, settings)
    on_sail = Decision("sail", warnings=warnings, accepted=accepted)
    if asked == "sail":
        why = "the session runs on Sail" if running else "--engine sail was asked for"
        raise_all(_errors(needs, _NOT_AS_SPARK, f"{why}; use --engine spark (or auto)", "sail"))
        return on_sail
    if needs:
        if not installed().spark:
            raise_all(
                _errors(needs, "this needs Apache Spark, which is not installed", spark_line())
            )
        lines = (f"Spark, because of line {need.span.line}: {need.what}" for need in needs)
        return Decision("spark", tuple(lines))
    if default_engine(settings) == "spark":
        return Decision("spark")
    return replace(on_sail, may_move=installed().spark)


def after_analysis(decision: Decision, plan: Plan, errors: Iterable[PlaitError]) -> Decision:
    """The decision once the engine has analysed the plan's queries.

    It changes to Spark where Sail was a free choice and refuses queries that Spark may accept.
    errors: what the engine has refused, each at its statement.
    """
    if not decision.may_move:
        return decision
    queries = {step.span: step.sql for step in plan.steps if isinstance(step, Query)}
    loads = {step.span for step in plan.steps if isinstance(step, Read)}
    reasons = tuple(
        f"Spark, because {_failing(error)}"
        for error in errors
        if _sail_gave_up(error)
        or (error.span in loads and isinstance(error, CapabilityError))
        or (error.span in queries and is_limit_of_sail(error, queries[error.span]))
    )
    return Decision("spark", reasons) if reasons else decision


def after_failure(decision: Decision, error: PlaitError) -> Decision:
    """The decision once a run on Sail has failed before any of its effects.

    It changes to Spark where Sail was a free choice, and has died or could not read a file.
    """
    if not decision.may_move or not _sail_gave_up(error):
        return decision
    return Decision("spark", (f"begun again on Spark, because {_failing(error)}",))


def _sail_gave_up(error: PlaitError) -> bool:
    return error.engine == "sail" and isinstance(error, (EngineLostError, UnreadableFileError))


def _failing(error: PlaitError) -> str:
    line = "" if error.span is None else f" at line {error.span.line}"
    refuses = not isinstance(error, (EngineLostError, UnreadableFileError))
    what = (
        f"Sail refuses line {error.span.line}" if refuses and error.span else f"Sail failed{line}"
    )
    return f"{what}: {error.message}"


def decide_for_script(needs: Sequence[Need], settings: Settings) -> Decision:
    """The engine for an ordinary Python script that uses pyspark.

    plait has not planned such a script, so nothing but Spark itself can promise Spark's
    answers: it gets Apache Spark where that is installed, and Sail elsewhere or when asked.

    needs: what in the script only Apache Spark does. Raises CapabilityError (ScriptErrors for
    several) where the engine does not have one of them, SetupError where it is not installed.
    """
    asked = asked_for(settings)
    if asked == "spark" and settings.spark.remote is not None:
        require_client()
        what = "a Spark Connect server cannot do this, only a driver in the script can"
        hint = "name the cluster's master (spark.master) instead of spark.remote"
        lost = [need for need in needs if need.in_driver]
        raise_all(_errors(lost, what, hint, "spark", in_sql=False))
        return Decision("spark")
    if asked == "spark" or (asked == "auto" and installed().spark):
        require_spark()
        return Decision("spark")
    require_sail()
    hint = "use --engine spark" if asked == "sail" else SPARK
    what = "Sail cannot do this, only Apache Spark can"
    raise_all(_errors(needs, what, hint, "sail", in_sql=False))
    return Decision("sail")


def asked_for(settings: Settings) -> EngineChoice:
    """The engine that the settings ask for: by name, or by what only Spark reaches."""
    if settings.engine == "auto" and (settings.spark_elsewhere or _out_of_reach(settings)):
        return "spark"
    return settings.engine


def default_engine(settings: Settings) -> EngineName:
    """The engine when nothing in a plan decides: Sail where it is installed."""
    asked = asked_for(settings)
    if asked != "auto":
        return asked
    return "sail" if installed().pysail else "spark"


# --- what Sail does not do ----------------------------------------------------------------------


def _on_sail(
    plan: Plan, settings: Settings
) -> tuple[list[Need], tuple[str, ...], Mapping[str, str]]:
    """What Sail is known to lack or to answer otherwise, what it may, and what is accepted."""
    needs: list[Need] = []
    warned: list[str] = []
    accepted = Accepted()
    for step, names in steps_with_accepted(plan, settings):
        for what in _lacking(step):
            row = what if isinstance(what, Difference) else None
            if row is not None and row.id in names:
                accepted.meet(row, step.span)
            else:
                needs.append(
                    Need(what if isinstance(what, str) else what.what, step.span, row=row)
                )
        for row in warned_about(step.sql) if isinstance(step, (Query, Execute)) else ():
            if row.id in names:
                accepted.meet(row, step.span)
            else:
                warned.append(row.id)
    if settings.time_zone.upper() not in _UTC:
        # The setting stands nowhere in the script; its first statement is named instead.
        needs += [Need(_ZONE, step.span) for step in plan.steps[:1]]
    return needs, _warnings(warned), accepted.met


def refused_by_sail(plan: Plan, settings: Settings) -> list[PlaitError]:
    """An error for each thing in a plan that keeps it from Sail."""
    return _errors(_on_sail(plan, settings)[0], _NOT_AS_SPARK, "use --engine spark", "sail")


def require_reach_of_sail(settings: Settings) -> None:
    """Raise UsageError for settings that name what Sail cannot reach."""
    if what := _out_of_reach(settings):
        raise what


def _lacking(step: Step) -> Sequence[Difference | str]:
    match step:
        case (
            Read(source=PathTarget(format=name, location=location), options=options)
            | Write(target=PathTarget(format=name, location=location), options=options)
        ):
            found: list[Difference | str] = [*lacking_format(name)]
            if location.scheme == "hdfs":
                found.append(_HDFS)
            write = isinstance(step, Write)
            return found + [
                f"option '{key}' of {name}"
                for key, _ in options
                if _is_sparks_option(name, key, write=write)
            ]
        case SetConf(key=key, value=zone) if key.lower() == "spark.sql.session.timezone":
            return [] if zone.upper() in _UTC else [_ZONE]
        case Query(sql=sql) | Execute(sql=sql):
            return lacking(sql)
        case _:
            return []


def _is_sparks_option(name: str, key: str, *, write: bool) -> bool:
    spec = FORMATS[name].option(key, write=write)
    return spec is not None and "sail" not in spec.engines


def _errors(
    needs: Sequence[Need],
    text: str,
    hint: str,
    engine: EngineName | None = None,
    *,
    in_sql: bool = True,
) -> list[PlaitError]:
    """in_sql: whether the needs are of a script of statements, which may say it otherwise."""
    return [
        CapabilityError(
            f"{text}: {need.what}",
            span=need.span,
            engine=engine,
            hint=f"{hint}, or {need.way()}" if in_sql else hint,
        )
        for need in needs
    ]


def _out_of_reach(settings: Settings) -> UsageError | None:
    if settings.spark.metastore is not None:
        return UsageError(
            "Sail cannot reach the Hive metastore of spark.metastore",
            hint="use --engine spark (or auto), or leave spark.metastore out",
        )
    if settings.lake.startswith("hdfs:"):
        return UsageError(
            "a lake in HDFS is read and written by Spark only",
            hint="use --engine spark (or auto), or another lake",
        )
    return None


def _warnings(ids: Iterable[str]) -> tuple[str, ...]:
    """What the data may make Sail answer otherwise, in one sentence at most."""
    names = list(dict.fromkeys(ids))
    if not names:
        return ()
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return (
        f"depending on the data, Sail may differ from Spark in: {', '.join(names[:_NAMED])}{more}"
        " (plait verify compares; see docs/differences.md)",
    )


# --- making the engine --------------------------------------------------------------------------


def make_engine(name: EngineName, settings: Settings, run_folder: Path) -> DataEngine:
    """An engine that is not started yet. run_folder: takes its logs and temporary files.

    Raises SetupError where it is not installed, UsageError where settings do not go with it.
    """
    if name == "spark" and settings.spark.remote is not None:
        require_client()
        from plait.engines.spark.remote import RemoteSpark

        return RemoteSpark(settings)
    if name == "spark":
        require_spark()
        from plait.engines.spark.engine import SparkEngine

        return SparkEngine(settings, run_folder)
    require_reach_of_sail(settings)
    require_sail()
    from plait.engines.sail.engine import SailEngine

    return SailEngine(settings, run_folder)

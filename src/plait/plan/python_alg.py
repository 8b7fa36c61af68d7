"""The options of `train … as PythonAlg` and `predict … as PythonAlg`, and what they mean."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, cast

from plait.errors import OptionError, PlaitError, ResourceError, Span
from plait.lang.statements import Option
from plait.plan.formats import OptionSpec
from plait.plan.options import typed, unknown
from plait.plan.steps import FileFormat, Group, Metric, OptionValue, Resources
from plait.settings import ExchangeMethod

RESOURCE_OPTIONS: tuple[OptionSpec, ...] = (
    OptionSpec("num_cpus", "float", "CPUs of each group's task; fractions too", default="1"),
    OptionSpec("num_gpus", "float", "GPUs of each group's task; fractions too", default="0"),
    OptionSpec("memory", "size", "memory that each group's task may take; it is ended beyond"),
)
EXCHANGE_OPTION = OptionSpec(
    "exchange",
    "str",
    "how the table crosses to Ray: client, direct (executor to Ray node) or lake (Parquet)",
    default="by its size",
    choices=("auto", "client", "direct", "lake"),
)
TRAIN_OPTIONS: tuple[OptionSpec, ...] = (
    OptionSpec("scripts", "str", "code tables that the script is made of, separated by commas"),
    OptionSpec("entryPoint", "str", "which of `scripts` is run; may be left out if there is one"),
    OptionSpec("condaFile", "str", "code table with a conda yaml or requirements text"),
    OptionSpec("keepVersion", "bool", "keep the older versions of the model", default="true"),
    OptionSpec(
        "keepLocalDirectory", "bool", "keep the folder the script worked in", default="false"
    ),
    OptionSpec("validateTable", "str", "a second table for the script: `validation`"),
    OptionSpec("metric", "str", "the logged metric that ranks the groups"),
    OptionSpec("mode", "str", "whether more or less of it is better", choices=("max", "min")),
    EXCHANGE_OPTION,
    *RESOURCE_OPTIONS,
)
PREDICT_OPTIONS: tuple[OptionSpec, ...] = (
    OptionSpec("modelVersion", "int", "which version predicts", default="the latest"),
    OptionSpec("batchSize", "int", "rows handed to the model at once", default="10000"),
    EXCHANGE_OPTION,
    *RESOURCE_OPTIONS,
)
PATTERN_OPTIONS: tuple[tuple[str, str], ...] = (
    ("fitParam.N.KEY", "parameter KEY of group N; groups run side by side"),
    ("fitParam.N.fileFormat", "json or parquet: how the data lies in the folder for scripts"),
    ("fitParam.N.psNum", "number of workers of the group; 1 in this release"),
    ("systemParam.KEY", "a parameter for all groups: `system_params`"),
    ("resources.NAME", "amount of Ray's custom resource NAME for each group's task"),
)

_FIT = re.compile(r"fitparam\.(\d+)\.(.+)", re.IGNORECASE)
_SYSTEM = re.compile(r"systemparam\.(.+)", re.IGNORECASE)
_RESOURCE = re.compile(r"resources\.(.+)", re.IGNORECASE)
Report = Callable[[PlaitError], None]


@dataclass(frozen=True, slots=True)
class FitOptions:
    """A train statement's options, sorted by what they are for."""

    plain: Mapping[str, OptionValue]
    spans: Mapping[str, Span]
    groups: tuple[Group, ...]
    system_params: tuple[tuple[str, str], ...]
    file_format: FileFormat | None
    resources: Resources
    metric: Metric | None


def fit_options(options: Sequence[Option], report: Report, span: Span) -> FitOptions:
    """Check and sort the options of a train statement; errors are reported."""
    plain, spans, rest = _plain(options, TRAIN_OPTIONS, report)
    groups: dict[int, list[tuple[str, str]]] = {}
    system: list[tuple[str, str]] = []
    custom: list[tuple[str, float]] = []
    formats: dict[str, Option] = {}
    for option in rest:
        if match := _FIT.fullmatch(option.key):
            group = groups.setdefault(int(match[1]), [])
            if match[2].lower() == "fileformat":
                formats[_file_format(option, report)] = option
            elif match[2].lower() == "psnum":
                _check_workers(option, report)
            else:
                group.append((match[2], option.value))
        elif match := _SYSTEM.fullmatch(option.key):
            system.append((match[1], option.value))
        elif match := _RESOURCE.fullmatch(option.key):
            custom.append((match[1], _amount(option, report)))
        else:
            known = [s.key for s in TRAIN_OPTIONS] + [key for key, _ in PATTERN_OPTIONS]
            report(unknown(option, known, "train PythonAlg"))
    if len(formats) > 1:
        report(OptionError("fileFormat must be the same in all groups", span=span))
    made = tuple(Group(n, tuple(groups[n])) for n in sorted(groups)) or (Group(0, ()),)
    return FitOptions(
        plain=plain,
        spans=spans,
        groups=made,
        system_params=tuple(system),
        file_format=cast(FileFormat, next(iter(formats))) if formats else None,
        resources=_resources(plain, custom, spans, report),
        metric=_metric(plain, spans, len(made), report, span),
    )


def predict_options(
    options: Sequence[Option], report: Report
) -> tuple[Mapping[str, OptionValue], Resources]:
    """Check the options of a predict statement; errors are reported."""
    plain, spans, rest = _plain(options, PREDICT_OPTIONS, report)
    custom: list[tuple[str, float]] = []
    for option in rest:
        if match := _RESOURCE.fullmatch(option.key):
            custom.append((match[1], _amount(option, report)))
        else:
            known = [s.key for s in PREDICT_OPTIONS] + ["resources.NAME"]
            report(unknown(option, known, "predict PythonAlg"))
    for key in ("batchSize", "modelVersion"):
        if cast(int, plain.get(key, 1)) < 1:
            report(OptionError(f"option '{key}' must be at least 1", span=spans[key]))
    return plain, _resources(plain, custom, spans, report)


def exchange_method(plain: Mapping[str, OptionValue]) -> ExchangeMethod:
    """The way that a statement asks for, `auto` when it does not."""
    return cast(ExchangeMethod, str(plain.get("exchange", "auto")).lower())


def _plain(
    options: Sequence[Option], specs: Sequence[OptionSpec], report: Report
) -> tuple[dict[str, OptionValue], dict[str, Span], list[Option]]:
    by_key = {spec.key.lower(): spec for spec in specs}
    aliases = {"evaluatetable": "validatetable"}
    values: dict[str, OptionValue] = {}
    spans: dict[str, Span] = {}
    rest: list[Option] = []
    for option in options:
        key = option.key.lower()
        spec = by_key.get(aliases.get(key, key))
        if spec is None:
            rest.append(option)
            continue
        spans[spec.key] = option.value_span
        try:
            values[spec.key] = typed(option, spec)
        except OptionError as error:
            report(error)
    return values, spans, rest


def _file_format(option: Option, report: Report) -> str:
    if option.value.lower() not in ("json", "parquet"):
        report(
            OptionError(
                f"option '{option.key}' is json or parquet, not '{option.value}'",
                span=option.value_span,
            )
        )
        return "parquet"
    return option.value.lower()


def _check_workers(option: Option, report: Report) -> None:
    if option.value.strip() != "1":
        report(
            OptionError(
                f"option '{option.key}' must be 1: a group of several workers is not built yet",
                span=option.value_span,
                hint="start further tasks from the script with @ray.remote",
            )
        )


def _amount(option: Option, report: Report) -> float:
    try:
        amount = float(option.value)
    except ValueError:
        amount = -1.0
    if not 0 <= amount < 1e9:
        report(
            ResourceError(
                f"'{option.key}' wants an amount such as 1 or 0.5, not '{option.value}'",
                span=option.value_span,
            )
        )
        return 0.0
    return amount


def _resources(
    plain: Mapping[str, OptionValue],
    custom: Sequence[tuple[str, float]],
    spans: Mapping[str, Span],
    report: Report,
) -> Resources:
    for key in ("num_cpus", "num_gpus"):
        amount = float(plain.get(key, 0))
        if not 0 <= amount < 1e6:
            report(ResourceError(f"'{key}' cannot be {amount:g}", span=spans[key]))
        elif amount > 1 and key == "num_gpus" and amount != int(amount):
            report(ResourceError("more than one GPU must be a whole number", span=spans[key]))
    memory = plain.get("memory")
    if memory is not None and int(memory) < 1:
        report(ResourceError("'memory' cannot be 0", span=spans["memory"]))
    return Resources(
        num_cpus=float(plain.get("num_cpus", 1)),
        num_gpus=float(plain.get("num_gpus", 0)),
        memory=int(memory) if memory is not None else None,
        custom=tuple(custom),
    )


def _metric(
    plain: Mapping[str, OptionValue],
    spans: Mapping[str, Span],
    groups: int,
    report: Report,
    span: Span,
) -> Metric | None:
    name, mode = plain.get("metric"), plain.get("mode")
    if name is None:
        if mode is not None:
            report(OptionError("'mode' without 'metric' says nothing", span=spans["mode"]))
        elif groups > 1:
            report(
                OptionError(
                    f"{groups} parameter groups and no 'metric' to choose the best by",
                    span=span,
                    hint='add: and metric="rmse" and mode="min"',
                )
            )
        return None
    if mode is None:
        report(
            OptionError(
                f"metric '{name}' needs 'mode': is more of it better, or less?",
                span=spans["metric"],
                hint='add: and mode="max"  (or "min")',
            )
        )
        return None
    return Metric(str(name), cast(Literal["max", "min"], str(mode).lower()))

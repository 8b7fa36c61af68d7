"""What the statements of every estimator share: its spec, the shared options and their meaning."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, cast

from plait.errors import BindError, OptionError, PlaitError, ResourceError, Span
from plait.lang.statements import Option
from plait.plan.builder import Builder
from plait.plan.formats import OptionSpec
from plait.plan.options import typed, unknown
from plait.plan.steps import Code, OptionValue
from plait.plan.training import EstimatorOptions, Group, Metric, Resources
from plait.settings import ExchangeMethod

RESOURCE_OPTIONS: tuple[OptionSpec, ...] = (
    OptionSpec("num_cpus", "float", "CPUs of each task; fractions too", default="1"),
    OptionSpec("num_gpus", "float", "GPUs of each task; fractions too", default="0"),
    OptionSpec("memory", "size", "memory that each task may take; it is ended beyond"),
    OptionSpec("resources.NAME", "float", "amount of Ray's custom resource NAME for each task"),
)
EXCHANGE_OPTION = OptionSpec(
    "exchange",
    "str",
    "how the table is transferred to Ray: client, direct (executor to Ray node) or lake (Parquet)",
    default="by its size",
    choices=("auto", "client", "direct", "lake"),
)
TRAIN_OPTIONS: tuple[OptionSpec, ...] = (
    OptionSpec("condaFile", "str", "code table with a conda yaml or requirements text"),
    OptionSpec("keepVersion", "bool", "keep the older versions of the model", default="true"),
    OptionSpec("validateTable", "str", "a second table, to validate the model with"),
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
GROUP_PARAMETER = "fitParam.N.KEY"

_ALIASES = {"evaluatetable": "validatetable"}
_WILDCARDS = {"N": r"(?P<number>\d+)", "KEY": r"(?P<name>.+)", "NAME": r"(?P<name>.+)"}

Report = Callable[[PlaitError], None]


@dataclass(frozen=True, slots=True)
class Match:
    """An option whose key matches that of a spec, as `fitParam.1.C` matches `fitParam.N.KEY`.

    group: the number at `N`, None where the key has none. name: what stands at `KEY`, `NAME`.
    value: typed; None where it was wrong, which is reported already.
    """

    key: str
    group: int | None
    name: str
    value: OptionValue | None
    option: Option


@dataclass(frozen=True, slots=True)
class StatementOptions:
    """The options of one statement, typed; what is wrong with them is reported already.

    values, spans: by the key as the spec writes it, without those whose key is a pattern.
    span: the statement's own.
    """

    values: Mapping[str, OptionValue]
    spans: Mapping[str, Span]
    matches: tuple[Match, ...]
    span: Span

    def text(self, key: str) -> str | None:
        """The value of a text option, None where it was not given."""
        value = self.values.get(key)
        return None if value is None else str(value)

    def matching(self, key: str) -> tuple[Match, ...]:
        """The options that match the spec with this key."""
        return tuple(match for match in self.matches if match.key == key)


@dataclass(frozen=True, slots=True)
class EstimatorSpec:
    """How `train … as name` and `predict … as name` are planned.

    train_options: the estimator's own, beside those that all share; in a key `N` stands for a
    group's number, `KEY` and `NAME` for any text. Those of `predict` are the same for all.
    parameters: what `fitParam.N.KEY` is, for the language reference.
    own: the estimator's part of a training, from the typed options; None after reporting what
    is wrong. default_metric: what ranks the groups where the statement does not say.
    """

    name: str
    train_options: tuple[OptionSpec, ...]
    parameters: str
    own: Callable[[Builder, StatementOptions], EstimatorOptions | None]
    default_metric: Metric | None = None

    def of_train(self) -> tuple[OptionSpec, ...]:
        """All options of `train`; those whose key has more fixed parts come first."""
        groups = OptionSpec(GROUP_PARAMETER, "str", self.parameters)
        return (*self.train_options, groups, *TRAIN_OPTIONS)


def statement_options(
    options: Sequence[Option],
    specs: Sequence[OptionSpec],
    what: str,
    span: Span,
    report: Report,
) -> StatementOptions:
    """Type the options of a statement; wrong and unknown ones are reported.

    what: whose options these are, for the message (`train` and the estimator).
    """
    values: dict[str, OptionValue] = {}
    spans: dict[str, Span] = {}
    matches: list[Match] = []
    for option in options:
        fitting = _fitting(option, specs)
        if fitting is None:
            report(unknown(option, [spec.key for spec in specs], what))
            continue
        spec, found = fitting
        value = None
        try:
            value = typed(option, spec)
        except OptionError as error:
            report(error)
        if found:
            group = int(found["number"]) if "number" in found else None
            matches.append(Match(spec.key, group, found.get("name", ""), value, option))
            continue
        spans[spec.key] = option.value_span
        if value is not None:
            values[spec.key] = value
    return StatementOptions(values, spans, tuple(matches), span)


def groups_of(options: StatementOptions) -> tuple[Group, ...]:
    """The parameter groups in the order of their numbers; one without parameters if none."""
    groups: dict[int, list[tuple[str, str]]] = {}
    for match in options.matches:
        if match.group is not None:
            params = groups.setdefault(match.group, [])
            if match.key == GROUP_PARAMETER:
                params.append((match.name, str(match.value)))
    return tuple(Group(n, tuple(groups[n])) for n in sorted(groups)) or (Group(0, ()),)


def resources_of(options: StatementOptions, report: Report) -> Resources:
    """What each task asks of Ray; impossible amounts are reported."""
    values, spans = options.values, options.spans
    for key in ("num_cpus", "num_gpus"):
        amount = float(values.get(key, 0))
        if not 0 <= amount < 1e6:
            report(ResourceError(f"'{key}' cannot be {amount:g}", span=spans[key]))
        elif amount > 1 and key == "num_gpus" and amount != int(amount):
            report(ResourceError("more than one GPU must be a whole number", span=spans[key]))
    memory = values.get("memory")
    if memory is not None and int(memory) < 1:
        report(ResourceError("'memory' cannot be 0", span=spans["memory"]))
    return Resources(
        num_cpus=float(values.get("num_cpus", 1)),
        num_gpus=float(values.get("num_gpus", 0)),
        memory=int(memory) if memory is not None else None,
        custom=tuple(
            (match.name, _amount(match, report)) for match in options.matching("resources.NAME")
        ),
    )


def metric_of(
    options: StatementOptions, default: Metric | None, groups: int, report: Report
) -> Metric | None:
    """What ranks `groups` groups: the statement's choice, else the estimator's default."""
    values, spans = options.values, options.spans
    name, mode = values.get("metric"), values.get("mode")
    if name is None:
        if mode is not None:
            report(OptionError("'mode' without 'metric' says nothing", span=spans["mode"]))
        elif groups > 1 and default is None:
            report(
                OptionError(
                    f"{groups} parameter groups and no 'metric' to choose the best by",
                    span=options.span,
                    hint='add: and metric="rmse" and mode="min"',
                )
            )
        return default
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


def exchange_method(options: StatementOptions) -> ExchangeMethod:
    """The exchange method that a statement asks for, `auto` when it does not."""
    return cast(ExchangeMethod, str(options.values.get("exchange", "auto")).lower())


def code_named(builder: Builder, name: str, span: Span) -> Code | None:
    """The code table `name`, or None after reporting that there is none."""
    try:
        found = builder.scope.code(name, span)
    except BindError as error:
        builder.report(error)
        return None
    return Code(name, found.text, found.file, found.first_line)


def _fitting(
    option: Option, specs: Sequence[OptionSpec]
) -> tuple[OptionSpec, Mapping[str, str]] | None:
    """The first spec whose key fits the option's, with what stands at its wildcards."""
    key = _ALIASES.get(option.key.lower(), option.key)
    for spec in specs:
        parts = [_WILDCARDS.get(part) or re.escape(part) for part in spec.key.split(".")]
        if found := re.fullmatch(r"\.".join(parts), key, re.IGNORECASE):
            return spec, found.groupdict()
    return None


def _amount(match: Match, report: Report) -> float:
    """How much of a custom resource is asked for; an impossible amount is reported."""
    amount = float(match.value or 0)
    if 0 <= amount < 1e9:
        return amount
    option = match.option
    report(
        ResourceError(
            f"'{option.key}' wants an amount such as 1 or 0.5, not '{option.value}'",
            span=option.value_span,
        )
    )
    return 0.0

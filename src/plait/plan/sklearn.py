"""SKLearn: the options of a training of one of scikit-learn's estimators.

scikit-learn is not imported here: whether the estimator and its parameters exist is checked
where it is installed.
"""

from __future__ import annotations

from dataclasses import dataclass

from plait.errors import OptionError, Span
from plait.plan.builder import Builder
from plait.plan.estimator_options import GROUP_PARAMETER, EstimatorSpec, StatementOptions
from plait.plan.formats import OptionSpec
from plait.plan.training import Answer, EstimatorOptions, Metric

_OPTIONS: tuple[OptionSpec, ...] = (
    OptionSpec("estimator", "str", "name of a classifier or regressor of scikit-learn"),
    OptionSpec("label", "str", "the column that is to be predicted"),
    OptionSpec(
        "features",
        "str",
        "the columns that predict it, separated by commas",
        default="all but the label",
    ),
)


@dataclass(frozen=True, slots=True)
class SKLearnOptions(EstimatorOptions):
    """What is trained on which columns.

    features: empty for all columns but the label. spans: where each option stands in the
    script, by its key; a parameter's is `fitParam.N.KEY` with its group and name.
    """

    estimator: str
    label: str
    features: tuple[str, ...]
    spans: tuple[tuple[str, Span], ...] = ()

    def answer(self) -> Answer:
        """One column, whose type is that of the label or of what is computed of it."""
        return Answer("prediction", certain=True)


def _own(builder: Builder, options: StatementOptions) -> SKLearnOptions | None:
    """The typed options of a train statement, or None after reporting what is missing."""
    estimator, label = options.text("estimator"), options.text("label")
    for key, value, what in (
        ("estimator", estimator, 'which one is to be trained? such as "RandomForestClassifier"'),
        ("label", label, "which column is to be predicted?"),
    ):
        if not value:
            at = options.spans.get(key, options.span)
            builder.report(OptionError(f"SKLearn needs '{key}': {what}", span=at))
    if not estimator or not label:
        return None
    listed = (name.strip() for name in (options.text("features") or "").split(","))
    parameters = (
        (f"fitParam.{match.group}.{match.name}", match.option.span)
        for match in options.matching(GROUP_PARAMETER)
    )
    return SKLearnOptions(
        estimator=estimator.strip(),
        label=label,
        features=tuple(name for name in listed if name),
        spans=(*options.spans.items(), *parameters),
    )


SPEC = EstimatorSpec(
    name="SKLearn",
    train_options=_OPTIONS,
    parameters="the estimator's constructor parameter KEY in group N; groups run side by side",
    own=_own,
    default_metric=Metric("score", "max"),
)

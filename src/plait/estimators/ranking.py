"""Which group's model is published."""

from __future__ import annotations

import math
from collections.abc import Sequence

from plait.errors import ModelError, suggestion
from plait.models.manifest import GroupRecord
from plait.plan.training import Metric


def best(groups: Sequence[GroupRecord], metric: Metric | None) -> GroupRecord | None:
    """The group that succeeded, saved a model and has the best score; the first of equals.

    None when no group saved a model. A group that is the only one needs no score. Raises
    ModelError when the metric was logged by no group, or by none with a model, and when several
    groups saved one and nothing ranks them.
    """
    good = [group for group in groups if group.status == "success"]
    saved = [group for group in good if group.model is not None]
    if metric is not None and not (len(groups) == 1 and saved):
        return _ranked(good, saved, metric)
    if len(saved) > 1:
        logged = _logged(saved)
        raise ModelError(
            f"{len(saved)} groups saved a model and nothing says which is the best",
            hint='name a logged metric: metric="…" and mode="max"'
            + (f"; logged: {', '.join(logged)}" if logged else "; the script logs none"),
        )
    return saved[0] if saved else None


def _ranked(
    good: Sequence[GroupRecord], saved: Sequence[GroupRecord], metric: Metric
) -> GroupRecord | None:
    if not any(_score(group) is not None for group in good):
        if any(group.score is not None for group in good):
            raise ModelError(
                f"every value of the metric '{metric.name}' is NaN, which ranks nothing",
                hint="log a number: something in the training or its data is not finite",
            )
        raise ModelError(
            f"no group that succeeded logged a value of the metric '{metric.name}'",
            hint=suggestion(metric.name, _logged(good))
            or "log it: plait.task.log_metric(name, value)",
        )
    scored = [(score, group) for group in saved if (score := _score(group)) is not None]
    if saved and not scored:
        raise ModelError(
            f"the groups that logged '{metric.name}' saved no model, and those that saved one "
            "did not log it",
            hint="log the metric and save the model in the same group",
        )
    sign = -1.0 if metric.mode == "max" else 1.0
    ordered = sorted(scored, key=lambda pair: (sign * pair[0], pair[1].index))
    return ordered[0][1] if ordered else None


def _score(group: GroupRecord) -> float | None:
    """The score, unless it is missing or not a number."""
    return None if group.score is None or math.isnan(group.score) else group.score


def _logged(groups: Sequence[GroupRecord]) -> list[str]:
    return sorted({name for group in groups for name in group.metrics})

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from plait.errors import ModelError
from plait.estimators.ranking import best
from plait.models.manifest import GroupRecord
from plait.plan.training import Metric

NOW = datetime(2026, 1, 1, tzinfo=UTC)
MOST, LEAST = Metric("auc", "max"), Metric("auc", "min")


def group(index: int, score: float | None, **other: object) -> GroupRecord:
    metrics = {} if score is None else {"auc": score}
    record = GroupRecord(index, {}, "success", "", metrics, score, f"data/u/{index}", NOW, NOW)
    return replace(record, **other)  # type: ignore[arg-type]


def test_the_best_score_wins_and_the_first_of_equals() -> None:
    groups = [group(0, 0.5), group(1, 0.9), group(2, 0.9), group(3, 0.1)]
    assert best(groups, MOST) == groups[1]
    assert best(groups, LEAST) == groups[3]


def test_only_groups_that_succeeded_logged_and_saved_can_win() -> None:
    groups = [
        group(0, 0.9, status="failed"),
        group(1, None),
        group(2, float("nan")),
        group(3, 0.8, model=None),
        group(4, 0.2),
    ]
    assert best(groups, MOST) == groups[4]


def test_no_model_no_version() -> None:
    assert best([group(0, None, model=None), group(1, None, model=None)], None) is None
    assert best([group(0, 0.5, model=None)], MOST) is None


def test_one_group_needs_no_metric() -> None:
    alone = group(0, None)
    assert best([alone], None) == alone
    assert best([alone, group(1, None, status="failed")], None) == alone
    assert best([alone], MOST) == alone


def test_no_silent_choice() -> None:
    with pytest.raises(ModelError) as caught:
        best([group(0, 0.5), group(1, 0.6)], None)
    assert "nothing says which" in caught.value.message
    assert "logged: auc" in (caught.value.hint or "")
    named = group(0, None, metrics={"auc": 1.0})
    with pytest.raises(ModelError) as caught:
        best([named, named], Metric("auk", "max"))
    assert caught.value.hint == "did you mean 'auc'?"
    with pytest.raises(ModelError, match="saved no model"):
        best([group(0, 0.5, model=None), group(1, None)], MOST)


def test_a_metric_that_is_only_nan_is_an_error() -> None:
    with pytest.raises(ModelError, match="every value of the metric 'auc' is NaN"):
        best([group(0, float("nan")), group(1, float("nan"))], MOST)

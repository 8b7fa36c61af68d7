from __future__ import annotations

from plait.estimators.progress import GroupProgress

from .steps import Reported


def test_progress_is_that_of_all_groups_together() -> None:
    """A group that is nearly done says little where others have not begun."""
    reported = Reported()
    progress = GroupProgress(reported.callbacks(), 4)
    progress.begin()
    progress.take("group 0", {"kind": "progress", "fraction": 0.95, "text": "epoch 19"})
    progress.take("group 1", {"kind": "progress", "fraction": 0.5, "text": ""})
    progress.ended("group 0")
    progress.take("group 1", {"kind": "metric", "name": "auc", "value": 0.75})
    progress.ended("group 1")
    assert reported.progress == [
        ("training", 0, 4, "groups"),
        ("group 0: epoch 19", 0.95, 4, "groups"),
        ("group 1", 1.45, 4, "groups"),
        ("group 0", 1.5, 4, "groups"),
        ("group 1", 2.0, 4, "groups"),
    ]
    assert reported.parts == [
        ("group 0", 0.95), ("group 1", 0.5), ("group 0", 1.0), ("group 1", 1.0),
    ]  # fmt: skip
    assert reported.logs == [("group 1", "auc = 0.75")]

"""Tasks that failed because their table went away, and not by themselves."""

from __future__ import annotations

from collections.abc import Sequence

from plait.compute.tasks import Outcome
from plait.errors import TableLostError


def refuse_lost(outcomes: Sequence[Outcome]) -> None:
    """Raise TableLostError when a task found part of its table gone with a Ray node.

    It stands for the whole step: with the table there again, its tasks have to run anew.
    """
    for outcome in outcomes:
        if (outcome.value or {}).get("lost"):
            raise TableLostError(
                "a Ray node went away with part of the table", cause=outcome.value["error"],
                engine="ray",
            )  # fmt: skip

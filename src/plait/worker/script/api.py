"""The functions that a user's script calls: metrics, log lines, progress, the model."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

from plait.worker.script.context import current

_PROGRESS_EVERY_SECONDS = 0.2


def log_metric(name: str, value: float) -> None:
    """Record a number under `name`; the last value of a name is the group's.

    The option `metric` of the train statement says which name ranks the groups.
    Raises TypeError or ValueError for what is not a number.
    """
    from plait.worker import channel

    context = current("plait.task.log_metric()")
    number = float(value)
    context.metrics[str(name)] = number
    channel.send({"kind": "metric", "name": str(name), "value": number})


def log(text: object) -> None:
    """Show a line in the run's log, with the group that it comes from."""
    from plait.worker import channel

    current("plait.task.log()")
    channel.send({"kind": "log", "text": str(text)})


def progress(fraction: float, text: str = "") -> None:
    """Say how far the script is, from 0 to 1; calls that follow too soon are dropped."""
    from plait.worker import channel

    context = current("plait.task.progress()")
    done = min(1.0, max(0.0, float(fraction)))
    now = time.monotonic()
    if done < 1.0 and now - context.last_progress < _PROGRESS_EVERY_SECONDS:
        return
    context.last_progress = now
    channel.send({"kind": "progress", "fraction": done, "text": str(text)})


def save_model(
    obj: Any,
    *,
    name: str = "prediction",
    features: Sequence[str] | None = None,
    vector: str | None = None,
    example: Any = None,
    requirements: Sequence[str] | None = None,
) -> None:
    """Make `obj` the model of this group; a second call replaces the first.

    obj: anything with `predict(X)`, or a function from a data frame to predictions.
    name: the column that predictions get (a data frame of predictions brings its own names).
    features: the columns that the model is given, in this order. None: the model's own
        `feature_names_in_`, else every column of the table.
    vector: an array column; the model is then given a 2-D numpy array of its values.
    example: some input rows as a data frame, when the model's input is not the training
        table. The model is tried on them (else on the table's first rows) as it was saved.
    requirements: the packages that the model needs; None: those of this environment.

    Raises TypeError for what cannot predict, ValueError for columns that do not exist and
    for a model that fails on the rows it is tried on.
    """
    from plait.worker import channel
    from plait.worker.script import saving

    context = current("plait.task.save_model()")
    if not str(name).strip():
        raise ValueError("save_model(): name, the column of the predictions, is empty")
    options = saving.SaveOptions(
        name=name,
        features=None if features is None else _names(features),
        vector=vector,
        requirements=None if requirements is None else tuple(requirements),
        lock=context.lock,
    )
    context.saved = saving.save(obj, context.model_folder, options, context.data, example)
    channel.send({"kind": "model", "name": name})


def _names(features: Sequence[str]) -> tuple[str, ...]:
    if isinstance(features, str):
        raise TypeError(f"features is a list of column names, not the text '{features}'")
    return tuple(str(feature) for feature in features)

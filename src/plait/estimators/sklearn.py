"""SKLearn: each group fits one of scikit-learn's estimators with its constructor parameters.

A group is the run of a script that plait brings along: the functions that `_SHIPPED` names, as
text. They run in the workers' environment, and where that is this process's too, the check of
names runs here before anything else. Only these functions import scikit-learn.
"""

from __future__ import annotations

import inspect
from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING, Any

from plait.errors import OptionError, PlaitError
from plait.estimators import prediction
from plait.estimators.base import (
    ApplyRequest,
    FitRequest,
    GroupFailure,
    GroupFolders,
    GroupTask,
    Provenance,
)
from plait.estimators.script_task import script_task
from plait.plan.sklearn import SKLearnOptions
from plait.plan.steps import Code, Fit
from plait.plan.training import Group
from plait.worker.messages import FailedGroup, GroupRequest

if TYPE_CHECKING:
    import pyarrow as pa

    from plait.exchange.ray_table import RayTable

_NAME = "SKLearn"


class SKLearn:
    """See `Estimator`."""

    def check(self, step: Fit, schema: pa.Schema | None, *, same_python: bool) -> None:
        """Raise OptionError for an estimator, a parameter or a column that cannot be used.

        The first two are known where the workers have this process's environment; otherwise
        each group's task finds them before it reads the table.
        """
        own = _own(step)
        try:
            if same_python:
                estimator_class(own.estimator, _parameters(step))
            if schema is not None:
                features_in(schema, own.label, own.features)
        except Unsuitable as problem:
            raise _as_error(problem, own).at(step.span) from None

    def task(
        self, request: FitRequest, group: Group, folders: GroupFolders
    ) -> GroupTask[GroupRequest]:
        """The script that plait brings along."""
        code = Code(_NAME, _script(request.step), _NAME, 1)
        return script_task(request, group, folders, (code,), _NAME)

    def keeps_work(self, step: Fit) -> bool:  # noqa: ARG002
        """No: its script writes nothing beside the model."""
        return False

    def failure(self, answer: FailedGroup) -> GroupFailure:
        """Why the table or an option does not fit, or scikit-learn's exception."""
        kind, _, message = answer["error"].partition(": ")
        if kind == Unsuitable.__name__:
            return GroupFailure(message, None)
        return GroupFailure(answer["error"], answer.get("traceback"))

    def provenance(self, step: Fit, group: Group) -> Provenance:
        """The estimator, its label and parameters, and the script."""
        own = _own(step)
        parameters = {**dict(group.params), "estimator": own.estimator, "label": own.label}
        return Provenance(parameters, {_NAME: _script(step)}, _NAME)

    def apply(self, request: ApplyRequest) -> RayTable:
        """By the saved model, batch by batch."""
        return prediction.apply(request)


def _own(step: Fit) -> SKLearnOptions:
    assert isinstance(step.own, SKLearnOptions)
    return step.own


def _parameters(step: Fit) -> list[tuple[int, str]]:
    """(group, name) of every constructor parameter of the statement."""
    return [(group.index, name) for group in step.groups for name, _ in group.params]


def _as_error(problem: Unsuitable, own: SKLearnOptions) -> PlaitError:
    span = dict(own.spans).get(problem.key)
    return OptionError(problem.message, span=span, hint=problem.hint)


def _script(step: Fit) -> str:
    """The program of every group: the functions, and one call with what the statement says."""
    own = _own(step)
    given = (own.estimator, own.label, list(own.features), _parameters(step))
    return f"{_functions()}\n\ntrain({', '.join(map(repr, given))})\n"


@cache
def _functions() -> str:
    head = "from __future__ import annotations"
    return "\n\n\n".join([head, *(inspect.getsource(each).rstrip() for each in _SHIPPED)])


# --- the script: only what each function imports by itself exists there -------------------


class Unsuitable(ValueError):
    """An option or a column that scikit-learn cannot be given.

    key: the option at fault. hint: what would help.
    """

    def __init__(self, message: str, key: str, hint: str | None = None) -> None:
        super().__init__(f"{message}; {hint}" if hint else message)
        self.message, self.key, self.hint = message, key, hint


def nearest(wrong: str, known: Sequence[str]) -> str | None:
    """`did you mean …?` for the name that is most like a wrong one."""
    from difflib import get_close_matches

    found = get_close_matches(wrong, known, 1)
    return f"did you mean '{found[0]}'?" if found else None


def estimator_class(name: str, parameters: Sequence[tuple[int, str]]) -> Any:
    """The class of scikit-learn with this name, which takes all these (group, parameter).

    Raises Unsuitable.
    """
    from importlib import import_module
    from inspect import signature

    try:
        from sklearn.base import BaseEstimator, ClassifierMixin, RegressorMixin
        from sklearn.utils import all_estimators
    except ImportError as problem:
        raise Unsuitable(
            f"SKLearn needs scikit-learn in its environment ({problem})",
            "condaFile",
            "put 'scikit-learn' and 'pandas<3' into its condaFile",
        ) from None
    found = None
    # All of scikit-learn takes seconds to import; most of what is asked for is in these.
    for module in ("linear_model", "ensemble", "tree", "svm", "neighbors"):
        found = found or getattr(import_module(f"sklearn.{module}"), name, None)
    if not (
        isinstance(found, type)
        and issubclass(found, BaseEstimator)
        and issubclass(found, (ClassifierMixin, RegressorMixin))
    ):
        known = dict(all_estimators(type_filter=["classifier", "regressor"]))
        if name not in known:
            raise Unsuitable(
                f"scikit-learn has no classifier or regressor '{name}'",
                "estimator",
                nearest(name, list(known)),
            )
        found = known[name]
    taken = list(signature(found).parameters)
    for group, parameter in parameters:
        if parameter not in taken:
            raise Unsuitable(
                f"{name} has no parameter '{parameter}'",
                f"fitParam.{group}.{parameter}",
                nearest(parameter, taken) or f"it has: {', '.join(taken)}",
            )
    return found


def features_in(schema: pa.Schema, label: str, features: Sequence[str]) -> list[str]:
    """The feature columns: those that were named, else all but the label.

    Raises Unsuitable for a column that is not there, or is neither number nor boolean.
    """
    import pyarrow as pa

    for key, names in (("label", [label]), ("features", features)):
        for name in names:
            if name not in schema.names:
                raise Unsuitable(
                    f"the table has no column '{name}'",
                    key,
                    nearest(name, schema.names) or f"there is: {', '.join(schema.names)}",
                )
    if label in features:
        raise Unsuitable(f"'{label}' is the label and cannot be a feature too", "features")
    chosen = list(features) or [name for name in schema.names if name != label]
    if not chosen:
        raise Unsuitable("the table has no column beside the label", "features")
    is_a = pa.types
    for name in (label, *chosen):
        kind = schema.field(name).type
        number = is_a.is_integer(kind) or is_a.is_floating(kind) or is_a.is_decimal(kind)
        if not (number or is_a.is_boolean(kind)):
            raise Unsuitable(
                f"column '{name}' is {kind}, and SKLearn takes numbers and booleans alone",
                "label" if name == label else "features",
                "make a number of it in SQL"
                + ("" if name == label else ", or name the columns to use by features=…"),
            )
    return chosen


def frame_of(table: Any, label: str, features: Sequence[str]) -> Any:
    """The label and the features of a TaskTable as a pandas data frame without nulls.

    Raises Unsuitable for nulls, which scikit-learn would take for NaN.
    """
    import pyarrow as pa

    features_in(table.schema, label, features)
    columns = table.to_arrow().select([label, *features])
    for at, (name, column) in enumerate(zip(columns.schema.names, columns.columns, strict=True)):
        if column.null_count:
            raise Unsuitable(
                f"column '{name}' of '{table.name}' has {column.null_count:,} nulls",
                "label" if name == label else "features",
                "leave the rows out or fill them in SQL: coalesce(…, 0)",
            )
        if pa.types.is_decimal(column.type):
            columns = columns.set_column(at, name, column.cast(pa.float64()))
    return columns.to_pandas()


def train(
    estimator: str, label: str, features: list[str], parameters: list[tuple[int, str]]
) -> None:
    """Fit the estimator with the parameters of this task's group, score it and save it."""
    from plait import task

    made = estimator_class(estimator, parameters)
    features = features_in(task.data.schema, label, features)
    frame = frame_of(task.data, label, features)
    task.log(f"fitting {estimator} on {len(frame):,} rows and {len(features)} features")
    model = made(**task.params).fit(frame[features], frame[label])
    if task.validation is not None:
        frame = frame_of(task.validation, label, features)
    score = float(model.score(frame[features], frame[label]))

    from sklearn.base import is_classifier

    task.log_metric("accuracy" if is_classifier(model) else "r2", score)
    task.log_metric("score", score)
    task.save_model(model, features=features)


_SHIPPED: tuple[Any, ...] = (Unsuitable, nearest, estimator_class, features_in, frame_of, train)

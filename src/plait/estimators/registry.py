"""The estimators by the names under which the plan knows them."""

from __future__ import annotations

from collections.abc import Mapping

from plait.estimators.base import Estimator
from plait.estimators.python_alg import PythonAlg
from plait.estimators.sklearn import SKLearn

ESTIMATORS: Mapping[str, Estimator] = {
    "PythonAlg": PythonAlg(),
    "SKLearn": SKLearn(),
}

"""Size of files and functions, and documented public names."""

from __future__ import annotations

import ast
import inspect

import pytest

import plait
from tests.architecture.repository import ROOT, SOURCE

MODULES = sorted(SOURCE.rglob("*.py"))
LONGEST_FILE, LONGEST_FUNCTION = 600, 60


@pytest.mark.parametrize("path", MODULES, ids=lambda p: str(p.relative_to(SOURCE)))
def test_files_and_functions_stay_small(path) -> None:
    text = path.read_text("utf-8")
    lines = text.count("\n")
    assert lines <= LONGEST_FILE, f"{path.relative_to(ROOT)} has {lines} lines"
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            assert node.end_lineno is not None
            length = node.end_lineno - node.lineno + 1
            assert length <= LONGEST_FUNCTION, f"{node.name} has {length} lines"


@pytest.mark.parametrize("name", plait.__all__)
def test_public_names_exist_and_are_documented(name: str) -> None:
    value = getattr(plait, name)
    if name == "__version__":
        assert value == plait.__version__
        return
    assert inspect.getdoc(value), f"plait.{name} says nothing about itself"
    undocumented = [
        member
        for member, made in vars(value).items()
        if inspect.isclass(value)
        and not member.startswith("_")
        and (inspect.isfunction(made) or isinstance(made, property))
        and not made.__doc__
    ]
    assert not undocumented, f"plait.{name}: {', '.join(undocumented)} say nothing"


def test_all_names_are_all() -> None:
    assert set(plait.__all__) == {*plait._HOME, "__version__"}
    assert list(plait.__all__) == sorted(plait.__all__)


def test_version_is_the_packages() -> None:
    from importlib.metadata import version

    assert version("plait") == plait.__version__


def test_public_names_stand_in_the_docs() -> None:
    text = "\n".join(page.read_text("utf-8") for page in (ROOT / "docs").glob("*.md"))
    missing = [name for name in plait.__all__ if name not in text and name != "__version__"]
    assert not missing


def test_task_names_stand_in_the_guide() -> None:
    from plait import task

    guide = (ROOT / "docs" / "pythonalg.md").read_text("utf-8")
    missing = [name for name in task.__all__ if f"{name}" not in guide]
    assert not missing


def test_options_stand_in_the_estimators_pages() -> None:
    from plait.plan.estimator_options import PREDICT_OPTIONS
    from plait.plan.estimators import ESTIMATORS

    for name, spec in ESTIMATORS.items():
        page = (ROOT / "docs" / f"{name.lower()}.md").read_text("utf-8")
        keys = [option.key for option in (*spec.of_train(), *PREDICT_OPTIONS)]
        assert sorted({key for key in keys if f"`{key}`" not in page}) == [], name

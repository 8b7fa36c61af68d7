from __future__ import annotations

import sys

import pytest

from plait.compute.environment import parse
from plait.compute.requirements import PYTHON, own_requirements
from plait.errors import OptionError
from tests.compute.conftest import code


def wanted(text: str) -> list[str]:
    spec = parse(code(text))
    assert spec is not None
    return [r for r in spec.requirements if r not in own_requirements()]


@pytest.mark.parametrize("text", ["", "\n", "  \n\t\n", "# nothing\n"])
def test_nothing_in_the_text_means_the_platform_itself(text: str) -> None:
    assert parse(code(text)) is None


def test_requirement_lines() -> None:
    text = "numpy>=1.26,<3  # arrays\n\n# comment\nscikit-learn==1.5.2\n--find-links /wheels\n"
    assert wanted(text) == ["--find-links /wheels", "numpy>=1.26,<3", "scikit-learn==1.5.2"]


def test_every_environment_holds_the_same_ray() -> None:
    import ray

    spec = parse(code("six"))
    assert spec is not None
    assert f"ray=={ray.__version__}" in spec.requirements
    assert {"pyarrow", "cloudpickle"} < set(spec.requirements)


@pytest.mark.parametrize(
    ("conda", "pip"),
    [
        ("numpy", "numpy"),
        ("numpy=1.26", "numpy==1.26.*"),
        ("numpy==1.26.4", "numpy==1.26.4"),
        ("numpy=1.26.4=py311_0", "numpy==1.26.4.*"),
        ("numpy 1.26.*", "numpy==1.26.*"),
        ("numpy>=1.26,<2", "numpy>=1.26,<2"),
        ("numpy >=1.26.*", "numpy>=1.26"),
        ("conda-forge::pytorch=2.4", "torch==2.4.*"),
        ("ray-default", "ray[default]"),
    ],
)
def test_conda_packages_as_pip_writes_them(conda: str, pip: str) -> None:
    assert wanted(f"dependencies:\n  - {conda}\n") == [pip]


def test_conda_yaml() -> None:
    text = f"""name: demo
channels:
  - conda-forge
dependencies:
  - python={PYTHON}
  - pip
  - cudatoolkit=11
  - pip:
    - six==1.16.0
"""
    spec = parse(code(text))
    assert spec is not None
    assert "six==1.16.0" in spec.requirements
    assert not any(r.startswith(("python", "pip", "cuda")) for r in spec.requirements)
    assert len(spec.notices) == 2


@pytest.mark.parametrize(
    ("text", "line", "says"),
    [
        ("six\nnumpy=>1\n", 11, "numpy=>1"),
        ("six\n-r other.txt\n", 11, "-r"),
        ("dependencies:\n  - six\n  - numpy=1|2\n", 12, "alternatives"),
        ("dependencies:\n  - conda:\n    - six\n", 11, "pip:"),
        ("dependencis:\n  - six\nname: x\n", 10, "dependencis"),
        ("dependencies:\n  - six\n   - bad\n  : [\n", 13, "not YAML"),
        ("name: x\ndependencies: six\n", 11, "not a list"),
        ("dependencies:\n  - python=2.7\n", 11, f"Python {PYTHON}"),
    ],
)
def test_what_is_wrong_is_shown_at_its_line(text: str, line: int, says: str) -> None:
    with pytest.raises(OptionError) as caught:
        parse(code(text))
    assert caught.value.span is not None
    assert (caught.value.span.file, caught.value.span.line) == ("demo.mlsql", line)
    assert says in caught.value.message
    assert caught.value.span.underlined()


def test_the_running_python_is_accepted_in_every_spelling() -> None:
    minor = sys.version_info.minor
    for text in (f"={PYTHON}", f"=={PYTHON}.1", f">={PYTHON}", f">=3.{minor},<3.{minor + 1}", ""):
        assert wanted(f"dependencies:\n  - python{text}\n") == []

from __future__ import annotations

import re
import sys

import pytest

from plait.compute import conda_names
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
        ("scikit-learn[version='>=1.5,<2', build=py311_0]", "scikit-learn>=1.5,<2"),
        ("pandas=2.*=py311*", "pandas==2.*"),
        ("pandas=2.2*", "pandas==2.2.*"),
        ("scipy=*=nomkl", "scipy"),
        ("numpy=2.3.0rc1", "numpy==2.3.0rc1"),
        ("ruamel.yaml", "ruamel.yaml"),
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
    "name",
    [
        "hdf5=1.14",
        "nodejs",
        "r-base",
        "r-dplyr=1.1",
        "libxgboost",
        "blas=*=openblas",
        "libgomp",
        "_libgcc_mutex=0.1=main",
        "xorg-libx11",
        "font-ttf-inconsolata",
        "arrow-cpp",
        "zstd",
        "xxhash",
        "h3",
        "gcc_linux-64",
        "vs2015_runtime",
    ],
)
def test_what_is_no_python_package_is_never_asked_for(name: str) -> None:
    spec = parse(code(f"dependencies:\n  - {name}\n"))
    assert spec is not None
    assert set(spec.requirements) == set(own_requirements())
    (notice,) = spec.notices
    assert notice.startswith(re.split("[= ]", name)[0])


def test_a_conda_name_that_is_not_known_is_never_asked_for() -> None:
    with pytest.raises(OptionError, match="conda's 'no-such-name' is") as caught:
        parse(code("dependencies:\n  - six\n  - no-such-name=2\n"))
    assert caught.value.span is not None and caught.value.span.line == 12
    assert "below '- pip:'" in (caught.value.hint or "")
    assert wanted("dependencies:\n  - pip:\n    - no-such-name==2\n") == ["no-such-name==2"]


def test_the_names_of_both_worlds_are_disjoint() -> None:
    for name in (*conda_names._SAME, *conda_names._RENAMED):
        assert conda_names.on_the_index(name), name
        assert not conda_names.is_no_python_package(name), name


def test_lines_as_editors_and_pip_write_them() -> None:
    assert wanted("\ufeffsix\n") == ["six"]
    assert wanted("\ufeffdependencies:\n  - six\n") == ["six"]
    assert wanted("numpy>=1.26, \\\n  <3  # arrays\nsix\\") == ["numpy>=1.26,   <3", "six"]


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
        ("dependencies:\n  - python=3.8*\n", 11, f"Python {PYTHON}"),
        ("dependencies:\n  - numpy[track_features=mkl]\n", 11, "track_features=mkl"),
        ("six\\\n\nnumpy==1 \\\n  --hash=sha256:00\n", 12, "hashes"),
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

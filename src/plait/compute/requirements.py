"""The text of an environment (conda yaml or requirements lines) as one list for uv."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from importlib.metadata import version
from typing import Any

from plait.compute.conda_names import is_no_python_package, on_the_index
from plait.errors import OptionError, Span, suggestion
from plait.plan.steps import Code

PYTHON = f"{sys.version_info.major}.{sys.version_info.minor}"

_YAML_KEYS = ("name", "channels", "dependencies", "prefix", "variables")
_IS_YAML = re.compile(rf"^({'|'.join(_YAML_KEYS)})\s*:", re.MULTILINE)
_CONDA = re.compile(
    r"^(?:[\w.\-/]+::)?(?P<name>[A-Za-z0-9_][\w.\-]*)"
    r"\s*(?P<version>(?:[<>=!~*]|\s[\d]|\s\*)[^\[\]]*)?\s*(?:\[(?P<keys>[^\[\]]*)\])?$"
)
_KEY = re.compile(r"\s*(\w+)\s*=\s*(?:'([^']*)'|\"([^\"]*)\"|([^\s,'\"]+))\s*(?:,|$)")
# What says where conda finds a package, or which build of it: nothing to pip.
_CONDAS_OWN_KEYS = ("build", "build_number", "channel", "subdir", "url", "md5", "sha256", "fn")
_CONSTRAINT = re.compile(r"^(===|==|>=|<=|!=|~=|=|<|>)?\s*([\w.*+!\-]+)$")

_REQUIREMENT_OPTIONS = ("--index-url", "--extra-index-url", "--find-links", "-i", "-f")


@dataclass(frozen=True, slots=True)
class EnvironmentSpec:
    """What an environment has to hold, as requirement lines in a fixed order.

    code: where it was written. notices: a sentence for each part of the text that was left out.
    """

    requirements: tuple[str, ...]
    python: str
    code: Code
    notices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Line:
    """One requirement as it was written: its line and column in the text, from 0."""

    text: str
    line: int
    column: int
    conda: bool


def own_requirements() -> tuple[str, ...]:
    """What every environment needs so that Ray can run a task of plait in it."""
    return (f"ray=={version('ray')}", "pyarrow", "cloudpickle", "fsspec")


def parse(code: Code) -> EnvironmentSpec | None:
    """An environment's text as a specification, without touching disk or network.

    A conda yaml (`dependencies`, with a `pip` section) is translated; else every line is a
    requirement. None: there is nothing in the text, and the platform's own interpreter
    will do. Raises OptionError at the line that is wrong.
    """
    code = replace(code, text=code.text.removeprefix("\ufeff"))
    if not code.text.strip():
        return None
    notices: list[str] = []
    lines = _from_yaml(code, notices) if _IS_YAML.search(code.text) else list(_plain(code))
    if not lines and not notices:
        return None
    found = {*own_requirements()}
    for line in lines:
        text = _from_conda(code, line, notices) if line.conda else _checked(code, line)
        if text is not None:
            found.add(text)
    return EnvironmentSpec(tuple(sorted(found)), PYTHON, code, tuple(notices))


def _plain(code: Code) -> Iterator[_Line]:
    """Each requirement; one whose line ends with a backslash goes on in the next."""
    lines = enumerate(code.text.splitlines())
    for number, line in lines:
        text = line
        while text.endswith("\\"):
            text = text[:-1] + next(lines, (0, ""))[1]
        text = re.sub(r"(^|\s)#.*$", "", text).strip()
        if text:
            yield _Line(text, number, len(line) - len(line.lstrip()), conda=False)


def _from_yaml(code: Code, notices: list[str]) -> list[_Line]:
    import yaml

    try:
        root = yaml.compose(code.text, Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as problem:
        mark = problem.problem_mark
        at = _Line("", mark.line if mark else 0, mark.column if mark else 0, conda=True)
        raise _wrong(code, at, f"not YAML: {problem.problem}") from None
    except yaml.YAMLError as problem:
        raise _wrong(code, _Line("", 0, 0, conda=True), f"not YAML: {problem}") from None
    if not isinstance(root, yaml.MappingNode):
        raise _wrong(code, _Line("", 0, 0, conda=True), "not a conda environment")
    lines: list[_Line] = []
    for key, value in root.value:
        if key.value not in _YAML_KEYS:
            at = _node(key)
            hint = suggestion(key.value, _YAML_KEYS)
            raise _wrong(code, at, f"unknown key '{key.value}'", hint)
        if key.value == "dependencies":
            lines.extend(_dependencies(code, value))
        elif key.value == "channels":
            notices.append("conda channels are not used: packages come from the Python index")
        elif key.value == "variables":
            notices.append("conda variables are not set; set them in the script: os.environ")
    return lines


def _dependencies(code: Code, node: Any) -> Iterator[_Line]:
    import yaml

    if isinstance(node, yaml.ScalarNode) and not node.value:
        return
    if not isinstance(node, yaml.SequenceNode):
        raise _wrong(code, _node(node), "dependencies is not a list (lines that begin with -)")
    for item in node.value:
        if isinstance(item, yaml.ScalarNode):
            yield _node(item)
            continue
        pairs = item.value if isinstance(item, yaml.MappingNode) else []
        if len(pairs) != 1 or pairs[0][0].value != "pip":
            raise _wrong(code, _node(item), "neither a package nor a 'pip:' list")
        packages = pairs[0][1]
        if isinstance(packages, yaml.SequenceNode):
            for package in packages.value:
                yield _node(package, conda=False)
        elif packages.value:
            raise _wrong(code, _node(packages), "pip is not a list (lines that begin with -)")


def _node(node: Any, *, conda: bool = True) -> _Line:
    text = str(node.value).strip() if isinstance(node.value, str) else ""
    return _Line(text, node.start_mark.line, node.start_mark.column, conda)


def _checked(code: Code, line: _Line) -> str:
    """A pip requirement, or an option about where packages come from, unchanged."""
    from packaging.requirements import InvalidRequirement, Requirement

    text = line.text
    if text.startswith("-"):
        if text.split()[0].split("=")[0] in _REQUIREMENT_OPTIONS:
            return text
        raise _wrong(
            code,
            line,
            f"'{text.split()[0]}' cannot be used here",
            "list the packages themselves; of options there are --index-url, "
            "--extra-index-url and --find-links",
        )
    if re.match(r"^(git\+|https?://|file://|/)", text):
        return text
    if "--hash" in text:
        raise _wrong(code, line, "hashes cannot be used here", "leave --hash=… out")
    try:
        Requirement(text)
    except InvalidRequirement as problem:
        reason = str(problem).splitlines()[0]
        raise _wrong(code, line, f"'{text}' is not a requirement: {reason}") from None
    return text


def _from_conda(code: Code, line: _Line, notices: list[str]) -> str | None:
    """A conda requirement as pip writes it, or None for what is no Python package.

    Raises OptionError for a name that is not known: whoever has it on the Python index may be
    anybody.
    """
    match = _CONDA.match(line.text)
    if match is None:
        raise _wrong(code, line, f"'{line.text}' is not a conda package such as numpy=1.26")
    name, written = match["name"], (match["version"] or "").strip()
    constraints = _constraints(code, line, _keyed_version(code, line, match["keys"]) or written)
    if name.lower() == "python":
        _same_python(code, line, constraints)
        return None
    if is_no_python_package(name):
        if name.lower() != "pip":
            notices.append(f"{name} is no Python package and is not installed")
        return None
    known = on_the_index(name)
    if known is None:
        raise _wrong(
            code,
            line,
            f"it is not known which package of the Python index conda's '{name}' is",
            "if it is a Python package, write its name on the index below '- pip:'; "
            "if not, leave it out",
        )
    return _checked(code, _Line(known + constraints, line.line, line.column, conda=False))


def _keyed_version(code: Code, line: _Line, keys: str | None) -> str:
    """The version of `name[version='>=1', build=…]`."""
    version, at = "", 0
    while keys is not None and at < len(keys):
        found = _KEY.match(keys, at)
        if found is None or found[1] not in (*_CONDAS_OWN_KEYS, "version"):
            raise _wrong(code, line, f"'{line.text}': '[{keys}]' is not understood")
        version = found[2] or found[3] or found[4] if found[1] == "version" else version
        at = found.end()
    return version


def _constraints(code: Code, line: _Line, written: str) -> str:
    """`=1.26`, `1.26.*`, `>=1,<2`, `==1.26.4=py311_0`, `*=openblas` → what pip reads."""
    if not written:
        return ""
    if "|" in written:
        raise _wrong(code, line, f"'{line.text}': alternatives with | are not understood")
    parts: list[str] = []
    for part in written.split(","):
        part = re.sub(r"^((?:[<>=!~]+)?\s*[^\s=<>!~]+)(?:=|\s+)[\w.*\-]+$", r"\1", part.strip())
        match = _CONSTRAINT.match(part)
        if match is None:
            raise _wrong(code, line, f"'{line.text}': '{part}' is not a version")
        operator, number = match[1] or "==", re.sub(r"(?<=[\w])\*$", ".*", match[2])
        if number == "*":
            continue
        if operator == "=":
            # A release candidate is one version: `.*` cannot stand behind it.
            operator, number = "==", f"{number}.*" if re.fullmatch(r"[\d.]+", number) else number
        if operator not in ("==", "!=", "==="):
            number = number.removesuffix(".*")
        parts.append(operator + number)
    return ",".join(parts)


def _same_python(code: Code, line: _Line, constraints: str) -> None:
    """Ray needs the same Python everywhere: refuse another one than the platform's."""
    from packaging.specifiers import InvalidSpecifier, SpecifierSet

    micro = f"{PYTHON}.{sys.version_info.micro}"
    exact = re.fullmatch(r"==(\d+\.\d+)(\.\d+)?", constraints)
    try:
        fits = exact[1] == PYTHON if exact else SpecifierSet(constraints).contains(micro)
    except InvalidSpecifier:
        raise _wrong(code, line, f"'{line.text}' is not a version of Python") from None
    if not fits:
        raise _wrong(
            code,
            line,
            f"'{line.text}': the cluster runs Python {PYTHON}, and Ray needs the same one "
            "in every environment",
            f"write python={PYTHON}, leave the line out, or run plait with the other Python",
        )


def _wrong(code: Code, line: _Line, message: str, hint: str | None = None) -> OptionError:
    texts = code.text.splitlines() or [""]
    text = texts[min(line.line, len(texts) - 1)]
    length = max(1, len(line.text)) if line.text else max(1, len(text) - line.column)
    span = Span(code.file, code.first_line + line.line, line.column + 1, length, text)
    return OptionError(f"environment '{code.name}': {message}", span=span, hint=hint or None)

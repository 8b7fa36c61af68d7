"""The variables that a command line gives to a script: `--var` and `--vars`."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from plait.cli.invocation import Invocation
from plait.errors import UsageError, suggestion

_ENDINGS = (".toml", ".yaml", ".yml", ".json")


def variables_of(call: Invocation, text: str) -> dict[str, str]:
    """The variables for the script `text`; those of `--var` win over those of the file.

    Raises UsageError for a file that cannot be read and for a variable that the script does not
    have, and what parsing the script raises.
    """
    options = call.options
    from_file = {} if options.vars is None else _read(Path(options.vars))
    given = {**from_file, **dict(options.var)}
    if given:
        _check_names(given, from_file, text, call.file)
    return given


def _check_names(
    given: Mapping[str, str], from_file: Mapping[str, str], text: str, file: str
) -> None:
    from plait.lang.parser import parse
    from plait.lang.template import mentioned

    if mentioned(text).issuperset(given):
        return
    known = parse(text, file, given).names
    for name in given:
        if name not in known:
            where = "--vars" if name in from_file else "--var"
            hint = suggestion(name, sorted(known)) or "the script has no variables"
            raise UsageError(f"{where} {name}: the script has no variable '{name}'", hint=hint)


def _read(path: Path) -> dict[str, str]:
    """The names and values of a file. Raises UsageError."""
    if path.suffix.lower() not in _ENDINGS:
        raise UsageError(f"--vars: '{path}' is none of {', '.join(_ENDINGS)}")
    try:
        found = _parsed(path)
    except OSError as problem:
        raise UsageError(f"--vars: '{path}' cannot be read: {problem.strerror}") from None
    except ValueError as problem:
        raise UsageError(f"--vars: '{path}' cannot be read", cause=str(problem)) from None
    if not isinstance(found, dict):
        raise UsageError(f"--vars: '{path}' does not hold names with values")
    return {str(name): _text(str(name), value, path) for name, value in found.items()}


def _parsed(path: Path) -> Any:
    text = path.read_text(encoding="utf-8-sig")
    match path.suffix.lower():
        case ".toml":
            return tomllib.loads(text)
        case ".json":
            return json.loads(text)
        case _:
            import yaml

            try:
                return yaml.safe_load(text)
            except yaml.YAMLError as problem:
                raise ValueError(str(problem)) from None


def _text(name: str, value: Any, path: Path) -> str:
    """A value as it would be written in the script. Raises UsageError for one of several parts."""
    match value:
        case bool():
            return str(value).lower()
        case None | dict() | list():
            raise UsageError(
                f"--vars: '{name}' in '{path}' is no single value",
                hint="a variable is text, a number, true, false or a date",
            )
        case _:
            return str(value)

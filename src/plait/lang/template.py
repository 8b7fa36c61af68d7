"""`${variables}`: where they come from, and how text is expanded.

Expansion is one pass: what a variable's value holds is never expanded again, so a value can
neither end a statement nor close a string of MLSQL. `\\${` stands for the text `${`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from plait.errors import Span, UsageError

Unknown = Callable[[str | None, int, int], str]
"""Called with a variable's name (None: `${` without a name), offset and length; gives the
text to put there."""

_variable = re.compile(r"\\\\|\\\$\{|\$\{([^{}]*)\}|\$\{")
_escaped = {
    quote: re.compile(rf"\\[\\{quote}nt]|\\\$\{{|\$\{{([^{{}}]*)\}}|\$\{{") for quote in "\"'"
}
_ESCAPES = {"n": "\n", "t": "\t"}


@dataclass(frozen=True, slots=True)
class Variable:
    """A variable's value and where its text begins: `text_line` of `file`.

    One that the command line gave has the file `--var`. earlier: it was set by another script
    of the same session, so that a `defaultParam` of this one makes it anew.
    """

    value: str
    text_line: int
    span: Span
    file: str
    earlier: bool = False


def from_command_line(values: Mapping[str, str]) -> dict[str, Variable]:
    """The command line's `--var` values as variables. Raises UsageError for bad text."""
    found: dict[str, Variable] = {}
    for name, value in values.items():
        if not valid_name(name):
            raise UsageError(
                f"'{name}' cannot be the name of a variable", hint="write --var name=value"
            )
        if "\0" in value or any("\ud800" <= c <= "\udfff" for c in value):
            raise UsageError(f"the value of --var {name} is not valid text")
        found[name] = Variable(value, 1, Span("--var", 1, 1, len(name)), "--var")
    return found


def valid_name(name: str) -> bool:
    """Whether `${name}` can mean this name."""
    return bool(name) and name == name.strip() and not re.search(r"[{}\x00-\x1f]", name)


def mentioned(text: str) -> frozenset[str]:
    """The names of all variables that a text reads as `${name}`."""
    names = (match[1] for match in _variable.finditer(text))
    return frozenset(name.strip() for name in names if name is not None)


def expand(text: str, variables: Mapping[str, Variable], unknown: Unknown) -> str:
    """`text` with its `${name}`s replaced; everything else stays as it is.

    `unknown` is called for what is no variable, with the offset in `text`.
    """
    if "${" not in text:
        return text
    return _variable.sub(_replacer(variables, unknown), text)


def expand_quoted(
    text: str, quote: str, variables: Mapping[str, Variable], unknown: Unknown
) -> str:
    """The same inside "…" or '…', where \\n, \\t, \\\\ and the escaped quote mean a character."""
    if "\\" not in text and "${" not in text:
        return text
    replace = _replacer(variables, unknown)

    def each(match: re.Match[str]) -> str:
        written = match[0]
        if written[0] == "\\" and written != "\\${":
            return _ESCAPES.get(written[1], written[1])
        return replace(match)

    return _escaped[quote].sub(each, text)


def _replacer(
    variables: Mapping[str, Variable], unknown: Unknown
) -> Callable[[re.Match[str]], str]:
    def replace(match: re.Match[str]) -> str:
        written = match[0]
        if written == "\\${":
            return "${"
        if written[0] == "\\":
            return written
        name = match[1].strip() if match[1] is not None else None
        variable = variables.get(name) if name else None
        if variable is None:
            return unknown(name or None, match.start(), len(written))
        return variable.value

    return replace

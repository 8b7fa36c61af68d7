"""Takes expressions of SQL apart: at their commas, and from the names that they are given."""

from __future__ import annotations

import re

from plait.lang.sqltext import code_of, value_of

_TEXT = re.compile(r"r?'[^'\\]*'|r?\"[^\"\\]*\"|'(?:[^'\\]|\\[\\'$])*'", re.IGNORECASE)
_KINDS = {
    "text": re.compile(r"'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\"", re.DOTALL),
    "integer": re.compile(r"-?\d+L?", re.IGNORECASE),
    "number": re.compile(r"-?(?:\d+\.\d*|\.\d+|\d+(?=[ed]))(?:e-?\d+)?d?", re.IGNORECASE),
}
_ALIAS = re.compile(r"\s+as\s+(?:\w+|`[^`]+`)$", re.IGNORECASE)


def top_level(text: str) -> list[str]:
    """The parts of `text` between its commas outside of brackets and literals."""
    code, depth, begin, found = code_of(text, "_"), 0, 0, []
    for index, character in enumerate(code):
        depth += (character in "([") - (character in ")]")
        if character == "," and depth == 0:
            found.append(text[begin:index].strip())
            begin = index + 1
    last = text[begin:].strip()
    return [*found, last] if found or last else []


def inside(text: str, function: str) -> list[str] | None:
    """The arguments of a text that is one call of `function`, or None."""
    opening = re.match(rf"{function}\s*\(", text, re.IGNORECASE)
    if opening is None or not text.endswith(")"):
        return None
    depth = 0
    for index, character in enumerate(code_of(text, "_")):
        depth += (character == "(") - (character == ")")
        if depth == 0 and character == ")" and index < len(text) - 1:
            return None
    return top_level(text[opening.end() : -1])


def aliased(expression: str) -> str:
    """An expression without the name that AS gives it."""
    found = _ALIAS.search(expression)
    return expression if found is None else expression[: found.start()]


def text_value(argument: str) -> str | None:
    """The value of an argument that is a text literal without special characters, or None."""
    return value_of(argument) if _TEXT.fullmatch(argument) else None


def kind_of(argument: str) -> str | None:
    """'text', 'integer' or 'number' for a literal, and None for what is no literal of these."""
    for kind, form in _KINDS.items():
        if form.fullmatch(argument):
            return kind
    return None

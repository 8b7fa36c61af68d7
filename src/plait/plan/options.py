"""Options of statements: each has a type, and an unknown one is an error."""

from __future__ import annotations

import codecs
from collections.abc import Callable, Sequence

from plait.errors import OptionError, suggestion
from plait.lang.statements import Option
from plait.plan.formats import OptionSpec
from plait.plan.steps import OptionValue, TypedOptions
from plait.settings import parse_size

_BOOLEANS = {"true": True, "false": False}
# Options whose blanks are part of the value.
_AS_WRITTEN = ("str", "text", "char")


def typed(option: Option, spec: OptionSpec) -> OptionValue:
    """The option's text as the type of its spec. Raises OptionError at the value."""
    try:
        value = _CONVERT[spec.type](
            option.value if spec.type in _AS_WRITTEN else option.value.strip()
        )
    except ValueError as problem:
        raise OptionError(
            f"option '{option.key}' wants {_WANTS[spec.type]}, not '{option.value}'",
            span=option.value_span,
            hint=str(problem) if spec.type == "size" else None,
        ) from None
    if spec.choices and str(value).lower() not in {choice.lower() for choice in spec.choices}:
        raise OptionError(
            f"option '{option.key}' cannot be '{option.value}'",
            span=option.value_span,
            hint=suggestion(option.value, spec.choices),
        )
    return value


def type_options(
    options: Sequence[Option],
    specs: Sequence[OptionSpec],
    what: str,
    report: Callable[[OptionError], None],
) -> TypedOptions:
    """All options of a statement, typed; each wrong one is reported, not raised.

    what: whose options these are, for the message (`load csv`). Keys match in any case and
    come back as the spec writes them.
    """
    by_key = {spec.key.lower(): spec for spec in specs}
    found: list[tuple[str, OptionValue]] = []
    for option in options:
        spec = by_key.get(option.key.lower())
        if spec is None:
            report(unknown(option, [s.key for s in specs], what))
            continue
        try:
            found.append((spec.key, typed(option, spec)))
        except OptionError as error:
            report(error)
    return tuple(found)


def unknown(option: Option, keys: Sequence[str], what: str) -> OptionError:
    """The error for an option that `what` does not have."""
    return OptionError(
        f"{what} has no option '{option.key}'", span=option.span, hint=suggestion(option.key, keys)
    )


def _bool(text: str) -> bool:
    if text.lower() not in _BOOLEANS:
        raise ValueError(text)
    return _BOOLEANS[text.lower()]


def _text(text: str) -> str:
    if not text:
        raise ValueError(text)
    return text


def _char(text: str) -> str:
    if len(text) > 1:
        raise ValueError(text)
    return text


def _encoding(text: str) -> str:
    try:
        codecs.lookup(text)
    except LookupError:
        raise ValueError(text) from None
    return text


_CONVERT: dict[str, Callable[[str], OptionValue]] = {
    "str": str,
    "text": _text,
    "char": _char,
    "encoding": _encoding,
    "int": int,
    "float": float,
    "bool": _bool,
    "size": parse_size,
}
_WANTS = {
    "str": "text",
    "text": "a text that is not empty",
    "char": "one character",
    "encoding": "the name of a character set, such as UTF-8,",
    "int": "a whole number",
    "float": "a number",
    "bool": "true or false",
    "size": "a size such as 512MiB",
}

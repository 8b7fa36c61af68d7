"""Functions of which only some calls are written otherwise, as their arguments show."""

from __future__ import annotations

import re

from plait.engines.sail.functions.model import KEPT, is_random
from plait.engines.sail.functions.split import kind_of, text_value
from plait.lang.sqltext import literal_of

_DAY = "dayofweek({0})"
_ISO_DAY = "((dayofweek({0}) + 5) % 7 + 1)"
# The year of a week is that of its Thursday.
_ISO_YEAR = "year(date_add(cast({0} as date), 3 - (dayofweek({0}) + 5) % 7))"
_PARTS = {
    "dow": _DAY,
    "dayofweek": _DAY,
    "dow_iso": _ISO_DAY,
    "dayofweek_iso": _ISO_DAY,
    "yearofweek": _ISO_YEAR,
}
_FROM = re.compile(r"(\w+)\s+from\s+(.*)", re.IGNORECASE | re.DOTALL)
_NUMBER = re.compile(r"\d+")
_GROUP = re.compile(r"\\(.)|\$(\d)(\d*)", re.DOTALL)
_OTHER_REPLACEMENT = re.compile(r"\$\d\w|\\")
_WIDEST = {"integer": "bigint", "number": "double"}


def date_part(arguments: tuple[str, ...], _: str) -> str | None:
    """date_part('dow', d): Sail counts the days of a week from 0, and lacks some parts."""
    if len(arguments) != 2 or (name := text_value(arguments[0])) is None:
        return KEPT
    return _part(name, arguments[1])


def extract(arguments: tuple[str, ...], _: str) -> str | None:
    """extract(dow from d), as `date_part`."""
    found = _FROM.fullmatch(arguments[0]) if len(arguments) == 1 else None
    return KEPT if found is None else _part(found[1], found[2])


def _part(name: str, value: str) -> str | None:
    form = _PARTS.get(name.lower())
    if form is None:
        return KEPT
    return None if form.count("{0}") > 1 and is_random(value) else form.format(value)


def decode(arguments: tuple[str, ...], _: str) -> str | None:
    """decode(x, case, result, …, else); of two arguments it decodes bytes."""
    if len(arguments) < 3:
        return KEPT
    value, *cases = arguments
    results = cases[1::2]
    last = [cases[-1]] if len(cases) % 2 else []
    kinds = {kind_of(one) for one in [*results, *last]}
    if is_random(value) or len(kinds - {None}) > 1 or (None in kinds and not last):
        return None
    pairs = zip(cases[::2], results, strict=False)
    whens = " ".join(f"when {value} <=> {case} then {result}" for case, result in pairs)
    if last:
        return f"case {whens} else {last[0]} end"
    # Without an else it is a null text in Spark, which turns numbers into their widest type.
    widest = _WIDEST.get(kinds.pop() or "")
    return f"case {whens} end" if widest is None else f"cast(case {whens} end as {widest})"


def split(arguments: tuple[str, ...], _: str) -> str | None:
    """split at a pattern that matches only the empty text gives the characters."""
    pattern = text_value(arguments[1]) if len(arguments) == 2 else None
    characters = f"regexp_extract_all({arguments[0]}, '(?s).', 0)"
    if pattern == "":
        if is_random(arguments[0]):
            return None
        return f"if({arguments[0]} = '', array(''), {characters})"
    # An alternative of nothing and nothing: Java finds it at the end as well.
    return f"concat({characters}, array(''))" if pattern == "|" else KEPT


def regexp_replace(arguments: tuple[str, ...], _: str) -> str | None:
    """regexp_replace from a position, and with Java's way to write a replacement."""
    if len(arguments) not in (3, 4):
        return KEPT
    text, pattern, replacement = arguments[:3]
    value = text_value(replacement)
    if value is not None and _OTHER_REPLACEMENT.search(value):
        written = _replacement(value, text_value(pattern))
        if written is None:
            return None
        replacement = literal_of(written)
    elif len(arguments) == 3:
        return KEPT
    position = arguments[3] if len(arguments) == 4 else "1"
    if not _NUMBER.fullmatch(position) or position == "0":
        return None
    if position == "1":
        return f"regexp_replace({text}, {pattern}, {replacement})"
    if is_random(text):
        return None
    return (
        f"if(length({text}) < {position}, {text}, concat(left({text}, {int(position) - 1}), "
        f"regexp_replace(substring({text}, {position}), {pattern}, {replacement})))"
    )


def _replacement(value: str, pattern: str | None) -> str | None:
    """A replacement of Java as Sail reads it, or None where that is not sure."""
    references = re.findall(r"\$(\d*)", re.sub(r"\\.", "", value, flags=re.DOTALL))
    try:
        groups = re.compile(pattern).groups if pattern is not None else None
    except re.error:
        groups = None
    known = groups is not None and groups < 10
    if re.search(r"(?<!\\)(?:\\\\)*\\(?:$|\\\d)", value) or any(
        not one or (len(one) > 1 and not known) or (groups is not None and int(one[0]) > groups)
        for one in references
    ):
        return None

    def written(found: re.Match[str]) -> str:
        if found[1] is not None:
            return "$$" if found[1] == "$" else found[1]
        return f"${{{found[2]}}}{found[3]}"

    return _GROUP.sub(written, value)

"""Aggregates that Sail answers otherwise."""

from __future__ import annotations

import re

from plait.engines.sail.functions.model import KEPT, Make, is_random
from plait.engines.sail.functions.split import aliased, inside

_MAKES_NESTED = re.compile(r"(array|named_struct|struct)\s*\(", re.IGNORECASE)
_NESTED = re.compile(r"\s*(?:array|named_struct|struct|map)\s*\(", re.IGNORECASE)


def percentile(arguments: tuple[str, ...], rest: str) -> str | None:
    """percentile_approx: the value at its place among all in order, so one that occurs."""
    if len(arguments) not in (2, 3) or is_random(*arguments):
        return None
    value, share = arguments[:2]
    shares = inside(share, "array")
    if shares is None:
        return _at(value, share, rest)
    found = ", ".join(_at(value, one, rest) for one in shares)
    return f"if(count({value}){rest} = 0, null, array({found}))"


def _at(value: str, share: str, rest: str) -> str:
    place = f"cast(greatest(ceil(cast({share} as double) * count({value}){rest}), 1) as int)"
    return f"get(sort_array(collect_list({value}){rest}), {place} - 1)"


def extreme(name: str) -> Make:
    """max and min of a struct or an array that is made in place: null is the smallest there."""

    def make(arguments: tuple[str, ...], rest: str) -> str | None:
        if len(arguments) != 1 or _MAKES_NESTED.match(arguments[0]) is None:
            return KEPT
        values = _values(arguments[0])
        if values is None or is_random(arguments[0]):
            return None
        key = ", ".join(f"{value} is not null, {value}" for value in values)
        return f"{name}_by({arguments[0]}, struct({key})){rest}"

    return make


def _values(nested: str) -> list[str] | None:
    """What an array or struct is made of, or None where that does not show."""
    kind = _MAKES_NESTED.match(nested)
    found = inside(nested, kind[1]) if kind is not None else None
    if kind is None or not found:
        return None
    values = found[1::2] if kind[1].lower() == "named_struct" else [aliased(one) for one in found]
    if any(one.endswith("*") or _NESTED.match(one) for one in values):
        return None
    return [f"({one})" for one in values]

"""Functions that take a lambda of several variables; Sail's take one.

Each variable is bound by a `transform` over an array of one element, so that the lambda's body
stays as it is written.
"""

from __future__ import annotations

import re

from plait.engines.sail.functions.model import Make, is_random

_LAMBDA = re.compile(r"\(\s*(\w+|`[^`]+`)((?:\s*,\s*(?:\w+|`[^`]+`))*)\s*\)\s*->\s*", re.DOTALL)


def zip_with(arguments: tuple[str, ...], _: str) -> str | None:
    """zip_with(a, b, (x, y) -> …), where the shorter array is filled with nulls."""
    body = _bound(arguments[2], "{s}.`0`", "{s}.`1`") if len(arguments) == 3 else None
    if body is None:
        return None
    # coalesce keeps the fields from being called after columns.
    return _over(f"arrays_zip(coalesce({arguments[0]}), coalesce({arguments[1]}))", body)


def transform_map(result: str) -> Make:
    """transform_keys and transform_values. result: SQL with the map `{0}` and the new `{body}`."""

    def make(arguments: tuple[str, ...], _: str) -> str | None:
        body = _bound(arguments[1], "{s}.key", "{s}.value") if len(arguments) == 2 else None
        if body is None or is_random(arguments[0]):
            return None
        entries = _over(f"map_entries({arguments[0]})", body)
        return result.replace("{0}", arguments[0]).replace("{body}", entries)

    return make


def map_zip_with(arguments: tuple[str, ...], _: str) -> str | None:
    """map_zip_with(m, n, (k, v, w) -> …), over the keys of both maps."""
    if len(arguments) != 3 or is_random(*arguments[:2]):
        return None
    one, other, function = arguments
    body = _bound(function, "{s}", f"element_at({one}, {{s}})", f"element_at({other}, {{s}})")
    if body is None:
        return None
    keys = f"array_union(map_keys({one}), map_keys({other}))"
    return f"map_from_arrays({keys}, {_over(keys, body)})"


def _bound(function: str, *values: str) -> str | None:
    """The body of a lambda with its variables bound to `values`, or None if it has others."""
    found = _LAMBDA.match(function)
    if found is None:
        return None
    names = [found[1], *re.findall(r"\w+|`[^`]+`", found[2])]
    if len(names) != len(values):
        return None
    body = function[found.end() :]
    for name, value in reversed(list(zip(names, values, strict=True))):
        body = f"get(transform(array({value}), {name} -> {body}), 0)"
    return body


def _over(array: str, body: str) -> str:
    """`body` for each element `{s}` of an array, under a name that nothing else has."""
    name = next(name for n in range(1000) if (name := f"s{n}") not in body)
    return f"transform({array}, {name} -> {body.replace('{s}', name)})"

"""Floating-point numbers as text: Java writes 1.0E10 and Infinity where Sail has other forms."""

from __future__ import annotations

from typing import Any

from pyspark.sql import types as T  # noqa: N812 - Spark's own convention
from pyspark.sql.types import DataType
from sqlglot import exp

from plait.engines.sail.typed import kinds
from plait.engines.sail.typed.analysis import Analysis, Edit
from plait.engines.sail.typed.scopes import Scope

# Java has an exponent from 10^7 on and below 10^-3. Sail has the digits of a number as Java has
# them, and an exponent only for larger and smaller ones.
_LARGE, _SMALL = range(7, 17), range(4, 6)
_FORMS = (
    *((rf"^(-?[0-9])([0-9]{{{n}}})[.]([0-9]+)$", rf"${{1}}.${{2}}${{3}}E{n}") for n in _LARGE),
    *((rf"^(-?)0[.]0{{{n - 1}}}([1-9])([0-9]*)$", rf"${{1}}${{2}}.${{3}}0E-{n}") for n in _SMALL),
    ("^(-?[0-9])e", "${1}.0e"),
    ("e(-?[0-9]+)$", "E${1}"),
    ("([0-9])0+E", "${1}E"),
    ("^(-?)inf$", "${1}Infinity"),
)


def _as_java(inner: str) -> str:
    for form, instead in _FORMS:
        inner = f"regexp_replace({inner}, '{form}', '{instead}')"
    return inner


def _rewrite(an: Analysis, node: Any, number: Any) -> None:
    """Have `node`, which Sail would make the text of `number`, in Java's form."""
    text = an.text(number)
    if text is None or an.edited(number):
        an.wrong.append("a float or a double as text, in an expression")
        return
    own = "{}" if node is not number else "cast({} as string)"
    size = f"abs({text})"
    an.edits.append(
        Edit(
            node,
            f"case when {size} >= 1e-3 and {size} < 1e7 then {own} "
            f"else {_as_java(f'cast({text} as string)')} end",
        )
    )


def cast(an: Analysis, node: Any, scope: Scope) -> DataType | None:
    """cast(x as t), x::t, and numbers with a letter for their type."""
    kind, to = an.kind(node.this, scope), kinds.written(node.to)
    if kinds.is_text(to) and kinds.is_binary_fraction(kind):
        _rewrite(an, node, node.this)
    return to


def joined(an: Analysis, node: Any, scope: Scope) -> DataType | None:
    """concat, concat_ws and ||: text, unless they join arrays."""
    values = [one for one in node.iter_expressions() if isinstance(one, exp.Expression)]
    found = [an.kind(value, scope) for value in values]
    for value, kind in zip(values, found, strict=True):
        if isinstance(node, exp.ConcatWs) and isinstance(kind, T.ArrayType):
            an.cast(value, T.ArrayType(T.StringType()))
        if kinds.is_binary_fraction(kind):
            _rewrite(an, value, value)
    nested = any(one is None or isinstance(one, T.ArrayType) for one in found)
    return None if nested and not isinstance(node, exp.ConcatWs) else T.StringType()

"""Values that come together in one place: the branches of CASE, arguments of coalesce."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pyspark.sql import types as T  # noqa: N812 - Spark's own convention
from pyspark.sql.types import DataType
from sqlglot import exp

from plait.engines.sail.typed import kinds
from plait.engines.sail.typed.analysis import Analysis
from plait.engines.sail.typed.scopes import Scope

_ATOMS = (T.NumericType, T.DateType, T.TimestampType, T.TimestampNTZType, T.BooleanType)


def case(an: Analysis, node: Any, scope: Scope) -> DataType | None:
    """CASE [value] WHEN … THEN … ELSE … END."""
    if node.this is not None:
        an.kind(node.this, scope)
    values = []
    for one in node.args["ifs"]:
        an.kind(one.this, scope)
        values.append(one.args["true"])
    if node.args.get("default") is not None:
        values.append(node.args["default"])
    return together(an, values, scope)


def condition(an: Analysis, node: Any, scope: Scope) -> DataType | None:
    """if(condition, value, other)."""
    an.kind(node.this, scope)
    values = (node.args["true"], node.args.get("false"))
    return together(an, [one for one in values if one is not None], scope)


def first_of(an: Analysis, node: Any, scope: Scope) -> DataType | None:
    """coalesce and nvl: the arguments brought to one type."""
    return together(an, [node.this, *node.expressions], scope)


def extreme(an: Analysis, node: Any, scope: Scope) -> DataType | None:
    """greatest and least, which do not take text together with other types."""
    values = [node.this, *node.expressions]
    found = [an.kind(value, scope) for value in values]
    known = [kind for kind in found if kind is not None and not isinstance(kind, T.NullType)]
    texts = [kinds.is_text(kind) for kind in known]
    if any(texts) and not all(texts):
        an.wrong.append("text and other types in one call, which Spark refuses")
        return None
    return together(an, values, scope)


def array(an: Analysis, node: Any, scope: Scope) -> DataType | None:
    """array(…)."""
    kind = together(an, node.expressions, scope)
    nulls = not all(isinstance(one, exp.Literal) for one in node.expressions)
    return None if kind is None else T.ArrayType(kind, nulls)


def null_if(an: Analysis, node: Any, scope: Scope) -> DataType | None:
    """nullif(x, y): of the type of x."""
    kind, other = an.kind(node.this, scope), an.kind(node.expression, scope)
    comparable(an, kind, other)
    if kinds.is_text(kind) and kinds.is_number(other):
        an.wrong.append("nullif of a text and a number")
    mixed = kind is not None and other is not None and not kinds.same(kind, other)
    if kind is not None and mixed and kinds.castable(kind):
        an.cast(node, kind)
    return kind


def comparable(an: Analysis, one: DataType | None, two: DataType | None) -> None:
    """Note two types that no type fits, which Spark refuses and Sail may not."""
    if isinstance(one, _ATOMS) and isinstance(two, _ATOMS) and kinds.common([one, two]) is None:
        an.wrong.append(
            f"{one.simpleString()} together with {two.simpleString()}, which Spark refuses"
        )


def comparison(an: Analysis, node: Any, scope: Scope) -> DataType | None:
    """= < > and so on."""
    comparable(an, an.kind(node.this, scope), an.kind(node.expression, scope))
    return T.BooleanType()


def member(an: Analysis, node: Any, scope: Scope) -> DataType | None:
    """x in (…)."""
    found = an.parts(node, scope)
    for one in found[1:]:
        comparable(an, found[0], one)
    return T.BooleanType()


def entries(an: Analysis, node: Any, scope: Scope) -> DataType | None:
    """map(key, value, …)."""
    sides = [node.args.get(name) for name in ("keys", "values")]
    if not all(isinstance(one, exp.Array) for one in sides):
        an.parts(node, scope)
        return None
    key, value = (together(an, one.expressions, scope) for one in sides if one is not None)
    return None if key is None or value is None else T.MapType(key, value)


def together(an: Analysis, values: Sequence[Any], scope: Scope) -> DataType | None:
    """The type that fits all values, to which each other one is cast."""
    found = [an.kind(value, scope) for value in values]
    known = [kind for kind in found if kind is not None]
    if len(known) < len(found):
        if any(kinds.is_number(kind) for kind in known):
            an.unsure = True
        return None
    kind = kinds.common(known)
    if kind is None:
        for one in known[1:]:
            comparable(an, known[0], one)
        return None
    for value, own in zip(values, known, strict=True):
        if isinstance(own, T.NullType) or kinds.same(own, kind):
            continue
        if kinds.castable(kind):
            an.cast(value, kind)
        else:
            an.unsure = True
    return kind

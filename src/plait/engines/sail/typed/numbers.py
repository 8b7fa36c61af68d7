"""Arithmetic, averages and roundings: where Sail's result is another, it is cast to Spark's."""

from __future__ import annotations

from typing import Any

from pyspark.sql import types as T  # noqa: N812 - Spark's own convention
from pyspark.sql.types import DataType, DecimalType
from sqlglot import exp

from plait.engines.sail.typed import kinds
from plait.engines.sail.typed.analysis import Analysis
from plait.engines.sail.typed.scopes import Scope

_DOUBLE = T.DoubleType()
_SMALLEST = {str(2**31): T.IntegerType(), str(2**63): T.LongType()}
_BITS = {T.ByteType: 7, T.ShortType: 15, T.IntegerType: 31, T.LongType: 63}
_SIGNS = {exp.Add: "+", exp.Sub: "-", exp.Mul: "*", exp.Mod: "%", exp.Div: "/"}
_SAIL_ADDS = 4  # a quotient has that many digits more than the dividend on Sail
# A dividend that is widened has room for at least so many digits before its point; a larger
# value fails as an overflow.
_LEAST_WHOLE = 9


def literal(an: Analysis, node: Any, scope: Scope) -> DataType | None:  # noqa: ARG001
    """A number or a text as it is written."""
    return T.StringType() if node.is_string else kinds.number_literal(node.name)


def negative(an: Analysis, node: Any, scope: Scope) -> DataType | None:
    """-x: as x is; the smallest integers are written with their sign."""
    kind = _SMALLEST.get(node.this.name) if isinstance(node.this, exp.Literal) else None
    if kind is None or node.this.is_string:
        return an.kind(node.this, scope)
    an.cast(node, kind)
    return kind


def constant(node: Any) -> int | None:
    """The value of an expression of integers that are written down."""
    match node:
        case exp.Paren():
            return constant(node.this)
        case exp.Literal() if not node.is_string and node.name.isdigit():
            return int(node.name)
        case exp.TryCast() if isinstance(node.this, exp.Literal) and "start" in node.this.meta:
            return int(node.this.name) if node.this.name.isdigit() else None
        case exp.Neg():
            value = constant(node.this)
            return None if value is None else -value
        case exp.Add() | exp.Sub() | exp.Mul():
            left, right = constant(node.this), constant(node.expression)
            if left is None or right is None:
                return None
            values = {exp.Add: left + right, exp.Sub: left - right, exp.Mul: left * right}
            return values[type(node)]
    return None


def operation(an: Analysis, node: Any, scope: Scope) -> DataType | None:
    """+ - * / %, also by their names."""
    left, right = node.this, node.expression
    first, second = an.kind(left, scope), an.kind(right, scope)
    sign = _SIGNS[type(node)]
    if sign == "/" and (kinds.is_binary_fraction(first) or kinds.is_binary_fraction(second)):
        as_doubles(an, (left, first), (right, second))
        return _DOUBLE
    if first is None or second is None:
        known = second if first is None else first
        if sign == "/" or isinstance(known, DecimalType):
            an.unsure = True
        return None
    if isinstance(first, T.NullType) or isinstance(second, T.NullType):
        return second if isinstance(first, T.NullType) else first
    if not (kinds.is_number(first) and kinds.is_number(second)):
        return _of_dates(sign, first, second)
    if isinstance(first, DecimalType) or isinstance(second, DecimalType):
        if not (kinds.is_binary_fraction(first) or kinds.is_binary_fraction(second)):
            return _of_decimals(an, node, sign, first, second)
    elif sign == "/":
        return _DOUBLE
    kind = kinds.wider_number(first, second)
    if isinstance(kind, T.DoubleType):
        as_doubles(an, (left, first), (right, second))
    elif kind is not None and (bits := _BITS.get(type(kind))) is not None:
        value = constant(node)
        if value is not None and not -(2**bits) <= value < 2**bits:
            an.wrong.append(f"a constant that overflows {kind.simpleString()}")
    return kind


def as_doubles(an: Analysis, *operands: tuple[Any, DataType | None]) -> None:
    """Cast what is no double among operands of which one is."""
    for node, kind in operands:
        if isinstance(kind, (T.FloatType, DecimalType)):
            an.cast(node, _DOUBLE)


def _of_dates(sign: str, first: DataType, second: DataType) -> DataType | None:
    times = (T.DateType, T.TimestampType, T.TimestampNTZType)
    if isinstance(first, T.DateType) and kinds.is_integral(second) and sign in "+-":
        return first
    if isinstance(first, times) and isinstance(second, times):
        return T.DayTimeIntervalType()
    if isinstance(first, times[1:]) and isinstance(second, T.DayTimeIntervalType):
        return first
    if kinds.is_text(first) and kinds.is_text(second):
        return _DOUBLE
    return None


def _of_decimals(
    an: Analysis, node: Any, sign: str, first: DataType, second: DataType
) -> DataType | None:
    left, right = operand(node.this, first), operand(node.expression, second)
    given = kinds.as_decimal(first), kinds.as_decimal(second)
    if left is None or right is None or given[0] is None or given[1] is None:
        return None
    kind = kinds.arithmetic(sign, left, right)
    if kind is None:
        return None
    if sign == "/":
        return _quotient(an, node, first, (left, right), kind)
    on_sail = kinds.arithmetic_on_sail(sign, given[0], given[1])
    if on_sail is None:
        an.wrong.append(f"a product of {first.simpleString()} and {second.simpleString()}")
    elif on_sail != kind:
        an.cast(node, kind)
    return kind


def _quotient(
    an: Analysis,
    node: Any,
    given: DataType,
    operands: tuple[DecimalType, DecimalType],
    kind: DecimalType,
) -> DataType:
    """Have Sail compute one digit more than Spark has, which the cast then rounds."""
    left, right = operands
    scale = max(left.scale, kind.scale - _SAIL_ADDS + 1)
    whole = left.precision - left.scale
    room = kinds.MOST_DIGITS - (scale + _SAIL_ADDS + right.scale)
    if room < min(whole, _LEAST_WHOLE):
        an.wrong.append(f"{left.simpleString()} divided by {right.simpleString()}")
        return kind
    wide = kinds.bounded(whole + scale, scale)
    if given != wide:
        an.cast(node.this, wide)
    an.cast(node, kind)
    return kind


def operand(node: Any, kind: DataType) -> DecimalType | None:
    """The decimal as which an operand counts: an integer that is written down, by its digits."""
    while isinstance(node, (exp.Paren, exp.Neg)):
        node = node.this
    if isinstance(node, exp.TryCast) and kinds.is_integral(kind) and "start" in node.this.meta:
        node = node.this  # 7L
    if isinstance(node, exp.Literal) and kinds.is_integral(kind):
        return DecimalType(len(node.name.rstrip("lLsSyY").lstrip("0")) or 1, 0)
    return kinds.as_decimal(kind)


def average(an: Analysis, node: Any, scope: Scope) -> DataType | None:
    """avg: of a decimal it has four digits more, and the last is rounded."""
    value = node.expressions[0] if isinstance(node, exp.Anonymous) else node.this
    if isinstance(value, exp.Distinct) and len(value.expressions) == 1:
        value = value.expressions[0]
    kind = an.kind(value, scope)
    if kind is None:
        an.unsure = True
    if not isinstance(kind, DecimalType):
        return _DOUBLE if kinds.is_number(kind) or kinds.is_text(kind) else None
    scale = kind.scale + 1
    result = kinds.bounded(kind.precision + 4, kind.scale + 4)
    if scale + 4 > kinds.MOST_DIGITS:
        an.wrong.append(f"the average of {kind.simpleString()}")
        return result
    an.cast(value, kinds.bounded(kind.precision + 1, scale))
    an.cast(node, result)
    return result


def try_average(an: Analysis, node: Any, found: list[DataType | None]) -> DataType | None:
    """try_avg, which on Sail has no more digits than its argument."""
    kind = found[0] if found else None
    if not isinstance(kind, DecimalType):
        return _DOUBLE if kinds.is_number(kind) else None
    result = kinds.bounded(kind.precision + 4, kind.scale + 4)
    an.cast(node.expressions[0], kinds.bounded(kind.precision + 5, kind.scale + 5))
    an.cast(node, result)
    return result


def total(an: Analysis, node: Any, scope: Scope) -> DataType | None:
    """sum: of a decimal it has ten digits more."""
    value = node.this
    if isinstance(value, exp.Distinct) and len(value.expressions) == 1:
        value = value.expressions[0]
    kind = an.kind(value, scope)
    if isinstance(kind, DecimalType):
        return kinds.bounded(kind.precision + 10, kind.scale)
    if isinstance(kind, T.LongType):  # so that an overflow fails; of narrower ones there is none
        an.cast(value, DecimalType(20, 0))
        an.cast(node, kind)
    if kinds.is_integral(kind):
        return T.LongType()
    return _DOUBLE if kinds.is_binary_fraction(kind) or kinds.is_text(kind) else None


def rounded(an: Analysis, node: Any, scope: Scope) -> DataType | None:
    """round(x, digits)."""
    kind = an.kind(node.this, scope)
    digits = node.args.get("decimals")
    if not isinstance(kind, DecimalType):
        return kind
    places = 0 if digits is None else _number(digits)
    if places is None:
        return None
    whole = kind.precision - kind.scale + 1
    if places < 0:
        result = kinds.bounded(max(whole, 1 - places), 0)
    else:
        scale = min(kind.scale, places)
        result = kinds.bounded(whole + scale, scale)
    an.cast(node, result)
    return result


def _number(node: Any) -> int | None:
    sign = 1
    if isinstance(node, exp.Neg):
        node, sign = node.this, -1
    if not isinstance(node, exp.Literal) or not node.name.isdigit():
        return None
    return sign * int(node.name)


def whole(an: Analysis, node: Any, scope: Scope) -> DataType | None:
    """ceil and floor."""
    kind = an.kind(node.this, scope)
    if node.args.get("decimals") is not None:
        return None
    if not isinstance(kind, DecimalType):
        return T.LongType() if kinds.is_number(kind) else None
    result = kinds.bounded(kind.precision - kind.scale + (kind.scale > 0), 0)
    an.cast(node, result)
    return result


def quantile(an: Analysis, node: Any, scope: Scope) -> DataType | None:
    """percentile_cont: a double."""
    an.parts(node, scope)
    if isinstance(node.this, exp.Array):
        return None
    an.cast(node, _DOUBLE)
    return _DOUBLE

"""Spark's rules of types, with ANSI on: literals, arithmetic, and the type that fits several.

A type is PySpark's `DataType`; None stands for one that Spark refuses or nobody knows.
"""

from __future__ import annotations

from decimal import Decimal
from functools import reduce
from typing import Any

from pyspark.sql import types as T  # noqa: N812 - Spark's own convention
from pyspark.sql.types import DataType, DecimalType

MOST_DIGITS = 38
_LEAST_SCALE = 6  # digits after the point that a result keeps when it is too wide
_INTEGERS: tuple[tuple[type[DataType], int], ...] = (
    (T.ByteType, 3),
    (T.ShortType, 5),
    (T.IntegerType, 10),
    (T.LongType, 20),
)
_INTEGRAL = tuple(kind for kind, _ in _INTEGERS)
_BINARY = (T.FloatType, T.DoubleType)
_ORDER = (*_INTEGRAL, *_BINARY)
_TEXT = (T.StringType, T.CharType, T.VarcharType)
_ATOMS = {
    "BOOLEAN": T.BooleanType(),
    "TINYINT": T.ByteType(),
    "SMALLINT": T.ShortType(),
    "INT": T.IntegerType(),
    "BIGINT": T.LongType(),
    "FLOAT": T.FloatType(),
    "DOUBLE": T.DoubleType(),
    "TEXT": T.StringType(),
    "BINARY": T.BinaryType(),
    "VARBINARY": T.BinaryType(),
    "DATE": T.DateType(),
    "TIMESTAMPTZ": T.TimestampType(),
    "TIMESTAMPNTZ": T.TimestampNTZType(),
}


def is_integral(kind: DataType | None) -> bool:
    """tinyint, smallint, int or bigint."""
    return isinstance(kind, _INTEGRAL)


def is_binary_fraction(kind: DataType | None) -> bool:
    """float or double."""
    return isinstance(kind, _BINARY)


def is_number(kind: DataType | None) -> bool:
    """Any type of number."""
    return isinstance(kind, T.NumericType)


def is_text(kind: DataType | None) -> bool:
    """string, char or varchar."""
    return isinstance(kind, _TEXT)


def as_decimal(kind: DataType | None) -> DecimalType | None:
    """The decimal that holds every value of an integer's or a decimal's type."""
    if isinstance(kind, DecimalType):
        return kind
    digits = next((digits for one, digits in _INTEGERS if isinstance(kind, one)), None)
    return None if digits is None else DecimalType(digits, 0)


def bounded(precision: int, scale: int) -> DecimalType:
    """A decimal, cut to 38 digits. precision, scale: digits in all, and after the point."""
    return DecimalType(min(precision, MOST_DIGITS), min(scale, MOST_DIGITS))


def adjusted(precision: int, scale: int) -> DecimalType:
    """A decimal that gives up digits after the point, down to 6, where it has more than 38.

    precision, scale: digits in all, and after the point.
    """
    if precision <= MOST_DIGITS:
        return DecimalType(precision, scale)
    whole = precision - scale
    return DecimalType(MOST_DIGITS, max(MOST_DIGITS - whole, min(scale, _LEAST_SCALE)))


def number_literal(text: str) -> DataType | None:
    """The type of a number as it is written, without a sign or a letter for its type."""
    if "e" in text.lower():
        return T.DoubleType()
    if "." not in text:
        value = int(text)
        if value < 2**31:
            return T.IntegerType()
        return T.LongType() if value < 2**63 else decimal_literal(text)
    return decimal_literal(text)


def decimal_literal(text: str) -> DecimalType | None:
    """The type of a decimal as it is written: as many digits as it has."""
    _, digits, exponent = Decimal(text).as_tuple()
    if not isinstance(exponent, int) or exponent > 0:
        return None
    precision = max(len(digits), -exponent)
    return DecimalType(precision, -exponent) if precision <= MOST_DIGITS else None


def arithmetic(operator: str, left: DecimalType, right: DecimalType) -> DecimalType | None:
    """The type of `left operator right` in Spark; operators + - * / %."""
    p1, s1, p2, s2 = left.precision, left.scale, right.precision, right.scale
    scale = max(s1, s2)
    match operator:
        case "+" | "-":
            return adjusted(max(p1 - s1, p2 - s2) + scale + 1, scale)
        case "*":
            return adjusted(p1 + p2 + 1, s1 + s2)
        case "/":
            scale = max(_LEAST_SCALE, s1 + p2 + 1)
            return adjusted(p1 - s1 + s2 + scale, scale)
        case "%":
            return adjusted(min(p1 - s1, p2 - s2) + scale, scale)
    return None


def arithmetic_on_sail(operator: str, left: DecimalType, right: DecimalType) -> DecimalType | None:
    """The type that Sail gives + - * %: it never gives up digits after the point."""
    p1, s1, p2, s2 = left.precision, left.scale, right.precision, right.scale
    scale = max(s1, s2)
    match operator:
        case "+" | "-":
            return bounded(max(p1 - s1, p2 - s2) + scale + 1, scale)
        case "*":
            return bounded(p1 + p2 + 1, s1 + s2) if s1 + s2 <= MOST_DIGITS else None
        case "%":
            return bounded(min(p1 - s1, p2 - s2) + scale, scale)
    return None


def common(kinds: list[DataType]) -> DataType | None:
    """The type to which Spark brings the branches of CASE, the rows of UNION and so on."""
    texts_first = sorted(kinds, key=lambda kind: not is_text(kind))
    return reduce(_wider, texts_first, T.NullType())


def _wider(one: DataType | None, two: DataType | None) -> DataType | None:
    if one is None or two is None:
        return None
    if one == two or isinstance(two, T.NullType):
        return one
    if isinstance(one, T.NullType):
        return two
    if is_text(one) and is_text(two):
        return T.StringType()
    if is_number(one) and is_number(two):
        return wider_number(one, two)
    if is_text(one) or is_text(two):
        return _read_from_text(two if is_text(one) else one)
    return _wider_time(one, two) or _wider_nested(one, two)


def wider_number(one: DataType, two: DataType) -> DataType | None:
    """The type of numbers that fits values of both."""
    first, second = as_decimal(one), as_decimal(two)
    if isinstance(one, DecimalType) or isinstance(two, DecimalType):
        if first is None or second is None:
            return T.DoubleType()
        scale = max(first.scale, second.scale)
        whole = max(first.precision - first.scale, second.precision - second.scale)
        return bounded(whole + scale, scale)
    if is_integral(one) and is_integral(two):
        return max(one, two, key=lambda kind: _ORDER.index(type(kind)))
    return one if type(one) is type(two) else T.DoubleType()


def _read_from_text(kind: DataType) -> DataType | None:
    if is_integral(kind):
        return T.LongType()
    if is_number(kind):
        return T.DoubleType()
    atomic = (T.DateType, T.TimestampType, T.TimestampNTZType, T.BooleanType, T.BinaryType)
    return kind if isinstance(kind, atomic) else None


def _wider_time(one: DataType, two: DataType) -> DataType | None:
    order = (T.DateType, T.TimestampNTZType, T.TimestampType)
    if isinstance(one, order) and isinstance(two, order):
        return max(one, two, key=lambda kind: order.index(type(kind)))
    return None


def _wider_nested(one: DataType, two: DataType) -> DataType | None:
    match one, two:
        case T.ArrayType(), T.ArrayType():
            element = _wider(one.elementType, two.elementType)
            return None if element is None else T.ArrayType(element)
        case T.MapType(), T.MapType():
            key, value = _wider(one.keyType, two.keyType), _wider(one.valueType, two.valueType)
            return None if key is None or value is None else T.MapType(key, value)
    return None


def same(one: DataType | None, two: DataType | None) -> bool:
    """Whether two types are one, whatever may be null in them."""
    return one is not None and two is not None and one.simpleString() == two.simpleString()


def castable(kind: DataType) -> bool:
    """Whether a type can be written in a cast, with no names of its own."""
    match kind:
        case T.ArrayType():
            return castable(kind.elementType)
        case T.MapType():
            return castable(kind.keyType) and castable(kind.valueType)
    return isinstance(kind, (*_TEXT, DecimalType, *(type(one) for one in _ATOMS.values())))


def written(node: Any) -> DataType | None:
    """The type that a type of sqlglot's tree names."""
    name = node.this.value if hasattr(node.this, "value") else str(node.this)
    match name:
        case "DECIMAL":
            digits = [int(one.name) for one in node.expressions]
            return DecimalType(*digits) if digits else DecimalType(10, 0)
        case "CHAR" | "VARCHAR":
            return T.StringType()
        case "ARRAY" if len(node.expressions) == 1:
            element = written(node.expressions[0])
            return None if element is None else T.ArrayType(element)
        case "MAP" if len(node.expressions) == 2:
            key, value = written(node.expressions[0]), written(node.expressions[1])
            return None if key is None or value is None else T.MapType(key, value)
        case "STRUCT":
            fields = [
                (one.name, written(one.args["kind"]))
                for one in node.expressions
                if one.args.get("kind") is not None
            ]
            if len(fields) != len(node.expressions):
                return None
            return T.StructType([T.StructField(n, k) for n, k in fields if k is not None])
    return _ATOMS.get(name)

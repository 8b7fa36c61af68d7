"""The types of partition columns: those that Spark finds in the names of folders.

Spark's parsers take more than its casts, and than those of other engines: `2024-01` is a date,
`7D` a double. So each value also has a plain form here, which every engine casts to the type.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Literal

Kind = Literal["int", "bigint", "decimal", "double", "date", "timestamp", "string"]

_INTEGER = re.compile(r"[+-]?[0-9]+")
_NUMBER = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?")
_DATE = re.compile(
    r"(?P<year>[0-9]{4,7})(-(?P<month>[0-9]{1,2})(-(?P<day>[0-9]{1,2})([ T].*)?)?)?"
)
_TIMESTAMP = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,9})?")
_DIGITS = 38
# How many digits an integer has room for when it meets a decimal.
_ROOM = {"int": 10, "bigint": 20}


@dataclass(frozen=True, slots=True)
class _Value:
    """What one text is. plain: the text that a cast to the type understands on every engine."""

    kind: Kind
    plain: str
    digits: int = 0


def partition_type(values: Iterable[str | None]) -> str:
    """The type that Spark gives a partition column with these values; None is null."""
    found = [_value(text) for text in values if text is not None]
    kinds = {value.kind for value in found}
    if not kinds or "string" in kinds:
        return "string"
    if kinds <= {"date", "timestamp"}:
        return "timestamp" if "timestamp" in kinds else "date"
    if kinds & {"date", "timestamp"} or ("double" in kinds and kinds & {"bigint", "decimal"}):
        return "string"
    if "double" in kinds:
        return "double"
    if "decimal" in kinds:
        return f"decimal({max(max(v.digits, _ROOM.get(v.kind, 0)) for v in found)},0)"
    return "bigint" if "bigint" in kinds else "int"


def plain_form(text: str, kind: str) -> str:
    """`text` as every engine casts it to `kind`, a type that `partition_type` has found."""
    return text if kind == "string" else _value(text).plain


def _value(text: str) -> _Value:
    return _whole(text) or _fraction(text) or _moment(text) or _Value("string", text)


def _whole(text: str) -> _Value | None:
    if _INTEGER.fullmatch(text):
        number = int(text)
        if -(2**31) <= number < 2**31:
            return _Value("int", text)
        if -(2**63) <= number < 2**63:
            return _Value("bigint", text)
    if _NUMBER.fullmatch(text):
        _, digits, exponent = Decimal(text).as_tuple()
        length = len("".join(map(str, digits)).lstrip("0")) or 1
        assert isinstance(exponent, int)
        if exponent >= 0 and length + exponent <= _DIGITS:
            return _Value("decimal", f"{Decimal(text):f}", length + exponent)
    return None


def _fraction(text: str) -> _Value | None:
    """What Java reads as a double: blanks around it, and an ending as in source code."""
    number = text.strip()
    bare = number[:-1] if number[-1:] in "dDfF" else number
    if _NUMBER.fullmatch(bare) or bare.lstrip("+-") in ("NaN", "Infinity"):
        return _Value("double", bare)
    return None


def _moment(text: str) -> _Value | None:
    try:
        if _TIMESTAMP.fullmatch(text):
            datetime.fromisoformat(text[:19])
            return _Value("timestamp", text)
        if (found := _DATE.fullmatch(text)) is not None:
            day = date(int(found["year"]), int(found["month"] or 1), int(found["day"] or 1))
            return _Value("date", day.isoformat())
    except ValueError:
        return None
    return None

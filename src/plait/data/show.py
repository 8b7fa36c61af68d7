"""Values as Spark's `show` prints them, made here so that every engine prints the same."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pyarrow as pa


def shown(value: pa.Scalar, kind: pa.DataType, zone: str) -> str | None:
    """One Arrow value as text, None for null. zone: in which timestamps are printed."""
    if not value.is_valid:
        return None
    return _text(value, kind, zone)


def _text(value: pa.Scalar, kind: pa.DataType, zone: str) -> str:
    import pyarrow as pa

    if not value.is_valid:
        return "NULL"
    if pa.types.is_map(kind):
        pairs = (
            f"{_text(pair['key'], kind.key_type, zone)} -> "
            f"{_text(pair['value'], kind.item_type, zone)}"
            for pair in value.values
        )
        return "{" + ", ".join(pairs) + "}"
    if pa.types.is_list(kind) or pa.types.is_large_list(kind):
        return "[" + ", ".join(_text(item, kind.value_type, zone) for item in value.values) + "]"
    if pa.types.is_struct(kind):
        parts = (_text(value[i], kind.field(i).type, zone) for i in range(kind.num_fields))
        return "{" + ", ".join(parts) + "}"
    if pa.types.is_timestamp(kind):
        return _timestamp(value, kind, zone)
    return _scalar(value.as_py(), pa.types.is_float32(kind))


def _scalar(value: Any, single: bool) -> str:
    match value:
        case bool():
            return "true" if value else "false"
        case float():
            return _float(value, single)
        case bytes():
            return "[" + " ".join(f"{byte:02X}" for byte in value) + "]"
        case Decimal():
            return f"{value:f}"
        case date():
            return value.isoformat()
        case _:
            return str(value)


def _float(value: float, single: bool) -> str:
    """As Java prints it: 1.0, 1.0E10, NaN, Infinity."""
    if value != value:
        return "NaN"
    if value in (float("inf"), float("-inf")):
        return "Infinity" if value > 0 else "-Infinity"
    digits = _shortest(value, single)
    if value == 0 or 1e-3 <= abs(value) < 1e7:
        return (
            f"{Decimal(digits):f}" if "." in f"{Decimal(digits):f}" else f"{Decimal(digits):f}.0"
        )
    mantissa, _, exponent = f"{Decimal(digits).normalize():E}".partition("E")
    return f"{mantissa if '.' in mantissa else mantissa + '.0'}E{int(exponent)}"


def _shortest(value: float, single: bool) -> str:
    if not single:
        return repr(value)
    import numpy as np

    return str(np.format_float_scientific(np.float32(value), unique=True))


def _timestamp(value: pa.Scalar, kind: pa.DataType, zone: str) -> str:
    from zoneinfo import ZoneInfo

    import pyarrow as pa

    moment = value.cast(pa.timestamp("us", kind.tz)).as_py()
    if kind.tz is not None:
        moment = moment.astimezone(ZoneInfo(zone))
    text: str = datetime.replace(moment, tzinfo=None, microsecond=0).isoformat(sep=" ")
    return f"{text}.{moment.microsecond:06d}".rstrip("0") if moment.microsecond else text

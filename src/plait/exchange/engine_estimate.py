"""How large a table will be, as far as an engine tells before it computes it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pyspark.sql.connect.dataframe import DataFrame

# Files are smaller than the rows in them: what Spark tells of a compressed scan is a lower bound.
_UNPACKED = 4
_SIZE = re.compile(r"Statistics\(sizeInBytes=([\d.E+]+) (\w+)")
_UNITS = {name: 2 ** (10 * power) for power, name in enumerate(("B", "KiB", "MiB", "GiB", "TiB"))}


def estimated_bytes(df: DataFrame) -> int | None:
    """About how many bytes the rows of `df` take, by Spark's own statistics; None if unknown.

    Nothing is computed. Source: the first node of the optimized plan in `EXPLAIN COST`.
    """
    found = _SIZE.search(df._explain_string(mode="cost"))
    if found is None or found[2] not in _UNITS:
        return None
    return int(float(found[1]) * _UNITS[found[2]] * _UNPACKED)

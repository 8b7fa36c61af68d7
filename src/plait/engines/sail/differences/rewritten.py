"""What Sail gets wrong and plait puts right in the request, or refuses before it is sent.

The work is done in `plait.engines.sail.rewrites`; these rows say what there is.
"""

from __future__ import annotations

from plait.engines.sail.differences.model import Difference

REPAIRED: tuple[Difference, ...] = (
    Difference(
        "doubled-quotes",
        "a quote that is doubled inside text is lost",
        "silent",
        "repair",
        "select 'it''s' z",
    ),
    Difference(
        "nvl-type",
        "nvl and ifnull of a decimal give a double, and of an array a text",
        "silent",
        "repair",
        "select nvl(v, 0) z from values (cast(2.5 as decimal(10, 2))) t(v)",
    ),
    Difference("glob", "a path with * ? [] or {} reads no rows", "silent", "repair", ""),
    Difference("missing-path", "a path that is not there reads no rows", "lenient", "repair", ""),
    Difference("partition-types", "partition columns are read as text", "silent", "repair", ""),
    Difference(
        "null-partition", "a null in a partition column is read as text", "silent", "repair", ""
    ),
)
# What the request shows and nothing can put right: refused on its way, whoever sends it.
REFUSED: tuple[Difference, ...] = (
    Difference(
        "dynamic-overwrite",
        "a dynamic partition overwrite deletes the other partitions",
        "silent",
        "route",
        "",
    ),
    Difference(
        "csv-options",
        "the csv options nullValue, encoding and ignore…WhiteSpace are ignored "
        "(DataFrame reader only; `load` does them itself)",
        "silent",
        "route",
        "",
    ),
    Difference(
        "partitions-in-sql",
        "SELECT … FROM parquet.`folder` reads partition columns as text",
        "silent",
        "route",
        "",
    ),
)

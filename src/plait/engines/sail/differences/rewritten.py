"""What Sail answers otherwise, and plait rewrites in the request or refuses before it is sent.

`plait.engines.sail.rewrites` does the work; these rows list what it does.
"""

from __future__ import annotations

from plait.engines.sail.differences.model import Difference

REWRITTEN: tuple[Difference, ...] = (
    Difference(
        "doubled-quotes",
        "a quote that is doubled inside text is lost",
        "silent",
        "rewrite",
        "select 'it''s' z",
    ),
    Difference(
        "nvl-type",
        "nvl and ifnull of a decimal give a double, and of an array a text",
        "silent",
        "rewrite",
        "select nvl(v, 0) z from values (cast(2.5 as decimal(10, 2))) t(v)",
    ),
    Difference(
        "function-case",
        "a column without a name is called after a function as it is written: SUM(v), not sum(v)",
        "silent",
        "rewrite",
        "",
    ),
    Difference("glob", "a path with * ? [] or {} reads no rows", "silent", "rewrite", ""),
    Difference("missing-path", "a path that is not there reads no rows", "lenient", "rewrite", ""),
    Difference("arrow-types", "Parquet with dictionaries is refused", "refused", "rewrite", ""),
    Difference("partition-names", "a folder's column keeps `a%3Db`", "silent", "rewrite", ""),
    Difference("partition-types", "partition columns are read as text", "silent", "rewrite", ""),
    Difference(
        "null-partition", "a null in a partition column is read as text", "silent", "rewrite", ""
    ),
)
# What a request shows and no rewrite can change: it is refused before it is sent.
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

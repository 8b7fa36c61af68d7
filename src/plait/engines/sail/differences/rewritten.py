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
        "decimal-division",
        "a quotient, average or product of decimals has other digits, and the last is cut off",
        "silent",
        "rewrite",
        "select 100.0 * 2 / 3 z",
    ),
    Difference(
        "mixed-branches",
        "CASE, IF, NVL2, coalesce, array … of several types give the first one's type, or a text",
        "silent",
        "rewrite",
        "select if(true, 1, 2.5) z",
    ),
    Difference(
        "mixed-rows",
        "UNION, INTERSECT and EXCEPT of columns of several types give the first one's type",
        "silent",
        "rewrite",
        "select 1 z union all select 2d",
    ),
    Difference(
        "smallest-integer",
        "the smallest integer, written down, has a wider type",
        "lenient",
        "rewrite",
        "select -2147483648 - 1 z",
    ),
    Difference(
        "constant-overflow",
        "+, - and * of constants wrap around on overflow; a run that has it is refused",
        "lenient",
        "rewrite",
        "select 2147483647 + 1 z",
    ),
    Difference(
        "double-text",
        "a float or a double as text has no exponent (10000000.0 for 1.0E7), and infinity is inf",
        "silent",
        "rewrite",
        "select cast(1e7 as string) z",
    ),
    Difference(
        "null-in-array",
        "array_contains is false instead of null when the array has a null",
        "silent",
        "rewrite",
        "select array_contains(array(1, null), 2) z",
    ),
    Difference(
        "sum-overflow",
        "a sum of integers wraps around on overflow instead of failing",
        "lenient",
        "rewrite",
        "select sum(v) z from values (9223372036854775807), (1) t(v)",
    ),
    Difference(
        "lambda-index",
        "a variable of a lambda in brackets is taken for a field",
        "refused",
        "rewrite",
        "select transform(sequence(0, 2), i -> array(5, 6, 7)[i]) z",
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

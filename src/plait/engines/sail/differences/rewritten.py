"""What Sail answers otherwise, and plait rewrites in the request or refuses before it is sent.

`plait.engines.sail.rewrites` does the work, for functions by `plait.engines.sail.functions`;
these rows list what it does.
"""

from __future__ import annotations

from plait.engines.sail.differences.model import Difference

_FUNCTIONS: tuple[Difference, ...] = (
    Difference(
        "map-functions",
        "zip_with, map_zip_with, transform_keys, transform_values",
        "refused",
        "rewrite",
        "select zip_with(array(1, 2), array(3, 4), (x, y) -> x + y) z",
    ),
    Difference(
        "log-one-argument",
        "log(x) with one argument",
        "refused",
        "rewrite",
        "select log(10) z",
    ),
    Difference(
        "decode-cases",
        "decode(x, case, result, …)",
        "refused",
        "rewrite",
        "select decode(1, 1, 'a', 'b') z",
    ),
    Difference(
        "approx-percentile",
        "approx_percentile interpolates where Spark returns a value that occurs",
        "silent",
        "rewrite",
        "select approx_percentile(id, 0.5) z from range(100)",
    ),
    Difference(
        "rint",
        "rint rounds halves away from zero instead of to the even number",
        "silent",
        "rewrite",
        "select rint(2.5d) z",
    ),
    Difference(
        "weekday",
        "weekday of a Sunday is -1 instead of 6",
        "silent",
        "rewrite",
        "select weekday(date'2024-01-07') z",
    ),
    Difference(
        "initcap",
        "initcap begins a new word after every sign, not only after a space",
        "silent",
        "rewrite",
        "select initcap('jean-luc o.neil') z",
    ),
    Difference(
        "chr",
        "chr and char of a code above 255",
        "silent",
        "rewrite",
        "select chr(321) z",
    ),
    Difference(
        "isnan",
        "isnan of null is null instead of false",
        "silent",
        "rewrite",
        "select isnan(cast(null as double)) z",
    ),
    Difference(
        "timestamp-seconds",
        "timestamp_seconds drops fractions of a second",
        "silent",
        "rewrite",
        "select timestamp_seconds(1.5d) z",
    ),
    Difference(
        "string-function",
        "string(timestamp) writes another format than cast",
        "silent",
        "rewrite",
        "select string(timestamp'2024-01-07 10:00:00') z",
    ),
    Difference(
        "regexp-position",
        "regexp_replace from a position",
        "refused",
        "rewrite",
        "select regexp_replace('aaa', 'a', 'b', 2) z",
    ),
    Difference(
        "regexp-replacement",
        "a replacement with $1 before a letter, or with a backslash",
        "silent",
        "rewrite",
        "select regexp_replace('x1', '(x)(1)', '$2_$1') z",
    ),
    Difference(
        "split-characters",
        "split at an empty pattern",
        "silent",
        "rewrite",
        "select split('abc', '') z",
    ),
    Difference(
        "negative-length",
        "left and right with a negative length",
        "silent",
        "rewrite",
        "select left('abc', -1) z",
    ),
    Difference(
        "date-part-dow",
        "date_part('dow' …) and extract(dow …) count from 0 instead of 1; dayofweek and "
        "yearofweek are not known",
        "silent",
        "rewrite",
        "select date_part('dow', date'2024-01-07') z, extract(dow from date'2024-01-07') y",
    ),
    Difference(
        "date-trunc-date",
        "date_trunc of a date or a text gives a timestamp without time zone",
        "silent",
        "rewrite",
        "select date_trunc('month', date'2024-01-07') z",
    ),
    Difference(
        "extreme-struct",
        "max and min of a struct or an array that is made in place treat null as the greatest",
        "silent",
        "rewrite",
        "select max(struct(a, b)) z from values (null, 5), (1, 2) t(a, b)",
    ),
    Difference("int-results", "datediff and regexp_count give a bigint", "silent", "rewrite", ""),
)
REWRITTEN: tuple[Difference, ...] = (
    *_FUNCTIONS,
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

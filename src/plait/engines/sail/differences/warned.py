"""What depends on the data or on the types of columns, so that no script can show it.

`detect` says which queries might have it; a run warns about these rows once.
"""

from __future__ import annotations

from plait.engines.sail.differences.model import Detector, Difference, Severity, call, code

_NUMBER = r"[\w)\]]\s*[+*]\s*[\w(]"


def _warn(id: str, what: str, severity: Severity, example: str, detect: Detector) -> Difference:
    return Difference(id, what, severity, "warn", example, detect)


WARNED: tuple[Difference, ...] = (
    _warn(
        "integer-overflow",
        "+, - and * of integers wrap around on overflow instead of failing, "
        "and a sum of decimals grows beyond 38 digits",
        "lenient",
        "select v + 1 z from values (2147483647) t(v)",
        code(rf"\bsum\s*\(|{_NUMBER}"),
    ),
    _warn(
        "double-rounding",
        "round and casts of a double to decimal use its binary value (1.005 to 1.00)",
        "silent",
        "select round(1.005d, 2) z",
        code(r"\bround\s*\([^()]*,|\bas\s+decimal\b"),
    ),
    _warn(
        "date-arithmetic",
        "date - date is a number of days, and a date plus hours stays a date",
        "silent",
        "select d - d z from values (date'2024-01-07') t(d)",
        code(r"\binterval\b|\w\s+-\s+[a-z_]"),
    ),
    _warn(
        "date-text",
        "a text with a time zone is no date for try_cast, and a timestamp before 1970 with a "
        "fraction is rounded up as an integer",
        "silent",
        "select try_cast('2024-01-07T10:20:30Z' as date) z",
        code(r"\btry_cast\s*\(|\bas\s+(?:big)?int\b"),
    ),
    _warn(
        "struct-order",
        "max and min of a column of structs or arrays treat null as the greatest",
        "silent",
        "select max(x) z from (select struct(a, b) x from values (null, 5), (1, 2) t(a, b))",
        code(r"\b(?:max|min)\s*\("),
    ),
    _warn(
        "nested-as-text",
        "structs and arrays as text have NULL in capitals, and numbers without an exponent",
        "silent",
        "select cast(x as string) z from (select array(cast(null as int)) x)",
        code(r"\bas\s+string\b|::\s*string\b"),
    ),
    _warn(
        "regexp-ascii",
        r"\w, \d, \s, \b and (?i) know all letters, not only those of ASCII",
        "silent",
        r"select regexp_replace('é', '\\w', 'x') z",
        code(r"\b(?:rlike|regexp\w*)\b|\bsplit\s*\("),
    ),
    _warn(
        "hash-of-decimal",
        "hash and xxhash64 of decimals",
        "silent",
        "select hash(1.50) z",
        call("hash", "xxhash64"),
    ),
    _warn(
        "binary-as-text",
        "substring, left, overlay, lpad and trim of binary values give text or fail",
        "silent",
        "select substring(b, 2, 1) z from values (x'414243') t(b)",
        call("substring", "substr", "left", "overlay", "lpad", "rpad", "btrim", "reverse"),
    ),
    _warn(
        "from-json-strict",
        "from_json does not accept single quotes, and wraps integers that are too large",
        "silent",
        "select from_json(\"{'a':1}\", 'a int') z",
        call("from_json"),
    ),
    _warn(
        "distinct-estimate",
        "approx_count_distinct and the sketch functions estimate otherwise",
        "silent",
        "select approx_count_distinct(id) z from range(1000)",
        call("approx_count_distinct", r"(?:hll|theta|kll|tuple)_\w+"),
    ),
    _warn(
        "percentile-estimate",
        "percentile_approx and approx_percentile are exact; Spark's are within their accuracy, "
        "which shows from some 5,000 rows on",
        "silent",
        "select percentile_approx(id, 0.5) z from range(20000)",
        call("percentile_approx", "approx_percentile"),
    ),
    _warn(
        "title-case",
        "initcap of a word that begins with ß, ﬁ or another letter whose title case is not its "
        "upper case",
        "silent",
        "select initcap('ßa') z",
        lambda _: False,
    ),
    _warn(
        "undetermined",
        "what Spark leaves open is chosen otherwise: mode with ties, first without an order, "
        "the order of collect_set, monotonically_increasing_id",
        "silent",
        "",
        call("mode", "first", "first_value", "any_value", "collect_set",
             "monotonically_increasing_id", "spark_partition_id"),
    ),
    _warn(
        "json-text",
        "get_json_object gives numbers and objects as they are written in the text",
        "silent",
        "select get_json_object('{\"a\": {\"b\": 1}}', '$.a') z",
        call("get_json_object"),
    ),
    _warn(
        "void-columns",
        "aggregates of a column that is only NULL",
        "silent",
        "select avg(v) z from values (null), (null) t(v)",
        lambda _: False,
    ),
    _warn(
        "wrong-values",
        "some wrong values give null instead of failing: elt, slice and parse_url out of range",
        "lenient",
        "select elt(5, 'a', 'b') z",
        call("elt", "slice", "parse_url", "from_json", "conv"),
    ),
    _warn(
        "wrong-types",
        "some types that Spark refuses are accepted: a number cast to a date, a filter that "
        "is NULL, text and numbers in one array",
        "lenient",
        "select cast(300 as date) z",
        lambda _: False,
    ),
    _warn(
        "generated-names",
        "an expression without a name is called otherwise: give it one with AS",
        "refused",
        "select `abs(-1)` from (select abs(-1))",
        lambda _: False,
    ),
    _warn(
        "unequal-subquery",
        "a correlated scalar subquery with another comparison than =",
        "refused",
        "select id, (select count(*) from range(3) b where b.id < a.id) c from range(3) a",
        lambda _: False,
    ),
    _warn(
        "name-case",
        "names of tables and common table expressions differ by upper and lower case",
        "refused",
        "with A as (select 1 x) select * from a",
        lambda _: False,
    ),
    _warn(
        "text-arithmetic",
        "text is not turned into a number for arithmetic",
        "refused",
        "select '1' + 1 z",
        lambda _: False,
    ),
    _warn(
        "fails-late",
        "some queries fail only while they run: explode of a map column, IN (SELECT …) as a "
        "value, hash of arrays and structs, a number cast to boolean by way of decimal",
        "refused",
        "select explode(m) from values (map('a', 1)) t(m)",
        lambda _: False,
    ),
    _warn(
        "constants-first",
        "a constant that fails does so although it is not needed: if(false, 1/0, 2)",
        "refused",
        "select if(false, 1/0, 2) z",
        lambda _: False,
    ),
)  # fmt: skip

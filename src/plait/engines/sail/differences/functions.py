"""Functions that Sail does not have or answers otherwise."""

from __future__ import annotations

import re
from dataclasses import dataclass

from plait.engines.sail.differences.model import (
    Difference,
    Text,
    argument_count,
    call,
    calls,
    code,
    lenient,
    literals,
    refused,
    silent,
)


@dataclass(frozen=True, slots=True)
class Family:
    """Functions that one row is about, whatever their arguments. example: as in `Difference`."""

    id: str
    what: str
    names: tuple[str, ...]
    example: str


# Functions that Sail does not know at all.
MISSING = (
    Family("map-functions", "zip_with, map_zip_with, transform_keys, transform_values",
           ("zip_with", "map_zip_with", "transform_keys", "transform_values"),
           "select zip_with(array(1, 2), array(3, 4), (x, y) -> x + y) z"),
    Family("session-window", "session_window",
           ("session_window",),
           "select count(*) c from values (timestamp'2024-01-07 10:00:00') t(ts) group by "
           "session_window(ts, '5 minutes')"),
    Family("java-method", "java_method, reflect",
           ("java_method", "reflect", "try_reflect"),
           "select java_method('java.lang.Math', 'abs', -1) z"),
    Family("input-file", "input_file_name and similar functions",
           ("input_file_name", "input_file_block_start", "input_file_block_length"),
           "select input_file_name() z"),
    Family("collations", "collations",
           ("collate", "collation", "collations"), "select collation('a') z"),
    Family("vectors", "vector_norm and similar functions",
           ("vector_avg", "vector_norm", "vector_normalize", "vector_sum"),
           "select vector_norm(array(3.0F, 4.0F), 2.0F) z"),
    # The examples of two families cannot be run: Java 25 lacks what sketches need, and the
    # formats are packages of their own.
    Family("sketches", "approx_top_k, and the sketches of the families kll and tuple",
           ("approx_top_k", "approx_top_k_accumulate", "kll_sketch_agg_bigint",
            "kll_sketch_agg_double", "kll_sketch_agg_float", "tuple_sketch_agg_double",
            "tuple_sketch_agg_integer", "tuple_intersection_agg_double",
            "tuple_intersection_agg_integer"),
           ""),
    Family("foreign-formats", "from_avro, from_protobuf and similar functions",
           ("from_avro", "to_avro", "schema_of_avro", "from_protobuf", "to_protobuf"), ""),
    Family("newer-functions",
           "functions of the newest Spark releases (time_bucket, try_to_date …)",
           ("time_bucket", "try_to_date", "try_make_interval", "current_path", "sql_keywords",
            "is_valid_variant", "schema_of_xml", "st_srid", "st_setsrid"),
           "select try_to_date('2024-01-07') z"),
)  # fmt: skip
# Functions that Sail answers otherwise.
_OTHERWISE = (
    Family("approx-percentile",
           "approx_percentile interpolates where Spark returns a value that occurs",
           ("approx_percentile", "percentile_approx"),
           "select approx_percentile(id, 0.5) z from range(100)"),
    Family("histogram", "histogram_numeric picks other bins",
           ("histogram_numeric",), "select histogram_numeric(id, 3) z from range(10)"),
    Family("bround", "bround rounds halves away from zero instead of to the even digit",
           ("bround",), "select bround(2.345d, 2) z"),
    Family("rint", "rint rounds halves away from zero instead of to the even number",
           ("rint",), "select rint(2.5d) z"),
    Family("weekday", "weekday of a Sunday is -1 instead of 6",
           ("weekday",), "select weekday(date'2024-01-07') z"),
    Family("initcap", "initcap begins a new word after every sign, not only after a space",
           ("initcap",), "select initcap('jean-luc o.neil') z"),
    Family("aes", "aes_encrypt and aes_decrypt of the mode ECB",
           ("aes_encrypt", "aes_decrypt", "try_aes_decrypt"),
           "select base64(aes_encrypt('a', '1234567890abcdef', 'ECB', 'PKCS')) z"),
    Family("conv", "conv of a negative number",
           ("conv",), "select conv('-5', 10, 2) z"),
    Family("chr", "chr and char of a code above 255",
           ("chr", "char"), "select chr(321) z"),
    Family("isnan", "isnan of null is null instead of false",
           ("isnan",), "select isnan(cast(null as double)) z"),
    Family("timestamp-seconds", "timestamp_seconds drops fractions of a second",
           ("timestamp_seconds",), "select timestamp_seconds(1.5d) z"),
    Family("string-function", "string(timestamp) writes another format than cast",
           ("string",), "select string(timestamp'2024-01-07 10:00:00') z"),
    Family("to-json", "to_json writes timestamps, decimals and large numbers otherwise",
           ("to_json",), "select to_json(named_struct('t', timestamp'2024-01-07 10:00:00')) z"),
    Family("csv-functions", "from_csv and to_csv",
           ("from_csv", "to_csv"),
           "select from_csv('NA,2', 'a string, b int', map('nullValue', 'NA')) z"),
    Family("variant", "values of the type variant are stored otherwise",
           ("parse_json", "try_parse_json", "to_variant_object", "variant_explode",
            "variant_explode_outer", "variant_get", "try_variant_get", "schema_of_variant",
            "schema_of_variant_agg", "is_variant_null"),
           "select schema_of_variant(parse_json('1.5')) z"),
    Family("typeof", "typeof names other types",
           ("typeof",), "select typeof(interval 1 day) z"),
    Family("who", "version, current_catalog and the user's name are the engine's own",
           ("version", "current_catalog", "current_user", "session_user", "user"),
           "select version() z"),
    Family("try-parse-url", "try_parse_url accepts wrong addresses",
           ("try_parse_url",), "select try_parse_url('inva lid://a.b/c?q=1', 'QUERY') z"),
)  # fmt: skip
_REGEXP = re.compile(r"\b(?:rlike|regexp\w*)\b|\bsplit\s*\(", re.IGNORECASE)
_JAVA_REGEXP = re.compile(r"\(\?<?[=!]|\(\?>|[*+?]\+|\\\\?[1-9]")
_DOW = re.compile(r"'(?:dow|dayofweek|dow_iso|dayofweek_iso|yearofweek)'", re.IGNORECASE)
_DATE = r"(?:date\s*'#'|current_date\b(?:\s*\(\s*\))?)"
_SHOWN_DATE = rf"(?:{_DATE}|to_date\s*\(|date\s*\(|cast\s*\([^()]*\bas\s+date\s*\))"
_BINARY = (
    r"(?:x\s*'#'|(?:encode|unhex|unbase64|to_binary|binary)\s*\("
    r"|cast\s*\([^()]*\bas\s+binary\s*\))"
)
_NESTED = r"(?:array|named_struct|struct|map)\s*\("


def _java_regexp(text: Text) -> bool:
    if _REGEXP.search(text.code) is None:
        return False
    return any(_JAVA_REGEXP.search(one) for one in text.texts)


def _matches_nothing(text: Text) -> bool:
    """Whether `split` is given a pattern that matches the empty text."""
    for pattern in literals(text, ("split",), 1):
        try:
            if re.compile(pattern).match("") is not None:
                return True
        except re.error:
            continue
    return False


def _replacement(text: Text) -> bool:
    return any(
        re.search(r"\$\d+[A-Za-z_]|\\", value) is not None
        for value in literals(text, ("regexp_replace",), 2)
    )


def _negative_length(text: Text) -> bool:
    return any(
        len(one.arguments) == 2 and one.arguments[1].startswith("-")
        for one in calls(text, "left", "right")
    )


def _part_of_week(text: Text) -> bool:
    return any(
        _DOW.fullmatch(f"'{value}'") for value in literals(text, ("date_part", "datepart"), 0)
    )


def _wildcard(text: Text) -> bool:
    return any("[*]" in path for path in literals(text, ("get_json_object",), 1))


def _formats_floats(text: Text) -> bool:
    return any(
        re.search(r"%[-+ 0,(#]*\d*(?:\.\d+)?[efgaEGA]", value) is not None
        for value in literals(text, ("format_string", "printf"), 0)
    )


def _nested_as_text(text: Text) -> bool:
    return any(
        re.match(_NESTED, one.arguments[0], re.IGNORECASE) is not None
        and re.search(r"\bas\s+string$", one.arguments[0], re.IGNORECASE) is not None
        for one in calls(text, "cast")
    )


_MISSING_ROWS = tuple(refused(one.id, one.what, one.example, call(*one.names)) for one in MISSING)
_OTHERWISE_ROWS = tuple(
    silent(one.id, one.what, one.example, call(*one.names)) for one in _OTHERWISE
)
_SHAPED = (
    refused(
        "java-regexp",
        "lookaround, back references and possessive quantifiers in a regular expression",
        "select regexp_replace('abc', 'a(?=b)', 'X') z",
        _java_regexp,
    ),
    refused(
        "regexp-position",
        "regexp_replace from a position",
        "select regexp_replace('aaa', 'a', 'b', 2) z",
        argument_count(("regexp_replace",), lambda n: n > 3),
        "concat(left(x, n - 1), regexp_replace(substring(x, n), pattern, replacement))",
    ),
    silent(
        "regexp-replacement",
        "a replacement with $1 before a letter, or with a backslash",
        "select regexp_replace('x1', '(x)(1)', '$2_$1') z",
        _replacement,
    ),
    silent(
        "split-empty",
        "split at a pattern that matches the empty text",
        "select split('abc', '') z",
        _matches_nothing,
    ),
    refused(
        "explode-map",
        "explode of a map",
        "select explode(map('a', 1))",
        code(r"\b(?:pos)?explode(?:_outer)?\s*\(\s*map(?:_\w+)?\s*\("),
    ),
    refused(
        "log-one-argument",
        "log(x) with one argument (ln is the same)",
        "select log(10) z",
        argument_count(("log",), lambda n: n == 1),
    ),
    refused(
        "decode-cases",
        "decode(x, case, result, …)",
        "select decode(1, 1, 'a', 'b') z",
        argument_count(("decode",), lambda n: n > 2),
    ),
    silent(
        "several-extremes",
        "max_by and min_by of several rows",
        "select max_by(id, id, 2) z from range(3)",
        argument_count(("max_by", "min_by"), lambda n: n > 2),
    ),
    silent(
        "ceil-digits",
        "ceil and floor of a double to a digit",
        "select ceil(1.23d, 1) z",
        argument_count(("ceil", "ceiling", "floor"), lambda n: n == 2),
    ),
    silent(
        "negative-length",
        "left and right with a negative length",
        "select left('abc', -1) z",
        _negative_length,
    ),
    silent(
        "format-float",
        "format_string of a floating-point number",
        "select format_string('%.1f', 2.25d) z",
        _formats_floats,
    ),
    silent(
        "json-wildcard",
        "get_json_object with [*]",
        "select get_json_object('{\"a\":[{\"b\":1}]}', '$.a[*].b') z",
        _wildcard,
    ),
    silent(
        "json-options",
        "from_json with options",
        "select from_json('{a:1}', 'a int', map('allowUnquotedFieldNames', 'true')) z",
        argument_count(("from_json",), lambda n: n > 2),
    ),
    silent(
        "date-part-dow",
        "date_part('dow' …) counts from 0 instead of 1; dayofweek and yearofweek are not known",
        "select date_part('dow', date'2024-01-07') z",
        _part_of_week,
    ),
    silent(
        "extract-dow",
        "extract(dow …) counts from 0 instead of 1; dayofweek and yearofweek are not known",
        "select extract(dow from date'2024-01-07') z",
        code(r"\bextract\s*\(\s*(?:dow|dayofweek|dow_iso|dayofweek_iso|yearofweek)\s+from\b"),
    ),
    silent(
        "interval-part",
        "the hours, minutes and seconds of an interval are those of all its days",
        "select extract(minute from interval '1 02:03:04' day to second) z",
        code(r"\bfrom\s+interval\b|\bdate_?part\s*\(\s*'#'\s*,\s*interval\b"),
    ),
    silent(
        "date-minus-date",
        "date - date gives days as a number instead of an interval",
        "select date'2024-01-07' - date'2024-01-01' z",
        code(rf"(?<![,(])\s-\s*{_SHOWN_DATE}|{_DATE}\s*-(?!\s*(?:\d|interval\b|make_))"),
    ),
    silent(
        "date-plus-time",
        "a date plus hours or a day-time interval stays a date",
        "select date'2024-01-07' + interval 1 hour z",
        code(rf"{_DATE}\s*[+-]\s*(?:make_dt_interval\b|interval\b[^,;]*"
             r"\b(?:hours?|minutes?|seconds?)\b)"),
    ),
    silent(
        "date-trunc-date",
        "date_trunc of a date or a text gives a timestamp without time zone",
        "select date_trunc('month', date'2024-01-07') z",
        code(rf"\bdate_trunc\s*\(\s*'#'\s*,\s*(?:'#'|{_SHOWN_DATE})"),
    ),
    silent(
        "binary-function",
        "a function of text that is given a binary value makes it text, or fails",
        "select substring(x'414243', 2, 1) z",
        code(rf"\b(?:substring|substr|left|right|overlay|[lr]pad|[lrb]?trim|reverse)\s*\(\s*"
             rf"{_BINARY}"),
    ),
    silent(
        "try-add-time",
        "try_add and try_subtract of a timestamp lose its time zone",
        "select try_add(timestamp'2024-01-07 10:00:00', interval 1 day) z",
        code(r"\btry_(?:add|subtract)\s*\([^()]*\b(?:interval|timestamp)\b"),
    ),
    lenient(
        "only-sail",
        "functions that Spark's SQL does not have",
        "select product(id) z from range(3)",
        call("product"),
    ),
    silent(
        "rand-seed",
        "rand(seed) gives other numbers",
        "select rand(42) z from range(8)",
        code(r"\b(?:rand|random|randn)\s*\(\s*[^)\s]"),
        "pmod(xxhash64(key), 100) < 80 over a key of the rows to split them, in every run alike",
    ),
    silent(
        "extreme-struct",
        "max and min of a struct or an array treat null as the greatest",
        "select max(struct(a, b)) z from values (null, 5), (1, 2) t(a, b)",
        code(rf"\b(?:max|min)\s*\(\s*{_NESTED}"),
    ),
    silent(
        "nested-text",
        "a nested value as text has NULL in capitals",
        "select cast(array(cast(null as int)) as string) z",
        _nested_as_text,
    ),
    lenient(
        "time-of-day",
        "the type time, which Spark does not return yet",
        "select hour(time'10:00:00') z",
        code(r"\btime\s*'#'|(?<!\bas )\b(?:make_time|to_time|try_to_time|time_\w+|"
             r"current_time)\s*\(|\bas\s+time\b"),
    ),
)  # fmt: skip
FUNCTIONS: tuple[Difference, ...] = (*_MISSING_ROWS, *_OTHERWISE_ROWS, *_SHAPED)

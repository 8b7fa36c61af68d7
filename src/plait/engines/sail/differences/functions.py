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
    literal,
    literals,
    refused,
    silent,
)
from plait.engines.sail.functions.text import unwritten


@dataclass(frozen=True, slots=True)
class Family:
    """Functions that one row is about, whatever their arguments. example: as in `Difference`."""

    id: str
    what: str
    names: tuple[str, ...]
    example: str


# Functions that Sail does not know at all.
MISSING = (
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
    Family("histogram", "histogram_numeric picks other bins",
           ("histogram_numeric",), "select histogram_numeric(id, 3) z from range(10)"),
    Family("bround", "bround rounds halves away from zero instead of to the even digit",
           ("bround",), "select bround(2.345d, 2) z"),
    Family("aes", "aes_encrypt and aes_decrypt of the mode ECB",
           ("aes_encrypt", "aes_decrypt", "try_aes_decrypt"),
           "select base64(aes_encrypt('a', '1234567890abcdef', 'ECB', 'PKCS')) z"),
    Family("conv", "conv of a negative number",
           ("conv",), "select conv('-5', 10, 2) z"),
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
    """Whether `split` is given a pattern that matches the empty text, and is not rewritten."""
    for one in calls(text, "split"):
        pattern = literal(text, one.arguments[1]) if len(one.arguments) > 1 else None
        if pattern is None or (pattern in ("", "|") and len(one.arguments) == 2):
            continue
        try:
            if re.compile(pattern).match("") is not None:
                return True
        except re.error:
            continue
    return False


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
    silent(
        "split-empty",
        "split at a pattern that also matches the empty text",
        "select split('abc', 'b*') z",
        _matches_nothing,
    ),
    refused(
        "call-form",
        "a function that is rewritten, in a form that the rewriting does not cover: of a random "
        "value, or with what has to be a constant computed",
        "select regexp_replace('aaa', 'a', 'b', 1 + 1) z",
        lambda text: next(unwritten(text.sql()), None) is not None,
    ),
    refused(
        "explode-map",
        "explode of a map",
        "select explode(map('a', 1))",
        code(r"\b(?:pos)?explode(?:_outer)?\s*\(\s*map(?:_\w+)?\s*\("),
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

"""What Sail does not do, or does otherwise than Spark, as data.

Each row was seen on both engines, and a test runs its example on both again: a row that is
no longer true fails there. Nothing here imports an engine, so a script can be checked
against it before anything starts.

`lacking` and `lacking_format` say what a script needs that Sail lacks: `auto` then takes
Spark, and a run on Sail is refused. Rows that the text of a script cannot show are notes
for the reader; what can be put right on the way is in `repairs`.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

Severity = Literal["refused", "silent", "lenient"]
Policy = Literal["spark", "note"]
Detector = Callable[["Text"], bool]


@dataclass(frozen=True, slots=True)
class Text:
    """SQL as the detectors see it: `code` without comments, text and quoted names.

    texts: the literals that were taken out. whole: everything, for the few that need it.
    """

    code: str
    texts: tuple[str, ...]
    whole: str


@dataclass(frozen=True, slots=True)
class Difference:
    """One known difference between Sail and Spark.

    severity: what Sail does: refuses, gives another answer, or answers where Spark fails.
    policy: 'spark' when a script that has it needs Spark, 'note' when its text cannot show it.
    example: a query that shows it on both engines.
    """

    id: str
    what: str
    severity: Severity
    policy: Policy
    example: str
    detect: Detector | None = None


_TOKEN = re.compile(
    r"""(?P<gone>--[^\n]*|/\*.*?\*/|`[^`]*`)
      | (?P<text>[rR]?'(?:[^'\\]|\\.|'')*'|[rR]?"(?:[^"\\]|\\.)*")""",
    re.VERBOSE | re.DOTALL,
)


def _read(sql: str) -> Text:
    texts: list[str] = []

    def masked(token: re.Match[str]) -> str:
        if token["text"] is None:
            return " x " if token[0].startswith("`") else " "
        texts.append(token["text"])
        return "''"

    return Text(_TOKEN.sub(masked, sql), tuple(texts), sql)


def _code(pattern: str) -> Detector:
    compiled = re.compile(pattern, re.IGNORECASE)
    return lambda text: compiled.search(text.code) is not None


def _whole(pattern: str) -> Detector:
    compiled = re.compile(pattern, re.IGNORECASE)
    return lambda text: compiled.search(text.whole) is not None


def _call(*names: str) -> Detector:
    return _code(rf"\b(?:{'|'.join(names)})\s*\(")


def _argument_count(name: str, wrong: Callable[[int], bool]) -> Detector:
    """Whether the function is called with a number of arguments that is `wrong`."""
    start = re.compile(rf"\b{name}\s*\(", re.IGNORECASE)
    return lambda text: any(
        wrong(_arguments(text.code, found.end())) for found in start.finditer(text.code)
    )


def _arguments(code: str, position: int) -> int:
    """How many arguments follow the bracket that opened before `position`."""
    depth, commas = 1, 0
    for character in code[position:]:
        depth += (character in "([") - (character in ")]")
        commas += character == "," and depth == 1
        if depth == 0:
            break
    return commas + 1


_REGEXP = re.compile(r"\b(?:rlike|regexp\w*)\b|\bsplit\s*\(", re.IGNORECASE)
_JAVA_REGEXP = re.compile(r"\(\?<?[=!]|\(\?>|[*+?]\+|\\\\?[1-9]")


def _java_regexp(text: Text) -> bool:
    if _REGEXP.search(text.code) is None:
        return False
    return any(_JAVA_REGEXP.search(literal) for literal in text.texts)


def _refused(id: str, what: str, example: str, detect: Detector) -> Difference:
    return Difference(id, what, "refused", "spark", example, detect)


def _silent(id: str, what: str, example: str, detect: Detector) -> Difference:
    return Difference(id, what, "silent", "spark", example, detect)


def _note(id: str, what: str, severity: Severity, example: str) -> Difference:
    return Difference(id, what, severity, "note", example)


_SYNTAX = (
    _refused(
        "group-by-all",
        "GROUP BY ALL",
        "select k, sum(v) s from values (1, 2), (1, 3) t(k, v) group by all",
        _code(r"\bgroup\s+by\s+all\b"),
    ),
    _refused(
        "order-by-all",
        "ORDER BY ALL",
        "select * from values (2, 2), (1, 3) t(k, v) order by all",
        _code(r"\border\s+by\s+all\b"),
    ),
    _refused(
        "star-except",
        "SELECT * EXCEPT (…)",
        "select * except (k) from values (1, 2) t(k, v)",
        _code(r"\*\s*except\s*\(\s*(?!select\b|from\b|with\b|values\b)"),
    ),
    _refused(
        "pivot",
        "PIVOT",
        "select * from values (1, 'a', 2) t(k, c, v) pivot (sum(v) for c in ('a', 'b'))",
        _code(r"\bpivot\s*\("),
    ),
    _refused(
        "unpivot",
        "UNPIVOT",
        "select * from values (1, 2, 3) t(k, a, b) unpivot (v for c in (a, b))",
        _code(r"\bunpivot\s+(?:(?:include|exclude)\s+nulls\s+)?\("),
    ),
    _refused(
        "recursive",
        "WITH RECURSIVE",
        "with recursive r(n) as (select 1 union all select n + 1 from r where n < 3) "
        "select * from r",
        _code(r"\bwith\s+recursive\b"),
    ),
    _refused(
        "qualify",
        "QUALIFY",
        "select id, row_number() over (order by id) r from range(3) qualify r = 1",
        _code(r"\bqualify\s+(?!\s*(?:,|from\b|as\b|=))"),
    ),
    _refused(
        "like-any",
        "LIKE ANY, LIKE ALL",
        "select 'abc' like any ('a%', 'b%') z",
        _code(r"\bi?like\s+(?:any|all|some)\b"),
    ),
    _refused(
        "distribute-by",
        "DISTRIBUTE BY, CLUSTER BY",
        "select id from range(3) distribute by id sort by id",
        _code(r"\b(?:distribute|cluster)\s+by\b"),
    ),
    _refused(
        "transform-using",
        "TRANSFORM … USING",
        "select transform(id) using 'cat' as (x) from range(1)",
        _code(r"\btransform\s*\([^)]*\)\s*using\b"),
    ),
    _refused(
        "pipe",
        "the pipe operator |>",
        "from range(3) |> where id > 1",
        _code(r"\|>"),
    ),
    _refused(
        "tablesample-rows",
        "TABLESAMPLE (n ROWS)",
        "select count(*) z from (select * from range(100)) tablesample (5 rows)",
        _code(r"\btablesample\s*\(\s*\d+\s+rows\b"),
    ),
)
_COMMANDS = (
    _refused(
        "cache-table",
        "CACHE TABLE, UNCACHE TABLE",
        "cache table cached_by_test as select 1 a",
        _code(r"^\s*(?:un)?cache\s+(?:lazy\s+)?table\b"),
    ),
    _refused(
        "sql-function",
        "CREATE FUNCTION in SQL",
        "create or replace temporary function plus_one(x int) returns int return x + 1",
        _code(r"^\s*create\s+(?:or\s+replace\s+)?(?:temporary\s+|temp\s+)?function\b"),
    ),
    _refused(
        "variable",
        "DECLARE VARIABLE",
        "declare or replace variable a_variable int default 5",
        _code(r"^\s*declare\s"),
    ),
    _refused(
        "execute-immediate",
        "EXECUTE IMMEDIATE",
        "execute immediate 'select 1'",
        _code(r"^\s*execute\s+immediate\b"),
    ),
)
_FUNCTIONS = (
    _refused(
        "map-functions",
        "zip_with, map_zip_with, transform_keys, transform_values",
        "select zip_with(array(1, 2), array(3, 4), (x, y) -> x + y) z",
        _call("zip_with", "map_zip_with", "transform_keys", "transform_values"),
    ),
    _refused(
        "java-regexp",
        "lookaround, back references and possessive quantifiers in a regular expression",
        "select regexp_replace('abc', 'a(?=b)', 'X') z",
        _java_regexp,
    ),
    _refused(
        "explode-map",
        "explode of a map",
        "select explode(map('a', 1))",
        _code(r"\bexplode(?:_outer)?\s*\(\s*map\s*\("),
    ),
    _refused(
        "log-one-argument",
        "log(x) with one argument (ln is the same)",
        "select log(10) z",
        _argument_count("log", lambda n: n == 1),
    ),
    _refused(
        "decode-cases",
        "decode(x, case, result, …)",
        "select decode(1, 1, 'a', 'b') z",
        _argument_count("decode", lambda n: n > 2),
    ),
    _refused(
        "session-window",
        "session_window",
        "select count(*) c from values (timestamp'2024-01-07 10:00:00') t(ts) "
        "group by session_window(ts, '5 minutes')",
        _call("session_window"),
    ),
    _refused(
        "java-method",
        "java_method, reflect",
        "select java_method('java.lang.Math', 'abs', -1) z",
        _call("java_method", "reflect", "try_reflect"),
    ),
    _refused(
        "input-file",
        "input_file_name and its kin",
        "select input_file_name() z",
        _call("input_file_name", "input_file_block_start", "input_file_block_length"),
    ),
    _silent(
        "approx-percentile",
        "approx_percentile interpolates where Spark returns a value that occurs",
        "select approx_percentile(id, 0.5) z from range(100)",
        _call("approx_percentile", "percentile_approx"),
    ),
    _silent(
        "histogram",
        "histogram_numeric picks other bins",
        "select histogram_numeric(id, 3) z from range(10)",
        _call("histogram_numeric"),
    ),
    _silent(
        "bround",
        "bround rounds halves away from zero instead of to the even digit",
        "select bround(2.5) z",
        _call("bround"),
    ),
    _silent(
        "rint",
        "rint rounds halves away from zero instead of to the even number",
        "select rint(2.5) z",
        _call("rint"),
    ),
    _silent(
        "date-part-dow",
        "date_part('dow' …) counts from 0 instead of 1",
        "select date_part('dow', date'2024-01-07') z",
        _whole(r"\b(?:date_part|datepart)\s*\(\s*'(?:dow|dayofweek|dow_iso|dayofweek_iso)'"),
    ),
    _silent(
        "extract-dow",
        "extract(dow …) counts from 0 instead of 1",
        "select extract(dow from date'2024-01-07') z",
        _code(r"\bextract\s*\(\s*(?:dow|dayofweek|dow_iso|dayofweek_iso)\s+from\b"),
    ),
    _silent(
        "weekday",
        "weekday of a Sunday is -1 instead of 6",
        "select weekday(date'2024-01-07') z",
        _call("weekday"),
    ),
    _silent(
        "rand-seed",
        "rand(seed) gives other numbers",
        "select rand(42) z from range(8)",
        _code(r"\b(?:rand|random|randn)\s*\(\s*[^)\s]"),
    ),
    _silent(
        "extreme-struct",
        "max and min of a struct treat null as the greatest",
        "select max(struct(a, b)) z from values (null, 5), (1, 2) t(a, b)",
        _code(r"\b(?:max|min)\s*\(\s*(?:named_)?struct\s*\("),
    ),
)
_NOTES = (
    _note(
        "integer-overflow",
        "+, * and sum of integers wrap around on overflow instead of failing",
        "lenient",
        "select sum(v) z from values (9223372036854775807), (1) t(v)",
    ),
    _note(
        "decimal-scale",
        "the quotient and the average of decimals have fewer digits, and avg cuts them off",
        "silent",
        "select avg(v) z from values (cast(1 as decimal(10, 2))), (cast(2 as decimal(10, 2))), "
        "(cast(2 as decimal(10, 2))) t(v)",
    ),
    _note(
        "double-text",
        "a double as text has no exponent (10000000.0 for 1.0E7), and infinity is inf",
        "silent",
        "select cast(1e7 as string) z",
    ),
    _note(
        "double-rounding",
        "round and casts of a double to decimal use its binary value (1.005 to 1.00)",
        "silent",
        "select round(1.005d, 2) z",
    ),
    _note(
        "case-types",
        "CASE and UNION do not bring an integer and a decimal to one type",
        "silent",
        "select case when true then 1 else 2.5 end z",
    ),
    _note(
        "date-minus-date",
        "date - date gives days as a number instead of an interval",
        "silent",
        "select date'2024-01-07' - date'2024-01-01' z",
    ),
    _note(
        "distinct-estimate",
        "approx_count_distinct estimates otherwise",
        "silent",
        "select approx_count_distinct(id) z from range(1000)",
    ),
    _note(
        "lateral-alias",
        "a name given earlier in the same select list cannot be used in it",
        "refused",
        "select 1 as a, a + 1 as b",
    ),
    _note(
        "unequal-subquery",
        "a correlated scalar subquery with another comparison than =",
        "refused",
        "select id, (select count(*) from range(3) b where b.id < a.id) c from range(3) a",
    ),
    _note(
        "name-case",
        "names of tables and common table expressions differ by upper and lower case",
        "refused",
        "with A as (select 1 x) select * from a",
    ),
    _note(
        "text-arithmetic",
        "text is not turned into a number for arithmetic",
        "refused",
        "select '1' + 1 z",
    ),
)
DIFFERENCES: tuple[Difference, ...] = (*_SYNTAX, *_COMMANDS, *_FUNCTIONS, *_NOTES)
_DETECTED = tuple((row, row.detect) for row in DIFFERENCES if row.detect is not None)

# Formats that Spark reads or writes and Sail does not.
_FORMATS = {
    name: Difference(f"format-{name}", f"the format {name}", "refused", "spark", "")
    for name in ("libsvm", "orc", "xml", "image")
}


def lacking(sql: str) -> list[Difference]:
    """What `sql` uses that needs Spark; nothing when Sail answers it as Spark does."""
    text = _read(sql)
    return [row for row, detect in _DETECTED if detect(text)]


def lacking_format(fmt: str) -> list[Difference]:
    """The one difference that a format is when Sail lacks it, or nothing."""
    found = _FORMATS.get(fmt.lower())
    return [] if found is None else [found]

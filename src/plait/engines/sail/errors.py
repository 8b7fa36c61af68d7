"""What Sail writes when it refuses or fails, and what plait says instead."""

from __future__ import annotations

from plait.engines.errors import ErrorRules, Rule, rule
from plait.errors import (
    AnalysisError,
    CapabilityError,
    DataError,
    EngineError,
    UnreadableFileError,
)

_OTHER_ENGINE = "if this is right for Spark, run it there: --engine spark"
_RULES: tuple[Rule, ...] = (
    rule(
        r"attribute ObjectName\(\[(.*?)\]\) is missing from the schema",
        AnalysisError,
        "there is no column {0}",
        columns=True,
    ),
    rule(
        r"ambiguous attribute: ObjectName\(\[(.*?)\]\)",
        AnalysisError,
        "the column {0} exists in more than one table",
        "write the table's name before it",
    ),
    rule(
        r"unknown function: (row_number|rank|dense_rank|percent_rank|cume_dist|ntile|lag|lead"
        r"|first_value|last_value|nth_value)\b",
        AnalysisError,
        "the window function {0} needs an OVER clause",
    ),
    rule(r"unknown function: (\w+)", AnalysisError, "there is no function {0}", _OTHER_ENGINE),
    rule(
        r"No field named [^\n]*\"#\d+\"",
        AnalysisError,
        "a column stands where only a group, an aggregate or a constant can",
        "name the column in GROUP BY, or use any_value(column)",
    ),
    rule(
        r"does not support logical expression (Aggregate|Window)Function",
        AnalysisError,
        "a function over many rows ({0}) stands where only one row is seen, such as in WHERE",
        "use HAVING, or compute it in a select before",
    ),
    rule(
        r"duplicate (?:un)?qualified field name (?:[\w.]+\.)?(\"?[^.\n]+)",
        CapabilityError,
        "two columns of the table are called {0}",
        "give one of them another name: … as other",
    ),
    rule(
        r"regex parse error:.*?\nerror: ([^\n]*)",
        EngineError,
        "a regular expression is wrong: {0}",
    ),
    rule(
        r"((?:There isn't a common type|Cannot infer common|Can not find compatible types)[^\n]*)",
        AnalysisError,
        "{0}",
        _OTHER_ENGINE,
    ),
    rule(r"Error during planning: ([^\n]*)", AnalysisError, "{0}"),
    rule(r"Encountered invalid UTF-8 data", UnreadableFileError, "a file is not UTF-8 text"),
    rule(
        r"Ambiguous case-insensitive column match for (`.+?`)",
        DataError,
        "the files spell the column {0} in several ways",
        "read them on Spark: --engine spark",
    ),
    rule(
        r"Fail to merge schema field ([^\n]*)",
        UnreadableFileError,
        "the files do not have the same columns: field {0}",
    ),
    rule(
        r"invalid argument: found (.+?) at (\d+):\d+ expected (.*)",
        AnalysisError,
        "the SQL is not understood at '{0}' (character {1})",
        _OTHER_ENGINE,
    ),
    rule(
        r"((?:not (?:yet )?(?:implemented|supported)|(?<!\[)unsupported).*)",
        CapabilityError,
        "Sail does not do this ({0})",
        "run it on Spark: --engine spark",
    ),
    rule(
        r"(resources exhausted|failed to allocate)",
        EngineError,
        "the query needs more memory than Sail may use",
        "give it more (sail.memory), or run it with --engine spark",
    ),
    rule(
        r"Json error: whilst decoding field '(.*?)': expected (\w+) got ([^\n]*)",
        DataError,
        "the JSON field '{0}' is to be {1} and is {2}",
        "declare another type in schema; Spark reads any value as text: --engine spark",
    ),
    rule(
        r"((?:Parquet|Csv|Json|Arrow|Avro) error: [^\n]*)",
        UnreadableFileError,
        "the file cannot be read: {0}",
    ),
    rule(r"Object Store error|Object at location (\S+) not found", DataError, "{0} not found"),
)
SAIL = ErrorRules("sail", _RULES, memory_setting="sail.memory")

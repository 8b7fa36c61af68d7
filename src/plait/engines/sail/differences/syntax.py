"""Statements and clauses that Sail does not know or takes otherwise."""

from __future__ import annotations

import re

from plait.engines.sail.differences.model import (
    Detector,
    Difference,
    Text,
    bracketed,
    calls,
    code,
    lenient,
    refused,
    silent,
)

_ORDERED = ("lag", "lead", "nth_value", "ntile", "rank", "dense_rank", "percent_rank",
            "cume_dist", "row_number")  # fmt: skip
_OVER = r"\s*(?:(?:ignore|respect)\s+nulls\s*)?(?:filter\s*\([^()]*\)\s*)?over\b"


def _over(*names: str) -> Detector:
    """Calls of these aggregates over a window."""
    over = re.compile(_OVER, re.IGNORECASE)
    return lambda text: any(over.match(one.rest) is not None for one in calls(text, *names))


def _distinct_over(text: Text) -> bool:
    return any(
        re.match(_OVER, one.rest, re.IGNORECASE) is not None
        and one.arguments[:1] != ()
        and re.match(r"distinct\b", one.arguments[0], re.IGNORECASE) is not None
        for one in calls(text, r"\w+")
    )


def _unordered_window(text: Text) -> bool:
    for one in calls(text, *_ORDERED):
        found = re.match(_OVER + r"\s*\(", one.rest, re.IGNORECASE)
        if found is not None:
            inside = ",".join(bracketed(one.rest, found.end()).arguments).lower()
            if "order" not in inside and (not inside or inside.startswith("partition")):
                return True
    return False


_CLAUSES = (
    refused(
        "recursive",
        "WITH RECURSIVE",
        "with recursive r(n) as (select 1 union all select n + 1 from r where n < 3) "
        "select * from r",
        code(r"\bwith\s+recursive\b"),
    ),
    silent(
        "format-database",
        "a database that has the name of a file format is read as files",
        "",
        code(r"\b(?:from|join|table|into)\s+(?:parquet|csv|json|text|avro|arrow|orc)\.\w"),
        "load hive.`json.t` as t, and t after that",
    ),
    refused(
        "transform-using",
        "TRANSFORM … USING",
        "select transform(id) using 'cat' as (x) from range(1)",
        code(r"\btransform\s*\([^)]*\)\s*using\b"),
    ),
    refused(
        "pipe",
        "the pipe operator |>",
        "select * from range(3) |> where id > 1",
        code(r"\|>"),
    ),
    silent(
        "intersect-all",
        "INTERSECT ALL keeps a row more often than both sides have it",
        "select * from values (1), (1) a(v) intersect all select * from values (1) b(v)",
        code(r"\bintersect\s+all\b"),
    ),
    silent(
        "range-frame",
        "a window frame RANGE BETWEEN n … takes the whole partition when it is ordered by a date",
        "select sum(v) over (order by d range between 1 preceding and current row) z "
        "from values (date'2024-01-01', 1), (date'2024-01-04', 4) t(d, v)",
        code(r"\brange\s+(?:between\s+)?(?:[^()]|\([^()]*\))*?"
             r"(?:\d|'#'|\b(?:days?|hours?|minutes?|seconds?|months?|years?))\s+"
             r"(?:preceding|following)\b|\brange\s+(?:between\s+)?interval\b"),
    ),
    silent(
        "collected-over-window",
        "collect_list and similar functions keep nulls when they go over a window",
        "select collect_list(v) over (order by k) z from values (1, null), (2, 3) t(k, v)",
        _over("collect_list", "collect_set", "array_agg"),
    ),
    lenient(
        "distinct-over-window",
        "an aggregate of DISTINCT values over a window, which Spark refuses",
        "select count(distinct id) over (partition by id) z from range(3)",
        _distinct_over,
    ),
    lenient(
        "median-over-order",
        "a percentile over an ordered window, which Spark refuses",
        "select median(id) over (order by id) z from range(3)",
        lambda text: any(
            code(rf"^{_OVER}\s*\([^()]*\border\s+by\b")(Text(one.rest, ()))
            for one in calls(text, "median", "percentile", "percentile_cont", "percentile_disc")
        ),
    ),
    lenient(
        "window-without-order",
        "lag, lead, nth_value … over a window that has no ORDER BY, which Spark refuses",
        "select lag(id) over (partition by id) z from range(3)",
        _unordered_window,
    ),
)  # fmt: skip
_COMMANDS = (
    refused(
        "cache-table",
        "CACHE TABLE, UNCACHE TABLE",
        "cache table cached_by_test as select 1 a",
        code(r"^\s*(?:un)?cache\s+(?:lazy\s+)?table\b"),
        "nothing: what several steps read is computed once",
    ),
    refused(
        "sql-function",
        "CREATE FUNCTION in SQL",
        "create or replace temporary function plus_one(x int) returns int return x + 1",
        code(r"^\s*create\s+(?:or\s+replace\s+)?(?:temporary\s+|temp\s+)?function\b"),
    ),
    refused(
        "variable",
        "DECLARE VARIABLE",
        "declare or replace variable a_variable int default 5",
        code(r"^\s*declare\s"),
        'set name = "value"; and ${name} where it is used',
    ),
    refused(
        "execute-immediate",
        "EXECUTE IMMEDIATE",
        "execute immediate 'select 1'",
        code(r"^\s*execute\s+immediate\b"),
    ),
)
SYNTAX: tuple[Difference, ...] = (*_CLAUSES, *_COMMANDS)

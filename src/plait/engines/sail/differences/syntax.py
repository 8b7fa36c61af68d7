"""Statements and clauses that Sail does not know or takes otherwise."""

from __future__ import annotations

import re
from collections.abc import Iterator

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


_USING = re.compile(r"\busing\s*\(([^()]*)\)", re.IGNORECASE)
_NATURAL = re.compile(r"\bnatural\s+(?:\w+\s+){0,2}join\b", re.IGNORECASE)
_INNERMOST = re.compile(r"\(([^()]*)\)")
_SELECT = re.compile(r"\bselect\b", re.IGNORECASE)
_NEXT_SELECT = re.compile(
    r"\b(?:union|intersect|except|minus)\s+(?:(?:all|distinct)\s+)?"
    r"(?=(?:select|from|values|table)\b)",
    re.IGNORECASE,
)
_SIDE_STAR = re.compile(r"\w\s*\.\s*\*")


def _shared_keys(text: Text) -> Iterator[tuple[str, list[str]]]:
    """Each select that joins by USING or NATURAL, without its subqueries, and USING's columns."""
    if "using" not in text.code.lower() and _NATURAL.search(text.code) is None:
        return
    rest, levels = _USING.sub(r" using [\1] ", text.code), []
    while (found := _INNERMOST.search(rest)) is not None:
        inside = found[1]
        if _SELECT.search(inside) is not None:
            levels.append(inside)
            inside = ""
        rest = f"{rest[: found.start()]} {inside} {rest[found.end() :]}"
    for level in (*levels, rest):
        for one in _NEXT_SELECT.split(level):
            lists = re.findall(r"\busing \[([^\]]*)\]", one)
            if lists or _NATURAL.search(one) is not None:
                yield one, [key.strip() for names in lists for key in names.split(",")]


def _star_of_a_side(text: Text) -> bool:
    return any(_SIDE_STAR.search(select) is not None for select, _ in _shared_keys(text))


def _key_of_a_side(text: Text) -> bool:
    return any(
        re.search(rf"\w\s*\.\s*{re.escape(key)}\b", select, re.IGNORECASE) is not None
        for select, keys in _shared_keys(text)
        for key in keys
    )


_VIEW = r"lateral\s+view\s+(?:outer\s+)?\w+"
_MADE = re.compile(r"\s*\w+(?:\s+as)?(?:\s+\w+(?:\s*,\s*\w+)*)?")
_BEHIND_WHERE = re.compile(
    r"\b(?:group\s+by|order\s+by|having|limit|union|intersect|except|minus)\b", re.IGNORECASE
)


def _filtered_view(text: Text) -> bool:
    """Whether a WHERE names a LATERAL VIEW or one of its columns."""
    for one in calls(text, _VIEW):
        behind = ",".join(bracketed(one.rest + ")", 0).arguments)
        head, _, condition = re.sub(r"(?i)\bwhere\b", "\0", behind, count=1).partition("\0")
        made = _MADE.match(re.split(r"(?i)\blateral\b", head)[0])
        names = {name.lower() for name in re.findall(r"\w+", made[0] if made else "")} - {"as"}
        if len(names) < 2:
            names |= {"col", "pos", "key", "value"}
        condition = _BEHIND_WHERE.split(condition)[0]
        if re.search(rf"(?i)(?<![\w.])(?:{'|'.join(names)})\b", condition) is not None:
            return True
    return False


_CLAUSES = (
    refused(
        "group-by-all",
        "GROUP BY ALL",
        "select k, sum(v) s from values (1, 2), (1, 3) t(k, v) group by all",
        code(r"\bgroup\s+by\s+all\b"),
    ),
    refused(
        "order-by-all",
        "ORDER BY ALL",
        "select * from values (2, 2), (1, 3) t(k, v) order by all",
        code(r"\border\s+by\s+all\b"),
    ),
    refused(
        "star-except",
        "SELECT * EXCEPT (…)",
        "select * except (k) from values (1, 2) t(k, v)",
        code(r"\*\s*except\s*\(\s*(?!select\b|from\b|with\b|values\b)"),
    ),
    refused(
        "pivot",
        "PIVOT",
        "select * from values (1, 'a', 2) t(k, c, v) pivot (sum(v) for c in ('a', 'b'))",
        code(r"\bpivot\s*\("),
    ),
    refused(
        "unpivot",
        "UNPIVOT",
        "select * from values (1, 2, 3) t(k, a, b) unpivot (v for c in (a, b))",
        code(r"\bunpivot\s+(?:(?:include|exclude)\s+nulls\s+)?\("),
    ),
    refused(
        "recursive",
        "WITH RECURSIVE",
        "with recursive r(n) as (select 1 union all select n + 1 from r where n < 3) "
        "select * from r",
        code(r"\bwith\s+recursive\b"),
    ),
    refused(
        "qualify",
        "QUALIFY",
        "select id, row_number() over (order by id) r from range(3) qualify r = 1",
        code(r"\bqualify\s+(?!\s*(?:,|from\b|as\b|=))"),
    ),
    refused(
        "like-any",
        "LIKE ANY, LIKE ALL",
        "select 'abc' like any ('a%', 'b%') z",
        code(r"\bi?like\s+(?:any|all|some)\b"),
    ),
    refused(
        "distribute-by",
        "DISTRIBUTE BY, CLUSTER BY",
        "select id from range(3) distribute by id sort by id",
        code(r"\b(?:distribute|cluster)\s+by\b"),
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
    refused(
        "from-first",
        "FROM … SELECT",
        "from values (1) t(x) select x",
        code(r"^\s*from\b"),
    ),
    refused(
        "tablesample-rows",
        "TABLESAMPLE (n ROWS)",
        "select count(*) z from (select * from range(100)) tablesample (5 rows)",
        code(r"\btablesample\s*\(\s*\d+\s+rows\b"),
        "select * from t limit n",
    ),
    refused(
        "grouping-sets-after",
        "GROUP BY columns GROUPING SETS (…)",
        "select k, count(*) c from values (1, 2) t(k, v) group by k, v grouping sets ((k), ())",
        code(r"\bgroup\s+by\s+(?!grouping\b)[^()]*?[\w)]\s+grouping\s+sets\b"),
    ),
    silent(
        "using-star",
        "a.* leaves out the columns that USING or NATURAL joins by",
        "select a.* from values (1, 2) a(k, v) join values (1, 3) b(k, w) using (k)",
        _star_of_a_side,
        "a.*, b.* with JOIN … ON a.k = b.k",
    ),
    refused(
        "using-key",
        "a.k, of one side, where USING joins by k",
        "select a.k z from values (1) a(k) left join values (2) b(k) using (k)",
        _key_of_a_side,
        "JOIN … ON a.k = b.k",
    ),
    refused(
        "lateral-view-where",
        "WHERE behind LATERAL VIEW, over what the view makes",
        "select x z from range(2) lateral view explode(array(id)) e as x where x > 0",
        _filtered_view,
        "select … from (select …, explode(…) as x from t) where …",
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

"""Each row of the table of differences, and thousands of small cases, on both engines.

A row that is no longer true fails here, and so does a case that Sail answers otherwise and
no row covers. `differences/TOPIC.sql` holds one case a line, after what is expected of it:

=   Sail answers as Spark does          -   both refuse it
>   it is routed, and has to be         ?   it is routed, though Sail would answer it
!   Sail refuses it when it is checked  ~row   the row of policy `warn` is about it
"""

from __future__ import annotations

import datetime
import decimal
import math
import re
import subprocess
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from plait.engines.base import DataEngine
from plait.engines.sail.differences import (
    DIFFERENCES,
    MISSING,
    Difference,
    lacking,
    lacking_format,
    warned_about,
)
from plait.engines.sail.differences.page import page

# Tiny queries: what Spark adds for large ones costs more than they do.
_SMALL = {
    "spark.sql.shuffle.partitions": "1",
    "spark.sql.leafNodeDefaultParallelism": "1",
    "spark.sql.adaptive.enabled": "false",
    "spark.sql.codegen.wholeStage": "false",
    "spark.sql.codegen.factoryMode": "NO_CODEGEN",
}
TOPICS = sorted(Path(__file__).with_name("differences").glob("*.sql"))
PAGE = Path(__file__).parents[2] / "docs" / "differences.md"
SHOWN = [row for row in DIFFERENCES if row.example]
_THREADS = 4
_BATCH = 20


# --- asking an engine -----------------------------------------------------------------------


@dataclass(frozen=True)
class Answer:
    """The rows of a query as a sorted tuple, or None and why it was refused."""

    rows: tuple[str, ...] | None
    error: str = ""


def value(found: Any) -> Any:
    """A value so that two engines' can be compared: numbers by kind and ten digits."""
    match found:
        case None | bool() | str() | int():
            return found
        case float():
            return "nan" if math.isnan(found) else f"float {found + 0.0:.10g}"
        case decimal.Decimal():
            return f"decimal {found.normalize():f}"
        case datetime.datetime():
            zone = "zone " if found.tzinfo else ""
            return f"{zone}{found.replace(tzinfo=None)}"
        case dict():
            return {key: value(one) for key, one in found.items()}
        case list() | tuple():
            return [value(one) for one in found]
        case _:
            return repr(found)


def ask(session: Any, sql: str) -> Answer:
    try:
        columns = [column.to_pylist() for column in session.sql(sql).toArrow().columns]
    except Exception as error:
        return Answer(None, str(error).split("JVM stacktrace")[0][:300])
    return Answer(
        tuple(sorted(repr([value(one) for one in row]) for row in zip(*columns, strict=True)))
    )


@pytest.fixture
def small_spark(spark: DataEngine) -> Iterator[DataEngine]:
    """The Spark of all tests, set for tiny queries."""
    session = spark.session()
    before = {key: session.conf.get(key, None) for key in _SMALL}
    for key, setting in _SMALL.items():
        session.conf.set(key, setting)
    yield spark
    for key, setting in before.items():
        session.conf.unset(key) if setting is None else session.conf.set(key, setting)


def analysed(session: Any, sql: str) -> bool:
    """Whether the engine's analysis accepts a query, which does not run it."""
    try:
        return session.sql(sql).schema is not None
    except Exception:
        return False


def ask_all(engine: DataEngine, queries: Sequence[str]) -> dict[str, Answer]:
    """Every query's answer; those over the same rows are asked many at a time."""
    session = engine.session()
    alike: dict[tuple[bool, str], list[str]] = {}
    for sql in queries:
        if (parts := _BATCHED.match(sql)) is not None and not _ALONE.search(parts["what"]):
            kind = _AGGREGATE.search(parts["what"]) is not None
            alike.setdefault((kind, parts["over"] or ""), []).append(sql)
    batches = [
        group[at : at + _BATCH] for group in alike.values() for at in range(0, len(group), _BATCH)
    ]
    with ThreadPoolExecutor(_THREADS) as threads:
        found: dict[str, Answer] = {}
        for answers in threads.map(lambda batch: _ask_batch(session, batch), batches):
            found.update(answers)
        rest = [sql for sql in queries if sql not in found]
        found.update(zip(rest, threads.map(lambda sql: ask(session, sql), rest), strict=True))
    return found


_BATCHED = re.compile(r"select (?P<what>(?!.*\bfrom\b).+|.+(?= z from)) ?(?P<over>.*)", re.I)
_NAMED = re.compile(r" z$")
_ALONE = re.compile(
    # A distinct aggregate changes the order in which the others see the rows.
    r"^distinct\b|\(distinct\b|\b(?:array_agg|explode\w*|posexplode\w*|inline\w*|stack|json_tuple|union|where"
    r"|having|with|values|select|limit|offset|window|grouping\w*)\b",
    re.IGNORECASE,
)
_AGGREGATE = re.compile(
    r"\b(?:count\w*|sum|avg|mean|min|max|first\w*|last\w*|any\w*|some|every|bool_\w+|collect_\w+"
    r"|std\w*|var\w+|corr|covar\w+|skewness|kurtosis|median|percentile\w*|m(?:ax|in)_by|bit_\w+"
    r"|regr_\w+|listagg|string_agg|array_agg|try_sum|try_avg|approx\w+|bitmap\w+)\s*\("
    r"(?!.*\bover\b)",
    re.IGNORECASE,
)


def _ask_batch(session: Any, batch: Sequence[str]) -> dict[str, Answer]:
    """The answers of queries over the same rows in one; nothing when one of them spoils it."""
    found = [_BATCHED.match(sql) for sql in batch]
    parts = [f"struct({_NAMED.sub(' as z', one['what'])})" for one in found if one is not None]
    over = found[0]["over"].removeprefix("z ") if found[0] is not None else ""
    try:
        columns = session.sql(f"select {', '.join(parts)} {over}").toArrow().columns
    except Exception:
        return {}
    rows = [
        tuple(sorted(repr([value(one) for one in row.values()]) for row in column.to_pylist()))
        for column in columns
    ]
    return {sql: Answer(one) for sql, one in zip(batch, rows, strict=True)}


def cases(topic: Path) -> Iterator[tuple[str, str]]:
    """(what is expected, query) of each line."""
    for line in topic.read_text(encoding="utf-8").splitlines():
        expected, _, sql = line.partition(" ")
        yield expected, sql


# --- the cases ------------------------------------------------------------------------------


@pytest.mark.parametrize("topic", TOPICS, ids=lambda path: path.stem)
def test_cases(topic: Path, sail: DataEngine, small_spark: DataEngine) -> None:
    expected = {sql: sign for sign, sql in cases(topic)}
    compared = [sql for sql, sign in expected.items() if sign == "=" or sign[0] == "~"]
    refused = [sql for sql, sign in expected.items() if sign in "-!"]
    on_sail, on_spark = ask_all(sail, [*compared, *refused]), ask_all(small_spark, compared)
    wrong = [
        (sign, sql, on_sail[sql], on_spark.get(sql))
        for sql, sign in expected.items()
        if sql in on_sail
        and not (
            on_sail[sql].rows is None
            if sql in refused
            else on_spark[sql].rows is not None and on_sail[sql].rows == on_spark[sql].rows
            if sign == "="
            else on_sail[sql].rows != on_spark[sql].rows
        )
    ]
    assert wrong == []


@pytest.mark.parametrize("topic", TOPICS, ids=lambda path: path.stem)
def test_cases_are_routed_as_they_say(topic: Path) -> None:
    wrong = [
        (sign, sql, [row.id for row in lacking(sql)])
        for sign, sql in cases(topic)
        if bool(lacking(sql)) != (sign in (">", "?"))
    ]
    assert wrong == []


def test_cases_name_rows_of_warnings() -> None:
    rows = {row.id for row in DIFFERENCES if row.policy == "warn"}
    named = {sign[1:] for topic in TOPICS for sign, _ in cases(topic) if sign[0] == "~"}
    assert named <= rows


def test_what_sail_refuses_at_once_is_refused_when_checked(sail: DataEngine) -> None:
    session = sail.session()
    for topic in TOPICS:
        for sign, sql in cases(topic):
            if sign == "!":
                assert not analysed(session, sql), sql


# --- the rows -------------------------------------------------------------------------------


@pytest.mark.parametrize("row", SHOWN, ids=lambda row: row.id)
def test_the_difference_is_there(
    row: Difference, unrewritten: Any, sail: DataEngine, spark: DataEngine
) -> None:
    on_sail, on_spark = ask(unrewritten, row.example), ask(spark.session(), row.example)
    match row.severity:
        case "refused":
            assert on_spark.rows is not None, on_spark.error
            assert on_sail.rows is None, on_sail.rows
        case "silent":
            assert on_spark.rows is not None, on_spark.error
            assert on_sail.rows is not None, on_sail.error
            assert on_sail != on_spark
        case "lenient":
            assert on_sail.rows is not None, on_sail.error
            assert on_spark.rows is None, on_spark.rows
    if row.policy == "rewrite":
        assert ask(sail.session(), row.example).rows == on_spark.rows


@pytest.mark.parametrize("row", SHOWN, ids=lambda row: row.id)
def test_the_example_is_found_by_its_own_row_alone(row: Difference) -> None:
    found = [one.id for one in lacking(row.example)]
    assert found == ([row.id] if row.policy == "route" else [])
    if row.policy == "warn" and warned_about("select sum(a) from t"):
        assert row.detect is not None


@pytest.mark.parametrize("name", [name for family in MISSING for name in family.names])
def test_sail_does_not_know_the_function(name: str, sail: DataEngine) -> None:
    from_table = name in ("collations", "sql_keywords")
    sql = f"select * from {name}()" if from_table else f"select {name}(1)"
    with pytest.raises(Exception, match=rf"function: {name}"):
        sail.session().sql(sql).toArrow()


def test_ids_are_unique() -> None:
    ids = [row.id for row in DIFFERENCES]
    assert sorted(set(ids)) == sorted(ids)


# --- what is not found ----------------------------------------------------------------------


@pytest.mark.parametrize(
    "sql",
    [
        "select 'group by all' a, `pivot (` b -- qualify x\n from t /* |> */",
        "select * from a except (select * from b)",
        "select qualify, isnan, range, rint, time, version from t",
        "select log(2, x), decode(b, 'utf-8'), rand(), regexp_replace(a, '[0-9]+', '') from t",
        "select decode(b, 'a,b,c') from t",
        "select max(structure), min(array_size) from t",
        "select 'it''s a(?=b)' a from t",
        "select extract(year from d), date_part('year', d) from t",
        "select transform(a, x -> x + 1) from t",
        "select a / b, a * 1.5, 'x / 2.5' from t where c > 0.5",
        "select sum(price * 0.9) s, a / b q from t where x > 1.5",
        "select date_trunc('month', ts), d - 1, d - interval 1 day, d + interval 2 days from t",
        "select case when a then 1 else 0 end, case when a then 'x' else 'y' end from t",
        "select case when a then 1.0 else 0 end, if(a, 2.5, 1) from t",
        "select sum(v) over (order by d rows between 3 preceding and current row) from t",
        "select sum(v) over (order by d range between unbounded preceding and current row) from t",
        "select rank() over (partition by a order by b), lag(x) over w from t window w as "
        "(partition by a order by b)",
        "select cast(a as char(5)), cast(s as struct<b:string,c:int>), x::string from t",
        "select left(a, 2), right(a, b), split(a, ','), split(a, '[|]') from t",
        "select id, 1 a from t union all select id, 2 a from u",
        "select max_by(a, b), format_string('%s %d', a, b), get_json_object(j, '$.a') from t",
        "select cast(x as decimal(10, 2)) c, y from t",
    ],
)
def test_what_sail_does_is_not_sent_away(sql: str) -> None:
    assert lacking(sql) == []


def test_a_database_that_has_the_name_of_a_format_is_no_folder() -> None:
    assert [row.id for row in lacking("select 1 from json.sales join t")] == ["format-database"]
    assert lacking("select 1 from json.`sales` join parquet.`a/b` where text.x = 1") == []


def test_formats() -> None:
    assert [row.what for row in lacking_format("LibSVM")] == ["the format libsvm"]
    assert lacking_format("parquet") == []


@pytest.mark.parametrize("fmt", ["libsvm", "orc", "xml", "image"])
def test_sail_has_not_the_format(fmt: str, sail: DataEngine) -> None:
    with pytest.raises(Exception, match=r"(?i)no data source|not"):
        _ = sail.session().read.format(fmt).load("/").schema


def test_the_table_needs_no_engine() -> None:
    code = (
        "import sys, plait.engines.sail.differences as d; d.lacking('select 1');"
        "sys.exit(any(m.split('.')[0] in ('pyspark', 'pysail', 'grpc') for m in sys.modules))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_the_page_is_that_of_the_table() -> None:
    written = PAGE.read_text(encoding="utf-8")
    assert written == page(), (
        "run: python -m plait.engines.sail.differences.page docs/differences.md"
    )

"""Requests that Sail would answer wrongly: rewritten or refused before they are sent."""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from plait.engines.base import DataEngine
from plait.engines.sail.calls import lower_calls
from plait.engines.sail.functions.text import rewritten_calls, unwritten
from plait.engines.sail.rewrites import coalesced, plain_quotes
from plait.errors import CapabilityError, DataError


def texts(engine: DataEngine, *paths: str) -> list[str]:
    rows = engine.session().read.text(list(paths)).toArrow().to_pylist()
    return sorted(row["value"] for row in rows)


@pytest.fixture
def letters(tmp_path: Path) -> Path:
    for name in ("a1", "a2", "b1"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "file.txt").write_text(name)
    return tmp_path


@pytest.mark.parametrize(
    ("pattern", "found"),
    [
        ("a?", ["a1", "a2"]),
        ("a[12]", ["a1", "a2"]),
        ("*1", ["a1", "b1"]),
        ("{a2,b*}", ["a2", "b1"]),
        ("*/file.txt", ["a1", "a2", "b1"]),
        ("a1", ["a1"]),
    ],
)
def test_globs(pattern: str, found: list[str], letters: Path, engine: DataEngine) -> None:
    assert texts(engine, f"{letters}/{pattern}") == found
    assert texts(engine, f"file://{letters}/{pattern}") == found


@pytest.mark.parametrize("pattern", ["a3", "z*", "z/*"])
def test_nothing_there(pattern: str, letters: Path, engine: DataEngine) -> None:
    with pytest.raises(Exception) as caught:
        texts(engine, str(letters / "a1"), f"{letters}/{pattern}")
    error = engine.translate(caught.value)
    assert isinstance(error, DataError)
    assert pattern in error.message
    if engine.name == "sail" and pattern == "a3":
        assert error.hint is not None and "a1" in error.hint


def test_a_link_that_leads_nowhere_is_an_error_of_the_data(
    letters: Path, sail: DataEngine
) -> None:
    (letters / "b1" / "lost.txt").symlink_to("not-there.txt")
    with pytest.raises(DataError, match=r"cannot be read.*lost\.txt' is a link"):
        sail.session().read.text(str(letters)).toArrow()


def test_nothing_there_in_sql(sail: DataEngine, tmp_path: Path) -> None:
    with pytest.raises(DataError, match="there is no file"):
        sail.session().sql(f"select * from parquet.`{tmp_path}/none`").toArrow()


ROWS = (
    "select 1 a, 'x/y' k, 7 n, date'2024-01-07' d, timestamp'2024-01-07 10:00:00' t "
    "union all select 2, null, 8, null, null union all select 3, '', 9, date'2024-01-08', null"
)


@pytest.mark.parametrize(("writer", "reader"), [("sail", "spark"), ("spark", "sail")])
def test_partition_columns_come_back_as_they_were(
    writer: str, reader: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    write = request.getfixturevalue(writer).session()
    read = request.getfixturevalue(reader).session()
    path = str(tmp_path / "parts")
    write.sql(ROWS).write.partitionBy("k", "n", "d", "t").parquet(path)
    frame = read.read.parquet(path)
    assert dict(frame.dtypes) == {
        "a": "int", "k": "string", "n": "int", "d": "date", "t": "timestamp",
    }  # fmt: skip
    rows: list[dict[str, Any]] = frame.orderBy("a").toArrow().to_pylist()
    assert [(row["k"], row["n"], row["d"]) for row in rows] == [
        ("x/y", 7, datetime.date(2024, 1, 7)),
        (None, 8, None),
        (None, 9, datetime.date(2024, 1, 8)),
    ]
    assert frame.where("n = 8").toArrow().num_rows == 1


def test_partition_columns_in_sql_are_refused(sail: DataEngine, tmp_path: Path) -> None:
    (tmp_path / "n=1").mkdir()
    pq.write_table(pa.table({"x": [1]}), tmp_path / "n=1" / "p.parquet")
    with pytest.raises(CapabilityError, match="partition columns"):
        sail.session().sql(f"select * from parquet.`{tmp_path}`").toArrow()


def test_dynamic_overwrite_is_refused(sail: DataEngine, tmp_path: Path) -> None:
    session = sail.session()
    frame = session.sql("select 1 a, 'x' k")
    with pytest.raises(CapabilityError, match="dynamic partition overwrite"):
        session.conf.set("spark.sql.sources.partitionOverwriteMode", "dynamic")
    writer = frame.write.mode("overwrite").partitionBy("k")
    with pytest.raises(CapabilityError, match="dynamic partition overwrite"):
        writer.option("partitionOverwriteMode", "DYNAMIC").parquet(str(tmp_path / "t"))
    with pytest.raises(CapabilityError, match="dynamic partition overwrite"):
        frame.writeTo("t").overwritePartitions()
    assert not (tmp_path / "t").exists()


@pytest.mark.parametrize(
    ("option", "value"),
    [("nullValue", "NA"), ("ignoreLeadingWhiteSpace", "true"), ("encoding", "ISO-8859-1")],
)
def test_csv_options_that_sail_ignores(
    option: str, value: str, sail: DataEngine, tmp_path: Path
) -> None:
    (tmp_path / "t.csv").write_text("a,b\n1,NA\n")
    read = sail.session().read
    with pytest.raises(CapabilityError, match=option):
        read.option(option, value).csv(str(tmp_path)).toArrow()
    assert sail.session().read.csv(str(tmp_path), encoding="UTF-8").toArrow().num_rows == 2


QUOTES = """select 'it''s' a, '' b, '''' c, "a''b" d, r'a\\b' e, 'x\\'''y' f -- it''s
, '/* '' */' g, 1 as `h''h`, "say ""hi"" it''s" i, "" j, length("a""b") k, r"a\\b" l"""


def test_doubled_quotes(engine: DataEngine) -> None:
    assert engine.session().sql(QUOTES).toArrow().to_pylist() == [
        {"a": "it's", "b": "", "c": "'", "d": "a''b", "e": "a\\b", "f": "x''y",
         "g": "/* ' */", "h''h": 1,
         "i": "say \"hi\" it''s", "j": "", "k": 3, "l": "a\\b"}
    ]  # fmt: skip


def test_sql_without_doubled_quotes_is_sent_as_it_is() -> None:
    assert plain_quotes("select '' a, \"''\" b -- it''s") == "select '' a, \"''\" b -- it''s"


def test_without_rewrites_paths_read_no_rows(unrewritten: Any, letters: Path) -> None:
    """The rows `glob` and `missing-path` of the table hold."""
    for pattern in ("a?", "a3"):
        assert unrewritten.read.text(f"{letters}/{pattern}").toArrow().num_rows == 0


def test_without_rewrites_partition_columns_are_text(
    unrewritten: Any, spark: DataEngine, tmp_path: Path
) -> None:
    """The rows `partition-types` and `null-partition` of the table hold."""
    path = str(tmp_path / "parts")
    rows = "select 1 a, 7 n union all select 2, null"
    spark.session().sql(rows).write.partitionBy("n").parquet(path)
    frame = unrewritten.read.parquet(path)
    assert dict(frame.dtypes)["n"] == "string"
    assert None not in frame.toArrow().column("n").to_pylist()


def test_nvl_has_the_type_of_coalesce(engine: DataEngine) -> None:
    session = engine.session()
    frame = session.sql("select cast(2.5 as decimal(10, 2)) v, cast(null as int) n")
    assert dict(frame.selectExpr("nvl(n, v) a", "IFNULL (v, 0) b").dtypes) == {
        "a": "decimal(12,2)",
        "b": "decimal(12,2)",
    }


def test_only_calls_of_functions_are_written_in_lower_case() -> None:
    sql = (
        "select SUM(a), Count (distinct b), max(c), 'SUM(a)', `AVG(x)`, t.MAX(d), "
        "CAST(a AS DECIMAL(3, 1)) from t -- MIN(a)"
    )
    assert lower_calls(sql) == sql.replace("SUM(a), C", "sum(a), c", 1)
    assert lower_calls(quiet := "select a as MAX (b)") == quiet


def test_only_calls_are_coalesced() -> None:
    sql = "select NVL(a, 'nvl(b)'), `nvl(` , x.nvl(1) -- nvl(\n, nvl2(a, b, c), ifnull (a, 1)"
    assert coalesced(sql) == (
        "select coalesce(a, 'nvl(b)'), `nvl(` , x.nvl(1) -- nvl(\n, nvl2(a, b, c), coalesce (a, 1)"
    )


@pytest.mark.parametrize(
    "sql",
    [
        "create table t (c char(5), s string)",
        "select cast(a as char(5)), 'log(1)', `log(1)`, log /* log(1) */ from t -- initcap(a)",
        "select log(2, x), decode(b, 'utf-8'), max(v), t.log(1), date_part('year', d) from t",
        "select split(a, ','), regexp_replace(a, 'b', '$1-'), extract(year from d) from t",
    ],
)
def test_what_sail_answers_stays_as_it_is_written(sql: str) -> None:
    assert rewritten_calls(sql) == sql


def test_a_function_is_rewritten_inside_of_another_and_the_column_keeps_its_name() -> None:
    assert rewritten_calls("select log(weekday( d ))+1 x, log(t.a) from t where isnan(b)") == (
        "select ln(((dayofweek(d) + 5) % 7))+1 x, ln(t.a) AS `LOG(E(), a)` from t"
        " where coalesce(isnan(cast(b as double)), false)"
    )


def test_an_argument_that_is_random_is_not_evaluated_twice() -> None:
    sql = "select rint(rand()), chr(65)"
    assert list(unwritten(sql)) == ["rint"]
    assert rewritten_calls(sql).startswith("select rint(rand()), if(")


def test_numbers_of_days_and_of_matches_are_ints(engine: DataEngine) -> None:
    frame = engine.session().sql(
        "select datediff(d, e) a, date_diff(d, e), regexp_count('a1b22', '[0-9]+') from values "
        "(date'2024-03-01', date'2024-02-01'), (null, date'2024-02-01') t(d, e)"
    )
    assert frame.dtypes == [
        ("a", "int"),
        ("date_diff(d, e)", "int"),
        ("regexp_count(a1b22, [0-9]+)", "int"),
    ]
    assert frame.toArrow().column("a").to_pylist() == [29, None]

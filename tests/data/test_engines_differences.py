"""Each row of the table of differences, shown on both engines: a row that heals fails here."""

from __future__ import annotations

import subprocess
import sys

import pytest

from plait.data.differences import DIFFERENCES, Difference, lacking, lacking_format
from plait.data.engine import DataEngine

IDS = [row.id for row in DIFFERENCES]


def outcome(engine: DataEngine, sql: str) -> tuple[bool, str]:
    """Whether the query was answered, and its rows as text."""
    try:
        rows = engine.session().sql(sql).toArrow().to_pylist()
    except Exception as error:
        return False, engine.translate(error).render()
    return True, repr(rows)


@pytest.mark.parametrize("row", DIFFERENCES, ids=IDS)
def test_the_difference_is_there(row: Difference, sail: DataEngine, spark: DataEngine) -> None:
    on_sail, on_spark = outcome(sail, row.example), outcome(spark, row.example)
    match row.severity:
        case "refused":
            assert on_spark[0], on_spark[1]
            assert not on_sail[0], on_sail[1]
        case "silent":
            assert on_spark[0] and on_sail[0], (on_spark, on_sail)
            assert on_sail[1] != on_spark[1]
        case "lenient":
            assert on_sail[0], on_sail[1]
            assert not on_spark[0], on_spark[1]


@pytest.mark.parametrize("row", DIFFERENCES, ids=IDS)
def test_the_example_is_found_by_its_own_row_alone(row: Difference) -> None:
    found = [one.id for one in lacking(row.example)]
    assert found == ([row.id] if row.policy == "spark" else [])


@pytest.mark.parametrize(
    "sql",
    [
        "select 'group by all' a, `pivot (` b -- qualify x\n from t /* |> */",
        "select * from a except (select * from b)",
        "select qualify from t",
        "select log(2, x), decode(b, 'utf-8'), rand(), regexp_replace(a, '[0-9]+', '') from t",
        "select decode(b, 'a,b,c') from t",
        "select max(structure) from t",
        "select 'it''s a(?=b)' a from t",
        "select extract(year from d), date_part('year', d) from t",
        "select transform(a, x -> x + 1) from t",
    ],
)
def test_what_sail_does_is_not_sent_away(sql: str) -> None:
    assert lacking(sql) == []


def test_formats() -> None:
    assert [row.what for row in lacking_format("LibSVM")] == ["the format libsvm"]
    assert lacking_format("parquet") == []


@pytest.mark.parametrize("fmt", ["libsvm", "orc", "xml", "image"])
def test_sail_has_not_the_format(fmt: str, sail: DataEngine) -> None:
    with pytest.raises(Exception, match=r"(?i)no data source|not"):
        _ = sail.session().read.format(fmt).load("/").schema


def test_the_table_needs_no_engine() -> None:
    code = (
        "import sys, plait.data.differences as d; d.lacking('select 1');"
        "sys.exit(any(m.split('.')[0] in ('pyspark', 'pysail', 'grpc') for m in sys.modules))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0

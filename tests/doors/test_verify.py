"""`plait verify`: one script on both engines, every table compared."""

from __future__ import annotations

import json

import pytest

from plait.data.installed import installed
from plait.verify_compare import differing, family

pytestmark = pytest.mark.skipif(
    not (installed().sail and installed().spark), reason="needs Sail and Spark"
)
SAME = """\
load csv.`in.csv` where header="true" and inferSchema="true" as t;
select name, n / 3 as third, array(n, null) as a from t as u;
save overwrite u as parquet.`out`;
load parquet.`out` as back;
select count(*) as c from u as ${last};
"""
DIFFERENT = """\
select * from values (9223372036854775807), (1) t(v) as big;
select sum(v) as s from big as total;
select regexp_replace(word, '[^\\\\w]', '_') as w from values ('aé'), ('b') t(word) as words;
select case when n > 0 then n else d end as x from values (1, 2d) t(n, d) as mixed;
"""


def test_the_same_tables(plait, tmp_path) -> None:
    plait.script("name,n\na,1\nb,2\nb,2\n", "in.csv")
    done = plait("verify", plait.script(SAME), "--var", "last=number")
    assert done.returncode == 0, done.stderr + done.stdout
    lines = [" ".join(line.split()) for line in done.stdout.splitlines()]
    assert lines[:2] == ["t line 1 same (3 rows)", "u line 2 same (3 rows)"]
    assert lines[2:4] == ["back line 4 same (3 rows)", "number line 5 same (1 rows)"]
    assert lines[4].startswith("script.mlsql: 4 same (")
    assert {path.name for path in tmp_path.iterdir()} == {"in.csv", "script.mlsql"}


def test_tables_that_differ_are_shown(plait) -> None:
    done = plait("verify", "--json", plait.script(DIFFERENT))
    assert done.returncode == 1, done.stderr + done.stdout
    found = json.loads(done.stdout)
    tables = {table["table"]: table for table in found["tables"]}
    assert not found["sound"]
    assert {name: table["status"] for name, table in tables.items()} == {
        "big": "same", "total": "different", "words": "different", "mixed": "different",
    }  # fmt: skip
    assert "Spark fails" in tables["total"]["why"]
    assert tables["total"]["sail"] == ['{"s": -9223372036854775808}']
    assert (tables["words"]["spark"], tables["words"]["sail"]) == (
        ['{"w": "a_"}'],
        ['{"w": "aé"}'],
    )
    assert tables["mixed"]["why"].startswith("x is double on Spark, int32 on Sail")


def test_what_is_routed_is_not_compared(plait) -> None:
    text = "select 1 a as t;\nselect bround(2.5d) as b from t as u;\n"
    done = plait("verify", plait.script(text))
    assert done.returncode == 0, done.stderr
    assert "not run on Sail because of line 2:" in done.stdout
    assert "bround" in done.stdout and "nothing to compare" in done.stdout


def test_a_wrong_script(plait) -> None:
    done = plait("verify", plait.script("select nothing from t as u;\n"))
    assert done.returncode == 2
    assert "script.mlsql:1" in done.stderr and done.stdout == ""
    assert plait("verify", plait.script("x = 1\n", "a.py")).returncode == 2
    assert plait("verify", plait.script(DIFFERENT), "--tolerance", "many").returncode == 2


def test_rows_within_the_tolerance_are_partners() -> None:
    left = [("a", 1.0, (2.0, "x")), ("a", 1.0, (2.0, "x")), ("b", 0.0, ())]
    right = [("a", 1.0 + 1e-12, (2.0, "x")), ("a", 1.0, (2.0 - 1e-11, "x")), ("b", 1e-3, ())]
    only_left, only_right = differing(iter(left), iter(right), 1e-9)
    assert (only_left, only_right) == ([left[2]], [right[2]])
    assert differing(iter(left), iter(right), 1e-2) == ([], [])
    assert differing(iter(left), iter(left[:2]), 1e-9) == ([left[2]], [])


def test_a_type_counts_by_its_family() -> None:
    import pyarrow as pa

    assert family(pa.int32()) == family(pa.int64())
    assert family(pa.decimal128(5, 2)) == family(pa.decimal128(10, 4)) != family(pa.float64())
    assert family(pa.list_(pa.field("x", pa.int8(), nullable=False))) == family(
        pa.list_(pa.int64())
    )
    assert family(pa.timestamp("us")) != family(pa.timestamp("us", "UTC"))

"""Text files as people have them: the same answer on both engines, or a refusal at the load."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from plait.data import sources
from plait.data.reader import read
from plait.data.sources import resolve
from plait.errors import CapabilityError, DataError
from plait.plan.locations import PathTarget

if TYPE_CHECKING:
    from pyspark.sql.connect.dataframe import DataFrame

    from plait.engines.base import DataEngine


def _load(engine: DataEngine, path: Path, content: str | bytes, **options: Any) -> DataFrame:
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    source = resolve(PathTarget.of(path.suffix[1:], str(path)), tuple(options.items()))
    sources.check(source)
    return read(engine.session(), source, engine.unread)


def _types(table: DataFrame) -> list[str]:
    return [field.dataType.simpleString() for field in table.schema.fields]


def test_whole_numbers_beyond_64_bits_stay_exact(engine: DataEngine, tmp_path: Path) -> None:
    lines = '{"id":12345678901234567890,"n":1}\n{"id":12345678901234567891,"n":2.5}\n'
    table = _load(engine, tmp_path / "t.json", lines)
    assert _types(table) == ["decimal(20,0)", "double"]
    found = sorted(row["id"] for row in table.toArrow().to_pylist())
    assert found == [Decimal("12345678901234567890"), Decimal("12345678901234567891")]


OTHERWISE = {
    "mixed.json": ('{"a":1}\n{"a":"x"}\n', {}, [{"a": "1"}, {"a": "x"}]),
    "items.json": ('{"a":[1,"x"]}\n', {}, [{"a": ["1", "x"]}]),
    "asked.json": ('{"a":1}\n', {"schema": "a string"}, [{"a": "1"}]),
    "marked.json": (b'\xef\xbb\xbf{"a":1}\n', {}, [{"a": 1}]),
    "infinite.json": ('{"a":-Infinity}\n', {}, [{"a": float("-inf")}]),
    "quotes.csv": ('a,b\n1,"x"y\n', {"header": True}, [{"a": "1", "b": '"x"y'}]),
    "wide_sep.csv": ("a||b\n1||2\n", {"header": True, "sep": "||"}, [{"a": "1", "b": "2"}]),
}


@pytest.mark.parametrize("name", OTHERWISE)
def test_what_sail_reads_otherwise_is_refused_and_spark_reads_it(
    sail: DataEngine, spark: DataEngine, tmp_path: Path, name: str
) -> None:
    content, options, rows = OTHERWISE[name]
    with pytest.raises(CapabilityError, match="Sail does not read as Spark does"):
        _load(sail, tmp_path / name, content, **options)
    assert _load(spark, tmp_path / name, content, **options).toArrow().to_pylist() == rows


def test_a_failing_read_says_why(spark: DataEngine, tmp_path: Path) -> None:
    with pytest.raises(Exception) as caught:
        _load(spark, tmp_path / "t.csv", "a,b,c\n1,2,3\n4,5\n", header=True).toArrow()
    error = spark.translate(caught.value)
    assert isinstance(error, DataError)
    assert "t.csv has a row that does not fit the columns" in error.message
    assert "4" in error.message and "PERMISSIVE" in str(error.hint)

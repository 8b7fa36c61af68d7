"""Tables that a program hands to a session, and how it looks at them."""

from __future__ import annotations

from datetime import UTC
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pytest

import plait
from plait.data.local_rows import of_pandas
from plait.data.tables import from_arrow
from plait.engines.base import DataEngine
from plait.errors import BindError, UsageError
from plait.session import Session
from plait.settings import with_setting


def test_a_pandas_frame_is_a_table_and_comes_back(ray_session: Session) -> None:
    frame = pd.DataFrame(
        {
            "k": pd.array([1, None, 2**60 + 1], dtype="Int64"),
            "s": ["a", None, "ü"],
            "kind": pd.Categorical(["x", "y", "x"]),
            "at": pd.to_datetime(
                ["2024-02-29 10:00:00.123456", None, "1960-01-01"], format="ISO8601"
            ),
            "u": pd.array([0, 255, 7], dtype="uint8"),
        }
    )
    table = ray_session.from_pandas(frame.iloc[::-1], "in_pandas")
    assert table.columns == ("k", "s", "kind", "at", "u")
    assert dict(table.schema) == {
        "k": "bigint", "s": "string", "kind": "string", "at": "timestamp", "u": "smallint",
    }  # fmt: skip
    assert table.count() == 3
    back = ray_session.sql("select * from in_pandas order by u").to_arrow()
    assert back["k"].to_pylist() == [1, 2**60 + 1, None]
    assert back["kind"].to_pylist() == ["x", "x", "y"]
    assert [str(at) for at in back["at"].to_pylist()] == [
        "2024-02-29 10:00:00.123456+00:00", "1960-01-01 00:00:00+00:00", "None",
    ]  # fmt: skip
    assert table.to_arrow().schema == back.schema


def test_times_of_pandas_are_moments_in_the_zone_of_the_session() -> None:
    def moments(*texts: str) -> list[str]:
        rows = of_pandas(pd.DataFrame({"at": pd.to_datetime(list(texts))}), "Europe/Berlin")
        return [f"{at.astimezone(UTC):%d %H:%M}" for at in rows["at"].to_pylist()]

    assert moments("2024-07-01 02:30", "2024-01-31 02:30") == ["01 00:30", "31 01:30"]
    assert moments("2024-10-27 02:30") == ["27 01:30"]  # the later of the two, as in PySpark
    with pytest.raises(UsageError, match=r"'at' .* Europe/Berlin skips"):
        moments("2024-03-31 02:30")
    naive = pd.DataFrame({"at": [[pd.Timestamp("2024-01-31")]]})
    assert str(of_pandas(naive, "Europe/Berlin")["at"].type.value_type) == "timestamp[us]"


def test_such_a_column_is_the_same_for_pyspark(engine: DataEngine) -> None:
    frame = pd.DataFrame({"at": pd.to_datetime(["2024-02-29 10:00:00.123456", None])})
    spark = engine.session()
    theirs = spark.createDataFrame(frame)
    ours = from_arrow(spark, of_pandas(frame, "UTC"))
    assert ours.schema == theirs.schema
    assert ours.collect() == theirs.collect()


def test_arrow_rows_are_a_table_large_ones_by_the_lake(ray_session: Session) -> None:
    rows = pa.table(
        {"n": pa.array(range(1000), pa.uint64()), "v": [[i, None] for i in range(1000)]}
    )
    ray_session.from_arrow(rows.to_reader(), "in_arrow")
    before = ray_session.settings
    ray_session.settings = with_setting(before, "exchange.client_limit", "1b", "test")
    try:
        large = ray_session.from_arrow(rows, "in_files")
    finally:
        ray_session.settings = before
    assert large.schema == (("n", "decimal(20,0)"), ("v", "array<bigint>"))
    found = ray_session.sql(
        "select count(*) c, sum(n) s, sum(size(b.v)) z from in_arrow a join in_files b using (n)"
    )
    assert found.to_arrow().to_pylist() == [{"c": 1000, "s": 499500, "z": 2000}]
    assert large.head(2)["n"].tolist() == [0, 1]
    assert ray_session.from_arrow(rows.slice(0, 0), "none").count() == 0


def test_a_dataframe_of_the_session_can_be_registered(ray_session: Session) -> None:
    frame = ray_session.spark.range(5).withColumnRenamed("id", "k")
    ray_session.register("registered", frame.where("k > 1"))
    last = ray_session.run("select sum(k) as s from registered as u;").last
    assert last is not None
    assert last.to_arrow().to_pylist() == [{"s": 9}]
    assert ray_session.table("Registered").count() == 3


def test_what_cannot_be_a_table_is_refused_with_its_column(ray_session: Session) -> None:
    mixed = pd.DataFrame({"good": [1, 2], "both": [1, "a"]})
    for frame, words in (
        (mixed, "both"),
        (pd.DataFrame({"a": [1]}).rename(columns=str).T.iloc[:0, :0], "without columns"),
        (pd.concat([mixed, mixed], axis=1), "Duplicate column names"),
        ({"a": [1]}, "not a dict"),
    ):
        with pytest.raises(UsageError, match=words):
            ray_session.from_pandas(frame, "refused")  # type: ignore[arg-type]
    half = pa.table({"fine": [1], "when": pa.array([None], pa.month_day_nano_interval())})
    for data, words in ((half, "column 'when' has the type"), ([1], "not a list")):
        with pytest.raises(UsageError, match=words):
            ray_session.from_arrow(data, "refused")
    with pytest.raises(UsageError, match="my table"):
        ray_session.from_arrow(pa.table({"a": [1]}), "my table")
    with pytest.raises(UsageError, match="not of this session"):
        ray_session.register("refused", "select 1")  # type: ignore[arg-type]
    with pytest.raises(BindError):
        ray_session.table("refused")


def test_show_prints_the_first_rows(ray_session: Session, capsys) -> None:
    table = ray_session.sql("select id as k, null as n from range(30)")
    table.show(2)
    title, names, kinds, _, *rows = capsys.readouterr().out.splitlines()
    assert title.endswith("(first 2 rows)")
    assert [cell.strip() for cell in names.split("│")] == ["k", "n"]
    assert [cell.strip() for cell in kinds.split("│")] == ["bigint", "void"]
    assert [[cell.strip() for cell in row.split("│")] for row in rows] == [
        ["0", "NULL"],
        ["1", "NULL"],
    ]
    assert table.head()["k"].tolist() == [0, 1, 2, 3, 4]
    assert table.count() == 30
    with pytest.raises(UsageError, match="-1"):
        table.head(-1)


def test_the_shortest_way_has_one_session(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert plait.sql("select 40 + 2 as answer").head(1)["answer"].tolist() == [42]
    session = plait.default_session()
    session.from_pandas(pd.DataFrame({"a": [1, 2]}), "t")
    assert plait.sql("select sum(a) as s from t").head()["s"].tolist() == [3]
    session.close()
    assert plait.default_session() is not session

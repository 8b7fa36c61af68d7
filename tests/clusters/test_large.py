"""What is too large for every change: a column whose strings are more than 2 GiB together."""

from __future__ import annotations

from pathlib import Path

import pytest

from plait.session import connect

ROWS, WIDTH = 2_400_000, 1000


@pytest.mark.parametrize("way", ["direct", "lake"])
def test_a_column_of_more_than_two_gigabytes(tmp_path: Path, way: str) -> None:
    settings = {"exchange.method": way, "exchange.client_limit": "1MiB", "ray.num_cpus": 2}
    with connect(tmp_path / "lake", engine="sail", **settings) as session:
        there = session.sql(
            f"select id, repeat(cast(id % 10 as string), {WIDTH}) as text from range({ROWS})"
        ).to_ray()
        assert there.rows == ROWS
        assert way == "lake" or there.bytes > 2**31
        session.from_ray(there, "back")
        found = session.sql("select count(*) n, sum(length(text)) s, sum(id) i from back")
        assert found.to_arrow().to_pylist() == [
            {"n": ROWS, "s": ROWS * WIDTH, "i": ROWS * (ROWS - 1) // 2}
        ]

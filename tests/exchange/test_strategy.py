"""The method of a transfer follows from what was asked, where the table lies, and its size."""

from __future__ import annotations

from dataclasses import dataclass, field

import pyarrow as pa
import pytest

from plait.exchange.ray_table import RayTable
from plait.exchange.strategy import choose, choose_back, choose_output

LIMIT_BYTES = 2**26


@dataclass
class Measured:
    """A table of which everything is known; `asked` is what somebody wanted to know of it."""

    in_lake: bool = False
    estimate: bool = False
    true: bool = False
    wall: str | None = None
    asked: list[str] = field(default_factory=list)

    def fits(self, limit_bytes: int, *, exactly: bool) -> bool:
        assert limit_bytes == LIMIT_BYTES
        self.asked.append("size" if exactly else "estimate")
        return self.true if exactly else self.estimate

    def obstacle(self) -> str | None:
        self.asked.append("obstacle")
        return self.wall


@pytest.mark.parametrize(
    ("method", "table", "chosen", "measured"),
    [
        ("auto", Measured(estimate=True), "client", ["estimate"]),
        ("auto", Measured(), "direct", ["estimate", "obstacle"]),
        ("auto", Measured(wall="a wall"), "lake", ["estimate", "obstacle", "size"]),
        ("auto", Measured(wall="a wall", true=True), "client", ["estimate", "obstacle", "size"]),
        ("auto", Measured(in_lake=True, estimate=True), "lake", []),
        ("lake", Measured(estimate=True), "lake", []),
        ("direct", Measured(in_lake=True, estimate=True), "direct", []),
        ("client", Measured(in_lake=True), "client", []),
    ],
)
def test_to_ray(method: str, table: Measured, chosen: str, measured: list[str]) -> None:
    """What a decision does not need is not measured: each measure may compute the table."""
    choice = choose(method, table, LIMIT_BYTES)
    assert choice.method == chosen
    assert table.asked == measured
    assert (choice.method != "lake") or table.wall is None or table.wall in choice.why


def on_ray(size_bytes: int, *files: str) -> RayTable:
    return RayTable("t", pa.schema([("a", pa.int64())]), 1, size_bytes, files=files)


@pytest.mark.parametrize(
    ("method", "table", "obstacle", "chosen"),
    [
        ("auto", on_ray(1), None, "client"),
        ("auto", on_ray(LIMIT_BYTES), None, "client"),
        ("auto", on_ray(LIMIT_BYTES + 1), None, "direct"),
        ("auto", on_ray(LIMIT_BYTES + 1), "no pyarrow", "lake"),
        ("auto", on_ray(1, "a.parquet"), None, "lake"),
        ("direct", on_ray(1), None, "direct"),
        ("client", on_ray(LIMIT_BYTES + 1), None, "client"),
        ("lake", on_ray(1), None, "lake"),
    ],
)
def test_back(method: str, table: RayTable, obstacle: str | None, chosen: str) -> None:
    choice = choose_back(method, table, LIMIT_BYTES, obstacle)
    assert choice.method == chosen
    assert obstacle is None or obstacle in choice.why


@pytest.mark.parametrize(
    ("method", "table", "chosen"),
    [
        ("auto", on_ray(1), "client"),
        ("auto", on_ray(LIMIT_BYTES + 1), "direct"),
        ("auto", on_ray(1, "a.parquet"), "lake"),
        ("lake", on_ray(1), "lake"),
        ("direct", on_ray(1, "a.parquet"), "direct"),
    ],
)
def test_what_tasks_make_leaves_them_as_their_table_came(
    method: str, table: RayTable, chosen: str
) -> None:
    assert choose_output(method, table, LIMIT_BYTES) == chosen

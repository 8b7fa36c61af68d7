"""Paths at which there is nothing to read: each says so in its own words."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from plait.data import sources
from plait.errors import DataError
from plait.plan.locations import PathTarget


def check(format: str, path: str) -> None:
    sources.check(sources.resolve(PathTarget.of(format, path)))


def test_a_link_to_nothing(tmp_path: Path) -> None:
    (tmp_path / "link.csv").symlink_to(tmp_path / "gone.csv")
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    for name in ("link.csv", "loop", ""):
        with pytest.raises(DataError, match=r"is a link to .* which is not there"):
            check("text", str(tmp_path / name))


def test_what_is_no_file(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.csv")
    with pytest.raises(DataError, match="neither a file nor a folder"):
        check("csv", str(tmp_path / "pipe.csv"))


def test_a_name_that_no_file_can_have() -> None:
    with pytest.raises(DataError, match="File name too long") as caught:
        check("csv", "/tmp/" + "x" * 5000)
    assert len(caught.value.message) < 300

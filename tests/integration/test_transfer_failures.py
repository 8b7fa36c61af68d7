"""Transfers between two real clusters, while parts of these die."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.integration.transfer_driver import EVERYWHERE

_SECONDS = 900


@pytest.fixture(scope="module")
def answers() -> dict[str, dict[str, Any]]:
    """What happened in each scenario; see `transfer_driver`."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.integration.transfer_driver"],
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        timeout=_SECONDS,
    )
    lines = [line for line in done.stdout.splitlines() if line.startswith("ANSWER ")]
    found = [json.loads(line.removeprefix("ANSWER ")) for line in lines]
    assert found, done.stderr[-4000:]
    return {answer.pop("scenario"): answer for answer in found}


pytestmark = pytest.mark.timeout(_SECONDS)


def test_a_table_goes_from_executors_to_every_node_and_back(answers) -> None:
    assert answers["undisturbed"] == {"whole": True, "nodes": 3, "back": True}


def test_the_same_script_gives_the_same_on_a_laptop_and_on_two_clusters(answers, run) -> None:
    """Sail and a Ray of this machine; a standalone Spark and a Ray of three nodes."""
    done = run(EVERYWHERE.read_text(encoding="utf-8"), root=f"{run.folder}/everywhere")
    here = done.tables["summary"].to_arrow().to_pylist()
    there = answers["everywhere"]
    assert there["summary"] == here
    assert len(here) == 12
    assert "direct" in there["methods"]


def test_an_executor_killed_in_mid_exchange_costs_no_row_and_doubles_none(answers) -> None:
    answer = answers["executor_killed"]
    assert answer.get("killed") == 1 and answer["whole"], answer


def test_a_receiver_killed_in_mid_exchange_is_started_again(answers) -> None:
    assert answers["receiver_killed"] == {"killed": 1, "whole": True, "direct": True}


def test_a_ray_node_killed_while_a_task_trains_on_its_blocks(answers) -> None:
    half = 600_000 * (600_000 - 1) / 4
    answer = answers["node_killed"]
    assert answer.get("killed") == 1 and answer["again"], answer
    assert f"{half:g}" in answer["total"] or str(half) in answer["total"]


def test_a_training_goes_on_when_spark_has_stopped(answers) -> None:
    assert answers["spark_stopped"] == {"gone": True, "logged": 1}

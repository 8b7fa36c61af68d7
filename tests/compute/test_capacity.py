from __future__ import annotations

from pathlib import Path

import pytest

from plait.compute.capacity import Capacity, wanted_by
from plait.compute.cluster import Cluster
from plait.errors import ResourceError
from plait.plan.training import Resources
from plait.settings import RaySettings
from tests.compute.conftest import SPAN

TWO = Capacity(({"CPU": 4.0, "memory": 2.0**30}, {"CPU": 1.0, "GPU": 1.0}))


def test_one_node_has_to_give_everything() -> None:
    assert TWO.fits(wanted_by(Resources(4)))
    assert TWO.fits(wanted_by(Resources(0.5, num_gpus=0.5)))
    assert not TWO.fits(wanted_by(Resources(2, num_gpus=1)))
    assert not TWO.fits(wanted_by(Resources(1, memory=2**31)))
    assert not TWO.fits(wanted_by(Resources(1, custom=(("tpu", 1.0),))))


def test_what_is_missing() -> None:
    assert TWO.missing({"CPU": 1, "tpu": 1}) == ["tpu"]
    assert TWO.missing({"CPU": 2, "GPU": 1}) == ["CPU", "GPU"]  # only never together


def test_a_local_cluster_refuses_without_being_started(tmp_path: Path) -> None:
    cluster = Cluster(RaySettings(num_cpus=2, num_gpus=0), tmp_path, lambda _text: None)
    cluster.check(Resources(2), "'f'", SPAN)
    with pytest.raises(ResourceError) as caught:
        cluster.check(Resources(1, num_gpus=1), "the script of train", SPAN)
    assert "the script of train asks for 1 CPU, 1 GPU" in caught.value.message
    assert "2 CPU, 0 GPU" in str(caught.value.hint)
    assert "--set ray.num_gpus=1" in str(caught.value.hint)
    assert not cluster.started


def test_a_logical_gpu_is_a_gpu(tmp_path: Path) -> None:
    cluster = Cluster(RaySettings(num_cpus=2, num_gpus=1), tmp_path, lambda _text: None)
    cluster.check(Resources(2, num_gpus=1), "'f'", SPAN)

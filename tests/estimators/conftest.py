from __future__ import annotations

from collections.abc import Iterator

import pytest

from plait.compute.cluster import Cluster
from plait.settings import RaySettings


@pytest.fixture(scope="session")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """A Ray of two logical CPUs for all tests of this folder."""
    made = Cluster(RaySettings(num_cpus=2), tmp_path_factory.mktemp("spill"), lambda _: None)
    yield made
    made.stop()

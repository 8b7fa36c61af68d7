"""One Ray cluster of several nodes for all tests that join it or send runs to it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.services.ray_nodes import RayNodes, ray_nodes


@pytest.fixture(scope="session")
def ray_service(tmp_path_factory: pytest.TempPathFactory, cache: Path) -> Iterator[RayNodes]:
    """A head and a worker of one CPU each, with the Jobs endpoint.

    Its home folder is not the client's: the client does not see the files in it.
    """
    home = tmp_path_factory.mktemp("home")
    own = {"HOME": str(home), "UV_CACHE_DIR": str(cache / "uv")}
    with ray_nodes(1, jobs=True, environ=own) as service:
        yield service

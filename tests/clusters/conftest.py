"""The clusters that need more than Python's packages, each started once for all tests here."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.services.hive import Hive, hive
from tests.services.yarn import Yarn, yarn


@pytest.fixture(scope="session")
def hadoop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Yarn]:
    with yarn(tmp_path_factory.mktemp("hadoop")) as service:
        yield service


@pytest.fixture(scope="session")
def metastore(hadoop: Yarn, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hive]:
    folder = tmp_path_factory.mktemp("metastore")
    with hive(
        folder,
        warehouse=f"{hadoop.hdfs}/warehouse",
        classpath=(hadoop.conf,),
        environ=hadoop.environ,
    ) as service:
        yield service

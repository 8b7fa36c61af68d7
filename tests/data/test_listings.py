"""A source in a store is listed once for a load: a listing of a large folder is many requests."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from plait.session import Session, connect
from tests.services.s3 import S3Service
from tests.services.s3_requests import CountedRequests, counted_requests


@pytest.fixture(scope="module")
def requests(s3_service: S3Service) -> Iterator[CountedRequests]:
    with counted_requests(s3_service) as counted:
        yield counted


@pytest.fixture(scope="module")
def session(
    s3_service: S3Service, requests: CountedRequests, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Session]:
    """A session on Sail with its lake on this machine, whose requests to S3 are counted."""
    lake = tmp_path_factory.mktemp("lake")
    settings = replace(s3_service, endpoint=requests.endpoint).settings
    with connect(lake, engine="sail", **settings) as made:
        yield made


@pytest.mark.parametrize("format", ["csv", "json", "parquet"])
@pytest.mark.parametrize("partitioned", [True, False])
def test_a_load_lists_its_folder_once(
    session: Session,
    s3_service: S3Service,
    requests: CountedRequests,
    tmp_path: Path,
    format: str,
    partitioned: bool,
) -> None:
    key = f"{tmp_path.name}/t"
    folder = f"s3a://{s3_service.bucket}/{key}"
    options = 'where header="true"' if format == "csv" else ""
    reads = 'where header="true" and inferSchema="true"' if format == "csv" else ""
    by = "partitionBy k" if partitioned else ""
    session.run(
        "select id, cast(id % 3 as int) as k from range(10) as rows;"
        f"save overwrite rows as {format}.`{folder}` {options} {by};"
    )
    requests.listings.clear()
    last = session.run(f"load {format}.`{folder}` {reads} as t;").last
    assert last is not None
    assert dict(last.schema)["k"] == ("bigint" if format == "json" and not partitioned else "int")
    about = [each for each in requests.listings if each.prefix.startswith(key)]
    found = [each.path for each in about if each.from_plait]
    print(f"{format}, {by or 'flat'}: {len(found)} by plait, {len(about) - len(found)} by Sail")
    assert len(found) == 1, "\n".join(found)

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


def _save(session: Session, target: str, options: str = "") -> None:
    session.run(
        "select id, cast(id % 3 as int) as k from range(10) as rows;"
        f"save overwrite rows as {target} {options};"
    )


def _by_plait(requests: CountedRequests, prefix: str) -> list[str]:
    about = [each for each in requests.listings if each.prefix.startswith(prefix)]
    found = [each.path for each in about if each.from_plait]
    print(f"{prefix}: {len(found)} by plait, {len(about) - len(found)} by Sail")
    return found


@pytest.mark.parametrize("format", ["csv", "json", "parquet"])
@pytest.mark.parametrize("by", ["partitionBy k", ""])
def test_a_load_lists_its_folder_once(
    session: Session,
    s3_service: S3Service,
    requests: CountedRequests,
    tmp_path: Path,
    format: str,
    by: str,
) -> None:
    key = f"{tmp_path.name}/{format}-{by.lower().replace(' ', '-')}"
    target = f"{format}.`s3a://{s3_service.bucket}/{key}`"
    header = 'header="true"' if format == "csv" else ""
    _save(session, target, f"{'where ' + header if header else ''} {by}")
    requests.listings.clear()
    reads = f'where {header} and inferSchema="true"' if header else ""
    last = session.run(f"load {target} {reads} as t;").last
    assert last is not None
    assert dict(last.schema)["k"] == ("bigint" if format == "json" and not by else "int")
    found = _by_plait(requests, key)
    assert len(found) == 1, "\n".join(found)


def test_an_engine_that_is_chosen_first_asks_no_more(
    s3_service: S3Service, requests: CountedRequests, session: Session, tmp_path: Path
) -> None:
    key = f"{tmp_path.name}/t"
    target = f"parquet.`s3a://{s3_service.bucket}/{key}`"
    _save(session, target, "partitionBy k")
    settings = replace(s3_service, endpoint=requests.endpoint).settings
    with connect(tmp_path / "lake", **settings) as auto:
        requests.listings.clear()
        assert auto.run(f"load {target} as t; select count(*) as n from t as u;").last is not None
    assert len(_by_plait(requests, key)) == 1


def test_a_table_of_a_lake_in_a_store_is_listed_once(
    s3_service: S3Service, requests: CountedRequests, tmp_path: Path
) -> None:
    key = f"{tmp_path.name}/lake"
    settings = replace(s3_service, endpoint=requests.endpoint).settings
    with connect(f"s3a://{s3_service.bucket}/{key}", engine="sail", **settings) as session:
        _save(session, "hive.`t`", "partitionBy k")
        requests.listings.clear()
        last = session.run("load hive.`t` as t;").last
        assert last is not None
        assert dict(last.schema) == {"id": "bigint", "k": "int"}
    found = _by_plait(requests, f"{key}/default.db/t")
    assert len([path for path in found if "delimiter" not in path]) == 1, "\n".join(found)


def test_a_load_after_a_save_finds_what_was_saved(
    session: Session, s3_service: S3Service, requests: CountedRequests, tmp_path: Path
) -> None:
    key = f"{tmp_path.name}/t"
    target = f"csv.`s3a://{s3_service.bucket}/{key}`"
    _save(session, target, 'where header="true"')
    last = session.run(
        f"select 'x' as other, 1 as p as rows; "
        f'save overwrite rows as {target} where header="true" partitionBy p;'
        f'load {target} where header="true" as t;'
    ).last
    assert last is not None
    assert last.to_arrow().to_pylist() == [{"other": "x", "p": 1}]

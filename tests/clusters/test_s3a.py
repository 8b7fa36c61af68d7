"""Spark's own way to S3: jars that it is given by one setting, and the storage's credentials."""

from __future__ import annotations

from pathlib import Path

import pytest

from plait.session import connect
from tests.services.jars import s3a
from tests.services.s3 import s3

pytestmark = pytest.mark.timeout(1200)


def test_spark_reads_what_it_writes_to_s3(tmp_path: Path) -> None:
    (tmp_path / "store").mkdir()
    with s3(tmp_path / "store") as service:
        settings = {
            **service.settings,
            "spark.master": "local[2]",
            "spark.driver_memory": "700m",
            "spark.conf.spark.jars": ",".join(map(str, s3a())),
        }
        with connect(tmp_path / "lake", engine="spark", **settings) as session:
            result = session.run(
                f"""
                select id as a, id % 3 as b from range(10) as t;
                save overwrite t as parquet.`s3a://{service.bucket}/t`;
                load parquet.`s3a://{service.bucket}/t` as back;
                select b, sum(a) as s from back group by b order by b as last;
                """
            )
            rows = result.last.to_arrow().to_pylist()
    assert rows == [{"b": 0, "s": 18}, {"b": 1, "s": 12}, {"b": 2, "s": 15}]

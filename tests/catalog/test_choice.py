"""Which catalog the settings name."""

from __future__ import annotations

from pathlib import Path

import pytest

from plait.catalog.choice import catalog_of, lake_path
from plait.engines.base import DataEngine
from plait.errors import UsageError
from plait.settings import Settings, load_settings


def _settings(folder: Path, **values: str) -> Settings:
    return load_settings({"lake": str(folder), **values}, folder=folder, environ={})


def _no_engine() -> DataEngine:
    raise AssertionError("a choice starts no engine")


def test_a_metastore_is_chosen_by_its_setting(tmp_path: Path) -> None:
    lake = catalog_of(_settings(tmp_path), _no_engine)
    assert (lake.kind, lake.databases(), lake.names()) == ("lake", ("default",), ())
    named = _settings(tmp_path, **{"spark.metastore": "thrift://127.0.0.1:9083"})
    assert catalog_of(named, _no_engine).kind == "metastore"


def test_a_lake_is_a_folder_or_in_a_store(tmp_path: Path) -> None:
    assert lake_path(_settings(tmp_path)) == tmp_path
    assert str(lake_path(_settings(Path("/"), lake="s3a://bucket/lake"))) == "s3a://bucket/lake"
    with pytest.raises(UsageError, match="neither a folder nor"):
        lake_path(_settings(Path("/"), lake="abfss://somewhere/lake"))


def test_the_size_of_a_table_is_that_of_its_files(tmp_path: Path) -> None:
    catalog = catalog_of(_settings(tmp_path), _no_engine)
    assert catalog.size_bytes("db1.t") is None
    table = tmp_path / "db1.db" / "t" / "k=1"
    table.mkdir(parents=True)
    (table / "part.parquet").write_bytes(b"x" * 100)
    (table / "_SUCCESS").write_bytes(b"x")
    assert catalog.size_bytes("DB1.T") == 100

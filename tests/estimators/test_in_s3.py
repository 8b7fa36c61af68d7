"""Training and prediction whose model, tables and output lie in S3."""

from __future__ import annotations

import threading
import time
import uuid
from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pyarrow.fs as pafs
import pytest

from plait.compute.cluster import Cluster
from plait.errors import CancelledError, DataError, ModelError, TaskError
from plait.exchange.ray_table import RayTable
from plait.models.store import ModelStore
from plait.settings import Secret, StorageSettings
from plait.storage.credentials import Storage
from plait.worker.storage import parquet, upload
from tests.services.s3 import S3Service

from .groups import ROWS, file_table
from .steps import SPAN, TRAIN, Reported, execution, fit, predict, step


@pytest.fixture
def storage(s3_service: S3Service) -> Storage:
    return Storage.of(
        StorageSettings(
            endpoint=s3_service.endpoint,
            access_key=Secret(s3_service.access_key),
            secret_key=Secret(s3_service.secret_key),
        ),
        {},
    )


@pytest.fixture
def place(s3_service: S3Service) -> str:
    return f"s3a://{s3_service.bucket}/estimators/{uuid.uuid4().hex}"


def remote_table(folder: Path, place: str, storage: Storage, table: pa.Table = ROWS) -> RayTable:
    """The table's two files in the store."""
    local = file_table(folder / "in", table)
    upload(folder / "in", f"{place}/in", storage.access)
    return replace(local, files=tuple(f"{place}/in/{Path(f).name}" for f in local.files))


def below(place: str, storage: Storage) -> list[str]:
    files, root = storage.filesystem(place)
    found = files.get_file_info(pafs.FileSelector(root, recursive=True, allow_not_found=True))
    return sorted(info.path.removeprefix(f"{root}/") for info in found if info.is_file)


READ = """
assert len(task.validation.to_arrow()) == 8
assert sum(batch.num_rows for batch in task.data.batches(3)) == 8
import pyarrow.parquet as pq
assert pq.read_table(task.data_folder).num_rows == 8
"""


def test_train_and_predict(cluster: Cluster, place: str, storage: Storage, tmp_path: Path) -> None:
    path, given = f"{place}/model", remote_table(tmp_path, place, storage)
    run = execution(cluster, storage=storage)
    version = fit(step(path, TRAIN + READ, {"C": "1000.0"}), given, run, given).version
    assert version is not None and version.number == 1
    out = predict(path, given, run, f"{place}/out")
    assert out.files == tuple(f"{place}/out/part-0000{n}.parquet" for n in (0, 1))
    assert below(f"{place}/out", storage) == ["part-00000.parquet", "part-00001.parquet"]
    parts = [parquet(file, storage.access).read() for file in out.files]
    table = pa.concat_tables(parts)
    assert table["prediction"].to_pylist() == ROWS["label"].to_pylist()
    lost = replace(given, files=(f"{place}/in/nothing.parquet",))
    with pytest.raises(DataError, match="does not exist") as caught:
        predict(path, lost, run, f"{place}/out2")
    assert caught.value.span == SPAN
    with pytest.raises(TaskError, match="cannot be written"):
        predict(path, given, run, "s3a://nowhere/out")


def test_a_model_that_cannot_be_copied_is_no_failure_of_the_script(
    cluster: Cluster, place: str, storage: Storage, s3_service: S3Service, tmp_path: Path
) -> None:
    # A file that cannot be read, so that the copy breaks in its middle.
    script = (
        TRAIN
        + """
import os
from plait.worker.script.context import current
os.symlink("/proc/self/mem", current("x").model_folder / "unreadable")
"""
    )
    with pytest.raises(ModelError, match=f"the model {place}/model/data/.* cannot be written"):
        fit(
            step(f"{place}/model", script, {"C": "1000.0"}),
            file_table(tmp_path),
            execution(cluster, storage=storage),
        )
    assert below(place, storage) == []


def test_a_cancelled_training_leaves_nothing(
    cluster: Cluster, place: str, storage: Storage, tmp_path: Path
) -> None:
    path = f"{place}/model"
    script = TRAIN + "import time\nprint('waiting')\ntime.sleep(120)\n"
    cancel, reported, seen = threading.Event(), Reported(), []

    def until_it_waits() -> None:
        while ("group 0", "waiting") not in reported.logs:
            time.sleep(0.05)
        seen.extend(below(path, storage))
        cancel.set()

    threading.Thread(target=until_it_waits, daemon=True).start()
    with pytest.raises(CancelledError):
        fit(
            step(path, script, {"C": "1000.0"}),
            file_table(tmp_path),
            execution(cluster, reported, cancel, storage),
        )
    assert [name.partition("/")[0] for name in seen] == ["drafts"]
    assert below(path, storage) == []
    assert ModelStore(path, storage).versions() == ()

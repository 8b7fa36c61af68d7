"""A whole script whose models are in S3: trained twice, predicted by version, failing."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from pathlib import Path

import psutil
import pyarrow.fs as pafs
import pytest

from plait.errors import ModelError, TaskError
from plait.events import StepLog, StepStarted, TableShown
from plait.models.store import ModelStore
from plait.session import Session, connect
from plait.storage.credentials import Storage
from tests.conftest import Plait, Runner, wait_until
from tests.services.ray_nodes import RayNodes
from tests.services.s3 import S3Service


@pytest.fixture(scope="module")
def session(
    tmp_path_factory: pytest.TempPathFactory, cache: Path, s3_service: S3Service
) -> Iterator[Session]:
    settings = {"ray.num_cpus": 2, "cache": str(cache), **s3_service.settings}
    with connect(tmp_path_factory.mktemp("lake"), engine="sail", **settings) as opened:
        yield opened


@pytest.fixture
def run(session: Session, tmp_path: Path) -> Runner:
    (tmp_path / "rows.csv").write_text("k,v\n" + "".join(f"{k},{k * 0.5}\n" for k in range(40)))
    return Runner(session, tmp_path)


@pytest.fixture
def storage(session: Session) -> Storage:
    return Storage.of(session.settings.storage, {})


@pytest.fixture
def store(s3_service: S3Service, storage: Storage) -> ModelStore:
    return ModelStore(f"s3a://{s3_service.bucket}/scripts/{uuid.uuid4().hex}/model", storage)


def objects(store: ModelStore, storage: Storage) -> dict[str, bytes]:
    """Every object below the model's path, by its name there."""
    files, root = storage.filesystem(store.path)
    found = files.get_file_info(pafs.FileSelector(root, recursive=True, allow_not_found=True))
    return {
        info.path.removeprefix(f"{root}/"): files.open_input_file(info.path).read()
        for info in found
        if info.is_file
    }


def train(script: str, options: str = "") -> str:
    return f"""
load csv.`${{dir}}/rows.csv` where header="true" and inferSchema="true" as rows;
set py='''
{script}
''';
load script.`py` as py;
train rows as PythonAlg.`${{model}}` where scripts="py" {options} as trained;
"""


TIMES = """
import os
from plait import task
class Times:
    def __init__(self, factor):
        self.factor = factor
    def predict(self, frame):
        assert os.environ["AWS_SECRET_ACCESS_KEY"], "the model may read the lake itself"
        return frame["k"] * self.factor
task.log(f"{len(task.data)} rows, key {'AWS_SECRET_ACCESS_KEY' in os.environ}")
print(sorted(os.listdir(task.data_folder))[0])
task.log_metric("m", task.params["factor"])
task.save_model(Times(task.params["factor"]), features=["k"])
"""
GROUPS = 'and metric="m" and mode="max" and `fitParam.0.factor`="2" and `fitParam.1.factor`="3"'


PREDICT = """
predict rows as PythonAlg.`${model}` where modelVersion="1" as one;
predict rows as PythonAlg.`${model}` as two;
select sum(one.prediction) as a, sum(two.prediction) as b
from one join two on one.k = two.k as sums;
!show models `${model}`;
"""


def test_train_twice_and_predict_by_version(
    run: Runner, store: ModelStore, storage: Storage, s3_service: S3Service
) -> None:
    run(train(TIMES, GROUPS), model=store.path)
    trained = run.session.table("trained").to_arrow().to_pylist()
    assert [row["message"] for row in trained] == ["model saved", "published as version 1"]
    assert all(row["modelPath"].startswith(f"{store.path}/data/") for row in trained)
    assert {event.text for event in run.of(StepLog)} >= {"40 rows, key True"}
    kept = '`fitParam.0.factor`="5" and keepLocalDirectory="true"'
    run(train(TIMES, f"and {kept}"), model=store.path)
    assert [version.number for version in store.versions()] == [1, 2]
    run(PREDICT, model=store.path)
    assert [event.total for event in run.of(TableShown)] == [2, 1]  # the models, the last table
    assert run.session.table("sums").to_arrow().to_pylist() == [{"a": 780 * 3, "b": 780 * 5}]
    there = objects(store, storage)
    assert not [name for name, body in there.items() if s3_service.secret_key.encode() in body]
    assert s3_service.secret_key not in repr(run.events)
    # A model for each group, and what the script wrote only where it was asked for.
    assert sum(name.endswith("/MLmodel") for name in there) == 3
    assert sum("/work/" in name for name in there) == 1
    assert not [name for name in there if name.startswith("drafts")]


def test_only_the_newest_version_is_kept(run: Runner, store: ModelStore, storage: Storage) -> None:
    one = train(TIMES, 'and `fitParam.0.factor`="2" and keepVersion="false"')
    run(one + one, model=store.path)
    assert [version.number for version in store.versions()] == [2]
    assert sum(name.endswith("/MLmodel") for name in objects(store, storage)) == 1


def test_a_training_that_fails_leaves_nothing(
    run: Runner, store: ModelStore, storage: Storage
) -> None:
    failing = TIMES + "\nraise ValueError('no')"
    with pytest.raises(TaskError, match="ValueError: no"):
        run(train(failing, 'and `fitParam.0.factor`="2"'), model=store.path)
    assert objects(store, storage) == {}


def test_a_lost_worker_is_tried_again_and_published_once(
    run: Runner, store: ModelStore, tmp_path: Path
) -> None:
    dying = f"""{TIMES}
import pathlib, signal
first = pathlib.Path({str(tmp_path)!r}, "first")
if not first.exists():
    first.touch()
    os.kill(os.getpid(), signal.SIGKILL)
"""
    run(train(dying, 'and `fitParam.0.factor`="2"'), model=store.path)
    assert [version.number for version in store.versions()] == [1]


def test_a_store_that_refuses_is_reported_before_anything_runs(
    run: Runner,
) -> None:
    with pytest.raises(ModelError, match="no bucket 'nowhere'") as caught:
        run(train(TIMES, 'and `fitParam.0.factor`="2"'), model="s3a://nowhere/model")
    assert caught.value.span is not None
    assert not run.of(StepStarted)


def test_a_run_that_is_killed_leaves_no_version_and_is_swept(
    plait: Plait, ray_service: RayNodes, s3_service: S3Service, store: ModelStore, storage: Storage
) -> None:
    started = plait.folder / "waiting"
    waiting = (
        f"{TIMES}\nimport pathlib, time\npathlib.Path({str(started)!r}).touch()\ntime.sleep(120)"
    )
    (plait.folder / "rows.csv").write_text("k,v\n1,2\n")
    by_variable = {
        f"PLAIT_{key.upper().replace('.', '_')}": value
        for key, value in s3_service.settings.items()
    }
    process = plait.start(
        "run", plait.script(train(waiting, 'and `fitParam.0.factor`="2"')), "--engine", "sail",
        "--ray", ray_service.address,
        "--var", f"dir={plait.folder}", "--var", f"model={store.path}",
        **ray_service.environ, **by_variable,
    )  # fmt: skip
    try:
        assert wait_until(lambda: started.exists() or process.poll() is not None, 120)
        lines = [" ".join(each.info["cmdline"] or ()) for each in psutil.process_iter(["cmdline"])]
        assert not [line for line in lines if s3_service.secret_key in line]
    finally:
        process.kill()
        out, err = process.communicate()
    assert started.exists(), out + err
    assert store.versions() == ()
    assert [name.partition("/")[0] for name in objects(store, storage)] == ["drafts"]
    assert len(store.sweep()) == 1
    assert objects(store, storage) == {}

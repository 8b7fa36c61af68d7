from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from plait.models.manifest import DataSnapshot, GroupRecord, ModelVersion
from plait.models.store import ModelStore, StagedVersion
from plait.settings import StorageSettings
from plait.storage.credentials import Storage
from plait.worker.urls import is_remote

HERE = Storage.of(StorageSettings(), {})
MOMENT = datetime(2026, 1, 2, 3, 4, 5, 678000, UTC)

RECORD = GroupRecord(
    index=0,
    params={"C": "0.5"},
    status="success",
    message="model saved",
    metrics={"auc": 0.75},
    score=0.75,
    model="data/unknown/group-0",
    started=MOMENT,
    ended=MOMENT,
)
VERSION = ModelVersion(
    path="",
    number=0,
    estimator="PythonAlg",
    model="data/unknown/group-0",
    group=0,
    parameters={"C": "0.5"},
    groups=(RECORD,),
    features=("x",),
    input=(("x", "double"),),
    output=(("prediction", "int64"),),
    metrics={"auc": 0.75},
    metric="auc",
    mode="max",
    score=0.75,
    data=DataSnapshot("data", 10, 160, (("x", "double"), ("label", "int64")), ("a.csv",)),
    environment=None,
    lock="numpy==2.0.0\n",
    scripts={"train": "print('ä')"},
    entry_point="train",
    sha256="0" * 64,
    resources="1 CPU",
    run="run-1",
    started=MOMENT,
    ended=MOMENT,
    plait="0.1.0",
)


def version_for(store: ModelStore, staged: StagedVersion) -> ModelVersion:
    """A version whose model lies in `staged`."""
    return replace(VERSION, model=f"{staged.model}/group-0")


def lease_of(store: ModelStore, staged: StagedVersion) -> Path:
    """The file that says who writes a staged version."""
    return Path(store.path) / "drafts" / f"{staged.unique}.json"


def write(storage: Storage, location: str, text: str) -> None:
    """Write one file at a local path or in a store."""
    files, path = storage.filesystem(location)
    if not is_remote(location):
        Path(path).parent.mkdir(parents=True, exist_ok=True)
    with files.open_output_stream(path) as out:
        out.write(text.encode())


def train_once(store: ModelStore, storage: Storage = HERE) -> ModelVersion:
    """Begin, write one file, publish."""
    staged = store.begin()
    write(storage, f"{staged.location}/group-0/MLmodel", "flavors: {}\n")
    return store.publish(staged, version_for(store, staged))

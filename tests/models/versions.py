from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from plait.models.manifest import DataSnapshot, GroupRecord, ModelVersion
from plait.models.store import Draft, ModelStore

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


def version_for(store: ModelStore, draft: Draft) -> ModelVersion:
    """A version whose model lies in `draft`."""
    model = str((draft.folder / "group-0").relative_to(store.path))
    return replace(VERSION, model=model)


def train_once(store: ModelStore) -> ModelVersion:
    """Begin, write one file, publish."""
    draft = store.begin()
    (draft.folder / "group-0").mkdir()
    (draft.folder / "group-0" / "MLmodel").write_text("flavors: {}\n")
    return store.publish(draft, version_for(store, draft))

"""A whole script whose lake is in S3: tables are transferred through the store."""

from __future__ import annotations

import uuid
from pathlib import Path

from plait.events import Event, TableTransferred
from plait.session import connect
from plait.storage.credentials import Storage
from plait.storage.paths import path_of
from tests.services.s3 import S3Service

SCRIPT = """
select id as k, cast(id as double) as x from range(40) as made;
save overwrite made as parquet.`${root}/made`;
load parquet.`${root}/made` as rows;
set py='''
from plait import task
class Twice:
    def predict(self, frame):
        return frame["x"] * 2
task.log_metric("m", float(len(task.data)))
task.save_model(Twice(), features=["x"])
''';
load script.`py` as py;
train rows as PythonAlg.`${root}/model` where scripts="py" and exchange="lake" as trained;
predict rows as PythonAlg.`${root}/model` where exchange="lake" as answered;
select count(*) as n, sum(prediction) as s from answered as sums;
save overwrite answered as parquet.`${root}/answered`;
"""


def test_a_table_is_transferred_through_a_lake_in_a_store(
    s3_service: S3Service, cache: Path
) -> None:
    root = f"s3a://{s3_service.bucket}/{uuid.uuid4().hex}"
    events: list[Event] = []
    settings = {"ray.num_cpus": 2, "cache": str(cache), **s3_service.settings}
    with connect(f"{root}/lake", engine="sail", **settings) as session:
        session.run(
            SCRIPT,
            variables={"root": root},
            on_event=lambda envelope: events.append(envelope.event),
        )
        sums = session.table("sums").to_arrow().to_pylist()
    assert sums == [{"n": 40, "s": 1560.0}]
    methods = [event.method for event in events if isinstance(event, TableTransferred)]
    assert set(methods) >= {"lake"}
    assert s3_service.secret_key not in repr(events)
    storage = Storage.of(session.settings.storage, {})
    assert [file for file in path_of(f"{root}/answered", storage).rglob("*.parquet")]
    left = [str(file) for file in path_of(f"{root}/lake", storage).rglob("*") if file.is_file()]
    assert left == []

"""Tables cross to Ray and back with the same values, by either way."""

from __future__ import annotations

import pytest

from plait.exchange.client import to_arrow
from plait.runtime.events import Crossed

# Every type that crosses in this release, with a null in each column.
TYPES = """
select * from values
  (1, 2L, 1.5D, cast(1.25 as float), true, 'ü', cast('ab' as binary), date'2024-02-29',
   timestamp'2024-02-29 12:34:56.789', cast(12.34 as decimal(38, 18)), array(1, null),
   map('k', 1.5D), named_struct('a', 1, 'b', array('x'))),
  (null, null, null, null, null, null, null, null, null, null, null, null, null)
  as v(i, l, d, f, b, s, bin, day, at, dec, arr, m, st)
as t;
"""


@pytest.fixture(params=["client", "lake"])
def way(request, run) -> str:
    """The same tests by either way: the limit decides."""
    limit = {"client": "64MiB", "lake": "1b"}[request.param]
    settings = run.session.settings
    run.session.settings = settings_with(settings, limit)
    request.addfinalizer(lambda: setattr(run.session, "settings", settings))
    return request.param


def settings_with(settings, limit: str):
    from plait.config import with_setting

    return with_setting(settings, "exchange.client_limit", limit, "test")


def test_every_type_crosses(run, way: str) -> None:
    run(TYPES)
    table = run.session.table("t")
    there = table.to_ray()
    assert bool(there.blocks) == (way == "client")
    assert bool(there.files) == (way == "lake")
    assert there.rows == 2
    here = sorted(table.to_arrow().to_pylist(), key=lambda row: row["i"] is None)
    crossed = sorted(to_arrow(there).to_pylist(), key=lambda row: row["i"] is None)
    assert crossed == here


def test_an_empty_table_crosses(run, way: str) -> None:
    run("select id as k, 'x' as s from range(5) where id > 10 as t;")
    there = run.session.table("t").to_ray()
    assert there.rows == 0
    assert to_arrow(there).schema.names == ["k", "s"]


def test_a_task_sees_the_table_and_its_result_comes_back(run, way: str) -> None:
    script = """
set py = '''
from plait import task
frame = task.data.to_pandas()
task.log_metric("total", float(frame["k"].sum()))
class Double:
    def predict(self, frame):
        return frame["k"] * 2
task.save_model(Double(), features=["k"], name="twice")
''';
load script.`py` as py;
select id as k, concat('row ', id) as name from range(1000) as t;
train t as PythonAlg.`${dir}/model` where scripts="py" and metric="total" and mode="max" as r;
predict t as PythonAlg.`${dir}/model` as p;
select count(*) as n, sum(twice) as s, max(name) as m from p as last;
"""
    result = run(script)
    assert result.tables["r"].to_pandas()["score"].tolist() == [499500.0]
    assert result.last is not None
    assert result.last.to_arrow().to_pylist() == [{"n": 1000, "s": 999000, "m": "row 999"}]
    crossed = {event.table: event.method for event in run.of(Crossed)}
    # The prediction's rows never pass the client, so its crossing decides for both.
    assert crossed["p"] == "lake"
    assert crossed["r"] == "client"
    assert crossed["t"] == "lake"

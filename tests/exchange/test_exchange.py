"""A script's tables go to Ray and back, by each method."""

from __future__ import annotations

import pytest

from plait.errors import OptionError
from plait.events import TableTransferred


@pytest.mark.parametrize("method", ["client", "direct", "lake"])
def test_a_task_sees_the_table_and_its_result_comes_back(run, method: str) -> None:
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
train t as PythonAlg.`${dir}/model` where scripts="py" and exchange="WAY"
  and metric="total" and mode="max" as r;
predict t as PythonAlg.`${dir}/model` where exchange="WAY" as p;
select count(*) as n, sum(twice) as s, max(name) as m from p as last;
"""
    result = run(script.replace("WAY", method))
    assert result.tables["r"].to_pandas()["score"].tolist() == [499500.0]
    assert result.last is not None
    assert result.last.to_arrow().to_pylist() == [{"n": 1000, "s": 999000, "m": "row 999"}]
    transferred = {event.table: event.method for event in run.of(TableTransferred)}
    assert transferred == {"t": method, "r": "client", "p": method}
    seen = result.tables["p"].to_arrow()
    assert seen.num_rows == 1000 and seen["twice"].to_pylist()[:3] == [0, 2, 4]


def test_two_ways_for_one_table_are_refused(run) -> None:
    script = """
set py = '''print(1)''';
load script.`py` as py;
select 1 as k as t;
train t as PythonAlg.`${dir}/a` where scripts="py" and exchange="direct" as a;
train t as PythonAlg.`${dir}/b` where scripts="py" and exchange="lake" as b;
"""
    with pytest.raises(OptionError, match='line 5 asks for exchange="direct"') as caught:
        run(script)
    assert caught.value.span is not None and caught.value.span.line == 6

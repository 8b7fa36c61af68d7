"""The magics in a real kernel: one notebook, run once, whose cells are looked at one by one."""

from __future__ import annotations

import re
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

from tests.models.versions import VERSION

CELLS = {
    "load": "import plait\n%load_ext plait",
    "query": (
        "%%mlsql\nset least = 3;\nselect id, id * 2 as twice from range(30) as numbers;\n"
        "select * from numbers where id > ${least} order by id -- without a name"
    ),
    "line": "%plait select count(*) as n from _ where id > ${least}",
    "shown": "%%mlsql\n!show tables;",
    "wrong": "%%mlsql\nselect id,\n       nope\nfrom numbers as t;",
    "refused": "plait.sql('drop table x')",
    "loop": (
        "import asyncio\nawait asyncio.sleep(0)\nassert asyncio.get_running_loop().is_running()\n"
        "import pandas as pd\nsession = plait.default_session()\n"
        "session.from_pandas(pd.DataFrame({'s': ['<b>', None]}), 'texts')"
    ),
    "session": "%plait",
    "running": (
        "from threading import Event, Timer\nfrom plait.console.foreground import followed\n"
        "from plait.events import Envelope, RunStarted, StepStarted\n"
        "from plait.notebook.extension import _Cell\ncell, end, shown = _Cell(), Event(), []\n"
        "def work(on_event, cancel):\n"
        "    for n, event in enumerate((RunStarted('r', 's', 'sail', ((1, 'fit', 'm'),)),\n"
        "                               StepStarted(1, 'fit', 'm', 1, 'ray'))):\n"
        "        on_event(Envelope.now('r', n, event))\n"
        "    end.wait(30)\n"
        "def wait():\n    cell.draw()\n    end.set()\n"
        "followed(work, cell.on, lambda: None, wait)\nassert end.is_set()"
    ),
    "ray": (
        "import logging, ray\n"
        "assert not logging.getLogger('ray.widgets.util').isEnabledFor(logging.INFO)"
    ),
    "own": "other = plait.connect('other-lake')\n%plait other",
    "closed": "other.close()\nsession.close()",
}


@pytest.fixture(scope="module")
def outputs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[dict]]:
    folder: Path = tmp_path_factory.mktemp("notebook")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PLAIT_CACHE", str(folder / "cache"))
        notebook = nbformat.v4.new_notebook()
        notebook.cells = [nbformat.v4.new_code_cell(text) for text in CELLS.values()]
        client = NotebookClient(
            notebook, timeout=120, allow_errors=True, resources={"metadata": {"path": str(folder)}}
        )
        client.execute()
    return dict(zip(CELLS, (cell.outputs for cell in notebook.cells), strict=True))


def html(found: list[dict]) -> str:
    return "".join(
        each["data"]["text/html"] for each in found if "text/html" in each.get("data", {})
    )


def test_a_cell_shows_its_last_table_with_types_and_count(outputs) -> None:
    shown = html(outputs["query"])
    assert "(20 of 26 rows)" in shown
    assert re.findall(r"<th[^>]*>([^<]*)</th>", shown) == ["id", "twice", "bigint", "bigint"]
    assert '<td style="text-align: left">8</td>' in shown
    assert re.search(r"done in [\d.]+ s", shown)
    assert outputs["load"] == []


def test_variables_and_the_unnamed_table_are_there_in_the_next_cell(outputs) -> None:
    assert ">26</td>" in html(outputs["line"])
    assert all(word in html(outputs["shown"]) for word in ("numbers", "script"))


def test_an_error_is_the_statement_underlined_and_no_traceback(outputs) -> None:
    (error,) = [each for each in outputs["wrong"] if each["output_type"] == "error"]
    shown = re.sub(r"\x1b\[[\d;]*m", "", "\n".join(error["traceback"]))
    assert shown.startswith("analysis error")
    assert "nope" in shown and "^" in shown and "cell [" in shown
    assert "Traceback" not in shown and "extension.py" not in shown
    (refused,) = outputs["refused"]
    assert len(refused["traceback"]) == 2 and "usage error" in refused["traceback"][0]


def test_python_inside_of_a_running_loop_uses_the_same_session(outputs) -> None:
    (shown,) = outputs["loop"]
    assert "<i>NULL</i>" in html([shown]) and "&lt;b&gt;" in html([shown])
    assert "texts" in html(outputs["session"]) and "numbers" in html(outputs["session"])
    assert "other-lake" in html(outputs["own"])
    assert outputs["closed"] == []


def test_a_running_step_is_drawn_while_nothing_happens(outputs) -> None:
    shown = html(outputs["running"])
    assert re.search(r"fit m .*<small>[\d.]+ s</small>", shown) and "0 of 1 steps done" in shown
    assert outputs["ray"] == []  # which would say here that it misses what plait does not use


def test_a_model_version_shows_its_metrics() -> None:
    shown = VERSION._repr_html_()
    assert all(word in shown for word in ("PythonAlg", ">auc<", "C=0.5", "data, 10 rows"))
    assert "<th" in shown and shown.count("0.75") == 2  # the score, and that of its group

"""Every `*.mlsql` here: a script, the steps it is planned as, and the rows it gives.

The expectations stand in a comment at the end of the file:

    /* plan: read, query, preview
       rows: sorted | ordered
       a int | b string
       1 | x
    */

Each runs on every data engine; the rows have to be the same on all. With `engine: spark`
before the plan, every other engine has to refuse the script instead, before anything runs.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from plait.errors import CapabilityError, PlaitError, ScriptErrors
from plait.events import Envelope, TableShown
from plait.session import Session, connect

FOLDER = Path(__file__).parent
CASES = sorted(FOLDER.glob("*.mlsql"))
EXPECTED = re.compile(
    r"/\*\s*(?:engine:\s*(?P<engine>\w+)\s*)?plan:\s*(?P<plan>[^\n]*)\n\s*rows:\s*(?P<order>sorted|ordered)\n(?P<rows>.*?)\*/\s*$",
    re.DOTALL,
)


@pytest.fixture(scope="module", params=["sail", "spark"])
def session(request, tmp_path_factory: pytest.TempPathFactory, cache: Path) -> Iterator[Session]:
    if request.param == "spark":
        pytest.importorskip("pyspark.ml", reason="needs plait[spark]")
    lake = tmp_path_factory.mktemp("lake")
    with connect(lake, engine=request.param, cache=str(cache)) as opened:
        yield opened


@pytest.mark.parametrize("case", CASES, ids=[case.stem for case in CASES])
def test_case(session: Session, case: Path, tmp_path: Path) -> None:
    text = case.read_text(encoding="utf-8")
    expected = EXPECTED.search(text)
    assert expected is not None, "the case says nothing of its plan and rows"
    variables = {"out": str(tmp_path), "data": str(FOLDER / "data")}
    if expected["engine"] not in (None, session.settings.engine):
        with pytest.raises((CapabilityError, ScriptErrors)) as refused:
            session.prepare(text, case.name, variables)
        errors = getattr(refused.value, "errors", (refused.value,))
        assert all(isinstance(error, CapabilityError) for error in errors)
        return
    prepared = session.prepare(text, case.name, variables)
    assert [step.kind for step in prepared.plan.steps] == re.split(r",\s*", expected["plan"])
    shown: list[TableShown] = []

    def keep(envelope: Envelope) -> None:
        if isinstance(envelope.event, TableShown):
            shown.append(envelope.event)

    try:
        session.run(text, case.name, variables, on_event=keep)
    except PlaitError as error:
        pytest.fail(error.render())
    lines = [line.strip() for line in expected["rows"].strip().splitlines()]
    got = [" | ".join("NULL" if v is None else v for v in row) for row in shown[-1].rows]
    if expected["order"] == "sorted":
        got, lines[1:] = sorted(got), sorted(lines[1:])
    header = " | ".join(f"{name} {kind_}" for name, kind_ in shown[-1].columns)
    assert [header, *got] == lines


def test_there_are_cases() -> None:
    assert len(CASES) >= 8


def test_a_table_with_letters_beyond_ascii_is_loaded_or_refused_where_it_is_named(
    session: Session,
) -> None:
    """Sail's SQL can name it; Spark's cannot, which was found only when the last line ran."""
    session.run("select 7 as a as t; save overwrite t as hive.`default.größen`;")
    loaded = session.run("load hive.`default.größen` as sizes; select a + 1 as b from sizes as u;")
    assert loaded.last is not None and loaded.last.to_arrow().to_pylist() == [{"b": 8}]
    named = "select 1 as x as t;\nselect a from default.`größen` as u;"
    if session.settings.engine == "sail":
        found = session.run(named).last
        assert found is not None and found.to_arrow().to_pylist() == [{"a": 7}]
        return
    with pytest.raises(CapabilityError, match="cannot name the table") as refused:
        session.check(named)
    assert refused.value.span is not None and refused.value.span.line == 2
    assert "load hive.`default.größen` as other_name;" in (refused.value.hint or "")

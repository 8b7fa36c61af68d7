"""What a plan says of its transfers before anything runs."""

from __future__ import annotations

from pathlib import Path

from plait.plan.steps import Exchange
from plait.session import connect

SCRIPT = """
set py = '''print(1)''';
load script.`py` as py;
load csv.`{0}` where header="true" as rows;
select k from rows as t;
train t as PythonAlg.`{0}.model` where scripts="py" as r;
"""


def test_a_transfer_says_what_is_read_for_it(tmp_path: Path) -> None:
    small, large = tmp_path / "small.csv", tmp_path / "large.csv"
    small.write_text("k\n1\n", encoding="utf-8")
    large.write_text("k\n" + "1234567\n" * 200_000, encoding="utf-8")
    with connect(tmp_path / "lake", **{"exchange.client_limit": "1MiB"}) as session:
        expected = {}
        for path in (small, large, tmp_path / "missing.csv"):
            plan = session.prepare(SCRIPT.format(path)).plan
            expected[path.stem] = next(s for s in plan.steps if isinstance(s, Exchange)).expected
            assert expected[path.stem] in session.explain(SCRIPT.format(path))
    assert expected == {
        "small": "client, up to 0.0 MB of files are read for it",
        "large": "up to 1.6 MB of files are read for it",
        "missing": "",
    }


def test_nothing_is_expected_of_what_the_script_itself_writes(tmp_path: Path) -> None:
    rows = tmp_path / "rows"
    rows.mkdir()
    (rows / "part-00000.csv").write_text("k\n1\n", encoding="utf-8")
    first = f"select id as k from range(9) as made; save overwrite made as csv.`{rows}`;"
    with connect(tmp_path / "lake") as session:
        for written, expected in (
            ("", "client, up to 0.0 MB of files are read for it"),
            (first, ""),
        ):
            plan = session.prepare(written + SCRIPT.format(rows)).plan
            found = next(s for s in plan.steps if isinstance(s, Exchange) and s.to == "ray")
            assert (found.expected, found.small) == (expected, bool(expected))

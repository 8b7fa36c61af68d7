"""`docs/differences.md`, made from the table.

`python -m plait.engines.sail.differences.page docs/differences.md` writes it anew.
"""

from __future__ import annotations

import sys
from pathlib import Path

from plait.engines.sail.differences import DIFFERENCES
from plait.engines.sail.differences.model import Difference, Policy

_HEAD = """\
# Differences between the engines

A script runs on Sail or on Apache Spark, and is to give the same answer on both. What Sail
lacks or answers otherwise is a table of data in plait; this page is made from it. Each row
is held true by a test that runs its example on both engines, and a few thousand small
queries are compared on every change: one that differs and that no row covers is a failure.

- What a script's text shows is **routed**: with `--engine auto` the whole script runs on
  Spark; with `--engine sail`, or where Spark is not installed, it is refused before it runs,
  with the line and the reason. What Sail itself refuses when the script is checked goes to
  Spark too.
- What can be put right on the way is **repaired**: the request that Sail gets is another
  one, and its answer is Spark's.
- What depends on the data or on the types of columns is **told**: once in the run, by the
  names below, when the script might have it. `plait verify FILE` runs a script on both
  engines and compares every table, also those that it saves and loads again or predicts. What
  it would save, train or do to the lake goes to a scratch folder; a training runs once, and
  both engines predict with its model.

Answers are compared by their values. A decimal or an integer may be wider than Spark's, and
so may the type of `datediff` and of `regexp_count`. The session's time zone is UTC on Sail;
another one goes to Spark.
"""
_SEVERITY = {
    "refused": "refuses it",
    "silent": "answers otherwise",
    "lenient": "answers where Spark refuses",
}
_TITLES: dict[Policy, str] = {"route": "Routed", "repair": "Repaired", "tell": "Told"}


def page() -> str:
    """Markdown: one table of the rows for each policy."""
    return _HEAD + "".join(_section(policy) for policy in _TITLES)


def _section(policy: Policy) -> str:
    rows = [_row(row) for row in DIFFERENCES if row.policy == policy]
    head = "| name | what | Sail | example |\n| --- | --- | --- | --- |"
    return f"\n## {_TITLES[policy]}\n\n" + "\n".join([head, *rows]) + "\n"


def _row(row: Difference) -> str:
    example = f"`{_cell(row.example)}`" if row.example else ""
    if "`" in row.example:
        example = f"`` {_cell(row.example)} ``"
    return f"| {row.id} | {_cell(row.what)} | {_SEVERITY[row.severity]} | {example} |"


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(page(), encoding="utf-8")

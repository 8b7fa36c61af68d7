"""Makes `docs/differences.md` from the table.

`python -m plait.engines.sail.differences.page docs/differences.md` writes it anew.
"""

from __future__ import annotations

import sys
from pathlib import Path

from plait.engines.sail.differences import DIFFERENCES
from plait.engines.sail.differences.model import Difference, Policy

_HEAD = """\
# Differences between the engines

A script runs on Apache Spark, or on Sail, an engine that speaks Spark SQL without a JVM. Both
are to give the same answer. This page lists what Sail lacks or answers otherwise; it is made
from the table by which plait decides. A test runs the example of each row on both engines, and
a few thousand small queries are compared on every change: one that differs and that no row
covers is a failure.

plait does one of three things about a difference:

- **Routed**: the text of the script shows it. With `--engine auto` the whole script runs on
  Spark. With `--engine sail`, or where Spark is not installed, the script is refused before it
  runs, with the line and the reason. What Sail's own analysis refuses goes to Spark too.
- **Rewritten**: plait changes the request before it is sent, so that Sail gives Spark's answer.
- **Warned about**: only the data or the types of columns show it. A run on Sail that might have
  it warns once, by the names below. `plait verify FILE` runs a script on both engines and
  compares every table, also those that it saves and loads again or predicts. What the script
  would save, train or change in the lake goes to a scratch folder; a training runs once, and
  both engines predict with its model.

A difference in which Sail answers can be accepted by its name: `--accept rand-seed`,
`accept = ["rand-seed"]` in plait.toml, or `set plait.accept = "rand-seed" where type="conf";` for
the statements that follow in a script. What has it then runs on Sail as it is; the run's report
and the manifest of a model that it trains say so.

Answers are compared by their values. On Sail a decimal or an integer may have a wider type than
on Spark. The session's time zone on Sail
is UTC; a script with another one goes to Spark.
"""
_SEVERITY = {
    "refused": "refuses it",
    "silent": "gives another answer",
    "lenient": "answers where Spark refuses",
}
_TITLES: dict[Policy, str] = {"route": "Routed", "rewrite": "Rewritten", "warn": "Warned about"}


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
    what = f"{row.what}. Instead: {row.instead}" if row.instead else row.what
    return f"| {row.id} | {_cell(what)} | {_SEVERITY[row.severity]} | {example} |"


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(page(), encoding="utf-8")

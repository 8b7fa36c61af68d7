"""Tables, models, sessions and running steps as HTML, for notebooks."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape

from plait.console import text as show
from plait.console.describe import whole_text
from plait.console.summary import RunSummary, took_text
from plait.events import StepProgress, TableShown

_LONGEST_CELL = 300
_SHOWN_PARTS = 8
_LEFT = 'style="text-align: left"'
_KIND = 'style="text-align: left; font-weight: normal; opacity: 0.7"'


def table(shown: TableShown, *, title: str | None = None) -> str:
    """A table's first rows with names, types and count. title: instead of its name."""
    names = "".join(f"<th {_LEFT}>{_clean(name)}</th>" for name, _ in shown.columns)
    kinds = "".join(f"<th {_KIND}>{_clean(kind)}</th>" for _, kind in shown.columns)
    rows = "".join(
        "<tr>" + "".join(f"<td {_LEFT}>{_cell(value)}</td>" for value in row) + "</tr>"
        for row in shown.rows
    )
    head = _clean(shown.title if title is None else title)
    return (
        f"<div><b>{head}</b> ({show.counted(shown)})"
        f"<table><thead><tr>{names}</tr><tr>{kinds}</tr></thead><tbody>{rows}</tbody></table></div>"
    )


def facts(title: str, pairs: Iterable[tuple[str, object]]) -> str:
    """A title and a table of names and values; what is None or empty is left out."""
    rows = "".join(
        f"<tr><th {_LEFT}>{_clean(name)}</th><td {_LEFT}>{_clean(str(value))}</td></tr>"
        for name, value in pairs
        if value not in (None, "", (), {})
    )
    return f"<div><b>{_clean(title)}</b><table><tbody>{rows}</tbody></table></div>"


def grid(names: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """A plain table of values."""
    head = "".join(f"<th {_LEFT}>{_clean(name)}</th>" for name in names)
    body = "".join(
        "<tr>" + "".join(f"<td {_LEFT}>{_clean(str(value))}</td>" for value in row) + "</tr>"
        for row in rows
    )
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def progress(summary: RunSummary, note: str = "") -> str:
    """The steps that run, how many are done, and a note beside it."""
    total, now = len(summary.steps), summary.clock()
    lines = []
    for step in summary.running():
        of, counted = "", ""
        if step.progress is not None:
            counted = f" {_clean(whole_text(step.progress))}"
            done, of_all = step.progress.done, step.progress.total
            if of_all and done is not None:
                of = f'<progress value="{done}" max="{of_all}"></progress>'
        lines.append(
            f"<div>{_clean(step.kind)} {_clean(step.label)} {of}{counted} "
            f"<small>{_clean(took_text(step, now))}</small></div>"
        )
        lines += [_part(part) for part in list(step.parts.values())[:_SHOWN_PARTS]]
    ended = f"{summary.count('done')} of {total} steps done"
    if note:
        ended = f"{ended}, {_clean(note)}"
    return f"{''.join(lines)}<small>{ended}</small>"


def _part(part: StepProgress) -> str:
    text, share = _clean(part.message), part.share or 0.0
    return f'<div>&emsp;<progress value="{share}" max="1"></progress> {text} {share:.0%}</div>'


def _cell(value: str | None) -> str:
    return "<i>NULL</i>" if value is None else _clean(value)


def _clean(text: str) -> str:
    return escape(show.fit(text, _LONGEST_CELL))

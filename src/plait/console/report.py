"""The report that is printed when a run is over."""

from __future__ import annotations

from plait.console import text as show
from plait.console.describe import model_text
from plait.console.summary import RunSummary

_LISTED = 25


def report(summary: RunSummary, width: int, *, brief: bool = False) -> list[show.Line]:
    """What is printed when a run is over: last table, models, where the time went.

    width: columns of the terminal. brief: of the times the whole alone, and no blank lines.
    """
    lines: list[show.Line] = []
    if brief:
        return _brief(summary, width)
    if summary.last is not None:
        lines.append(("", ""))
        lines.extend(("", text) for text in show.table(summary.last, width))
    if summary.models:
        lines.append(("", ""))
        lines.extend(("bold", f"model {model_text(model)}") for model in summary.models)
    if any(step.state != "not run" for step in summary.steps.values()):
        lines.append(("", ""))
        lines.extend(_times(summary, width))
    return lines


def _brief(summary: RunSummary, width: int) -> list[show.Line]:
    last = [] if summary.last is None else show.table(summary.last, width)
    lines: list[show.Line] = [("", text) for text in last]
    lines.extend(("bold", f"model {model_text(model)}") for model in summary.models)
    saved = [s for s in summary.steps.values() if s.kind == "write" and s.state == "done"]
    for step in saved:
        rows = "" if step.rows is None else f", {step.rows:,} rows"
        lines.append(("", f"saved {show.clean(step.summary or step.label)}{rows}"))
    if summary.end is not None:
        lines.append(("dim", f"{summary.end.status} in {show.seconds(summary.end.seconds)}"))
    return lines


def _times(summary: RunSummary, width: int) -> list[show.Line]:
    begun = [step for step in summary.steps.values() if step.state != "not run"]
    listed = sorted(begun, key=lambda s: (s.state == "done", -s.seconds))[:_LISTED]
    listed.sort(key=lambda step: step.id)
    longest = max((step.seconds for step in begun), default=0.0)
    engine = max([6, *(len(step.engine) for step in listed)])
    head = f"{'step':>4}  {'kind':<11}  {'engine':<{engine}}  {'seconds':>8}  {'':<10}"
    lines: list[show.Line] = [("bold", _title(summary)), ("dim", f"{head}  {'rows':>13}  what")]
    for step in listed:
        text = (
            f"{step.id:>4}  {step.kind:<11}  {step.engine:<{engine}}  {step.seconds:>8.2f}  "
            f"{show.bar(step.seconds, longest, 10)}  "
            f"{'' if step.rows is None else format(step.rows, ','):>13}  "
        )
        what = show.clean(step.label) + (f" ({show.clean(step.summary)})" if step.summary else "")
        if step.state != "done":
            what = f"{step.state.upper()}: {what}"
        style = {"failed": "red", "stopped": "yellow"}.get(step.state, "")
        lines.append((style, text + show.fit(what, max(20, width - len(text)))))
    if (more := len(begun) - len(listed)) > 0:
        rest = sum(step.seconds for step in begun) - sum(step.seconds for step in listed)
        lines.append(("dim", f"{'':>4}  and {more:,} shorter steps, {rest:.2f} s together"))
    lines.extend(_not_run(summary))
    return lines


def _title(summary: RunSummary) -> str:
    if summary.end is None:
        return "Where the time went"
    title = f"Where the time went: {show.seconds(summary.end.seconds)}"
    if summary.end.status == "done":
        return title
    done = f"{summary.count('done')} of {len(summary.steps)} steps"
    return f"{title}, {summary.end.status} with {done}"


def _not_run(summary: RunSummary) -> list[show.Line]:
    """The steps that a failed run did not reach."""
    waiting = [step for step in summary.steps.values() if step.state == "not run"]
    lines: list[show.Line] = [
        ("dim", f"{step.id:>4}  {step.kind:<11}  NOT RUN: {show.clean(step.label)}")
        for step in waiting[:_LISTED]
    ]
    if len(waiting) > _LISTED:
        lines.append(("dim", f"      and {len(waiting) - _LISTED:,} more that were not run"))
    return lines

"""Each event as one line of text."""

from __future__ import annotations

from plait.console import text as show
from plait.events import (
    Event,
    ModelPublished,
    Notice,
    RunFinished,
    RunStarted,
    StepFailed,
    StepFinished,
    StepLog,
    StepProgress,
    StepStarted,
    TableShown,
    TableTransferred,
)


def describe(event: Event) -> str | None:
    """An event as one line without the step's name; None for one that is drawn as a table."""
    match event:
        case RunStarted():
            return (
                f"run {event.run}: {show.clean(event.script)}, {len(event.steps)} steps, "
                f"data engine {event.engine}"
            )
        case RunFinished():
            return f"run {event.run}: {event.status} in {show.seconds(event.seconds)}"
        case Notice(level="warning"):
            return f"warning: {show.clean(event.text)}"
        case Notice():
            return f"note: {show.clean(event.text)}"
        case TableShown():
            return None
        case _:
            verb, text = _of_step(event)
            return f"{verb:<9} {text}"


def _of_step(
    event: StepStarted
    | StepProgress
    | StepLog
    | TableTransferred
    | StepFinished
    | ModelPublished
    | StepFailed,
) -> tuple[str, str]:
    """The verb by which logs are searched, and the rest of the line."""
    match event:
        case StepStarted():
            return "started", f"{show.clean(event.label)} (line {event.line}, {event.engine})"
        case StepProgress():
            return "progress", progress_text(event)
        case StepLog():
            stream = "" if event.stream == "stdout" else "stderr "
            return "log", f"{stream}{show.clean(event.source)} | {show.clean(event.text)}"
        case TableTransferred():
            return "transfer", transferred_text(event)
        case StepFinished():
            return "finished", finished_text(event)
        case ModelPublished():
            return "model", model_text(event)
        case StepFailed():
            why = show.clean(show.headline(event.error))
            return "failed", f"after {show.seconds(event.seconds)}: {why}"


def progress_text(event: StepProgress) -> str:
    """`training: 1 of 3 groups`; of a part, `group 0: epoch 2 (50 %), all 3 groups 17 %`."""
    if event.part and event.share is not None and event.total and event.done is not None:
        whole = f"all {event.total:g} {event.unit}" if event.total > 1 else "in all"
        share = event.done / event.total
        return f"{show.clean(event.message)} ({event.share:.0%}), {whole} {share:.0%}"
    counted = ""
    if event.done is not None:
        of = "" if event.total is None else f" of {show.number(event.total)}"
        counted = f"{show.number(event.done)}{of} {event.unit}".strip()
    return ": ".join(part for part in (show.clean(event.message), counted) if part)


def whole_text(event: StepProgress) -> str:
    """How far the whole step is, where its parts have lines of their own."""
    if event.part and event.total and event.done is not None:
        return f"{event.done / event.total:.0%}"
    return progress_text(event)


def transferred_text(event: TableTransferred) -> str:
    """Which table was transferred by which method, how much, how fast, and why so."""
    return (
        f"{show.clean(event.table)} by {event.method}: {event.rows:,} rows, "
        f"{show.size(event.bytes)}, {event.rate:,.0f} MB/s ({show.clean(event.why)})"
    )


def finished_text(event: StepFinished) -> str:
    """Seconds, rows, bytes and the summary, as far as they are known."""
    parts = [show.seconds(event.seconds)]
    if event.rows is not None:
        parts.append(f"{event.rows:,} rows")
    if event.bytes is not None:
        parts.append(show.size(event.bytes))
    if event.summary:
        parts.append(show.clean(event.summary))
    return ", ".join(parts)


def model_text(event: ModelPublished) -> str:
    """Path, version, and the score if there is one."""
    score = "" if event.score is None else f", {event.metric or 'score'} {event.score:g}"
    return f"{show.clean(event.path)} version {event.version}{score}"

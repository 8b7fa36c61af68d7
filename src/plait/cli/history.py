"""`plait runs` for the runs of this machine: list, show, logs, compare."""

from __future__ import annotations

import json
from contextlib import closing

from plait.cli.invocation import DONE, Invocation
from plait.console import text as show
from plait.console.report import report
from plait.console.screens import PlainScreen
from plait.errors import UsageError
from plait.history.compare import compare, lines
from plait.history.past import PastRun, past_run, summary_of
from plait.history.store import History, Recorded, read

_LISTED = 25


def local_list(call: Invocation) -> int:
    """Write one line for each run, the latest last, or one JSON array."""
    history, out = History.of(call.settings()), call.out
    files = history.files() if call.options.json else history.files()[-_LISTED:]
    runs = [run for path in files if (run := past_run(read(path, logs=False))) is not None]
    if call.options.json:
        out.line(json.dumps([run.as_data() for run in runs], ensure_ascii=False))
        return DONE
    if not runs:
        out.line("there are no runs")
        return DONE
    out.line(f"{'run':<12}  {'outcome':<10}  {'began':<19}  {'took':>10}  {'engine':<6}  script")
    for run in runs:
        models = "".join(f", {show.clean(m.path)} version {m.version}" for m in run.models)
        out.line(
            f"{run.id:<12}  {run.outcome:<10}  {run.started.astimezone():%Y-%m-%d %H:%M:%S}  "
            f"{run.took:>10}  {run.engine:<6}  {show.clean(run.script)}{models}"
        )
    if (older := len(history.files()) - len(files)) > 0:
        out.line(f"and {older:,} older ones: --json has all")
    return DONE


def local_show(call: Invocation) -> int:
    """Write what is known of a run: facts, last table, models, times. Raises UsageError."""
    recorded, run = _find(call, call.options.run)
    if call.options.json:
        call.out.line(json.dumps(run.as_data(), ensure_ascii=False))
        return DONE
    facts = {
        "run": run.id,
        "outcome": run.outcome,
        "script": run.script,
        "engine": run.engine,
        "began": f"{run.started.astimezone():%Y-%m-%d %H:%M:%S}",
        "took": run.took,
    }
    call.out.lines(f"{name:<9} {show.clean(value)}" for name, value in facts.items() if value)
    for table, rows in run.tables.items():
        counted = "" if rows is None else f", {rows:,} rows"
        call.out.line(f"{'table':<9} {show.clean(table)}{counted}")
    if recorded.error is not None:
        call.out.lines(["", *recorded.error.render().splitlines()])
    call.out.lines(text for _, text in report(summary_of(recorded.events), call.out.width()))
    return DONE


def runs_logs(call: Invocation) -> int:
    """Write all that was kept of a run, as it was drawn then. Raises UsageError."""
    recorded, _ = _find(call, call.options.run)
    if call.options.json:
        from plait.console.errors import error_to_json
        from plait.events import to_json

        call.out.lines(to_json(envelope) for envelope in recorded.events)
        if recorded.error is not None:
            call.out.line(error_to_json(recorded.error))
        return DONE
    with closing(PlainScreen(call.out, verbose=True)) as screen:
        for envelope in recorded.events:
            screen.on(envelope)
    if recorded.error is not None:
        call.out.lines(["", *recorded.error.render().splitlines()])
    return DONE


def runs_compare(call: Invocation) -> int:
    """Write two runs side by side. Raises UsageError."""
    (_, one), (_, other) = (_find(call, name) for name in (call.options.run, call.options.other))
    found = compare(one, other)
    if call.options.json:
        call.out.line(json.dumps(found.as_data(), ensure_ascii=False))
    else:
        call.out.lines(lines(found, call.out.width()))
    return DONE


def _find(call: Invocation, name: str) -> tuple[Recorded, PastRun]:
    """A run by its id or the beginning of it. Raises UsageError."""
    recorded = read(History.of(call.settings()).file(name))
    run = past_run(recorded)
    if run is None:
        raise UsageError(f"what was kept of run '{name}' cannot be read")
    return recorded, run

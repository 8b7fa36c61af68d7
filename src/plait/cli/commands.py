"""The commands: each parses nothing, calls the session or a room below it, and draws.

A new command is a function here and a line in `COMMANDS`.
"""

from __future__ import annotations

from contextlib import closing

from plait.cli.invocation import DONE, FAILED, Command, Invocation
from plait.cli.options import (
    FORMAT,
    JSON,
    MODEL,
    MODELS_FOLDER,
    PREPARE_SPARK,
    PROFILE,
    RUN,
    RUN_ID,
    SCRIPT,
    SETTINGS,
    TOLERANCE,
    VERSION,
)
from plait.errors import UsageError
from plait.settings import Settings


def _run(call: Invocation) -> int:
    """Raises UsageError for options that do not go together, and what the run raises."""
    from plait.console.screens import screen_for

    options, text, settings = call.options, call.script(), call.settings()
    python = options.file.endswith(".py")
    if python and options.var:
        raise UsageError("--var is for scripts of statements; give a .py its arguments")
    if settings.ray.jobs is not None:
        return _run_on_cluster(call, settings, text, python=python)
    if options.run_id is not None:
        raise UsageError("--run-id is for runs that are sent to a cluster: ray.jobs is not set")
    if python:
        return _run_python(call, settings, text)
    with call.session() as session, closing(screen_for(call.out, as_json=options.json)) as screen:
        session.run(text, options.file, dict(options.var), on_event=screen.on)
    return DONE


def _run_python(call: Invocation, settings: Settings, text: str) -> int:
    from plait.console.screens import script_screen_for
    from plait.scripts.run import run_script

    options = call.options
    with closing(script_screen_for(call.out, as_json=options.json)) as screen:
        run_script(
            options.file, text, call.arguments, settings, screen.on,
            capture=options.json, defer_interrupts=call.interrupts.deferred,
        )  # fmt: skip
    return DONE


def _run_on_cluster(call: Invocation, settings: Settings, text: str, *, python: bool) -> int:
    from plait.cli.runs import remote_screen_for
    from plait.events import Notice
    from plait.remote.follow import watch
    from plait.remote.jobs import JobsEndpoint
    from plait.remote.submit import Submission, submit

    options = call.options
    sent = Submission(options.file, text, call.arguments, dict(options.var))
    with closing(remote_screen_for(call.out, python=python, as_json=options.json)) as screen:
        submitted = submit(settings, sent, options.run_id)
        run = submitted.run
        words = "was sent to" if submitted.new else "is known to, and is not run again by,"
        screen.on(Notice(f"run {run} {words} {settings.ray.jobs}; plait runs follow {run}"))
        watch(JobsEndpoint.of(settings), run, screen.on)
    return DONE


def _check(call: Invocation) -> int:
    options, text = call.options, call.script()
    with call.session() as session:
        plan = session.check(text, options.file, dict(options.var))
    call.out.line(f"{options.file}: no errors, {len(plan.steps)} steps")
    return DONE


def _explain(call: Invocation) -> int:
    options, text = call.options, call.script()
    with call.session() as session:
        shown = session.explain(text, options.file, dict(options.var), format=options.format)
    call.out.line(shown)
    return DONE


def _verify(call: Invocation) -> int:
    from plait.verify.command import tolerance_of, verify
    from plait.verify.report import report

    options = call.options
    if options.file.endswith(".py"):
        raise UsageError("verify compares the tables of a script of statements, not of a .py")
    text, tolerance = call.script(), tolerance_of(options.tolerance)
    found = verify(
        text, options.file, dict(options.var), call.settings(), tolerance,
        call.interrupts.deferred,
    )  # fmt: skip
    report(found, call.out, as_json=options.json)
    return DONE if found.sound else FAILED


def _models_list(call: Invocation) -> int:
    from plait.cli.models import list_models
    from plait.storage.credentials import Storage

    storage = Storage.of(call.settings().storage)
    list_models(call.options.path, storage, call.out, as_json=call.options.json)
    return DONE


def _models_show(call: Invocation) -> int:
    from plait.cli.models import show_model
    from plait.storage.credentials import Storage

    options, storage = call.options, Storage.of(call.settings().storage)
    show_model(options.path, options.version, storage, call.out, as_json=options.json)
    return DONE


def _runs_list(call: Invocation) -> int:
    from plait.cli.runs import list_jobs
    from plait.remote.jobs import JobsEndpoint

    list_jobs(JobsEndpoint.of(call.settings()).jobs(), call.out, as_json=call.options.json)
    return DONE


def _runs_show(call: Invocation) -> int:
    from plait.cli.runs import show_job
    from plait.remote.jobs import JobsEndpoint

    job = JobsEndpoint.of(call.settings()).require(call.options.run)
    show_job(job, call.out, as_json=call.options.json)
    return DONE


def _runs_follow(call: Invocation) -> int:
    from plait.cli.runs import remote_screen_for
    from plait.remote.follow import watch
    from plait.remote.jobs import JobsEndpoint

    there, options = JobsEndpoint.of(call.settings()), call.options
    python = there.require(options.run).notes.get("script", "").endswith(".py")
    with closing(remote_screen_for(call.out, python=python, as_json=options.json)) as screen:
        watch(there, options.run, screen.on)
    return DONE


def _runs_cancel(call: Invocation) -> int:
    from plait.cli.runs import show_job
    from plait.remote.jobs import JobsEndpoint

    job = JobsEndpoint.of(call.settings()).cancel(call.options.run)
    show_job(job, call.out, as_json=call.options.json)
    return DONE


def _doctor(call: Invocation) -> int:
    from plait.doctor.report import examine, prepare_spark

    settings = call.settings()
    if call.options.prepare_spark:
        call.out.line(prepare_spark(settings))
        return DONE
    return DONE if examine(settings, call.out, as_json=call.options.json) else FAILED


_RUN_HELP = """\
Run a script of statements, or an ordinary Python script (.py) that uses pyspark and ray.

After the name of a .py file, plait reads its own options up to the first argument that is
not one; that argument and all after it, or all after `--`, belong to the script.
"""
_VERIFY_HELP = """\
Run a script on Spark and on Sail and compare every table that it names.

What it saves, trains or does to the lake goes to a scratch folder, which is removed
afterwards; existing files, tables and models stay as they are. A training runs once, and both
engines predict with its model.
"""
_FOLLOW_HELP = "draw a run from its start to its end; Ctrl-C leaves it running"

GROUPS = {
    "models": "list and show model versions",
    "runs": "find the runs again that were sent to a remote cluster",
}
COMMANDS = (
    Command("run", _run, "run a script", (*SCRIPT, RUN_ID, JSON), _RUN_HELP),
    Command("check", _check, "find what is wrong with a script, without running it", SCRIPT),
    Command(
        "explain", _explain, "show the steps of a script and where each one runs",
        (*SCRIPT, FORMAT),
    ),
    Command(
        "verify", _verify, "compare a script's tables on both engines",
        (*SCRIPT, TOLERANCE, JSON), _VERIFY_HELP,
    ),
    Command(
        "models list", _models_list, "the models below a folder", (MODELS_FOLDER, *PROFILE, JSON)
    ),
    Command(
        "models show", _models_show, "all about a model's version",
        (MODEL, VERSION, *PROFILE, JSON),
    ),
    Command(
        "runs list", _runs_list, "the runs that the profile's Jobs endpoint knows",
        (*SETTINGS, JSON),
    ),
    Command("runs show", _runs_show, "what is known of a run", (RUN, *SETTINGS, JSON)),
    Command("runs follow", _runs_follow, _FOLLOW_HELP, (RUN, *SETTINGS, JSON)),
    Command("runs cancel", _runs_cancel, "stop a run", (RUN, *SETTINGS, JSON)),
    Command(
        "doctor", _doctor, "what is installed, what starts, what is missing",
        (*SETTINGS, JSON, PREPARE_SPARK),
    ),
)  # fmt: skip

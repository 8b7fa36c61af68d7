"""The commands: each calls the session, or a room below it, and draws the result.

A new command is a function and a line in `COMMANDS`.
"""

from __future__ import annotations

import sys
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from plait.cli import options as opt
from plait.cli.invocation import DONE, FAILED, Command, Invocation
from plait.cli.models import models_list, models_show
from plait.cli.runs import remote_screen_for, runs_cancel, runs_follow, runs_list, runs_show
from plait.cli.variables import variables_of
from plait.errors import UsageError
from plait.settings import Settings

if TYPE_CHECKING:
    from plait.events import Envelope


def _run(call: Invocation) -> int:
    """Run a script. Raises UsageError for options that do not go together."""
    from plait.console.screens import screen_for

    options, text, settings = call.options, call.script(), call.settings()
    python = call.file.endswith(".py")
    if settings.ray.jobs is not None and call.file.startswith("<"):
        raise UsageError("a script that is sent to a cluster (ray.jobs) is a file")
    if python:
        _refuse_variables(call)
    if settings.ray.jobs is not None:
        return _run_on_cluster(call, settings, text, python=python)
    if options.run_id is not None:
        raise UsageError("--run-id is for runs that are sent to a cluster: ray.jobs is not set")
    if python:
        return _run_python(call, settings, text)
    drawn = screen_for(
        call.out, as_json=options.json, quiet=options.quiet, verbose=options.verbose
    )
    with call.session() as session, closing(drawn) as screen:
        session.run(text, call.file, variables_of(call, text), on_event=screen.on)
    return DONE


def _run_python(call: Invocation, settings: Settings, text: str) -> int:
    from plait.console.screens import script_screen_for
    from plait.history.store import History
    from plait.scripts.run import run_script

    options = call.options
    with (
        closing(script_screen_for(call.out, as_json=options.json)) as screen,
        History.of(settings).recording(screen.on) as keep,
    ):
        run_script(
            call.file, text, call.arguments, settings, keep,
            capture=options.json, defer_interrupts=call.interrupts.deferred,
        )  # fmt: skip
    return DONE


def _run_on_cluster(call: Invocation, settings: Settings, text: str, *, python: bool) -> int:
    from plait.events import Envelope, Notice
    from plait.remote.follow import watch
    from plait.remote.jobs import JobsEndpoint
    from plait.remote.submit import Submission, submit

    options = call.options
    variables = {} if python else variables_of(call, text)
    sent = Submission(call.file, text, call.arguments, variables)
    with closing(remote_screen_for(call.out, python=python, as_json=options.json)) as screen:
        submitted = submit(settings, sent, options.run_id)
        run = submitted.run
        words = "was sent to" if submitted.new else "is known to, and is not run again by,"
        sent_to = Notice(f"run {run} {words} {settings.ray.jobs}; plait runs follow {run}")
        screen.on(Envelope.now(run, 0, sent_to))
        watch(JobsEndpoint.of(settings), run, screen.on)
    return DONE


def _refuse_variables(call: Invocation) -> None:
    if call.options.var or call.options.vars:
        raise UsageError("--var is for scripts of statements; give a .py its arguments")


def _shell(call: Invocation) -> int:
    if not (call.out.terminal and sys.stdin.isatty()):
        raise UsageError(
            "plait shell needs a terminal", hint="plait run - reads a script from stdin"
        )
    from plait.shell.prompt import Shell

    with call.session() as session, call.interrupts.repeated():
        history = session.settings.cache_path / "shell_history"
        Shell(session, call.out, history).run(lambda: call.interrupts.asked_to_end)
    return DONE


def _check(call: Invocation) -> int:
    text = call.script()
    if call.file.endswith(".py"):
        call.out.line(f"{call.file}: no errors; {_python_engines(call, text)}")
        return DONE
    with call.session() as session:
        variables = variables_of(call, text)
        plan = session.check(text, call.file, variables, on_event=partial(_warn, call))
    call.out.line(f"{call.file}: no errors, {len(plan.steps)} steps")
    return DONE


def _warn(call: Invocation, envelope: Envelope) -> None:
    """Show the warnings of a check."""
    from plait.console.describe import describe
    from plait.events import Notice

    match envelope.event:
        case Notice(level="warning") as notice:
            call.out.line(str(describe(notice)))
        case _:
            pass


def _explain(call: Invocation) -> int:
    options, text = call.options, call.script()
    if call.file.endswith(".py"):
        if options.format != "text":
            raise UsageError("a .py has no plan of steps: it is explained as text")
        call.out.line(f"{call.file}: one program; {_python_engines(call, text)}")
        return DONE
    with call.session() as session:
        shown = session.explain(text, call.file, variables_of(call, text), options.format)
    call.out.line(shown)
    return DONE


def _python_engines(call: Invocation, text: str) -> str:
    """What an ordinary Python script uses, in words. Raises what `run_script` would refuse."""
    from plait.scripts.requirements import requirements_of
    from plait.scripts.run import spark_for

    _refuse_variables(call)
    needed = requirements_of(call.file, text)
    spark = spark_for(needed, call.settings())
    used = [f"pyspark on {spark.capitalize()}"] if spark is not None else []
    used += ["ray"] if needed.ray else []
    return f"uses {' and '.join(used)}" if used else "uses neither pyspark nor ray"


def _verify(call: Invocation) -> int:
    from plait.verify.command import tolerance_of, verify
    from plait.verify.report import report

    options = call.options
    if call.file.endswith(".py"):
        raise UsageError("verify compares the tables of a script of statements, not of a .py")
    text, tolerance = call.script(), tolerance_of(options.tolerance)
    found = verify(
        text, call.file, variables_of(call, text), call.settings(), tolerance,
        call.interrupts.deferred,
    )  # fmt: skip
    report(found, call.out, as_json=options.json)
    return DONE if found.sound else FAILED


def _runs_logs(call: Invocation) -> int:
    from plait.cli.history import runs_logs

    return runs_logs(call)


def _runs_compare(call: Invocation) -> int:
    from plait.cli.history import runs_compare

    return runs_compare(call)


def _init(call: Invocation) -> int:
    from plait.cli.project import make_project

    folder = Path(call.options.folder)
    call.out.lines(make_project(folder))
    return DONE


def _completion(call: Invocation) -> int:
    from argcomplete.shell_integration import shellcode

    # The code for bash is that for zsh too.
    fish = call.options.shell == "fish"
    call.out.line(shellcode(["plait"], shell="fish" if fish else "bash"))
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

_COMPLETION_HELP = """\
Print what makes a shell complete the commands, options and settings of plait:

  bash, zsh   eval "$(plait completion bash)"         in ~/.bashrc or ~/.zshrc
  fish        plait completion fish | source          in ~/.config/fish/config.fish
"""

GROUPS = {
    "models": "list and show model versions",
    "runs": "list, show and compare runs; follow and cancel those that were sent to a cluster",
}
COMMANDS = (
    Command("run", _run, "run a script", (*opt.SCRIPT, opt.RUN_ID, opt.OUTPUT), _RUN_HELP),
    Command(
        "shell", _shell, "run statements at a prompt, on engines that stay warm", opt.SETTINGS
    ),
    Command("check", _check, "find what is wrong with a script, without running it", opt.SCRIPT),
    Command(
        "explain", _explain, "show the steps of a script and where each one runs",
        (*opt.SCRIPT, opt.FORMAT),
    ),
    Command(
        "verify", _verify, "compare a script's tables on both engines",
        (*opt.SCRIPT, opt.TOLERANCE, opt.JSON), _VERIFY_HELP,
    ),
    Command(
        "models list", models_list, "list the models below a folder",
        (opt.MODELS_FOLDER, *opt.PROFILE, opt.JSON),
    ),
    Command(
        "models show", models_show, "show a version of a model",
        (opt.MODEL, opt.VERSION, *opt.PROFILE, opt.JSON),
    ),
    Command(
        "runs list", runs_list, "list the runs of this machine, or of the cluster (ray.jobs)",
        (*opt.SETTINGS, opt.JSON),
    ),
    Command("runs show", runs_show, "show a run", (opt.RUN, *opt.SETTINGS, opt.JSON)),
    Command(
        "runs logs", _runs_logs, "show everything that was kept of a run of this machine",
        (opt.RUN, *opt.SETTINGS, opt.JSON),
    ),
    Command(
        "runs compare", _runs_compare, "show two runs of this machine side by side",
        (opt.RUN, opt.OTHER_RUN, *opt.SETTINGS, opt.JSON),
    ),
    Command("runs follow", runs_follow, _FOLLOW_HELP, (opt.RUN, *opt.SETTINGS, opt.JSON)),
    Command("runs cancel", runs_cancel, "stop a run", (opt.RUN, *opt.SETTINGS, opt.JSON)),
    Command(
        "init", _init, "make a small project that runs: settings, script, data, test",
        (opt.PROJECT,),
    ),
    Command(
        "completion", _completion, "print what makes a shell complete plait's words",
        (opt.SHELL,), _COMPLETION_HELP,
    ),
    Command(
        "doctor", _doctor, "report what is installed, what starts and what is missing",
        (*opt.SETTINGS, opt.JSON, opt.PREPARE_SPARK),
    ),
)  # fmt: skip

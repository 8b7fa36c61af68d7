"""The command line: it parses arguments, calls `Session`, and draws events."""

from __future__ import annotations

import argparse
import contextlib
import os
import re
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from plait.errors import CancelledError, PlaitError, UsageError, suggestion

if TYPE_CHECKING:
    from plait.cli.interrupts import Interrupts
    from plait.console.report import Out
    from plait.session import Session
    from plait.settings import Settings

DONE, FAILED, WRONG, CANCELLED = 0, 1, 2, 130

_EPILOG = """\
exit code: 0 done, 1 failed while running, 2 wrong script or usage, 130 cancelled
"""
_RUN_HELP = """\
Run a script of statements, or an ordinary Python script (.py) that uses pyspark and ray.

After the name of a .py file, plait reads its own options up to the first argument that is
none; that one and all that follow, or all that follow `--`, belong to the script.
"""
_VERIFY_HELP = """\
Run a script on Spark and on Sail and compare every table that it names.

What it saves, trains or does to the lake goes to a scratch folder, which is gone afterwards;
the files, tables and models that are there stay as they are. A training runs once, and both
engines predict with its model.
"""


class _Parser(argparse.ArgumentParser):
    """argparse, with its errors as `UsageError` and a suggestion for what is misspelt."""

    def error(self, message: str) -> NoReturn:
        raise UsageError(message, hint=self._hint(message))

    def _hint(self, message: str) -> str:
        wrong = re.search(r"(?:unrecognized arguments|invalid choice): '?([^\s']+)", message)
        if wrong is None:
            return f"{self.prog} --help shows what there is"
        return suggestion(wrong[1], self.words(options=wrong[1].startswith("-")))

    def words(self, *, options: bool) -> list[str]:
        """What can be written here: the options' names, or the commands."""
        if options:
            return [name for action in self._actions for name in action.option_strings]
        return [str(word) for action in self._actions for word in action.choices or ()]

    def takes_value(self) -> Mapping[str, bool]:
        """Every option's name, and whether a value follows it."""
        return {
            name: action.nargs != 0 for action in self._actions for name in action.option_strings
        }


def _pair(text: str) -> tuple[str, str]:
    key, equals, value = text.partition("=")
    if not equals or not key.strip():
        raise argparse.ArgumentTypeError(f"'{text}' is not of the form name=value")
    return key.strip(), value


def _parsers() -> tuple[_Parser, dict[str, _Parser]]:
    from plait import __version__

    main_parser = _Parser(
        prog="plait",
        description="One script: its SQL on Spark or Sail, its Python on Ray.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    main_parser.add_argument("--version", action="version", version=f"plait {__version__}")
    common = _Parser(add_help=False, allow_abbrev=False)
    common.add_argument("--debug", action="store_true", help="show plait's own tracebacks")
    commands = main_parser.add_subparsers(dest="command", metavar="COMMAND", required=True)

    def command(name: str, help: str, description: str | None = None) -> _Parser:
        return commands.add_parser(
            name,
            help=help,
            description=description or help,
            parents=[common],
            allow_abbrev=False,
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )

    named = {
        "run": command("run", "run a script", _RUN_HELP),
        "check": command("check", "find what is wrong with a script, without running it"),
        "explain": command("explain", "show the steps of a script and where each one runs"),
        "verify": command("verify", "compare a script's tables on both engines", _VERIFY_HELP),
        "models": command("models", "list and show model versions"),
        "runs": command("runs", "find the runs again that were sent to a remote cluster"),
        "doctor": command("doctor", "what is installed, what starts, what is missing"),
    }
    for name in ("run", "check", "explain", "verify"):
        _add_script_options(named[name])
    _add_settings(named["doctor"])
    _add_models(named["models"], common)
    _add_runs(named["runs"], common)
    named["run"].add_argument(
        "--run-id", metavar="NAME",
        help="name of a run that is sent to a cluster (ray.jobs); a known one is not run again",
    )  # fmt: skip
    named["verify"].add_argument(
        "--tolerance", metavar="X", default="1e-9",
        help="how far two floating-point numbers may be apart, relatively (1e-9)",
    )  # fmt: skip
    for name in ("run", "verify", "doctor"):
        named[name].add_argument(
            "--json", action="store_true", help="print JSON, and nothing else, on stdout"
        )
    named["doctor"].add_argument(
        "--prepare-spark", action="store_true",
        help="make local Spark start three times as fast from now on (half a minute, 200 MB)",
    )  # fmt: skip
    named["explain"].add_argument(
        "--format", choices=("text", "json", "mermaid"), default="text", help="how (text)"
    )
    return main_parser, named


def _add_script_options(parser: _Parser) -> None:
    parser.add_argument("file", metavar="FILE", help="the script")
    parser.add_argument(
        "--var", metavar="NAME=VALUE", type=_pair, action="append", default=[],
        help="give a variable of the script a value",
    )  # fmt: skip
    _add_settings(parser)


def _add_profile(parser: _Parser) -> None:
    parser.add_argument(
        "--set", metavar="KEY=VALUE", type=_pair, action="append", default=[], dest="settings",
        help="set any setting, such as ray.num_gpus=1",
    )  # fmt: skip
    parser.add_argument("--profile", metavar="NAME", help="the profile of plait.toml to take")


def _add_settings(parser: _Parser) -> None:
    _add_profile(parser)
    parser.add_argument("--engine", metavar="auto|sail|spark", help="the data engine (auto)")
    parser.add_argument("--ray", metavar="ADDRESS", help="an existing Ray cluster, host:port")
    parser.add_argument("--lake", metavar="DIR", help="the root folder of tables, or its URL")


def _add_models(parser: _Parser, common: _Parser) -> None:
    verbs = parser.add_subparsers(dest="verb", metavar="list|show", required=True)
    listing = verbs.add_parser(
        "list", help="the models below a folder", parents=[common], allow_abbrev=False
    )
    listing.add_argument("path", metavar="DIR", nargs="?", default=".", help="where to look (.)")
    showing = verbs.add_parser(
        "show", help="all about a model's version", parents=[common], allow_abbrev=False
    )
    showing.add_argument("path", metavar="PATH", help="the model's folder")
    showing.add_argument("--version", metavar="N", type=int, help="which version (the latest)")
    for verb in (listing, showing):
        _add_profile(verb)
        verb.add_argument("--json", action="store_true", help="print JSON")


def _add_runs(parser: _Parser, common: _Parser) -> None:
    verbs = parser.add_subparsers(dest="verb", metavar="list|show|follow|cancel", required=True)
    for name, help in (
        ("list", "the runs that the profile's Jobs endpoint knows"),
        ("show", "what is known of a run"),
        ("follow", "draw a run from its start to its end; Ctrl-C leaves it running"),
        ("cancel", "stop a run"),
    ):
        verb = verbs.add_parser(name, help=help, parents=[common], allow_abbrev=False)
        if name != "list":
            verb.add_argument("run", metavar="ID", help="the run's name")
        _add_settings(verb)
        verb.add_argument("--json", action="store_true", help="print JSON")


def parse_arguments(argv: Sequence[str]) -> tuple[argparse.Namespace, list[str]]:
    """The options, and the arguments of a Python script. Raises UsageError, SystemExit."""
    parser, commands = _parsers()
    argv, script_arguments = _split_for_script(list(argv), commands["run"])
    options, unknown = parser.parse_known_args(argv)
    if unknown:
        # Said by the command's own parser, which knows what may be written there.
        commands[options.command].error(f"unrecognized arguments: {' '.join(unknown)}")
    return options, script_arguments


def _split_for_script(argv: list[str], parser: _Parser) -> tuple[list[str], list[str]]:
    """Cut the arguments of a Python script off, as the help of `run` says."""
    if argv[:1] != ["run"]:
        return argv, []
    takes_value = parser.takes_value()
    position, seen_file = 1, False
    while position < len(argv):
        word = argv[position]
        name = word.partition("=")[0]
        if name in takes_value and word != "--":
            position += 2 if takes_value[name] and "=" not in word else 1
        elif seen_file:
            rest = argv[position:]
            return argv[:position], rest[1:] if rest[0] == "--" else rest
        elif word.startswith("-") or not word.endswith(".py"):
            return argv, []
        else:
            seen_file, position = True, position + 1
    return argv, []


def settings_from(options: argparse.Namespace) -> Settings:
    """The settings that the options ask for, over the file's and environment's. UsageError."""
    from plait.settings import load_settings

    overrides: dict[str, object] = dict(options.settings)
    named = {"engine": "engine", "ray": "ray.address", "lake": "lake", "profile": "profile"}
    for name, key in named.items():
        value = getattr(options, name, None)
        if value is not None:
            overrides[key] = value
    return load_settings(overrides)


def read_script(path: str) -> str:
    """The text of a script file. Raises UsageError for what is none."""
    try:
        return Path(path).read_text(encoding="utf-8-sig")
    except IsADirectoryError:
        raise UsageError(f"'{path}' is a folder, not a script") from None
    except FileNotFoundError:
        raise UsageError(f"there is no file '{path}'", hint=_near_file(path)) from None
    except UnicodeDecodeError as problem:
        place, byte = problem.start, problem.object[problem.start]
        raise UsageError(f"'{path}' is not UTF-8 text: byte {place} is 0x{byte:02x}") from None
    except (OSError, ValueError) as problem:
        reason = getattr(problem, "strerror", None) or str(problem)
        raise UsageError(f"'{path}' cannot be read: {reason}") from None


def _near_file(path: str) -> str | None:
    wanted = Path(path)
    try:
        there = [entry.name for entry in wanted.parent.iterdir() if entry.is_file()]
    except (OSError, ValueError):
        return None
    hint = suggestion(wanted.name, there)
    return hint if hint.startswith("did you mean") else None


# --- the commands ---------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Invocation:
    """What every command is given: its options and where it writes.

    arguments: those of a Python script.
    """

    options: argparse.Namespace
    arguments: list[str]
    out: Out
    interrupts: Interrupts

    @contextlib.contextmanager
    def session(self) -> Iterator[Session]:
        """A session with the settings asked for, which is closed whatever happens."""
        settings = settings_from(self.options)
        from plait.session import Session

        session = Session(settings)
        try:
            yield session
        finally:
            with self.interrupts.held():
                session.close()


def _run(door: Invocation) -> int:
    from plait.console.report import screen_for

    options = door.options
    text = read_script(options.file)
    if (settings := settings_from(options)).ray.jobs is not None:
        return _run_there(door, settings, text)
    if options.run_id is not None:
        raise UsageError("--run-id is for runs that are sent to a cluster: ray.jobs is not set")
    if options.file.endswith(".py"):
        return _run_python(door, text)
    with door.session() as session, closing(screen_for(door.out, as_json=options.json)) as screen:
        session.run(text, options.file, dict(options.var), on_event=screen.on)
    return DONE


def _run_python(door: Invocation, text: str) -> int:
    from plait.console.report import script_screen_for
    from plait.scripts.run import run_script

    options = door.options
    if options.var:
        raise UsageError("--var is for scripts of statements; give a .py its arguments")
    settings = settings_from(options)
    with closing(script_screen_for(door.out, as_json=options.json)) as screen:
        run_script(
            options.file, text, door.arguments, settings, screen.on,
            capture=options.json, held=door.interrupts.held,
        )  # fmt: skip
    return DONE


def _run_there(door: Invocation, settings: Settings, text: str) -> int:
    from plait.remote import runs

    options, python = door.options, door.options.file.endswith(".py")
    if python and options.var:
        raise UsageError("--var is for scripts of statements; give a .py its arguments")
    sent = runs.Sent(options.file, text, door.arguments, dict(options.var))
    with closing(runs.screen(door.out, python=python, as_json=options.json)) as screen:
        runs.run_there(settings, sent, options.run_id, screen)
    return DONE


def _runs(door: Invocation) -> int:
    from plait.remote import runs

    options = door.options
    settings, run = settings_from(options), getattr(options, "run", None)
    runs.command(settings, options.verb, run, door.out, as_json=options.json)
    return DONE


def _check(door: Invocation) -> int:
    options = door.options
    text = read_script(options.file)
    with door.session() as session:
        plan = session.check(text, options.file, dict(options.var))
    door.out.line(f"{options.file}: no errors, {len(plan.steps)} steps")
    return DONE


def _explain(door: Invocation) -> int:
    options = door.options
    text = read_script(options.file)
    with door.session() as session:
        shown = session.explain(text, options.file, dict(options.var), format=options.format)
    door.out.line(shown)
    return DONE


def _verify(door: Invocation) -> int:
    from plait.verify.command import report, tolerance_of, verify

    options = door.options
    if options.file.endswith(".py"):
        raise UsageError("verify compares the tables of a script of statements, not of a .py")
    text, tolerance = read_script(options.file), tolerance_of(options.tolerance)
    settings = settings_from(options)
    held = door.interrupts.held
    found = verify(text, options.file, dict(options.var), settings, tolerance, held)
    report(found, door.out, as_json=options.json)
    return DONE if found.sound else FAILED


def _models(door: Invocation) -> int:
    from plait.cli import models
    from plait.storage.credentials import Storage

    options = door.options
    storage = Storage.of(settings_from(options).storage)
    if options.verb == "list":
        models.list_models(options.path, storage, door.out, as_json=options.json)
    else:
        number = options.version
        models.show_model(options.path, number, storage, door.out, as_json=options.json)
    return DONE


def _doctor(door: Invocation) -> int:
    from plait.doctor.report import examine

    settings = settings_from(door.options)
    if door.options.prepare_spark:
        from plait.doctor.report import prepare_spark

        door.out.line(prepare_spark(settings))
        return DONE
    sound = examine(settings, door.out, as_json=door.options.json)
    return DONE if sound else FAILED


_COMMANDS: dict[str, Callable[[Invocation], int]] = {
    "run": _run,
    "check": _check,
    "explain": _explain,
    "verify": _verify,
    "models": _models,
    "runs": _runs,
    "doctor": _doctor,
}


# --- from the first to the last moment --------------------------------------------------------


def main(argv: Sequence[str] | None = None) -> int:
    """Do what the command line says; the exit code. Raises nothing.

    argv: the arguments after the program's name. None: this process's own; then the process
    ends here, at once, after everything is closed and flushed (taking the loaded libraries
    apart would take longer than a small script).
    """
    if argv is None:
        # Ray's processes are forked beside the Spark client, whose gRPC would warn each time.
        os.environ.setdefault("GRPC_ENABLE_FORK_SUPPORT", "false")
    code = _guarded_main(sys.argv[1:] if argv is None else list(argv))
    if argv is None:
        _flush()
        os._exit(code)
    return code


def _guarded_main(argv: list[str]) -> int:
    debug = "--debug" in argv
    as_json = "--json" in argv and argv[:1] != ["explain"]
    from plait.cli.interrupts import Interrupts

    try:
        with Interrupts() as interrupts, _output(as_json) as out:
            try:
                options, arguments = parse_arguments(argv)
                return _COMMANDS[options.command](Invocation(options, arguments, out, interrupts))
            except PlaitError as error:
                return _report(error, out if as_json else None)
            except KeyboardInterrupt:
                return _report(CancelledError("interrupted"), out if as_json else None)
    except SystemExit as end:  # argparse has printed its help
        return end.code if isinstance(end.code, int) else WRONG
    except KeyboardInterrupt:
        return CANCELLED
    except Exception as error:
        return _own_fault(error, debug)


def _report(error: PlaitError, events: Out | None) -> int:
    """Show an error on stderr, and as an event when stdout carries events."""
    if events is not None:
        from plait.console.report import error_json

        events.line(error_json(error))
    with contextlib.suppress(OSError, ValueError):
        print(error.render(), file=sys.stderr)
    return error.exit_code


def _own_fault(error: Exception, debug: bool) -> int:
    with contextlib.suppress(OSError, ValueError):
        if debug:
            import traceback

            traceback.print_exception(error)
        else:
            text = " ".join(str(error).split()) or "no message"
            print(f"plait itself failed: {type(error).__name__}: {text}", file=sys.stderr)
            print("  hint: run it again with --debug to see where", file=sys.stderr)
    return FAILED


@contextlib.contextmanager
def _output(as_json: bool) -> Iterator[Out]:
    """Where results go. With --json no library's print can get between the events."""
    from plait.console.report import Out

    if not as_json:
        yield Out(sys.stdout)
        return
    stdout = sys.stdout
    with contextlib.redirect_stdout(sys.stderr), Out.private(stdout) as out:
        yield out


def _flush() -> None:
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(OSError, ValueError, AttributeError):
            stream.flush()

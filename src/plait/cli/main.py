"""The command line from the first moment to the last: output, errors and exit codes."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Iterator, Sequence

from plait.cli.arguments import parse_arguments
from plait.cli.commands import COMMANDS, GROUPS
from plait.cli.interrupts import Interrupts
from plait.cli.invocation import FAILED, Invocation
from plait.console.out import Out
from plait.errors import CancelledError, PlaitError

_USAGE, _CANCELLED = 2, 130


def main(argv: Sequence[str] | None = None) -> int:
    """Do what the command line says; the exit code. Raises nothing.

    argv: the arguments after the program's name. None: this process's own; then the process
    ends here, at once, after everything is closed and flushed (taking the loaded libraries
    apart would take longer than a small script).
    """
    if argv is None:
        # Ray's processes are forked beside the Spark client, whose gRPC would warn each time.
        os.environ.setdefault("GRPC_ENABLE_FORK_SUPPORT", "false")
    code = _exit_code(sys.argv[1:] if argv is None else list(argv))
    if argv is None:
        _flush()
        os._exit(code)
    return code


def _exit_code(argv: list[str]) -> int:
    debug = "--debug" in argv
    as_json = "--json" in argv and argv[:1] != ["explain"]
    try:
        with Interrupts() as interrupts, _output(as_json) as out:
            try:
                asked = parse_arguments(argv, COMMANDS, GROUPS)
                call = Invocation(asked.options, asked.script, out, interrupts)
                return asked.command.run(call)
            except PlaitError as error:
                return _report(error, out if as_json else None)
            except KeyboardInterrupt:
                return _report(CancelledError("interrupted"), out if as_json else None)
    except SystemExit as end:  # argparse has printed its help
        return end.code if isinstance(end.code, int) else _USAGE
    except KeyboardInterrupt:
        return _CANCELLED
    except Exception as error:
        return _internal_error(error, debug)


def _report(error: PlaitError, events: Out | None) -> int:
    """Show an error on stderr, and as an event when stdout carries events."""
    if events is not None:
        from plait.console.errors import error_to_json

        events.line(error_to_json(error))
    with contextlib.suppress(OSError, ValueError):
        print(error.render(), file=sys.stderr)
    return error.exit_code


def _internal_error(error: Exception, debug: bool) -> int:
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

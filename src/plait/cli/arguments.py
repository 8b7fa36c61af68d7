"""The command line's arguments, parsed for the commands that there are."""

from __future__ import annotations

import argparse
import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NoReturn

from plait.cli.invocation import Command
from plait.cli.options import DEBUG
from plait.errors import UsageError, suggestion

_EPILOG = """\
exit code: 0 done, 1 failed while running, 2 wrong script or usage, 130 cancelled
"""


class Parser(argparse.ArgumentParser):
    """argparse with its errors as `UsageError`, and a suggestion for what is misspelt."""

    def error(self, message: str) -> NoReturn:
        """Raise UsageError with argparse's message."""
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


@dataclass(frozen=True, slots=True)
class Arguments:
    """What the command line asks for. script: the arguments of a Python script."""

    command: Command
    options: argparse.Namespace
    script: list[str]


def parse_arguments(
    argv: Sequence[str], commands: Sequence[Command], groups: Mapping[str, str]
) -> Arguments:
    """Parse the arguments after the program's name.

    groups: the first word of commands with two, and its help. Raises UsageError, and
    SystemExit after a help text.
    """
    main_parser, parsers = _parsers(commands, groups)
    if "_ARGCOMPLETE" in os.environ:  # a shell asks what may follow; ends the process
        import argcomplete

        argcomplete.autocomplete(main_parser)
    argv, script_arguments = _split_for_script(list(argv), parsers["run"])
    options, unknown = main_parser.parse_known_args(argv)
    command: Command = options.chosen
    if unknown:
        # The command's own parser raises it, because it knows what may be written there.
        parsers[command.name].error(f"unrecognized arguments: {' '.join(unknown)}")
    return Arguments(command, options, script_arguments)


def _parsers(
    commands: Sequence[Command], groups: Mapping[str, str]
) -> tuple[Parser, dict[str, Parser]]:
    """The parser of everything, and that of each command by the command's name."""
    from plait import __version__

    main_parser = Parser(
        prog="plait",
        description="One script: its SQL on Spark or Sail, its Python on Ray.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    main_parser.add_argument("--version", action="version", version=f"plait {__version__}")
    below = {"": main_parser.add_subparsers(dest="command", metavar="COMMAND", required=True)}
    parsers: dict[str, Parser] = {}
    for command in commands:
        group, _, verb = command.name.rpartition(" ")
        if group not in below:
            parser = below[""].add_parser(
                group, help=groups[group], description=groups[group], allow_abbrev=False
            )
            DEBUG(parser)
            verbs = [c.name.split()[1] for c in commands if c.name.startswith(f"{group} ")]
            below[group] = parser.add_subparsers(
                dest="verb", metavar="|".join(verbs), required=True
            )
        parsers[command.name] = parser = below[group].add_parser(
            verb,
            help=command.help,
            description=command.description or command.help,
            allow_abbrev=False,
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        for option in (DEBUG, *command.options):
            option(parser)
        parser.set_defaults(chosen=command)
    return main_parser, parsers


def _split_for_script(argv: list[str], parser: Parser) -> tuple[list[str], list[str]]:
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

"""The options of the commands."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterable
from typing import Any

# Adds an option or a positional argument to a parser.
Option = Callable[[argparse.ArgumentParser], object]


def _option(*names: str, values: Callable[[], Iterable[str]] | None = None, **how: Any) -> Option:
    """An option as `ArgumentParser.add_argument` takes it.

    values: what a shell offers for it; files when there is none.
    """

    def add(parser: argparse.ArgumentParser) -> object:
        action = parser.add_argument(*names, **how)
        if values is not None:
            action.completer = lambda **_: values()  # type: ignore[attr-defined]
        return action

    return add


def _script(parser: argparse.ArgumentParser) -> object:
    """The script: a file, or text of the command line."""
    group = parser.add_mutually_exclusive_group(required=True)
    group.add_argument("file", metavar="FILE", nargs="?", help="the script; - reads it from stdin")
    return group.add_argument(
        "-e", "--execute", metavar="TEXT", help="the script itself; its last ';' may be left out"
    )


def _output(parser: argparse.ArgumentParser) -> object:
    """How much is printed of a run, and how."""
    group = parser.add_mutually_exclusive_group()
    group.add_argument(
        "--json", action="store_true", help="print JSON, and nothing else, on stdout"
    )
    group.add_argument(
        "-q", "--quiet", action="store_true",
        help="print only the tables that the script shows, and warnings",
    )  # fmt: skip
    return group.add_argument(
        "-v", "--verbose", action="store_true",
        help="print a line for everything that happens, with its time of day",
    )  # fmt: skip


def _settings() -> Iterable[str]:
    from plait.settings import known_keys

    return [f"{key}=" for key in known_keys()]


def _profiles() -> Iterable[str]:
    from plait.settings import profiles

    return profiles()


def _runs() -> Iterable[str]:
    from plait.history.store import History
    from plait.settings import load_settings

    return [path.stem.rpartition("-")[2] for path in History.of(load_settings()).files()]


def _pair(text: str) -> tuple[str, str]:
    key, equals, value = text.partition("=")
    if not equals or not key.strip():
        raise argparse.ArgumentTypeError(f"'{text}' is not of the form name=value")
    return key.strip(), value


DEBUG = _option("--debug", action="store_true", help="show plait's own tracebacks")
OUTPUT = _output
JSON = _option("--json", action="store_true", help="print JSON, and nothing else, on stdout")
PROFILE = (
    _option(
        "--set", metavar="KEY=VALUE", type=_pair, action="append", default=[], dest="settings",
        help="set any setting, such as ray.num_gpus=1", values=_settings,
    ),
    _option(
        "--profile", metavar="NAME", help="the profile of plait.toml to use", values=_profiles
    ),
)  # fmt: skip
SETTINGS = (
    *PROFILE,
    _option(
        "--engine", metavar="auto|sail|spark", help="the data engine (auto)",
        values=lambda: ("auto", "sail", "spark"),
    ),
    _option("--ray", metavar="ADDRESS", help="an existing Ray cluster, host:port"),
    _option(
        "--accept",
        metavar="NAME[,NAME]",
        help="run these differences (docs/differences.md) on Sail knowingly",
    ),
    _option("--lake", metavar="DIR", help="the root folder of tables, or its URL"),
)  # fmt: skip
SCRIPT = (
    _script,
    _option(
        "--var", metavar="NAME=VALUE", type=_pair, action="append", default=[],
        help="give a variable of the script a value",
    ),
    _option("--vars", metavar="FILE", help="give variables values from TOML, YAML or JSON"),
    *SETTINGS,
)  # fmt: skip
RUN_ID = _option(
    "--run-id", metavar="NAME",
    help="name of a run that is sent to a cluster (ray.jobs); the cluster runs each name once",
)  # fmt: skip
FORMAT = _option(
    "--format",
    choices=("text", "json", "mermaid"),
    default="text",
    help="the output format (text)",
)
TOLERANCE = _option(
    "--tolerance", metavar="X", default="1e-9",
    help="how far two floating-point numbers may be apart, relatively (1e-9)",
)  # fmt: skip
PREPARE_SPARK = _option(
    "--prepare-spark", action="store_true",
    help="make local Spark start three times as fast from now on (half a minute, 200 MB)",
)  # fmt: skip
MODELS_FOLDER = _option(
    "path", metavar="DIR", nargs="?", default=".", help="the folder to search (.)"
)
MODEL = _option("path", metavar="PATH", help="the model's folder")
VERSION = _option("--version", metavar="N", type=int, help="the version to show (the latest)")
RUN = _option("run", metavar="ID", help="the run's name", values=_runs)
OTHER_RUN = _option("other", metavar="ID", help="the run to compare it with", values=_runs)
PROJECT = _option(
    "folder", metavar="DIR", nargs="?", default=".", help="the folder, made if need be (.)"
)
SHELL = _option("shell", choices=("bash", "zsh", "fish"), help="which shell")

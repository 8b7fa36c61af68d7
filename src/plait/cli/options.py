"""The options of the commands."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import Any

# Adds an option or a positional argument to a parser.
Option = Callable[[argparse.ArgumentParser], object]


def _option(*names: str, **how: Any) -> Option:
    """An option as `ArgumentParser.add_argument` takes it."""
    return lambda parser: parser.add_argument(*names, **how)


def _pair(text: str) -> tuple[str, str]:
    key, equals, value = text.partition("=")
    if not equals or not key.strip():
        raise argparse.ArgumentTypeError(f"'{text}' is not of the form name=value")
    return key.strip(), value


DEBUG = _option("--debug", action="store_true", help="show plait's own tracebacks")
JSON = _option("--json", action="store_true", help="print JSON, and nothing else, on stdout")
PROFILE = (
    _option(
        "--set", metavar="KEY=VALUE", type=_pair, action="append", default=[], dest="settings",
        help="set any setting, such as ray.num_gpus=1",
    ),
    _option("--profile", metavar="NAME", help="the profile of plait.toml to use"),
)  # fmt: skip
SETTINGS = (
    *PROFILE,
    _option("--engine", metavar="auto|sail|spark", help="the data engine (auto)"),
    _option("--ray", metavar="ADDRESS", help="an existing Ray cluster, host:port"),
    _option("--lake", metavar="DIR", help="the root folder of tables, or its URL"),
)
SCRIPT = (
    _option("file", metavar="FILE", help="the script"),
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
RUN = _option("run", metavar="ID", help="the run's name")

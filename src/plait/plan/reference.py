"""The tables of options in `docs/language.md`, made from the tables that check them.

`python -m plait.plan.reference docs/language.md` writes them anew below its two markers.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Sequence
from pathlib import Path

from plait.plan.estimator_options import PREDICT_OPTIONS
from plait.plan.estimators import ESTIMATORS
from plait.plan.formats import FORMATS, Format, OptionSpec

MARKER = "<!-- options -->"
_HEAD = "| option | type | default | meaning |\n| --- | --- | --- | --- |"


def format_tables() -> str:
    """Markdown: each format with the options of load and of save."""
    return "\n\n".join(_format(fmt) for fmt in FORMATS.values())


def estimator_tables() -> str:
    """Markdown: each estimator with the options of train and of predict."""
    return "\n\n".join(
        f"### {spec.name}\n\n`train`:\n\n{_rows(spec.of_train())}\n\n"
        f"`predict`:\n\n{_rows(PREDICT_OPTIONS)}"
        for spec in ESTIMATORS.values()
    )


def filled(page: str) -> str:
    """The page with the text between each marker and the next heading made anew."""
    parts = re.split(rf"({re.escape(MARKER)}\n.*?)(?=\n## |\Z)", page, flags=re.DOTALL)
    tables = iter((format_tables(), estimator_tables()))
    return "".join(
        f"{MARKER}\n\n{next(tables)}\n" if part.startswith(MARKER) else part for part in parts
    )


def _format(fmt: Format) -> str:
    engines = "" if "sail" in fmt.engines else " Spark only."
    parts = [f"### {fmt.name}\n\n{fmt.doc}{engines}"]
    for verb, there, specs in (
        ("load", fmt.reads, fmt.read_options),
        ("save", fmt.writes, fmt.write_options),
    ):
        if there and specs:
            parts.append(f"`{verb}`:\n\n{_rows(specs)}")
        elif there:
            parts.append(f"`{verb}`: no options.")
    return "\n\n".join(parts)


def _rows(specs: Sequence[OptionSpec]) -> str:
    rows = [
        f"| `{spec.key}` | {_type(spec)} | {_default(spec)} | {_cell(spec.doc)}{_only(spec)} |"
        for spec in specs
    ]
    return "\n".join([_HEAD, *rows])


def _type(spec: OptionSpec) -> str:
    names = {
        "str": "text",
        "char": "character",
        "encoding": "text",
        "int": "whole number",
        "float": "number",
        "bool": "true or false",
    }
    return " or ".join(f"`{c}`" for c in spec.choices) or names.get(spec.type, spec.type)


def _default(spec: OptionSpec) -> str:
    return "" if spec.default is None else _cell(str(spec.default).lower())


def _only(spec: OptionSpec) -> str:
    return "" if "sail" in spec.engines else " Spark only."


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")


if __name__ == "__main__":
    path = Path(sys.argv[1])
    path.write_text(filled(path.read_text(encoding="utf-8")), encoding="utf-8")

"""What may be typed at the prompt that is no statement: as psql, DuckDB and spark-sql have it."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from plait.errors import UsageError, suggestion

HELP = """\
Statements end with ';' and may run over several lines. A query without a name becomes table _.

  load csv.`orders.csv` where header="true" and inferSchema="true" as orders;
  select product, sum(price) as price from orders group by product;
  select * from _ where price > 10 as dear;
  save overwrite dear as csv.`dear` where header="true";

  \\d              the tables             .tables   !show tables;
  \\d TABLE        its columns            .schema   !desc TABLE;
  \\i FILE         run a script           .read     source
  \\? and \\q       this text, leave       .help, .quit   help, exit

Tab completes words, tables, columns, options and paths. Ctrl-C clears the line, or cancels what
runs; Ctrl-D leaves. Every run says how long it took. The language: docs/language.md.
"""
_MEANINGS: dict[str, Literal["help", "leave", "describe", "run", "timing"]] = {
    **dict.fromkeys(("help", "\\?", "\\h", ".help"), "help"),
    **dict.fromkeys(("exit", "quit", "\\q", ".exit", ".quit", ".q"), "leave"),
    **dict.fromkeys(("\\d", "\\dt", ".tables", ".schema"), "describe"),
    **dict.fromkeys(("\\i", ".read", "source"), "run"),
    **dict.fromkeys(("\\timing", ".timer"), "timing"),
}


def is_command(text: str) -> bool:
    """Whether one line is no statement, so that it needs no `;` to end."""
    word, _, rest = text.strip().rstrip(" ;").partition(" ")
    if "\n" in text.strip():
        return False
    return word.startswith(("\\", ".")) or (
        word.lower() in _MEANINGS and (not rest or word.lower() == "source")
    )


def command(text: str) -> Literal["help", "leave"] | tuple[str, str]:
    """What a command asks for: help, to leave, or (text, file) of statements to run.

    Raises UsageError.
    """
    word, _, argument = text.strip().rstrip(" ;").partition(" ")
    argument = argument.strip()
    match _MEANINGS.get(word.lower()):
        case "help":
            return "help"
        case "leave":
            return "leave"
        case "describe":
            return (f"!desc {argument};" if argument else "!show tables;"), "<shell>"
        case "run":
            return _script(word, argument.strip("'\"`"))
        case "timing":
            raise UsageError("every run says how long it took", hint="there is nothing to switch")
        case None:
            hint = suggestion(word, list(_MEANINGS))
            raise UsageError(f"the shell has no command {word}", hint=hint)


def _script(word: str, file: str) -> tuple[str, str]:
    if not file:
        raise UsageError(f"{word} wants the path of a script")
    try:
        return Path(file).expanduser().read_text("utf-8"), file
    except (OSError, UnicodeDecodeError) as problem:
        why = problem.strerror if isinstance(problem, OSError) else "it is no text"
        raise UsageError(f"'{file}' cannot be read: {why or problem}") from None

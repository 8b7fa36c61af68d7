"""What may be typed next, by the code that checks it: the parser, the formats, the estimators."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Protocol

from plait.lang.cursor import COMMAND_HEADS, HEADS, MLSQL_HEADS
from plait.lang.expected import Unfinished, expected, unfinished
from plait.lang.parser import SAVE_MODES
from plait.lang.sqltext import blank_comments
from plait.plan.estimator_options import PREDICT_OPTIONS
from plait.plan.estimators import ESTIMATORS
from plait.plan.formats import FORMATS, OptionSpec
from plait.plan.sql_analysis import REFUSED

_TARGET = re.compile(r"(?:\bas|^\s*load)\s+(\w+)\s*\.", re.IGNORECASE)
_KEY = re.compile(r"([\w.]+)\s*=\s*\Z")
_FORMAT = re.compile(r"(\w+)\s*\.\s*\Z")
_VALUE_OF = re.compile(r"a value for '(.+)'")
_KEYWORDS = """select from where group by having order limit as join left right full outer inner
cross semi anti on using union all except intersect distinct case when then else end and or not in
is null like between exists with asc desc over partition rows range true false cast interval
lateral view explode values insert into overwrite create table database if drop""".split()  # noqa: SIM905


class Known(Protocol):
    """What a session knows by name."""

    def tables(self) -> Sequence[str]:
        """Its tables, and those of the lake as `database.table`."""
        ...

    def columns(self, table: str) -> Sequence[str]:
        """The columns of a table; none where they are not known yet."""
        ...

    def variables(self) -> Sequence[str]:
        """The variables that are set."""
        ...


@dataclass(frozen=True, slots=True)
class Candidate:
    """A word that may stand here. length: how many characters before the cursor it replaces.
    meaning: what it is, in a few words.
    """

    text: str
    length: int
    meaning: str = ""


def completions(before: str, known: Known) -> list[Candidate]:
    """What may stand at the end of `before`, the text up to the cursor; the likeliest first."""
    if (variable := re.search(r"\$\{(\w*)\Z", before)) is not None:
        return _matching(variable[1], ((f"{name}}}", "variable") for name in known.variables()))
    if before.strip() and blank_comments(before)[-1] != before[-1]:
        return []
    current = unfinished(before)
    if current is None:
        return _matching("", _heads())
    if current.opens is not None:
        return _in_quotes(before, current, current.opens, known)
    statement = before[current.offset :]
    if re.fullmatch(r"\w+", statement):
        return _matching(statement, _heads())
    if current.head in MLSQL_HEADS:
        word = re.search(r"[\w.]*\Z", statement)
        assert word is not None
        found = _of_statement(statement[: word.start()], current.head, known)
        return _matching(word[0], found)
    return _sql(statement, known)


def _matching(word: str, found: Iterable[tuple[str, str]]) -> list[Candidate]:
    """Those that begin with a word, in any case; each once."""
    texts = dict.fromkeys(found)
    return [
        Candidate(text, len(word), meaning)
        for text, meaning in texts
        if text.lower().startswith(word.lower()) and text != word
    ]


def _heads() -> list[tuple[str, str]]:
    """The words that begin a statement, those of MLSQL first."""
    offered = HEADS - set(REFUSED) - {"(", "run"}
    return [(word, "statement") for word in sorted(offered, key=lambda w: (w in COMMAND_HEADS, w))]


def _of_statement(base: str, head: str, known: Known) -> list[tuple[str, str]]:
    """What the parser expects behind `base`, a statement of MLSQL without its last word."""
    found: list[tuple[str, str]] = []
    for what in expected(base):
        found += _offered(what, base, head, known)
    return found


def _offered(what: str, base: str, head: str, known: Known) -> list[tuple[str, str]]:
    match what:
        case ";":
            return []
        case "the name of a table":
            modes = SAVE_MODES if re.fullmatch(r"\s*save\s+", base, re.IGNORECASE) else ()
            tables = [name for name in known.tables() if "." not in name]
            return [(name, "table") for name in tables] + [(mode, "mode") for mode in modes]
        case "the name of a column":
            table = re.search(r"(\w+)\s+as\b", base, re.IGNORECASE)
            return [(name, "column") for name in known.columns(table[1] if table else "")]
        case _ if what.startswith("a format"):
            return [
                (f"{name}.`", "estimator" if head != "load" else "") for name in _targets(head)
            ]
        case _ if what.startswith("an option"):
            return _keys(base, head)
        case _ if (key := _VALUE_OF.fullmatch(what)) is not None:
            return [(f'"{value}"', key[1]) for value in _values(key[1], base, head)]
        case _ if " " in what:
            return []
        case _:
            return [(what, "")]


def _targets(head: str) -> list[str]:
    """The formats or estimators that a statement takes."""
    if head == "load":
        return [*(name for name, spec in FORMATS.items() if spec.reads), "script"]
    if head == "save":
        return [name for name, spec in FORMATS.items() if spec.writes]
    return list(ESTIMATORS)


def _specs(base: str, head: str) -> Sequence[OptionSpec]:
    """The options of a statement."""
    named = _TARGET.search(base)
    name = named[1].lower() if named else ""
    if head in ("load", "save") and name in FORMATS:
        spec = FORMATS[name]
        return spec.read_options if head == "load" else spec.write_options
    estimators = {key.lower(): spec for key, spec in ESTIMATORS.items()}
    if head in ("train", "run") and name in estimators:
        return estimators[name].of_train()
    if head == "predict":
        return PREDICT_OPTIONS
    if head == "set":
        return (OptionSpec("type", "str", "what is set", ("text", "conf", "defaultParam")),)
    return ()


def _keys(base: str, head: str) -> list[tuple[str, str]]:
    """The options that were not given yet; N stands for 0 in those of a group."""
    given = {key.lower() for key in re.findall(r"([\w.]+)\s*=", base)}
    keys = [(spec.key.replace(".N.", ".0."), spec.doc) for spec in _specs(base, head)]
    return [
        (
            f"{key.removesuffix('KEY').removesuffix('NAME')}"
            + ("" if key.endswith(("KEY", "NAME")) else '="'),
            doc,
        )
        for key, doc in keys
        if key.lower() not in given
    ]


def _values(key: str, base: str, head: str) -> Sequence[str]:
    spec = next((s for s in _specs(base, head) if s.key.lower() == key.lower()), None)
    if spec is None:
        return ()
    return ("true", "false") if spec.type == "bool" else spec.choices


def _in_quotes(before: str, current: Unfinished, opens: int, known: Known) -> list[Candidate]:
    """What may stand inside of an open quote: a path, a table of the lake, an option's value."""
    base, word = before[current.offset : opens], before[opens + 1 :]
    if (key := _KEY.search(base)) is not None and current.head in MLSQL_HEADS:
        values = _values(key[1], base[: key.start()], current.head)
        return _matching(word, ((f"{value}{before[opens]}", key[1]) for value in values))
    named = _FORMAT.search(base)
    match named[1].lower() if named else "":
        case "hive":
            lake = [name for name in known.tables() if "." in name]
            return _matching(word, ((f"{name}`", "table") for name in lake))
        case "script":
            return _matching(word, ((f"{name}`", "variable") for name in known.variables()))
        case "" if current.head not in MLSQL_HEADS:
            return _matching(word, ((f"{name}`", kind) for name, kind in _names(base, known)))
        case _:
            return _paths(word)


def _paths(word: str) -> list[Candidate]:
    """Files and folders of this machine."""
    folder, slash, last = word.rpartition("/")
    try:
        root = Path(folder + slash).expanduser() if slash else Path()
        entries = sorted(root.iterdir(), key=lambda path: path.name)
    except OSError:
        return []
    shown = [path for path in entries if last.startswith(".") or not path.name.startswith(".")]
    return _matching(last, ((path.name + "/" * path.is_dir(), "") for path in shown))


def _sql(statement: str, known: Known) -> list[Candidate]:
    """Columns, tables, functions and words of SQL."""
    qualified = re.search(r"(\w+)\.(\w*)\Z", statement)
    if qualified is not None:
        columns = [(name, qualified[1]) for name in _columns_of(qualified[1], statement, known)]
        tables = [
            (name.partition(".")[2], "table")
            for name in known.tables()
            if name.lower().startswith(f"{qualified[1].lower()}.")
        ]
        return _matching(qualified[2], [*columns, *tables])
    word = re.search(r"\w*\Z", statement)
    typed = word[0] if word else ""
    found = [*_names(statement, known), *((each, "") for each in _KEYWORDS)]
    if typed:
        found += ((name, "function") for name in functions())
    return _matching(typed, found)


def _names(statement: str, known: Known) -> list[tuple[str, str]]:
    """Tables, and the columns of those that the statement names; these first but after FROM.

    Columns are mostly typed before their table is named: then those of all the session's tables.
    """
    tables = [(name, "table") for name in known.tables()]
    words = {word.lower() for word in re.findall(r"[\w.]+", statement)}
    named = [name for name, _ in tables if name.lower() in words]
    read = named or [name for name, _ in tables if "." not in name]
    columns = [(column, name) for name in read for column in known.columns(name)]
    wants_table = re.search(
        r"\b(?:from|join|into|table|describe)\s+\w*\Z", statement, re.IGNORECASE
    )
    return [*tables, *columns] if wants_table else [*columns, *tables]


def _columns_of(name: str, statement: str, known: Known) -> Sequence[str]:
    """The columns of a table, or of what the statement gives this alias."""
    alias = re.compile(rf"([\w.]+)\s+(?:as\s+)?{re.escape(name)}\b", re.IGNORECASE)
    tables = {table.lower(): table for table in known.tables()}
    for named in (name, *alias.findall(statement)):
        if named.lower() in tables:
            return known.columns(tables[named.lower()])
    return ()


@cache
def functions() -> tuple[str, ...]:
    """The functions of Spark SQL that the parser of queries knows."""
    from sqlglot.dialects.spark import Spark

    return tuple(sorted(name.lower() for name in Spark.Parser.FUNCTIONS if name.isidentifier()))

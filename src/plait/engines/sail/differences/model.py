"""One row of the table, and how the text of a query is read for it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal

from plait.lang.sqltext import Part, replaced, value_of

Severity = Literal["refused", "silent", "lenient"]
Policy = Literal["route", "rewrite", "warn"]
Detector = Callable[["Text"], bool]


@dataclass(frozen=True, slots=True)
class Text:
    """SQL as the detectors see it.

    code: without comments; a quoted name is `x`, a text literal its number in `texts`.
    texts: the literals that were taken out, with their quotes.
    """

    code: str
    texts: tuple[str, ...]

    def sql(self) -> str:
        """The SQL again, without comments and with `x` for each quoted name."""
        return re.sub(r"'(\d+)'", lambda found: self.texts[int(found[1])], self.code)


@dataclass(frozen=True, slots=True)
class Difference:
    """One known difference between Sail and Spark.

    severity: what Sail does: it refuses, gives another answer, or answers where Spark fails.
    policy: 'route' when a script that has it goes to Spark, 'rewrite' when the request is
    changed so that the answer is Spark's, 'warn' when only the data shows it.
    example: a query that shows it on both engines; '' when it takes files to show it.
    detect: whether a query has it or, where the policy is 'warn', might have it.
    instead: SQL that both engines answer alike, as a hint says it after "write"; '' without one.
    """

    id: str
    what: str
    severity: Severity
    policy: Policy
    example: str
    detect: Detector | None = None
    instead: str = ""


def refused(id: str, what: str, example: str, detect: Detector, instead: str = "") -> Difference:
    """A row that is routed because Sail refuses it."""
    return Difference(id, what, "refused", "route", example, detect, instead)


def silent(id: str, what: str, example: str, detect: Detector, instead: str = "") -> Difference:
    """A row that is routed because Sail gives another answer."""
    return Difference(id, what, "silent", "route", example, detect, instead)


def lenient(id: str, what: str, example: str, detect: Detector) -> Difference:
    """A row that is routed because Sail answers where Spark fails."""
    return Difference(id, what, "lenient", "route", example, detect)


@dataclass(frozen=True, slots=True)
class Call:
    """A call of a function: its arguments as text, and the code that follows it."""

    arguments: tuple[str, ...]
    rest: str


def read(sql: str) -> Text:
    """`sql` prepared for the detectors."""
    texts: list[str] = []

    def masked(part: Part) -> str:
        if part.kind != "text":
            return " x " if part.kind == "name" else " "
        texts.append(part.text)
        return f"'{len(texts) - 1}'"

    return Text(replaced(sql, masked), tuple(texts))


def code(pattern: str) -> Detector:
    """A detector that searches the code for a pattern; `'#'` in it stands for any text."""
    compiled = re.compile(pattern.replace("'#'", r"'\d+'"), re.IGNORECASE)
    return lambda text: compiled.search(text.code) is not None


def call(*names: str) -> Detector:
    """A detector of calls; a type of the same name, as in `char(5)`, is none."""
    return code(rf"(?<!\bas )(?<![\w.:])(?:{'|'.join(names)})\s*\(")


def calls(text: Text, *names: str) -> Iterator[Call]:
    """Every call of a function with one of `names`."""
    start = re.compile(rf"(?<![\w.])(?:{'|'.join(names)})\s*\(", re.IGNORECASE)
    for found in start.finditer(text.code):
        yield bracketed(text.code, found.end())


def bracketed(source: str, position: int) -> Call:
    """What stands in the bracket that opened before `position`, split at its own commas."""
    depth, begin, parts = 1, position, []
    end = len(source)
    for index in range(position, len(source)):
        character = source[index]
        depth += (character in "([") - (character in ")]")
        if depth == 0 or (character == "," and depth == 1):
            parts.append(source[begin:index].strip())
            begin = index + 1
        if depth == 0:
            end = index + 1
            break
    return Call(tuple(parts), source[end:])


def argument_count(names: tuple[str, ...], wrong: Callable[[int], bool]) -> Detector:
    """A detector of calls with a number of arguments that is `wrong`."""
    return lambda text: any(wrong(len(one.arguments)) for one in calls(text, *names))


def literal(text: Text, argument: str) -> str | None:
    """The value of an argument that is one text literal, or None."""
    if (found := re.fullmatch(r"'(\d+)'", argument)) is None:
        return None
    return value_of(text.texts[int(found[1])])


def literals(text: Text, names: tuple[str, ...], position: int) -> Iterator[str]:
    """The text literals that stand as the argument at `position` of calls of `names`."""
    for one in calls(text, *names):
        if len(one.arguments) > position:
            value = literal(text, one.arguments[position])
            if value is not None:
                yield value

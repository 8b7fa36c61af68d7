"""Every error that plait raises, and how it is shown.

```
PlaitError
├── ScriptError                the script is wrong; nothing ran            exit code 2
│   ├── ParseError               the text is not MLSQL
│   ├── BindError                a name, variable or code that does not exist
│   ├── OptionError              an unknown, unused, missing or wrongly typed option
│   ├── ResourceError            a resource that cannot be parsed, or that no node has
│   ├── CapabilityError          the chosen engine is known not to do this
│   ├── AnalysisError            the engine's analysis rejects the SQL
│   └── ScriptErrors             several of the above, shown together
├── UsageError                 the command line or the settings are wrong  exit code 2
├── SetupError                 what has to be installed or started is not  exit code 2
└── RunError                   a step failed while it ran                  exit code 1
    ├── DataError                a path, file or table that cannot be read or written
    │   └── UnreadableFileError    an engine cannot read a file that another may
    ├── EngineError              the data engine failed, refused or is lost
    │   ├── EngineLostError        its process has ended by itself
    │   └── ExecutorPythonError    its executors' Python is missing or does not fit
    ├── ClusterError             Ray failed, is lost or cannot be reached
    │   └── TableLostError         a Ray node was lost, and part of a table with it
    ├── EnvironmentBuildError    a runtime environment that cannot be built
    ├── TaskError                the user's Python code failed
    ├── ModelError               a model or model version that cannot be read or written
    └── CancelledError           the run was cancelled                     exit code 130
```

A `PlaitError` carries the `Span` of the statement that it belongs to, the engine that
raised it and the remote cause as text, so that no exception type of another library has to
be understood, imported or unpickled to read it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from difflib import get_close_matches

_WINDOW = 160


@dataclass(frozen=True, slots=True)
class Span:
    """A position in a script.

    `line` and `column` count from 1; `length` is in characters and ends with the line.
    `text` is the whole line, kept for underlining.
    """

    file: str
    line: int
    column: int
    length: int = 1
    text: str = ""

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"

    def underlined(self) -> str:
        """The line of the script with the span underlined; empty when the line is unknown.

        Of a very long line only the part around the span is shown.
        """
        if not self.text.strip():
            return ""
        first = max(0, self.column - 1 - _WINDOW // 2) if len(self.text) > _WINDOW else 0
        shown = self.text[first : first + _WINDOW]
        before = shown[: self.column - 1 - first]
        number = f"{self.line:>5} | "
        indent = "".join("\t" if c == "\t" else " " for c in before)
        room = max(1, min(self.length, len(shown) - len(before)))
        return f"{number}{shown}\n{' ' * (len(number) - 2)}| {indent}{'^' * room}"


def nearest(word: str, candidates: Sequence[str]) -> str | None:
    """The candidate that the writer most likely meant by `word`, or None."""
    by_lower = {c.lower(): c for c in candidates}
    found = get_close_matches(word.lower(), list(by_lower), n=1, cutoff=0.6)
    return by_lower[found[0]] if found else None


def suggestion(word: str, candidates: Sequence[str]) -> str:
    """`did you mean 'x'?` when a candidate is near, else the list of candidates."""
    near = nearest(word, candidates)
    if near is not None:
        return f"did you mean '{near}'?"
    if not candidates:
        return ""
    shown = ", ".join(sorted(candidates)[:12])
    return f"there is: {shown}" + (" …" if len(candidates) > 12 else "")


class PlaitError(Exception):
    """The base of every error of plait.

    message: what is wrong, one sentence, in the script's own terms.
    span: the statement or the word it is about.
    engine: 'sail', 'spark', 'ray' or None.
    cause: the remote failure as text (a traceback, an engine's message), shown below.
    hint: what to do.
    """

    exit_code = 1

    def __init__(
        self,
        message: str,
        *,
        span: Span | None = None,
        engine: str | None = None,
        cause: str | None = None,
        hint: str | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.span = span
        self.engine = engine
        self.cause = cause
        self.hint = hint

    def at(self, span: Span | None) -> PlaitError:
        """This error, with `span` set unless it has one already."""
        if self.span is None:
            self.span = span
        return self

    def render(self) -> str:
        """The error as a person reads it: headline, position, underlined line, hint, cause."""
        where = f" [{self.engine}]" if self.engine else ""
        lines = [f"{self.title}{where}: {self.message}"]
        if self.span is not None:
            lines.append(f"  at {self.span}")
            if snippet := self.span.underlined():
                lines.append(snippet)
        if self.hint:
            lines.append(f"  hint: {self.hint}")
        if self.cause:
            lines.append("  caused by:")
            lines.extend(f"    {line}" for line in self.cause.rstrip().splitlines())
        return "\n".join(lines)

    @property
    def title(self) -> str:
        """The kind of error as a person says it: `OptionError` → `option error`."""
        name = type(self).__name__
        return "".join(f" {c.lower()}" if c.isupper() else c for c in name).strip()

    def __str__(self) -> str:
        return self.render()

    def _render_traceback_(self) -> list[str]:
        """What IPython shows in a notebook instead of Python's traceback."""
        head, *rest = self.render().splitlines()
        return [f"\x1b[31m{head}\x1b[0m", *rest]


class ScriptError(PlaitError):
    """The script is wrong; nothing has run."""

    exit_code = 2


class ParseError(ScriptError):
    """The text is not MLSQL.

    expected: the words, or what in words, of which one should stand at `span`; for completion.
    """

    expected: tuple[str, ...] = ()


class BindError(ScriptError):
    """A table, variable or piece of code that does not exist where it is used."""


class OptionError(ScriptError):
    """An unknown, unused, missing or wrongly typed option."""


class ResourceError(ScriptError):
    """A resource that cannot be parsed, or that no node of the cluster has."""


class CapabilityError(ScriptError):
    """The chosen engine is known not to do this, or to do it otherwise than Spark."""


class AnalysisError(ScriptError):
    """The engine's analysis rejects the SQL: an unknown column, function or table."""


class ScriptErrors(ScriptError):
    """Several errors of one script, in the order of the script."""

    def __init__(self, errors: Sequence[PlaitError]) -> None:
        self.errors = tuple(errors)
        super().__init__(f"{len(self.errors)} errors in the script", span=self.errors[0].span)
        if all(error.exit_code == RunError.exit_code for error in errors):
            self.exit_code = RunError.exit_code

    def render(self) -> str:
        """Every error in full, then how many there are."""
        body = "\n\n".join(error.render() for error in self.errors)
        return f"{body}\n\n{self.message}"


class UsageError(PlaitError):
    """The command line or the settings are wrong."""

    exit_code = 2


class SetupError(PlaitError):
    """Something that has to be installed, started or reachable is not."""

    exit_code = 2


class RunError(PlaitError):
    """A step failed while it ran."""


class DataError(RunError):
    """A path, file or table that cannot be read or written."""


class EngineError(RunError):
    """The data engine failed, refused or is lost."""


class UnreadableFileError(DataError):
    """The engine cannot read a file that is there; another engine may."""


class EngineLostError(EngineError):
    """The process of the data engine has ended by itself; the session's next run has another."""


class ExecutorPythonError(EngineError):
    """The Python of Spark's executors is missing, lacks a package, or is another version."""


class ClusterError(RunError):
    """Ray failed, is lost or cannot be reached."""


class TableLostError(ClusterError):
    """A Ray node was lost, and with it part of a table that a step still needs."""


class EnvironmentBuildError(RunError):
    """A runtime environment that cannot be built."""


class TaskError(RunError):
    """The user's Python code failed; the cause is its own traceback."""


class ModelError(RunError):
    """A model or a model version that cannot be read or written."""


class CancelledError(RunError):
    """The run was cancelled."""

    exit_code = 130


def raise_all(errors: Sequence[PlaitError]) -> None:
    """Raise the one error, or several as `ScriptErrors` in the script's order; none: return."""
    if len(errors) == 1:
        raise errors[0]
    if errors:
        raise ScriptErrors(sorted(errors, key=_position))


def _position(error: PlaitError) -> tuple[int, int]:
    return (error.span.line, error.span.column) if error.span is not None else (0, 0)

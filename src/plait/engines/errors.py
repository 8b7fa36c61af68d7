"""Exceptions of the Spark Connect client as errors of plait; nothing else reads them.

What the engine wrote goes to `cause`; the headline is one plain sentence of plait's own, or
the first one of the engine without its codes. The rules of one engine are in its own folder.
"""

from __future__ import annotations

import re
import signal
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from plait.data.text_formats import NOT_FINITE
from plait.errors import (
    AnalysisError,
    CancelledError,
    CapabilityError,
    DataError,
    EngineError,
    EngineLostError,
    PlaitError,
    nearest,
)

if TYPE_CHECKING:
    from plait.engines.base import EngineName
    from plait.engines.process import ServerProcess

Columns = Callable[[], Sequence[str]]


@dataclass(frozen=True, slots=True)
class Rule:
    """How messages of one kind are shown.

    pattern: searched for in the engine's message. kind: the class of the error. headline: one
    sentence, with the pattern's groups as {0}, {1} … hint: what to do about it. columns:
    whether the hint is the name of the column that a misspelt one, {0}, may have meant.
    """

    pattern: re.Pattern[str]
    kind: type[PlaitError]
    headline: str
    hint: str | None = None
    columns: bool = False


@dataclass(frozen=True, slots=True)
class ErrorRules:
    """What is one engine's own in its errors.

    rules: tried in their order, after those of both engines. memory_setting: the setting to
    lower when the engine's process was killed because the machine had no memory left.
    """

    engine: EngineName
    rules: tuple[Rule, ...]
    memory_setting: str

    @property
    def title(self) -> str:
        """The engine's name in a sentence."""
        return self.engine.capitalize()

    @property
    def other(self) -> str:
        """The other engine's name in a sentence."""
        return "Spark" if self.engine == "sail" else "Sail"


def rule(
    pattern: str,
    kind: type[PlaitError],
    headline: str,
    hint: str | None = None,
    *,
    columns: bool = False,
) -> Rule:
    """A `Rule` from the text of its pattern, which ignores case and spans lines."""
    return Rule(re.compile(pattern, re.IGNORECASE | re.DOTALL), kind, headline, hint, columns)


_BOTH = (
    rule(
        r"\[TABLE_OR_VIEW_NOT_FOUND\] (?:Table or view not found: |The table or view )"
        r"(`[^ ]+`|[^\s]+)",
        AnalysisError,
        "there is no table {0}",
    ),
    rule(
        r"(?:path already exists: |\[PATH_ALREADY_EXISTS\] Path )(\S+)",
        DataError,
        "{0} exists already",
        "save overwrite replaces it, save append adds to it",
    ),
    rule(
        r"\[PATH_NOT_FOUND\] Path does not exist: (\S+?)\.? SQLSTATE",
        DataError,
        "there is nothing at {0}",
    ),
    rule(
        r"(?:No data source found for: |Failed to find the data source: )([\w.]+)",
        CapabilityError,
        "the engine knows no format '{0}'",
    ),
    rule(
        r"\b(?:divi(?:de|sion)|remainder) by zero",
        EngineError,
        "division by zero",
        "try_divide and try_mod give null",
    ),
    rule(
        r"(?:Cannot cast string|The value) ('.*?')",
        EngineError,
        "the text {0} cannot be cast to the type asked for",
        "try_cast gives null instead",
    ),
    rule(
        r"(permission denied|read-only file system|unable to create dir|mkdirs failed)"
        r"[^\n/]*(/[^\s:,)]*)?",
        DataError,
        "{1} cannot be written: {0}",
    ),
    rule(
        rf"({NOT_FINITE}: column '[^\n]*?')(?=\s|$)",
        DataError,
        "{0}",
        "nullif, nanvl or a where clause takes them out; parquet keeps them",
    ),
    rule(r"(no space left on device)", DataError, "the disk is full"),
    rule(
        r"OPERATION_CANCELED|operation canceled|\bcancell?ed by\b"
        r"|operation not found: [0-9a-f-]{36}",
        CancelledError,
        "the query was cancelled",
    ),
)
# How a request that failed writes itself, where the client makes no exception of its own of it.
_RPC = re.compile(r'status = StatusCode\.(\w+)\s+details = "(.*?)"\s+debug', re.DOTALL)
# Exit codes of a process that was ended by force or gave up: killed, aborted, also by a shell.
_KILLED = (-signal.SIGKILL, -signal.SIGABRT, 134, 137)
# Exceptions of the client, or of Spark's server, that say that a query is wrong.
_ANALYSIS = (
    "AnalysisException",
    "ParseException",
    "IllegalArgumentException",
    "UnsupportedOperationException",
    "InvalidPlanInput",
    "PySparkValueError",
    "PySparkTypeError",
    "PySparkAttributeError",
    "PySparkNotImplementedError",
)


def translate(
    error: BaseException,
    own: ErrorRules,
    *,
    server: ServerProcess | None = None,
    interrupted: bool = False,
    columns: Columns | None = None,
) -> PlaitError:
    """`error` as an error of plait; an error of plait comes back as it is. Raises nothing.

    own: what is the engine's own. server: the engine's process, asked whether it has died.
    interrupted: whether plait ended that process itself, to cancel.
    columns: names of columns that a misspelt one may have meant, called only then.
    """
    if isinstance(error, PlaitError):
        return error
    if isinstance(error, KeyboardInterrupt):
        return CancelledError("the query was cancelled", engine=own.engine)
    if server is not None and _is_client_error(error) and _has_died(error, server):
        if interrupted:
            return CancelledError("the query was cancelled", engine=own.engine)
        return dead(own, server)
    text = message_of(error)
    if (cause := _root_cause(error)) and cause not in text:
        text = f"{text}\ncaused by: {cause}"
    for candidate in (*_BOTH, *own.rules):
        if found := candidate.pattern.search(text):
            cause = _cause(text, server)
            return _by_rule(candidate, found, cause, own.engine, _proposals(error, columns))
    return _by_class(error, text, _cause(text, server), own)


def dead(own: ErrorRules, server: ServerProcess) -> EngineLostError:
    """The error for an engine whose process has died, with the reason as far as it is known."""
    code = server.exit_code
    cause = f"exit code {code}"
    hint = f"split the query into several statements, or run it on {own.other}"
    if code is not None and code < 0:
        cause = f"signal {signal.Signals(-code).name}"
    if code in _KILLED:
        hint = (
            "if nobody killed it, the machine ran out of memory: "
            f"lower {own.memory_setting}, or read less"
        )
    return EngineLostError(
        f"the process of {own.title} has died ({cause})",
        engine=own.engine,
        cause=server.tail() or None,
        hint=f"{hint}; the session's next run starts another",
    )


def _cause(text: str, server: ServerProcess | None) -> str:
    """What is shown as the cause: a failed request by its reason, else by the server's log."""
    if (found := _RPC.search(text)) is None:
        return text
    if reason := found[2].strip():
        return reason
    log = "" if server is None else server.tail()
    return log or f"the request ended with {found[1]} and no reason"


def message_of(error: BaseException) -> str:
    """The engine's message without the stack of the other side."""
    get = getattr(error, "getMessage", None)
    text = str(get() if callable(get) else error) or str(error)
    return text.split("\nJVM stacktrace:")[0].strip()


def _root_cause(error: BaseException) -> str | None:
    """The message of the innermost exception on the other side that has one."""
    get = getattr(error, "getStackTrace", None)
    stack = (get() if callable(get) else None) or ""
    found = re.findall(
        r"^Caused by: (?:[\w.$]+: )?(.*?)$(?=\n\tat |\Z|\nCaused)", stack, re.M | re.S
    )
    named = [message.strip() for message in found if message.strip()]
    return named[-1] if named else None


def _is_client_error(error: BaseException) -> bool:
    return any(base.__module__.startswith(("pyspark.", "grpc")) for base in type(error).__mro__)


def _has_died(error: BaseException, server: ServerProcess) -> bool:
    """Whether the server has ended; after a broken connection it gets a second to do so."""
    if not server.alive:
        return True
    broken = re.search(
        r"UNAVAILABLE|Socket closed|Connection re(?:set|fused)|RST_STREAM", str(error)
    )
    return broken is not None and not server.wait(1.0)


def _by_rule(
    rule: Rule, found: re.Match[str], cause: str, engine: EngineName, columns: Columns
) -> PlaitError:
    words = [_name(group) for group in found.groups("")]
    hint = rule.hint
    if rule.columns:
        hint = _did_you_mean(words[0], columns())
    return rule.kind(rule.headline.format(*words), engine=engine, cause=cause, hint=hint)


def _name(text: str) -> str:
    """A name without the quoting of either engine: `Identifier("a")`, "`a`"."""
    parts = re.findall(r'Identifier\("(.*?)"\)', text)
    shown = ".".join(parts) if parts else text.replace("`", "")
    return shown.rstrip(".").strip()


def _proposals(error: BaseException, columns: Columns | None) -> Columns:
    """Names that the engine proposes itself, else those of `columns`."""
    get = getattr(error, "getMessageParameters", None)
    parameters = (get() if callable(get) else None) or {}
    if proposal := parameters.get("proposal"):
        names = [_name(name) for name in proposal.split(", ")]
        return lambda: names
    return columns or (lambda: ())


def _did_you_mean(name: str, candidates: Sequence[str]) -> str:
    last = name.rpartition(".")[2]
    others = [c.rpartition(".")[2] for c in candidates]
    near = nearest(last, [other for other in others if other.lower() != last.lower()])
    if near is not None:
        return f"did you mean '{near}'?"
    if candidates:
        return "there is: " + ", ".join(list(dict.fromkeys(candidates))[:12])
    return "!desc shows a table's columns"


def _by_class(error: BaseException, text: str, cause: str, own: ErrorRules) -> PlaitError:
    names = {base.__name__ for base in type(error).__mro__}
    engine, title = own.engine, own.title
    sentence = _first_sentence(text)
    if "NumberFormatException" in names:
        return EngineError(sentence, engine=engine, cause=cause)
    if names.intersection(_ANALYSIS):
        return AnalysisError(sentence, engine=engine, cause=cause)
    if "PythonException" in names:
        return EngineError("a Python function in the SQL failed", engine=engine, cause=cause)
    if "UNAVAILABLE" in text:
        return EngineError(f"{title} does not answer", engine=engine, cause=cause)
    return EngineError(f"{title} failed: {sentence}", engine=engine, cause=cause)


def _first_sentence(text: str) -> str:
    """The first line, without error classes, SQL states and exception class names."""
    line = next((line for line in text.splitlines() if line.strip()), "no reason was given")
    line = re.sub(r"^\([\w.$]+\)\s*", "", line.strip())
    line = re.sub(r"^\[[A-Z_.0-9]+\]\s*", "", line)
    line = re.sub(r"\s*SQLSTATE: \w+.*$", "", line)
    line = re.sub(r"^(?:[\w.]+\.)?[A-Z]\w*(?:Exception|Error): ", "", line)
    if "_InactiveRpcError" in line or "Rendezvous" in line or not line:
        broken = _RPC.search(text)
        line = broken[2].strip() if broken else "the connection broke"
        line = line or "it gave no reason"
    return line.rstrip(".")[:300]

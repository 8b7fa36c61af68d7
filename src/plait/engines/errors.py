"""Exceptions of the Spark Connect client as errors of plait; the only place that reads them.

What the engine wrote goes to `cause`; the headline is one plain sentence of our own or the
engine's first one without its codes.
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
    ExecutorPythonError,
    PlaitError,
    nearest,
)

if TYPE_CHECKING:
    from plait.engines.process import ServerProcess

_TITLES = {"sail": "Sail", "spark": "Spark"}
_OTHER_ENGINE = "if this is right for Spark, run it there: --engine spark"


@dataclass(frozen=True, slots=True)
class Rule:
    """How one family of messages is told: `headline` takes the pattern's groups.

    hint: what to do, also with the groups; `columns` asks for the nearest column's name.
    """

    pattern: re.Pattern[str]
    kind: type[PlaitError]
    headline: str
    hint: str | None = None
    columns: bool = False


def _rule(
    pattern: str,
    kind: type[PlaitError],
    headline: str,
    hint: str | None = None,
    *,
    columns: bool = False,
) -> Rule:
    return Rule(re.compile(pattern, re.IGNORECASE | re.DOTALL), kind, headline, hint, columns)


_BOTH = (
    _rule(
        r"\[TABLE_OR_VIEW_NOT_FOUND\] (?:Table or view not found: |The table or view )"
        r"(`[^ ]+`|[^\s]+)",
        AnalysisError,
        "there is no table {0}",
    ),
    _rule(
        r"(?:path already exists: |\[PATH_ALREADY_EXISTS\] Path )(\S+)",
        DataError,
        "{0} exists already",
        "save overwrite replaces it, save append adds to it",
    ),
    _rule(
        r"\[PATH_NOT_FOUND\] Path does not exist: (\S+?)\.? SQLSTATE",
        DataError,
        "there is nothing at {0}",
    ),
    _rule(
        r"(?:No data source found for: |Failed to find the data source: )([\w.]+)",
        CapabilityError,
        "the engine knows no format '{0}'",
    ),
    _rule(
        r"\b(?:divi(?:de|sion)|remainder) by zero",
        EngineError,
        "division by zero",
        "try_divide and try_mod give null",
    ),
    _rule(
        r"(?:Cannot cast string|The value) ('.*?')",
        EngineError,
        "the text {0} cannot be cast to the type asked for",
        "try_cast gives null instead",
    ),
    _rule(
        r"(permission denied|read-only file system|unable to create dir|mkdirs failed)"
        r"[^\n/]*(/[^\s:,)]*)?",
        DataError,
        "{1} cannot be written: {0}",
    ),
    _rule(
        rf"({NOT_FINITE}: column '[^\n]*?')(?=\s|$)",
        DataError,
        "{0}",
        "nullif, nanvl or a where clause takes them out; parquet keeps them",
    ),
    _rule(r"(no space left on device)", DataError, "the disk is full"),
    _rule(
        r"OPERATION_CANCELED|operation canceled|\bcancell?ed by\b"
        r"|operation not found: [0-9a-f-]{36}",
        CancelledError,
        "the query was cancelled",
    ),
)
_SAIL = (
    _rule(
        r"attribute ObjectName\(\[(.*?)\]\) is missing from the schema",
        AnalysisError,
        "there is no column {0}",
        columns=True,
    ),
    _rule(
        r"ambiguous attribute: ObjectName\(\[(.*?)\]\)",
        AnalysisError,
        "the column {0} exists in more than one table",
        "write the table's name before it",
    ),
    _rule(
        r"unknown function: (row_number|rank|dense_rank|percent_rank|cume_dist|ntile|lag|lead"
        r"|first_value|last_value|nth_value)\b",
        AnalysisError,
        "the window function {0} needs an OVER clause",
    ),
    _rule(r"unknown function: (\w+)", AnalysisError, "there is no function {0}", _OTHER_ENGINE),
    _rule(
        r"No field named [^\n]*\"#\d+\"",
        AnalysisError,
        "a column stands where only a group, an aggregate or a constant can",
        "name the column in GROUP BY, or use any_value(column)",
    ),
    _rule(
        r"does not support logical expression (Aggregate|Window)Function",
        AnalysisError,
        "a function over many rows ({0}) stands where only one row is seen, such as in WHERE",
        "use HAVING, or compute it in a select before",
    ),
    _rule(
        r"duplicate (?:un)?qualified field name (?:[\w.]+\.)?(\"?[^.\n]+)",
        CapabilityError,
        "two columns of the table are called {0}",
        "give one of them another name: … as other",
    ),
    _rule(
        r"regex parse error:.*?\nerror: ([^\n]*)",
        EngineError,
        "a regular expression is wrong: {0}",
    ),
    _rule(r"Error during planning: ([^\n]*)", AnalysisError, "{0}"),
    _rule(
        r"Encountered invalid UTF-8 data",
        DataError,
        "a file is not UTF-8 text",
    ),
    _rule(
        r"Fail to merge schema field ([^\n]*)",
        DataError,
        "the files do not have the same columns: field {0}",
    ),
    _rule(
        r"invalid argument: found (.+?) at (\d+):\d+ expected (.*)",
        AnalysisError,
        "the SQL is not understood at '{0}' (character {1})",
        _OTHER_ENGINE,
    ),
    _rule(
        r"((?:not (?:yet )?(?:implemented|supported)|(?<!\[)unsupported).*)",
        CapabilityError,
        "Sail does not do this ({0})",
        "run it on Spark: --engine spark",
    ),
    _rule(
        r"(resources exhausted|failed to allocate)",
        EngineError,
        "the query needs more memory than Sail may use",
        "give it more (sail.memory), or run it with --engine spark",
    ),
    _rule(
        r"((?:Parquet|Csv|Json|Arrow|Avro) error: [^\n]*)",
        DataError,
        "the file cannot be read: {0}",
    ),
    _rule(r"Object Store error|Object at location (\S+) not found", DataError, "{0} not found"),
)
_SPARK = (
    _rule(
        r"StatusCode\.(?:UNAUTHENTICATED|PERMISSION_DENIED)",
        EngineError,
        "the Spark Connect server does not accept the token",
        "set spark.token to the one that the server was started with",
    ),
    _rule(
        r"(?:Ssl|Tls) handshake failed",
        EngineError,
        "the Spark Connect server does not speak TLS as it was asked to",
        "where it has none, say so in the address: spark.remote = 'sc://host:port/;use_ssl=false'",
    ),
    _rule(
        r"INVALID_HANDLE\.(?:SESSION|OPERATION)_(?:NOT_FOUND|CHANGED|CLOSED|ABANDONED)",
        EngineError,
        "the Spark Connect server has ended this session",
        "it was restarted, or the session was unused for too long; run the script again",
    ),
    _rule(
        r"PYTHON_VERSION_MISMATCH.*?version: (\d+\.\d+) than that in driver: (\d+\.\d+)",
        ExecutorPythonError,
        "Spark's executors run Python {0}, plait runs Python {1}",
        "set spark.python to a Python of plait's version that is on every executor",
    ),
    _rule(
        r'(?:Cannot run program|error=2,[^\n]*) "?([^\s",]*python[^\s",]*)',
        ExecutorPythonError,
        "Spark's executors have no Python at {0}",
        "set spark.python to one that is on every executor, of the same version as plait's",
    ),
    _rule(
        r"Error from python worker:.*?([^\n]+)\nPYTHONPATH was:",
        ExecutorPythonError,
        "the Python of Spark's executors does not start: {0}",
        "set spark.python to a Python of plait's version that is on every executor",
    ),
    _rule(
        r"(PyArrow >= [\w.]+) must be installed; however, your version is ([\w.]+)",
        ExecutorPythonError,
        "the Python of Spark's executors has pyarrow {1}, and Spark wants {0}",
        "install pyarrow there, or set spark.python to a Python that has it",
    ),
    _rule(
        r"No module named 'pyarrow|PyArrow >= \S+ must be installed; however, it was not found",
        ExecutorPythonError,
        "the Python of Spark's executors has no pyarrow",
        "install pyarrow there, or set spark.python to a Python that has it",
    ),
    _rule(
        r"Could not connect to meta store|thrift\.transport\.TTransportException"
        r"|Unable to instantiate \S*SessionHiveMetaStoreClient",
        EngineError,
        "the Hive metastore does not answer",
        "see that it runs at the address in spark.metastore",
    ),
    _rule(
        r"ExecutorLostFailure \(executor \S+ exited[^)]*\)(?: Reason: ([^\n]*))?",
        EngineError,
        "executors of the cluster were lost again and again",
        "if it was for memory: raise spark.conf.spark.executor.memory or memoryOverhead",
    ),
    _rule(
        r"SparkContext (?:was|has been) (?:shut ?down|stopped)|on a stopped SparkContext"
        r"|Master removed our application",
        EngineError,
        "the cluster has ended Spark's application",
    ),
    _rule(
        r"Incomplete HDFS URI, no host: (\S+)",
        DataError,
        "{0} does not say which HDFS is meant",
        "write hdfs://host:port/path, or set spark.conf.spark.hadoop.fs.defaultFS",
    ),
    _rule(
        r"\[UNRESOLVED_COLUMN[^]]*\].*?with name (`.+?`) cannot be resolved",
        AnalysisError,
        "there is no column {0}",
        columns=True,
    ),
    _rule(r"Cannot resolve routine (`.+?`)", AnalysisError, "there is no function {0}"),
    _rule(
        r"\[FAILED_READ_FILE[^]]*\].*?file (\S+?)\.? ",
        DataError,
        "{0} cannot be read",
    ),
    _rule(r"\[PARSE_SYNTAX_ERROR\] (.*?)(?: SQLSTATE|\.?\n|$)", AnalysisError, "{0}"),
    _rule(
        r"^'utf-8' codec can't decode",
        DataError,
        "a file is not UTF-8 text",
    ),
    _rule(
        r"UnknownHostException: ([^\s]+)",
        DataError,
        "the host {0} is not known",
    ),
    _rule(
        r"No FileSystem for scheme \"?(\w+)|file system \S+ hasn't implemented",
        DataError,
        "Spark has no file system for this path",
    ),
    _rule(
        r"\[CONFLICTING_PARTITION_COLUMN_NAMES\]",
        DataError,
        "the folder mixes folders of different partition columns",
    ),
    _rule(
        r"CANNOT_MERGE_SCHEMAS|Failed to merge fields ([^\n]*)",
        DataError,
        "the files do not have the same columns",
    ),
    _rule(
        r"java\.lang\.OutOfMemoryError",
        EngineError,
        "the query needs more memory than Spark's Java has",
        "give it more: spark.driver_memory",
    ),
)
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
Columns = Callable[[], Sequence[str]]


def translate(
    error: BaseException,
    *,
    engine: str,
    server: ServerProcess | None = None,
    interrupted: bool = False,
    columns: Columns | None = None,
) -> PlaitError:
    """`error` as an error of plait; an error of plait comes back as it is.

    server: the engine's process, asked whether it has died.
    interrupted: whether we ended that process ourselves, to cancel.
    columns: names of columns that a misspelt one may have meant, asked for only then.
    """
    if isinstance(error, PlaitError):
        return error
    if isinstance(error, KeyboardInterrupt):
        return CancelledError("the query was cancelled", engine=engine)
    if server is not None and _is_client_error(error) and _has_died(error, server):
        if interrupted:
            return CancelledError("the query was cancelled", engine=engine)
        return dead(engine, server)
    text = message_of(error)
    for rule in (*_BOTH, *(_SAIL if engine == "sail" else _SPARK)):
        if found := rule.pattern.search(text):
            return _by_rule(rule, found, text, engine, _proposals(error, columns))
    return _by_class(error, text, engine)


def dead(engine: str, server: ServerProcess) -> EngineError:
    """The error that says that the engine's process has gone, and why as far as we know."""
    code = server.exit_code
    how = f"exit code {code}"
    hint = None
    if code is not None and code < 0:
        how = f"signal {signal.Signals(-code).name}"
    if code in (-signal.SIGKILL, -signal.SIGABRT, 134, 137):
        hint = (
            "if nobody killed it, the machine ran out of memory: lower sail.memory, or read less"
            if engine == "sail"
            else "if nobody killed it, the machine ran out of memory: lower spark.driver_memory"
        )
    return EngineError(
        f"the process of {_TITLES.get(engine, engine)} has died ({how})",
        engine=engine,
        cause=server.tail() or None,
        hint=hint,
    )


def message_of(error: BaseException) -> str:
    """The engine's message without the stack of the other side."""
    get = getattr(error, "getMessage", None)
    text = str(get() if callable(get) else error) or str(error)
    return text.split("\nJVM stacktrace:")[0].strip()


def _is_client_error(error: BaseException) -> bool:
    return any(base.__module__.startswith(("pyspark.", "grpc")) for base in type(error).__mro__)


def _has_died(error: BaseException, server: ServerProcess) -> bool:
    """Whether the server is gone; a broken connection gives it a moment to be seen dead."""
    if not server.alive:
        return True
    broken = re.search(
        r"UNAVAILABLE|Socket closed|Connection re(?:set|fused)|RST_STREAM", str(error)
    )
    return broken is not None and not server.wait(1.0)


def _by_rule(
    rule: Rule, found: re.Match[str], text: str, engine: str, columns: Columns
) -> PlaitError:
    words = [_name(group) for group in found.groups("")]
    hint = rule.hint
    if rule.columns:
        hint = _did_you_mean(words[0], columns())
    return rule.kind(rule.headline.format(*words), engine=engine, cause=text, hint=hint)


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
    near = nearest(last, [c.rpartition(".")[2] for c in candidates])
    if near is not None:
        return f"did you mean '{near}'?"
    if candidates:
        return "there is: " + ", ".join(list(dict.fromkeys(candidates))[:12])
    return "!desc shows a table's columns"


def _by_class(error: BaseException, text: str, engine: str) -> PlaitError:
    names = {base.__name__ for base in type(error).__mro__}
    title = _TITLES.get(engine, engine)
    sentence = _first_sentence(text)
    if names & {"NumberFormatException"}:
        return EngineError(sentence, engine=engine, cause=text)
    if names.intersection(_ANALYSIS):
        return AnalysisError(sentence, engine=engine, cause=text)
    if names & {"PythonException"}:
        return EngineError("a Python function in the SQL failed", engine=engine, cause=text)
    if "UNAVAILABLE" in text:
        return EngineError(f"{title} does not answer", engine=engine, cause=text)
    return EngineError(f"{title} failed: {sentence}", engine=engine, cause=text)


def _first_sentence(text: str) -> str:
    """The first line, without error classes, SQL states and exception class names."""
    line = next((line for line in text.splitlines() if line.strip()), "no reason was given")
    line = re.sub(r"^\([\w.$]+\)\s*", "", line.strip())
    line = re.sub(r"^\[[A-Z_.0-9]+\]\s*", "", line)
    line = re.sub(r"\s*SQLSTATE: \w+.*$", "", line)
    line = re.sub(r"^(?:[\w.]+\.)?[A-Z]\w*(?:Exception|Error): ", "", line)
    if "_InactiveRpcError" in line or "Rendezvous" in line or not line:
        detail = re.search(r'details = "(.*?)"', text)
        line = detail[1] if detail else "the connection broke"
    return line.rstrip(".")[:300]

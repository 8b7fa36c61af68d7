"""What Spark writes when it refuses or fails, and what plait says instead."""

from __future__ import annotations

from plait.engines.errors import ErrorRules, Rule, rule
from plait.errors import AnalysisError, DataError, EngineError, ExecutorPythonError

_RULES: tuple[Rule, ...] = (
    rule(
        r"StatusCode\.(?:UNAUTHENTICATED|PERMISSION_DENIED)",
        EngineError,
        "the Spark Connect server does not accept the token",
        "set spark.token to the one that the server was started with",
    ),
    rule(
        r"(?:Ssl|Tls) handshake failed",
        EngineError,
        "the Spark Connect server does not speak TLS as it was asked to",
        "where it has none, say so in the address: spark.remote = 'sc://host:port/;use_ssl=false'",
    ),
    rule(
        r"INVALID_HANDLE\.(?:SESSION|OPERATION)_(?:NOT_FOUND|CHANGED|CLOSED|ABANDONED)",
        EngineError,
        "the Spark Connect server has ended this session",
        "it was restarted, or the session was unused for too long; run the script again",
    ),
    rule(
        r"PYTHON_VERSION_MISMATCH.*?version: (\d+\.\d+) than that in driver: (\d+\.\d+)",
        ExecutorPythonError,
        "Spark's executors run Python {0}, plait runs Python {1}",
        "set spark.python to a Python of plait's version that is on every executor",
    ),
    rule(
        r'(?:Cannot run program|error=2,[^\n]*) "?([^\s",]*python[^\s",]*)',
        ExecutorPythonError,
        "Spark's executors have no Python at {0}",
        "set spark.python to one that is on every executor, of the same version as plait's",
    ),
    rule(
        r"Error from python worker:.*?([^\n]+)\nPYTHONPATH was:",
        ExecutorPythonError,
        "the Python of Spark's executors does not start: {0}",
        "set spark.python to a Python of plait's version that is on every executor",
    ),
    rule(
        r"(PyArrow >= [\w.]+) must be installed; however, your version is ([\w.]+)",
        ExecutorPythonError,
        "the Python of Spark's executors has pyarrow {1}, and Spark wants {0}",
        "install pyarrow there, or set spark.python to a Python that has it",
    ),
    rule(
        r"No module named 'pyarrow|PyArrow >= \S+ must be installed; however, it was not found",
        ExecutorPythonError,
        "the Python of Spark's executors has no pyarrow",
        "install pyarrow there, or set spark.python to a Python that has it",
    ),
    rule(
        r"Could not connect to meta store|thrift\.transport\.TTransportException"
        r"|Unable to instantiate \S*SessionHiveMetaStoreClient",
        EngineError,
        "the Hive metastore does not answer",
        "see that it runs at the address in spark.metastore",
    ),
    rule(
        r"ExecutorLostFailure \(executor \S+ exited[^)]*\)(?: Reason: ([^\n]*))?",
        EngineError,
        "executors of the cluster were lost again and again",
        "if it was for memory: raise spark.conf.spark.executor.memory or memoryOverhead",
    ),
    rule(
        r"SparkContext (?:was|has been) (?:shut ?down|stopped)|on a stopped SparkContext"
        r"|Master removed our application",
        EngineError,
        "the cluster has ended Spark's application",
    ),
    rule(
        r"Incomplete HDFS URI, no host: (\S+)",
        DataError,
        "{0} does not say which HDFS is meant",
        "write hdfs://host:port/path, or set spark.conf.spark.hadoop.fs.defaultFS",
    ),
    rule(
        r"\[UNRESOLVED_COLUMN[^]]*\].*?with name (`.+?`) cannot be resolved",
        AnalysisError,
        "there is no column {0}",
        columns=True,
    ),
    rule(r"Cannot resolve routine (`.+?`)", AnalysisError, "there is no function {0}"),
    rule(
        r"\[FAILED_READ_FILE[^]]*\].*?file (\S+?)\.?\s.*?"
        r"\ncaused by: \[MALFORMED_CSV_RECORD\][^:]*: (.*?)(?: SQLSTATE|$)",
        DataError,
        "{0} has a row that does not fit the columns: {1}",
        'mode="PERMISSIVE" reads csv with missing or more fields',
    ),
    rule(
        r"\[FAILED_READ_FILE[^]]*\].*?file (\S+?)\.?\s.*?"
        r"\ncaused by: (?:\[[A-Z_.]+\] )?([^\n]*?)(?: SQLSTATE: \w+)?(?:\n|$)",
        DataError,
        "{0} cannot be read: {1}",
    ),
    rule(r"\[FAILED_READ_FILE[^]]*\].*?file (\S+?)\.?\s", DataError, "{0} cannot be read"),
    rule(
        r"Relative path in absolute URI: (\S+)",
        DataError,
        "Spark cannot read a path with a colon: {0}",
        "rename the file or folder",
    ),
    rule(
        r"Task failed while writing rows.*?\ncaused by: ([^\n]*)",
        DataError,
        "the table cannot be written: {0}",
    ),
    rule(r"\[PARSE_SYNTAX_ERROR\] (.*?)(?: SQLSTATE|\.?\n|$)", AnalysisError, "{0}"),
    rule(r"^'utf-8' codec can't decode", DataError, "a file is not UTF-8 text"),
    rule(r"UnknownHostException: ([^\s]+)", DataError, "the host {0} is not known"),
    rule(
        r"No FileSystem for scheme \"?(\w+)|file system \S+ hasn't implemented",
        DataError,
        "Spark has no file system for this path",
    ),
    rule(
        r"\[CONFLICTING_PARTITION_COLUMN_NAMES\]",
        DataError,
        "the folder mixes folders of different partition columns",
    ),
    rule(
        r"CANNOT_MERGE_SCHEMAS|Failed to merge fields ([^\n]*)",
        DataError,
        "the files do not have the same columns",
    ),
    rule(
        r"java\.lang\.OutOfMemoryError",
        EngineError,
        "the query needs more memory than Spark's Java has",
        "give it more: spark.driver_memory",
    ),
)
SPARK = ErrorRules("spark", _RULES, memory_setting="spark.driver_memory")

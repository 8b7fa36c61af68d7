"""Rewrites requests to Sail that it would answer otherwise than Spark does.

A gRPC interceptor sees every request before it is sent. It rewrites a request (globs, typed
and null partition values, doubled quotes in text, nvl), or refuses it with an error of plait (a
missing path, an option that Sail ignores). `differences/rewritten.py` lists all of them.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from plait.data.files import expand, is_remote, resolve_path
from plait.data.parquet_columns import ARROW_TYPE
from plait.data.partition_types import partition_type
from plait.data.partitions import FOLDER, NULL_PARTITION, ddl_type, partitions
from plait.engines.sail.calls import lower_calls
from plait.engines.sail.differences import lacking_format
from plait.engines.sail.functions.text import rewritten_calls
from plait.engines.sail.typed.session_types import Types
from plait.errors import CapabilityError
from plait.lang.sqltext import Part, code_of, quoted, replaced

if TYPE_CHECKING:
    from pyspark.sql.connect.proto import expressions_pb2
    from pyspark.sql.connect.session import SparkSession

_ON_SPARK = "run it on Spark: --engine spark"
# Sail accepts these options when it reads csv, and ignores them.
_IGNORED_CSV_OPTIONS = {
    "nullvalue": "nullValue",
    "ignoreleadingwhitespace": "ignoreLeadingWhiteSpace",
    "ignoretrailingwhitespace": "ignoreTrailingWhiteSpace",
    "encoding": "encoding",
    "charset": "charset",
}
_NO_CHANGE = ("", "false", "utf-8", "utf8")
_OVERWRITE_MODE = "spark.sql.sources.partitionOverwriteMode"
_FILE_TABLE = re.compile(r"\b(?:parquet|csv|json|text|avro|arrow)\.`([^`]+)`", re.IGNORECASE)
# Of arguments of two types, the result's type is another one on Sail; coalesce has the same.
_NVL = ("nvl", "ifnull")
_EXECUTE = "ExecutePlanRequest"
Rewrite = Callable[[Any], None]


class RequestRewriter:
    """The interceptor: each request is sent as `rewritten` gives it.

    session: the session that has the interceptor; it is asked for the types of tables.
    """

    def __init__(self) -> None:
        self.session: SparkSession | None = None
        self._types = Types()

    def intercept_unary_unary(self, send: Any, details: Any, request: Any) -> Any:
        """Called by gRPC for analysis and settings."""
        return send(details, rewritten(request, self._fitted))

    def intercept_unary_stream(self, send: Any, details: Any, request: Any) -> Any:
        """Called by gRPC for execution."""
        command = request.plan.command if request.DESCRIPTOR.name == _EXECUTE else None
        if command is not None and command.HasField("sql_command"):
            self._types.forget()
        made = rewritten(request, self._fitted)
        if command is not None and not command.HasField("sql_command"):
            self._types.forget()
        return send(details, made)

    def _fitted(self, sql: str) -> str:
        return sql if self.session is None else self._types.fitted(sql, self.session)


def request_rewriter() -> RequestRewriter:
    """The interceptor, registered with gRPC as one."""
    import grpc

    grpc.UnaryUnaryClientInterceptor.register(RequestRewriter)
    grpc.UnaryStreamClientInterceptor.register(RequestRewriter)
    return RequestRewriter()


def rewritten(request: Any, fitted: Callable[[str], str]) -> Any:
    """`request`, or a copy in which what Sail gets wrong is written so that it gets it right.

    fitted: a query with the casts that its types need.
    Raises DataError for a path that is not there, CapabilityError for what cannot be rewritten.
    """
    if request.DESCRIPTOR.name == "ConfigRequest":
        _check_conf(request)
        return request
    rewrites = [_rewrite_of(message, fitted) for message in _messages(request)]
    if not any(rewrites):
        return request
    copy = type(request)()
    copy.CopyFrom(request)
    for message, rewrite in zip(list(_messages(copy)), rewrites, strict=True):
        if rewrite is not None:
            rewrite(message)
    return copy


def _messages(message: Any) -> Iterator[Any]:
    """The messages of a request that a rewrite may be about, outer ones first."""
    name = message.DESCRIPTOR.name
    if name in _KINDS or name in _SQL:
        yield message
    if name == "LocalRelation":
        return
    for _, value in message.ListFields():
        if hasattr(value, "DESCRIPTOR"):
            yield from _messages(value)
        elif not isinstance(value, (str, bytes, int, float)):
            for item in value.values() if isinstance(value, Mapping) else value:
                if hasattr(item, "DESCRIPTOR"):
                    yield from _messages(item)


def _rewrite_of(message: Any, fitted: Callable[[str], str]) -> Rewrite | None:
    """The rewrite that `message` needs, or None. Raises for what cannot be rewritten."""
    name = message.DESCRIPTOR.name
    return _sql(message, fitted) if name in _SQL else _KINDS[name](message)


def _relation(relation: Any) -> Rewrite | None:
    if not relation.HasField("read") or not relation.read.HasField("data_source"):
        return None
    source = relation.read.data_source
    if lacking_format(source.format):
        return None  # Sail refuses it, whatever the path
    _check_csv(source)
    found = [path for given in source.paths for path in _existing(given)]
    types = {} if source.schema else _partition_types(found)
    told = any(f'"{note}"' in source.schema for note in (FOLDER, ARROW_TYPE))
    if found == list(source.paths) and not types and not told:
        return None

    def rewrite(relation: Any) -> None:
        del relation.read.data_source.paths[:]
        relation.read.data_source.paths.extend(found)
        if told:
            _ask_as_sail_has_it(relation)
        if types:
            _with_columns(relation, [(name, _typed(name, types[name])) for name in types])

    return rewrite


def _ask_as_sail_has_it(relation: Any) -> None:
    """Ask for the columns of a schema as Sail has them, and give them their names and types.

    Sail calls a partition column as the folders do, undecoded. A column that Arrow's readers
    give in a type of their own, such as a dictionary, it reads in that type alone.
    """
    source = relation.read.data_source
    fields = json.loads(source.schema)["fields"]
    as_found = any(ARROW_TYPE in field["metadata"] for field in fields)
    columns: list[tuple[str, expressions_pb2.Expression]] = []
    for field in fields:
        name, field["name"] = field["name"], field["metadata"].pop(FOLDER, field["name"])
        column = _attribute(field["name"])
        columns.append((name, _cast(column, ddl_type(field["type"])) if as_found else column))
    source.schema = json.dumps({"type": "struct", "fields": fields})
    if as_found:
        source.ClearField("schema")
    _wrap(relation, "project")
    for name, expression in columns:
        alias = relation.project.expressions.add().alias
        alias.name.append(name)
        alias.expr.CopyFrom(expression)


def _existing(path: str) -> list[str]:
    """The files and folders of this machine that `path` means; a path of a store as it is.

    Raises DataError where there is none.
    """
    if is_remote(path):
        return [path]
    return [str(found) for found in expand(path)]


def _partition_types(paths: Sequence[str]) -> dict[str, str]:
    """Partition column → the type that Spark gives it, over all `paths` of this machine.

    Raises DataError for what cannot be listed.
    """
    values: dict[str, set[str | None]] = {}
    for path in paths:
        for listing in () if is_remote(path) else resolve_path(path):
            for name, found in partitions(listing).items():
                values.setdefault(name, set()).update(found.values())
    return {name: partition_type(found) for name, found in values.items()}


def _check_csv(source: Any) -> None:
    if source.format.lower() != "csv":
        return
    for name, value in source.options.items():
        if name.lower() in _IGNORED_CSV_OPTIONS and value.lower() not in _NO_CHANGE:
            raise CapabilityError(
                f"Sail ignores the option {_IGNORED_CSV_OPTIONS[name.lower()]} of csv",
                engine="sail",
                hint=_ON_SPARK,
            )


def _sql(message: Any, fitted: Callable[[str], str]) -> Rewrite | None:
    """A SQL relation or command: both hold their text in the same field."""
    field = "query" if message.DESCRIPTOR.name == "SQL" else "sql"
    text = getattr(message, field)
    for path in _FILE_TABLE.findall(text):
        if _partition_types(_existing(path)):
            raise CapabilityError(
                f"Sail reads the partition columns of {path} as text when SQL names the folder",
                engine="sail",
                hint="load it as a table first, then select from that",
            )
    fixed = fitted(_fixed(text))
    if fixed == text:
        return None
    return lambda message: setattr(message, field, fixed)


def _expression(expression: Any) -> Rewrite | None:
    text = expression.expression
    fixed = _fixed(text)
    if fixed == text:
        return None
    return lambda expression: setattr(expression, "expression", fixed)


def _fixed(sql: str) -> str:
    """A query or an expression as Sail has to be given it."""
    return lower_calls(rewritten_calls(coalesced(conditional(plain_quotes(sql)))))


def _function(call: Any) -> Rewrite | None:
    if call.function_name.lower() not in _NVL:
        return None
    return lambda call: setattr(call, "function_name", "coalesce")


def _write(operation: Any) -> Rewrite | None:
    options = {key.lower(): value.lower() for key, value in operation.options.items()}
    if options.get("partitionoverwritemode") == "dynamic":
        raise _no_dynamic_overwrite()
    if not operation.partitioning_columns:
        return None

    def rewrite(operation: Any) -> None:
        names = list(operation.partitioning_columns)
        _with_columns(operation.input, [(name, _folder_name(name)) for name in names])

    return rewrite


def _write_v2(operation: Any) -> Rewrite | None:
    if operation.mode == operation.MODE_OVERWRITE_PARTITIONS:
        raise _no_dynamic_overwrite()
    return None


def _check_conf(request: Any) -> None:
    for pair in request.operation.set.pairs:
        if pair.key.lower() == _OVERWRITE_MODE.lower() and pair.value.lower() == "dynamic":
            raise _no_dynamic_overwrite()


def _no_dynamic_overwrite() -> CapabilityError:
    return CapabilityError(
        "Sail has no dynamic partition overwrite: it would delete the other partitions",
        engine="sail",
        hint=_ON_SPARK,
    )


_SQL = ("SQL", "SqlCommand")
_KINDS: Mapping[str, Callable[[Any], Rewrite | None]] = {
    "Relation": _relation,
    "ExpressionString": _expression,
    "UnresolvedFunction": _function,
    "WriteOperation": _write,
    "WriteOperationV2": _write_v2,
}


def _with_columns(relation: Any, columns: list[tuple[str, expressions_pb2.Expression]]) -> None:
    """Replace `relation`, in place, by a projection over it that has `columns` anew."""
    _wrap(relation, "with_columns")
    for name, expression in columns:
        alias = relation.with_columns.aliases.add()
        alias.name.append(name)
        alias.expr.CopyFrom(expression)


def _wrap(relation: Any, kind: str) -> None:
    """Make `relation`, in place, one of a `kind` over what it was."""
    inner = type(relation)()
    inner.CopyFrom(relation)
    relation.Clear()
    relation.common.CopyFrom(inner.common)
    getattr(relation, kind).input.CopyFrom(inner)


def _typed(name: str, kind: str) -> expressions_pb2.Expression:
    """The partition's folder name as a value: null for the null partition, typed as in Spark."""
    value = _attribute(name)
    for null in (NULL_PARTITION, ""):
        value = _call("nullif", value, _text(null))
    return value if kind == "string" else _cast(value, kind)


def _folder_name(name: str) -> expressions_pb2.Expression:
    """A partition column as its folder is named: nulls and empty text by Hive's word for null."""
    text = _call("nullif", _cast(_attribute(name), "string"), _text(""))
    return _call("coalesce", text, _text(NULL_PARTITION))


def _attribute(name: str) -> expressions_pb2.Expression:
    from pyspark.sql.connect.proto import expressions_pb2

    expression = expressions_pb2.Expression()
    expression.unresolved_attribute.unparsed_identifier = quoted(name)
    return expression


def _text(value: str) -> expressions_pb2.Expression:
    from pyspark.sql.connect.proto import expressions_pb2

    expression = expressions_pb2.Expression()
    expression.literal.string = value
    return expression


def _call(function: str, *arguments: expressions_pb2.Expression) -> expressions_pb2.Expression:
    from pyspark.sql.connect.proto import expressions_pb2

    expression = expressions_pb2.Expression()
    expression.unresolved_function.function_name = function
    expression.unresolved_function.arguments.extend(arguments)
    return expression


def _cast(value: expressions_pb2.Expression, kind: str) -> expressions_pb2.Expression:
    from pyspark.sql.connect.proto import expressions_pb2

    expression = expressions_pb2.Expression()
    expression.cast.expr.CopyFrom(value)
    expression.cast.type_str = kind
    return expression


_DOUBLED = {quote: re.compile(rf"(\\.)|{quote}{quote}", re.DOTALL) for quote in "'\""}


def plain_quotes(sql: str) -> str:
    r"""`sql` with `''` in '…' as `\'`, and `""` in "…" as `\"`; Sail drops a doubled quote."""
    return replaced(sql, _plain) if "''" in sql or '""' in sql else sql


def _plain(part: Part) -> str:
    quote = part.text[0]
    if part.kind != "text" or quote not in _DOUBLED:
        return part.text
    inside = _DOUBLED[quote].sub(lambda found: found[1] or f"\\{quote}", part.text[1:-1])
    return quote + inside + quote


_COALESCE = re.compile(rf"(?<![\w.])(?:{'|'.join(_NVL)})(?=\s*\()", re.IGNORECASE)


def coalesced(sql: str) -> str:
    """`sql` with `nvl` and `ifnull` written as `coalesce`."""
    if not _COALESCE.search(sql):
        return sql
    found = [match.span() for match in _COALESCE.finditer(code_of(sql, "_"))]
    for start, end in reversed(found):
        sql = f"{sql[:start]}coalesce{sql[end:]}"
    return sql


_NVL2 = re.compile(r"(?<![\w.])nvl2\s*\(", re.IGNORECASE)


def conditional(sql: str) -> str:
    """`sql` with `nvl2(x, a, b)` written as `if((x) is not null, a, b)`, which keeps its type."""
    if not _NVL2.search(sql):
        return sql
    code = code_of(sql, "_")
    for found in reversed(list(_NVL2.finditer(code))):
        start = end = found.end()
        depth = 0
        while end < len(code) and (depth or code[end] != ","):
            depth += (code[end] in "([") - (code[end] in ")]")
            end += 1
        sql = f"{sql[: found.start()]}if(({sql[start:end]}) is not null{sql[end:]}"
    return sql

"""The types of what functions and operators give, where it follows from their arguments."""

from __future__ import annotations

from typing import Any

from pyspark.sql import types as T  # noqa: N812 - Spark's own convention
from pyspark.sql.types import DataType, DecimalType
from sqlglot import ErrorLevel, exp
from sqlglot.errors import SqlglotError

from plait.engines.sail.typed import branches, kinds, numbers, texts
from plait.engines.sail.typed.analysis import Analysis, Edit, Handler
from plait.engines.sail.typed.scopes import Scope, Source

_UNCHANGED = (
    "abs", "first", "first_value", "last", "last_value", "any_value", "max", "min", "lag",
    "lead", "nth_value", "positive", "negative",
)  # fmt: skip
_FIXED: dict[DataType, tuple[str, ...]] = {
    T.LongType(): ("count", "count_if", "approx_count_distinct", "unix_timestamp",
                   "monotonically_increasing_id", "grouping_id"),
    T.IntegerType(): ("row_number", "rank", "dense_rank", "ntile", "length", "char_length",
                      "character_length", "datediff", "date_diff", "year", "month", "day",
                      "dayofmonth", "dayofweek", "dayofyear", "weekofyear", "quarter", "hour",
                      "minute", "second", "instr", "locate", "position", "size", "ascii",
                      "cardinality", "hash", "levenshtein"),
    T.ByteType(): ("grouping",),
    T.DoubleType(): ("sqrt", "exp", "ln", "log10", "log2", "pow", "power", "sign", "signum",
                     "stddev", "std", "stddev_samp", "stddev_pop", "variance", "var_samp",
                     "var_pop", "corr", "covar_samp", "covar_pop", "percent_rank", "cume_dist",
                     "rand", "sin", "cos", "tan", "percentile", "skewness", "kurtosis", "cbrt",
                     "median", "pi", "e"),
    T.DateType(): ("current_date", "to_date", "date_add", "date_sub", "add_months", "last_day",
                   "next_day", "make_date"),
    T.StringType(): ("substr", "substring", "upper", "lower", "trim", "ltrim", "rtrim",
                     "date_format", "format_number", "lpad", "rpad", "repeat", "regexp_replace",
                     "regexp_extract", "concat_ws", "initcap", "md5", "sha2", "translate",
                     "format_string", "from_unixtime", "space", "soundex"),
    T.BooleanType(): ("isnull", "isnotnull", "exists", "contains", "startswith", "endswith",
                      "array_contains", "regexp_like", "rlike", "every", "some", "bool_and",
                      "bool_or", "any"),
}  # fmt: skip
_CONTAINS = (
    "case when {0} then true when {2} is null or size(array_compact({1})) < size({1}) then null "
    "else array_contains({1}, {2}) end"
)
_BY_NAME = {name: kind for kind, names in _FIXED.items() for name in names}
_SAME = frozenset(_UNCHANGED)


def column(an: Analysis, node: Any, scope: Scope) -> DataType | None:
    """A column, or a field of one."""
    try:
        return scope.find([part.name for part in node.parts])
    except LookupError:
        an.lost = True
        return None


def variable(an: Analysis, node: Any, scope: Scope) -> DataType | None:  # noqa: ARG001
    """A variable of a lambda."""
    try:
        return scope.find([node.name])
    except LookupError:
        return None


def inner(an: Analysis, node: Any, scope: Scope) -> DataType | None:
    """What has the type of what it is around."""
    found = an.parts(node, scope)
    return found[0] if found else None


def truth(an: Analysis, node: Any, scope: Scope) -> DataType | None:
    """A condition."""
    an.parts(node, scope)
    return T.BooleanType()


def nothing(an: Analysis, node: Any, scope: Scope) -> DataType | None:  # noqa: ARG001
    """null."""
    return T.NullType()


def interval(an: Analysis, node: Any, scope: Scope) -> DataType | None:
    """interval …; which kind of interval it is does not matter."""
    an.parts(node, scope)
    return T.DayTimeIntervalType()


def subquery(an: Analysis, node: Any, scope: Scope) -> DataType | None:
    """A query as a value."""
    columns = an.query(node, scope.inner())
    return columns[0][1] if columns else None


def whole_division(an: Analysis, node: Any, scope: Scope) -> DataType | None:
    """div."""
    found = an.parts(node, scope)
    if any(map(kinds.is_binary_fraction, found)):
        an.wrong.append("div of a float or a double, which Spark refuses")
    return T.LongType()


def explode(an: Analysis, node: Any, scope: Scope) -> DataType | None:
    """The elements of an array."""
    kind = an.kind(node.this, scope)
    return kind.elementType if isinstance(kind, T.ArrayType) else None


def bracket(an: Analysis, node: Any, scope: Scope) -> DataType | None:
    """x[i], for which Sail has to be given a literal."""
    kind, *_ = an.parts(node, scope)
    if not isinstance(kind, (T.ArrayType, T.MapType)):
        return None
    index = node.expressions[0]
    written = node.args.get("offset") is None  # and not element_at(x, i)
    if written and not isinstance(index, exp.Literal):
        within, at = an.text(node.this), an.text(index)
        if within is None or at is None or an.edited(node):
            an.wrong.append("an element of an array or a map at an expression")
        elif isinstance(kind, T.ArrayType):
            at = f"case when {at} < 0 then 0 else {at} + 1 end"
            an.edits.append(Edit(node, f"element_at({within}, {at})"))
        else:
            an.edits.append(Edit(node, f"element_at({within}, {at})"))
    return kind.elementType if isinstance(kind, T.ArrayType) else kind.valueType


def contains(an: Analysis, node: Any, scope: Scope) -> DataType | None:
    """array_contains: null for a null value, and where the array has a null and not the value."""
    array, _ = an.parts(node, scope)
    may_be_null = not isinstance(node.expression, exp.Literal)
    if isinstance(array, T.ArrayType) and (array.containsNull or may_be_null):
        within, value = an.text(node.this), an.text(node.expression)
        if within is None or value is None or an.edited(node):
            an.wrong.append("array_contains of an expression")
        else:
            an.edits.append(Edit(node, _CONTAINS.format("{}", within, value)))
    return T.BooleanType()


def dot(an: Analysis, node: Any, scope: Scope) -> DataType | None:
    """A field of what is not a column."""
    kind = an.kind(node.this, scope)
    if isinstance(kind, T.StructType):
        name = node.expression.name.lower()
        return next((f.dataType for f in kind.fields if f.name.lower() == name), None)
    return None


def collected(an: Analysis, node: Any, scope: Scope) -> DataType | None:
    """collect_list and collect_set."""
    kind = inner(an, node, scope)
    return None if kind is None else T.ArrayType(kind)


def lambda_(an: Analysis, node: Any, scope: Scope) -> DataType | None:
    """x -> …: a variable is an element of the call's first argument, or what reduce has."""
    call = node.parent
    array = call.this if call is not None else None
    kind = an.kind(array, scope) if isinstance(array, exp.Expression) else None
    element = kind.elementType if isinstance(kind, T.ArrayType) else None
    known = [element, *[None] * len(node.expressions)]
    if isinstance(call, exp.Reduce):
        known = [an.kind(call.args["initial"], scope), element]
    variables = tuple((one.name, kind) for one, kind in zip(node.expressions, known, strict=False))
    return an.kind(node.this, scope.inner([Source("", variables)]))


def call(an: Analysis, node: Any, scope: Scope) -> DataType | None:
    """Any other function: by its name, else as the engine says."""
    found = an.parts(node, scope)
    name = (node.name if isinstance(node, exp.Anonymous) else node.sql_name()).lower()
    if name in _SAME:
        return found[0] if found else None
    if name == "mean":
        return numbers.average(an, node, scope)
    if name == "try_avg":
        return numbers.try_average(an, node, found)
    if name == "pmod" and len(found) == 2:
        return _modulo(an, node, found)
    return _BY_NAME.get(name) or _asked(an, node, scope)


def _modulo(an: Analysis, node: Any, found: list[DataType | None]) -> DataType | None:
    first, second = found
    if first is None or second is None:
        return None
    left, right = (
        numbers.operand(value, kind)
        if isinstance(first, DecimalType) or isinstance(second, DecimalType)
        else None
        for value, kind in zip(node.expressions, (first, second), strict=True)
    )
    if left is None or right is None:
        kind = kinds.wider_number(first, second)
        if isinstance(kind, T.DoubleType):
            numbers.as_doubles(an, *zip(node.expressions, found, strict=True))
        return kind
    kind = kinds.arithmetic("%", left, right)
    if kind is not None:
        an.cast(node, kind)
    return kind


def _asked(an: Analysis, node: Any, scope: Scope) -> DataType | None:
    """The type of a call as the engine has it, its columns replaced by nulls of their types."""
    if node.find(exp.Query, exp.Star) is not None:
        return None
    copy = node.copy()
    for mine, own in zip(list(copy.find_all(exp.Column)), node.find_all(exp.Column), strict=True):
        kind = an.kind(own, scope)
        if kind is None:
            return None
        try:
            mine.replace(exp.cast(exp.Null(), kind.simpleString(), dialect="spark"))
        except SqlglotError:
            return None
    # What sqlglot cannot write, such as a format, matters to no type.
    return an.ask(copy.sql("spark", unsupported_level=ErrorLevel.IGNORE))


HANDLERS: dict[type, Handler] = {
    exp.Literal: numbers.literal,
    exp.Neg: numbers.negative,
    **dict.fromkeys((exp.Add, exp.Sub, exp.Mul, exp.Div, exp.Mod), numbers.operation),
    exp.Avg: numbers.average,
    exp.Sum: numbers.total,
    exp.Round: numbers.rounded,
    exp.Ceil: numbers.whole,
    exp.Floor: numbers.whole,
    exp.IntDiv: whole_division,
    exp.Case: branches.case,
    exp.If: branches.condition,
    exp.Coalesce: branches.first_of,
    exp.Greatest: branches.extreme,
    exp.Least: branches.extreme,
    exp.Array: branches.array,
    exp.Nullif: branches.null_if,
    exp.Column: column,
    exp.Identifier: variable,
    exp.Func: call,
    exp.Cast: texts.cast,
    exp.TryCast: texts.cast,
    exp.Null: nothing,
    exp.Interval: interval,
    exp.PercentileCont: numbers.quantile,
    exp.VarMap: branches.entries,
    exp.Map: branches.entries,
    exp.In: branches.member,
    **dict.fromkeys(
        (exp.EQ, exp.NEQ, exp.GT, exp.GTE, exp.LT, exp.LTE, exp.NullSafeEQ), branches.comparison
    ),
    exp.Subquery: subquery,
    exp.Explode: explode,
    exp.Bracket: bracket,
    exp.Dot: dot,
    **dict.fromkeys((exp.Concat, exp.ConcatWs, exp.DPipe), texts.joined),
    exp.ArrayContains: contains,
    exp.ArrayAgg: collected,
    exp.ArrayUniqueAgg: collected,
    exp.Lambda: lambda_,
    **dict.fromkeys(
        (exp.Paren, exp.Alias, exp.Window, exp.Filter, exp.IgnoreNulls, exp.RespectNulls,
         exp.Distinct, exp.Where, exp.Having, exp.Ordered),
        inner,
    ),
    **dict.fromkeys(
        (exp.And, exp.Or, exp.Not, exp.Is, exp.Between, exp.Like, exp.ILike, exp.Exists,
         exp.NullSafeNEQ, exp.Boolean, exp.Xor, exp.RegexpLike),
        truth,
    ),
}  # fmt: skip

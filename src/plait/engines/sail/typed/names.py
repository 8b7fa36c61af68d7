"""The name that Spark gives a column which has none: `(a / b)`, `sum(x)`."""

from __future__ import annotations

from typing import Any

from sqlglot import ErrorLevel, exp

_OPERATORS = {
    exp.Add: "+", exp.Sub: "-", exp.Mul: "*", exp.Div: "/", exp.Mod: "%", exp.EQ: "=",
    exp.LT: "<", exp.GT: ">", exp.LTE: "<=", exp.GTE: ">=", exp.And: "AND", exp.Or: "OR",
}  # fmt: skip


def generated_name(node: Any) -> str:
    """What a column is called that is selected as `node`, without an alias."""
    if isinstance(node, exp.Cast) and isinstance(node.this, exp.Column):
        return str(node.this.name)
    return _name(node)


def _name(node: Any) -> str:
    match node:
        case exp.Column() | exp.Literal() | exp.Dot():
            return str(node.name)
        case exp.Paren() | exp.Window() | exp.Filter():
            return _name(node.this)
        case exp.Neg() if isinstance(node.this, exp.Literal):
            return f"-{node.this.name}"
        case exp.Neg():
            return f"(- {_name(node.this)})"
        case exp.Cast():
            return f"CAST({_name(node.this)} AS {node.to.sql('spark')})"
        case exp.Case():
            return _case(node)
        case exp.If():
            branches = (node.this, node.args["true"], node.args.get("false"))
            return f"(IF({', '.join(_name(one) for one in branches if one is not None)}))"
        case exp.Distinct():
            return f"DISTINCT {', '.join(_name(one) for one in node.expressions)}"
        case exp.Anonymous():
            return _call(node.name, node.expressions)
        case exp.Func() if not isinstance(node, exp.Connector):
            values = [one for one in node.iter_expressions() if isinstance(one, exp.Expression)]
            return _call(node.sql_name(), values)
    if (sign := _OPERATORS.get(type(node))) is not None:
        return f"({_name(node.this)} {sign} {_name(node.expression)})"
    return str(node.sql("spark", unsupported_level=ErrorLevel.IGNORE))


def _call(name: str, values: list[Any]) -> str:
    return f"{name.lower()}({', '.join(_name(one) for one in values)})"


def _case(node: Any) -> str:
    words = [] if node.this is None else [_name(node.this)]
    for one in node.args["ifs"]:
        words.append(f"WHEN {_name(one.this)} THEN {_name(one.args['true'])}")
    if node.args.get("default") is not None:
        words.append(f"ELSE {_name(node.args['default'])}")
    return f"CASE {' '.join(words)} END"

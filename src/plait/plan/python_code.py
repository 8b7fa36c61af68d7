"""What the Python of a training shows before it runs: read as text, never executed."""

from __future__ import annotations

import ast
import re
import sys
import warnings
from collections.abc import Iterator, Sequence

from plait.errors import ParseError, Span
from plait.plan.steps import Code

_OTHER_PYTHON = re.compile(r"^\W*python\s*[=<>~!]", re.MULTILINE)


def syntax_error(code: Code, environment: Code | None) -> ParseError | None:
    """What keeps `code` from being Python, at its line of the script's file.

    None also where the environment brings a Python of its own, whose grammar may be another.
    """
    if environment is not None and _OTHER_PYTHON.search(environment.text):
        return None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            compile(code.text, code.file, "exec", dont_inherit=True)
    except SyntaxError as problem:
        end = problem.end_offset if problem.end_lineno == problem.lineno else None
        column = max(1, problem.offset or 1)
        length = max(1, (end or 0) - column)
        span = _span(code, problem.lineno or 1, column, length)
        return ParseError(f"the code '{code.name}' is not Python: {problem.msg}", span=span)
    except (ValueError, RecursionError, MemoryError) as problem:
        return ParseError(f"the code '{code.name}' is not Python: {problem}", span=_span(code, 1))
    return None


def metric_names(codes: Sequence[Code]) -> frozenset[str] | None:
    """The metrics that the code logs; None where the text does not show them all."""
    names: set[str] = set()
    mentioned = understood = 0
    for code in codes:
        for node in ast.walk(_tree(code)):
            match node:
                case ast.alias(name="log_metric", asname=str()):
                    return None
                case ast.Name(id="log_metric") | ast.Attribute(attr="log_metric"):
                    mentioned += 1
                case ast.Call(
                    func=ast.Name(id="log_metric") | ast.Attribute(attr="log_metric"),
                    args=[ast.Constant(value=str(name)), *_],
                ):
                    understood += 1
                    names.add(name)
                case _:
                    pass
    return frozenset(names) if mentioned == understood else None


def imported_modules(codes: Sequence[Code]) -> Iterator[tuple[str, Span]]:
    """The modules that the code imports wherever it is run, as top names, and where.

    Not those of Python itself, of the other codes, or inside `try`, which copes without them.
    """
    own = {code.name for code in codes} | {"plait"} | set(sys.stdlib_module_names)
    seen = set(own)
    for code in codes:
        for node in _outside_try(_tree(code)):
            for module in _modules(node):
                top = module.partition(".")[0]
                if top not in seen:
                    seen.add(top)
                    yield top, _span(code, node.lineno, node.col_offset + 1)


def _tree(code: Code) -> ast.Module:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return ast.parse(code.text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return ast.Module([], [])


def _outside_try(node: ast.AST) -> Iterator[ast.stmt]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Try):
            continue
        if isinstance(child, ast.stmt):
            yield child
        yield from _outside_try(child)


def _modules(node: ast.stmt) -> list[str]:
    match node:
        case ast.Import(names=names):
            return [alias.name for alias in names]
        case ast.ImportFrom(module=str(module), level=0):
            return [module]
        case _:
            return []


def _span(code: Code, line: int, column: int = 1, length: int = 1) -> Span:
    """A place of the code in the script's file. line, column: in the code, from 1."""
    lines = code.text.splitlines()
    text = lines[line - 1] if 0 < line <= len(lines) else ""
    return Span(code.file, code.first_line + line - 1, column, length, text)

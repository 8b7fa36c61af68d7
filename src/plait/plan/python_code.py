"""What the Python of a training shows before it runs: read as text, never executed."""

from __future__ import annotations

import ast
import re
import sys
import warnings
from collections.abc import Iterator, Sequence

from plait.errors import ParseError, Span
from plait.plan.steps import Code
from plait.worker.script.source import Script

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
            _script(code).compile()
    except SyntaxError as problem:
        end = problem.end_offset if problem.end_lineno == problem.lineno else None
        column = max(1, problem.offset or 1)
        span = _span(code, problem.lineno or code.first_line, column, (end or 0) - column)
        return ParseError(f"the code '{code.name}' is not Python: {problem.msg}", span=span)
    except (ValueError, RecursionError, MemoryError) as problem:
        span = _span(code, code.first_line, 1, 1)
        return ParseError(f"the code '{code.name}' is not Python: {problem}", span=span)
    return None


def metric_names(codes: Sequence[Code]) -> frozenset[str] | None:
    """The names that code gives to `log_metric`; None where its text does not show them."""
    names: set[str] = set()
    for code in codes:
        tree = _tree(code)
        if tree is None:
            return None
        nodes = list(ast.walk(tree))
        called = [each for each in nodes if isinstance(each, ast.Call) and _is_log(each.func)]
        for call in called:
            given = [*call.args[:1], *(k.value for k in call.keywords if k.arg == "name")]
            if not given or not isinstance(given[0], ast.Constant):
                return None
            names.add(str(given[0].value))
        if sum(map(_is_log, nodes)) > len(called):  # a callback, or under another name
            return None
    return frozenset(names)


def saved_name(codes: Sequence[Code]) -> str | None:
    """The column that the code names in `save_model`; None where its text does not show one."""
    names: set[str] = set()
    for code in codes:
        nodes = list(ast.walk(_tree(code) or ast.Module([], [])))
        called = [each for each in nodes if isinstance(each, ast.Call) and _is_save(each.func)]
        for call in called:
            given = [k.value for k in call.keywords if k.arg in ("name", None)]
            if not all(isinstance(value, ast.Constant) for value in given):
                return None
            names.update(str(v.value) for v in given if isinstance(v, ast.Constant))
            if not given:
                names.add("prediction")
        if sum(map(_is_save, nodes)) > len(called):
            return None
    return names.pop() if len(names) == 1 else None


def imported_modules(codes: Sequence[Code]) -> Iterator[tuple[str, Span]]:
    """The modules that the code imports wherever it is run, as top names, and where.

    Not those of Python itself, of the other codes, or inside `try`, which copes without them.
    """
    own = {code.name for code in codes} | {"plait"} | set(sys.stdlib_module_names)
    seen = set(own)
    for code in codes:
        for node in _outside_try(_tree(code) or ast.Module([], [])):
            for module in _modules(node):
                top = module.partition(".")[0]
                if top not in seen:
                    seen.add(top)
                    line = code.first_line + node.lineno - 1
                    yield top, _span(code, line, node.col_offset + 1, len(top))


def _script(code: Code) -> Script:
    """The code as it will be run."""
    return Script(code.name, code.text, code.file, code.first_line)


def _tree(code: Code) -> ast.Module | None:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return ast.parse(_script(code).unindented())
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def _is_log(node: ast.AST) -> bool:
    return _named(node) == "log_metric"


def _is_save(node: ast.AST) -> bool:
    return _named(node) == "save_model"


def _named(node: ast.AST) -> str | None:
    match node:
        case ast.Name(id=name) | ast.Attribute(attr=name) | ast.alias(name=name, asname=str()):
            return name
    return None


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


def _span(code: Code, line: int, column: int, length: int) -> Span:
    """A place of the code. line: in the file. column: as the code is run, from 1."""
    written, run = code.text.splitlines(), _script(code).unindented().splitlines()
    index = line - code.first_line
    if not 0 <= index < len(written):
        return Span(code.file, line, 1)
    indent = len(written[index]) - len(run[index])
    return Span(code.file, line, column + indent, max(1, length), written[index])

"""What an ordinary Python script uses of pyspark and ray, determined from its text."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from plait.engines.routing import Need
from plait.errors import ParseError, Span

# What only a Spark with its driver inside the script's process has.
_CLASSIC_ATTRIBUTES = frozenset({"sparkContext", "rdd", "_jvm", "_sc", "_jsparkSession"})
_CLASSIC_NAMES = frozenset({"SparkContext", "SparkConf", "StreamingContext", "RDD"})
# What Sail lacks, however it is reached.
_LACKING_MODULES = ("pyspark.ml", "pyspark.mllib", "pyspark.streaming")
_LACKING_FORMATS = frozenset({"libsvm", "orc", "xml"})
# What Spark Connect servers of Apache Spark have all the same.
_SERVED = re.compile(r"pyspark\.ml\b|the format ")


@dataclass(frozen=True, slots=True)
class Requirements:
    """spark, ray: whether the script, or a module that lies beside it, uses them.

    classic: what only Apache Spark has, and where the script uses it.
    """

    spark: bool
    ray: bool
    classic: tuple[Need, ...]


def requirements_of(file: str, text: str) -> Requirements:
    """Read a script and, through its imports, the modules in its folder.

    Raises ParseError where the script is not Python.
    """
    try:
        tree = ast.parse(text, file)
    except SyntaxError as problem:
        raise _parse_error(file, text, problem) from None
    except ValueError as problem:
        raise ParseError(f"'{file}' is not Python: {problem}") from None
    folder = Path(file).absolute().parent
    imported = set(_imports(tree))
    classic = list(_classic(tree, file, text))
    seen: set[str] = set()
    while local := {name.partition(".")[0] for name in imported} - seen:
        for name in local:
            seen.add(name)
            for path in (folder / f"{name}.py", folder / name / "__init__.py"):
                imported.update(_imports_of_file(path))
    roots = {name.partition(".")[0] for name in imported}
    return Requirements("pyspark" in roots, "ray" in roots, tuple(classic))


def _parse_error(file: str, text: str, problem: SyntaxError) -> ParseError:
    lines = text.splitlines()
    line = problem.lineno or 1
    shown = lines[line - 1] if line <= len(lines) else ""
    length = 1
    if problem.end_offset and problem.offset and problem.end_lineno == problem.lineno:
        length = max(1, problem.end_offset - problem.offset)
    span = Span(file, line, max(1, problem.offset or 1), length, shown)
    return ParseError(f"this is not Python: {problem.msg}", span=span)


def _imports_of_file(path: Path) -> Iterator[str]:
    """The imports of a module beside the script; none of a file that cannot be read."""
    try:
        yield from _imports(ast.parse(path.read_text(encoding="utf-8")))
    except (OSError, ValueError, SyntaxError):
        return


def _imports(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        match node:
            case ast.Import(names=names):
                yield from (name.name for name in names)
            case ast.ImportFrom(module=str(module), level=0):
                yield module
            case ast.Call(args=[ast.Constant(value=str(name)), *_]) if _is_import(node.func):
                yield name
            case _:
                pass


def _is_import(function: ast.expr) -> bool:
    match function:
        case ast.Name(id="__import__" | "import_module") | ast.Attribute(attr="import_module"):
            return True
        case _:
            return False


def _classic(tree: ast.AST, file: str, text: str) -> Iterator[Need]:
    lines = text.splitlines()
    for node in ast.walk(tree):
        what = _what_is_classic(node)
        if what is not None and isinstance(node, (ast.expr, ast.stmt)):
            shown = lines[node.lineno - 1]
            # Offsets count bytes; a span counts characters.
            column = len(shown.encode()[: node.col_offset].decode("utf-8", "replace")) + 1
            span = Span(file, node.lineno, column, len(shown) - column + 1, shown)
            yield Need(what, span, in_driver=not _SERVED.match(what))


def _what_is_classic(node: ast.AST) -> str | None:
    match node:
        case ast.Attribute(attr=name) if name in _CLASSIC_ATTRIBUTES:
            return f".{name}"
        case ast.Import(names=names):
            found = [n.name for n in names if n.name.startswith(_LACKING_MODULES)]
            return found[0] if found else None
        case ast.ImportFrom(module=str(module)) if module.startswith(_LACKING_MODULES):
            return module
        case ast.ImportFrom(module=str(module), names=names) if module.startswith("pyspark"):
            found = [n.name for n in names if n.name in _CLASSIC_NAMES]
            return found[0] if found else None
        case ast.Constant(value=str(name)) if name in _LACKING_FORMATS:
            return f"the format {name}"
        case _:
            return None

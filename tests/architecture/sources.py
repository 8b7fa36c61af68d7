"""The sources of plait as data: modules, their imports, functions and classes."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from tests.architecture.repository import SOURCE

Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True, slots=True)
class Module:
    """One file: its dotted name, its path and its syntax tree."""

    name: str
    path: Path
    tree: ast.Module

    @property
    def room(self) -> str:
        """The folder below `plait`, or the file itself when it lies beside them."""
        return self.name.split(".")[1] if "." in self.name else self.name


@cache
def modules() -> tuple[Module, ...]:
    """Every module of plait, by name."""
    found = []
    for path in sorted(SOURCE.rglob("*.py")):
        parts = ["plait", *path.relative_to(SOURCE).with_suffix("").parts]
        name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
        found.append(Module(name, path, ast.parse(path.read_text("utf-8"))))
    return tuple(found)


def imports(module: Module) -> frozenset[str]:
    """The modules of plait that a module imports, wherever the import stands.

    Imports under TYPE_CHECKING and inside functions count, and so do modules that are named to
    `import_module`.
    """
    names = {each.name for each in modules()}
    found: set[str] = set()
    for node in ast.walk(module.tree):
        match node:
            case ast.Import(names=aliases):
                found.update(alias.name for alias in aliases)
            case ast.ImportFrom(module=str(source), names=aliases):
                whole = [f"{source}.{alias.name}" for alias in aliases]
                found.update(name if name in names else source for name in whole)
            case ast.Call(func=func, args=[ast.Constant(value=str(name)), *_]) if ast.unparse(
                func
            ).endswith("import_module"):
                found.add(name)
            case _:
                pass
    return frozenset(found & names - {module.name})


def functions(module: Module) -> Iterator[tuple[Function, str]]:
    """Every function and method of a module, with the docstring of the class around it."""

    def walk(node: ast.AST, around: str) -> Iterator[tuple[Function, str]]:
        for child in ast.iter_child_nodes(node):
            if isinstance(child, Function):
                yield child, around
                yield from walk(child, around)
            elif isinstance(child, ast.ClassDef):
                yield from walk(child, ast.get_docstring(child) or "")
            else:
                yield from walk(child, around)

    return walk(module.tree, "")


def circles() -> list[list[str]]:
    """Groups of modules that import one another in a circle."""
    graph = {module.name: imports(module) for module in modules()}
    index: dict[str, int] = {}
    low: dict[str, int] = {}
    stack: list[str] = []
    found: list[list[str]] = []

    def visit(name: str) -> None:
        index[name] = low[name] = len(index)
        stack.append(name)
        for other in sorted(graph[name]):
            if other not in index:
                visit(other)
                low[name] = min(low[name], low[other])
            elif other in stack:
                low[name] = min(low[name], index[other])
        if low[name] == index[name]:
            group = stack[stack.index(name) :]
            del stack[stack.index(name) :]
            if len(group) > 1:
                found.append(sorted(group))

    for name in graph:
        if name not in index:
            visit(name)
    return found

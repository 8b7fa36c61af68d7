"""What holds between the rooms and inside of them: no circles, sizes, units, private Ray."""

from __future__ import annotations

import ast
import re
from collections import Counter

from tests.architecture.sources import circles, functions, modules

LARGEST_ROOM = 4_500
# A number's name says its unit, or what is counted.
_UNIT = re.compile(
    r"(?:^|_)(seconds|bytes|mib|rows|count|number|index|port|pid|version|line|column|offset|length"
    r"|limit_bytes|width|depth|code|id|id_|bits|cpus|gpus|retries|attempts|attempt|files|groups"
    r"|parts|tasks|workers|threads|blocks|step|total|done|seed|tolerance|ratio|fraction|score"
    r"|value|amount|most|fields|columns|batches|indent|level|nth)$"
)


def test_no_module_imports_itself_in_a_circle() -> None:
    """Also not for types, not inside functions, and not by a name that is given as text."""
    assert circles() == []


def test_no_room_is_too_large() -> None:
    sizes: Counter[str] = Counter()
    for module in modules():
        # Each engine, Sail's types and clauses, and what scripts and transfers have in a worker,
        # is a room of its own.
        inner = re.match(
            r"plait\.(engines\.(?:sail\.typed|sail\.syntax|sail|spark)|worker\.(?:script|transport))\b",
            module.name,
        )
        sizes[inner[1] if inner else module.room] += module.path.read_text("utf-8").count("\n")
    assert {room: lines for room, lines in sizes.items() if lines > LARGEST_ROOM} == {}


def test_numbers_say_their_unit() -> None:
    """A public parameter that is a number is named with its unit, or its docstring has it."""
    silent = []
    for module in modules():
        for function, around in functions(module):
            if function.name.startswith("_") and function.name != "__init__":
                continue
            text = f"{ast.get_docstring(function) or ''}\n{around}"
            given = function.args
            for one in (*given.posonlyargs, *given.args, *given.kwonlyargs):
                kind = ast.unparse(one.annotation) if one.annotation is not None else ""
                if not re.fullmatch(r"(int|float)( \| None)?", kind) or _UNIT.search(one.arg):
                    continue
                if not re.search(rf"\b{one.arg}\b[^:\n]*:|`{one.arg}`", text):
                    silent.append(f"{module.name}.{function.name}({one.arg}: {kind})")
    assert not silent, "\n".join(silent)


def test_one_file_alone_imports_rays_private_modules() -> None:
    private = re.compile(
        r"\bray(?:\.\w+)*\._(?!_)\w+|\bray\.(core\.generated|autoscaler)\b|\"ray\._"
    )
    found = {module.name for module in modules() if private.search(module.path.read_text("utf-8"))}
    assert found <= {"plait.compute.ray_internals", "plait.worker.ray_internals"}

"""The tree of errors in the docs of `plait.errors` is the real one."""

from __future__ import annotations

import re
from pathlib import Path

from plait import errors
from plait.errors import PlaitError

SOURCE = Path(errors.__file__).parent


def tree(kind: type[PlaitError], depth: int = 0) -> list[tuple[int, str]]:
    found = [(depth, kind.__name__)]
    for below in kind.__subclasses__():
        if below.__module__ == errors.__name__:
            found.extend(tree(below, depth + 1))
    return found


def test_the_docstring_has_every_error_below_its_base() -> None:
    lines = re.findall(r"^([│ ]*)(?:[├└]── )?(\w+Errors?)\b.*$", errors.__doc__ or "", re.M)
    written = [(len(indent) // 4 + (name != "PlaitError"), name) for indent, name in lines]
    assert written == tree(PlaitError)


def test_the_docstring_has_the_exit_codes() -> None:
    codes = re.findall(r"(\w+Errors?) .*exit code (\d+)$", errors.__doc__ or "", re.M)
    assert {name: getattr(errors, name).exit_code for name, _ in codes} == {
        name: int(code) for name, code in codes
    }
    assert len(codes) == 5


def test_no_other_module_has_errors_of_its_own() -> None:
    own = re.compile(
        r"^class \w+\((?:PlaitError|" + "|".join(n for _, n in tree(PlaitError)) + r")\)", re.M
    )
    others = [path for path in SOURCE.rglob("*.py") if path != Path(errors.__file__)]
    assert [str(path) for path in others if own.search(path.read_text("utf-8"))] == []

"""Detectors of numbers of several types in one expression, and of divided decimals.

Spark brings the branches of CASE, IF and UNION to one type that fits them all; Sail takes
the first one's. A quotient of decimals has other digits. Literals and casts show it.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable

from plait.engines.sail.differences.model import Text, bracketed, calls

_FRACTION = r"(?<![\w.'])(?:\d+\.\d*|\.\d+)(?![\w.'])|(?<![\w.'])[\d.]+bd\b"
_DECIMAL = re.compile(rf"\bdecimal\b|{_FRACTION}", re.IGNORECASE)
_TYPE = re.compile(r"\b(?:decimal|dec|numeric)\b(?:\s*\([^()]*\))?", re.IGNORECASE)
_PART = re.compile(
    r",|;|[<>=!]+|\b(?:select|from|where|and|or|when|then|else|end|group|order|having|on|union)\b",
    re.IGNORECASE,
)
_AVERAGE = re.compile(r"\b(?:avg|mean|try_avg)\s*\([^,]*\bdecimal\b", re.IGNORECASE)
_BRANCH = re.compile(r"\b(?:then|else)\s+(\S+)", re.IGNORECASE)
_CASE = re.compile(r"\bcase\b(.*?)\bend\b", re.IGNORECASE | re.DOTALL)
_SET = re.compile(
    r"\b(?:union|intersect|except|minus)\b(?:\s+(?:all|distinct))?(?!\s*\()", re.IGNORECASE
)
_SELECT = re.compile(r"\bselect\s+(?:distinct\s+)?", re.IGNORECASE)
_KINDS = (
    (re.compile(r"-?\d+"), 0),
    (re.compile(r"-?\d+l", re.IGNORECASE), 1),
    (re.compile(r"-?(?:\d+\.\d*|\.\d+)"), 2),
    (re.compile(r"-?[\d.]+(?:e-?\d+)?[df]?", re.IGNORECASE), 3),
    (re.compile(r"'\d+'"), 4),
)


def divides_decimals(text: Text) -> bool:
    """Whether a decimal that the text shows is divided or averaged."""
    plain = _TYPE.sub("decimal", text.code)
    return any(
        _DECIMAL.search(part) is not None and ("/" in part or _AVERAGE.search(part) is not None)
        for part in _PART.split(plain)
    )


def mixes_branches(text: Text) -> bool:
    """Whether a CASE or IF has literals of which the first is too narrow for another."""
    branches = [_BRANCH.findall(found[1]) for found in _CASE.finditer(text.code)]
    branches += [list(one.arguments[1:3]) for one in calls(text, "if", "iff")]
    return any(_widens(_kinds(words)) for words in branches)


def mixes_rows(text: Text) -> bool:
    """Whether SELECTs that a UNION brings together have literals of several types."""
    lists = [_select_list(part) for part in _SET.split(text.code)]
    for first, second in itertools.pairwise(lists):
        for pair in zip(first, second, strict=False):
            kinds = _kinds(pair)
            if len(kinds) == 2 and kinds[0] != kinds[1]:
                return True
    return False


def _select_list(part: str) -> tuple[str, ...]:
    found = _SELECT.search(part)
    if found is None:
        return ()
    items = bracketed(part + ")", found.end()).arguments
    return tuple(re.split(r"\s|\)", item, maxsplit=1)[0] for item in items)


def _kinds(words: Iterable[str]) -> list[int]:
    """How wide each literal's type is; what is no literal is left out."""
    found = []
    for word in words:
        bare = word.rstrip(",)")
        kind = next((rank for shape, rank in _KINDS if shape.fullmatch(bare)), None)
        if kind is not None:
            found.append(kind)
    return found


def _widens(kinds: list[int]) -> bool:
    return bool(kinds) and (max(kinds) > kinds[0] or (kinds[0] == 4 and min(kinds) < 4))

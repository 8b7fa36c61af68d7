"""How values, tables and amounts look as text; widths are those of a terminal's cells."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

from plait.events import TableShown

# (style, text): style is '', bold, dim, red, green or yellow; plain output ignores it.
Line = tuple[str, str]

_ESCAPES = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[@-_])")
_CONTROLS = {
    c: None for c in (*range(0x20), *range(0x7F, 0xA0), 0x2028, 0x2029) if c not in (0x09,)
}
_NUMERIC = ("tinyint", "smallint", "int", "bigint", "float", "double", "decimal", "long", "short")
_WIDEST_CELL = 48
_NARROWEST_CELL = 10
_NULL = "NULL"


def clean(text: str) -> str:
    """`text` as one line that cannot move the cursor or change colours."""
    kept = _ESCAPES.sub("", text).rstrip("\r\n").rpartition("\r")[2]
    return kept.replace("\n", " ").replace("\t", "    ").translate(_CONTROLS)


def headline(error: str) -> str:
    """The first line of a rendered error."""
    return error.strip().partition("\n")[0]


def seconds(value: float) -> str:
    """`0.42 s`, `12.3 s`, `2 min 05 s`, `1 h 02 min`."""
    if value < 10:
        return f"{value:.2f} s"
    if value < 60:
        return f"{value:.1f} s"
    minutes, rest = divmod(round(value), 60)
    if minutes < 60:
        return f"{minutes} min {rest:02} s"
    return f"{minutes // 60} h {minutes % 60:02} min"


def number(value: float) -> str:
    """`4,782,160`, `1.25`: all digits of a count, two behind the point of a share."""
    return f"{value:,.2f}".rstrip("0").rstrip(".")


def size(count: float) -> str:
    """Bytes in units of 1000, as rates are given: `12.3 MB`."""
    for unit in ("B", "kB", "MB", "GB"):
        if count < 1000:
            return f"{count:,.0f} {unit}" if unit == "B" else f"{count:,.1f} {unit}"
        count /= 1000
    return f"{count:,.1f} TB"


def bar(value: float, longest: float, width: int) -> str:
    """A bar of at most `width` cells, in eighths of a cell. `longest`: the value of a full bar."""
    eighths = round(value / longest * width * 8) if longest > 0 else 0
    whole, part = divmod(eighths, 8)
    return ("█" * whole + (" ▏▎▍▌▋▊▉"[part] if part else "")).ljust(width)


def cells(text: str) -> int:
    """How many cells of a terminal `text` takes."""
    if text.isascii():
        return len(text)
    return sum(_cells_of(c) for c in text)


def _cells_of(character: str) -> int:
    if unicodedata.combining(character) or unicodedata.category(character) in ("Mn", "Me", "Cf"):
        return 0
    return 2 if unicodedata.east_asian_width(character) in ("W", "F") else 1


def fit(text: str, width: int) -> str:
    """`text`, cut with an ellipsis when it takes more than `width` cells."""
    if cells(text) <= width:
        return text
    kept, used = [], 0
    for character in text:
        used += _cells_of(character)
        if used > width - 1:
            break
        kept.append(character)
    return "".join(kept) + "…"


def _padded(text: str, width: int, *, right: bool) -> str:
    gap = " " * max(0, width - cells(text))
    return gap + text if right else text + gap


def table(shown: TableShown, width: int) -> list[str]:
    """A table with its title, names, types and rows, at most `width` cells wide.

    Columns that do not fit are left out and named below. A missing value is `NULL`; a text
    that is itself NULL stands in quotes. A single text of several lines, such as the answer of
    EXPLAIN, is shown line by line.
    """
    match shown.rows:
        case ((str(text),),) if "\n" in text.strip():
            return [clean(shown.title), *map(clean, text.strip("\n").split("\n"))]
        case _:
            pass
    body = [[_cell(value) for value in row] for row in shown.rows]
    columns = [
        [clean(name), fit(clean(kind), _WIDEST_CELL), *(row[i] for row in body)]
        for i, (name, kind) in enumerate(shown.columns)
    ]
    widths = _widths([max(cells(text) for text in column) for column in columns], width)
    right = [_is_numeric(kind) for _, kind in shown.columns]
    lines = [f"{clean(shown.title)} ({counted(shown)})"]
    for number in range(2 + len(body)):
        lines.append(_row([column[number] for column in columns], widths, right))
        if number == 1:
            lines.append(f"─{'─┼─'.join('─' * wide for wide in widths)}─")
    left_out = [clean(name) for name, _ in shown.columns[len(widths) :]]
    if left_out:
        lines.append(fit(f"… and {len(left_out)} more columns: {', '.join(left_out)}", width))
    return lines


def _row(texts: Sequence[str], widths: Sequence[int], right: Sequence[bool]) -> str:
    shown = [
        _padded(fit(text, wide), wide, right=flush)
        for text, wide, flush in zip(texts, widths, right, strict=False)
    ]
    return f" {' │ '.join(shown)}".rstrip()


def _cell(value: str | None) -> str:
    if value is None:
        return _NULL
    return f'"{_NULL}"' if value == _NULL else clean(value.replace("\n", "↵"))


def counted(shown: TableShown) -> str:
    """`first 20 rows`, `20 of 336,776 rows`, `7 rows`."""
    rows = len(shown.rows)
    if shown.total is None:
        return f"first {rows:,} rows"
    if rows < shown.total:
        return f"{rows:,} of {shown.total:,} rows"
    return f"{shown.total:,} row{'' if shown.total == 1 else 's'}"


def _widths(wanted: Sequence[int], width: int) -> list[int]:
    """The widths of as many columns as fit, long ones cut so that more fit."""
    capped = [min(wide, _WIDEST_CELL) for wide in wanted]
    if len(capped) == 1:
        return [min(wanted[0], max(_NARROWEST_CELL, width - 2))]
    while _total(capped) > width and max(capped, default=0) > _NARROWEST_CELL:
        over, widest = _total(capped) - width, max(capped)
        column = capped.index(widest)
        capped[column] = max(_NARROWEST_CELL, widest - over, _second(capped))
        if capped[column] == widest:
            capped[column] -= 1
    while len(capped) > 1 and _total(capped) > width:
        capped.pop()
    return capped


def _second(widths: Sequence[int]) -> int:
    """The second largest width."""
    return sorted(widths)[-2]


def _total(widths: Sequence[int]) -> int:
    return sum(widths) + 3 * len(widths) - 1


def _is_numeric(kind: str) -> bool:
    return kind.lower().startswith(_NUMERIC) and not kind.lower().startswith("interval")

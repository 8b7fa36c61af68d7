"""Quotes in CSV files that no two readers take the same way.

RFC 4180 knows a quoted field as a whole: a quote, text in which a quote is doubled, a quote, and
then a separator or the end of the line. Where a file keeps to that, engines agree.
"""

from __future__ import annotations

import re
from codecs import BOM_UTF8
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import IO

from plait.data.csv_layout import CsvLayout
from plait.data.text_files import as_data_error, open_bytes
from plait.storage.paths import AnyPath

_BLOCK_BYTES = 8 * 2**20
_BESIDE = "text beside quotes"


@dataclass(frozen=True, slots=True)
class Oddity:
    """A field of a file. line: on which it begins. what: is odd about it."""

    file: AnyPath
    line: int
    what: str


def odd_quotes(files: Sequence[AnyPath], layout: CsvLayout) -> Oddity | None:
    """The first place where quotes are not as in RFC 4180, or a line ends within quotes with a
    carriage return, or at all though the layout has no such fields; None where there is none.
    Quotes inside a field that begins with another character are part of its text.

    A layout without quotes has no such place, but not every engine can be told so.
    Raises DataError.
    """
    quote, sep = layout.quote.encode(), layout.sep.encode()
    if len(quote) != 1 or len(sep) != 1:
        return None
    for file in files:
        with as_data_error(file), open_bytes(file) as content:
            if (found := _odd(file, content, layout)) is not None:
                return found
    return None


def _odd(file: AnyPath, content: IO[bytes], layout: CsvLayout) -> Oddity | None:
    quote = layout.quote.encode()
    special = [each for each in (quote, b"\r", layout.escape.encode()) if each]
    records, opened, whole = _patterns(layout)
    line, rest = 1, b""
    for block in _blocks(content):
        if rest and not any(each in block for each in special):
            # The field goes on; of a quote that is never closed not everything is kept.
            rest += b"\n" * block.count(b"\n")
            continue
        text = rest + block
        if quote in text:
            if layout.escape != layout.quote and _is_escaped(text, layout):
                return Oddity(file, line, f"quotes, with the escape {layout.escape!r}")
            regular = records.match(text)
            end = regular.end() if regular else 0
            line, rest = line + text.count(b"\n", 0, end), text[end:]
            if rest and not opened.fullmatch(rest):
                ended = whole.match(rest) is not None
                return Oddity(file, line, "a line end within quotes" if ended else _BESIDE)
        else:
            line, rest = line + text.count(b"\n"), b""
    return Oddity(file, line, "a quote that is never closed") if rest else None


def _patterns(layout: CsvLayout) -> tuple[re.Pattern[bytes], re.Pattern[bytes], re.Pattern[bytes]]:
    """What matches regular fields, one whose end is still to come, and one with any line ends."""
    quote, sep = re.escape(layout.quote.encode()), re.escape(layout.sep.encode())
    bad_end = rb"\r" if layout.multiline else rb"\r\n"
    begun = rb"%b[^%b%b]*+(?:%b%b[^%b%b]*+)*+" % (
        quote, quote, bad_end, quote, quote, quote, bad_end,
    )  # fmt: skip
    end = rb"(?:%b|\r|\n|\Z)" % sep
    plain = rb"[^%b%b\r\n][^%b\r\n]*+" % (quote, sep, sep)
    return (
        re.compile(rb"(?:(?:%b%b|%b)%b|%b|\r|\n)*+" % (begun, quote, plain, end, sep)),
        re.compile(rb"%b%b?" % (begun, quote)),
        re.compile(rb"%b(?:[^%b]|%b%b)*+(?:%b%b|\Z)" % (quote, quote, quote, quote, quote, end)),
    )


def _is_escaped(block: bytes, layout: CsvLayout) -> bool:
    """Whether a block with quotes has some that the layout's escape is about."""
    escaped = bool(layout.escape) and layout.escape.encode() in block
    return escaped or layout.quote.encode() * 2 in block


def _blocks(content: IO[bytes]) -> Iterator[bytes]:
    """The bytes of a file in pieces that end with a line, quoted or not."""
    rest = content.read(len(BOM_UTF8)).removeprefix(BOM_UTF8)
    while read := content.read(_BLOCK_BYTES):
        cut = read.rfind(b"\n") + 1
        if cut == 0:
            rest += read
            continue
        yield rest + read[:cut]
        rest = read[cut:]
    if rest:
        yield rest

"""Quotes in CSV files that no two readers take the same way.

RFC 4180 knows a quoted field as a whole: a quote, text in which a quote is doubled, a quote, and
then a separator or the end of the line. Where a file keeps to that, engines agree.
"""

from __future__ import annotations

from codecs import BOM_UTF8
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING

from plait.data.csv_layout import CsvLayout
from plait.data.text_files import as_data_error, open_bytes
from plait.storage.paths import AnyPath

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

_BLOCK_BYTES = 8 * 2**20


@dataclass(frozen=True, slots=True)
class Oddity:
    """A place in a file. what: is it text beside quotes, or a line end between them."""

    file: AnyPath
    line: int
    what: str


def odd_quotes(files: Sequence[AnyPath], layout: CsvLayout) -> Oddity | None:
    """The first place where quotes are not as in RFC 4180, or a line ends within quotes with a
    carriage return, or at all though the layout has no such fields; None where there is none.

    A layout without quotes has no such place, but not every engine can be told so.
    Raises DataError.
    """
    quote, sep = layout.quote.encode(), layout.sep.encode()
    if len(quote) != 1 or len(sep) != 1:
        return None
    for file in files:
        with as_data_error(file), open_bytes(file) as content:
            scan = _Scan(file, quote, sep, b"\r" if layout.multiline else b"\r\n")
            for block in _blocks(content):
                if layout.escape != layout.quote and _is_escaped(block, layout):
                    return Oddity(file, scan.line, f"quotes, with the escape {layout.escape!r}")
                if (found := scan.oddity(block)) is not None:
                    return found
            if scan.inside:
                return Oddity(file, scan.opened, "a quote that is never closed")
    return None


def _is_escaped(block: bytes, layout: CsvLayout) -> bool:
    quote = layout.quote.encode()
    escaped = bool(layout.escape) and layout.escape.encode() in block
    return quote in block and (escaped or quote * 2 in block)


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


class _Scan:
    """The state between two blocks of a file: whether a quote is open, and the lines so far."""

    def __init__(self, file: AnyPath, quote: bytes, sep: bytes, ends: bytes) -> None:
        self._file, self._quote, self._ends = file, quote, _table(ends)
        self._regular = _table(b"\n\r" + sep + quote)
        self.line = 1
        self.inside = False
        self.opened = 1

    def oddity(self, block: bytes) -> Oddity | None:
        """The first oddity in the next block."""
        if self.inside or self._quote in block:
            found = self._first(block)
            if found is not None:
                position, what = found
                return Oddity(self._file, self.line + block.count(b"\n", 0, position), what)
        self.line += block.count(b"\n")
        return None

    def _first(self, block: bytes) -> tuple[int, str] | None:
        import numpy as np

        data = np.frombuffer(block, np.uint8)
        quotes = np.flatnonzero(data == self._quote[0])
        # Where a quote opens, the character before it; where one closes, the one after it. A
        # block begins and ends with a line.
        beside = np.empty(len(quotes), np.int64)
        beside[self.inside :: 2] = quotes[self.inside :: 2] - 1
        beside[not self.inside :: 2] = quotes[not self.inside :: 2] + 1
        within = (beside >= 0) & (beside < len(data))
        odd = quotes[~(self._regular[data[beside.clip(0, len(data) - 1)]] | ~within)]
        found = [(int(odd[0]), "text beside quotes")] if len(odd) else []
        if (end := self._line_end(data, quotes)) is not None:
            found.append((end, "a line end within quotes"))
        if not found:
            self._carry(block, quotes)
        return min(found, default=None)

    def _line_end(self, data: npt.NDArray[np.uint8], quotes: npt.NDArray[np.int64]) -> int | None:
        """Where the first line ends within quotes."""
        import numpy as np

        ends = np.flatnonzero(self._ends[data])
        within = ends[(np.searchsorted(quotes, ends) + self.inside) % 2 == 1]
        return int(within[0]) if len(within) else None

    def _carry(self, block: bytes, quotes: npt.NDArray[np.int64]) -> None:
        if len(quotes):
            self.opened = self.line + block.count(b"\n", 0, int(quotes[-1]))
        self.inside = bool((len(quotes) + self.inside) % 2)


def _table(characters: bytes) -> npt.NDArray[np.bool_]:
    """For each byte, whether it is one of `characters`."""
    import numpy as np

    found = np.zeros(256, np.bool_)
    found[list(characters)] = True
    return found

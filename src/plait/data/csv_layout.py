"""How the files of a CSV table are written, and the names in their first record.

The options' defaults are decided here, once for the engines and for what plait reads itself.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice

from plait.data.text_files import open_text
from plait.errors import DataError
from plait.storage.paths import AnyPath

# A header with more lines than this has a quote that never ends.
_HEADER_LINES = 100
_ESCAPED = {"t": "\t", "r": "\r", "b": "\b", "f": "\f", '"': '"', "'": "'", "\\": "\\"}


@dataclass(frozen=True, slots=True)
class CsvLayout:
    """How CSV is written: as the options of a `load` say, and plait's defaults.

    sep: one character or several. quote, escape, comment: one character, or '' for none.
    """

    sep: str
    quote: str
    escape: str
    comment: str
    encoding: str
    header: bool
    multiline: bool

    @staticmethod
    def of(options: Mapping[str, object]) -> CsvLayout:
        """options: by lower-case key."""
        return CsvLayout(
            sep=_unescaped(str(options.get("sep", options.get("delimiter", ",")))),
            quote=str(options.get("quote", '"')),
            escape=str(options.get("escape", '"')),
            comment=str(options.get("comment", "")),
            encoding=str(options.get("encoding", "utf-8")),
            header=bool(options.get("header", False)),
            multiline=bool(options.get("multiline", True)),
        )

    def names(self, files: Sequence[AnyPath]) -> list[str]:
        """The columns' names from the first line with anything in it; `_c0` … without a header.

        Raises DataError for an empty file and a name that is there twice, and OSError.
        """
        fields = self.first_fields(files)
        if not self.header:
            return [f"_c{index}" for index in range(len(fields))]
        names = [name.strip() or f"_c{index}" for index, name in enumerate(fields)]
        times = Counter(name.lower() for name in names)
        if twice := [name for name in names if times[name.lower()] > 1]:
            raise DataError(f"the header names the column '{twice[0]}' twice")
        return names

    def first_fields(self, files: Sequence[AnyPath]) -> list[str]:
        """The fields of the first line of `files` with anything in it.

        Raises DataError where all are empty, and OSError.
        """
        for file in files:
            with open_text(file, self.encoding) as text:
                record = self._first_record(text)
            if record:
                return self._fields(record)
        raise DataError(f"the CSV file '{files[0]}' is empty")

    def _first_record(self, lines: Iterable[str]) -> str:
        """The first line that is neither empty nor a comment; more where a quote goes on."""
        record = ""
        for line in islice((one for one in lines if record or self._counts(one)), _HEADER_LINES):
            record += line
            if not (self.multiline and self.quote and record.count(self.quote) % 2):
                break
        return record

    def _counts(self, line: str) -> bool:
        skipped = self.comment and line.startswith(self.comment)
        return bool(line.strip("\r\n")) and not skipped

    def _fields(self, record: str) -> list[str]:
        """The fields of one record, as Spark takes it apart.

        What follows a closing quote, up to the separator, makes the quotes part of the field.
        """
        sep, quote, escape = (re.escape(one) for one in (self.sep, self.quote, self.escape))
        plain = rf"(?P<plain>.*?)(?P<end>{sep}|\r\n|\n|\r|\Z)"
        field = re.compile(plain, re.DOTALL)
        if self.quote:
            escaped = rf"{escape}{quote}|" if self.escape else ""
            inner = rf"(?P<inner>(?:{escaped}(?!{quote}).)*+)"
            quoted = rf"{quote}{inner}{quote}(?P<stop>{sep}|\r\n|\n|\r|\Z)"
            field = re.compile(f"{quoted}|{plain}", re.DOTALL)
        fields: list[str] = []
        position = 0
        while (found := field.match(record, position)) is not None:
            groups = found.groupdict()
            if (inner_text := groups.get("inner")) is not None:
                fields.append(inner_text.replace(self.escape + self.quote, self.quote))
            else:
                fields.append(groups["plain"])
            position = found.end()
            if (groups.get("stop") or groups.get("end")) != self.sep:
                break
        return fields


def _unescaped(sep: str) -> str:
    r"""A separator with Spark's ways of writing characters: `\t`, `\u0001`."""
    text = re.sub(r"\\u([0-9a-fA-F]{4})", lambda found: chr(int(found[1], 16)), sep)
    return re.sub(r"\\(.)", lambda found: _ESCAPED.get(found[1], found[0]), text)

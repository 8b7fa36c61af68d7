"""What can be loaded and saved, and with which options, as data.

The binder checks options against these tables, the language reference is made from them, and
`plait.data.reader` and `plait.data.writer` give them their meaning. A format or an option
that not every engine has names the engines that have it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

OptionType = Literal["str", "text", "char", "encoding", "int", "float", "bool", "size"]
OptionDefault = str | int | float | bool | None

EVERY_ENGINE = ("sail", "spark")
ONLY_SPARK = ("spark",)


@dataclass(frozen=True, slots=True)
class OptionSpec:
    """One option: its key as it is written, its type and one line of documentation.

    A `text` is a `str` that is not empty, a `char` has one character or none.
    choices: the values allowed, compared without case; empty when any is. default: what holds
    when the option is not given, None when there is none. engines: which engines honour it.
    """

    key: str
    type: OptionType
    doc: str
    choices: tuple[str, ...] = ()
    default: OptionDefault = None
    engines: tuple[str, ...] = EVERY_ENGINE


@dataclass(frozen=True, slots=True)
class Format:
    """One format of `load` and `save`, with the options of either."""

    name: str
    reads: bool
    writes: bool
    read_options: tuple[OptionSpec, ...]
    write_options: tuple[OptionSpec, ...]
    doc: str
    engines: tuple[str, ...] = EVERY_ENGINE

    def option(self, key: str, *, write: bool = False) -> OptionSpec | None:
        """The option called `key`, compared without case as Spark does, or None."""
        specs = self.write_options if write else self.read_options
        return next((spec for spec in specs if spec.key.lower() == key.lower()), None)


_SCHEMA = OptionSpec(
    "schema", "text", "Columns and types, such as `id bigint, name string`; nothing is inferred."
)
_CODECS = ("none", "gzip")
_COMPRESSION = OptionSpec("compression", "str", "Codec of the files.", _CODECS, "none")
_OVERWRITE = OptionSpec(
    "partitionOverwriteMode",
    "str",
    "Only `static`: an overwrite replaces the whole table. `dynamic` is refused.",
    ("static", "dynamic"),
    "static",
)

_CSV_COMMON = (
    OptionSpec("header", "bool", "The first line holds the names of the columns.", (), False),
    OptionSpec("sep", "text", "What stands between two fields.", (), ","),
    OptionSpec("delimiter", "text", "Another name of `sep`."),
    OptionSpec("quote", "char", "The character around a field; empty for none.", (), '"'),
    OptionSpec(
        "escape",
        "char",
        'What stands before a quote inside a quoted field; `"` means that it is doubled.',
        (),
        '"',
    ),
    OptionSpec("nullValue", "str", "The text that stands for null, besides an empty field."),
)
_CSV_READ = (
    *_CSV_COMMON,
    OptionSpec(
        "inferSchema", "bool", "Find the types by reading all rows; else all are text.", (), False
    ),
    _SCHEMA,
    OptionSpec("dateFormat", "text", "Pattern of dates, such as `dd/MM/yyyy`.", (), "yyyy-MM-dd"),
    OptionSpec("timestampFormat", "text", "Pattern of timestamps; ISO 8601 when not given."),
    OptionSpec("multiLine", "bool", "A quoted field may hold line ends.", (), True),
    OptionSpec("comment", "char", "Lines that begin with this character are skipped."),
    OptionSpec("encoding", "encoding", "Character set of the files.", (), "UTF-8", ONLY_SPARK),
    OptionSpec(
        "mode",
        "str",
        "What happens to a row with too many or too few fields.",
        ("PERMISSIVE", "DROPMALFORMED", "FAILFAST"),
        "FAILFAST",
        ONLY_SPARK,
    ),
)
_JSON_READ = (
    _SCHEMA,
    OptionSpec(
        "multiLine", "bool", "One value over several lines in a file.", (), False, ONLY_SPARK
    ),
)
_TEXT_READ = (
    OptionSpec(
        "wholetext", "bool", "One row for a whole file instead of one for a line.", (), False
    ),
)
_LIBSVM_READ = (
    OptionSpec("numFeatures", "int", "Number of features; found by reading when not given."),
    OptionSpec("vectorType", "str", "How features are kept.", ("sparse", "dense"), "sparse"),
)
_PARQUET_READ = (
    OptionSpec(
        "mergeSchema",
        "bool",
        "The table has the columns of all files; else those of the first, by path.",
        (),
        False,
    ),
)
_PARQUET_WRITE = (
    OptionSpec("compression", "str", "Codec of the files.", ("none", "snappy", "gzip", "zstd")),
    _OVERWRITE,
)


def _by_name(*formats: Format) -> Mapping[str, Format]:
    return {spec.name: spec for spec in formats}


FORMATS: Mapping[str, Format] = _by_name(
    Format(
        "parquet",
        True,
        True,
        _PARQUET_READ,
        _PARQUET_WRITE,
        "Columns with types; the usual choice.",
    ),
    Format(
        "csv",
        True,
        True,
        _CSV_READ,
        (*_CSV_COMMON, _COMPRESSION, _OVERWRITE),
        "Text with separators; every column is text unless `inferSchema` or `schema` is given.",
    ),
    Format(
        "json",
        True,
        True,
        _JSON_READ,
        (_COMPRESSION, _OVERWRITE),
        "One JSON object on a line; the schema is found by reading all lines.",
    ),
    Format("text", True, True, _TEXT_READ, (_COMPRESSION,), "One column `value`, a row a line."),
    Format("hive", True, True, (), (_OVERWRITE,), "A table of the lake: `database.table`."),
    Format(
        "libsvm",
        True,
        False,
        _LIBSVM_READ,
        (),
        "Labels and sparse features; columns `label` and `features`.",
        ONLY_SPARK,
    ),
)

"""One small frozen dataclass for each statement of MLSQL.

`span` covers the statement from its first word to the `;` (its first line is what is
underlined); the other spans point at the word that a later error is about. Text in these
nodes is already free of `${variables}`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from plait.errors import Span

SaveMode = Literal["overwrite", "append", "errorIfExists", "ignore"]
SetType = Literal["text", "conf"]


@dataclass(frozen=True, slots=True)
class Option:
    """`key = "value"` of a `where` or `options` clause; numbers keep their text."""

    key: str
    value: str
    span: Span
    value_span: Span


@dataclass(frozen=True, slots=True)
class Name:
    """A table's name, or a part of `format.`path``, where it stands."""

    text: str
    span: Span


@dataclass(frozen=True, slots=True)
class Target:
    """`format.`path`` as it is written in load, save, train and predict."""

    format: Name
    path: Name


@dataclass(frozen=True, slots=True)
class Set:
    """`set name = "value" where type="text";`

    `text_line` is the line of the file on which the value's text begins, so that code kept
    in a variable can report the file's own line numbers.
    """

    name: Name
    value: str
    type: SetType
    text_line: int
    span: Span


@dataclass(frozen=True, slots=True)
class Load:
    """`load format.`path` where k="v" as table;`"""

    source: Target
    options: tuple[Option, ...]
    table: Name
    span: Span


@dataclass(frozen=True, slots=True)
class Select:
    """`select … as table;` – `sql` is everything before the last `as`, untouched."""

    sql: str
    table: Name
    span: Span


@dataclass(frozen=True, slots=True)
class Sql:
    """Any other Spark SQL (`create`, `insert`, `drop` …), passed through."""

    sql: str
    span: Span


@dataclass(frozen=True, slots=True)
class Save:
    """`save overwrite table as format.`path` where … partitionBy a, b;`"""

    mode: SaveMode
    table: Name
    target: Target
    options: tuple[Option, ...]
    partition_by: tuple[Name, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class Train:
    """`train table as Estimator.`path` where … as result;`"""

    table: Name
    target: Target
    options: tuple[Option, ...]
    result: Name | None
    span: Span


@dataclass(frozen=True, slots=True)
class Predict:
    """`predict table as Estimator.`path` where … as out;`"""

    table: Name
    target: Target
    options: tuple[Option, ...]
    result: Name
    span: Span


@dataclass(frozen=True, slots=True)
class ShowTables:
    """`!show tables;`"""

    span: Span


@dataclass(frozen=True, slots=True)
class ShowTable:
    """`!show table 5;` – rows is None where the number is not given."""

    table: Name
    rows: int | None
    span: Span


@dataclass(frozen=True, slots=True)
class Profile:
    """`!profile table;`"""

    table: Name
    span: Span


@dataclass(frozen=True, slots=True)
class LastCommand:
    """`!lastCommand named table;`"""

    table: Name
    span: Span


@dataclass(frozen=True, slots=True)
class Assert:
    """`!assert table 'condition' "message";` – message is None where it is not given."""

    table: Name
    condition: str
    message: str | None
    span: Span


@dataclass(frozen=True, slots=True)
class ShowModels:
    """`!show models `path`;`"""

    path: Name
    span: Span


@dataclass(frozen=True, slots=True)
class Describe:
    """`!desc table;`"""

    table: Name
    span: Span


Statement = (
    Set
    | Load
    | Select
    | Sql
    | Save
    | Train
    | Predict
    | Assert
    | ShowTables
    | ShowTable
    | ShowModels
    | Profile
    | LastCommand
    | Describe
)

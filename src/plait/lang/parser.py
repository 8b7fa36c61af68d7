"""Statements from text: a table from the first word to the function that parses the rest.

All errors of a script are collected; after one, parsing goes on behind the statement's `;`,
or at the next statement when only a `;` was forgotten.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from plait.errors import OptionError, ParseError, PlaitError, nearest, raise_all, suggestion
from plait.lang import sql, template
from plait.lang.cursor import (
    COMMAND_HEADS,
    MOST_ERRORS,
    QUERY_HEADS,
    SQL_HEADS,
    Cursor,
    lookalike,
    short,
    shown,
)
from plait.lang.lexer import (
    Piece,
    Source,
    after_line_end,
    next_piece,
    runaway_string,
)
from plait.lang.sqltext import blank_comments
from plait.lang.statements import (
    Assert,
    Describe,
    LastCommand,
    Load,
    Name,
    Option,
    Predict,
    Profile,
    Save,
    SaveMode,
    Set,
    ShowModels,
    ShowTable,
    ShowTables,
    Statement,
    Target,
    Train,
)
from plait.lang.template import Variable

_MODES: dict[str, SaveMode] = {
    "overwrite": "overwrite",
    "append": "append",
    "errorifexists": "errorIfExists",
    "ignore": "ignore",
}
SAVE_MODES = tuple(_MODES.values())
_LATER = frozenset(("connect", "include", "register"))
MOST_ROWS = 10_000
"""So many rows `!show` prints at most: they are gathered in this process."""
_SET_TYPES = ("text", "conf", "defaultParam")


@dataclass(frozen=True, slots=True)
class Script:
    """A parsed script.

    variables: all variables with the values they have at its end, the command line's too.
    names: those that it sets, reads as `${name}` or loads by `load script.`.
    """

    statements: tuple[Statement, ...]
    variables: Mapping[str, Variable]
    names: frozenset[str] = frozenset()


def parse(
    text: str,
    file: str,
    variables: Mapping[str, str] | None = None,
    earlier: Mapping[str, Variable] | None = None,
) -> Script:
    """The statements of the script `text`.

    file: its name in errors. variables: values given from outside (`--var`). earlier: what
    other scripts of the same session have set.
    Raises the one error of the script, or ScriptErrors with all of them in their order;
    UsageError when a value of `variables` cannot be one.
    """
    source = Source(text, file)
    given = template.from_command_line(variables or {})
    cursor = Cursor(source, {**(earlier or {}), **given})
    statements: list[Statement] = []
    position = 0
    while len(cursor.errors) < MOST_ERRORS:
        piece = next_piece(source.text, position, SQL_HEADS)
        if piece is None:
            break
        position = _read(cursor, piece, statements)
    raise_all(sorted(cursor.errors, key=_place))
    names = template.mentioned(source.text).union(*map(_names, statements))
    return Script(tuple(statements), cursor.variables, names)


def _names(statement: Statement) -> frozenset[str]:
    """The variable that a statement sets or loads."""
    match statement:
        case Set(type="text", name=name):
            return frozenset((name.text,))
        case Load(source=source) if source.format.text.lower() == "script":
            return frozenset((source.path.text,))
        case _:
            return frozenset()


def _place(error: PlaitError) -> tuple[int, int]:
    return (error.span.line, error.span.column) if error.span else (0, 0)


def _read(cursor: Cursor, piece: Piece, statements: list[Statement]) -> int:
    """Parse one statement; gives the offset where the next one begins."""
    if piece.head == ";":
        return piece.end + 1
    if not piece.ended and piece.end < len(cursor.text):
        runaway = runaway_string(cursor.text, piece.start, piece.end)
        opens = piece.end if runaway is None else runaway
        cursor.errors.append(_unclosed(cursor, opens))
        return after_line_end(cursor.text, opens)
    cursor.enter(piece)
    try:
        statements.append(_STATEMENTS.get(piece.head, _other)(cursor))
    except ParseError as error:
        cursor.errors.append(error)
    if cursor.resume is not None:
        return cursor.resume
    if not piece.ended:
        cursor.errors.append(_no_semicolon(cursor, piece))
    return piece.end + 1


def _other(cursor: Cursor) -> Statement:
    """A statement that begins with a variable, or with a word that begins none."""
    piece, text = cursor.piece, cursor.text
    if text.startswith("${", piece.start):
        statement = sql.from_variable(cursor)
        if statement is not None:
            return statement
        raise ParseError("the variable does not begin a statement of SQL", span=cursor.span)
    span = cursor.source.span(piece.start, piece.start + len(piece.head))
    if not piece.head.isidentifier():
        hint = lookalike(piece.head)
        raise ParseError(f"expected a statement, found {shown(piece.head)}", span=span, hint=hint)
    if piece.head in _LATER:
        raise ParseError(f"the statement '{piece.head}' is not in this version", span=span)
    near = nearest(piece.head, [word for word in _STATEMENTS if word.isalpha()])
    others = (
        "a statement begins with set, load, select, save, train, predict, !show, !desc or "
        "another word of Spark SQL such as create or insert"
    )
    raise ParseError(
        f"no statement begins with '{short(piece.head)}'",
        span=span,
        hint=f"did you mean '{near}'?" if near else others,
    )


def _unclosed(cursor: Cursor, offset: int) -> ParseError:
    kinds = {"'''": "text", "/*": "comment", "`": "name or path", '"': "string", "'": "string"}
    mark = next(mark for mark in kinds if cursor.text.startswith(mark, offset))
    return ParseError(
        f"the {kinds[mark]} that opens here with {mark} is never closed",
        span=cursor.source.span(offset, offset + len(mark)),
        hint=f"close it with {'*/' if mark == '/*' else mark}",
    )


def _no_semicolon(cursor: Cursor, piece: Piece) -> ParseError:
    written = blank_comments(cursor.text[piece.start : piece.end]).rstrip()
    end = piece.start + len(written)
    return ParseError(
        "the last statement does not end with ';'",
        span=cursor.source.span(max(piece.start, end - 1), end),
        hint="expected ';' after this",
    )


def _set(cursor: Cursor) -> Set:
    name = cursor.key("the name of a variable")
    try:
        return _set_value(cursor, name)
    except ParseError:
        # Known although its value is not, so that its later uses are no errors too.
        unknown = Variable("_", name.span.line, name.span, cursor.source.file)
        cursor.variables.setdefault(name.text, unknown)
        raise


def _set_value(cursor: Cursor, name: Name) -> Set:
    token = cursor.literal(name)
    value = cursor.value(token)
    quotes = (3 if token.text.startswith("'''") else 1) if token.kind == "text" else 0
    line = cursor.source.line(token.start + quotes)
    options = cursor.options()
    span = cursor.finish(_more(options))
    kind = _set_type(cursor, options) if options else "text"
    if kind == "conf":
        return Set(name, value, "conf", line, span)
    if not template.valid_name(name.text):
        raise ParseError(f"'{name.text}' cannot be the name of a variable", span=name.span)
    known = cursor.variables.get(name.text)
    if kind == "defaultParam" and known is not None and not known.earlier:
        return Set(name, known.value, "text", known.text_line, span)
    cursor.variables[name.text] = Variable(value, line, span, cursor.source.file)
    return Set(name, value, "text", line, span)


def _set_type(cursor: Cursor, options: tuple[Option, ...]) -> str:
    by_lower = {kind.lower(): kind for kind in _SET_TYPES}
    kind = "text"
    for option in options:
        if option.key.lower() != "type":
            problem, span = f"set has no option '{short(option.key)}'", option.span
            hint = suggestion(option.key, ["type"])
        elif option.value.lower() not in by_lower:
            problem, span = f"'{short(option.value)}' is not a type of set", option.value_span
            hint = suggestion(option.value, _SET_TYPES)
        else:
            kind = by_lower[option.value.lower()]
            continue
        cursor.errors.append(OptionError(problem, span=span, hint=hint))
    return kind


def _load(cursor: Cursor) -> Load:
    source = cursor.target()
    options = cursor.options()
    if not cursor.accept("as"):
        raise cursor.expected(_more(options), "as")
    return Load(source, options, cursor.name("a name for the table"), cursor.finish())


def _save(cursor: Cursor) -> Save:
    mode: SaveMode = "errorIfExists"
    word = cursor.peek().text.lower()
    if word in _MODES and cursor.peek(1).text.lower() != "as":
        cursor.accept(word)
        mode = _MODES[word]
    table = cursor.name("the name of a table")
    if not cursor.accept("as"):
        near = nearest(table.text, list(_MODES.values()))
        raise cursor.expected("as", hint=f"did you mean 'save {near}'?" if near else None)
    target = cursor.target()
    options: tuple[Option, ...] = ()
    columns: tuple[Name, ...] = ()
    while True:
        if not options and cursor.next_is("where", "options"):
            options = cursor.options()
        elif not columns and cursor.accept("partitionby"):
            columns = _columns(cursor)
        else:
            break
    rest = (_more(options),) if columns else (_more(options), "partitionBy")
    return Save(mode, table, target, options, columns, cursor.finish(*rest))


def _columns(cursor: Cursor) -> tuple[Name, ...]:
    names = [cursor.name("the name of a column")]
    while cursor.accept_symbol(","):
        names.append(cursor.name("the name of a column"))
    return tuple(names)


def _fitting(cursor: Cursor) -> tuple[Name, Target, tuple[Option, ...]]:
    """What train and predict have in common: `` t as Estimator.`path` where … ``."""
    table = cursor.name("the name of a table")
    if not cursor.accept("as"):
        raise cursor.expected("as")
    return table, cursor.target(), cursor.options()


def _train(cursor: Cursor) -> Train:
    table, target, options = _fitting(cursor)
    if not cursor.accept("as"):
        return Train(table, target, options, None, cursor.finish(_more(options), "as"))
    result = cursor.name("a name for the result")
    return Train(table, target, options, result, cursor.finish())


def _predict(cursor: Cursor) -> Predict:
    table, target, options = _fitting(cursor)
    if not cursor.accept("as"):
        raise cursor.expected(_more(options), "as")
    result = cursor.name("a name for the result")
    return Predict(table, target, options, result, cursor.finish())


def _bang(cursor: Cursor) -> Statement:
    if cursor.accept("desc"):
        return Describe(cursor.name("the name of a table"), cursor.finish())
    if cursor.accept("assert"):
        return _assert(cursor)
    if cursor.accept("profile"):
        return Profile(cursor.name("the name of a table"), cursor.finish())
    if cursor.accept("lastcommand"):
        if not cursor.accept("named"):
            raise cursor.expected("named")
        return LastCommand(cursor.name("a name for the table"), cursor.finish())
    if not cursor.accept("show"):
        raise cursor.expected("show", "desc", "assert", "profile", "lastCommand")
    if cursor.accept("tables"):
        return ShowTables(cursor.finish())
    if not cursor.accept("models"):
        return _show_table(cursor)
    token = cursor.accept_kind("quoted", "text")
    if token is None:
        raise cursor.expected("the path of the models in backticks")
    path = Name(cursor.value(token), cursor.source.span(token.start, token.end))
    return ShowModels(path, cursor.finish())


def _assert(cursor: Cursor) -> Assert:
    table = cursor.name("the name of a table")
    condition = cursor.accept_kind("text")
    if condition is None:
        raise cursor.expected("a condition in quotes")
    message = cursor.accept_kind("text")
    text = None if message is None else cursor.value(message)
    return Assert(table, cursor.value(condition), text, cursor.finish())


def _show_table(cursor: Cursor) -> ShowTable:
    if cursor.peek().kind not in ("word", "quoted") or cursor.next_is("table", "model"):
        raise cursor.expected("tables", "models")
    table = cursor.name("the name of a table")
    number = cursor.accept_kind("number")
    if number is not None and not (number.text.isdecimal() and 0 < int(number.text) <= MOST_ROWS):
        span = cursor.source.span(number.start, number.end)
        raise ParseError(f"rows are shown by a number from 1 to {MOST_ROWS}", span=span)
    return ShowTable(table, None if number is None else int(number.text), cursor.finish())


def _more(options: tuple[Option, ...]) -> str:
    """The word that may follow: one more option, or the first."""
    return "and" if options else "where"


_STATEMENTS: dict[str, Callable[[Cursor], Statement]] = {
    "set": _set,
    "load": _load,
    "save": _save,
    "train": _train,
    "run": _train,
    "predict": _predict,
    "!": _bang,
    **dict.fromkeys(QUERY_HEADS, sql.query),
    **dict.fromkeys(COMMAND_HEADS, sql.command),
}

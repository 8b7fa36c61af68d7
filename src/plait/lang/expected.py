"""What may stand at the end of a text: the parser itself says it, by what it misses there."""

from __future__ import annotations

from dataclasses import dataclass

from plait.errors import ParseError, PlaitError, ScriptErrors
from plait.lang.cursor import SQL_HEADS
from plait.lang.lexer import next_piece
from plait.lang.parser import parse

# No statement has this character, so the parser stops at it and says what it wants.
_NOTHING = "\ufffd"


@dataclass(frozen=True, slots=True)
class Unfinished:
    """The statement in which a text ends. offset: where it begins. head: its first word, in
    lower case. opens: the offset of the quote in which the text ends, None outside of quotes.
    """

    offset: int
    head: str
    opens: int | None


def unfinished(text: str) -> Unfinished | None:
    """The statement in which `text` ends; None where one is yet to begin."""
    position = 0
    while (piece := next_piece(text, position, SQL_HEADS)) is not None:
        if not piece.ended:
            return Unfinished(
                piece.start, piece.head, piece.end if piece.end < len(text) else None
            )
        position = piece.end + 1
    return None


def expected(statement: str) -> tuple[str, ...]:
    """What the parser expects behind the beginning of one statement: words, or in words.

    Variables count as known, whatever their names.
    """
    try:
        parse(f"{statement}{_NOTHING};", "<typed>")
    except ScriptErrors as error:
        return next((found for each in error.errors if (found := _at_the_end(each))), ())
    except PlaitError as error:
        return _at_the_end(error)
    return ()


def _at_the_end(error: PlaitError) -> tuple[str, ...]:
    """What an error misses where the text ends; nothing for one that is about something else."""
    span = error.span
    if not isinstance(error, ParseError) or span is None:
        return ()
    return error.expected if span.text[span.column - 1 :].startswith(_NOTHING) else ()

"""Statements that a person types, one at a time: at a prompt, in a notebook, after `-e`.

The last of them may lack its `;`, and a query its name.
"""

from __future__ import annotations

from plait.lang.cursor import QUERY_HEADS, SQL_HEADS
from plait.lang.lexer import Piece, next_piece
from plait.lang.sql import names_a_table
from plait.lang.sqltext import blank_comments, has_insert

UNNAMED = "_"


def ended(text: str) -> bool:
    """Whether `text` is done: its last statement has its `;`, or there is none."""
    piece = _last(text)
    return piece is None or piece.ended


def completed(text: str) -> str:
    """`text` with what its last statement lacks: ` as _` for a query without a name, and `;`.

    What is added stands right behind the statement, so that every other position stays.
    """
    piece = _last(text)
    if piece is None or (not piece.ended and piece.end < len(text)):
        return text  # nothing, or a string that is never closed
    body = blank_comments(text[piece.start : piece.end]).rstrip()
    end = piece.start + len(body)
    query = piece.head in QUERY_HEADS and not has_insert(body)
    name = f" as {UNNAMED}" if query and not names_a_table(body) else ""
    semicolon = "" if piece.ended or piece.head == ";" else ";"
    return f"{text[:end]}{name}{semicolon}{text[end:]}"


def _last(text: str) -> Piece | None:
    """The last statement."""
    last, position = None, 0
    while (piece := next_piece(text, position, SQL_HEADS)) is not None:
        last, position = piece, piece.end + 1
        if not piece.ended:
            break
    return last

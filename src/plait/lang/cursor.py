"""A cursor over the tokens of one statement, and the parts that statements share.

The parser's functions ask it for a word, a name, a target, options; it gives them with
variables expanded, or raises what should have stood there.
"""

from __future__ import annotations

import re

from plait.errors import BindError, OptionError, ParseError, PlaitError, Span, nearest, suggestion
from plait.lang import template
from plait.lang.lexer import PART, Piece, Source, Token, tokenize
from plait.lang.statements import Name, Option, Target
from plait.lang.template import Variable

MLSQL_HEADS = frozenset(("set", "load", "save", "train", "run", "predict", "!"))
QUERY_HEADS = frozenset(("select", "with", "from", "values", "table", "("))
COMMAND_HEADS = frozenset(
    """create insert drop refresh alter show describe desc cache uncache clear use explain
    analyze msck truncate merge update delete replace comment reset""".split()  # noqa: SIM905
)
SQL_HEADS = QUERY_HEADS | COMMAND_HEADS
HEADS = MLSQL_HEADS | SQL_HEADS

MOST_ERRORS = 100
"""A script with more errors than this is no script; the rest is not read."""

_LOOKALIKES = {"；": ";", "，": ",", "＝": "=", "．": ".", "。": ".", "｀": "`", "！": "!"}
_LOOKALIKES |= dict.fromkeys("“”„＂", '"') | dict.fromkeys("‘’＇", "'")

_part = re.compile(PART)
_OPTION = 'an option such as key="value"'
_END = Piece("", 0, 0, True)


class Cursor:
    """Where the parser is in one script.

    errors: those that do not end the statement are added here, the others are raised.
    resume: where another statement begins inside the current one, when a `;` was forgotten.
    """

    __slots__ = ("_at", "_tokens", "errors", "piece", "resume", "source", "text", "variables")

    def __init__(self, source: Source, variables: dict[str, Variable]) -> None:
        self.source = source
        self.text = source.text
        self.variables = variables
        self.errors: list[PlaitError] = []
        self.piece = _END
        self.resume: int | None = None
        self._tokens: list[Token] = []
        self._at = 0

    def enter(self, piece: Piece) -> None:
        """Go to the second word of a statement; SQL is not cut into tokens."""
        self.piece = piece
        self.resume = None
        self._at = 1
        if piece.head in MLSQL_HEADS:
            self._tokens = tokenize(self.text, piece.start, piece.end)

    @property
    def span(self) -> Span:
        """The position of the whole statement."""
        return self.source.span(self.piece.start, self.piece.end)

    # Tokens

    def peek(self, ahead: int = 0) -> Token:
        """The next token, or the one `ahead` of it; the last one is of kind `end`."""
        return self._tokens[min(self._at + ahead, len(self._tokens) - 1)]

    def next_is(self, *words: str) -> bool:
        """Whether one of these keywords (in lower case) comes next."""
        token = self._tokens[self._at]
        return token.kind == "word" and token.text.lower() in words

    def accept(self, *words: str) -> bool:
        """Step over one of these keywords if it comes next."""
        token = self._tokens[self._at]
        if token.kind == "word" and token.text.lower() in words:
            self._at += 1
            return True
        return False

    def accept_symbol(self, symbol: str) -> bool:
        """Step over this character if it comes next."""
        token = self._tokens[self._at]
        if token.text == symbol and token.kind == "symbol":
            self._at += 1
            return True
        return False

    def accept_kind(self, *kinds: str) -> Token | None:
        """Step over a token of one of these kinds if it comes next."""
        token = self._tokens[self._at]
        if token.kind in kinds:
            self._at += 1
            return token
        return None

    def finish(self, *also: str) -> Span:
        """The statement must end here (or go on with one of `also`); gives its span."""
        if self._tokens[self._at].kind != "end":
            raise self.expected(*also, ";")
        return self.source.span(self.piece.start, self.piece.end)

    # Errors

    def expected(self, *what: str, hint: str | None = None) -> ParseError:
        """The error that one of `what` should stand where the next token stands.

        Where that token begins a statement on a new line, a `;` was forgotten, and parsing
        goes on there.
        """
        token = self.peek()
        words = [word for word in what if " " not in word]
        wanted = " or ".join(f"'{word}'" if word in words else word for word in what)
        span = self.source.span(token.start, max(token.end, token.start + 1))
        heads = token.kind in ("word", "symbol") and token.text.lower() in HEADS
        if heads and self._at and self.source.first_on_line(token.start):
            self.resume = token.start
            return ParseError(
                f"expected {wanted} before '{token.text}'",
                span=span,
                hint=hint or "does the statement above lack its ';'?",
            )
        end = "';'" if self.piece.ended else "the end of the script"
        found = end if token.kind == "end" else shown(token.text)
        error = ParseError(
            f"expected {wanted}, found {found}", span=span, hint=hint or self._hint(token, words)
        )
        error.expected = what
        return error

    def _hint(self, token: Token, words: list[str]) -> str | None:
        before = self._tokens[self._at - 1] if self._at else token
        if before.kind == "text" and ("\n" in before.text or "\r" in before.text):
            first, last = self.source.line(before.start), self.source.line(before.end)
            return f"the string before it runs from line {first} to {last}: is that its end?"
        if token.kind == "symbol":
            return lookalike(token.text)
        near = nearest(token.text, words) if token.kind == "word" else None
        return f"did you mean '{near}'?" if near else None

    # Text with variables

    def expand(self, text: str, offset: int) -> str:
        """`text`, which stands at `offset` of the script, with its variables' values."""
        if "${" not in text:
            return text
        return template.expand(text, self.variables, self._unknown_at(offset))

    def value(self, token: Token) -> str:
        """What a token stands for: without quotes and escapes, with variables' values."""
        text = token.text
        kind = token.kind
        if kind == "text":
            if text.startswith("'''") and len(text) >= 6:
                return self.expand(text[3:-3], token.start + 3)
            if "\\" not in text and "${" not in text:
                return text[1:-1]
            unknown = self._unknown_at(token.start + 1)
            return template.expand_quoted(text[1:-1], text[0], self.variables, unknown)
        if text.startswith("`"):
            return self.expand(text[1:-1], token.start + 1).replace("``", "`")
        return self.expand(text, token.start)

    def _unknown_at(self, base: int) -> template.Unknown:
        def unknown(name: str | None, offset: int, length: int) -> str:
            if len(self.errors) >= MOST_ERRORS:
                return "_"
            span = self.source.span(base + offset, base + offset + length)
            self.errors.append(self._unknown(name, span))
            return "_"

        return unknown

    def _unknown(self, name: str | None, span: Span) -> PlaitError:
        if name is None:
            return ParseError(
                "'${' is not followed by the name of a variable and '}'",
                span=span,
                hint="for the text itself write \\${",
            )
        near = suggestion(name, list(self.variables)) or "no variable is set"
        return BindError(
            f"unknown variable '{short(name)}'",
            span=span,
            hint=f"{near}; for the text itself write \\${{{short(name)}}}",
        )

    # Parts of statements

    def name(self, what: str) -> Name:
        """A table's or column's name: a word or anything in backticks."""
        token = self.accept_kind("word", "quoted")
        if token is None:
            quoted = self.peek().kind == "text"
            hint = "write the name without quotes, or in backticks" if quoted else None
            raise self.expected(what, hint=hint)
        return self.name_of(token)

    def name_of(self, token: Token) -> Name:
        """The name that a word or a backticked token stands for. Raises ParseError."""
        text = self.value(token)
        span = self.source.span(token.start, token.end)
        if token.kind == "quoted":
            if not text.strip():
                raise ParseError("a name cannot be empty", span=span)
        elif not text.isidentifier() and not re.fullmatch(r"\w+", text):
            hint = "a table of a script has no '.' in its name" if "." in token.text else None
            raise ParseError(f"expected a name, found '{short(text)}'", span=span, hint=hint)
        return Name(text, span)

    def key(self, what: str) -> Name:
        """`a.b`, `` `a.b` `` or a mixture of both, and the `=` behind it."""
        first = token = self.peek()
        text = ""
        while token.kind in ("word", "quoted") and self.peek(1).text == ".":
            text += self.value(token) + "."
            self._at += 2
            token = self.peek()
        if token.kind != "key":
            raise self._no_key(what)
        self._at += 1
        text += self.value(token)
        span = self.source.span(first.start, token.end)
        if not text.strip():
            raise ParseError(f"expected {what}, found nothing between the backticks", span=span)
        return Name(text, span)

    def _no_key(self, what: str) -> ParseError:
        """The key is missing, or what stands behind it is no `=`."""
        if self.next_is("and", "as", "partitionby"):
            return self.expected(what)
        if self.accept_kind("word", "quoted") is None:
            return self.expected(what)
        hint = "a key with other characters than letters, digits, _ and . needs backticks"
        return self.expected("=", hint=hint if self.peek().text == "-" else None)

    def target(self) -> Target:
        """`` format.`path` ``; the path may be quoted too, or a chain of names."""
        head = self.accept_kind("word")
        if head is None:
            raise self.expected("a format and a path such as parquet.`/data/t`")
        found = _part.match(head.text)
        stop = head.start + (found.end() if found else len(head.text))
        kind = Token("word", self.text[head.start : stop], head.start, stop)
        parts: list[str] = []
        begin, end = stop + 1, head.end
        if stop < head.end:
            parts.append(self.expand(self.text[begin:end], begin))
        while self.accept_symbol("."):
            token = self.accept_kind("quoted", "text", "word", "number")
            if token is None:
                raise self.expected("a path in backticks")
            begin, end = begin if parts else token.start, token.end
            parts.append(self.value(token))
        if not parts:
            raise self.expected(f".`path` after '{short(kind.text)}'")
        path = Name(".".join(parts), self.source.span(begin, end))
        if not path.text.strip():
            raise ParseError("expected a path, found nothing between the quotes", span=path.span)
        return Target(self.name_of(kind), path)

    def options(self) -> tuple[Option, ...]:
        """`where k="v" and …`, or nothing. A key given twice is an error."""
        if not self.accept("where", "options"):
            return ()
        found = [self._option()]
        while self.accept("and"):
            found.append(self._option())
        seen: dict[str, Option] = {}
        for option in found:
            first = seen.setdefault(option.key, option).span
            if first is not option.span:
                self.errors.append(
                    OptionError(
                        f"the option '{option.key}' is given twice",
                        span=option.span,
                        hint=f"it is given in line {first.line}, column {first.column} already",
                    )
                )
        return tuple(found)

    def _option(self) -> Option:
        key = self.key(_OPTION)
        token = self.literal(key)
        span = self.source.span(token.start, token.end)
        return Option(key.text, self.value(token), key.span, span)

    def literal(self, of: Name) -> Token:
        """The value of a key: a string, a number, true, false or a variable."""
        token = self.accept_kind("text", "number")
        if token is not None:
            return token
        token = self.peek()
        lower = token.text.lower()
        if token.kind == "word" and (lower in ("true", "false") or "${" in lower):
            self._at += 1
            return token
        quotable = token.kind in ("word", "quoted") and lower not in HEADS | {"and", "as"}
        hint = f'write "{short(token.text.strip("`"))}"' if quotable else None
        raise self.expected(f"a value for '{short(of.text)}'", hint=hint)


def short(text: str) -> str:
    """At most 40 characters of the first line of `text`."""
    lines = text[:200].splitlines()
    line = lines[0] if lines else ""
    return line if len(line) <= 40 else line[:37] + "…"


def shown(text: str) -> str:
    """A token as an error shows it."""
    if len(text) == 1 and not text.isprintable():
        return f"the character U+{ord(text):04X}"
    return short(text) if text.startswith(("'", '"')) and len(text) > 1 else f"'{short(text)}'"


def lookalike(character: str) -> str | None:
    """The hint for a character that only looks like one of the language."""
    meant = _LOOKALIKES.get(character)
    return f"{character} only looks like {meant} – write {meant}" if meant else None

"""The prompt: reads statements, runs them in one session, prints what they make."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

from prompt_toolkit import PromptSession
from prompt_toolkit.auto_suggest import AutoSuggestFromHistory
from prompt_toolkit.completion import CompleteEvent, Completer, Completion
from prompt_toolkit.document import Document
from prompt_toolkit.history import FileHistory, History, InMemoryHistory
from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent
from prompt_toolkit.lexers import PygmentsLexer
from pygments.lexers.sql import SqlLexer

from plait.console.foreground import followed
from plait.console.live import LiveScreen
from plait.errors import CancelledError, PlaitError, UsageError
from plait.lang.typed import completed, ended
from plait.shell.commands import HELP, command, is_command
from plait.shell.completion import completions

if TYPE_CHECKING:
    from plait.console.out import Out
    from plait.session import Session

_PROMPT, _MORE = "plait> ", "     | "


class _Names:
    """The names of a session, for completion; the columns of each table are asked for once."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._columns: dict[str, Sequence[str]] = {}

    def tables(self) -> Sequence[str]:
        """Its tables, and those of the lake."""
        return self._session.tables

    def columns(self, table: str) -> Sequence[str]:
        """The columns of a table; none where the engine does not say them."""
        if table not in self._columns:
            with contextlib.suppress(PlaitError):
                self._columns[table] = self._session.table(table).columns
        return self._columns.get(table, ())

    def variables(self) -> Sequence[str]:
        """The variables that are set."""
        return tuple(self._session.variables)

    def forget(self) -> None:
        """The tables may be others now."""
        self._columns.clear()


class _Completer(Completer):
    def __init__(self, names: _Names) -> None:
        self._names = names

    def get_completions(self, document: Document, _: CompleteEvent) -> Iterator[Completion]:
        """What may stand at the cursor."""
        for found in completions(document.text_before_cursor, self._names):
            yield Completion(found.text, -found.length, display_meta=found.meaning)


class Shell:
    """One session at a prompt."""

    def __init__(self, session: Session, out: Out, history: Path) -> None:
        self._session = session
        self._out = out
        self._names = _Names(session)
        self._prompt: PromptSession[str] = PromptSession(
            _PROMPT,
            history=_history(history),
            completer=_Completer(self._names),
            complete_in_thread=True,
            complete_while_typing=False,
            auto_suggest=AutoSuggestFromHistory(),
            lexer=PygmentsLexer(SqlLexer),
            multiline=True,
            prompt_continuation=lambda *_: _MORE,
            key_bindings=_keys(),
        )

    def run(self, asked_to_end: Callable[[], bool]) -> None:
        """Read and run statements until the user leaves, or the process is asked to end."""
        self._out.line("plait: Tab completes, help explains, exit leaves")
        while not asked_to_end():
            try:
                if not self._input(self._prompt.prompt().strip()):
                    return
            except KeyboardInterrupt:
                continue
            except EOFError:
                return

    def _input(self, text: str) -> bool:
        """Do what was typed; False when the user leaves."""
        if not text.strip(" ;"):
            return True
        if not is_command(text):
            self.statements(text)
            return True
        try:
            asked = command(text)
        except UsageError as error:
            self._out.line(error.render())
            return True
        match asked:
            case "help":
                self._out.line(HELP)
            case "leave":
                return False
            case statements, file:
                self.statements(statements, file)
        return True

    def statements(self, text: str, file: str = "<shell>") -> None:
        """Run what was typed and print what it makes, or what is wrong with it.

        file: where the text stands, for errors.
        """
        screen = LiveScreen(self._out, brief=True)
        try:
            with closing(screen):
                followed(
                    lambda on_event, cancel: self._session.run(
                        completed(text), file, on_event=on_event, cancel=cancel
                    ),
                    screen.on,
                    lambda: screen.note("stopping …"),
                )
        except CancelledError as error:
            screen.note(error.message)
        except PlaitError as error:
            screen.error(error.render())
        self._names.forget()


def _history(path: Path) -> History:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600)
    except OSError:
        return InMemoryHistory()
    return FileHistory(str(path))


def _keys() -> KeyBindings:
    """Enter ends the input when its last statement has ended, and begins a line otherwise."""
    keys = KeyBindings()

    @keys.add("enter")
    def _(event: KeyPressEvent) -> None:
        buffer = event.current_buffer
        text = buffer.text.strip()
        if buffer.complete_state and buffer.complete_state.current_completion:
            buffer.complete_state = None
        elif ended(text) or is_command(text):
            buffer.validate_and_handle()
        else:
            buffer.insert_text("\n")

    return keys

"""The magics, and how a run is drawn while a cell waits for it."""

from __future__ import annotations

import logging
import sys
import time
from contextlib import closing
from typing import TYPE_CHECKING, Any

from plait.console import html
from plait.console import text as show
from plait.console.foreground import followed
from plait.console.live import LiveScreen
from plait.console.out import Out
from plait.console.summary import RunSummary
from plait.errors import UsageError
from plait.events import Envelope, Notice, StepLog, TableShown
from plait.lang.typed import completed
from plait.session import Session, default_session

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell

    from plait.table import RunResult

_DRAWN_SECONDS = 0.2


def load_ipython_extension(ipython: InteractiveShell) -> None:
    """What `%load_ext plait` calls: give a notebook `%%mlsql` and `%plait`."""
    # Ray's import says in a notebook that it misses ipywidgets, with which it draws nothing here.
    logging.getLogger("ray.widgets.util").setLevel(logging.WARNING)
    magics = _Magics(ipython)
    ipython.register_magic_function(magics.mlsql, "cell", "mlsql")
    ipython.register_magic_function(magics.plait, "line", "plait")


class _Magics:
    """The magics of one notebook, which share one session."""

    def __init__(self, ipython: InteractiveShell) -> None:
        self._ipython = ipython
        self._own: Session | None = None

    @property
    def _session(self) -> Session:
        return default_session() if self._own is None or self._own.closed else self._own

    def mlsql(self, line: str, cell: str) -> RunResult | None:
        """Run the cell's statements; the last `;` and the last query's name may be left out."""
        if line.strip():
            raise UsageError("%%mlsql stands alone on its line", hint="statements begin below it")
        return self._run(cell)

    def plait(self, line: str) -> RunResult | Session | None:
        """`%plait STATEMENT` runs one; `%plait NAME` takes the Session that the variable NAME
        holds; `%plait` shows the session.
        """
        given = self._ipython.user_ns.get(line.strip())
        if isinstance(given, Session):
            self._own = given
        elif line.strip():
            return self._run(line)
        return self._session

    def _run(self, text: str) -> RunResult | None:
        session, file = self._session, f"cell [{len(self._ipython.user_ns['In']) - 1}]"
        browser = hasattr(self._ipython, "kernel")
        cell = _Cell() if browser else None
        screen = cell or LiveScreen(Out(sys.stdout), brief=True)
        with closing(screen):
            result = followed(
                lambda on_event, cancel: session.run(
                    completed(text), file, on_event=on_event, cancel=cancel
                ),
                screen.on,
                lambda: screen.note("stopping …"),
                (lambda: None) if cell is None else cell.draw,
            )
        return result if browser else None


class _Cell:
    """Draws a run below its cell: running steps while it goes on, then how long it took."""

    def __init__(self) -> None:
        from IPython.display import HTML, display

        self._html = HTML
        self._summary = RunSummary()
        self._drawn = time.monotonic()
        self._note = ""
        self._handle: Any = display(HTML(""), display_id=True)

    def on(self, envelope: Envelope) -> None:
        """Draw one event."""
        from IPython.display import display

        event = envelope.event
        self._summary.add(event)
        match event:
            case StepLog():
                print(f"{show.clean(event.source)} | {show.clean(event.text)}")
            case Notice(level="warning"):
                print(f"warning: {show.clean(event.text)}")
            case TableShown() if event is not self._summary.last:
                display(self._html(html.table(event)))
            case _:
                self.draw()

    def draw(self) -> None:
        """Show the running steps as they are now, unless that was done a moment ago."""
        if self._summary.run is None or time.monotonic() - self._drawn < _DRAWN_SECONDS:
            return
        self._drawn = time.monotonic()
        self._handle.update(self._html(html.progress(self._summary, self._note)))

    def note(self, text: str) -> None:
        """Say something that is no event."""
        self._note, self._drawn = text, 0.0
        self.draw()

    def close(self) -> None:
        """Leave one line where the running steps were."""
        end = self._summary.end
        words = "" if end is None else f"{end.status} in {show.seconds(end.seconds)}"
        self._handle.update(self._html(f"<small>{words}</small>"))

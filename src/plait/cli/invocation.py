"""What a command is, and what it is given."""

from __future__ import annotations

import argparse
import contextlib
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from plait.cli.interrupts import Interrupts
from plait.errors import UsageError, suggestion

if TYPE_CHECKING:
    from plait.cli.options import Option
    from plait.console.out import Out
    from plait.session import Session
    from plait.settings import Settings

DONE, FAILED = 0, 1


@dataclass(frozen=True, slots=True)
class Invocation:
    """What every command is given: its options and where it writes.

    arguments: those of a Python script.
    """

    options: argparse.Namespace
    arguments: list[str]
    out: Out
    interrupts: Interrupts

    def settings(self) -> Settings:
        """The settings of the options, over those of file and environment. Raises UsageError."""
        from plait.settings import load_settings

        overrides: dict[str, object] = dict(self.options.settings)
        names = ("engine", "lake", "profile", "accept")
        for name, key in {**dict(zip(names, names, strict=True)), "ray": "ray.address"}.items():
            value = getattr(self.options, name, None)
            if value is not None:
                overrides[key] = value
        return load_settings(overrides)

    @property
    def file(self) -> str:
        """The script's name: its path, or where else its text comes from."""
        if self.options.execute is not None:
            return "<command line>"
        path: str = self.options.file
        return "<stdin>" if path == "-" else path

    def script(self) -> str:
        """The text of the script. Raises UsageError for what cannot be read as text."""
        if self.options.execute is not None:
            from plait.lang.typed import completed

            return completed(self.options.execute)
        path: str = self.options.file
        try:
            if path == "-":
                return sys.stdin.buffer.read().decode("utf-8-sig")
            return Path(path).read_text(encoding="utf-8-sig")
        except IsADirectoryError:
            raise UsageError(f"'{path}' is a folder, not a script") from None
        except FileNotFoundError:
            raise UsageError(f"there is no file '{path}'", hint=_near_file(path)) from None
        except UnicodeDecodeError as problem:
            at, byte = problem.start, problem.object[problem.start]
            raise UsageError(
                f"'{self.file}' is not UTF-8 text: byte {at} is 0x{byte:02x}"
            ) from None
        except (OSError, ValueError) as problem:
            reason = getattr(problem, "strerror", None) or str(problem)
            raise UsageError(f"'{path}' cannot be read: {reason}") from None

    @contextlib.contextmanager
    def session(self) -> Iterator[Session]:
        """A session with the settings of the options, closed at the end. Raises UsageError."""
        settings = self.settings()
        from plait.session import Session

        session = Session(settings)
        try:
            yield session
        finally:
            with self.interrupts.deferred():
                session.close()


@dataclass(frozen=True, slots=True)
class Command:
    """One command.

    name: one word, or two for a command of a group (`models list`). run: does it and gives
    the exit code. description: what its own help begins with, `help` when empty.
    """

    name: str
    run: Callable[[Invocation], int]
    help: str
    options: tuple[Option, ...]
    description: str = ""


def _near_file(path: str) -> str | None:
    wanted = Path(path)
    try:
        there = [entry.name for entry in wanted.parent.iterdir() if entry.is_file()]
    except (OSError, ValueError):
        return None
    hint = suggestion(wanted.name, there)
    return hint if hint.startswith("did you mean") else None

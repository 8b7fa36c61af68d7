"""The user's code as in the file of the script: its lines, modules, tracebacks."""

from __future__ import annotations

import importlib.abc
import importlib.machinery
import importlib.util
import linecache
import sys
import textwrap
import traceback
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from types import CodeType, FrameType, ModuleType
from typing import Any

from plait.worker.messages import ScriptText

CHILD_MODULE = "plait.worker.script.child"
_LONGEST_HEADLINE = 1000
_LONGEST_TRACEBACK = 20_000


@dataclass(frozen=True, slots=True)
class Script:
    """One script; line 1 of `text` is line `first_line` of `file`."""

    name: str
    text: str
    file: str
    first_line: int

    @classmethod
    def of(cls, given: ScriptText) -> Script:
        """The script of a request."""
        return cls(given["name"], given["text"], given["file"], given["first_line"])

    def compile(self) -> CodeType:
        """The code; its line numbers are those of `file`. Raises SyntaxError."""
        return compile("\n" * (self.first_line - 1) + self.unindented(), self.file, "exec")

    def unindented(self) -> str:
        """The text as it is compiled: a block that is indented as a whole is not any more."""
        first = next((line for line in self.text.splitlines() if line.strip()), "")
        return textwrap.dedent(self.text) if first[:1].isspace() else self.text


class Scripts(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """The scripts of one task, while it runs: importable by name, shown in tracebacks.

    A context manager; when it ends the worker process knows nothing of them any more.
    """

    def __init__(self, scripts: Sequence[Script], entry: str) -> None:
        self._by_name = {script.name: script for script in scripts}
        self._entry = entry
        self.files = frozenset(script.file for script in scripts)

    def __enter__(self) -> Scripts:
        for file in self.files:
            lines = self._lines_of(file)
            linecache.cache[file] = (sum(map(len, lines)), None, lines, file)
        self._before = sys.modules.get("__main__"), sys.argv
        sys.argv = [self._file]
        sys.meta_path.insert(0, self)
        return self

    def __exit__(self, *_: object) -> None:
        sys.meta_path.remove(self)
        main, sys.argv = self._before
        if main is not None:
            sys.modules["__main__"] = main
        for name in self._by_name:
            module = sys.modules.get(name)
            if module is not None and module.__loader__ is self:
                _pickle_by_value(module, False)
                del sys.modules[name]
        for file in self.files:
            linecache.cache.pop(file, None)

    @property
    def _file(self) -> str:
        """The file of the entry script, as an absolute path where this machine has it."""
        file = self._by_name[self._entry].file
        return str(Path(file).absolute()) if Path(file).is_file() else file

    def run(self) -> None:
        """Execute the entry script as `__main__`. Raises what it raises."""
        main = ModuleType("__main__")
        # By this name a new process of multiprocessing finds what it is to run as its main module.
        main.__spec__ = importlib.util.find_spec(CHILD_MODULE)
        sys.modules["__main__"] = main
        self.run_in(main.__dict__)

    def run_in(self, names: dict[str, Any]) -> None:
        """Execute the entry script with these global names. Raises what it raises."""
        names["__file__"] = self._file
        exec(self._by_name[self._entry].compile(), names)

    def find_spec(self, fullname: str, *_: object) -> importlib.machinery.ModuleSpec | None:
        """The other scripts, by their name."""
        if fullname not in self._by_name or fullname == self._entry:
            return None
        script = self._by_name[fullname]
        return importlib.util.spec_from_loader(fullname, self, origin=script.file)

    def exec_module(self, module: ModuleType) -> None:
        """Run a script as a module; what it defines travels into pickles by value."""
        _pickle_by_value(module, True)
        exec(self._by_name[module.__name__].compile(), module.__dict__)

    def _lines_of(self, file: str) -> list[str]:
        lines: list[str] = []
        for script in self._by_name.values():
            if script.file != file:
                continue
            own = [f"{line}\n" for line in script.text.split("\n")]
            start = script.first_line - 1
            lines.extend(["\n"] * (start + len(own) - len(lines)))
            for offset, line in enumerate(own):
                lines[start + offset] = line if line.strip() else lines[start + offset]
        return lines


def _pickle_by_value(module: ModuleType, on: bool) -> None:
    """No other process can import `module`; Ray's cloudpickle and the public one are two."""
    for name in ("cloudpickle", "ray.cloudpickle"):
        try:
            pickler = importlib.import_module(name)
        except ImportError:
            continue
        register = pickler.register_pickle_by_value if on else pickler.unregister_pickle_by_value
        try:
            register(module)
        except ValueError:
            continue


def user_traceback(error: BaseException, files: frozenset[str]) -> str:
    """The traceback with the frames of `files` alone, and where in a library it ended."""
    report = traceback.TracebackException.from_exception(error)
    _keep(report, files, set())
    return shortened("".join(report.format()).rstrip(), _LONGEST_TRACEBACK)


def _keep(
    report: traceback.TracebackException | None, files: frozenset[str], seen: set[int]
) -> None:
    if report is None or id(report) in seen:
        return
    seen.add(id(report))
    frames = list(report.stack)
    users = [frame for frame in frames if frame.filename in files]
    if users and frames[-1].filename not in files and not _is_ours(frames[-1].filename):
        users.append(frames[-1])
    report.stack = traceback.StackSummary.from_list(users)
    _keep(report.__cause__, files, seen)
    _keep(report.__context__, files, seen)
    for inner in getattr(report, "exceptions", None) or ():
        _keep(inner, files, seen)


def _is_ours(file: str) -> bool:
    return Path(__file__).parents[1] in Path(file).parents


def user_line(error: BaseException, files: frozenset[str]) -> int | None:
    """The line of the innermost frame of `files`, or of the syntax error itself."""
    if isinstance(error, SyntaxError) and error.filename in files:
        return error.lineno
    line = None
    step = error.__traceback__
    while step is not None:
        frame: FrameType = step.tb_frame
        if frame.f_code.co_filename in files:
            line = step.tb_lineno
        step = step.tb_next
    return line


def headline(error: BaseException) -> str:
    """`ValueError: what was wrong`; of an error of a nested Ray task, its own cause."""
    cause = getattr(error, "cause", None)
    if isinstance(cause, BaseException) and type(error).__module__.startswith("ray."):
        error = cause
    message = error.msg if isinstance(error, SyntaxError) else _text(error)
    first = shortened(message.strip().split("\n")[0], _LONGEST_HEADLINE)
    return f"{type(error).__name__}: {first}" if first else type(error).__name__


def shortened(text: str, limit: int) -> str:
    """`text`, without its middle when it is longer than `limit` characters."""
    if len(text) <= limit:
        return text
    return f"{text[: limit // 2]} … {text[len(text) - limit // 2 :]}"


def _text(error: BaseException) -> str:
    """What an exception says; an exception's own `str()` may be wrong too."""
    try:
        return str(error)
    except Exception:
        return ""

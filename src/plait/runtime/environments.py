"""Runtime environments of a run: resolved before anything runs, built while data is read."""

from __future__ import annotations

import importlib.metadata
import importlib.util
import re
import threading
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field

from packaging.utils import canonicalize_name

from plait.compute.environment import (
    Environments,
    EnvironmentSpec,
    RuntimeEnvironment,
    parse,
)
from plait.errors import EnvironmentBuildError, OptionError
from plait.events import Emit, Notice
from plait.plan.steps import Code
from plait.runtime.preparation import Preparation

_PACKAGE = re.compile(r"^([A-Za-z0-9][A-Za-z0-9._-]*)", re.MULTILINE)
# Modules whose package has quite another name.
_BROUGHT_BY = {
    "PIL": "pillow", "bs4": "beautifulsoup4", "cv2": "opencv", "dateutil": "python-dateutil",
    "skimage": "scikit-image", "sklearn": "scikit-learn", "yaml": "pyyaml",
}  # fmt: skip


@dataclass(slots=True)
class EnvironmentPool:
    """Builds each environment of a run once; those that differ are built one after another.

    Two builds at a time would fight for the same disk and network and end no sooner. Safe for
    several threads. numbers: of the steps by which builds are shown.
    """

    environments: Environments
    emit: Emit
    cancel: threading.Event
    numbers: Iterator[int]
    _resolved: dict[str, EnvironmentSpec] = field(default_factory=dict)
    _locks: dict[str, str] = field(default_factory=dict)
    _builds: dict[str, Future[RuntimeEnvironment]] = field(default_factory=dict)
    _pool: ThreadPoolExecutor | None = None
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def resolve(self, code: Code | None) -> None:
        """Determine the exact packages of an environment; nothing is built.

        Raises EnvironmentBuildError with uv's reason, CancelledError.
        """
        if code is None:
            return
        with self._lock:
            spec = None if code.text in self._resolved else parse(code)
            if spec is None:
                return
            for notice in spec.notices:
                self.emit(Notice(f"environment {code.name}: {notice}", level="warning"))
            self._locks[code.text] = self.environments.resolve(spec, self.cancel)
            self._resolved[code.text] = spec

    def lacks(self, code: Code | None, module: str, *, local: bool) -> bool:
        """Whether an environment that was resolved does not seem to bring a Python module.

        code: None for plait's own. local: whether Python runs on this machine, whose own
        environment can be looked at.
        """
        if code is None:
            return local and importlib.util.find_spec(module) is None
        lock = self._locks.get(code.text)
        if lock is None:
            return False
        packages = {canonicalize_name(name) for name in _PACKAGE.findall(lock)}
        known = importlib.metadata.packages_distributions().get(module, [])
        known = [canonicalize_name(name) for name in (*known, _BROUGHT_BY.get(module, module))]
        return not any(name in package for name in known for package in packages)

    def begin(self) -> None:
        """Begin to build what was resolved."""
        with self._lock:
            if self._resolved and self._pool is None:
                self._pool = ThreadPoolExecutor(1, thread_name_prefix="plait-environment")
            for text, spec in self._resolved.items():
                if self._pool is not None and text not in self._builds:
                    self._builds[text] = self._pool.submit(self._build, spec, next(self.numbers))

    def of_version(self, name: str, file: str, text: str | None, lock: str | None) -> Code | None:
        """What a model version's environment is rebuilt from; None means plait's own.

        Its own text where that still gives the packages of its lock, so that training and
        predicting share one environment; the lock itself where it would give others now.
        """
        if text is None:
            return None
        written = Code(name, text, file, 1)
        try:
            spec = parse(written)
        except OptionError:  # an older plait knew how to read it
            if lock is None:
                raise
            return Code(name, lock, file, 1)
        if lock is None or spec is None:
            return written
        try:
            same = self.environments.resolve(spec, self.cancel).strip() == lock.strip()
        except EnvironmentBuildError:
            same = False
        return written if same else Code(name, lock, file, 1)

    def get(self, code: Code | None) -> RuntimeEnvironment | None:
        """The finished environment; None means the platform's own interpreter."""
        if code is None:
            return None
        self.resolve(code)
        self.begin()
        build = self._builds.get(code.text)
        return None if build is None else build.result()

    def close(self) -> None:
        """Begin no further build; one that is under way ends by `cancel`."""
        if self._pool is not None:
            self._pool.shutdown(wait=False, cancel_futures=True)

    def _build(self, spec: EnvironmentSpec, number: int) -> RuntimeEnvironment:
        """Build one, shown as a step of its own, unless it is there already."""
        step = Preparation(
            self.emit, number, "environment", spec.code.name, "uv", spec.code.first_line
        )
        with step:
            return self.environments.build(spec, step.progress, self.cancel)

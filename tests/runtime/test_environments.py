from __future__ import annotations

import threading
from itertools import count
from pathlib import Path

import pytest

from plait.compute.environment import Environments
from plait.errors import OptionError
from plait.runtime.environments import EnvironmentPool


def test_a_version_whose_environment_is_no_longer_understood_has_its_lock(tmp_path: Path) -> None:
    pool = EnvironmentPool(Environments(tmp_path), lambda _: None, threading.Event(), count(1))
    text = "dependencies:\n  - no-such-name\n"
    rebuilt = pool.of_version("version 1", "/m", text, "no-such-name==1.2\n")
    assert rebuilt is not None and rebuilt.text == "no-such-name==1.2\n"
    with pytest.raises(OptionError, match="no-such-name"):
        pool.of_version("version 1", "/m", text, None)

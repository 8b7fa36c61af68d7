"""What a check leaves behind: nothing."""

from __future__ import annotations

import threading
from pathlib import Path

import psutil

from plait.session import connect

SCRIPT = """
set py = 'print(1)';
load script.`py` as py;
set env = '
dependencies:
  - pip:
    - iniconfig==2.0.0
';
load script.`env` as env;
select 1 as a as t;
train t as PythonAlg.`{folder}/model` where scripts="py" and condaFile="env";
"""


def own_threads() -> set[str]:
    """Threads of this process, without the unnamed pool by which PySpark releases its results."""
    names = {thread.name for thread in threading.enumerate()}
    return {name for name in names if not name.startswith("ThreadPoolExecutor-")}


def test_a_check_resolves_environments_and_leaves_nothing_running(tmp_path: Path) -> None:
    """It once began to build the environment, in a thread that nobody ended."""
    cache = tmp_path / "cache"
    with connect(tmp_path / "lake", engine="sail", cache=str(cache)) as session:
        session.run("select 1 as a as warm;")  # the session's engine runs from here on
        threads = own_threads()
        children = {child.pid for child in psutil.Process().children(recursive=True)}

        session.check(SCRIPT.format(folder=tmp_path))

        assert own_threads() == threads
        assert {child.pid for child in psutil.Process().children(recursive=True)} <= children
        assert not session.resources.cluster.started
        made = [path for path in (cache / "environments").iterdir() if path.is_dir()]
        assert made == []
        locks = list((cache / "environments").glob("*.lock"))
        assert ["iniconfig==2.0.0" in lock.read_text() for lock in locks] == [True]

"""Folders of a Ray on this machine: those of the living stay, those of the killed go."""

from __future__ import annotations

import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from plait.compute import local_ray

HOME_AND_DIE = """
import os, signal
from plait.compute import local_ray
home, lease = local_ray._new_home()
print(home, flush=True)
os.kill(os.getpid(), signal.SIGKILL)
"""


def test_the_folder_of_a_killed_process_is_removed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    base = Path("/tmp") / f"pr-{tmp_path.name[-8:]}"  # sockets below it have short paths alone
    base.mkdir()
    monkeypatch.setenv("TMPDIR", str(base))
    monkeypatch.setattr("tempfile.tempdir", str(base))
    try:
        alive, lease = local_ray._new_home()
        command = [sys.executable, "-c", HOME_AND_DIE]
        ended = subprocess.run(command, capture_output=True, text=True, timeout=60)
        assert ended.returncode == -signal.SIGKILL, ended.stderr
        dead = Path(ended.stdout.strip())
        assert sorted(base.iterdir()) == sorted([alive, dead])
        other, second = local_ray._new_home()
        assert sorted(base.iterdir()) == sorted([alive, other])
        lease.release()
        second.release()
    finally:
        shutil.rmtree(base)

"""Run folders, and outputs that survive the death of whoever was publishing them."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from plait.data import commit
from plait.data.commit import RunFolder, sweep
from plait.data.files import listing
from plait.storage.lease import FOREIGN_SECONDS, give_up


def _table(folder: Path, text: str, name: str = "a.csv") -> Path:
    folder.mkdir(parents=True)
    (folder / name).write_text(text)
    return folder


def _dies(code: str, *args: object) -> None:
    """Run `code` in a process that kills itself with -9 at the call of `die()`."""
    head = (
        "import os, signal, sys\nfrom pathlib import Path\n"
        "from plait.data import commit\nfrom plait.data.commit import RunFolder\n"
        "def die(*_): os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", head + code, *map(str, args)], check=False, timeout=60
    )
    assert done.returncode == -signal.SIGKILL


def test_a_run_folder_is_made_and_removed(tmp_path: Path) -> None:
    run = RunFolder.create(tmp_path, "r1")
    assert run.path == tmp_path / "_staging" / "r1"
    assert run.local_folder("x").is_dir()
    lease = json.loads((run.path / "owner.json").read_text())
    assert lease["pid"] == os.getpid()
    run.remove()
    run.remove()
    assert list(tmp_path.iterdir()) == []


def test_a_living_run_is_not_swept(tmp_path: Path) -> None:
    run = RunFolder.create(tmp_path, "alive")
    assert sweep(tmp_path) == ()
    assert run.path.is_dir()


def test_a_dead_run_is_swept_with_what_lies_beside_its_outputs(tmp_path: Path) -> None:
    lake, outside = tmp_path / "lake", tmp_path / "outside"
    outside.mkdir()
    _dies(
        "run = RunFolder.create(Path(sys.argv[1]), 'dead')\n"
        "run.beside(Path(sys.argv[2]) / 't').mkdir()\ndie()",
        lake,
        outside,
    )
    assert len(list(outside.iterdir())) == 1
    assert sweep(lake) == ("dead",)
    assert list(outside.iterdir()) == []
    assert list((lake / "_staging").iterdir()) == []


def test_another_hosts_run_is_left_until_its_heartbeat_is_old(tmp_path: Path) -> None:
    run = RunFolder.create(tmp_path, "far")
    lease = {"host": "another-host", "pid": 1, "started": 0.0}
    (run.path / "owner.json").write_text(json.dumps(lease))
    assert sweep(tmp_path) == ()
    long_ago = time.time() - FOREIGN_SECONDS - 60
    os.utime(run.path / "owner.json", (long_ago, long_ago))
    assert sweep(tmp_path) == ("far",)


def test_a_run_that_another_host_swept_publishes_nothing(tmp_path: Path) -> None:
    """As when this process slept for hours, and wakes up while its folder is removed."""
    run = RunFolder.create(tmp_path, "slept")
    target = _table(tmp_path / "t", "old")
    staged = _table(run.unique("s"), "new")
    give_up(run.path / "owner.json")
    with pytest.raises(OSError, match="another host"):
        commit.replace(run, staged, target)
    with pytest.raises(OSError, match="another host"):
        commit.add(run, staged, target)
    assert [file.read_text() for file in target.iterdir()] == ["old"]


def test_a_process_number_used_again_is_not_the_owner(tmp_path: Path) -> None:
    run = RunFolder.create(tmp_path, "old")
    lease = json.loads((run.path / "owner.json").read_text())
    (run.path / "owner.json").write_text(json.dumps({**lease, "started": 1.0}))
    assert sweep(tmp_path) == ("old",)


def test_replace_puts_the_new_in_the_place_of_the_old(tmp_path: Path) -> None:
    run = RunFolder.create(tmp_path, "r")
    target = _table(tmp_path / "t", "old")
    commit.replace(run, _table(run.unique("s"), "new", "b.csv"), target)
    assert [f.name for f in target.iterdir()] == ["b.csv"]
    run.remove()
    assert [f.name for f in tmp_path.iterdir()] == ["t"]


@pytest.mark.parametrize("fatal_rename", [1, 2, 3])
def test_a_death_in_an_overwrite_leaves_the_old_or_the_new(
    tmp_path: Path, fatal_rename: int
) -> None:
    target = _table(tmp_path / "t", "old")
    _dies(
        "root, fatal = Path(sys.argv[1]), int(sys.argv[2])\n"
        "run = RunFolder.create(root, 'dead')\n"
        "staged = run.unique('s'); staged.mkdir(); (staged / 'a.csv').write_text('new')\n"
        "real, count = Path.rename, [0]\n"
        "def rename(self, to):\n"
        "    count[0] += 1\n"
        "    if count[0] == fatal: die()\n"
        "    return real(self, to)\n"
        "Path.rename = rename\n"
        "commit.exchange = lambda one, other: False\n"  # as where the file system cannot
        "if fatal == 3: commit._undo_overwrite = die\n"
        "commit.replace(run, staged, root / 't')\ndie()",
        tmp_path,
        fatal_rename,
    )
    assert sweep(tmp_path) == ("dead",)
    assert (target / "a.csv").read_text() == ("new" if fatal_rename == 3 else "old")
    assert sorted(f.name for f in tmp_path.rglob("*")) == ["_staging", "a.csv", "t"]


@pytest.mark.parametrize(("moment", "left"), [("before", "old"), ("after", "new")])
def test_a_death_while_two_folders_change_places(tmp_path: Path, moment: str, left: str) -> None:
    target = _table(tmp_path / "t", "old")
    _dies(
        "root, moment = Path(sys.argv[1]), sys.argv[2]\n"
        "run = RunFolder.create(root, 'dead')\n"
        "staged = run.unique('s'); staged.mkdir(); (staged / 'a.csv').write_text('new')\n"
        "real = commit.exchange\n"
        "def exchange(one, other):\n"
        "    if moment == 'after': real(one, other)\n"
        "    die()\n"
        "commit.exchange = exchange\n"
        "commit.replace(run, staged, root / 't')",
        tmp_path,
        moment,
    )
    assert sweep(tmp_path) == ("dead",)
    assert (target / "a.csv").read_text() == left
    assert sorted(f.name for f in tmp_path.rglob("*")) == ["_staging", "a.csv", "t"]


def test_an_output_is_never_missing_while_several_replace_it(tmp_path: Path) -> None:
    target = _table(tmp_path / "t", "old")
    replaced = threading.Event()

    def replace() -> None:
        run = RunFolder.create(tmp_path)
        for _ in range(30):
            commit.replace(run, _table(run.unique("s"), "new"), target)
        run.remove()

    def look() -> set[str]:
        found = set()
        while not replaced.is_set():
            found.add(",".join(entry.path.name for entry in listing(target).files))
        return found

    with ThreadPoolExecutor(3) as pool:
        seen = pool.submit(look)
        writers = [pool.submit(replace) for _ in range(2)]
        try:
            for writer in writers:
                writer.result()
        finally:
            replaced.set()
        assert seen.result() == {"a.csv"}
    assert [f.name for f in tmp_path.iterdir()] == ["t"]


def test_a_death_in_an_append_is_undone(tmp_path: Path) -> None:
    target = _table(tmp_path / "t", "old")
    _dies(
        "root = Path(sys.argv[1])\nrun = RunFolder.create(root, 'dead')\n"
        "staged = run.unique('s')\n"
        "for n in ('a.csv', 'k=1/b.csv', 'k=2/c.csv'):\n"
        "    f = staged / n; f.parent.mkdir(parents=True, exist_ok=True); f.write_text('new')\n"
        "real, count = Path.rename, [0]\n"
        "def rename(self, to):\n"
        "    count[0] += 1\n"
        "    if count[0] == 3: die()\n"
        "    return real(self, to)\n"
        "Path.rename = rename\ncommit.add(run, staged, root / 't')",
        tmp_path,
    )
    assert (target / "k=1").is_dir()
    sweep(tmp_path)
    assert [(f.name, f.read_text()) for f in target.iterdir()] == [("a.csv", "old")]


def test_an_append_that_fails_is_undone_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = RunFolder.create(tmp_path, "r")
    target = _table(tmp_path / "t", "old")
    staged = _table(run.unique("s"), "new")
    _table(staged / "k=1", "new")
    real, calls = Path.rename, [0]

    def rename(self: Path, to: Path) -> Path:
        calls[0] += 1
        if calls[0] == 2:
            raise OSError("no space left")
        return real(self, to)

    monkeypatch.setattr(Path, "rename", rename)
    with pytest.raises(OSError, match="no space"):
        commit.add(run, staged, target)
    assert [f.read_text() for f in target.iterdir()] == ["old"]


def test_discard_removes_a_folder_whole(tmp_path: Path) -> None:
    commit.discard(tmp_path, _table(tmp_path / "t", "x"))
    assert list(tmp_path.iterdir()) == []
    left = _table(tmp_path / "_staging" / ".dropped-1", "half removed")
    assert sweep(tmp_path) == (".dropped-1",)
    assert not left.exists()

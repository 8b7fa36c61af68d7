"""The main module of a process that multiprocessing starts anew (`spawn`, `forkserver`).

It is found by name (see `Scripts.run`), under which it is the training's script itself, with the
lines of its file; other scripts are importable as they are in the training.
"""

from __future__ import annotations

from plait.worker.script.children import run_again

if __name__ == "__mp_main__":
    run_again(globals())

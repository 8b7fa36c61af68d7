"""What every task of plait is in its worker process: preparation, the function, its answer."""

from __future__ import annotations

import traceback
from typing import Any

from plait.worker import channel
from plait.worker.memory import bounded
from plait.worker.messages import TaskAnswer
from plait.worker.script import ray_init


def run(token: str, function: bytes, request: Any, memory_bytes: int | None) -> TaskAnswer:
    """Call the pickled `function` with `request` and return its answer or its failure.

    token: marks what is printed as this task's. memory_bytes: the limit of `bounded`.

    An exception is returned as text, because its class may not exist, or not unpickle, where
    it is read. Raises KeyboardInterrupt alone (the task was cancelled).
    """
    with channel.whole_lines(), channel.marked(token):
        try:
            from ray import cloudpickle

            ray_init.install()
            ray_init.watch_children()
            call = cloudpickle.loads(function)
            with channel.announcing_exit(), bounded(memory_bytes):
                return {"value": call(request)}
        except KeyboardInterrupt:
            raise
        except BaseException as error:
            return {"error": _headline(error), "traceback": _traceback(error)}
        finally:
            if ray_init.has_children():
                channel.send({"kind": "children"})


def _headline(error: BaseException) -> str:
    if isinstance(error, SystemExit):
        return f"it called sys.exit({error.code!r})"
    return "".join(traceback.format_exception_only(error)).strip().splitlines()[-1]


def _traceback(error: BaseException) -> str:
    """The traceback without the frame of this file, which says nothing to its reader."""
    frames = error.__traceback__
    while frames is not None and frames.tb_frame.f_code.co_filename == __file__:
        frames = frames.tb_next
    return "".join(traceback.format_exception(type(error), error, frames))

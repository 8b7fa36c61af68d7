from __future__ import annotations

import threading
import time
from pathlib import Path
from typing import Any

from plait.errors import CancelledError, ResourceError, TaskError
from plait.plan.training import Resources
from plait.worker.messages import TaskMessage
from tests.compute.conftest import SPAN, Tasks
from tests.conftest import wait_until


def test_value_lines_and_messages(tasks: Tasks, capfd: Any) -> None:
    def work(payload: dict[str, Any]) -> int:
        import sys

        from plait.worker import channel

        print("first")
        print("half a line", end="")
        for message in payload["messages"]:
            channel.send(message)
        print("careful", file=sys.stderr)
        return int(payload["number"]) + 40

    messages: list[TaskMessage] = [
        {"kind": "metric", "name": "auc", "value": 0.5},
        {"kind": "log", "text": "zeile\n::ü"},
        {"kind": "progress", "fraction": 0.25, "text": ""},
        {"kind": "model", "name": "prediction"},
        {"kind": "rows", "rows": 7},
    ]
    ran = tasks.run(work, work, payload={"messages": messages})
    assert [o.value for o in ran.outcomes] == [40, 41]
    for name in ("group 0", "group 1"):
        lines = [(text, stream) for source, text, stream in ran.lines if source == name]
        assert [text for text, stream in lines if stream == "stdout"] == ["first", "half a line"]
        assert ("careful", "stderr") in lines
        assert [message for source, message in ran.messages if source == name] == messages
    assert "first" not in "".join(capfd.readouterr())


def test_a_failure_carries_its_own_traceback(tasks: Tasks) -> None:
    def fails(payload: dict[str, Any]) -> None:
        raise ValueError("no such luck")

    ran = tasks.run(fails, lambda _payload: "fine")
    error = ran.outcomes[0].error
    assert isinstance(error, TaskError)
    assert error.message == "group 0 failed: ValueError: no such luck"
    assert error.span == SPAN
    assert "in fails" in str(error.cause) and "entry.py" not in str(error.cause)
    assert (ran.outcomes[1].value, ran.outcomes[1].error) == ("fine", None)


def test_an_exception_that_cannot_travel(tasks: Tasks) -> None:
    def fails(payload: dict[str, Any]) -> None:
        class Odd(Exception):
            def __reduce__(self) -> Any:
                raise TypeError("never")

        raise Odd("stays here")

    error = tasks.run(fails).outcomes[0].error
    assert isinstance(error, TaskError) and "stays here" in error.message


def test_leaving_the_process_is_not_tried_again(tasks: Tasks) -> None:
    def leaves(payload: dict[str, Any]) -> None:
        import os

        print("last words")
        os._exit(3)

    ran = tasks.run(leaves)
    error = ran.outcomes[0].error
    assert isinstance(error, TaskError) and "os._exit(3)" in error.message
    assert [text for _, text, _ in ran.lines] == ["last words"]


def test_a_killed_worker_is_tried_again(tasks: Tasks, tmp_path: Path) -> None:
    def once_killed(payload: dict[str, Any]) -> str:
        import os
        import signal
        from pathlib import Path

        mark = Path(payload["mark"])
        if not mark.exists():
            mark.touch()
            os.kill(os.getpid(), signal.SIGKILL)
        return "done"

    ran = tasks.run(once_killed, payload={"mark": str(tmp_path / "mark")})
    assert (ran.outcomes[0].value, ran.outcomes[0].error) == ("done", None)
    assert any("try 2 of 3" in text for _, text, _ in ran.lines)


def test_a_worker_that_always_dies_is_an_error(tasks: Tasks) -> None:
    def killed(payload: dict[str, Any]) -> None:
        import os
        import signal

        os.kill(os.getpid(), signal.SIGKILL)

    error = tasks.run(killed, retries=1).outcomes[0].error
    assert isinstance(error, TaskError)
    assert "the process of group 0 ended" in error.message


def test_cancel_is_soft_first(tasks: Tasks, tmp_path: Path) -> None:
    def waits(payload: dict[str, Any]) -> None:
        import time
        from pathlib import Path

        try:
            Path(payload["mark"]).write_text("begun")
            while True:
                time.sleep(0.05)
        except KeyboardInterrupt:
            Path(payload["mark"]).write_text("cleaned up")
            raise

    cancel, mark = threading.Event(), tmp_path / "mark"

    def cancel_once_begun() -> None:
        wait_until(mark.exists, seconds=60)
        cancel.set()

    threading.Thread(target=cancel_once_begun, daemon=True).start()
    ran = tasks.run(waits, payload={"mark": str(mark)}, cancel=cancel)
    assert isinstance(ran.outcomes[0].error, CancelledError)
    assert (tmp_path / "mark").read_text() == "cleaned up"


def test_cancel_is_forced_on_code_that_does_not_listen(tasks: Tasks) -> None:
    def deaf(payload: dict[str, Any]) -> None:
        import time

        time.sleep(300)

    cancel = threading.Event()
    threading.Timer(1, cancel.set).start()
    ran = tasks.run(deaf, deaf, deaf, cancel=cancel)  # the third one has not even begun
    assert all(isinstance(o.error, CancelledError) for o in ran.outcomes)


def test_scripts_that_start_and_stop_ray_themselves(tasks: Tasks) -> None:
    def script(payload: dict[str, Any]) -> list[int]:
        import ray

        with ray.init() as connected:
            assert connected.address_info["address"] == ray.get_runtime_context().gcs_address
            assert connected["session_dir"].startswith("/") and len(connected) == 9

        @ray.remote(num_cpus=2)
        def square(x: int) -> int:
            print(f"square {x}")
            return x * x

        found = ray.get([square.remote(i) for i in range(4)])
        ray.shutdown()
        return list(found)

    # The script's own CPU is lent to its tasks while it waits, or this would never end.
    ran = tasks.run(script)
    assert ran.outcomes[0].value == [0, 1, 4, 9]
    assert {("group 0", f"square {i}", "stdout") for i in range(4)} <= set(ran.lines)


def test_a_nested_task_that_can_never_run_is_named(tasks: Tasks) -> None:
    def script(payload: dict[str, Any]) -> Any:
        import ray

        @ray.remote(num_cpus=2, num_gpus=1)
        def train_on_gpu(x: int) -> int:
            return x

        return ray.get([train_on_gpu.remote(i) for i in range(3)])

    def innocent(payload: dict[str, Any]) -> str:
        import time

        time.sleep(8)
        return "fine"

    started = time.monotonic()
    ran = tasks.run(script, innocent)
    assert time.monotonic() - started < 20
    error = ran.outcomes[0].error
    assert isinstance(error, ResourceError)
    assert "'train_on_gpu', started in group 0, asks for 2 CPU, 1 GPU" in error.message
    assert "--set ray.num_gpus=1" in str(error.hint)
    assert ran.outcomes[1].value == "fine", "the one beside it is not blamed"


def test_an_actor_and_a_placement_group_that_can_never_be(tasks: Tasks) -> None:
    def actor(payload: dict[str, Any]) -> Any:
        import ray

        @ray.remote(num_gpus=3)
        class Trainer:
            def go(self) -> None: ...

        return ray.get(Trainer.remote().go.remote())  # type: ignore[attr-defined]

    error = tasks.run(actor).outcomes[0].error
    assert isinstance(error, ResourceError) and "'Trainer'" in error.message

    def group(payload: dict[str, Any]) -> Any:
        import ray
        from ray.util.placement_group import placement_group

        return ray.get(placement_group([{"CPU": 64}]).ready())

    error = tasks.run(group).outcomes[0].error
    assert isinstance(error, ResourceError) and "64 CPU" in error.message
    from ray.util import placement_group_table

    # It does not wait on, to be taken for one of the next task.
    assert wait_until(
        lambda: all(group["state"] == "REMOVED" for group in placement_group_table().values())
    )


def test_more_memory_than_asked_for(tasks: Tasks) -> None:
    def grows(payload: dict[str, Any]) -> None:
        held = []
        while True:
            held.append(bytearray(5_000_000))

    def leaps(payload: dict[str, Any]) -> int:
        return len(bytearray(20_000_000_000))

    def behaves(payload: dict[str, Any]) -> int:
        return len(bytearray(50_000_000))

    ran = tasks.run(grows, leaps, behaves, resources=Resources(memory=300 * 2**20))
    grown, leapt, behaved = ran.outcomes
    assert isinstance(grown.error, TaskError)
    assert "asked for 300 MiB" in grown.error.message and "in grows" in str(grown.error.cause)
    assert isinstance(leapt.error, TaskError) and "MemoryError" in leapt.error.message
    assert behaved.value == 50_000_000


def test_many_small_tasks(tasks: Tasks) -> None:
    ran = tasks.run(*[lambda payload: payload["number"]] * 30)
    assert [o.value for o in ran.outcomes] == list(range(30))


def test_lines_arrive_whole(tasks: Tasks) -> None:
    def prints(payload: dict[str, Any]) -> None:
        for number in range(30_000):
            print("line", number)
        print("y" * 1_000_000)

    ran = tasks.run(prints)
    lines = [text for _, text, _ in ran.lines]
    assert lines[:-1] == [f"line {number}" for number in range(30_000)]
    assert lines[-1].startswith("yyy") and len(lines[-1]) < 11_000


def test_code_that_interrupts_itself_has_failed(tasks: Tasks) -> None:
    def interrupts(payload: dict[str, Any]) -> None:
        raise KeyboardInterrupt

    error = tasks.run(interrupts).outcomes[0].error
    assert isinstance(error, TaskError) and "KeyboardInterrupt" in error.message

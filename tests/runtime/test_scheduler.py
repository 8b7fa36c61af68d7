"""Order, parallelism, failure and cancel of steps; the work itself is the test's."""

from __future__ import annotations

import threading
import time

import pytest

from plait.errors import CancelledError, DataError, RunError, Span
from plait.events import StepFailed, StepFinished, StepStarted
from plait.plan.steps import Plan, Query, Show, Step, TableRef
from plait.runtime import scheduler
from plait.runtime.order import Order
from plait.runtime.results import StepResult
from plait.runtime.scheduler import MOST_THREADS, dependencies, execute


def step(number: int, reads: tuple[int, ...] = (), after: tuple[int, ...] = ()) -> Query:
    return Query(
        id=number,
        span=Span("s.mlsql", number, 1),
        inputs=tuple(TableRef(f"t{i}", 1) for i in reads),
        outputs=(TableRef(f"t{number}", 1),),
        after=after,
        sql="",
    )


def effect(number: int, reads: tuple[int, ...] = ()) -> Show:
    """A step that leaves something to be seen."""
    tables = tuple(TableRef(f"t{i}", 1) for i in reads)
    return Show(id=number, span=Span("s.mlsql", number, 1), inputs=tables, what="tables")


def run(plan: Plan, handler, events: list, cancel: threading.Event | None = None, **more):
    return execute(
        plan,
        handler,
        events.append,
        engine="sail",
        cancel=cancel or threading.Event(),
        interrupt=more.get("interrupt", lambda: None),
        force=more.get("force", lambda: None),
        order=more.get("order"),
        workers=more.get("workers", 8),
    )


def test_a_step_starts_after_its_inputs_and_after_what_it_waits_for() -> None:
    plan = Plan((step(1), step(2, (1,)), step(3, after=(2,)), step(4, (1, 3))))
    assert dependencies(plan) == {1: set(), 2: {1}, 3: {2}, 4: {1, 3}}
    done: list[int] = []

    def handler(s: Step) -> StepResult:
        done.append(s.id)
        return StepResult()

    run(plan, handler, [])
    assert done == [1, 2, 3, 4]


def test_independent_steps_run_side_by_side() -> None:
    meeting = threading.Barrier(3, timeout=20)

    def handler(s: Step) -> StepResult:
        meeting.wait()  # Passes only when all three are here at once.
        return StepResult()

    events: list = []
    seconds = run(Plan((step(1), step(2), step(3))), handler, events)
    assert set(seconds) == {1, 2, 3}
    assert len([e for e in events if isinstance(e, StepFinished)]) == 3


def test_waiting_for_what_others_use_too_is_not_a_steps_own_time() -> None:
    def handler(s: Step) -> StepResult:
        time.sleep(0.2)
        return StepResult(waited_seconds=0.15 if s.id > 1 else 0.0)

    events: list = []
    seconds = run(Plan((step(1), step(2), step(3))), handler, events)
    assert seconds[1] >= 0.2 > 0.15 > max(seconds[2], seconds[3])
    assert {e.step: e.seconds for e in events if isinstance(e, StepFinished)} == seconds


def test_a_failure_names_its_statement_and_stops_the_rest() -> None:
    def handler(s: Step) -> StepResult:
        if s.id == 2:
            raise DataError("no such file")
        return StepResult()

    events: list = []
    with pytest.raises(DataError) as caught:
        run(Plan((step(1), step(2, (1,)), step(3, (2,)))), handler, events)
    assert caught.value.span.line == 2
    assert [e.step for e in events if isinstance(e, StepStarted)] == [1, 2]
    assert [e.step for e in events if isinstance(e, StepFailed)] == [2]


def test_a_fault_of_the_handler_is_not_hidden() -> None:
    def handler(s: Step) -> StepResult:
        raise KeyError("x")

    with pytest.raises(RunError, match="plait itself failed") as caught:
        run(Plan((step(1),)), handler, [])
    assert "KeyError" in caught.value.message
    assert "handler, test_scheduler.py" in caught.value.cause


def test_cancel_asks_the_running_steps_and_waits_for_them() -> None:
    cancel, asked, ended = threading.Event(), threading.Event(), threading.Event()

    def handler(s: Step) -> StepResult:
        cancel.wait(20)
        asked.wait(20)
        ended.set()
        raise CancelledError("stopped")

    threading.Timer(0.2, cancel.set).start()
    with pytest.raises(CancelledError):
        run(Plan((step(1),)), handler, [], cancel, interrupt=asked.set)
    assert ended.is_set()


def test_what_does_not_stop_softly_is_forced(monkeypatch: pytest.MonkeyPatch) -> None:
    assert scheduler.GRACE_SECONDS >= 5, "a step is given time to stop softly"
    monkeypatch.setattr(scheduler, "GRACE_SECONDS", 1.5)
    cancel, forced = threading.Event(), threading.Event()

    def handler(s: Step) -> StepResult:
        forced.wait(30)
        return StepResult()

    threading.Timer(0.2, cancel.set).start()
    began = time.monotonic()
    with pytest.raises(CancelledError):
        run(Plan((step(1),)), handler, [], cancel, force=forced.set)
    assert forced.is_set()
    assert time.monotonic() - began >= 1.5, "not before the time to stop softly is over"


def test_a_step_is_reported_as_started_after_those_before_it_have_finished() -> None:
    events: list = []
    plan = Plan((step(1), step(2, (1,)), step(3, (1,)), step(4, (2, 3))))
    run(plan, lambda _: StepResult(rows=7, bytes=70, summary="done"), events)
    order = [(type(event).__name__, event.step) for event in events]
    for earlier, later in ((1, 2), (1, 3), (2, 4), (3, 4)):
        finished = order.index(("StepFinished", earlier))
        assert finished < order.index(("StepStarted", later))
    last = events[-1]
    assert (last.step, last.rows, last.bytes, last.summary) == (4, 7, 70, "done")


def test_a_failure_stops_what_runs_beside_it_and_is_the_one_that_is_raised() -> None:
    cancel, begun = threading.Event(), threading.Event()

    def handler(s: Step) -> StepResult:
        if s.id == 1:
            begun.set()
            assert cancel.wait(20), "nobody asked it to stop"
            raise CancelledError("stopped")
        assert begun.wait(20)
        raise DataError("no such file")

    events: list = []
    with pytest.raises(DataError):
        run(Plan((step(1), step(2))), handler, events, cancel)
    assert [event.step for event in events if isinstance(event, StepFailed)] == [2, 1]


def test_what_is_cancelled_before_it_begins_runs_nothing() -> None:
    cancel, events = threading.Event(), []
    cancel.set()
    with pytest.raises(CancelledError):
        run(Plan((step(1),)), lambda _: StepResult(), events, cancel)
    assert events == []


def test_what_stands_before_a_failure_is_done_and_what_stands_behind_it_is_not() -> None:
    plan = Plan((step(1), effect(2, (1,)), step(3), step(4, (3,)), effect(5)))
    cancel, failed, done = threading.Event(), threading.Event(), []
    order = Order([s.id for s in plan.steps], cancel)

    def handler(s: Step) -> StepResult:
        if s.id == 3:
            failed.set()
            raise DataError("no such file")
        if s.id == 1:
            assert failed.wait(20)
            time.sleep(0.2)  # the failure is known long before this is done
        if s.visible:
            order.wait(s.id)
            done.append(s.id)
        return StepResult()

    events: list = []
    with pytest.raises(DataError):
        run(plan, handler, events, cancel, order=order)
    assert done == [2]
    assert [e.step for e in events if isinstance(e, StepFailed)] == [3, 5]
    assert [e.step for e in events if isinstance(e, StepFinished)] == [1, 2]


def test_the_failure_that_stands_first_in_the_script_is_the_one_that_is_raised() -> None:
    plan = Plan((step(1), effect(2, (1,)), step(3)))
    later = threading.Event()

    def handler(s: Step) -> StepResult:
        if s.id == 3:
            later.set()
            raise DataError("the later one")
        assert later.wait(20)
        time.sleep(0.2)
        raise DataError("the earlier one")

    with pytest.raises(DataError, match="the earlier one"):
        run(plan, handler, [])


def test_effects_are_seen_in_the_order_of_the_script_and_computed_side_by_side() -> None:
    plan = Plan(tuple(effect(i) for i in range(1, 21)))
    order = Order([s.id for s in plan.steps], threading.Event())
    seen: list[int] = []
    together = threading.Barrier(8, timeout=20)

    def handler(s: Step) -> StepResult:
        if s.id <= 8:
            together.wait()
        time.sleep(0.002 * (20 - s.id))
        order.wait(s.id)
        seen.append(s.id)
        return StepResult()

    run(plan, handler, [], order=order)
    assert seen == list(range(1, 21))


def test_no_more_steps_work_at_a_time_than_there_are_workers() -> None:
    plan = Plan(tuple(effect(i) for i in range(1, 13)))
    order = Order([s.id for s in plan.steps], threading.Event())
    working, most, lock = 0, 0, threading.Lock()

    def handler(s: Step) -> StepResult:
        nonlocal working, most
        with lock:
            working += 1
            most = max(most, working)
        time.sleep(0.01)
        with lock:
            working -= 1
        order.wait(s.id)
        return StepResult()

    run(plan, handler, [], order=order, workers=3)
    assert most == 3


def test_a_step_that_waits_for_its_turn_stops_when_the_run_does() -> None:
    plan, cancel = Plan((step(1), effect(2))), threading.Event()
    order = Order([1, 2], cancel)

    def handler(s: Step) -> StepResult:
        if s.id == 1:
            cancel.wait(20)
            raise CancelledError("stopped")
        threading.Timer(0.1, cancel.set).start()
        order.wait(2)
        return StepResult()

    began = time.monotonic()
    with pytest.raises(CancelledError):
        run(plan, handler, [], cancel, order=order)
    assert time.monotonic() - began < 4


def test_thousands_of_steps_need_no_thread_each() -> None:
    plan, threads = Plan(tuple(step(i) for i in range(1, 2001))), set()

    def handler(s: Step) -> StepResult:
        threads.add(threading.get_ident())
        return StepResult()

    began = time.monotonic()
    assert len(run(plan, handler, [])) == 2000
    assert len(threads) <= 8
    assert time.monotonic() - began < 5


def test_those_that_wait_for_their_turn_keep_a_bounded_number_of_threads() -> None:
    """The slow step, which all effects wait for, opens one more when they hold all threads."""
    plan = Plan((step(1), effect(2, (1,)), *(effect(n) for n in range(3, 203))))
    order = Order([s.id for s in plan.steps], threading.Event())
    done: list[int] = []
    most = 0

    def handler(s: Step) -> StepResult:
        nonlocal most
        if s.id == 1:
            deadline = time.monotonic() + 20
            while order.waiting < MOST_THREADS - 1 and time.monotonic() < deadline:
                time.sleep(0.01)
        else:
            order.wait(s.id)
            names = [each.name for each in threading.enumerate()]
            most = max(most, sum(name.startswith("plait-step") for name in names))
        done.append(s.id)
        return StepResult()

    run(plan, handler, [], order=order)
    assert done == list(range(1, 203))
    assert MOST_THREADS <= most <= MOST_THREADS + 1


def test_an_effect_does_not_wait_for_what_a_failure_behind_it_has_called_off() -> None:
    failed = threading.Event()
    plan = Plan((step(1), step(2, (1,)), effect(3), step(4)))
    order = Order([s.id for s in plan.steps], threading.Event())
    done: list[int] = []

    def handler(s: Step) -> StepResult:
        match s.id:
            case 1:
                assert failed.wait(20)
            case 3:
                order.wait(3)
            case 4:
                raise DataError("no")
        done.append(s.id)
        return StepResult()

    def hear(event: object) -> None:
        if isinstance(event, StepFailed):
            failed.set()

    with pytest.raises(DataError):
        execute(
            plan, handler, hear, engine="sail", cancel=threading.Event(),
            interrupt=lambda: None, force=lambda: None, order=order,
        )  # fmt: skip
    assert done == [1, 3]

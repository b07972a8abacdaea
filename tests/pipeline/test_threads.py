"""Threads of the pipeline: a task that fails costs itself only, and nothing is forgotten."""

from __future__ import annotations

import threading
import time

import pytest
import structlog
from structlog.testing import capture_logs

from engramd.errors import Cancelled
from engramd.pipeline import threads
from engramd.pipeline.parts import Wakeups
from engramd.pipeline.threads import Pool, Worker, guarded
from engramd.tools import CancelToken


def fail() -> None:
    raise ZeroDivisionError("in a task")


def test_an_error_that_nobody_foresaw_is_logged_and_goes_no_further(monkeypatch: pytest.MonkeyPatch) -> None:
    with capture_logs() as told:
        monkeypatch.setattr(threads, "log", structlog.get_logger("test"))
        guarded(fail)
    assert [line["log_level"] for line in told] == ["error"]


def test_an_exit_is_no_error_to_swallow() -> None:
    def leave() -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        guarded(leave)


@pytest.mark.parametrize("size", [1, 3])
def test_a_pool_works_on_so_many_tasks_and_no_more(size: int) -> None:
    pool, lock, done = Pool("test", lambda: size), threading.Lock(), threading.Semaphore(0)
    now = most = 0

    def task() -> None:
        nonlocal now, most
        with lock:
            now += 1
            most = max(most, now)
        time.sleep(0.01)
        with lock:
            now -= 1
        done.release()

    for _ in range(20):
        pool.submit(task)
    for _ in range(20):
        assert done.acquire(timeout=5)
    assert most == size


def test_a_pool_outlives_tasks_that_fail() -> None:
    pool, done = Pool("test", lambda: 2), threading.Semaphore(0)
    for _ in range(20):
        pool.submit(fail)
        pool.submit(done.release)
    for _ in range(20):
        assert done.acquire(timeout=5)


def test_a_task_that_waits_for_another_gets_it() -> None:
    """Two submitted at once must run at once in a pool of two, also after the pool was idle."""
    pool = Pool("test", lambda: 2)
    for _ in range(30):
        meeting, met = threading.Barrier(2), threading.Semaphore(0)
        for _ in range(2):
            pool.submit(lambda m=meeting, s=met: (m.wait(5), s.release()))  # type: ignore[misc]
        assert met.acquire(timeout=5)
        assert met.acquire(timeout=5)


def test_threads_start_when_needed_and_are_daemonic() -> None:
    names = lambda: [t.name for t in threading.enumerate() if t.name.startswith("quiet")]  # noqa: E731
    pool, done = Pool("quiet", lambda: 4), threading.Event()
    assert names() == []
    pool.submit(done.set)
    assert done.wait(5)
    assert names() == ["quiet-1"]
    assert all(t.daemon for t in threading.enumerate() if t.name == "quiet-1")


def test_a_worker_keeps_the_order() -> None:
    worker, done, order = Worker("test"), threading.Event(), []
    for number in range(50):
        worker.submit(lambda number=number: order.append(number))  # type: ignore[misc]
        worker.submit(fail)
    worker.submit(done.set)
    assert done.wait(5)
    assert order == list(range(50))


def sleeper(wakeups: Wakeups, cancel: CancelToken, ended: list[str]) -> threading.Thread:
    def sleep() -> None:
        try:
            wakeups.sleep(cancel, 30)
            ended.append("woken")
        except Cancelled:
            ended.append("cancelled")

    thread = threading.Thread(target=sleep)
    thread.start()
    time.sleep(0.05)
    return thread


def test_a_wake_up_wakes_all_who_sleep() -> None:
    wakeups, ended = Wakeups(), []
    sleepers = [sleeper(wakeups, CancelToken(), ended) for _ in range(3)]
    wakeups.wake()
    for thread in sleepers:
        thread.join(5)
    assert ended == ["woken"] * 3


def test_a_wake_up_since_the_world_was_looked_at_is_not_slept_through() -> None:
    wakeups = Wakeups()
    seen = wakeups.count
    wakeups.wake()
    began = time.monotonic()
    wakeups.sleep(CancelToken(), 30, seen=seen)
    assert time.monotonic() - began < 15


def test_an_old_wake_up_wakes_nobody() -> None:
    wakeups = Wakeups()
    wakeups.wake()
    began = time.monotonic()
    wakeups.sleep(CancelToken(), 0.1)
    wakeups.sleep(CancelToken(), 0.1, seen=wakeups.count)
    assert time.monotonic() - began >= 0.2


def test_a_cancel_ends_the_sleep() -> None:
    wakeups, cancel, ended = Wakeups(), CancelToken(), []
    thread = sleeper(wakeups, cancel, ended)
    cancel.cancel()
    thread.join(5)
    assert ended == ["cancelled"]
    with pytest.raises(Cancelled):
        wakeups.sleep(cancel, 30)
    assert cancel._callbacks == []


def test_so_many_have_a_slot_and_a_cancel_ends_the_wait() -> None:
    slots, cancel = threads.Slots(1), CancelToken()
    slots.take(cancel)
    assert not slots.take_at_once()
    threading.Timer(0.05, cancel.cancel).start()
    with pytest.raises(Cancelled):
        slots.take(cancel)
    slots.give_back()
    assert slots.take_at_once()
    assert cancel._callbacks == []

"""Calls that block: users share the threads, and threads end when nothing is called."""

from __future__ import annotations

import threading
from functools import partial

import pytest

from engramd.bus.workers import Workers
from engramd.errors import Busy
from tests.support.busservice import wait_for


def threads(name: str) -> int:
    return sum(thread.name.startswith(name) for thread in threading.enumerate())


class Blocked:
    """Work that takes until it is released, and that is counted."""

    def __init__(self) -> None:
        self.release = threading.Event()
        self.at_work = self.done = 0
        self._lock = threading.Lock()

    def __call__(self) -> None:
        with self._lock:
            self.at_work += 1
        self.release.wait(30)
        with self._lock:
            self.done += 1


def test_a_user_whose_calls_take_long_keeps_nobody_waiting() -> None:
    workers, slow = Workers(threads=4, of_one=2), Blocked()
    for _ in range(10):
        workers.submit(slow, "greedy")
    wait_for(lambda: slow.at_work == 2, "as many as one user may have")
    heard: list[str] = []
    workers.submit(lambda: heard.append("other"), "other")
    wait_for(lambda: heard, "another user's call")
    assert slow.at_work == 2
    slow.release.set()
    wait_for(lambda: slow.done == 10, "all are done in the end")
    workers.stop()


def test_calls_of_one_user_are_taken_in_order_and_users_take_turns() -> None:
    workers, order = Workers(threads=1, of_one=1), list[str]()
    first = Blocked()
    workers.submit(first, "a")
    wait_for(lambda: first.at_work, "the thread is busy")
    for name in ("a1", "a2", "b1", "b2"):
        workers.submit(partial(order.append, name), name[0])
    first.release.set()
    wait_for(lambda: len(order) == 4, "all")
    assert [name for name in order if name[0] == "a"] == ["a1", "a2"]
    assert [name for name in order if name[0] == "b"] == ["b1", "b2"]
    assert order[:2] in (["a1", "b1"], ["b1", "a1"]), order
    workers.stop()


def test_too_many_calls_of_one_are_refused_and_others_are_not() -> None:
    workers, slow = Workers(threads=2, of_one=1, waiting_of_one=3), Blocked()
    workers.submit(slow, "greedy")
    wait_for(lambda: slow.at_work, "it is at work")
    for _ in range(3):
        workers.submit(slow, "greedy")
    with pytest.raises(Busy):
        workers.submit(slow, "greedy")
    workers.submit(slow, "other")
    slow.release.set()
    wait_for(lambda: slow.done == 5, "what was taken is done")
    workers.stop()


def test_threads_end_when_nothing_is_called_and_start_again(caplog: pytest.LogCaptureFixture) -> None:
    workers, heard = Workers(patience=0.05, name="passing"), list[int]()
    workers.submit(lambda: heard.append(1 // 0))
    wait_for(lambda: "a call failed in its worker" in caplog.text, "an error ends nothing")
    wait_for(lambda: not threads("passing"), "the thread is gone")
    workers.submit(lambda: heard.append(2))
    wait_for(lambda: heard == [2], "a new one took over")
    wait_for(lambda: not threads("passing"), "and that is gone too")

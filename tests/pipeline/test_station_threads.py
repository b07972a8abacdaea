"""Slots and pools under the station: nobody waits for what is free, and whoever waits can be stopped."""

from __future__ import annotations

import threading
import time

import pytest

from engramd.errors import Cancelled
from engramd.pipeline.threads import Pool, Slots
from engramd.tools import CancelToken


def test_a_pool_starts_a_thread_for_each_task_up_to_its_size() -> None:
    for _ in range(50):
        pool, together = Pool("test", lambda: 2), threading.Barrier(2)
        done = threading.Semaphore(0)

        def meet(together: threading.Barrier = together, done: threading.Semaphore = done) -> None:
            together.wait(5)
            done.release()

        for _ in range(4):
            pool.submit(meet)
        for _ in range(4):
            assert done.acquire(timeout=5), "two tasks that need each other ran one after another"


def test_a_task_that_comes_after_an_idle_moment_does_not_wait_behind_a_long_one() -> None:
    pool, release = Pool("test", lambda: 2), threading.Event()
    first = threading.Event()
    pool.submit(first.set)
    assert first.wait(5)
    time.sleep(0.02)
    second = threading.Event()
    pool.submit(lambda: release.wait(10))
    pool.submit(second.set)
    assert second.wait(5), "the second task waits behind the first"
    release.set()


def test_a_slot_is_waited_for_until_it_is_given_back() -> None:
    slots, cancel, got = Slots(1), CancelToken(), threading.Event()
    assert slots.take_at_once()
    assert not slots.take_at_once()
    thread = threading.Thread(target=lambda: (slots.take(cancel), got.set()), daemon=True)
    thread.start()
    assert not got.wait(0.05)
    slots.give_back()
    assert got.wait(5)


def test_who_waits_for_a_slot_can_be_cancelled() -> None:
    slots, cancel = Slots(0), CancelToken()
    threading.Timer(0.05, cancel.cancel).start()
    with pytest.raises(Cancelled):
        slots.take(cancel)
    slots.give_back()
    assert slots.take_at_once(), "a cancelled waiter took the slot with it"

"""The main loop runs what other threads give it in order, and answers in between."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from functools import partial
from typing import Any

import pytest
from gi.repository import GLib

from engramd.bus.mainloop import MainLoop
from engramd.bus.turns import MOST_WAITING, Turns
from engramd.errors import Busy
from tests.support.busservice import wait_for


class Clock:
    """A clock on which every look takes a while."""

    def __init__(self, step: float) -> None:
        self.now, self.step = 0.0, step

    def __call__(self) -> float:
        self.now += self.step
        return self.now


@pytest.fixture
def loop() -> Iterator[MainLoop]:
    one = MainLoop(Clock(0.004))
    yield one
    one.close()


def turn() -> None:
    """One round of the main loop, if anything is to be done."""
    GLib.MainContext.default().iteration(False)


def test_it_keeps_the_order_of_all_threads(loop: MainLoop, caplog: pytest.LogCaptureFixture) -> None:
    done: list[tuple[int, int]] = []

    def give(thread: int) -> None:
        for number in range(50):
            loop.run(partial(done.append, (thread, number)))

    givers = [threading.Thread(target=give, args=(thread,)) for thread in range(3)]
    loop.run(lambda: done.append((9, 1 // 0)))
    for giver in givers:
        giver.start()
    wait_for(lambda: (turn(), len(done) == 150)[1], "all are done")
    for thread in range(3):
        assert [number for one, number in done if one == thread] == list(range(50))
    assert "ZeroDivisionError" in caplog.text
    assert all(threading.current_thread() is threading.main_thread() for _ in done)


def test_it_does_a_little_at_a_time(loop: MainLoop) -> None:
    done: list[Any] = []
    loop.run_all([partial(done.append, number) for number in range(20)])
    GLib.idle_add(lambda: done.append("a call"), priority=GLib.PRIORITY_DEFAULT)
    wait_for(lambda: (turn(), len(done) == 21)[1], "all are done")
    assert done.index("a call") < 5, "who calls waits for a moment, not for the end"
    assert [one for one in done if one != "a call"] == list(range(20))


class Reply:
    """A call that waits for its answer."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.failed: BaseException | None = None

    def fail(self, error: BaseException) -> None:
        self.failed = error


def test_clients_take_turns(loop: MainLoop) -> None:
    given: list[str] = []
    turns = Turns(lambda answer: given.append(answer.name), loop)  # type: ignore[attr-defined]
    for sender in ("a", "a", "a", "b", "c", "b"):
        turns.take(sender, Reply(sender))  # type: ignore[arg-type]
    wait_for(lambda: (turn(), len(given) == 6)[1], "all are answered")
    assert given == ["a", "b", "c", "a", "b", "a"]


def test_a_client_has_a_few_turns_and_an_error_ends_nothing(loop: MainLoop) -> None:
    given: list[str] = []

    def give(answer: Any) -> None:
        given.append(answer.name)
        if answer.name == "bad":
            raise RuntimeError("it cannot be told")

    turns, bad = Turns(give, loop), Reply("bad")
    turns.take("a", bad)  # type: ignore[arg-type]
    for _ in range(MOST_WAITING - 1):
        turns.take("a", Reply("good"))  # type: ignore[arg-type]
    with pytest.raises(Busy):
        turns.take("a", Reply("late"))  # type: ignore[arg-type]
    turns.take("b", Reply("other"))  # type: ignore[arg-type]
    wait_for(lambda: (turn(), len(given) == MOST_WAITING + 1)[1], "all are answered")
    assert isinstance(bad.failed, RuntimeError)

"""Checks side by side: none waits for another, and what hangs costs one thread and no further check."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Iterator

import pytest

from engramd.errors import ToolMissing
from engramd.pipeline.checks.bounded import Ask, Bounded
from engramd.pipeline.findings import Finding
from engramd.tools import CancelToken

FOUND, LATE = Finding("a", "found"), Finding("late", "it does not answer", severity="error")
Make = Callable[[CancelToken], Iterable[Finding]]


def ask(place: str, make: Make, seconds: float = 30.0) -> Ask:
    return Ask(place, make, lambda said: () if "late" in said else (LATE,), seconds)


@pytest.fixture
def gate() -> Iterator[threading.Event]:
    """What hanging checks wait for; it is opened at the end, so that no thread is left."""
    opened = threading.Event()
    yield opened
    opened.set()


def threads_at(place: str) -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name == f"check {place}"]


def test_checks_are_made_side_by_side_and_told_in_their_order() -> None:
    both = threading.Barrier(2)

    def make(name: str) -> Make:
        def meet(_cancel: CancelToken) -> Iterator[Finding]:
            both.wait(30)  # each needs the other at work
            yield Finding(name, name)

        return meet

    assert [f.id for f in Bounded().ask([ask("one", make("one")), ask("two", make("two"))])] == ["one", "two"]


def test_what_hangs_is_said_not_to_answer_and_told_to_give_up(gate: threading.Event) -> None:
    cancelled = threading.Event()

    def hangs(cancel: CancelToken) -> Iterator[Finding]:
        cancel.on_cancel(cancelled.set)
        yield FOUND
        gate.wait(60)
        yield Finding("b", "too late to be told")

    bounded = Bounded()
    assert bounded.ask([ask("share", hangs, 0.1), ask("disk", lambda _cancel: (FOUND,))]) == [
        FOUND,
        LATE,
        FOUND,
    ]
    assert cancelled.is_set()
    assert bounded.hanging() == ["share"]


def test_a_place_that_hangs_costs_one_thread_however_often_it_is_asked(gate: threading.Event) -> None:
    calls: list[int] = []

    def hangs(_cancel: CancelToken) -> Iterator[Finding]:
        calls.append(1)
        gate.wait(60)
        yield FOUND

    bounded = Bounded()
    first = bounded.ask([ask("share", hangs, 0.1)])
    begin = time.monotonic()
    again = [bounded.ask([ask("share", hangs, 20.0)]) for _ in range(5)]
    assert first == [LATE]
    assert again == [[LATE]] * 5
    assert time.monotonic() - begin < 10, "what is known to hang is not waited for again"
    assert (len(calls), len(threads_at("share"))) == (1, 1)
    gate.set()
    for thread in threads_at("share"):
        thread.join(30)
    assert bounded.hanging() == []
    assert bounded.ask([ask("share", hangs)]) == [FOUND], "it is asked again when it has come back"
    assert threads_at("share") == []


def test_two_that_ask_one_place_at_a_time_wait_for_each_other(gate: threading.Event) -> None:
    at_work, inside = threading.Event(), []

    def slow(_cancel: CancelToken) -> Iterator[Finding]:
        inside.append(len(threads_at("disk")))
        at_work.set()
        gate.wait(30)
        yield FOUND

    bounded, told = Bounded(), []
    asker = threading.Thread(target=lambda: told.append(bounded.ask([ask("disk", slow)])))
    asker.start()
    assert at_work.wait(30)
    opener = threading.Timer(0.1, gate.set)
    opener.start()
    assert bounded.ask([ask("disk", slow)]) == [FOUND]
    asker.join(30)
    assert told == [[FOUND]]
    assert inside == [1, 1], "never two threads at one place"


def test_who_was_answered_before_does_not_say_of_what_hangs_now_that_it_does_not(
    gate: threading.Event,
) -> None:
    answered, late = threading.Event(), threading.Event()

    def answers(_cancel: CancelToken) -> Iterator[Finding]:
        yield FOUND
        answered.set()

    def slow(_cancel: CancelToken) -> Iterator[Finding]:
        late.wait(60)
        yield FOUND

    def hangs(_cancel: CancelToken) -> Iterator[Finding]:
        gate.wait(60)
        yield FOUND

    bounded = Bounded()
    asker = threading.Thread(target=bounded.ask, args=([ask("slow", slow), ask("disk", answers)],))
    asker.start()
    assert answered.wait(30)
    assert bounded.ask([ask("disk", hangs, 1.0)]) == [LATE]
    late.set()
    asker.join(30)
    assert bounded.hanging() == ["disk"]


def test_a_machine_without_a_thread_to_spare_says_so_and_asks_again(
    gate: threading.Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    bounded = Bounded()
    found = ask("disk", lambda _cancel: (FOUND,), 0.1)
    with monkeypatch.context() as without:
        without.setattr(threading.Thread, "start", _no_thread)
        assert bounded.ask([found]) == [LATE]
    assert bounded.ask([ask("disk", lambda _cancel: (FOUND,))]) == [FOUND]


def _no_thread(_thread: threading.Thread) -> None:
    """Fail as the kernel does where a limit is reached."""
    raise RuntimeError("can't start new thread")


def test_what_a_check_raises_is_a_finding(caplog: pytest.LogCaptureFixture) -> None:
    def lacks(_cancel: CancelToken) -> Iterator[Finding]:
        yield FOUND
        raise ToolMissing("there is no tool", remedy="sudo apt install tool")

    def fails(_cancel: CancelToken) -> Iterator[Finding]:
        raise RuntimeError("nobody foresaw this")

    found = Bounded().ask([ask("tools", lacks), ask("strange", fails)])
    assert [f.severity for f in found] == ["ok", "warning", "warning"]
    assert found[1].remedy == "sudo apt install tool"
    assert "RuntimeError" in found[2].text
    assert found[2].remedy.startswith("journalctl")
